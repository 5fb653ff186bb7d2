"""The engine on PostgreSQL and Redis: real concurrency, and servers that go away in mid-run."""
from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.checks.engine.clockwork import Clockwork
from tests.checks.engine.test_worker import ROWS
from tests.installation import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(params=["installation", "postgres_installation"])
def either(request):
    """An installation on SQLite, and one on PostgreSQL."""
    return request.getfixturevalue(request.param)


def race(there, what: str) -> dict:
    done = subprocess.run([sys.executable, "-m", "tests.checks.engine.racing", what], cwd=ROOT, env=there.env, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_of_many_claimers_one_wins(either):
    assert race(either, "claims") == {"errors": [], "runs": 40, "winners": [1] * 40}


def test_of_many_starts_one_run_comes(either):
    assert race(either, "starts") == {"errors": [], "runs": 1, "seen": 1}


def test_edits_runs_and_services_at_once_neither_lock_each_other_nor_mix(either):
    said = race(either, "everything")
    assert said["errors"] == []
    assert said["active"] <= 1
    assert (said["stale"], said["doubled"]) == (0, 0)


def clockwork_of(there):
    running = Clockwork(there)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def on_postgres(postgres_installation):
    yield from clockwork_of(postgres_installation)


@pytest.fixture
def on_redis(installation, redis_server):
    installation.env["REDIS_URL"] = redis_server.url
    yield from clockwork_of(installation)


def test_a_worker_killed_in_mid_run_on_postgresql(on_postgres, server):
    on_postgres.connect("main", server.address)
    server.hold("DELETE")
    on_postgres.start()
    run_id = on_postgres.click("main")
    on_postgres.wait(lambda: server.waiting["DELETE"].is_set(), "the run waits")
    on_postgres.busy_with(server.address).kill()
    server.release("DELETE")
    on_postgres.expire()
    assert on_postgres.wait_for(run_id) == {"state": "finished", "status": "pass", "attempts": 2, "alone": True}
    assert on_postgres.findings("main") == ROWS


def test_a_database_that_restarts_in_mid_run_loses_nothing(on_postgres, postgres, server):
    on_postgres.connect("main", server.address)
    server.hold("PUT")
    on_postgres.start()
    run_id = on_postgres.click("main")
    on_postgres.wait(lambda: server.waiting["PUT"].is_set(), "the run waits")
    postgres.ctl("restart")
    server.release("PUT")
    on_postgres.wait(lambda: server.objects != set() or "OperationalError" in on_postgres.log, "the run meets the lost connection")
    on_postgres.expire()
    assert on_postgres.wait_for(run_id, seconds=240)["status"] == "pass"
    assert on_postgres.findings("main") == ROWS
    on_postgres.expire()
    on_postgres.wait(lambda: on_postgres.sql("SELECT count(*) FROM checks_probe WHERE gone_at IS NULL") == [(0,)], "all is removed")
    assert server.objects == set()


def test_with_redis_a_click_is_answered(on_redis, server):
    on_redis.connect("main", server.address)
    on_redis.start()
    assert on_redis.wait_for(on_redis.click("main"))["status"] == "pass"
    assert on_redis.sql("SELECT count(*) FROM django_q_ormq") == [(0,)]


def test_a_click_while_redis_is_away_is_answered_once_it_is_back(on_redis, redis_server, server):
    on_redis.connect("main", server.address)
    on_redis.start()
    redis_server.stop()
    run_id = on_redis.click("main")
    assert on_redis.run(run_id)["state"] == "queued"
    redis_server.start()
    assert on_redis.wait_for(run_id, seconds=240)["status"] == "pass"


def test_what_redis_loses_is_rung_for_again(on_redis, redis_server, server):
    on_redis.connect("main", server.address)
    run_id = on_redis.click("main")
    redis_server.stop()  # and with it the ring
    redis_server.start()
    on_redis.sql("UPDATE checks_run SET rung_at = '2026-01-01 00:00:00', created_at = '2026-01-01 00:00:00'")
    on_redis.start()
    assert on_redis.wait_for(run_id)["status"] == "pass"
