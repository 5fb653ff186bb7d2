"""Leases: who may write, for how long, and what becomes of a run that stops every worker."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checks.engine import claim, runs
from checks.models import Finding, Integration, Run


@pytest.fixture
def run(integration):
    return runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)


def expire(run) -> None:
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_lease_is_taken_once(run):
    before = timezone.now()
    mine = claim.take(run.pk)
    assert (mine.state, mine.attempts, mine.alone) == ("running", 1, False)
    assert mine.lease is not None
    assert before + timedelta(seconds=60) <= mine.lease_until <= timezone.now() + timedelta(seconds=60)
    assert claim.take(run.pk) is None


def test_a_lease_that_ran_out_is_taken_again_and_the_old_holder_learns_it(run):
    first = claim.take(run.pk)
    expire(run)
    second = claim.take(str(run.pk))
    assert (second.attempts, second.alone) == (2, True)
    assert second.lease != first.lease
    assert claim.renew(first) is False
    assert claim.renew(second) is True


def test_renewing_moves_the_end_of_the_lease(run):
    mine = claim.take(run.pk, seconds=1)
    before = timezone.now()
    assert claim.renew(mine) is True
    mine.refresh_from_db()
    assert mine.lease_until >= before + timedelta(seconds=60)


@pytest.mark.parametrize("state", [Run.State.FINISHED, Run.State.SUPERSEDED])
def test_what_is_over_cannot_be_taken(run, state):
    Run.objects.filter(pk=run.pk).update(state=state)
    assert claim.take(run.pk) is None


def test_a_run_that_is_no_more_cannot_be_taken(db):
    assert claim.take("00000000-0000-4000-8000-000000000000") is None


def test_a_run_of_older_settings_is_superseded_when_it_is_taken(run, integration):
    Integration.objects.filter(pk=integration.pk).update(generation=2)
    assert claim.take(run.pk) is None
    run.refresh_from_db()
    assert run.state == "superseded"


def test_a_run_of_a_disconnected_integration_is_superseded_when_it_is_taken(run, integration):
    Integration.objects.filter(pk=integration.pk).update(removed_at=timezone.now())
    assert claim.take(run.pk) is None
    run.refresh_from_db()
    assert run.state == "superseded"


def test_after_three_lost_leases_the_run_is_parked_and_says_whose_fault_it_is(run, integration, make_service):
    make_service(integration)
    for _ in range(3):
        assert claim.take(run.pk) is not None
        expire(run)
    assert claim.take(run.pk) is None
    run.refresh_from_db()
    assert (run.state, run.status, run.attempts, run.lease) == ("finished", "unknown", 3, None)
    assert run.finished_at is not None
    findings = Finding.objects.filter(integration=integration)
    assert {(f.check_slug, f.status, f.cause) for f in findings} == {
        (slug, "unknown", "ours") for slug in ("token_accepted", "canary_removed", "repository_there")}
    assert {f.evidence for f in findings} == {"The check stopped the worker three times, so it was not tried again."}
    assert claim.take(run.pk) is None
    assert runs.start(integration, trigger=Run.Trigger.PERSON) != run  # a person may try anew


def test_parking_keeps_the_verdicts_that_landed(run, integration, provider):
    from checks.engine import record
    from checks.verdict import passed
    leased = claim.take(run.pk)
    record.write(integration, leased, provider, record.Place(provider.checks["token_accepted"], None),
                 passed("It was accepted."), duration_ms=3, now=timezone.now())
    Run.objects.filter(pk=run.pk).update(attempts=3)
    assert claim.park(run.pk) is False  # the lease still holds
    expire(run)
    assert claim.park(run.pk) is True
    assert dict(integration.findings.values_list("check_slug", "status")) == {
        "token_accepted": "pass", "canary_removed": "unknown", "repository_there": "skipped"}
