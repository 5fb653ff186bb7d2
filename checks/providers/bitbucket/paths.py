"""What a path below the base URL is: a repository, or one of the pages people paste instead; Cloud and Data Center."""
from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote

from checks.providers.clone_url import Page

NAME = re.compile(r"[A-Za-z0-9_.-]+|%7B[0-9a-fA-F-]{36}%7D", re.I)  # a workspace or repository also goes by its UUID
BARE_UUID = re.compile(r"\{([0-9a-fA-F-]{36})\}")
KEY = re.compile(r"~?[A-Za-z0-9_.-]+")
SITE_PAGES = {"account", "dashboard", "repo", "site", "support", "product", "blog", "snippets", "socialauth", "gateway",
              "repositories", "admin", "api", "login", "projects", "scm", "rest", "plugins", "mvc", "profile", "users"}
PAGES = {"src", "branch", "branches", "commits", "pull-requests", "pipelines", "deployments", "issues", "admin", "raw",
         "get", "downloads", "diff", "annotate", "history-node", "jira", "security", "addon", "overview", "fork"}
FRONT = "the host's front page, not a repository"


def layout(segments: Sequence[str], query: str) -> Page:
    """Bitbucket Cloud: WORKSPACE/REPOSITORY is a repository, three segments and more are its pages."""
    if not segments:
        return Page(FRONT)
    if segments[0] in ("2.0", "!api") or segments[:2] in (["api", "2.0"], ["api", "1.0"]):
        return _api_page(segments)
    if segments[0] in SITE_PAGES:
        return Page("a page of the host itself, not a repository")
    if len(segments) == 1:
        return Page(f"the page of a workspace, {segments[0]}, not a repository")
    if segments[1] in ("workspace", "profile") and len(segments) > 2:
        return Page(f"a page of the workspace {segments[0]}, not a repository")
    workspace, name, rest = segments[0], segments[1].removesuffix(".git"), list(segments[2:])
    if BARE_UUID.fullmatch(workspace) or BARE_UUID.fullmatch(name):
        quoted = [BARE_UUID.sub(r"%7B\1%7D", part) for part in (workspace, name)]
        return Page("an address with bare braces, which a URL spells %7B and %7D", "/".join(quoted))
    if not (NAME.fullmatch(workspace) and NAME.fullmatch(name)):
        return Page("no repository: its workspace or name holds what neither can hold")
    return _below_repository(f"{workspace}/{name}", rest, query)


def _below_repository(repository: str, rest: list[str], query: str) -> Page:
    if not rest:
        return Page("", repository)
    if rest[0] == "wiki":
        return Page("the wiki of a repository, which cannot be deployed", repository)
    if _is_protocol(rest):
        return Page("an address of Git's own protocol", repository)
    if rest[0] in ("raw", "get", "downloads"):
        return Page("the address of a file, not of a repository", repository)
    what = "a browser page of the repository" if rest[0] in PAGES else "a path below the repository"
    return Page(what, repository, *_shown_ref(rest, query))


def _is_protocol(rest: list[str]) -> bool:
    return rest[-1] in ("git-upload-pack", "git-receive-pack") or rest[:2] == ["info", "refs"]


def _shown_ref(rest: list[str], query: str) -> tuple[str, str]:
    """…/branch/NAME and …/commits/branch/NAME hold slashes as they are; …/src/REF/ takes one segment, and names a branch
    with slashes as ?at=."""
    at = parse_qs(query).get("at", [""])[0].removeprefix("refs/heads/")
    if rest[0] == "src" and at:
        return at, "branch"
    if rest[0] == "src" and len(rest) > 1:
        return ("", "") if re.fullmatch(r"[0-9a-f]{7,40}", rest[1]) else (unquote(rest[1]), "branch")
    if rest[0] == "branch":
        return unquote("/".join(rest[1:])), "branch"
    if rest[0] == "commits" and rest[1:2] in (["branch"], ["tag"]):
        return unquote("/".join(rest[2:])), rest[1]
    return "", ""


def _api_page(segments: Sequence[str]) -> Page:
    at = list(segments).index("repositories") if "repositories" in segments else -1
    if at < 0 or len(segments) < at + 3:
        return Page("an address of the API")
    rest = list(segments[at + 3:])
    known = rest[:2] in (["refs", "branches"], ["refs", "tags"])
    kind = "tag" if rest[:2] == ["refs", "tags"] else "branch"
    ref = unquote("/".join(rest[2:])) if known else ""
    workspace, name = (BARE_UUID.sub(r"%7B\1%7D", part) for part in segments[at + 1:at + 3])
    return Page("an address of the API", f"{workspace}/{name}", ref, kind if ref else "")


# --- Data Center --------------------------------------------------------------------------------------------------
def data_center_layout(segments: Sequence[str], query: str) -> Page:
    """Data Center: /scm/KEY/REPOSITORY.git is a clone URL, /projects/KEY/repos/REPOSITORY its page. A personal
    project's key is ~user. https://confluence.atlassian.com/bitbucketserver/clone-a-repository-790632786.html"""
    if not segments:
        return Page(FRONT)
    if segments[0] == "scm":
        return _scm(list(segments[1:]))
    if segments[:2] == ["rest", "api"]:
        return _page_below(list(segments[3:]), query, "an address of the API")
    if segments[0] in ("projects", "users"):
        return _page_below(list(segments), query, "a browser page of the repository")
    if len(segments) == 2 and segments[1].endswith(".git"):  # as an SSH address has it
        return Page("an address without /scm", _of(segments[0], segments[1]))
    return Page("a page of the host itself, not a repository")


def _scm(rest: list[str]) -> Page:
    if len(rest) < 2:
        return Page("the address of a project, not of a repository")
    if not (KEY.fullmatch(rest[0]) and NAME.fullmatch(rest[1])):
        return Page("no repository: its project or name holds what neither can hold")
    if len(rest) == 2:
        return Page("", _of(*rest))
    return Page("an address of Git's own protocol" if _is_protocol(rest[2:]) else "a path below the repository",
                _of(rest[0], rest[1]))


def _page_below(segments: list[str], query: str, what: str) -> Page:
    """projects/KEY/repos/NAME/… or users/NAME/repos/NAME/…, with the branch as ?at=refs%2Fheads%2FNAME."""
    if len(segments) < 4 or segments[0] not in ("projects", "users") or segments[2] != "repos":
        return Page(f"{what.replace(' of the repository', '')}, not a repository")
    key = segments[1] if segments[0] == "projects" else f"~{segments[1]}"
    at = parse_qs(query).get("at", [""])[0]
    kind = "tag" if at.startswith("refs/tags/") else "branch"
    ref = at.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return Page(what, _of(key, segments[3]), ref, kind if ref else "")


def _of(key: str, name: str) -> str:
    return f"scm/{key}/{name.removesuffix('.git')}"


def key_and_name(repository: str) -> tuple[str, str]:
    """KEY and NAME of scm/KEY/NAME."""
    _, key, name = repository.split("/")
    return key, name


def data_center_page(base_url: str, repository: str) -> str:
    key, name = key_and_name(repository)
    owner = f"users/{key[1:]}" if key.startswith("~") else f"projects/{key}"
    return f"{base_url}/{owner}/repos/{name}"
