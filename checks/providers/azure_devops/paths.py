"""What an address below an organization is: a repository, or what people paste instead; and the older spellings of one.

https://learn.microsoft.com/azure/devops/repos/git/clone · https://learn.microsoft.com/azure/devops/release-notes/2018/
sep-10-azure-devops-launch (the move from ORG.visualstudio.com to dev.azure.com/ORG)
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, urlsplit

from checks.providers.clone_url import CloneUrl, Page, normal_base, read

HOSTED = "dev.azure.com"
OLD = ".visualstudio.com"
SSH = re.compile(r"(?:ssh://)?(?:[^@/\s]+@)?(?:ssh\.dev\.azure\.com|vs-ssh\.visualstudio\.com)(?::\d+(?=/))?"
                 r"[:/]/?v3/(?P<path>\S+)")
VARIANTS = ("_full", "_optimized")  # the same repository, with another way to fetch it
KINDS = {"GB": "branch", "GT": "tag", "GC": "commit"}  # how a page's version=… begins
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def layout(segments: Sequence[str], query: str) -> Page:
    """What a path below the organization is: PROJECT/_git/REPOSITORY, or _git/REPOSITORY where both have one name."""
    if not segments:
        return Page("the front page of the organization, not a repository")
    if "_apis" in segments:
        return _api_page(list(segments))
    if "_git" in segments:
        at = segments.index("_git")
        return _repository(list(segments[:at]), list(segments[at + 1:]), query)
    project = segments[0]
    if project.startswith("_"):
        return Page("a page of the organization, not a repository")
    if len(segments) == 1:
        return Page(f"the page of a project, {project}, not of one of its repositories")
    if segments[1].startswith("_"):
        return Page(f"a page of the project {project}, not a repository")
    if len(segments) == 2:
        return Page("no clone URL: it lacked _git between project and repository",
                    f"{project}/_git/{segments[1].removesuffix('.git')}")
    return Page("no repository")


def _repository(project: list[str], after: list[str], query: str) -> Page:
    if len(project) > 1:
        return Page("no repository: it has more than a project before _git")
    variant = after[:1] if after and after[0] in VARIANTS else []
    after = after[len(variant):]
    if not after:
        return Page("a project's list of repositories, not one of them")
    name, rest = after[0].removesuffix(".git"), after[1:]
    if not name:
        return Page("no repository: its name was missing")
    repository = "/".join([*project, "_git", *variant, name])
    ref, kind = _shown_ref(query)
    if not rest:
        return Page("", repository, ref, kind)
    if rest[-1] in ("git-upload-pack", "git-receive-pack") or rest[:2] == ["info", "refs"]:
        return Page("an address of Git's own protocol", repository)
    if rest[0] == "commit" and len(rest) > 1:
        return Page("a browser page of the repository", repository, rest[1], "commit")
    return Page("a browser page of the repository", repository, ref, kind)


def _shown_ref(query: str) -> tuple[str, str]:
    """The ref of ?version=GBmain, GTv1 or GC0123…; a page of a file has ?path=… beside it."""
    version = parse_qs(query).get("version", [""])[0]
    kind = KINDS.get(version[:2], "")
    return (version[2:], kind) if kind else ("", "")


def _api_page(segments: list[str]) -> Page:
    at = segments.index("_apis")
    project, rest = segments[:at], segments[at + 1:]
    if len(project) == 1 and rest[:2] == ["git", "repositories"] and len(rest) >= 3:
        named = not GUID.fullmatch(rest[2]) and not GUID.fullmatch(project[0])
        return Page("an address of the API", f"{project[0]}/_git/{rest[2]}" if named else "")
    return Page("an address of the API")


def project_and_name(repository: str) -> tuple[str, str]:
    """Both as they stand in a URL, quoted."""
    before, _, after = repository.rpartition("_git/")
    name = after.rpartition("/")[2]
    return before.strip("/") or name, name


@dataclass(frozen=True)
class _Spelling:
    """The address as this host writes it today. works: the host answers the typed one all the same."""

    address: str
    problem: str
    works: bool = False


def read_url(typed: str, base_url: str) -> CloneUrl:
    """Judge what somebody typed; the credential is for one organization, so another one's address is never asked."""
    text, base = typed.strip(), normal_base(base_url)
    spelling = _respelled(text, base)
    address = spelling.address if spelling else typed
    found = _of_another(address, base) or read(address, base, layout, dot_git=False)
    if spelling is None:
        return found
    shown = read(text, base, layout, dot_git=False).shown
    if found.problem and not found.url:
        return replace(found, shown=shown)
    good = found.suggested or found.url
    return replace(found, shown=shown, url=found.url if spelling.works else "", problem=spelling.problem, suggested=good)


def _respelled(text: str, base: str) -> _Spelling | None:
    home = urlsplit(base)
    if (ssh := SSH.fullmatch(text)) and home.hostname == HOSTED:
        organisation, _, rest = ssh["path"].partition("/")
        project, _, name = rest.partition("/")
        return _Spelling(f"https://{HOSTED}/{organisation}/{project}/_git/{name}",
                         "was an SSH address; this integration clones over HTTPS with a token")
    if " " in text:
        return _Spelling(text.replace(" ", "%20"), "held a blank, which a URL writes as %20")
    parts = _split(text)
    if parts is None or parts.password is not None:
        return None
    if not parts.scheme and text.split("/", maxsplit=1)[0].casefold() == base.rpartition("/")[2].casefold():
        return _Spelling(f"{base}/{text.partition('/')[2]}", "was no URL")
    host = parts.hostname or ""
    if parts.scheme == "ssh" and host == home.hostname:
        return _Spelling(f"{home.scheme}://{home.netloc}{parts.path}",
                         "was an SSH address; this integration clones over HTTPS with a token")
    if host.endswith(OLD) and home.hostname == HOSTED and parts.scheme in ("http", "https"):
        return _Spelling(_as_today(host, parts), f"was of this host's older address, {host}")
    if host != home.hostname or parts.scheme != home.scheme:
        return None
    return _same_host(parts, home)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _as_today(host: str, parts: SplitResult) -> str:
    path = re.sub(r"^/DefaultCollection(?=/|$)", "", parts.path, flags=re.IGNORECASE)
    query = f"?{parts.query}" if parts.query else ""
    return f"https://{HOSTED}/{host.removesuffix(OLD)}{path}{query}"


def _same_host(parts: SplitResult, home: SplitResult) -> _Spelling | None:
    """What is harmless: the user name that the page's Clone button copies, and the organization in other letters."""
    netloc = parts.netloc.rpartition("@")[2]
    path = parts.path
    ours, theirs = home.path.split("/"), path.split("/")
    same_name = [part.casefold() for part in theirs[:len(ours)]] == [part.casefold() for part in ours]
    if same_name:
        path = "/".join([*ours, *theirs[len(ours):]])
    address = parts._replace(netloc=netloc, path=path).geturl()
    if netloc != parts.netloc:
        return _Spelling(address, "had a user name in it, which belongs to the integration", works=True)
    if path != parts.path:
        return _Spelling(address, "wrote the organization in other letters than this integration", works=True)
    return None


def _of_another(address: str, base: str) -> CloneUrl | None:
    """An address of the same host and another organization (or another collection of a server)."""
    parts, home = _split(address), urlsplit(base)
    if parts is None or (parts.scheme, parts.netloc.lower()) != (home.scheme, home.netloc):
        return None
    ours, theirs = ([part for part in path.split("/") if part] for path in (home.path, parts.path))
    if len(theirs) <= len(ours) or theirs[:len(ours)] == ours:
        return None
    other = "/".join(theirs[:len(ours)])
    return CloneUrl(f"{parts.scheme}://{parts.netloc}{parts.path}"[:200], other_host=f"{parts.netloc}/{other}",
                    problem=f"was of another organization, {other}; this integration's token is for {ours[-1]} alone")
