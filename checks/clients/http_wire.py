"""The way of an HTTP request to the socket: one origin, one pool, every connection through egress, every wait bounded.

requests and urllib3 bound each single wait; a server that sends one byte a second passes such limits for ever. Here
what is left of the check's deadline is set on the socket before each read and each write.
"""
from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests.adapters
import urllib3.connection
import urllib3.connectionpool

from checks import egress
from checks.clients import deadline
from checks.clients.http_troubles import connect_trouble, tls_trouble

MAX_HEADER_BYTES = 64 * 1024
IDLE_SECONDS = 1.0  # servers close idle connections, some after two seconds: an older one is not used again


@dataclass
class Peer:
    """Who is at the other end. name: its host as people read it, with its port where it is unusual."""

    url: egress.Url
    name: str
    certificate_expiry: datetime | None = None  # of the last TLS connection


class Stale(Exception):
    """A connection that had answered before was closed before it answered again: the request is to be made anew."""


class OneOrigin(requests.adapters.HTTPAdapter):
    """Has a pool for one origin and nothing else: no URL, redirect or proxy can lead a request of it elsewhere."""

    def __init__(self, url: egress.Url) -> None:
        self.peer = Peer(url, url.origin.partition("://")[2])
        self.pool = _Pool(self.peer)
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- one pool for all
        return self.pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: the process's one SSLContext verifies, and loading the roots anew costs 20 ms a connection."""

    def close(self) -> None:
        self.pool.close()


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, peer: Peer) -> None:
        super().__init__(peer.url.host, peer.url.port, maxsize=10)
        self.scheme = peer.url.scheme
        self._peer = peer

    def _new_conn(self) -> Any:
        self.num_connections += 1
        return _Connection(self._peer)

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection = super()._get_conn(timeout)
        if time.monotonic() - getattr(connection, "idle_since", time.monotonic()) > IDLE_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class _Reply(http.client.HTTPResponse):
    """An answer that is read within the deadline, its headers within their cap, informational answers skipped."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._timed = _Timed(self.fp.detach(), sock)  # type: ignore[attr-defined]
        self.fp = io.BufferedReader(self._timed)

    def begin(self) -> None:
        self._timed.room = MAX_HEADER_BYTES + io.DEFAULT_BUFFER_SIZE
        super().begin()
        while 100 <= self.status < 200 and self.status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        if self._timed.ended:  # http.client takes the end of the connection for the end of the headers
            raise http.client.IncompleteRead(b"")
        self._timed.room = None


class _Timed(io.RawIOBase):
    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self.room: int | None = None  # bytes that the headers may still take
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(time_left())
        count = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        self.ended = count == 0
        if self.room is not None and count:
            self.room -= count
            if self.room < 0:
                raise http.client.LineTooLong("headers")
        return count

    def close(self) -> None:
        if not self.closed:
            try:
                self._raw.close()
            finally:
                super().close()


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Reply  # type: ignore[assignment]

    def __init__(self, peer: Peer) -> None:
        super().__init__(peer.url.host, peer.url.port)
        self.default_port = egress.DEFAULT_PORTS[peer.url.scheme]  # type: ignore[misc]  # left out of the Host header
        self._peer = peer
        self._answers = 0  # since the connection was made

    def connect(self) -> None:
        self._answers = 0
        opened = self._new_conn()
        self.sock = self._secured(opened) if self._peer.url.scheme == "https" else opened

    def getresponse(self) -> Any:
        try:
            reply = super().getresponse()
        except ConnectionError as error:
            if self._answers:
                raise Stale from error
            raise
        self._answers += 1
        return reply

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(time_left())
        super().send(data)

    def _new_conn(self) -> socket.socket:
        url = self._peer.url
        try:
            return egress.connect(url.host, url.port, deadline.remaining(deadline.CONNECT_SECONDS))
        except (egress.Refused, egress.NameTrouble, OSError) as error:
            raise connect_trouble(error, self._peer.name, url.host) from None

    def _secured(self, opened: socket.socket) -> ssl.SSLSocket:
        """TLS by the name that was typed. Not urllib3's own way: that writes to the context that all threads share."""
        url = self._peer.url
        try:
            opened.settimeout(time_left())
            secured = egress.ssl_context().wrap_socket(opened, server_hostname=url.host)
        except OSError as error:
            opened.close()
            raise tls_trouble(error, self._peer.name, url.host) from None
        ends = (secured.getpeercert() or {}).get("notAfter")
        if isinstance(ends, str):
            self._peer.certificate_expiry = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
        return secured


def time_left() -> float:
    """What is left of the deadline. Raises TimeoutError once it is past."""
    seconds = deadline.remaining()
    if seconds <= 0:
        raise TimeoutError("the deadline is past")
    return seconds
