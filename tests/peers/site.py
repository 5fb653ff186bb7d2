"""The program itself as a peer: gunicorn and, where asked for, a worker, on an installation of their own."""
from __future__ import annotations

import fcntl
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.installation import ROOT, Installation
from tests.peers.ports import anew, end, free_port, spawn, until_ready


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


@dataclass
class Site:
    installation: Installation
    port: int = 0
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        with static_files():
            if not collected():
                done = self.installation.run("collectstatic", "--noinput", "--verbosity", "0")
                assert done.returncode == 0, done.stderr
            self.processes.append(anew(self._served))

    def _served(self) -> subprocess.Popen:
        self.port, there = free_port(), self.installation
        there.env.update({"BASE_URL": self.url, "ALLOWED_HOSTS": "127.0.0.1,localhost"})
        log = there.folder / "web.log"
        process = spawn(
            [sys.executable, "-m", "gunicorn", "dflow_integrations.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "1",
             "--threads", "4", "--chdir", str(ROOT)], log, env=there.env, cwd=there.folder)
        until_ready(process, [self.port], log, lambda: urllib.request.urlopen(f"{self.url}/healthz", timeout=20).read() or True)
        return process

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
