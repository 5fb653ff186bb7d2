"""Git over smart HTTP, read only: which refs a clone URL answers with, and whether it would take a push.

Protocol version 2 `ls-refs` first, the version 0 and 1 advertisement where a host does not know it.
https://git-scm.com/docs/protocol-v2 · https://git-scm.com/docs/http-protocol · https://git-scm.com/docs/gitprotocol-common
"""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Http, Response, redirect_target

MAX_ADVERTISEMENT = 8 * 1024 * 1024  # a monorepo's version 0 advertisement has tens of thousands of lines
USER_AGENT = "git/2.39.5 (dflow-integrations)"  # some firewalls let only Git's own name through
REFUSALS = (400, 401, 403, 404, 405, 410)
REDIRECTS = (301, 302, 303, 307, 308)
FLUSH, DELIMITER, RESPONSE_END = "flush", "delimiter", "response-end"
MARKERS = {0: FLUSH, 1: DELIMITER, 2: RESPONSE_END}
NO_OBJECT = re.compile(r"0{40}(0{24})?")
OBJECT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")  # SHA-1, or SHA-256 in repositories of that object format


@dataclass(frozen=True)
class Refs:
    """What a clone URL answered.

    names: full ref name -> object id; with prefixes asked, what begins with one of them. default_branch: where HEAD
    points, "" when the host did not say. complete: False when the reading ended before the last ref.
    moved_to: the clone URL that a redirect of the same origin led to, "" without one.
    """

    names: Mapping[str, str]
    default_branch: str = ""
    protocol: int = 2
    complete: bool = True
    moved_to: str = ""

    def has(self, ref: str) -> bool:
        return ref in self.names

    @property
    def branches(self) -> list[str]:
        return [name.removeprefix("refs/heads/") for name in self.names if name.startswith("refs/heads/")]

    @property
    def tags(self) -> list[str]:
        return [name.removeprefix("refs/tags/") for name in self.names
                if name.startswith("refs/tags/") and not name.endswith("^{}")]


@dataclass(frozen=True)
class GitRefusal:
    """The host's definite no. message: its own first lines, "" when it sent a page. status 200: an ERR packet.

    location: where a redirect pointed that was not followed, because it leaves the integration's own address.
    """

    status: int
    message: str = ""
    is_page: bool = False
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Git:
    """Asks clone URLs below one base URL with one credential; Http lets nothing leave that origin."""

    def __init__(self, base_url: str, username: str, token: str) -> None:
        self._http = Http(base_url, auth=(username, token), user_agent=USER_AGENT)

    def list_refs(self, clone_url: str, *, prefixes: Sequence[str], anonymous: bool = False) -> Refs | GitRefusal:
        """The refs that begin with one of `prefixes` (HEAD comes along), as a clone would ask for them.

        A prefix such as refs/heads/dev also matches refs/heads/develop: compare names exactly. anonymous sends no
        credential. Raises ClientError for everything that is no answer of a Git host.
        """
        url, moved_to = clone_url.rstrip("/"), ""
        response = self._advertise(url, "git-upload-pack", version_2=True, prefixes=prefixes, anonymous=anonymous)
        if response.status in REDIRECTS:
            target = _moved(self._http, response)
            if target is None:
                return _refusal(response)
            url = moved_to = target
            response = self._advertise(url, "git-upload-pack", version_2=True, prefixes=prefixes, anonymous=anonymous)
        if response.status != 200:
            return _refusal(response)
        answer = self._read(url, response, prefixes, anonymous)
        return replace(answer, moved_to=moved_to) if isinstance(answer, Refs) else answer

    def advertises_push(self, clone_url: str) -> GitRefusal | None:
        """None when the host would take a push from this credential as far as it looks there; nothing is pushed."""
        response = self._advertise(clone_url.rstrip("/"), "git-receive-pack", version_2=False, prefixes=(), anonymous=False)
        if response.status != 200:
            return _refusal(response)
        _expect(response, "application/x-git-receive-pack-advertisement")
        return None

    def _advertise(self, url: str, service: str, *, version_2: bool, prefixes: Sequence[str], anonymous: bool) -> Response:
        headers = {"Accept": "*/*"} | ({"Git-Protocol": "version=2"} if version_2 else {})
        return self._ask("GET", f"{url}/info/refs", anonymous, params={"service": service}, headers=headers,
                         max_bytes=MAX_ADVERTISEMENT, stream_until=_Enough(prefixes))

    def _read(self, url: str, response: Response, prefixes: Sequence[str], anonymous: bool) -> Refs | GitRefusal:
        _expect(response, "application/x-git-upload-pack-advertisement")
        lines = _without_service(packets(response.body, where=response.url))
        first = next(lines, FLUSH)
        if (error := _error(first)) is not None:
            return error
        if first.strip() != b"version 2" if isinstance(first, bytes) else True:
            return _advertised(first, lines)
        capabilities = [line.decode("utf-8", "replace").strip() for line in lines if isinstance(line, bytes)]
        request = ls_refs_request(capabilities, prefixes)
        result = self._ask("POST", f"{url}/git-upload-pack", anonymous, data=request, max_bytes=MAX_ADVERTISEMENT, headers={
            "Content-Type": "application/x-git-upload-pack-request", "Accept": "application/x-git-upload-pack-result",
            "Git-Protocol": "version=2"})
        if result.status != 200:
            return _refusal(result)
        _expect(result, "application/x-git-upload-pack-result")
        return _listed(packets(result.body, where=result.url), prefixes)

    def _ask(self, method: str, url: str, anonymous: bool, **kwargs: object) -> Response:
        if anonymous:
            kwargs["auth"] = None
        return self._http.request(method, url, **kwargs)  # type: ignore[arg-type]
