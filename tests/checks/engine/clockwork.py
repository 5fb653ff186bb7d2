"""A whole installation with a real `manage.py worker`, looked at from outside: its database, its processes, its log."""
from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import psycopg

from tests.checks.engine.conftest import TOKEN
from tests.installation import ROOT, Installation
from tests.peers.ports import end

CLICK = """
from checks.engine import runs
from checks.models import Integration, Run
print(runs.start(Integration.objects.get(name={name!r}), trigger=Run.Trigger.PERSON).pk)
"""


def alive(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; any of them may end while it is looked at, and a zombie has ended."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@dataclass
class Clockwork:
    there: Installation
    worker: subprocess.Popen | None = None

    def __post_init__(self) -> None:
        self.there.env.update({"DJANGO_SETTINGS_MODULE": "tests.checks.engine.with_loopback", "PYTHONPATH": str(ROOT)})
        self.there.json("create_organisation", "acme", "--owner", "alice@example.com")

    def connect(self, name: str, address: str, mode: str = "", *words: str) -> None:
        """Connected, and not due: a test asks for it."""
        self.there.json("connect", "acme", "loopback", name, *words,
                        stdin={"settings": {"address": address, "mode": mode}, "credentials": {"token": TOKEN}})
        self.sql("UPDATE checks_integration SET next_check_at = NULL")

    def click(self, name: str) -> str:
        """The id of the run that a click makes."""
        done = self.there.run("shell", "--no-imports", "-c", CLICK.format(name=name))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1]

    def start(self, *words: str) -> None:
        self.worker = self.there.start("worker", *words, log="worker.log")
        self.wait(lambda: len(self.sql("SELECT name FROM checks_heartbeat")) == 2, "the clusters beat")

    def stop(self) -> None:
        """End everything, whatever state it is in."""
        if self.worker is not None:
            left = self.processes()
            end(self.worker)
            for process in alive(left):
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    @property
    def log(self) -> str:
        return (self.there.folder / "worker.log").read_text()

    def sql(self, statement: str, *values: Any) -> list[tuple]:
        url = self.there.env["DATABASE_URL"]
        if url.startswith("sqlite"):
            connection: Any = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60)
        else:
            connection, statement = psycopg.connect(url), statement.replace("?", "%s")
        try:
            cursor = connection.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return rows
        finally:
            connection.close()

    def wait(self, condition, what: str, seconds: float = 120.0) -> Any:
        """What condition() says, once that is true: the bound is for a machine that is busy with much else."""
        until = time.monotonic() + seconds
        while not (said := condition()):
            assert time.monotonic() < until, f"{what}: not within {seconds} s\n{self.log[-4000:]}"
            time.sleep(0.05)
        return said

    def run(self, run_id: str) -> dict[str, Any]:
        [row] = self.sql("SELECT state, status, attempts, alone FROM checks_run WHERE id = ?", self.id(run_id))
        return dict(zip(("state", "status", "attempts", "alone"), row, strict=True))

    def wait_for(self, run_id: str, state: str = "finished", seconds: float = 120.0) -> dict[str, Any]:
        self.wait(lambda: self.run(run_id)["state"] == state, f"run {run_id} is {state}", seconds)
        return self.run(run_id)

    def findings(self, name: str) -> list[tuple]:
        """(row, service, status, cause), in order; a row that stood twice would be listed twice."""
        return self.sql("SELECT f.check_slug, s.name, f.status, f.cause FROM checks_finding f JOIN checks_integration i ON "
                        "i.id = f.integration_id LEFT JOIN checks_service s ON s.id = f.service_id WHERE i.name = ? "
                        "ORDER BY f.position, s.name", name)

    def id(self, run_id: str) -> str:
        return run_id.replace("-", "") if self.there.env["DATABASE_URL"].startswith("sqlite") else run_id

    def expire(self) -> None:
        """Time goes by: every lease has run out, every ring is old, and every probe is due."""
        past = datetime.now(UTC) - timedelta(minutes=5)
        shown: Any = past.strftime("%Y-%m-%d %H:%M:%S.%f") if self.there.env["DATABASE_URL"].startswith("sqlite") else past
        self.sql("UPDATE checks_run SET lease_until = ?, rung_at = ? WHERE state = 'running'", shown, shown)
        self.sql("UPDATE checks_probe SET next_try_at = ? WHERE next_try_at IS NOT NULL", shown)

    def processes(self) -> list[psutil.Process]:
        """The worker's parent and all below it."""
        try:
            parent = psutil.Process(self.worker.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def cluster(self, name: str) -> psutil.Process:
        """The first process of one cluster; there is none while it starts anew."""
        return self._one_of(lambda: psutil.Process(self.worker.pid).children(), lambda p: name in p.cmdline(), f"{name} runs")

    def busy_with(self, address: str) -> psutil.Process:
        """The process that waits for an answer of this server."""
        port = int(address.split(":")[1])
        return self._one_of(self.processes, lambda p: any(c.raddr and c.raddr.port == port for c in p.net_connections("tcp")),
                            "somebody is connected to the server")

    def _one_of(self, processes: Callable[[], list[psutil.Process]], fits: Callable[[psutil.Process], bool], what: str) -> psutil.Process:
        """The first that fits; one that ends while it is looked at does not."""
        def look() -> psutil.Process | None:
            for process in processes():
                with suppress(psutil.NoSuchProcess):
                    if fits(process):
                        return process
            return None
        return self.wait(look, what)
