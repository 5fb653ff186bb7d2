"""A batch of due runs in one process: all at once, each its own, none lost by another's trouble."""
from __future__ import annotations

import logging
import threading

import pytest
from django.db import OperationalError

from checks.engine import claim, runs, tasks, work
from checks.models import Finding, Integration, Run
from tests.checks.engine.conftest import TOKEN
from tests.checks.engine.loopback import Server

pytestmark = pytest.mark.django_db


def started(*integrations):
    return [str(runs.start(i, trigger=Run.Trigger.SCHEDULE, ring=False).pk) for i in integrations]


def test_all_of_them_are_performed(make_integration, make_service):
    made = [make_integration(f"i{n}") for n in range(5)]
    for n, integration in enumerate(made):
        make_service(integration, f"s{n}")
    assert tasks.perform_runs(started(*made)) is None
    assert set(Run.objects.values_list("state", "status", "attempts")) == {("finished", "pass", 1)}
    assert set(Integration.objects.values_list("status", flat=True)) == {"verified"}
    assert Finding.objects.filter(status="pass").count() == 15


def test_one_that_waits_does_not_keep_the_others(make_integration):
    slow_server = Server()
    slow_server.hold("HELLO")
    slow, quick = make_integration("slow", address=slow_server.address), make_integration("quick")
    slow.seal({"token": TOKEN}, slow_server.address, work.keyring())
    slow.save()
    original, seen = work.Work.finish, []

    def finish(self):
        original(self)
        seen.append(self.integration.name)
        if self.integration.name == "quick":
            slow_server.release("HELLO")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(work.Work, "finish", finish)
            tasks.perform_runs(started(slow, quick))
    finally:
        slow_server.stop()
    assert seen == ["quick", "slow"]


def test_what_somebody_has_or_what_is_over_is_left_alone(make_integration):
    ids = started(make_integration("one"), make_integration("two"))
    held = claim.take(ids[0])
    tasks.perform_runs([*ids, "00000000-0000-4000-8000-000000000000"])
    held.refresh_from_db()
    assert (held.state, held.attempts) == ("running", 1)
    assert Run.objects.get(pk=ids[1]).state == "finished"


def test_a_bug_in_one_is_no_other_ones_trouble(make_integration, monkeypatch, caplog):
    ids = started(make_integration("bad"), make_integration("good"))
    original = work.Work.take

    def take(self, item):
        if self.integration.name == "bad":
            raise KeyError(TOKEN)
        return original(self, item)
    monkeypatch.setattr(work.Work, "take", take)
    tasks.perform_runs(ids)
    assert dict(Run.objects.values_list("integration__name", "status")) == {"bad": "unknown", "good": "pass"}
    assert TOKEN not in caplog.text


def test_a_database_that_goes_away_ends_the_batch_quietly_and_no_thread_is_left(make_integration, monkeypatch, caplog):
    ids = started(make_integration("one"), make_integration("two"))

    def take(self, item):
        raise OperationalError("server closed the connection: postgres://user:secret@host")
    monkeypatch.setattr(work.Work, "take", take)
    monkeypatch.setattr(tasks.connections, "close_all", lambda: None)  # this test's own transaction lives on it
    with caplog.at_level(logging.ERROR):
        assert tasks.perform_runs(ids) is None
    assert "OperationalError" in caplog.text
    assert "secret" not in caplog.text
    assert set(Run.objects.values_list("state", flat=True)) == {"running"}  # until the lease runs out
    assert not [t for t in threading.enumerate() if t.name.startswith("run ") and t.is_alive() and t.join(60) is None and t.is_alive()]


def test_a_single_run_by_its_id(integration):
    [run_id] = started(integration)
    assert tasks.perform_run(run_id) is None
    assert tasks.perform_run(run_id) is None
    assert Run.objects.get().attempts == 1
