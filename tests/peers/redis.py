"""A Redis server of the tests' own, that can be stopped and started in mid-test."""
from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers.plugin import missing
from tests.peers.ports import anew, free_port, spawn, until_ready


@dataclass
class RedisServer:
    folder: Path
    port: int = 0
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Again on the port that it had: its users know it by that."""
        had = self.port

        def started() -> subprocess.Popen:
            self.port, log = had or free_port(), self.folder / "redis.log"
            process = spawn(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                             "--dir", str(self.folder)], log)
            until_ready(process, [self.port], log)
            return process
        self.process = anew(started)

    def stop(self) -> None:
        """As a crash: what it held is lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def redis_server(tmp_path):
    if shutil.which("redis-server") is None:
        missing("Redis", "apt-get install redis-server")
    server = RedisServer(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()
