"""A hostile server on loopback: every way that a provider, or what stands before it, can misbehave over one socket.

It keeps every byte that it was sent, after TLS where it speaks that, so that a test can prove that a credential never
left. A mode is a function of the connection; `modes` lists them. No sleep outlives the server: all wait for its end.
"""
from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.peers.ports import free_port

JSON = b'{"name": "acme", "repositories": []}'
PAGE = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Password</form></body></html>"


class FaultServer:
    """Behaves as `mode` says, from the making until stop(). options are the mode's own (see each below)."""

    def __init__(self, mode: str, *, tls: ssl.SSLContext | None = None, **options) -> None:
        self.mode, self.options, self.tls = mode, options, tls
        self.received = b""  # all of it, over all connections
        self.connections = self.requests = 0
        self.ended = threading.Event()
        self._lock = threading.Lock()
        # Where nothing is to listen: a port that no client is given by the kernel, and no other peer by us.
        self._listener = socket.create_server(("127.0.0.1", free_port() if mode == "refuse" else 0))
        self.port = self._listener.getsockname()[1]
        self._run = MODES[mode]
        if mode == "refuse":
            self._listener.close()
        else:
            threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}" if self.tls is None else f"https://localhost:{self.port}"

    def stop(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait(self, seconds: float) -> bool:
        """Sleep; True once the server is to end."""
        return self.ended.wait(seconds)

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        accepted.settimeout(120)
        with suppress(OSError):
            connection = Connection(self, accepted)
            try:
                if self.mode != "rst_on_accept" and self.tls is not None:
                    connection.socket = self.tls.wrap_socket(accepted, server_side=True)
                self._run(connection, **self.options)
            finally:
                connection.socket.close()


class Connection:
    def __init__(self, server: FaultServer, accepted: socket.socket) -> None:
        self.server, self.socket = server, accepted

    def request(self) -> bytes:
        """The next request, head and body; b"" at the end of the connection."""
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := self._receive()):
                return b""
            data += piece
        top, _, body = data.partition(b"\r\n\r\n")
        length = next((int(line.split(b":")[1]) for line in top.lower().split(b"\r\n")
                       if line.startswith(b"content-length")), 0)
        while len(body) < length and (piece := self._receive()):
            body += piece
        self.server.requests += 1
        return top + b"\r\n\r\n" + body

    def _receive(self) -> bytes:
        piece = self.socket.recv(65536)
        with self.server._lock:
            self.server.received += piece
        return piece

    def send(self, *parts: bytes) -> None:
        self.socket.sendall(b"".join(parts))

    def reset(self) -> None:
        """End with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def drip(self, data: bytes, seconds: float) -> None:
        for byte in data:
            if self.server.wait(seconds):
                return
            self.send(bytes([byte]))


def head(status: int = 200, *lines: str, kind: str = "application/json") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", *lines, "", ""]).encode("latin-1")


def whole(body: bytes, status: int = 200, *lines: str, kind: str = "application/json") -> bytes:
    return head(status, f"Content-Length: {len(body)}", *lines, kind=kind) + body


# --- The modes --------------------------------------------------------------------------------------------------------
def ok(to: Connection, body: bytes = JSON, headers: tuple[str, ...] = (), idle_close: bool = False) -> None:
    while to.request():
        to.send(whole(body, 200, *headers))
        if idle_close:
            return


def refuse(to: Connection) -> None:
    """Nothing listens on the port."""


def rst_on_accept(to: Connection) -> None:
    to.reset()


def rst_mid_headers(to: Connection) -> None:
    to.request()
    to.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    to.server.wait(0.05)
    to.reset()


def rst_mid_body(to: Connection) -> None:
    to.request()
    to.send(head(200, "Content-Length: 1000"), b'{"name": ')
    to.server.wait(0.05)
    to.reset()


def close_without_answer(to: Connection) -> None:
    to.request()


def truncate(to: Connection, zipped: bool = False) -> None:
    to.request()
    if zipped:
        to.send(head(200, "Content-Encoding: gzip"), gzip.compress(JSON)[:-9])
    else:
        to.send(head(200, "Content-Length: 1000"), b"[]")


def truncate_headers(to: Connection) -> None:
    to.request()
    to.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Cut")


def chunk_cut(to: Connection, data: bytes = b"5\r\n[1, 2\r\n20\r\n, 3") -> None:
    to.request()
    to.send(head(200, "Transfer-Encoding: chunked"), data)


def badjson(to: Connection, body: bytes = b'{"name": ') -> None:
    ok(to, body)


def html_login(to: Connection, kind: str = "text/html; charset=utf-8") -> None:
    while to.request():
        to.send(whole(PAGE, 200, kind=kind))


def redirect(to: Connection, location: str = "", code: int = 302) -> None:
    while to.request():
        to.send(whole(b"", code, f"Location: {location}"))


def status(to: Connection, code: int = 500, body: bytes = b"", headers: tuple[str, ...] = (),
           kind: str = "text/plain") -> None:
    while to.request():
        to.send(whole(body, code, *headers, kind=kind))


def ratelimit(to: Connection, retry_after: str | None = None, code: int = 429, headers: tuple[str, ...] = ()) -> None:
    asked = () if retry_after is None else (f"Retry-After: {retry_after.encode().decode('latin-1')}",)
    status(to, code, b'{"message": "slow down"}', (*asked, *headers), "application/json")


def drip(to: Connection, seconds: float = 1.0) -> None:
    to.request()
    to.send(head(200, "Content-Length: 100000"))
    to.drip(b"[" + b"1," * 50_000, seconds)


def drip_headers(to: Connection, seconds: float = 1.0) -> None:
    to.request()
    to.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: yes\r\n" * 10_000, seconds)


def hang(to: Connection) -> None:
    """Takes the request and says nothing."""
    to.request()
    to.server.wait(300)


def silent(to: Connection) -> None:
    """Accepts, and neither reads nor writes."""
    to.server.wait(300)


def endless(to: Connection, chunked: bool = False, code: int = 200) -> None:
    to.request()
    to.send(head(code, *(["Transfer-Encoding: chunked"] if chunked else [])))
    piece = b"x" * 65536
    while not to.server.ended.is_set():
        to.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)


def endless_continue(to: Connection) -> None:
    to.request()
    while not to.server.ended.is_set():
        to.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


def bomb(to: Connection, megabytes: int = 200, encoding: str = "gzip") -> None:
    to.request()
    packed = gzip.compress(b"\0" * 1024 * 1024 * megabytes, 1)
    to.send(head(200, f"Content-Encoding: {encoding}", f"Content-Length: {len(packed)}"), packed)


def zipped(to: Connection, encoding: str = "gzip") -> None:
    to.request()
    to.send(whole(gzip.compress(JSON), 200, f"Content-Encoding: {encoding}"))


def huge_header(to: Connection, size: int = 1024 * 1024) -> None:
    to.request()
    to.send(head(200, "X-Huge: " + "x" * size), JSON)


def many_headers(to: Connection, count: int = 100_000) -> None:
    to.request()
    to.send(head(200, *(f"X-{n}: {n}" for n in range(count))), JSON)


def wide_headers(to: Connection, count: int = 90) -> None:
    to.request()
    to.send(head(200, *(f"X-{n}: " + "x" * 2000 for n in range(count))), JSON)


def not_http(to: Connection, banner: bytes = b"SSH-2.0-OpenSSH_9.2\r\n") -> None:
    to.send(banner)
    to.request()


def raw(to: Connection, data: bytes = b"") -> None:
    """Exactly these bytes, then the end."""
    to.request()
    to.send(data)


MODES: dict[str, Callable[..., None]] = {mode.__name__: mode for mode in (
    ok, refuse, rst_on_accept, rst_mid_headers, rst_mid_body, close_without_answer, truncate, truncate_headers,
    chunk_cut, badjson, html_login, redirect, status, ratelimit, drip, drip_headers, hang, silent, endless, endless_continue,
    bomb, zipped, huge_header, many_headers, wide_headers, not_http, raw)}
