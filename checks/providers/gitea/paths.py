"""What a path below the base URL of a Gitea or Forgejo is: a repository, or one of the pages people paste instead."""
from __future__ import annotations

import re
from collections.abc import Sequence

from checks.providers.clone_url import Page

SITE_PAGES = {"user", "admin", "explore", "org", "assets", "attachments", "avatars", "notifications", "repo", "api",
              "issues", "pulls", "milestones", "-"}
NAME = re.compile(r"[A-Za-z0-9_.-]+")
PAGES = {"src", "commit", "commits", "pulls", "issues", "releases", "branches", "tags", "actions", "projects", "tree",
         "settings", "activity", "compare", "milestones", "labels", "graph", "search", "packages", "stars", "watchers",
         "forks", "blob", "pulse", "find", "_edit", "_new", "blame"}


def layout(segments: Sequence[str], query: str) -> Page:  # noqa: ARG001 -- other hosts name a branch in the query
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
