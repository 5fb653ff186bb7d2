"""What a path below a GitHub's address is: a repository, or one of the pages people paste instead. And GitHub's other
hosts (API, raw files, archives, gists), from which people copy addresses too.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from checks.providers.clone_url import Page

OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")  # users of an enterprise have names such as mona_acme
NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
SITE_PAGES = {
    "settings", "organizations", "orgs", "enterprises", "apps", "github-apps", "marketplace", "login", "logout", "join",
    "explore", "topics", "trending", "notifications", "new", "search", "sponsors", "features", "pulls", "issues",
    "dashboard", "codespaces", "stars", "users", "about", "pricing", "security", "site", "contact", "collections",
    "account", "sessions", "stafftools", "advisories", "copilot", "customer-stories", "team", "enterprise", "readme",
}
PAGES = {
    "tree", "blob", "commit", "commits", "pull", "pulls", "issues", "actions", "projects", "wiki", "security", "settings",
    "releases", "tags", "branches", "pulse", "graphs", "network", "compare", "discussions", "blame", "edit", "find",
    "deployments", "packages", "milestones", "labels", "stargazers", "watchers", "forks", "activity", "search",
}
SHOWS_REF = {"tree": "branch", "blob": "branch", "blame": "branch", "edit": "branch", "commits": "branch",
             "commit": "commit"}
HOST_NAMES = ("api", "raw", "codeload", "gist", "uploads")  # before a server's own name, too
OTHER_HOSTS = {"raw.githubusercontent.com": "raw", "gist.githubusercontent.com": "gist", "objects.githubusercontent.com": "raw"}


def layout(segments: Sequence[str], query: str) -> Page:  # noqa: ARG001 -- other hosts name a branch in the query
    """What a path below the address is: OWNER/NAME is a repository, three segments and more are its pages."""
    if segments[:2] == ["api", "v3"]:
        return _api_page(segments[2:])
    if not segments:
        return Page("the front page of the host, not a repository")
    if segments[0] in ("gist", "raw", "codeload") and len(segments) > 1:  # a server without names of their own
        return _of(segments[0], segments[1:])
    if segments[0].lower() in SITE_PAGES:
        return Page("a page of the host itself, not a repository")
    if len(segments) == 1:
        return Page(f"the page of an owner, {segments[0]}, not a repository")
    owner, name, rest = segments[0], segments[1].removesuffix(".git"), list(segments[2:])
    if not (OWNER.fullmatch(owner) and NAME.fullmatch(name)) or name in (".", ".."):
        return Page("no repository: its owner or name holds what neither can hold")
    if name.endswith(".wiki") or rest[:1] == ["wiki"]:
        return Page("the wiki of a repository, which cannot be deployed", f"{owner}/{name.removesuffix('.wiki')}")
    return _below_repository(f"{owner}/{name}", rest)


def other_host_page(address: str, base_url: str) -> Page | None:
    """What an address of one of GitHub's other hosts is, None for a host that is not GitHub's."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    home = urlsplit(base_url).hostname or ""
    name = OTHER_HOSTS.get(host, "") if home == "github.com" else ""
    name = name or next((label for label in HOST_NAMES if host == f"{label}.{home}"), "")
    return _of(name, [part for part in parts.path.split("/") if part]) if name else None


def _of(name: str, segments: Sequence[str]) -> Page:
    if name == "gist":
        return Page("a gist, which cannot be deployed")
    if name in ("api", "uploads"):
        return _api_page(segments)
    if len(segments) < 2 or not (OWNER.fullmatch(segments[0]) and NAME.fullmatch(segments[1])):
        return Page("the address of a file, not of a repository")
    rest = list(segments[2:])
    if name == "codeload":  # /OWNER/NAME/zip/refs/heads/BRANCH
        return Page("the address of an archive, not of a repository", "/".join(segments[:2]), *_full_ref(rest[1:]))
    return Page("the address of a file, not of a repository", "/".join(segments[:2]),
                *(_full_ref(rest[:-1]) if rest[:1] == ["refs"] else (rest[0] if rest else "", "branch" if rest else "")))


def _below_repository(repository: str, rest: list[str]) -> Page:
    if not rest:
        return Page("", repository)
    if rest[0] in ("raw", "archive", "zipball", "tarball"):
        return Page("the address of a file, not of a repository", repository, *_archive_ref(rest))
    if rest[-1] in ("git-upload-pack", "git-receive-pack") or rest[:2] == ["info", "refs"]:
        return Page("an address of Git's own protocol", repository)
    what = "a browser page of the repository" if rest[0] in PAGES else "a path below the repository"
    if rest[:2] == ["releases", "tag"]:
        return Page(what, repository, "/".join(rest[2:]), "tag")
    if rest[0] in SHOWS_REF and len(rest) > 1:
        return Page(what, repository, *_shown_ref(rest[1:], SHOWS_REF[rest[0]], whole=rest[0] == "tree"))
    return Page(what, repository)


def _shown_ref(rest: list[str], kind: str, *, whole: bool) -> tuple[str, str]:
    """The ref in /tree/NAME, /blob/NAME/PATH. A name may hold slashes, and a path may follow it: nothing tells where it
    ends, so below /tree/ all is taken unless its end looks like a file, elsewhere the first segment."""
    if rest[0] == "refs":
        return _full_ref(rest)
    return ("/".join(rest) if whole and "." not in rest[-1] else rest[0]), kind


def _full_ref(rest: list[str]) -> tuple[str, str]:
    """refs/heads/NAME and refs/tags/NAME, in full: only here the kind is certain."""
    if rest[:2] in (["refs", "heads"], ["refs", "tags"]) and len(rest) > 2:
        return "/".join(rest[2:]), "branch" if rest[1] == "heads" else "tag"
    return "", ""


def _archive_ref(rest: list[str]) -> tuple[str, str]:
    ref, kind = _full_ref(rest[1:])
    for ending in (".zip", ".tar.gz"):
        ref = ref.removesuffix(ending)
    return ref, kind


def _api_page(segments: Sequence[str]) -> Page:
    if segments[:1] == ["repos"] and len(segments) >= 3:
        ref, kind = "", ""
        if segments[3:4] == ["branches"]:
            ref, kind = "/".join(segments[4:]), "branch"
        elif segments[3:5] in (["git", "ref"], ["git", "refs"]):
            ref, kind = _full_ref(["refs", *segments[5:]])
        return Page("an address of the API", f"{segments[1]}/{segments[2]}", ref, kind if ref else "")
    return Page("an address of the API")
