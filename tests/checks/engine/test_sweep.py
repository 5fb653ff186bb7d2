"""The sweep: rings again, starts what is due in fair turns, sends for cleaning, forgets what is old."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from checks.engine import claim, queue, runs, sweep
from checks.models import Finding, Heartbeat, Integration, Probe, Run
from organisations.models import Organisation

pytestmark = pytest.mark.django_db


def rung():
    """(queue, task, ids) of everything that waits; the queue is emptied."""
    found = []
    for row in OrmQ.objects.order_by("pk"):
        task = SignedPackage.loads(row.payload)
        ids = task["args"][0]
        found.append((row.key, task["func"].rsplit(".", 1)[1], ids if isinstance(ids, str) else tuple(ids)))
    OrmQ.objects.all().delete()
    return found


def ago(**span):
    return timezone.now() - timedelta(**span)


def change(row, **values):
    type(row).objects.filter(pk=row.pk).update(**values)
    row.refresh_from_db()
    return row


def due(make_integration, name="main", organisation=None, **span):
    return change(make_integration(name, organisation=organisation), next_check_at=ago(**(span or {"seconds": 1})))


def test_what_is_due_is_started_once_and_rung_for_in_a_batch(make_integration):
    names = [f"i{n}" for n in range(10)]
    for name in names:
        due(make_integration, name)
    make_integration("never")
    sweep.once()
    sweep.once()
    assert set(Run.objects.values_list("integration__name", "trigger", "state")) == {(n, "schedule", "queued") for n in names}
    calls = rung()
    assert [(key, task, len(ids)) for key, task, ids in calls] == [("sweeps", "perform_runs", 8), ("sweeps", "perform_runs", 2)]
    assert {i for _, _, ids in calls for i in ids} == {str(pk) for pk in Run.objects.values_list("pk", flat=True)}


@pytest.mark.parametrize("values", [
    {"paused_at": timezone.now()}, {"removed_at": timezone.now()}, {"status": "needs_credential"},
    {"next_check_at": timezone.now() + timedelta(days=1)}, {"next_check_at": None},
])
def test_what_must_not_be_asked_is_not_started(make_integration, values):
    change(due(make_integration), **values)
    sweep.once()
    assert not Run.objects.exists()
    assert rung() == []


def test_what_is_asked_already_is_not_started_again(make_integration):
    run = runs.start(due(make_integration), trigger=Run.Trigger.PERSON, ring=False)
    sweep.once()
    assert Run.objects.get() == run


def test_one_organisation_with_much_due_does_not_keep_the_others_waiting(make_integration, monkeypatch):
    monkeypatch.setattr(sweep, "MOST_DUE", 4)
    greedy, modest = Organisation.objects.get(slug="acme"), Organisation.objects.get(slug="globex")
    for n in range(6):
        due(make_integration, f"i{n}", organisation=greedy, hours=5)
    due(make_integration, "one", organisation=modest, seconds=1)
    sweep.once()
    assert Run.objects.filter(integration__organisation=modest).count() == 1
    assert Run.objects.count() == 4
    sweep.once()
    assert Run.objects.count() == 4  # no room until something of it is done


def test_a_click_that_was_never_rung_for_is_rung_for(integration):
    run = change(runs.start(integration, trigger=Run.Trigger.PERSON, ring=False), created_at=ago(seconds=3))
    sweep.once()
    assert rung() == [("clicks", "perform_run", str(run.pk))]
    sweep.once()
    assert rung() == []  # it was, just now


def test_a_click_that_nobody_took_is_rung_for_again(integration):
    run = change(runs.start(integration, trigger=Run.Trigger.PERSON, ring=False), rung_at=ago(seconds=31))
    sweep.once()
    assert rung() == [("clicks", "perform_run", str(run.pk))]


def test_a_lost_lease_is_rung_for_and_the_run_goes_alone(integration):
    run = runs.start(integration, trigger=Run.Trigger.SCHEDULE, ring=False)
    claim.take(run.pk)
    change(run, rung_at=ago(seconds=70))
    sweep.once()
    assert rung() == []  # the lease still holds
    change(run, lease_until=ago(seconds=1))
    sweep.once()
    assert rung() == [("sweeps", "perform_run", str(run.pk))]
    assert claim.take(run.pk).alone is True


def test_a_run_that_stopped_three_workers_is_parked_by_the_sweep_itself(integration):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    change(run, state="running", attempts=3, lease_until=ago(seconds=1), started_at=ago(seconds=61), rung_at=ago(seconds=61))
    sweep.once()
    run.refresh_from_db()
    assert (run.state, run.status) == ("finished", "unknown")
    assert rung() == []


def test_several_sweeps_at_once_ring_once(integration, monkeypatch):
    run = change(runs.start(integration, trigger=Run.Trigger.PERSON, ring=False), created_at=ago(seconds=3))
    stale = Run.objects.get(pk=run.pk)
    assert sweep._mark(stale, timezone.now()) is True
    assert sweep._mark(stale, timezone.now()) is False


def test_while_the_queue_is_away_everything_stays_to_be_rung_for(make_integration, monkeypatch):
    asked = []
    monkeypatch.setattr(queue, "async_task", lambda *a, **k: asked.append(a) or (_ for _ in ()).throw(ConnectionError()))
    for n in range(20):
        due(make_integration, f"i{n}")
    sweep.once()
    assert len(asked) == 1  # it does not knock twenty times
    assert set(Run.objects.values_list("state", "rung_at")) == {("queued", None)}
    monkeypatch.undo()
    sweep.once()
    assert sum(len(ids) for _, _, ids in rung()) == 20


def test_after_a_cluster_was_ended_what_it_held_is_rung_for_again(integration):
    run = change(runs.start(integration, trigger=Run.Trigger.PERSON, ring=False), rung_at=timezone.now(), created_at=ago(seconds=5))
    sweep.ring_for_all()
    sweep.once()
    assert rung() == [("clicks", "perform_run", str(run.pk))]


def probe(integration, **values):
    return Probe.objects.create(integration=integration, kind="canary", details={}, **{"next_try_at": ago(seconds=1), **values})


def test_what_was_left_behind_is_sent_for_cleaning_once(integration):
    probe(integration)
    probe(integration)
    sweep.once()
    assert rung() == [("sweeps", "clean_probes", str(integration.pk))]
    sweep.once()
    assert rung() == []


@pytest.mark.parametrize("values", [
    {"gone_at": timezone.now()}, {"next_try_at": None}, {"next_try_at": timezone.now() + timedelta(days=1)},
])
def test_what_is_gone_or_given_up_or_not_due_is_not_sent_for(integration, values):
    probe(integration, **values)
    sweep.once()
    assert rung() == []


def test_a_probe_in_a_workers_hands_is_left_to_it(integration):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    claim.take(run.pk)
    probe(integration, run=run)
    sweep.once()
    assert rung() == []
    change(run, lease_until=ago(seconds=1), rung_at=timezone.now())
    sweep.once()
    assert rung() == [("sweeps", "clean_probes", str(integration.pk))]


def test_what_was_disconnected_an_hour_ago_is_erased_with_its_credential(make_integration):
    old, fresh = make_integration("old"), make_integration("fresh")
    change(old, removed_at=ago(minutes=61))
    change(fresh, removed_at=ago(minutes=59))
    sweep.tidy()
    assert list(Integration.objects.values_list("name", flat=True)) == ["fresh"]


def test_runs_of_last_month_are_forgotten_and_findings_stay(integration):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    Finding.objects.create(integration=integration, check_slug="x", title="X", required=True, status="pass", evidence="Seen.",
                           run=run, checked_at=timezone.now(), since=timezone.now())
    change(run, created_at=ago(days=31))
    sweep.tidy()
    assert Run.objects.count() == 1  # it is still active
    change(run, state="finished")
    sweep.tidy()
    assert not Run.objects.exists()
    assert Finding.objects.get().run is None


def test_heartbeats_of_workers_that_are_gone_are_forgotten(db):
    for name, beat_at in (("old", ago(minutes=11)), ("new", timezone.now())):
        Heartbeat.objects.create(name=name, pid=1, started_at=beat_at, beat_at=beat_at)
    sweep.tidy()
    assert [h.name for h in Heartbeat.objects.all()] == ["new"]
