"""A host on loopback, whoever it plays: it keeps what it was sent, and writes out what its `answer` says."""
from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from checks.demo.git_repositories import Answer


@dataclass(frozen=True)
class Seen:
    """One request as it came: for tests that must know what was sent, and what was not."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class LoopbackHost:
    """Serves on 127.0.0.1, a free port, between start() and stop(); also a context manager.

    seen: every request in its order. delay: seconds before each answer, for benchmarks.
    """

    def __init__(self, *, delay: float = 0.0) -> None:
        self.seen: list[Seen] = []
        self.delay = delay
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def now(self) -> float:
        """This host's clock, that its Date header tells."""
        return time.time()

    def answer(self, seen: Seen) -> Answer:
        """What this host answers, whole: the handler only writes it out."""
        raise NotImplementedError

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has had enough is no trouble of the host's."""


def _handler(host: LoopbackHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "dflow-demo-host", ""

        def _serve(self) -> None:
            seen = Seen(self.command, self.path, {k.title(): v for k, v in self.headers.items()}, self._body())
            host.seen.append(seen)
            if host.delay:
                time.sleep(host.delay)
            answer = host.answer(seen)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                with suppress(OSError):
                    self.wfile.write(answer.body)

        do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = _serve

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(host.now() if timestamp is None else timestamp)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
