"""What a path below the base URL of a GitLab is: a project in its groups, or one of the pages people paste instead.

https://docs.gitlab.com/user/reserved_names/ · lib/gitlab/path_regex.rb (TOP_LEVEL_ROUTES, PROJECT_WILDCARD_ROUTES)
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote

from checks.providers.clone_url import Page, ref_name_problem

SITE_PAGES = {"-", ".well-known", "admin", "api", "assets", "dashboard", "explore", "files", "health_check", "help",
              "import", "jwt", "login", "oauth", "profile", "projects", "public", "robots.txt", "s", "search",
              "snippets", "unsubscribes", "uploads", "users", "v2"}
OLD_PAGES = {"tree", "blob", "raw", "blame", "commits", "commit", "tags", "branches", "merge_requests", "issues",
             "pipelines", "wikis", "edit", "find_file", "refs", "builds", "badges", "archive", "network", "compare"}
NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*")
GROUPS = 21  # a top-level group and 20 levels of subgroups: https://docs.gitlab.com/user/group/subgroups/
FILES = ("blob", "raw", "blame", "edit")
REFS = (*FILES, "tree", "commits", "tags", "network", "archive", "releases", "branches")
TRUNKS = ("main", "master", "trunk", "develop", "dev", "staging", "production")
FILE_NAME = re.compile(r".+\.[A-Za-z][A-Za-z0-9]{0,9}")
KINDS = {"heads": "branch", "tags": "tag"}


def layout(segments: Sequence[str], query: str) -> Page:
    """GROUP/…/PROJECT is a project, whatever follows /-/ (or, before GitLab 13, a reserved word) its pages."""
    if not segments:
        return Page("the host's front page, not a repository")
    if segments[:2] == ["api", "v4"]:
        return _api_page(list(segments[2:]))
    if segments[0] in SITE_PAGES:
        return Page("a page of the host itself, not a repository")
    if segments[0] == "groups":
        return Page(f"the page of a group, {'/'.join(segments[1:]).partition('/-')[0]}, not a repository")
    path, rest = _split(list(segments))
    if len(path) < 2:
        return Page(f"the page of a user or group, {path[0]}, not a repository")
    wiki = path[-1].removesuffix(".git").endswith(".wiki")
    path[-1] = path[-1].removesuffix(".git").removesuffix(".wiki")
    if not all(NAME.fullmatch(name) for name in path):
        return Page("no repository: one of its names holds what none can hold")
    if len(path) > GROUPS + 1:
        return Page("no repository: it has more groups than GitLab nests")
    if wiki or rest[:1] == ["wikis"]:
        return Page("the wiki of a repository, which cannot be deployed", "/".join(path))
    return _below_repository("/".join(path), rest, query)


def _split(segments: list[str]) -> tuple[list[str], list[str]]:
    """The project's own path, and what follows it without the /-/ between."""
    for at, name in enumerate(segments):
        if name == "-":
            return segments[:at], segments[at + 1:] or ["-"]
        if at >= 1 and name.endswith(".git"):
            return segments[:at + 1], segments[at + 1:]
        if at >= 2 and (name in OLD_PAGES or segments[at:at + 2] == ["info", "refs"] or (name.startswith("git-")
                        and name.endswith("-pack"))):
            return segments[:at], segments[at:]
    return segments, []


def _below_repository(repository: str, rest: list[str], query: str) -> Page:
    if not rest:
        return Page("", repository)
    if rest[-1] in ("git-upload-pack", "git-receive-pack") or rest[:2] == ["info", "refs"]:
        return Page("an address of Git's own protocol", repository)
    if rest[0] in ("raw", "archive"):
        return Page("the address of a file, not of a repository", repository, *_shown_ref(rest, query))
    return Page("a browser page of the repository", repository, *_shown_ref(rest, query))


def _shown_ref(rest: list[str], query: str) -> tuple[str, str]:
    """The ref of …/-/tree/NAME[/path] and its like. A name may hold slashes and a path may follow: with a file at the
    end, or with a usual name first, the first segment is taken, else all of them. ?ref_type= tells branch from tag."""
    word, names = rest[0], [unquote(name) for name in rest[1:]]
    if word == "commit" or not names:
        return ("/".join(names), "commit") if names else ("", "")
    if word not in REFS:
        return "", ""
    first = word in FILES or word == "archive" or names[0] in TRUNKS or (len(names) > 1 and FILE_NAME.fullmatch(names[-1]))
    ref = names[0] if first else "/".join(names)
    if ref_name_problem(ref):
        return "", ""
    if re.fullmatch(r"[0-9a-f]{40}", ref):
        return ref, "commit"
    told = KINDS.get(parse_qs(query).get("ref_type", [""])[0], "")
    return ref, "tag" if word in ("tags", "releases") else told


def _api_page(segments: list[str]) -> Page:
    """/api/v4/projects/GROUP%2FPROJECT/…; a project's number alone does not tell its path."""
    path = unquote(segments[1]).split("/") if segments[:1] == ["projects"] and len(segments) > 1 else []
    if len(path) < 2 or not all(NAME.fullmatch(name) for name in path):
        return Page("an address of the API")
    kind = {"branches": "branch", "tags": "tag"}.get(segments[3] if segments[2:3] == ["repository"] and
                                                     len(segments) > 4 else "", "")
    ref = unquote("/".join(segments[4:])) if kind else ""
    if ref_name_problem(ref):
        ref = kind = ""
    return Page("an address of the API", "/".join(path), ref, kind)
