"""A whole installation of its own: a database file, keys, and `manage.py` run as a user runs it."""
from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Installation:
    """env is what every command of it gets; run() ends in the completed process, with text output."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *words]

    def run(self, *words: str, stdin: str | dict | None = None, timeout: float = 300, **env: str) -> subprocess.CompletedProcess:
        text = json.dumps(stdin) if isinstance(stdin, dict) else (stdin or "")
        return subprocess.run(self.command(*words), input=text, capture_output=True, text=True, timeout=timeout,
                              env={**self.env, **env}, cwd=self.folder, check=False)

    def json(self, *words: str, stdin: str | dict | None = None, expect: int = 0, **env: str) -> dict:
        """Run with --json, assert the exit status, and return the document."""
        done = self.run(*words, "--json", stdin=stdin, **env)
        assert done.returncode == expect, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout)

    def start(self, *words: str, log: str = "log.txt", **env: str) -> subprocess.Popen:
        """Start a long-running command in a session of its own; the caller ends it."""
        out = (self.folder / log).open("ab")
        return subprocess.Popen(self.command(*words), env={**self.env, **env}, cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=out, start_new_session=True)


def environment(database: str, **extra: str) -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "CI")}
    return {**keep, "DJANGO_SETTINGS_MODULE": "dflow_integrations.settings", "DATABASE_URL": database, "SECRET_KEY": "an installation of the tests",
            "CREDENTIAL_KEYS": base64.urlsafe_b64encode(b"i" * 32).decode(), "EGRESS_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
            "EGRESS_ALLOW_PLAIN_HTTP": "true", "EMAIL_URL": "memorymail://", **extra}


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory) -> Path:
    """A migrated SQLite file that each installation copies."""
    folder = tmp_path_factory.mktemp("migrated")
    there = Installation(folder, environment(f"sqlite:///{folder / 'db.sqlite3'}"))
    done = there.run("migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    return folder / "db.sqlite3"


@pytest.fixture
def installation(tmp_path, migrated_database) -> Installation:
    """An installation on SQLite, loopback opened for its peers."""
    shutil.copy(migrated_database, tmp_path / "db.sqlite3")
    return Installation(tmp_path, environment(f"sqlite:///{tmp_path / 'db.sqlite3'}"))
