"""The demo's Git host as a peer: the real `git http-backend` on loopback, with repositories and tokens of each kind."""
from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from checks.demo.git_answers import Token
from checks.demo.git_host import GitHost
from checks.demo.git_repositories import Repository
from checks.demo.loopback import Seen
from tests.peers.plugin import missing

REPOSITORIES = (
    Repository("acme/web", branches=("main", "dev", "develop", "feature/login"), tags=("v1", "v2"), readers=("deploy",),
               writers=("writer",), protected=("main",)),
    Repository("acme/site", private=False),
    Repository("acme/both", branches=("main", "v1"), tags=("v1",), readers=("deploy",)),
    Repository("acme/empty", branches=(), readers=("deploy",)),
    Repository("acme/old", archived=True, readers=("deploy",)),
    Repository("acme/copy", mirror=True, readers=("deploy",)),
    Repository("acme/new-hash", sha256=True, tags=("v1",), readers=("deploy",)),
    Repository("acme/secret"),
)
TOKENS = {
    "reader": Token("a1" * 20, "deploy", ("read:repository", "read:user")),
    "bare": Token("a2" * 20, "deploy", ("read:repository",)),
    "all": Token("a3" * 20, "deploy", ("all",)),
    "writer": Token("a4" * 20, "writer", ("write:repository",)),
    "writes_unheard": Token("a5" * 20, "deploy", ("write:repository",)),
    "issues": Token("a6" * 20, "deploy", ("read:issue", "read:user")),
    "public_only": Token("a7" * 20, "deploy", ("public-only", "read:repository")),
    "revoked": Token("a8" * 20, "deploy", revoked=True),
    "disabled": Token("a9" * 20, "deploy", disabled=True),
    "root": Token("aa" * 20, "deploy", ("all",), administrator=True),
    "owner": Token("ab" * 20, "acme", ("write:repository",)),
}


def need_git() -> None:
    backend = ["git", "http-backend"]
    if shutil.which("git") is None or subprocess.run(backend, capture_output=True, check=False).returncode:
        missing("git http-backend", "apt-get install git")


def run_git(*words, user="", password="", expect=0):
    """The machine's own Git, with this credential and nothing of the machine's settings: what it printed."""
    env = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
           "LC_ALL": "C"}
    helper = f"!f() {{ echo username={user}; echo password={password}; }}; f" if user else ""
    done = subprocess.run(["git", "-c", f"credential.helper={helper}", *words], env=env, capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == expect, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def starting(make):
    """For a fixture's `yield from`: what starts a host, made by make(**options); all are stopped at the end."""
    need_git()
    running = []

    def start(**options):
        running.append(make(**options).start())
        return running[-1]

    try:
        yield start
    finally:
        for host in running:
            host.stop()


@pytest.fixture
def git_hosts(tmp_path, loopback, shared_git_root):
    """Start Git hosts with options of GitHost; all are stopped at the end.

    Their repositories are made once a session: a test that writes to them asks for `own=True`.
    """
    def make(*, own=False, **options) -> GitHost:
        options = {"repositories": REPOSITORIES, "tokens": TOKENS.values(), **options}
        return GitHost(tmp_path if own else shared_git_root, **options)
    yield from starting(make)


@pytest.fixture(scope="session")
def shared_git_root(tmp_path_factory):
    return tmp_path_factory.mktemp("git")


@pytest.fixture
def git_host(git_hosts) -> GitHost:
    """One with everything, as Gitea does it."""
    return git_hosts()


class ScriptedHost:
    """Answers requests with (status, headers, body) in the order given, the last one again; keeps what it was sent."""

    def __init__(self, answers, tls=None) -> None:
        self.answers, self.seen = list(answers), []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.title(): value for name, value in self.headers.items()}
                outer.seen.append(Seen(self.command, self.path, headers, body))
                answer = outer.answers[min(len(outer.seen), len(outer.answers)) - 1]
                status, told, content = answer(outer.seen[-1]) if callable(answer) else answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **told}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the client may have had enough
                    self.wfile.write(content)

            do_GET = do_POST = serve

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *args: None  # a client that has had enough is no trouble
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def scripted_host(loopback):
    """Start hosts that answer what a test says: (status, headers, body), or a function of the request."""
    running = []

    def start(*answers, tls=None) -> ScriptedHost:
        running.append(ScriptedHost(answers, tls))
        return running[-1]

    try:
        yield start
    finally:
        for host in running:
            host.stop()
