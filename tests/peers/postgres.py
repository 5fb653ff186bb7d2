"""A PostgreSQL 15 cluster of the tests' own, on a free loopback port, and installations on databases of it."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.installation import Installation, environment
from tests.peers.plugin import missing
from tests.peers.ports import Lost, anew, free_port, tail

OWNER = "postgres"


def programs() -> Path:
    """The folder of initdb and pg_ctl: Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *([Path(found).resolve().parent] if found else [])]
    for place in places:
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    missing("PostgreSQL", "apt-get install postgresql")
    raise AssertionError("missing() ends the test")


@dataclass
class Postgres:
    """Runs as the user postgres where the tests run as root, which PostgreSQL refuses."""

    folder: Path
    port: int = 0

    def _run(self, program: str, *words: str) -> None:
        become = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*become, str(programs() / program), *words], capture_output=True, text=True, timeout=300,
                              check=False, cwd=self.folder, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        if os.geteuid() == 0:
            shutil.chown(self.folder, OWNER, OWNER)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        anew(self._started)

    def _started(self) -> None:
        """Who loses its port ends before it has touched its data."""
        self.port = free_port()
        try:
            self.ctl("start")
        except AssertionError as error:
            raise Lost(f"{error}\n{tail(self.folder / 'log')}") from None

    def ctl(self, verb: str) -> None:
        """`start`, `stop` or `restart`; the last two as a crash would."""
        how = ["-m", "immediate"] if verb != "start" else []
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-t", "120", "-l", str(self.folder / "log"), "-o", options, *how, verb)

    def url(self, database: str) -> str:
        return f"postgres://{OWNER}@127.0.0.1:{self.port}/{database}"

    def create(self, name: str, template: str = "template0") -> str:
        """The URL of a new database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)


@pytest.fixture(scope="session")
def postgres():
    programs()
    folder = Path(tempfile.mkdtemp(prefix="dflow-postgres-"))
    server = Postgres(folder)
    try:
        server.start()
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.ctl("stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_postgres(postgres, tmp_path_factory) -> str:
    """The name of a migrated database that each installation copies."""
    there = Installation(tmp_path_factory.mktemp("postgres"), environment(postgres.create("migrated")))
    done = there.run("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return "migrated"


@pytest.fixture
def postgres_installation(tmp_path, postgres, migrated_postgres) -> Installation:
    """An installation on PostgreSQL, loopback opened for its peers."""
    return Installation(tmp_path, environment(postgres.create(f"t{uuid.uuid4().hex}", template=migrated_postgres)))


@pytest.fixture
def postgres_url(postgres) -> str:
    """DATABASE_URL of an empty database of its own."""
    return postgres.create(f"d{uuid.uuid4().hex}")
