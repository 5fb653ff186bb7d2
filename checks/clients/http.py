"""One origin, asked over HTTP: with a total deadline, capped answers, no redirects, no proxies, no netrc, no cookies.

Everything that is no answer becomes a ClientError. Of the answers, 5xx and rate limits are errors too; other statuses
are returned, for what a 401 or a 404 means is the provider's to say.
"""
from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from checks import egress
from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.http_body import read_body
from checks.clients.http_troubles import exchange_trouble
from checks.clients.http_wire import OneOrigin, Stale
from checks.clients.retry_after import is_exhausted, seconds_to_wait

MAX_BYTES = 2 * 1024 * 1024
ERROR_BYTES = 16 * 1024
SHOWN = 300  # characters of a body in a ClientError
USER_AGENT = "dflow-integrations"
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LIMITED = re.compile(r"rate limit exceeded|exceeded a secondary rate limit|abuse detection", re.IGNORECASE)
CREDENTIALS = frozenset({"authorization", "cookie", "private-token", "job-token", "deploy-token", "x-api-key",
                         "x-auth-token"})
REQUEST_IDS = ("x-github-request-id", "x-request-id", "x-arequestid", "x-amz-request-id", "x-vss-e2eid", "activityid",
               "cf-ray")


class _Own:
    """The client's own credential, as a default that differs from None."""


_OWN: Final = _Own()
Auth = tuple[str, str] | None


@dataclass(frozen=True)
class Response:
    """An answer. headers: case-insensitive. body: decoded, whole unless stream_until ended it. url: what was asked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url: str

    @property
    def text(self) -> str:
        """The body by its charset, UTF-8 without one; what does not fit becomes U+FFFD."""
        found = re.search(r"charset=\"?([A-Za-z0-9_.:-]{1,40})", self.headers.get("content-type", ""))
        try:
            return self.body.decode(found[1] if found else "utf-8", "replace")
        except (LookupError, ValueError):
            return self.body.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        """A web page: by its type, or by its first words where the type says otherwise."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind in ("text/html", "application/xhtml+xml") or HTML.match(self.body[:1000]) is not None

    @property
    def request_id(self) -> str:
        """The provider's own number of this request, for its support; "" if it gave none."""
        return _request_id(self.headers)

    def json(self) -> Any:
        """The body as JSON. Raises ClientError NOT_PROTOCOL, with its first characters, when it is none."""
        what = "a web page" if self.is_html else ("" if self.body.strip() else "an empty body")
        if not what:
            try:
                return json.loads(self.body)
            except (ValueError, RecursionError):
                what = "a body that is not JSON"
        host = urlsplit(self.url).hostname or ""
        detail = f"{host} answered with {what} where JSON was due (HTTP {self.status})."
        raise ClientError(Kind.NOT_PROTOCOL, detail, host=host, status=self.status,
                          body=self.text[:SHOWN], request_id=self.request_id)


class Http:
    """A client of base_url alone.

    headers: sent with each request. auth: a user name and a password for Basic. Connections are kept for this object
    only, so that nobody else's requests share one. Making it asks nothing and raises nothing: a base_url that egress
    refuses raises ClientError(BLOCKED) at each request.
    """

    def __init__(
        self, base_url: str, *, headers: Mapping[str, str] | None = None, auth: Auth = None,
        user_agent: str | None = None,
    ) -> None:
        self.base_url = base_url
        self._headers = dict(headers or {})
        self._auth = auth
        self._user_agent = user_agent or USER_AGENT
        self._refused = ""
        self._adapter: OneOrigin | None = None
        try:
            self._base = egress.parse_url(base_url)
            self._adapter = OneOrigin(self._base)
        except egress.Refused as refused:
            self._refused = refused.reason

    def get(self, path: str, **kwargs: Any) -> Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> Response:
        return self.request("POST", path, **kwargs)

    def request(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None, auth: Auth | _Own = _OWN, max_bytes: int = MAX_BYTES,
        stream_until: Callable[[bytes], bool] | None = None,
    ) -> Response:
        """One request and its answer, redirects included as they are.

        path: below base_url, quoted, with or without a query; or an absolute URL of the same origin below the same
        path: anything else raises ClientError(BLOCKED) and nothing is sent. auth: None sends no credential at all,
        neither that of the client nor one of its headers; a pair is sent in its place. max_bytes counts the decoded
        body. stream_until: told all that came so far; True ends the reading, and the body is what came.
        """
        url = self._url(path)
        try:
            prepared = requests.Request(method, url, params=dict(params or {}), data=data,
                                        headers=self._all_headers(headers, auth)).prepare()
        except (requests.RequestException, ValueError):
            raise self._blocked("The request could not be written") from None
        if not (prepared.url or "").startswith(self._base.origin + "/"):
            raise self._blocked("The request would have left its origin")
        with deadline.within(deadline.CHECK_SECONDS):
            return self._exchange(prepared, max_bytes, stream_until)

    @property
    def peer_certificate_expiry(self) -> datetime | None:
        """When the certificate of the last TLS connection ends; None before one, and without TLS."""
        return self._adapter.peer.certificate_expiry if self._adapter else None

    def close(self) -> None:
        """Close the kept connections; a later request makes a new one."""
        if self._adapter:
            self._adapter.pool.close()
            self._adapter = OneOrigin(self._base)

    def _exchange(
        self, prepared: requests.PreparedRequest, max_bytes: int, stream_until: Callable[[bytes], bool] | None,
    ) -> Response:
        assert self._adapter is not None  # _url() refuses without one
        name, host = self._adapter.peer.name, self._base.host
        if (seconds := deadline.remaining()) <= 0:
            raise ClientError(Kind.TIMEOUT, f"No time was left to ask {name}.", host=host)
        raw = None
        try:
            reply = self._send(prepared, seconds)
            raw = reply.raw
            headers: Mapping[str, str] = CaseInsensitiveDict(reply.headers)
            if reply.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
                raise ClientError(Kind.NOT_PROTOCOL, f"{name} switched to a protocol that nobody asked for.", host=host)
            if reply.status_code >= 500 or reply.status_code == 429:
                raise self._no_answer(reply.status_code, headers, _beginning(raw, name, host))
            body = read_body(raw, max_bytes, stream_until, name, host)
            if reply.status_code == 403 and _is_limited(headers, body):
                raise self._no_answer(403, headers, body)
            return Response(reply.status_code, headers, body, prepared.url or "")
        except TROUBLES as error:
            raise exchange_trouble(error, name, host) from None
        finally:
            if raw is not None:
                raw.close()  # where it was read to its end its connection is already back in the pool

    def _send(self, prepared: requests.PreparedRequest, seconds: float) -> requests.Response:
        """Sends it; once more where a kept connection turned out to be closed (what checks ask may be asked twice)."""
        assert self._adapter is not None
        while True:
            try:
                return self._adapter.send(prepared, stream=True, timeout=seconds)
            except Stale:  # each costs one kept connection, and a new one is never stale
                continue

    def _no_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> ClientError:
        """An outage or a rate limit, with the provider's own words and the time that it asks us to wait."""
        name, host = self._adapter.peer.name if self._adapter else "", self._base.host
        wait = seconds_to_wait(headers)
        if status < 500:
            kind = Kind.RATE_LIMITED
            asked = f" and asked to wait {wait:.0f} seconds" if wait else ""
            detail = f"{name} limited our requests (HTTP {status}){asked}."
        else:
            kind, detail = Kind.OUTAGE, f"{name} answered HTTP {status}{_phrase(status)}."
        text = Response(status, headers, body, "").text[:SHOWN]
        return ClientError(kind, detail, host=host, status=status, body=text, retry_after=wait,
                           request_id=_request_id(headers))

    def _url(self, path: str) -> str:
        """The URL of a path, or of an absolute URL that stays below the base. Raises ClientError(BLOCKED)."""
        if self._refused:
            raise ClientError(Kind.BLOCKED, f"{self._refused} Nothing was sent.")
        base = self._base.origin + self._base.path.rstrip("/")
        where, question, query = path.partition("?")
        if not ABSOLUTE.match(where):
            below = where.lstrip("/")
            where = f"{base}/{below}" if below else (base if self._base.path.rstrip("/") else f"{base}/")
        try:
            asked = egress.parse_url(where)
        except egress.Refused as refused:
            raise self._blocked(refused.reason.removesuffix(".")) from None
        url = asked.origin + (asked.path or "/")
        if url != base and not url.startswith(base + "/"):
            raise self._blocked(f"{asked.origin} with that path is not below {base}")
        return url + question + query

    def _all_headers(self, headers: Mapping[str, str] | None, auth: Auth | _Own) -> dict[str, str | bytes]:
        """Own headers, the credential, those of the request; the later wins, whatever the case of its name."""
        sent: CaseInsensitiveDict[str] = CaseInsensitiveDict({"User-Agent": self._user_agent, "Accept": "*/*"})
        sent.update({key: value for key, value in self._headers.items()
                     if auth is _OWN or key.lower() not in CREDENTIALS})
        pair = self._auth if isinstance(auth, _Own) else auth
        if pair is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(":".join(pair).encode()).decode("ascii")
        sent.update(headers or {})
        sent["Accept-Encoding"] = "identity"
        return {key: self._header_value(key, value) for key, value in sent.items()}

    def _header_value(self, key: str, value: str) -> str | bytes:
        """The value without blanks around it, as bytes where it is not ASCII: no library then quotes it in an error."""
        value = value.strip(" \t")
        if CONTROL.search(value):
            raise self._blocked(f"The value of the header {key} holds a line break or another control character")
        return value if value.isascii() else value.encode("utf-8")

    def _blocked(self, what: str) -> ClientError:
        return ClientError(Kind.BLOCKED, f"{what}; nothing was sent.", host=self._base.host)


TROUBLES = (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)


def redirect_target(response: Response) -> str:
    """Where a redirect leads, as an absolute URL; "" when it names no place."""
    location = CONTROL.sub("", response.headers.get("location", "")).strip()
    try:
        return urljoin(response.url, location) if location else ""
    except ValueError:
        return ""


def _beginning(raw: Any, name: str, host: str) -> bytes:
    """The first characters of a body that is only quoted: whatever befalls it is no news beside its status."""
    try:
        return read_body(raw, ERROR_BYTES, lambda body: len(body) >= 4 * SHOWN, name, host)
    except (ClientError, *TROUBLES):
        return b""


def _is_limited(headers: Mapping[str, str], body: bytes) -> bool:
    """A 403 that is a rate limit. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
    said = body[:2000].decode("utf-8", "replace")
    return "retry-after" in headers or is_exhausted(headers) or LIMITED.search(said) is not None


def _phrase(status: int) -> str:
    try:
        return f" ({http.HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _request_id(headers: Mapping[str, str]) -> str:
    found = next((headers[name] for name in REQUEST_IDS if headers.get(name)), "")
    return CONTROL.sub("", found)[:100]
