"""What the scopes of each kind of token cover.

API tokens: granular, none implies another. https://support.atlassian.com/bitbucket-cloud/docs/api-token-permissions/
Access tokens: https://developer.atlassian.com/cloud/bitbucket/bitbucket-cloud-rest-api-scopes/ (repository:write implies
repository; repository:admin implies neither; pullrequest implies repository, pullrequest:write repository:write) and
https://support.atlassian.com/bitbucket-cloud/docs/project-access-token-permissions/ (project implies repository).
"""
from __future__ import annotations

from collections.abc import Iterable

from checks.providers.base import Context
from checks.providers.bitbucket.client import BitbucketClient, identity, scopes_told
from checks.providers.git_token import Granted

API_READ, API_WRITE = "read:repository:bitbucket", "write:repository:bitbucket"
READ, WRITE = "repository", "repository:write"
IMPLY = {READ: {WRITE, "pullrequest", "pullrequest:write", "project"}, WRITE: {"pullrequest:write"}}
EVERY = "push to every repository that it reaches"
SETTINGS = "change settings, branch rules and access of every repository that it reaches"
GONE = "delete every repository that it reaches"
HOOKS = "send copies of every event to an address of its own"
SECRETS = "read and replace the variables of pipelines"
LETS = {
    WRITE: EVERY, API_WRITE: EVERY, "pullrequest:write": EVERY, "repository:admin": SETTINGS,
    "admin:repository:bitbucket": SETTINGS, "repository:delete": GONE, "delete:repository:bitbucket": GONE,
    "webhook": HOOKS, "write:webhook:bitbucket": HOOKS, "pipeline:variable": SECRETS, "admin:pipeline:bitbucket": SECRETS,
    "pipeline:write": "run pipelines, which see their secrets", "write:pipeline:bitbucket": "run pipelines, which see their "
    "secrets", "project:admin": "change who gets into the project", "account:write": "change its user's account"}
MORE_THAN_READING = {"write", "admin", "delete", "manage", "variable"}


def granted(ctx: Context) -> Granted:
    """Data Center does not tell; Cloud tells with nearly every answer."""
    client: BitbucketClient = ctx.client
    told = scopes_told(identity(ctx)) if client.cloud else None
    return Granted() if told is None else Granted(told, complete=True)


def covers(granted: Iterable[str], wanted: str) -> bool:
    have = set(granted)
    return wanted in have or bool(have & IMPLY.get(wanted, set()))


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    """All that writes, deletes or administers; `webhook` does, too, without saying so."""
    needed = {API_WRITE, WRITE} if pushes else set()
    return sorted(name for name in granted
                  if name not in needed and (name == "webhook" or MORE_THAN_READING & set(name.split(":"))))
