"""A GitHub App, as the rows that every Git host shares need to know it."""
from __future__ import annotations

from checks.providers.git_token import About
from checks.providers.github.answers import covers, granted, surplus
from checks.providers.github.paths import layout
from checks.providers.github.refusals import refused

READS = ("contents:read", "metadata:read")
PUSHES = ("contents:write", "metadata:read")
NEEDS = {"metadata:read": "comes with every permission", "contents:read": "clone, and the webhook's pushes",
         "contents:write": "clone, push, and the webhook's pushes"}
LETS = {  # https://docs.github.com/rest/authentication/permissions-required-for-github-apps
    "contents:write": "push to every repository of the installation",
    "administration:write": "delete every repository of the installation, and change who gets in",
    "administration:read": "read who gets into each repository", "workflows:write": "change workflows, and so read their secrets",
    "secrets:write": "replace the secrets of workflows", "secrets:read": "read the names of the secrets of workflows",
    "actions:write": "start, stop and delete runs of workflows", "actions:read": "read runs of workflows, and their logs",
    "pull_requests:write": "open and merge pull requests", "checks:write": "make a failing check look passed",
    "statuses:write": "make a failing commit look passed", "deployments:write": "make false deployments",
    "environments:write": "change what protects an environment", "packages:write": "replace packages and images",
    "repository_hooks:write": "send copies of every event to an address of its own",
    "organization_hooks:write": "send copies of every event to an address of its own",
    "members:write": "change the members and teams of the organisation", "members:read": "read who belongs to the organisation",
    "organization_administration:write": "change the settings of the organisation",
    "issues:write": "write issues in the App's name", "issues:read": "read every issue",
    "pull_requests:read": "read every pull request", "pages:write": "change the published pages"}

ABOUT = About(
    name="GitHub", layout=layout, token_page="", reads=READS, pushes=PUSHES, covers=covers, surplus=surplus, granted=granted,
    refused=refused, needs=NEEDS, lets=LETS)
