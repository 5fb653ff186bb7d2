"""The rows of one service: what the token sees of its repository, and if it may push."""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response, redirect_target
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.bitbucket.client import BitbucketClient, ask, placed, repository_path, said
from checks.providers.bitbucket.host_rows import REDIRECTS
from checks.providers.bitbucket.refusals import (
    ALLOWLIST,
    SCOPES,
    lacks_scopes,
    no_right,
    not_let_in,
    unauthorized,
    unseen,
)
from checks.providers.git_grant import with_grant
from checks.providers.git_token import AGAIN, quoted
from checks.verdict import Cause, Layer, Verdict, passed, unknown, warn


def repository_visible(ctx: Context) -> Verdict:
    """Cloud: GET /2.0/repositories/WORKSPACE/REPOSITORY. Data Center: GET /rest/api/1.0/projects/KEY/repos/REPOSITORY.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/
    """
    ctx = placed(ctx)
    client: BitbucketClient = ctx.client
    repository = git_token.asked_url(ctx).repository
    response = ask(ctx, repository_path(client, repository))
    words = said(response)
    if response.status == 200 and not response.is_html:
        return _described(ctx, repository, response.json())
    if response.status in REDIRECTS and _same_api(ctx, response):
        return _moved(ctx, repository, git_token.page_of(ctx, repository))
    if response.is_html or response.status in REDIRECTS:
        seen = f"{client.host} answered with a page (HTTP {response.status})"
        return git_token.in_front(ctx, seen, response.status)
    return _refused(ctx, repository, response, words)


def _same_api(ctx: Context, response: Response) -> bool:
    target = redirect_target(response)
    return target.startswith(ctx.client.api.base_url + "/") and ("/2.0/repositories/" in target or "/repos/" in target)


def _refused(ctx: Context, repository: str, response: Response, words: str) -> Verdict:
    client: BitbucketClient = ctx.client
    if response.status == 403 and ALLOWLIST.search(words):
        return not_let_in(ctx, words, 403)
    if response.status == 403 and SCOPES in words:
        return lacks_scopes(ctx, response, f"The token may not read about {repository}")
    if response.status == 403 and words:
        return no_right(ctx, repository, f"HTTP 403{quoted(words)}", "Read")
    if response.status == 404:
        return unseen(ctx, repository, f"HTTP 404{quoted(words)}")
    if response.status == 401:
        return unauthorized(ctx, response)
    return unknown(f"{client.host} did not describe {repository} (HTTP {response.status}){quoted(words)}.",
                   cause=Cause.PROVIDER, remedy=AGAIN)


def _described(ctx: Context, repository: str, about: Any) -> Verdict:
    if ctx.client.cloud and isinstance(about, dict) and about.get("full_name"):
        return _by_cloud(ctx, repository, about)
    if not ctx.client.cloud and isinstance(about, dict) and about.get("slug"):
        return _by_data_center(ctx, repository, about)
    raise ClientError(Kind.NOT_PROTOCOL, f"{ctx.client.host} answered something else where a repository was due.",
                      host=ctx.client.host, status=200)


def _by_cloud(ctx: Context, repository: str, about: dict[str, Any]) -> Verdict:
    """mainbranch is null while a repository is empty."""
    page, name = git_token.page_of(ctx, repository), str(about["full_name"])
    main = about.get("mainbranch")
    default = str(main.get("name") or "") if isinstance(main, dict) else ""
    facts: dict[str, Any] = {"full_name": name, "private": about.get("is_private"), "default_branch": default}
    kind = f"{'private' if about.get('is_private') else 'public'} repository"
    if name.casefold() != repository.casefold() and "%7b" not in repository.casefold():
        return _moved(ctx, repository, page, name, **facts)
    if not default:
        return warn(f"{name} was visible as a {kind} and is empty.", remedy="Push a first commit to it.", link=page,
                    layer=Layer.BRANCH_MISSING, **facts)
    return passed(f"{name} was visible as a {kind}, default branch {default}.", **facts)


def _moved(ctx: Context, repository: str, page: str, name: str = "", **facts: Any) -> Verdict:
    if not name:
        return warn(f"{repository} was moved or renamed: {ctx.client.host} pointed elsewhere for it.", link=page,
                    layer=Layer.CLONE_URL, remedy=f"Open {page}, and set the service's repository to the clone URL there.")
    new = f"{ctx.client.base_url}/{name}.git"
    return warn(f"{repository} is now {name}.", remedy=f"Set the service's repository to {new}.", link=page,
                layer=Layer.CLONE_URL, suggested=new, **facts)


def _by_data_center(ctx: Context, repository: str, about: dict[str, Any]) -> Verdict:
    project = about.get("project")
    key = str(project.get("key") or "") if isinstance(project, dict) else ""
    page, name = git_token.page_of(ctx, repository), f"{key}/{about['slug']}"
    facts: dict[str, Any] = {"full_name": name, "private": not about.get("public"), "archived": bool(about.get("archived"))}
    kind = f"{'public' if about.get('public') else 'private'} repository"
    if f"scm/{name}".casefold() != repository.casefold():
        return _moved(ctx, repository.removeprefix("scm/"), page, f"scm/{name}", **facts)
    if about.get("archived"):
        return warn(f"{name} was visible as a {kind} and is archived: it can be cloned, and nothing new can come.",
                    remedy=f"Unarchive it on {page}/settings, or point the service at its successor.",
                    link=f"{page}/settings", **facts)
    if str(about.get("state") or "AVAILABLE") != "AVAILABLE":
        return warn(f"{name} was visible as a {kind}, and its state was {about['state']}.", link=page,
                    remedy="Have an administrator of the Data Center finish or repair it.", **facts)
    return passed(f"{name} was visible as a {kind}.", **facts)


def clone_permitted(ctx: Context) -> Verdict:
    """As every host's, with the token page of this very repository."""
    return git_token.clone_permitted(placed(ctx))


def pushes_permitted(ctx: Context) -> Verdict:
    """The scopes that the host tells, and its answer to the beginning of a push. Restrictions of a branch are looked at
    only when a push arrives, and reading them takes an administrator's scope. Nothing is pushed."""
    ctx = placed(ctx)
    client: BitbucketClient = ctx.client
    found = git_token.asked_url(ctx)
    if (no := client.git.advertises_push(found.url)) is not None:
        own = client.about.refused
        return (own and own(ctx, no, found.repository)) or git_token.refused(ctx, no, found.repository)
    told, need = git_token.granted_if_told(ctx), git_token.required_scopes(ctx)
    missing = [scope for scope in need if not client.about.covers(told.scopes, scope)]
    if told.complete and missing:
        return git_token.lacking(ctx, f"The token lacks {' and '.join(missing)} for a push to {found.repository}")
    scopes = f", whose scopes ({git_token.listed(told)}) allow it" if told.complete else ""
    seen = (f"{found.repository} opened for a push with this token{scopes}; restrictions of a branch are looked at only when "
            "a push arrives.")
    return with_grant(ctx, passed(seen), told, need)
