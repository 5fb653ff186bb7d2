"""A Git host on loopback for the demo and the tests: real repositories behind the real `git http-backend`, and as much
of Gitea's API as a checklist asks. It refuses what Gitea refuses, in Gitea's words.

Order and texts of the refusals over Git: go-gitea/gitea routers/web/repo/githttp.go, services/context/permission.go.
API: the bodies of routers/api/v1/api.go (`token is required`, `token does not have at least one of required scope(s)…`
in both wordings, `token scope is limited to public repos`, `user should be the site admin`).
Reconstructed, not seen in a source: what bad credentials get over Git ("Failed to authenticate user", for a public
repository too), the 404 body of the API, and the body for a disabled account. Simplified: a push by a user without
write access is refused with 403 when it arrives, where Gitea's hook writes "User permission denied for writing".
"""
from __future__ import annotations

import base64
import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from checks.demo.git_answers import SERVICES, Api, Seen, SmartHttp, Token, page, text
from checks.demo.git_repositories import Answer, Repository, make

VERSION = "1.25.3+demo"


class GitHost:
    """Serves on 127.0.0.1, a free port, between start() and stop(); also a context manager.

    sub_path: "/gitea" serves all below it. speaks_v2: False drops Git-Protocol, as old hosts do. names_scopes: False is
    the older wording, and Forgejo's, that names only what was required. service_line: Gitea writes `# service=` before
    a version 2 advertisement, git http-backend does not. moved: old path -> new path. sign_in: nothing for strangers.
    """

    def __init__(
        self, root: Path, *, repositories: Iterable[Repository] = (), tokens: Iterable[Token] = (), sub_path: str = "",
        version: str = VERSION, speaks_v2: bool = True, names_scopes: bool = True, service_line: bool = True,
        moved: Mapping[str, str] | None = None, sign_in: bool = False,
    ) -> None:
        self.root, self.sub_path, self.version = root, sub_path.rstrip("/"), version
        self.repositories = {repository.path.lower(): repository for repository in repositories}
        self.tokens = {token.value: token for token in tokens if not token.revoked}
        self.speaks_v2, self.names_scopes, self.service_line = speaks_v2, names_scopes, service_line
        self.moved, self.sign_in = dict(moved or {}), sign_in
        self.seen: list[Seen] = []
        for repository in self.repositories.values():
            make(root, repository)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}{self.sub_path}"

    def clone_url(self, path: str) -> str:
        return f"{self.url}/{path}.git"

    def start(self) -> GitHost:
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> GitHost:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def answer(self, seen: Seen) -> Answer:
        """What this host answers, whole: the handler only writes it out."""
        parts = urlsplit(seen.path)
        if not parts.path.startswith(self.sub_path + "/"):
            return page(404, "Not Found")
        segments = [unquote(part) for part in parts.path[len(self.sub_path):].split("/") if part]
        if segments[:2] == ["api", "v1"]:
            return Api(self, seen, segments[2:]).answer()
        if len(segments) >= 3 and (segments[2:] == ["info", "refs"] or segments[2:3][0] in SERVICES):
            return SmartHttp(self, seen, segments, parse_qs(parts.query)).answer()
        known = len(segments) == 2 and f"{segments[0]}/{segments[1].removesuffix('.git')}".lower() in self.repositories
        if not segments or known or segments[0] == "user":
            return page(200, "/".join(segments) or "Front page")
        return page(404, "Not Found") if "text/html" in seen.headers.get("Accept", "") else text(404, "Not found.\n")

    def authenticate(self, header: str) -> Token | bool | None:
        """The token, None for a stranger, False for credentials that are not known here."""
        kind, _, value = header.partition(" ")
        if kind.lower() in ("token", "bearer"):
            return self.tokens.get(value.strip(), False)
        if kind.lower() == "basic":
            name, _, password = base64.b64decode(value).decode("utf-8", "replace").partition(":")
            return self.tokens.get(name if password in ("", "x-oauth-basic") else password, False)
        return False if header else None


def _handler(host: GitHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "dflow-demo-git-host", ""

        def _serve(self) -> None:
            seen = Seen(self.command, self.path, {k.title(): v for k, v in self.headers.items()}, self._body())
            host.seen.append(seen)
            answer = host.answer(seen)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_HEAD = _serve

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
