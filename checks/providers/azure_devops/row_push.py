"""Whether a push would be taken. Nothing is pushed."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.azure_devops import answers
from checks.providers.azure_devops.declared import azure_devops
from checks.providers.azure_devops.refusals import permission_lacking, refused, security_page
from checks.providers.azure_devops.rows import described
from checks.providers.azure_devops.scopes import MANAGE, WRITE, covers
from checks.providers.base import Context
from checks.providers.clone_url import ref_name_problem
from checks.providers.git_token import TokenClient
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown

GIT_REPOSITORIES = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"  # the security namespace, and bits of its permissions:
CONTRIBUTE, BYPASS = 4, 128
NAMESPACES = "https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference"


@azure_devops.check("The token can push to the repository", layer=Layer.GIT_TOKEN, needs=["clone_permitted"],
                    per_service=True, left_out=lambda settings: not settings.get("pushes"))
def pushes_permitted(ctx: Context) -> Verdict:
    """Three questions: the advertisement (which the host may give to readers too), the user's permission GenericContribute,
    and the policies of the branch. The token's own scope no question shows, for Code (Read & write) opens nothing to read."""
    client: TokenClient = ctx.client
    repository = git_token.asked_url(ctx).repository
    if (no := client.git.advertises_push(git_token.asked_url(ctx).url)) is not None:
        return refused(ctx, no, repository) or git_token.refused(ctx, no, repository)
    about = _document(described(ctx, repository))
    ids = f"{(about.get('project') or {}).get('id', '')}", f"{about.get('id', '')}"
    may = _permission(ctx, ids, CONTRIBUTE) if all(ids) else None
    page = security_page(ctx, repository)
    if may is None:
        return unknown(f"{client.host} did not tell if the token's user may write to {repository}.", link=page,
                       cause=Cause.PROVIDER, required=False,
                       remedy=f"See on {page} that Contribute is allowed for the token's user.")
    if not may:
        return permission_lacking(ctx, repository, "GenericContribute", "told by the host's permissions")
    return _closed_branch(ctx, repository, ids) or _by_scope(ctx, repository)


def _permission(ctx: Context, ids: tuple[str, str], bit: int) -> bool | None:
    """GET _apis/permissions/NAMESPACE/BITS?tokens=repoV2/PROJECT/REPOSITORY; None where the host does not tell.
    https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions"""
    path = f"_apis/permissions/{GIT_REPOSITORIES}/{bit}"
    values = _document(answers.ask(ctx, path, tokens=f"repoV2/{ids[0]}/{ids[1]}")).get("value")
    return values[0] if isinstance(values, list) and values and isinstance(values[0], bool) else None


def _closed_branch(ctx: Context, repository: str, ids: tuple[str, str]) -> Verdict | None:
    """A required policy lets nobody push to a branch but through a pull request (TF402455), save who may bypass it.
    https://learn.microsoft.com/azure/devops/repos/git/branch-policies"""
    ref = str(ctx.target.get("ref") or "").strip()
    if ref_name_problem(ref):
        return None
    response = answers.ask(ctx, f"{ids[0]}/_apis/git/policy/configurations", "-preview.1", repositoryId=ids[1],
                           refName=f"refs/heads/{ref}")
    found = _document(response).get("value")
    rules = [rule for rule in found if isinstance(rule, dict)] if isinstance(found, list) else []
    closed = [rule for rule in rules if rule.get("isEnabled") and rule.get("isBlocking") and not rule.get("isDeleted")]
    if not closed or _permission(ctx, ids, BYPASS):
        return None
    names = ", ".join(sorted({str((rule.get("type") or {}).get("displayName") or "a policy") for rule in closed})[:3])
    page = security_page(ctx, repository).replace("_a=permissions", "_a=policies")
    return fail(f"The branch {ref} of {repository} takes changes through pull requests only ({names}), and the token's user "
                "may not bypass that.", link=page, layer=Layer.REPO_ALLOW_LIST,
                remedy=f"Allow “Bypass policies when pushing” for the user, or make the policy optional, on {page}.")


def _by_scope(ctx: Context, repository: str) -> Verdict:
    client: TokenClient = ctx.client
    told = git_token.granted_if_told(ctx)
    if covers(told.scopes, WRITE):
        proof = MANAGE if MANAGE in told.scopes else git_token.listed(told)
        return passed(f"{repository} would take a push: its user may contribute, and the token has {proof}.")
    if told.complete or WRITE in told.lacking:
        return git_token.lacking(ctx, f"The token's user may contribute to {repository}, and the token itself may not")
    return unknown(f"The token's user may contribute to {repository}. Whether the token itself has {WRITE} shows only when a "
                   "push arrives: Azure DevOps tells a token's scopes to nobody.", cause=Cause.PROVIDER, required=False,
                   link=client.token_page, remedy=f"See on {client.token_page} that the token has {WRITE}.")


def _document(response: Response) -> Mapping[str, Any]:
    document = response.json() if answers.opened(response) else {}
    return document if isinstance(document, dict) else {}
