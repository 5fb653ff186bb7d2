"""Starting runs: one active run an integration, and a doorbell that never breaks a click."""
from __future__ import annotations

import pickle
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from checks.engine import claim, queue, runs
from checks.models import Integration, Run


def queued():
    """(queue, function, arguments) of everything that waits, unpickled."""
    found = []
    for row in OrmQ.objects.order_by("pk"):
        task = SignedPackage.loads(row.payload)
        found.append((row.key, task["func"], task["args"], task["kwargs"]))
    return found


def test_a_click_makes_a_run_and_rings_the_clicks_queue_with_its_id_alone(integration, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = runs.start(integration, trigger=Run.Trigger.PERSON, requested_by=people.alice)
    run.refresh_from_db()
    assert (run.state, run.trigger, run.generation, run.requested_by) == ("queued", "person", 1, people.alice)
    assert run.rung_at is not None
    assert queued() == [("clicks", "checks.engine.tasks.perform_run", (str(run.pk),), {})]


def test_nothing_is_rung_before_the_commit(integration, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        runs.start(integration, trigger=Run.Trigger.PERSON)
    assert len(callbacks) == 1
    assert not OrmQ.objects.exists()


def test_a_scheduled_run_waits_in_a_queue_of_its_own(integration, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        runs.start(integration, trigger=Run.Trigger.SCHEDULE)
    assert [key for key, *_ in queued()] == ["sweeps"]


def test_asking_twice_gives_the_same_run(integration, people):
    first = runs.start(integration, trigger=Run.Trigger.PERSON, requested_by=people.alice)
    assert runs.start(integration, trigger=Run.Trigger.PERSON, requested_by=people.dora) == first
    assert claim.take(first.pk) is not None
    assert runs.start(integration, trigger=Run.Trigger.COMMAND) == first
    assert Run.objects.count() == 1


def test_who_asks_for_what_is_merely_due_does_not_wait_behind_the_other_due_ones(
        integration, people, django_capture_on_commit_callbacks):
    due = runs.start(integration, trigger=Run.Trigger.SCHEDULE, ring=False)
    with django_capture_on_commit_callbacks(execute=True):
        assert runs.start(integration, trigger=Run.Trigger.PERSON, requested_by=people.dora) == due
    due.refresh_from_db()
    assert (due.trigger, due.requested_by) == ("person", people.dora)
    assert [(key, args) for key, _, args, _ in queued()] == [("clicks", (str(due.pk),))]


def test_the_database_itself_refuses_a_second_active_run(integration):
    runs.start(integration, trigger=Run.Trigger.PERSON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(integration=integration, generation=1, trigger=Run.Trigger.PERSON)


def test_an_edit_ends_the_active_run_and_starts_the_next(integration):
    old = runs.start(integration, trigger=Run.Trigger.PERSON)
    leased = claim.take(old.pk)
    Integration.objects.filter(pk=integration.pk).update(generation=2)
    new = runs.supersede_and_start(integration, trigger=Run.Trigger.EDIT, requested_by=None)
    old.refresh_from_db()
    assert (old.state, old.lease, new.state, new.generation) == ("superseded", None, "queued", 2)
    assert claim.renew(leased) is False


def test_a_queue_that_is_away_does_not_break_the_click(integration, monkeypatch, django_capture_on_commit_callbacks, caplog):
    monkeypatch.setattr(queue, "async_task", lambda *a, **k: (_ for _ in ()).throw(ConnectionError("redis://secret@host")))
    with django_capture_on_commit_callbacks(execute=True):
        run = runs.start(integration, trigger=Run.Trigger.PERSON)
    run.refresh_from_db()
    assert (run.state, run.rung_at) == ("queued", None)  # the sweep rings for it
    assert "ConnectionError" in caplog.text
    assert "secret" not in caplog.text


def test_what_the_queue_holds_is_ids(integration, make_integration, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        runs.start(integration, trigger=Run.Trigger.PERSON)
        runs.start(make_integration("other"), trigger=Run.Trigger.SCHEDULE)
    for row in OrmQ.objects.all():
        task = SignedPackage.loads(row.payload)
        assert set(task) == {"id", "name", "func", "args", "cluster", "ack_failure", "kwargs", "started"}
        assert all(isinstance(argument, str) and len(argument) == 36 for argument in task["args"])
        assert b"good-token" not in pickle.dumps(task)


def test_an_integration_that_was_erased_meanwhile_starts_nothing(integration):
    stale = Integration.objects.get(pk=integration.pk)
    integration.delete()
    with pytest.raises(Integration.DoesNotExist):
        runs.start(stale, trigger=Run.Trigger.PERSON)


def test_a_run_ahead_of_an_edit_is_not_returned_for_it(integration):
    old = runs.start(integration, trigger=Run.Trigger.PERSON)
    Integration.objects.filter(pk=integration.pk).update(generation=2, next_check_at=timezone.now() + timedelta(hours=1))
    new = runs.start(integration, trigger=Run.Trigger.PERSON)
    old.refresh_from_db()
    assert (old.state, new.generation) == ("superseded", 2)
