"""The checks of GitLab that are asked once for each service: seeing, cloning, the ref, pushing."""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError
from checks.clients.errors import Kind as Trouble
from checks.clients.git import GitRefusal
from checks.clients.http import Response
from checks.providers import git_ref, git_token
from checks.providers.base import Context
from checks.providers.git_token import AGAIN, TokenClient, quoted
from checks.providers.gitlab.answers import BANNED, banned, refused
from checks.providers.gitlab.asking import (
    READS_API,
    REDIRECTS,
    Kind,
    ask_branch,
    ask_project,
    error_of,
    identity,
    said,
)
from checks.providers.gitlab.rows import gitlab
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

ROLES = {10: "Guest", 15: "Planner", 20: "Reporter", 25: "Security Manager", 30: "Developer", 40: "Maintainer", 50: "Owner"}
ENOUGH = "A deploy needs nothing more: the row about cloning decides."


@gitlab.check("The repository is visible to the token", layer=Layer.GIT_TOKEN, required=False, per_service=True,
              needs=["token_accepted", "url_well_formed"])
def repository_visible(ctx: Context) -> Verdict:
    """GET /api/v4/projects/:id: archived, empty, disabled, moved. https://docs.gitlab.com/api/projects/"""
    client: TokenClient = ctx.client
    repository = git_token.asked_url(ctx).repository
    if (told := identity(ctx)).kind is Kind.DEPLOY:
        return _not_asked(ctx, "A deploy token opens no API", repository)
    response, moved = ask_project(ctx, repository)
    words = said(response)
    if response.status == 200:
        return _described(ctx, repository, response.json(), moved)
    if error_of(response) in ("insufficient_scope", "insufficient_granular_scope", "dpop_error"):
        fine = "Project: Read" if told.kind is Kind.FINE_GRAINED else "read_api"
        return _not_asked(ctx, "The token may not read the API", repository, gain=fine)
    if response.status == 403 and words == BANNED:
        return banned(ctx, f"{client.host} refused to describe {repository}")
    if response.status == 404 and words:
        return git_token.not_found(ctx, repository, f"HTTP 404{quoted(words)}")
    if response.is_html or response.status in REDIRECTS:
        return git_token.in_front(ctx, f"{client.host} answered with a page (HTTP {response.status})", response.status)
    return unknown(f"{client.host} did not describe {repository} (HTTP {response.status}){quoted(words)}.",
                   cause=Cause.PROVIDER, remedy=AGAIN)


def _not_asked(ctx: Context, why: str, repository: str, gain: str = "") -> Verdict:
    """No fault: read_repository alone clones, and opens nothing of this."""
    more = f"With {gain} too, this row would tell if it is archived, empty or moved. " if gain else ""
    return unknown(f"{why}, so {ctx.client.host} did not describe {repository}.", cause=Cause.PROVIDER, required=False,
                   remedy=f"{more}{ENOUGH}", link=ctx.client.token_page if gain else "")


def _described(ctx: Context, repository: str, about: Any, moved: bool) -> Verdict:
    if not isinstance(about, dict) or not about.get("path_with_namespace"):
        raise ClientError(Trouble.NOT_PROTOCOL, f"{ctx.client.host} answered something else where a project was due.",
                          host=ctx.client.host, status=200)
    name = str(about["path_with_namespace"])
    page = f"{ctx.client.base_url}/{name}"
    told = ("path_with_namespace", "visibility", "archived", "empty_repo", "default_branch", "repository_access_level")
    facts: dict[str, Any] = {key: about.get(key) for key in told}
    kind = f"{about.get('visibility') or 'visible'} project"
    if moved or name.casefold() != repository.casefold():
        return warn(f"{repository} is now {name}: GitLab answers at the old address until somebody else takes that.",
                    remedy=f"Set the service's repository to {page}.git.", link=page, layer=Layer.CLONE_URL,
                    suggested=f"{page}.git", **facts)
    if about.get("repository_access_level") == "disabled":
        return fail(f"{name} was visible as a {kind}, and its repository is turned off.", layer=Layer.REPO_ALLOW_LIST,
                    remedy=f"Turn Repository on on {page}/edit, under “Visibility, project features, permissions”.",
                    link=f"{page}/edit", **facts)
    if about.get("empty_repo"):
        return warn(f"{name} was visible as a {kind} and is empty.", remedy="Push a first commit to it.", link=page,
                    layer=Layer.BRANCH_MISSING, **facts)
    if about.get("archived"):
        return warn(f"{name} was visible as a {kind} and is archived: it can be cloned, and nothing new can come.", **facts,
                    remedy=f"Unarchive it on {page}/edit, Advanced, or use its successor.", link=f"{page}/edit")
    return passed(f"{name} was visible as a {kind}, default branch {about.get('default_branch') or 'not told'}.", **facts)


gitlab.check("The token can clone the repository", layer=Layer.GIT_TOKEN, per_service=True,
             needs=["url_well_formed", "host_reachable"])(git_token.clone_permitted)
gitlab.check("The branch or tag exists", layer=Layer.BRANCH_MISSING, per_service=True, needs=["clone_permitted"])(
    git_ref.ref_exists)


@gitlab.check("The token can push to the repository", layer=Layer.GIT_TOKEN, needs=["clone_permitted"], per_service=True,
              left_out=lambda settings: not settings.get("pushes"))
def pushes_permitted(ctx: Context) -> Verdict:
    """The push advertisement tells scope and role, for GitLab checks both there; what protects a branch only the API
    tells. Asked after a clone alone: of a path that is no project yet, this very request would make one."""
    client: TokenClient = ctx.client
    found = git_token.asked_url(ctx)
    url = found.url.removesuffix(".git") + ".git"  # without it GitLab only redirects
    if (no := ctx.once(f"push {url}", lambda: client.git.advertises_push(url))) is not None:
        return _push_refused(ctx, found.repository, no)
    if identity(ctx).kind is Kind.DEPLOY or not READS_API & set(identity(ctx).scopes or READS_API):
        return _as_far(ctx, found.repository)
    response, _ = ask_project(ctx, found.repository)
    about = response.json() if response.status == 200 else {}
    if not isinstance(about, dict) or not about.get("id"):
        return _as_far(ctx, found.repository)
    return _branch(ctx, found.repository, about)


def _push_refused(ctx: Context, repository: str, no: GitRefusal) -> Verdict:
    page = git_token.page_of(ctx, repository)
    if "archived" in no.message:
        return fail(f"{repository} takes no push (HTTP {no.status}){quoted(no.message)}.", link=f"{page}/edit",
                    remedy=f"Unarchive it on {page}/edit, under Advanced, or turn pushes off in this integration.")
    if "not allowed to push code" in no.message or "upload code for this project" in no.message:
        return fail(f"The token's user may read {repository} and not push to it{quoted(no.message)}.",
                    link=f"{page}/-/project_members", layer=Layer.REPO_ALLOW_LIST,
                    remedy=f"Give the user the Developer role on {page}/-/project_members, or enter the token of a user "
                           "who has it.")
    return refused(ctx, no, repository) or git_token.refused(ctx, no, repository)


def _branch(ctx: Context, repository: str, about: dict[str, Any]) -> Verdict:
    """can_push is the host's own judgement of this token's user. https://docs.gitlab.com/api/branches/"""
    ref = str(ctx.target.get("ref") or "").strip()
    response: Response = ask_branch(ctx, about["id"], ref)
    branch = response.json() if response.status == 200 else {}
    may = branch.get("can_push") if isinstance(branch, dict) else None
    page = f"{git_token.page_of(ctx, repository)}/-/settings/repository"
    if may is False:
        why = "is protected, and" if branch.get("protected") else "may be read, and"
        return fail(f"The branch {ref} of {repository} {why} the token's user may not push to it.", link=page,
                    layer=Layer.REPO_ALLOW_LIST,
                    remedy=f"Add the user to those “Allowed to push and merge” to {ref} on {page}, under Protected branches.")
    if may is None:
        return _as_far(ctx, repository)
    return passed(f"{repository} would take a push to {ref}: the token's scope, its user's role and the branch allow it.",
                  role=_role(about))


def _role(about: dict[str, Any]) -> str:
    """The higher of the two roles, in the project and in its group."""
    permissions = about.get("permissions")
    access = [part.get("access_level") for part in (permissions if isinstance(permissions, dict) else {}).values()
              if isinstance(part, dict)]
    return ROLES.get(max((level for level in access if isinstance(level, int)), default=0), "")


def _as_far(ctx: Context, repository: str) -> Verdict:
    ref = str(ctx.target.get("ref") or "").strip()
    return passed(f"{repository} opened for a push, as far as the token's scope and its user's role go; what protects "
                  f"{ref or 'the branch'} was not told.", branch_told=False)
