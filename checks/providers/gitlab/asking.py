"""Which kind of token this is, asked of the host, and how its API is asked with it. https://docs.gitlab.com/api/rest/"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from checks.clients.errors import ClientError
from checks.clients.git import GitRefusal
from checks.clients.http import Response, redirect_target
from checks.providers.base import Context
from checks.providers.git_token import Granted, TokenClient

DEPLOY_USER = re.compile(r"gitlab\+deploy-token-\d+")  # the name that GitLab gives a deploy token without one
NOBODYS = "dflow-integrations-asks/no-such-project.git"  # below the base URL; what is there does not matter
TELLS_USER = {"api", "read_api", "read_user"}
READS_API = {"api", "read_api"}
REDIRECTS = (301, 302, 303, 307, 308)
LACKS_DOWNLOAD = "You are not allowed to download code."
WRONG_KIND = "token type to be a personal access token"


class Kind(StrEnum):
    ACCESS = "access"  # personal, project or group: GitLab keeps all three in one table
    FINE_GRAINED = "fine-grained"
    OAUTH = "oauth"
    DEPLOY = "deploy"
    NONE = ""  # the host knew no such token, or did not say


@dataclass(frozen=True)
class Identity:
    """What the host said of the token. response: the answer that decided, None where Git was asked instead.

    refusal: Git's no, where Git was asked. about: the document, {} for none.
    """

    kind: Kind
    response: Response | None = None
    refusal: GitRefusal | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scopes(self) -> tuple[str, ...] | None:
        """None when the host does not tell."""
        told = self.about.get("scope" if self.kind is Kind.OAUTH else "scopes")
        if self.kind not in (Kind.ACCESS, Kind.OAUTH) or told is None:
            return None
        return tuple(sorted(told.split() if isinstance(told, str) else map(str, told)))


def identity(ctx: Context) -> Identity:
    return ctx.once("identity", lambda: _identity(ctx))


def _identity(ctx: Context) -> Identity:
    client: TokenClient = ctx.client
    if is_deploy_token(ctx):
        return _over_git(ctx)
    response = _get(ctx, "api/v4/personal_access_tokens/self", {"PRIVATE-TOKEN": client.token})
    about = _document(response)
    if response.status == 200 and not response.is_html:
        fine = about.get("scopes") == ["granular"]
        return Identity(Kind.FINE_GRAINED if fine else Kind.ACCESS, response, about=about)
    if about.get("error") == "insufficient_granular_scope":
        return Identity(Kind.FINE_GRAINED, response)  # this route belongs to the user: no group's rule refuses it
    unknown = response.status == 401 and said(response) == "401 Unauthorized" and not client.token.startswith("gl")
    if unknown or (response.status == 400 and WRONG_KIND in said(response)):
        return _by_oauth(ctx) or Identity(Kind.NONE, response)
    return Identity(Kind.NONE, response)


def is_deploy_token(ctx: Context) -> bool:
    """They have no API of their own, so the form decides whom to ask; the host's answer decides the rest."""
    username = str(ctx.settings.get("username") or "")
    return ctx.client.token.startswith("gldt-") or DEPLOY_USER.fullmatch(username) is not None


def _over_git(ctx: Context) -> Identity:
    """GitLab looks at credentials and scopes before it looks for the project: 401 is no such token, 403 lacks the
    scope, 404 is a token that may read. lib/gitlab/auth.rb, deploy_token_check; lib/gitlab/git_access.rb, check."""
    url = f"{ctx.client.base_url}/{NOBODYS}"
    answer = ctx.once(f"refs {url}", lambda: ctx.client.git.list_refs(url, prefixes=()))
    refusal = answer if isinstance(answer, GitRefusal) else None
    spoke = refusal is not None and refusal.status in (403, 404) and refusal.message not in ("", "Forbidden")
    known = refusal is None or spoke
    return Identity(Kind.DEPLOY if known else Kind.NONE, refusal=refusal)


def _by_oauth(ctx: Context) -> Identity | None:
    """GET /oauth/token/info: 200 for a living OAuth token only. https://docs.gitlab.com/api/oauth2/"""
    response = _get(ctx, "oauth/token/info", {"Authorization": f"Bearer {ctx.client.token}"})
    about = _document(response)
    return Identity(Kind.OAUTH, response, about=about) if response.status == 200 and "scope" in about else None


def granted_scopes(ctx: Context) -> Granted:
    told = identity(ctx)
    if told.scopes is not None:
        return Granted(told.scopes, complete=True)
    if told.kind is Kind.DEPLOY:
        lacks = told.refusal is not None and LACKS_DOWNLOAD in told.refusal.message
        return Granted(lacking=("read_repository",)) if lacks else Granted(("read_repository",))
    return Granted()


def reported_end(ctx: Context) -> date | None:
    """Access tokens end at 00:00 UTC of the day that expires_at names; OAuth tokens tell their seconds."""
    told = identity(ctx)
    try:
        if told.kind is Kind.OAUTH:
            return (ctx.now + timedelta(seconds=int(told.about["expires_in"]))).date()
        return date.fromisoformat(str(told.about.get("expires_at") or "")[:10])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def ask_version(ctx: Context) -> Response:
    """As a stranger: nothing before the host's own answer gets the token."""
    return _get(ctx, "api/v4/version", {}, "anonymous ")


def ask(ctx: Context, path: str) -> Response:
    """One GET of the API with the token, asked once in a run."""
    return _get(ctx, f"api/v4/{path}", headers_for(ctx.client, identity(ctx).kind))


def headers_for(client: TokenClient, kind: Kind) -> dict[str, str]:
    """OAuth tokens are known as Bearer only, and every other kind in GitLab's own header."""
    return {"Authorization": f"Bearer {client.token}"} if kind is Kind.OAUTH else {"PRIVATE-TOKEN": client.token}


def ask_project(ctx: Context, repository: str) -> tuple[Response, bool]:
    """GET /projects/:id, and whether the host pointed elsewhere for it: it redirects a moved project to its number."""
    response = ask(ctx, f"projects/{quote(repository, safe='')}")
    if response.status not in REDIRECTS:
        return response, False
    number = re.search(r"/api/v4/projects/(\d+)$", urlsplit(redirect_target(response)).path)
    return (ask(ctx, f"projects/{number[1]}"), True) if number else (response, True)


def ask_branch(ctx: Context, number: object, name: str) -> Response:
    return ask(ctx, f"projects/{int(str(number))}/repository/branches/{quote(name, safe='')}")


def _get(ctx: Context, path: str, headers: Mapping[str, str], how: str = "") -> Response:
    client: TokenClient = ctx.client
    told = {"Accept": "application/json", **headers}
    return ctx.once(f"api {how}{path}", lambda: client.api.get(f"{client.base_url}/{path}", headers=told))


def _document(response: Response) -> Mapping[str, Any]:
    if response.is_html:
        return {}
    try:
        document = response.json()
    except ClientError:
        return {}
    return document if isinstance(document, dict) else {}


def error_of(response: Response) -> str:
    """The code of a refusal by OAuth's rules: insufficient_scope, invalid_token, dpop_error …"""
    return str(_document(response).get("error") or "")


def said(response: Response) -> str:
    """The host's own sentence in a refusal, "" when it sent a page or nothing."""
    if response.is_html:
        return ""
    document = _document(response)
    words = document.get("error_description") or document.get("message") or document.get("error")
    return " ".join(str(words or ("" if document else response.text)).split())[:300]
