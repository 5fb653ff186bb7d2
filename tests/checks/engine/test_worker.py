"""`manage.py worker` as an operator runs it, with its processes killed at the worst moments."""
from __future__ import annotations

import os
import pickle
import random
import signal
import sqlite3
import time
from contextlib import suppress

import psutil
import pytest
from django_q import core_signing
from django_q.signing import PickleSerializer

from tests.checks.engine.clockwork import Clockwork, alive
from tests.checks.engine.conftest import TOKEN

pytestmark = pytest.mark.slow
STOP = 60.0  # well above the 20 s that a stop takes, well below what an answer here is held for
PATIENCE = "20"  # less, and a busy machine's clusters are ended while they still start
ROWS = [("token_accepted", None, "pass", ""), ("canary_removed", None, "pass", ""), ("repository_there", None, "skipped", "")]


@pytest.fixture
def clockwork(installation):
    running = Clockwork(installation)
    try:
        yield running
    finally:
        running.stop()


def test_a_click_is_answered_and_a_stop_leaves_no_process(clockwork, server):
    clockwork.connect("main", server.address)
    clockwork.start()
    run = clockwork.wait_for(clockwork.click("main"))
    assert run == {"state": "finished", "status": "pass", "attempts": 1, "alone": False}
    assert clockwork.findings("main") == ROWS
    assert clockwork.sql("SELECT count(*) FROM checks_heartbeat WHERE worked_at IS NOT NULL") == [(1,)]
    clockwork.wait(lambda: len(clockwork.processes()) > 10, "all processes of both clusters are there")
    family = clockwork.processes()
    clockwork.worker.terminate()
    assert clockwork.worker.wait(STOP) == 0
    assert not alive(family)
    assert clockwork.sql("SELECT count(*) FROM checks_heartbeat") == [(0,)]
    assert "Ended; no process is left." in clockwork.log
    assert TOKEN not in clockwork.log


def test_what_is_due_is_asked_without_a_click(clockwork, server):
    clockwork.connect("main", server.address)
    clockwork.sql("UPDATE checks_integration SET next_check_at = '2026-01-01 00:00:00'")
    clockwork.start()
    clockwork.wait(lambda: clockwork.findings("main") == ROWS, "the due integration is asked")
    assert clockwork.sql("SELECT trigger FROM checks_run") == [("schedule",)]


@pytest.mark.parametrize("moment", ["HELLO", "PUT", "DELETE"])
def test_a_worker_killed_in_mid_run_loses_nothing_and_leaves_nothing_behind(clockwork, server, moment):
    clockwork.connect("main", server.address)
    server.hold(moment)
    clockwork.start()
    run_id = clockwork.click("main")
    clockwork.wait(lambda: server.waiting[moment].is_set(), f"the run waits at {moment}")
    clockwork.busy_with(server.address).kill()
    server.release(moment)
    clockwork.expire()
    run = clockwork.wait_for(run_id)
    assert run == {"state": "finished", "status": "pass", "attempts": 2, "alone": True}
    assert clockwork.findings("main") == ROWS
    assert clockwork.sql("SELECT check_slug, count(*) FROM checks_flip GROUP BY check_slug ORDER BY 1") == [
        ("canary_removed", 1), ("repository_there", 1), ("token_accepted", 1)]
    clockwork.expire()
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM checks_probe WHERE gone_at IS NULL") == [(0,)], "all is removed")
    assert server.objects == set()


def test_a_lease_runs_out_by_itself(clockwork, server):
    clockwork.connect("main", server.address)
    server.hold("HELLO")
    clockwork.start()
    run_id = clockwork.click("main")
    clockwork.wait(lambda: server.waiting["HELLO"].is_set(), "the run waits")
    clockwork.busy_with(server.address).kill()
    server.release("HELLO")
    assert clockwork.wait_for(run_id, seconds=240)["attempts"] == 2
    assert clockwork.findings("main") == ROWS


def test_idle_workers_that_are_killed_do_not_wedge_the_queue(clockwork, server):
    clockwork.connect("main", server.address)
    clockwork.start("--patience", PATIENCE)
    first = clockwork.cluster("clicks")
    [sentinel] = first.children()
    clockwork.wait(lambda: len(sentinel.children()) >= 6, "workers, monitor and pusher are there")
    for process in sorted(sentinel.children(), key=lambda p: p.create_time())[:4]:  # the workers; then monitor and pusher
        process.kill()  # one of them waits for a task, with the queue's lock in its hands
    run_id = clockwork.click("main")
    assert clockwork.wait_for(run_id)["status"] == "pass"
    assert f"The cluster clicks showed no sign of life for {PATIENCE} s; it starts again." in clockwork.log
    assert clockwork.cluster("clicks").pid != first.pid
    assert not alive([first])


def test_a_cluster_that_ends_is_started_again_and_nothing_of_it_is_left(clockwork, server):
    clockwork.connect("main", server.address)
    clockwork.start()
    first = clockwork.cluster("clicks")
    below = first.children(recursive=True)
    first.kill()
    assert clockwork.wait_for(clockwork.click("main"))["status"] == "pass"
    assert "The cluster clicks ended with status -9; it starts again in 1 s." in clockwork.log
    clockwork.wait(lambda: not alive(below), "all of the first have ended")


def test_a_run_that_kills_every_worker_is_parked_and_costs_nobody_else(clockwork, server):
    clockwork.connect("bad", server.address, "poison")
    clockwork.connect("good", server.address)
    clockwork.start()
    bad = clockwork.click("bad")
    for attempt in (1, 2, 3):
        clockwork.wait(lambda n=attempt: clockwork.log.count("after death") == n, f"worker {attempt} was killed")
        assert clockwork.run(bad)["attempts"] == attempt
        clockwork.expire()
    assert clockwork.wait_for(bad) == {"state": "finished", "status": "unknown", "attempts": 3, "alone": True}
    assert clockwork.findings("bad") == [ROWS[0], ("canary_removed", None, "unknown", "ours"), ROWS[2]]
    assert clockwork.wait_for(clockwork.click("good"))["status"] == "pass"


def test_an_edit_in_mid_run_drops_what_the_old_settings_still_show(clockwork, server):
    clockwork.connect("main", server.address)
    server.hold("PUT")
    clockwork.start()
    old = clockwork.click("main")
    clockwork.wait(lambda: server.waiting["PUT"].is_set(), "the run waits")
    clockwork.connect("main", server.address, "other", "--replace")
    server.release("PUT")
    clockwork.wait_for(old, "superseded")
    clockwork.wait_for(clockwork.click("main"))
    assert clockwork.findings("main") == ROWS
    runs = clockwork.sql("SELECT DISTINCT r.generation FROM checks_finding f JOIN checks_run r ON r.id = f.run_id")
    assert runs == [(2,)]
    clockwork.expire()
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM checks_probe WHERE gone_at IS NULL") == [(0,)], "all is removed")
    assert server.objects == set()


def test_a_stop_in_mid_run_is_in_time_and_the_run_is_taken_up_again(clockwork, server):
    clockwork.connect("main", server.address)
    server.hold("HELLO")
    clockwork.start()
    run_id = clockwork.click("main")
    clockwork.wait(lambda: server.waiting["HELLO"].is_set(), "the run waits")
    family = clockwork.processes()
    clockwork.worker.send_signal(signal.SIGTERM)
    assert clockwork.worker.wait(STOP) == 0
    assert clockwork.run(run_id)["state"] == "running", "it did not wait for the run's own end"
    assert not alive(family)
    server.release("HELLO")
    clockwork.expire()
    clockwork.start()
    assert clockwork.wait_for(run_id)["status"] == "pass"
    assert clockwork.findings("main") == ROWS


def test_when_the_parent_is_killed_its_clusters_end_too(clockwork):
    clockwork.start()
    family = clockwork.processes()
    clockwork.worker.kill()
    clockwork.worker.wait()
    clockwork.wait(lambda: not alive(family), "all have ended")


def test_random_kills_lose_no_run_and_double_no_verdict(clockwork, server):
    rng = random.Random(20261124)
    names = [f"i{n}" for n in range(4)]
    for name in names:
        clockwork.connect(name, server.address)
    clockwork.start("--patience", PATIENCE)
    asked = []
    for _ in range(12):
        asked.append(clockwork.click(rng.choice(names)))
        time.sleep(rng.random() * 0.2)
        with suppress(psutil.NoSuchProcess):
            if below := clockwork.processes()[1:]:  # anything but the parent; none, while both clusters start anew
                rng.choice(below).kill()
    clockwork.expire()
    for run_id in asked:
        assert clockwork.wait_for(run_id, seconds=300)["attempts"] <= 3
    for name in names:
        assert clockwork.wait_for(clockwork.click(name), seconds=300)["status"] == "pass"
        assert clockwork.findings(name) == ROWS
    assert clockwork.sql("SELECT count(*) FROM checks_run WHERE state != 'finished'") == [(0,)]
    clockwork.expire()
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM checks_probe WHERE gone_at IS NULL") == [(0,)], "all is removed")
    assert server.objects == set()


class Plant:
    """Unpickling it makes a file."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_what_others_plant_in_the_queue_is_never_unpickled(clockwork, server, tmp_path):
    planted = tmp_path / "planted"
    unsigned = pickle.dumps(Plant(str(planted)))
    wrongly = core_signing.dumps(Plant(str(planted)), key="another key", salt="clicks", serializer=PickleSerializer)
    clockwork.connect("main", server.address)
    for payload in (wrongly, unsigned.hex(), ""):
        clockwork.sql("INSERT INTO django_q_ormq (key, payload, lock) VALUES ('clicks', ?, '2026-01-01 00:00:00')", payload)
    clockwork.start()
    assert clockwork.wait_for(clockwork.click("main"))["status"] == "pass"
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM django_q_ormq") == [(0,)], "the queue is empty")
    assert not planted.exists()


def test_the_queues_tables_hold_ids_alone(clockwork, server):
    clockwork.connect("main", server.address)
    run_id = clockwork.click("main")
    [(payload,)] = clockwork.sql("SELECT payload FROM django_q_ormq")
    task = core_signing.loads(payload, key=clockwork.there.env["SECRET_KEY"], salt="clicks", serializer=PickleSerializer)
    assert (task["func"], task["args"], task["kwargs"]) == ("checks.engine.tasks.perform_run", (run_id,), {})
    clockwork.start()
    clockwork.wait_for(run_id)
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM django_q_ormq") == [(0,)], "the queue is empty")
    assert clockwork.sql("SELECT count(*) FROM django_q_task") == [(0,)]
    with sqlite3.connect(clockwork.there.folder / "db.sqlite3", timeout=60) as database:
        assert TOKEN not in "\n".join(database.iterdump())
