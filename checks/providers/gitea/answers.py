"""How this host is asked, and what its own sentences mean. https://docs.gitea.com/api/1.24/"""
from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from checks.clients.errors import ClientError
from checks.clients.git import GitRefusal
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.git_token import Granted, TokenClient, quoted
from checks.verdict import Layer, Verdict, fail

SCOPES = re.compile(r"token scope=([a-z:,-]*)")  # since Gitea 1.24; older ones and Forgejo name what was required only
REQUIRED = re.compile(r"required scope\(s\)(?::|, required=)\s*\[([^\]]*)\]")
NO_SITE_ADMIN = re.compile(r"user should be the site admin")  # the scope was there, the user's rank was not
PROBES = (  # routes, each closed to tokens without the scope beside it
    ("user", "read:user"), ("notifications/new", "read:notification"), ("repos/search", "read:repository"),
    ("admin/cron", "read:admin"),
)
LISTS = ("repos/search", "admin/cron")  # answer with a list: one entry is enough


def ask(ctx: Context, path: str, *, anonymous: bool = False) -> Response:
    """One GET of the API, asked once in a run."""
    client: TokenClient = ctx.client
    headers = {"Accept": "application/json"}
    if not anonymous:
        headers["Authorization"] = f"token {client.token}"
    key = f"api {'anonymous ' if anonymous else ''}{path}"
    params = {"limit": "1"} if path in LISTS else None
    return ctx.once(key, lambda: client.api.get(f"{client.base_url}/api/v1/{path}", headers=headers, params=params))


def repository_of(ctx: Context, repository: str, below: str = "") -> Response:
    return ask(ctx, "repos/" + "/".join(quote(part, safe="") for part in repository.split("/")) + below)


def said(response: Response) -> str:
    """The host's own sentence in a refusal, "" when it sent a page or nothing."""
    if response.is_html:
        return ""
    try:
        document = response.json()
    except ClientError:
        return " ".join(response.text.split())[:300]
    return str(document.get("message") or "")[:300] if isinstance(document, dict) else ""


def granted_scopes(ctx: Context) -> Granted:
    """Reads the scopes out of a refusal, for only refusals name them: asks routes that the token probably may not use.

    Where the host is too old (or Forgejo) to name them, and where every route opened, only that much is told.
    """
    opened, lacking = set(), set()
    for path, scope in PROBES:
        response = ask(ctx, path)
        words = said(response)
        if response.status == 403 and (told := SCOPES.search(words)):
            return Granted(tuple(sorted(name for name in told[1].split(",") if name)), complete=True)
        if response.status == 403 and REQUIRED.search(words):
            lacking.add(scope)
        elif NO_SITE_ADMIN.search(words) or (response.status == 200 and not response.is_html):
            opened.add(scope)
    return Granted(tuple(sorted(opened)), lacking=tuple(sorted(lacking)))


def covers(granted: Iterable[str], wanted: str) -> bool:
    """`all` covers everything, and write covers read."""
    have = set(granted)
    return "all" in have or wanted in have or wanted.replace("read:", "write:") in have


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    needed = {"write:repository"} if pushes else set()
    return sorted(name for name in granted
                  if name in ("all", "read:admin") or (name.startswith("write:") and name not in needed))


def limited(granted: Iterable[str]) -> str:
    return "it is limited to public repositories (public-only)" if "public-only" in granted else ""


def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """Sentences of its own over Git. https://github.com/go-gitea/gitea/blob/main/routers/web/repo/githttp.go"""
    client: TokenClient = ctx.client
    words = refusal.message
    if "two-factor authentication" in words:
        return fail(f"{client.host} took the credential for a password, and its user has two-factor authentication.",
                    remedy=f"Make an access token on {client.token_page} and enter it in this integration.",
                    link=client.token_page)
    if "HTTP protocol is not allowed" in words:
        return fail(f"{client.host} lets nobody clone over HTTP (HTTP 403){quoted(words)}.", layer=Layer.CLONE_URL,
                    remedy=f"Ask the administrator of {client.host} to unset DISABLE_HTTP_GIT in its app.ini.")
    if "account is disabled" in words or "cannot be accessed" in words:
        return fail(f"{client.host} refused {repository} (HTTP {refusal.status}){quoted(words)}.", link=client.base_url,
                    remedy=f"Have an administrator of {client.host} enable the account, or enter another user's token.")
    if refusal.status == 403 and words == "Forbidden" and limited(git_token.granted_if_told(ctx).scopes):
        return git_token.lacking(ctx, f"{repository} is private, and the token is limited to public repositories")
    return None
