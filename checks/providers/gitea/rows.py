"""The checks of Gitea and Forgejo, from basic to particular."""
from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from checks.clients.errors import ClientError, Kind
from checks.clients.git import GitRefusal
from checks.clients.http import redirect_target
from checks.providers import git_ref, git_scopes, git_token
from checks.providers.base import Context
from checks.providers.git_token import AGAIN, TokenClient, quoted
from checks.providers.gitea.answers import REQUIRED, ask, refused, repository_of, said
from checks.providers.gitea.declared import gitea
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

REDIRECTS = (301, 302, 303, 307, 308)
ACCOUNT = ("prohibited", "disabled", "activate", "change your password", "terms")

gitea.check("The clone URL is of this host and well formed", layer=Layer.CLONE_URL, per_service=True)(
    git_token.url_well_formed)


@gitea.check("The host answers as Gitea or Forgejo", layer=Layer.NETWORK)
def host_reachable(ctx: Context) -> Verdict:
    """GET /api/v1/version, without the token. https://docs.gitea.com/api/1.24/#tag/miscellaneous"""
    client: TokenClient = ctx.client
    response = ask(ctx, "version", anonymous=True)
    if response.status in REDIRECTS:
        return git_token.api_redirected(ctx, response, "/api/v1/version")
    if response.status in (401, 403):
        if "json" not in response.headers.get("Content-Type", "") or not said(response):
            return git_token.in_front(ctx, f"{client.host} answered HTTP {response.status}", response.status)
        return git_token.certificate(ctx, f"{client.host} answered, and tells its version only to those signed in")
    if response.status == 200:
        document = response.json()  # a web page with 200 is somebody else's answer: the client says so
        if isinstance(document, dict) and isinstance(document.get("version"), str):
            version = document["version"][:60]
            server = "Forgejo" if "+gitea-" in version else "Gitea"  # Forgejo says 11.0.1+gitea-1.22.0
            return git_token.certificate(ctx, f"{client.host} answered as {server} {version}", server=server,
                                         version=version)
    return fail(f"There was no API of Gitea at {client.base_url}/api/v1/version (HTTP {response.status}).",
                layer=Layer.CLONE_URL, link=client.base_url,
                remedy="Correct the address in this integration's settings: it is what stands before /OWNER/REPOSITORY "
                       "in the address of a repository, with the sub-path if the host has one.")


@gitea.check("The token is accepted", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_accepted(ctx: Context) -> Verdict:
    """GET /api/v1/user: 200 names the user, a 403 for want of a scope answers a valid token, 401 is a no."""
    client: TokenClient = ctx.client
    response = ask(ctx, "user")
    words = said(response)
    if response.status == 200:
        return _named(ctx, response.json())
    if response.status == 403 and REQUIRED.search(words):
        return passed(f"{client.host} accepted the token, and did not name its user: it lacks read:user.", user="")
    if response.is_html or response.status in REDIRECTS:
        seen = f"{client.host} answered the token with a page (HTTP {response.status})"
        return git_token.in_front(ctx, seen, response.status)
    if response.status == 401:
        kind = foreign_kind(client.token, own="Gitea")
        why = f"This looks like {kind}" if kind else "It was revoked, mistyped or made on another host"
        return fail(f"{client.host} refused the token (HTTP 401){quoted(words)}.", link=client.token_page,
                    remedy=f"{why}: make a new one on {client.token_page} and enter it in this integration.")
    if response.status == 403 and words:
        return _account_refused(ctx, words)
    raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered HTTP {response.status} where a user was due.",
                      host=client.host, status=response.status)


def _named(ctx: Context, user: Any) -> Verdict:
    client: TokenClient = ctx.client
    if not isinstance(user, dict) or not user.get("login"):
        raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered something else where a user was due.",
                          host=client.host, status=200)
    return passed(f"{client.host} authenticated the token as {user['login']}.", user=str(user["login"]),
                  administrator=bool(user.get("is_admin")))


def _account_refused(ctx: Context, words: str) -> Verdict:
    client: TokenClient = ctx.client
    if any(word in words.lower() for word in ACCOUNT):
        remedy = "Sign in as the token's user and do what the host asks, or enter another user's token."
        return fail(f"{client.host} knew the token and refused its user (HTTP 403){quoted(words)}.", remedy=remedy,
                    link=client.base_url)
    return unknown(f"{client.host} refused this program, whatever the token (HTTP 403){quoted(words)}.",
                   cause=Cause.PROVIDER, layer=Layer.NETWORK,
                   remedy=f"Have whoever runs {client.host} see which rule of theirs refuses this program's address.")


gitea.check("The token is not about to end", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.token_not_expiring)


@gitea.check("The kind of token is one that the host supports", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_kind_supported(ctx: Context) -> Verdict:
    """By the token's form and the host's answer. The host's own have 40 hexadecimal digits."""
    client: TokenClient = ctx.client
    if re.fullmatch(r"[0-9a-f]{40}", client.token):
        return passed("The token has the form of an access token of Gitea and Forgejo.")
    no = ask(ctx, "user").status == 401
    page = client.token_page
    remedy = f"Make an access token on {page} and enter it in this integration."
    if not no and client.token.startswith("eyJ"):
        return warn("The token is an OAuth2 access token, which ends within the hour.", remedy=remedy, link=page)
    if not no:
        return passed(f"The token has an unusual form, and {client.host} did not refuse it.")
    if kind := foreign_kind(client.token, own="Gitea"):
        return fail(f"The credential is {kind}, and {client.host} refused it.", remedy=remedy, link=page)
    return warn("The credential lacks the form of an access token, 40 hexadecimal digits: it may be a password, or a "
                "part of a token.", remedy=remedy, link=page)


gitea.check("The token's scopes are sufficient", layer=Layer.GIT_TOKEN, needs=["token_accepted"])(
    git_scopes.scopes_sufficient)
gitea.check("The token's scopes are not excessive", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.scopes_not_excessive)


@gitea.check("The repository is visible to the token", layer=Layer.GIT_TOKEN, required=False, per_service=True,
             needs=["token_accepted", "url_well_formed"])
def repository_visible(ctx: Context) -> Verdict:
    """GET /api/v1/repos/OWNER/NAME: archived, empty, a mirror, moved."""
    client: TokenClient = ctx.client
    repository = git_token.asked_url(ctx).repository
    response = repository_of(ctx, repository)
    words, page = said(response), git_token.page_of(ctx, repository)
    if response.status == 200:
        return _described(ctx, repository, response.json())
    if response.status in REDIRECTS and "/api/" in redirect_target(response):
        remedy = f"Open {page}, and set the service's repository to the clone URL there."
        return warn(f"{repository} was moved or renamed: {client.host} pointed elsewhere for it.", remedy=remedy,
                    link=page, layer=Layer.CLONE_URL)
    if response.status == 403 and "limited to public" in words:
        return git_token.lacking(ctx, f"{repository} is private, and the token is limited to public repositories")
    if response.status == 403 and REQUIRED.search(words):
        return git_token.lacking(ctx, f"The token may not read about {repository}")
    if response.status == 404 and not response.is_html:
        return git_token.not_found(ctx, repository, f"HTTP 404{quoted(words)}")
    if response.is_html or response.status in REDIRECTS:
        seen = f"{client.host} answered with a page (HTTP {response.status})"
        return git_token.in_front(ctx, seen, response.status)
    return unknown(f"{client.host} did not describe {repository} (HTTP {response.status}){quoted(words)}.",
                   cause=Cause.PROVIDER, remedy=AGAIN)


def _described(ctx: Context, repository: str, about: Any) -> Verdict:
    if not isinstance(about, dict) or not about.get("full_name"):
        raise ClientError(Kind.NOT_PROTOCOL, f"{ctx.client.host} answered something else where a repository was due.",
                          host=ctx.client.host, status=200)
    page, name = git_token.page_of(ctx, repository), str(about["full_name"])
    told = ("full_name", "private", "archived", "empty", "mirror", "default_branch")
    facts: dict[str, Any] = {key: about.get(key) for key in told}
    kind = f"{'private' if about.get('private') else 'public'} {'mirror' if about.get('mirror') else 'repository'}"
    if name.casefold() != repository.casefold():
        new = f"{ctx.client.base_url}/{name}.git"
        return warn(f"{repository} is now {name}.", remedy=f"Set the service's repository to {new}.", link=page,
                    layer=Layer.CLONE_URL, suggested=new, **facts)
    if about.get("empty"):
        return warn(f"{name} was visible as a {kind} and is empty.", remedy="Push a first commit to it.", link=page,
                    layer=Layer.BRANCH_MISSING, **facts)
    if about.get("archived"):
        return warn(f"{name} was visible as a {kind} and is archived: it can be cloned, and nothing new can come.",
                    remedy=f"Unarchive it on {page}/settings, or point the service at its successor.",
                    link=f"{page}/settings", **facts)
    default = about.get("default_branch") or "not told"
    return passed(f"{name} was visible as a {kind}, default branch {default}.", **facts)


gitea.check("The token can clone the repository", layer=Layer.GIT_TOKEN, per_service=True,
            needs=["url_well_formed", "host_reachable"])(git_token.clone_permitted)
gitea.check("The branch or tag exists", layer=Layer.BRANCH_MISSING, per_service=True, needs=["clone_permitted"])(
    git_ref.ref_exists)


@gitea.check("The token can push to the repository", layer=Layer.GIT_TOKEN, needs=["clone_permitted"], per_service=True,
             left_out=lambda settings: not settings.get("pushes"))
def pushes_permitted(ctx: Context) -> Verdict:
    """Two questions, for neither decides alone: the push advertisement tells the token's scope (the host looks at the
    user's right only when refs arrive), permissions.push of the API tells the user's right. Nothing is pushed."""
    client: TokenClient = ctx.client
    found = git_token.asked_url(ctx)
    if (no := client.git.advertises_push(found.url)) is not None:
        return _push_refused(ctx, found.repository, no)
    response = repository_of(ctx, found.repository)
    about = response.json() if response.status == 200 else {}
    permissions = about.get("permissions") if isinstance(about, dict) else None
    may = permissions.get("push") if isinstance(permissions, dict) else None
    page = f"{git_token.page_of(ctx, found.repository)}/settings/collaboration"
    if may is None:
        return unknown(f"{client.host} did not tell if the token's user may write to {found.repository}: it opened "
                       "for a push, which decides nothing, for it looks at that only when a push arrives.",
                       cause=Cause.PROVIDER, required=False, remedy=f"See on {page} that the token's user may write.")
    if not may:
        return fail(f"The token's user may read {found.repository} and not write to it.", link=page,
                    layer=Layer.REPO_ALLOW_LIST,
                    remedy=f"Give the user Write on {page}, or enter the token of a user who has it.")
    return _protected(ctx, found.repository)


def _push_refused(ctx: Context, repository: str, no: GitRefusal) -> Verdict:
    page = f"{git_token.page_of(ctx, repository)}/settings"
    if "archived" in no.message or "mirror" in no.message:
        return fail(f"{repository} takes no push (HTTP {no.status}){quoted(no.message)}.", link=page,
                    remedy=f"Unarchive it or end its mirroring on {page}, or turn pushes off in this integration.")
    return refused(ctx, no, repository) or git_token.refused(ctx, no, repository)


def _protected(ctx: Context, repository: str) -> Verdict:
    """A branch may be closed to the very user. https://docs.gitea.com/usage/access-control/protected-branches"""
    ref = str(ctx.target.get("ref") or "").strip()
    page = f"{git_token.page_of(ctx, repository)}/settings/branches"
    response = repository_of(ctx, repository, f"/branches/{quote(ref, safe='/')}")
    branch = response.json() if response.status == 200 else {}
    if isinstance(branch, dict) and branch.get("protected") and branch.get("user_can_push") is False:
        return fail(f"The branch {ref} of {repository} is protected, and the token's user may not push to it.",
                    remedy=f"Add the user to those who may push to {ref} on {page}.", link=page,
                    layer=Layer.REPO_ALLOW_LIST)
    return passed(f"{repository} would take a push: the token's scope and its user's permission both allow it.")
