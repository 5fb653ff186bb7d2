"""The program itself as a peer: gunicorn and, where asked for, a worker, on an installation of their own."""
from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from tests.installation import ROOT, Installation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def static_files():
    """One process at a time collects the static files and starts a server on them: they are one folder of the checkout."""
    (ROOT / ".data").mkdir(exist_ok=True)
    with (ROOT / ".data" / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def collected() -> bool:
    """Whether what was collected is newer than what it is collected from: then no file moves under a running server."""
    manifest = ROOT / "static_out" / "staticfiles.json"
    newest = max(path.stat().st_mtime for path in (ROOT / "dflow_integrations" / "static").rglob("*"))
    return manifest.exists() and manifest.stat().st_mtime > newest


def end(process: subprocess.Popen, patience: float = 25.0) -> None:
    """End a process that was started in a session of its own, and its whole group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Site:
    installation: Installation
    port: int = 0
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.port = free_port()
        there = self.installation
        there.env.update({"BASE_URL": self.url, "ALLOWED_HOSTS": "127.0.0.1,localhost"})
        with static_files():
            if not collected():
                done = there.run("collectstatic", "--noinput", "--verbosity", "0")
                assert done.returncode == 0, done.stderr
            self._serve()

    def _serve(self) -> None:
        there = self.installation
        log = (there.folder / "web.log").open("ab")
        self.processes.append(subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "dflow_integrations.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "1",
             "--threads", "4", "--chdir", str(ROOT)], env=there.env, cwd=there.folder, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, start_new_session=True))
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=2).read()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.installation.folder / "web.log").read_text())

    def start_worker(self) -> subprocess.Popen:
        worker = self.installation.start("worker", log="worker.log")
        self.processes.append(worker)
        return worker

    def stop(self) -> None:
        for process in self.processes:
            end(process)
        self.processes.clear()


@pytest.fixture
def site(installation):
    """The web server of an installation, without a worker: `site.start_worker()` starts one."""
    there = Site(installation)
    try:
        there.start()
        yield there
    finally:
        there.stop()
