"""Many who move, run and use the same integrations at once, on SQLite and PostgreSQL: none crosses from one Organisation
to another."""
from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.installation import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["installation", "postgres_installation"])
def test_moves_at_once_neither_lock_each_other_nor_cross(request, kind):
    there = request.getfixturevalue(kind)
    done = subprocess.run([sys.executable, "-m", "tests.checks.actions.moving"], cwd=ROOT, env=there.env, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["errors"] == []
    assert said["moved"] > 0
    assert said["told"] == [said["moved"]] * 2
    assert said["opened"] == [{"token": "good-token-of-the-tests"}] * 2, "each under the binding of where it is"
    assert (said["crossed"], said["seen"]) == ([], [])
