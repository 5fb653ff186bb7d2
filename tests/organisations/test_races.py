"""People who do the same thing at the same moment, on SQLite and on PostgreSQL, with real connections."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.installation import ROOT, environment


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path) -> str:
    """DATABASE_URL of a migrated database of its own."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'races.sqlite3'}"
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "-v0"],
        env=environment(url),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return url


def race(database: str, name: str, times: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tests.organisations.races", name, str(times)],
        env=environment(database),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_owners_who_do_away_with_each_other_leave_one(database):
    times = 60 if "sqlite" in database else 200
    found = race(database, "owners", times)
    assert found["left"] == {"1": times}
    assert found["ends"] == {"done": times, "LastOwner": times // 2, "PermissionDenied": times // 2}


def test_an_invitation_that_is_accepted_twenty_times_at_once_makes_one_member(database):
    found = race(database, "invitation", 20)
    assert found == {"ends": {"done": 1, "NotOpen": 19}, "members": 1, "events": 1}
