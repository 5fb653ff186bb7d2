"""Git over smart HTTP, read only: which refs a clone URL answers with, and whether it would take a push.

Protocol version 2 `ls-refs` first, the version 0 or 1 advertisement where a host does not know it.
https://git-scm.com/docs/gitprotocol-http · https://git-scm.com/docs/protocol-v2
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import SplitResult, urlsplit

from checks.clients.errors import ClientError, Kind
from checks.clients.git_packets import (
    AGENT,
    RESPONSE_END,
    GitRefusal,
    Refs,
    advertised,
    error_packet,
    first_lines,
    listed,
    ls_refs_request,
    message_of,
    name_of,
    packets,
    whole_lines,
    without_service,
)
from checks.clients.http import Http, Response, redirect_target

__all__ = ["Git", "GitRefusal", "Refs"]

MAX_ADVERTISEMENT = 8 * 1024 * 1024  # a monorepo's version 0 advertisement has tens of thousands of lines
USER_AGENT = f"{AGENT} (dflow-integrations)"  # some firewalls let only Git's own name through
REFUSALS = (203, 400, 401, 403, 404, 405, 410)  # 203 is how Azure DevOps sends its sign-in page
REDIRECTS = (301, 302, 303, 307, 308)


class Git:
    """Asks clone URLs below one base URL with one credential; Http lets nothing leave that origin."""

    def __init__(self, base_url: str, username: str, token: str) -> None:
        self._base_url = base_url
        self._http = Http(base_url, auth=(username, token), user_agent=USER_AGENT)

    def list_refs(self, clone_url: str, *, prefixes: Sequence[str], anonymous: bool = False) -> Refs | GitRefusal:
        """The refs that begin with one of `prefixes` (HEAD comes along), as a clone would ask for them.

        A prefix such as refs/heads/dev also matches refs/heads/develop: compare names exactly. anonymous sends no
        credential. One redirect within the base URL is followed, as Git does. Raises ClientError for everything that
        is no answer of a Git host.
        """
        url, moved_to = clone_url.rstrip("/"), ""
        response, enough = self._advertise(url, prefixes, anonymous)
        if response.status in REDIRECTS and (target := self._moved(response)):
            url = moved_to = target
            response, enough = self._advertise(url, prefixes, anonymous)
        if response.status != 200:
            return _refusal(response)
        answer = self._read(url, response, prefixes, anonymous, enough)
        return replace(answer, moved_to=moved_to) if isinstance(answer, Refs) else answer

    def advertises_push(self, clone_url: str) -> GitRefusal | None:
        """None when the host would take a push from this credential as far as it looks here; nothing is pushed."""
        response = self._http.get(f"{clone_url.rstrip('/')}/info/refs", params={"service": "git-receive-pack"},
                                  headers={"Accept": "*/*"}, max_bytes=MAX_ADVERTISEMENT, stream_until=bool)
        if response.status != 200:
            return _refusal(response)
        _expect(response, "application/x-git-receive-pack-advertisement")
        return None

    def _advertise(self, url: str, prefixes: Sequence[str], anonymous: bool) -> tuple[Response, _Enough]:
        enough = _Enough(prefixes)
        response = self._ask("GET", f"{url}/info/refs", anonymous, params={"service": "git-upload-pack"},
                             headers={"Accept": "*/*", "Git-Protocol": "version=2"}, stream_until=enough)
        return response, enough

    def _read(self, url: str, response: Response, prefixes: Sequence[str], anonymous: bool,
              enough: _Enough) -> Refs | GitRefusal:
        _expect(response, "application/x-git-upload-pack-advertisement")
        lines = without_service(packets(response.body, where=response.url, cut=enough.stopped))
        first = next(lines, RESPONSE_END)  # nothing at all is a body that was cut, not an empty repository
        if (error := error_packet(first)) is not None:
            return error
        if not isinstance(first, bytes) or first.strip() != b"version 2":
            return advertised(first, lines, prefixes, cut=enough.stopped, complete=not enough.capped)
        offered = [line.decode("utf-8", "replace").strip() for line in lines if isinstance(line, bytes)]
        headers = {"Content-Type": "application/x-git-upload-pack-request", "Git-Protocol": "version=2",
                   "Accept": "application/x-git-upload-pack-result"}
        body = ls_refs_request(offered, prefixes)
        result = self._ask("POST", f"{url}/git-upload-pack", anonymous, data=body, headers=headers)
        if result.status != 200:
            return _refusal(result)
        _expect(result, "application/x-git-upload-pack-result")
        return listed(packets(result.body, where=result.url), prefixes)

    def _ask(self, method: str, url: str, anonymous: bool, **kwargs: Any) -> Response:
        if anonymous:
            kwargs["auth"] = None
        return self._http.request(method, url, max_bytes=MAX_ADVERTISEMENT, **kwargs)

    def _moved(self, response: Response) -> str:
        """The clone URL that a redirect leads to, if it stays below the base URL; "" if it leads away."""
        target = redirect_target(response).partition("?")[0]
        base, there = urlsplit(self._base_url), urlsplit(target)
        below = there.path.startswith(base.path.rstrip("/") + "/") and there.path.endswith("/info/refs")
        if below and _origin(there) == _origin(base):
            return target.removesuffix("/info/refs")
        return ""


class _Enough:
    """Told all that came so far; True ends the reading of a version 0 advertisement.

    Hosts send refs sorted by name, so once a name lies behind everything asked for, the rest cannot matter. capped:
    it ended because there was too much.
    """

    def __init__(self, prefixes: Sequence[str]) -> None:
        self._last = max(prefixes, default="")
        self._at = 0
        self.stopped = self.capped = False

    def __call__(self, body: bytes) -> bool:
        for line, end in whole_lines(body, self._at):
            self._at = end
            name = name_of(line)
            if name > self._last and not name.startswith(self._last):
                self.stopped = True
        self.capped = len(body) > MAX_ADVERTISEMENT - 70_000  # a little below, so that Http does not refuse it all
        self.stopped = self.stopped or self.capped
        return self.stopped


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _expect(response: Response, content_type: str) -> None:
    got = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if got != content_type:
        host = urlsplit(response.url).hostname or ""
        what = "a web page" if response.is_html else (got or "no content type")
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered with {what} where Git's list of refs was due.",
                          host=host, status=response.status)


def _refusal(response: Response) -> GitRefusal:
    if response.status in REDIRECTS:
        return GitRefusal(response.status, location=redirect_target(response), headers=response.headers)
    if response.status not in REFUSALS:
        host = urlsplit(response.url).hostname or ""
        detail = f"{host} answered HTTP {response.status} where Git's list of refs was due."
        raise ClientError(Kind.NOT_PROTOCOL, detail, host=host, status=response.status)
    message = "" if response.is_html else first_lines(message_of(response.text))
    return GitRefusal(response.status, message, response.is_html, headers=response.headers)
