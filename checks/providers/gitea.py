"""Gitea and Forgejo: a personal access token, over their API and over Git's smart HTTP.

Least grant: scope read:repository (write:repository with `pushes`). read:user only lets the token say whose it is.
https://docs.gitea.com/development/oauth2-provider#scopes · https://docs.gitea.com/api/1.24/
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from django import forms

from checks.clients.errors import ClientError, Kind
from checks.clients.git import Git, GitRefusal
from checks.clients.http import Http, Response, redirect_target
from checks.providers import git_ref, git_scopes, git_token
from checks.providers.base import Context, Guide, JsonMap, Provider, ProviderForm, SecretField, Step
from checks.providers.clone_url import Page, normal_base
from checks.providers.git_token import About, Granted, TokenClient, quoted
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

ANY_USERNAME = "oauth2"  # the host looks at the token alone; Git only wants the user name not to be empty
TOKEN_PAGE = "{base_url}/user/settings/applications"  # noqa: S105 -- the address of a page
SCOPES = re.compile(r"token scope=([a-z:,-]*)")  # since Gitea 1.24; Forgejo and older ones name only what was required
REQUIRED = re.compile(r"required scope\(s\)(?::|, required=)\s*\[([^\]]*)\]")
BESIDE = re.compile(r"user should be the site admin")


# --- Form ---------------------------------------------------------------------------------------------------------
class GiteaForm(ProviderForm):
    base_url = forms.CharField(label="Address", max_length=2000, help_text=(
        "The address of your Gitea or Forgejo, with its sub-path if it has one: https://git.example.com"))
    token = SecretField(label="Access token", help_text="With the scope read:repository, and write:repository for pushes.")
    username = forms.CharField(label="User name", required=False, max_length=255, help_text=(
        "The user whose token it is. May stay blank: the host looks at the token alone."))
    token_expires_on = forms.DateField(label="Token is to be rotated by", required=False, help_text=(
        "These tokens have no end of their own; with a date here you are reminded in time."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)

    def clean_base_url(self) -> str:
        return git_token.clean_base_url(self.cleaned_data["base_url"])

    def clean_token(self) -> str:
        return git_token.clean_token(self.cleaned_data["token"])


def connect(settings: JsonMap, credentials: JsonMap) -> TokenClient:
    base_url, token = normal_base(settings["base_url"]), credentials["token"]
    username = str(settings.get("username") or "") or ANY_USERNAME
    return TokenClient(ABOUT, base_url, Git(base_url, username, token), Http(base_url), token)


# --- What is particular to this host ----------------------------------------------------------------------------------
SITE_PAGES = {"user", "admin", "explore", "org", "assets", "attachments", "avatars", "notifications", "repo", "api", "-"}
NAME = re.compile(r"[A-Za-z0-9_.-]+")
PAGES = {"src", "commit", "commits", "pulls", "issues", "releases", "branches", "tags", "actions", "projects", "settings",
         "activity", "compare", "milestones", "labels", "graph", "search", "packages", "stars", "watchers", "forks",
         "tree", "blob", "pulse", "find", "_edit", "_new", "blame"}


def layout(segments: Sequence[str], query: str) -> Page:
    """What a path below the base URL is: OWNER/NAME is a repository, three segments and more are its pages."""
    if segments[:2] == ["api", "v1"]:
        return _api_page(segments[2:])
    if not segments:
        return Page("the host's front page, not a repository")
    if segments[0] in SITE_PAGES:
        return Page("a page of the host itself, not a repository")
    if len(segments) == 1:
        return Page(f"the page of an owner, {segments[0]}, not a repository")
    owner, name, rest = segments[0], segments[1].removesuffix(".git"), list(segments[2:])
    if not (NAME.fullmatch(owner) and NAME.fullmatch(name)):
        return Page("no repository: its owner or name holds what neither can hold")
    if name.endswith(".wiki") or rest[:1] == ["wiki"]:
        return Page("the wiki of a repository, which cannot be deployed", f"{owner}/{name.removesuffix('.wiki')}")
    return _below_repository(f"{owner}/{name}", rest)


def _below_repository(repository: str, rest: list[str]) -> Page:
    if not rest:
        return Page("", repository)
    if rest[0] in ("raw", "media", "archive"):
        return Page("the address of a file, not of a repository", repository, *_shown_ref(rest[1:]))
    if rest[-1] in ("git-upload-pack", "git-receive-pack") or rest[:2] == ["info", "refs"]:
        return Page("an address of Git's own protocol", repository)
    what = "a browser page of the repository" if rest[0] in PAGES else "a path below the repository"
    if rest[:2] == ["releases", "tag"]:
        return Page(what, repository, "/".join(rest[2:]), "tag")
    return Page(what, repository, *_shown_ref(rest[1:], bare=rest[0] in ("tree", "blob")))


def _shown_ref(rest: list[str], *, bare: bool = False) -> tuple[str, str]:
    """The ref in …/branch/NAME[/path], …/tag/NAME, …/commit/ID. A name may hold slashes, and a path may follow it:
    with what looks like a file at the end, the first segment is taken, else all of them."""
    if bare and rest:
        return rest[0], "branch"
    if len(rest) < 2 or rest[0] not in ("branch", "tag", "commit"):
        return "", ""
    return (rest[1] if "." in rest[-1] and rest[0] == "branch" else "/".join(rest[1:])), rest[0]


def _api_page(segments: Sequence[str]) -> Page:
    if segments[:1] == ["repos"] and len(segments) >= 3:
        ref = "/".join(segments[4:]) if segments[3:4] in (["branches"], ["tags"]) else ""
        return Page("an address of the API", f"{segments[1]}/{segments[2]}", ref)
    return Page("an address of the API")


def covers(granted: Iterable[str], wanted: str) -> bool:
    """`all` covers everything, and write covers read. https://docs.gitea.com/development/oauth2-provider#scopes"""
    have = set(granted)
    return "all" in have or wanted in have or wanted.replace("read:", "write:") in have


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    needed = {"write:repository"} if pushes else set()
    return sorted(scope for scope in granted if scope == "all" or scope.endswith(":admin")
                  or (scope.startswith("write:") and scope not in needed))


def ask(ctx: Context, path: str, *, anonymous: bool = False, **params: Any) -> Response:
    """One GET of the API, asked once in a run."""
    client: TokenClient = ctx.client
    headers = {"Accept": "application/json"} | ({} if anonymous else {"Authorization": f"token {client.token}"})
    key = f"api {'anonymous ' if anonymous else ''}{path} {sorted(params.items())}"
    return ctx.once(key, lambda: client.api.get(f"/api/v1/{path}", headers=headers, params=params or None))


def said(response: Response) -> str:
    """The host's own sentence in a refusal, "" when it sent something else."""
    if response.is_html:
        return ""
    try:
        document = response.json()
    except ClientError:
        return " ".join(response.text.split())[:200]
    return str(document.get("message") or "")[:300] if isinstance(document, dict) else ""


def granted_scopes(ctx: Context) -> Granted:
    """Reads the scopes out of the refusal of a route that the token probably may not use: only refusals name them.

    Where every such route opens, or the host is too old (or Forgejo) to name them, what opened and what did not is told.
    """
    opened, lacking = set(), set()
    for path, scope in (("user", "read:user"), ("notifications/new", "read:notification"),
                        ("repos/search", "read:repository"), ("admin/cron", "read:admin")):
        response = ask(ctx, path, **({"limit": 1} if path in ("repos/search", "admin/cron") else {}))
        message = said(response)
        if response.status == 403 and (told := SCOPES.search(message)):
            return Granted(tuple(sorted(s for s in told[1].split(",") if s)), complete=True)
        if response.status == 403 and REQUIRED.search(message):
            lacking.add(scope)
        elif response.status == 200 and not response.is_html or BESIDE.search(message):
            opened.add(scope)
    return Granted(tuple(sorted(opened)), lacking=tuple(sorted(lacking)))
