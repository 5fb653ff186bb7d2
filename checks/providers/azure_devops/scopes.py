"""What a token may do. A personal access token cannot ask that of itself: the API that lists tokens takes Microsoft Entra
sign-ins alone (https://learn.microsoft.com/rest/api/azure/devops/tokens/pats). So routes are asked that one scope opens.

Which scope opens which route, by the scopes at the foot of each page of the REST reference, and by the server's own table of
patterns a scope (AuthorizationScopeDefinitions of Azure DevOps Server, as published in decompiled form):

- connectionData and permissions belong to the base of every scope, so any living token may ask both;
- the list of projects belongs to vso.profile, which vso.code inherits: it tells nothing, and is not asked;
- vso.code opens every GET of _git and of _apis/git; vso.code_write adds no GET at all, so reading and writing cannot be told
  apart without writing, and neither can the advertisement for a push;
- work item relation types need vso.work, agent pools vso.agentpools, build definitions vso.build: 200 there is a broader token;
- the pipeline permissions of a repository need vso.code_manage or vso.build, so they tell of the first where the second is not.
"""
from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from checks.clients.errors import ClientError
from checks.clients.http import Response
from checks.providers.azure_devops.answers import ask, claims, first_entry, listing, opened
from checks.providers.base import Context
from checks.providers.git_token import Granted

READ, WRITE, MANAGE, FULL = CODE = (  # as the token's page spells them, each with those before it
    "Code (Read)", "Code (Read & write)", "Code (Read, write, & manage)", "Code (Full)")
EVERYTHING = "Full access"
WORK, POOLS, BUILD = "Work Items (Read)", "Agent Pools (Read)", "Build (Read)"
LETS = {
    EVERYTHING: "do everything that its user can, in every project", WRITE: "push to every repository that its user can write to",
    MANAGE: "push to every repository, and make, rename and delete them",
    FULL: "push to every repository, delete them, and read who reviews what", WORK: "read every work item",
    POOLS: "read which agents run the builds", BUILD: "read every build with its log and artifacts"}
CLAIMED = {"user_impersonation": EVERYTHING, "vso.code": READ, "vso.code_write": WRITE, "vso.code_manage": MANAGE,
           "vso.code_full": FULL, "vso.work": WORK, "vso.agentpools": POOLS, "vso.build": BUILD}


def granted_scopes(ctx: Context) -> Granted:
    told = claims(ctx.client.token)
    if told:
        return _claimed(str(told.get("scp") or ""))
    answers = {READ: listing(ctx), WORK: beside(ctx, "_apis/wit/workitemrelationtypes"),
               POOLS: beside(ctx, "_apis/distributedtask/pools", _top="1")}
    answers |= _in_a_project(ctx)
    have = tuple(scope for scope, answer in answers.items() if answer and opened(answer))
    lacking = [scope for scope, answer in answers.items() if shut(answer)]
    return Granted(have, lacking=tuple(lacking + ([WRITE] if READ in lacking else [])))


def shut(response: Response | None) -> bool:
    """Refused for the token's own sake: 401 is the scope, 403 would be the user's permission."""
    return response is not None and response.status == 401 and not response.is_html


def beside(ctx: Context, path: str, preview: str = "", **params: str) -> Response | None:
    """A route that no deploy needs: trouble there must not make uncertain what the repositories said."""
    try:
        return ask(ctx, path, preview, **params)
    except ClientError:
        return None


def _in_a_project(ctx: Context) -> dict[str, Response | None]:
    """Routes that need a project: the first that the token sees."""
    first = first_entry(listing(ctx))
    project, repository = str((first.get("project") or {}).get("id") or ""), str(first.get("id") or "")
    if not project or not repository:
        return {}
    build = beside(ctx, f"{project}/_apis/build/definitions", _top="1")
    if not shut(build):
        return {BUILD: build}
    path = f"{project}/_apis/pipelines/pipelinepermissions/repository/{project}.{repository}"
    return {BUILD: build, MANAGE: beside(ctx, path, "-preview.1")}


def _claimed(scp: str) -> Granted:
    """A Microsoft Entra token says itself what it may do; one of a service principal carries no scopes."""
    names = tuple(CLAIMED.get(name, name) for name in scp.split())
    return Granted(names, complete=True) if names else Granted()


def covers(granted: Iterable[str], wanted: str) -> bool:
    have = set(granted)
    return EVERYTHING in have or any(scope in have for scope in CODE[CODE.index(wanted):])


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    needed = {READ, WRITE} if pushes else {READ}
    return [scope for scope in granted if scope not in needed]


def reported_expiry(ctx: Context) -> date | None:
    """Only a Microsoft Entra token carries its own end."""
    end = claims(ctx.client.token).get("exp")
    return datetime.fromtimestamp(end, UTC).date() if isinstance(end, int) and 0 < end < 10**11 else None
