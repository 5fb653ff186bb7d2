"""Tells a clone URL of an integration from everything that people paste in its place. Offline: asks nobody.

A credential goes to its integration's own origin and sub-path only, so whatever is not below the base URL is named here
and never asked. Provider-specific is only how a path is read: a `Layout`.
"""
from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit, urlunsplit

SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(?!//|\d+/)(?P<path>\S+)")
PORTS = {"http": 80, "https": 443}
SSH_SCHEMES = ("ssh", "git+ssh", "ssh+git")
SSH_NAMES = ("ssh.", "altssh.", "vs-ssh.", "gitssh.")


@dataclass(frozen=True)
class Page:
    """What a path below the base URL is.

    what: as in "was …", "" for a clone URL. repository: the path of the repository that it belongs to, without .git,
    "" for none. ref and kind ("branch", "tag", "commit"): what the page shows of it, "" when it does not say.
    """

    what: str
    repository: str = ""
    ref: str = ""
    kind: str = ""


Layout = Callable[[Sequence[str], str], Page]  # (segments of the path below the base URL, query) -> what that is


@dataclass(frozen=True)
class CloneUrl:
    """What was read. `url` is what to ask, "" when this must not be asked; `repository` its path without .git.

    problem: as in "… was a browser page", "" when all is well. With a url and a problem it works and should change.
    suggested: the corrected clone URL, "" when none can be offered. shown: the text without credentials and query.
    """

    shown: str
    url: str = ""
    repository: str = ""
    problem: str = ""
    suggested: str = ""
    ref: str = ""
    kind: str = ""
    other_host: str = ""


def normal_base(base_url: str) -> str:
    """A base URL as it is asked: lower-case scheme and host, no default port, no trailing slash."""
    parts = urlsplit(base_url.strip())
    port = parts.port if parts.port != PORTS.get(parts.scheme.lower()) else None
    host = (parts.hostname or "").rstrip(".")
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return f"{parts.scheme.lower()}://{netloc}{parts.path.rstrip('/')}"


def read(text: str, base_url: str, layout: Layout, *, dot_git: bool = True) -> CloneUrl:
    """Judge what somebody typed as a service's repository.

    dot_git: clone URLs of this host end in .git; False where that names another repository.
    """
    return _Reader(text, normal_base(base_url), layout, dot_git).read()


class _Reader:
    def __init__(self, text: str, base: str, layout: Layout, dot_git: bool) -> None:
        self.typed, self.text, self.base, self.layout, self.dot_git = text, text.strip(), base, layout, dot_git
        self.home = urlsplit(base)

    def read(self) -> CloneUrl:
        if not self.text:
            return CloneUrl("", problem="was empty")
        if re.search(r"[\x00-\x20\x7f\\]", self.text):
            return CloneUrl(_shown(self.text), problem="held a blank, a backslash or a control character")
        if "://" not in self.text:
            return self._without_scheme()
        try:
            parts = urlsplit(self.text)
            _ = parts.port, parts.hostname
        except ValueError:
            return CloneUrl(_shown(self.text), problem="was no URL")
        if parts.scheme.lower() in SSH_SCHEMES:
            return self._ssh(parts.hostname or "", parts.path)
        if parts.scheme.lower() not in PORTS:
            return self._elsewhere(parts, f"was a {parts.scheme}:// address; a token works over HTTPS only")
        return self._http(parts)

    def _without_scheme(self) -> CloneUrl:
        if (scp := SCP.fullmatch(self.text)) and "/" in self.text:
            return self._ssh(scp["host"].strip("[]"), scp["path"])
        guess = f"{self.home.scheme}://{self.text}"
        first = self.text.split("/")[0]
        if "." in first or ":" in first or first == "localhost":
            found = _Reader(guess, self.base, self.layout, self.dot_git).read()
            return replace(found, shown=_shown(self.text), url="", problem="had no scheme",
                           suggested=found.suggested or found.url)
        page = self.layout(_segments(self.text), "")
        return self._wrong("was no URL", page)

    def _ssh(self, host: str, path: str) -> CloneUrl:
        names = {host.lower()} | {host.lower().removeprefix(prefix) for prefix in SSH_NAMES}
        if self.home.hostname not in names:
            return CloneUrl(_shown(self.text), other_host=host, problem=f"was an SSH address of another host, {host}")
        page = self.layout(_segments(path), "")
        return self._wrong("was an SSH address; this integration clones over HTTPS with a token", page)

    def _elsewhere(self, parts: SplitResult, problem: str) -> CloneUrl:
        if parts.hostname != self.home.hostname:
            return CloneUrl(_shown(self.text), problem=problem, other_host=parts.hostname or "")
        return self._wrong(problem, self._page(parts))

    def _http(self, parts: SplitResult) -> CloneUrl:
        if parts.username is not None or parts.password is not None:
            return self._elsewhere(parts, "had a user name or password in it, which belongs to the integration")
        if problem := self._other_origin(parts):
            alike = parts.hostname or "", self.home.hostname or ""
            same = alike[0].removeprefix("www.") == alike[1].removeprefix("www.")
            near = difflib.SequenceMatcher(None, *alike).ratio() >= 0.85
            if not same and not near:
                return CloneUrl(_shown(self.text), problem=problem, other_host=alike[0])
            return self._wrong(problem, self._page(parts))
        segments = _segments(parts.path)
        if any(_leads_elsewhere(part) for part in segments):
            page = self._page(parts)  # an API's address may quote a slash; it is named, and never asked
            if page.what and page.repository and not any(map(_leads_elsewhere, page.repository.split("/"))):
                return self._wrong(f"was {page.what}", page)
            return CloneUrl(_shown(self.text), problem="held a path that leads elsewhere")
        if self._below(parts.path) is None:
            where = self.home.path or "/"
            return self._wrong(f"was not below this integration's address, whose path is {where}", self._page(parts))
        return self._page_of_ours(parts)

    def _page_of_ours(self, parts: SplitResult) -> CloneUrl:
        page = self._page(parts)
        if page.what or not page.repository:
            return self._wrong(f"was {page.what or 'no repository'}", page)
        if parts.query or parts.fragment:
            return self._wrong("was the address of a page, with a ? or # in it", page)
        found = self._wrong("", page)
        typed = parts.path.removesuffix("/")
        if typed.endswith(".git") and not self.dot_git:
            return replace(found, problem="ended in .git, which names another repository here")
        url = f"{self.base}/{page.repository}{'.git' if typed.endswith('.git') else ''}"
        if self.dot_git and not typed.endswith(".git"):
            return replace(found, url=url, problem="lacked .git at its end")
        if self.typed != self.text or parts.path != urlsplit(url).path:
            return replace(found, url=url, problem="had slashes or blanks too many")
        return replace(found, url=url, suggested="")

    def _other_origin(self, parts: SplitResult) -> str:
        host = (parts.hostname or "").rstrip(".")
        if host != self.home.hostname:
            return f"was of another host, {host}" if host else "named no host"
        if parts.scheme.lower() != self.home.scheme:
            return f"began with {parts.scheme.lower()}:// where this integration's address has {self.home.scheme}://"
        ours, theirs = (p.port or PORTS[p.scheme.lower()] for p in (self.home, parts))
        return f"was of another port, {theirs}; this integration's is {ours}" if ours != theirs else ""

    def _below(self, path: str) -> list[str] | None:
        base, segments = _segments(self.home.path), _segments(path)
        return segments[len(base):] if segments[:len(base)] == base else None

    def _page(self, parts: SplitResult) -> Page:
        below = self._below(parts.path)
        return self.layout(_segments(parts.path) if below is None else below, parts.query or parts.fragment)

    def _wrong(self, problem: str, page: Page) -> CloneUrl:
        suggested = f"{self.base}/{page.repository}{'.git' if self.dot_git else ''}" if page.repository else ""
        return CloneUrl(_shown(self.text), "", page.repository, problem, suggested, page.ref, page.kind)


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _leads_elsewhere(part: str) -> bool:
    return part in (".", "..") or re.search(r"%(2f|2e|5c|00)", part, re.I) is not None


def _shown(text: str) -> str:
    """The text as evidence may quote it: no user name and password, no query, at most 200 characters."""
    without = text.partition("?")[0].partition("#")[0]
    if "://" in without:
        scheme, _, rest = without.partition("://")
        authority, slash, path = rest.partition("/")
        without = urlunsplit((scheme, authority.rpartition("@")[2], slash + path, "", ""))
    elif ":" in without.partition("@")[0] and "@" in without:
        without = without.rpartition("@")[2]
    return without[:200]


FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]")


def ref_name_problem(name: str) -> str:
    """Why Git can have no branch or tag of this name, or "". https://git-scm.com/docs/git-check-ref-format"""
    if not name:
        return "it is empty"
    if found := FORBIDDEN.search(name):
        sign = found.group()
        return f"it holds {'a blank' if sign == ' ' else sign if sign.isprintable() else 'a control character'}"
    for bad in ("..", "@{", "//"):
        if bad in name:
            return f"it holds {bad}"
    if name == "@" or name.startswith(("-", "/")):
        return f"it begins with {name[0]}"
    if name.endswith(("/", ".")):
        return f"it ends with {name[-1]}"
    if any(part.startswith(".") or part.endswith(".lock") for part in name.split("/")):
        return "a part of it begins with a dot or ends with .lock"
    return ""
