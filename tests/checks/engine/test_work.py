"""One run from its lease to its end, against a real server on loopback."""
from __future__ import annotations

import logging
import threading
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from checks.engine import claim, runs, work
from checks.models import Finding, Flip, Integration, Probe, Run, Service
from checks.providers.base import ProbeRecord
from checks.runner import Landed, Put
from checks.verdict import Cause, Status, Verdict, fail, passed, unknown, warn
from tests.checks.engine.conftest import TOKEN

pytestmark = pytest.mark.django_db


def perform(integration) -> Run:
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    work.perform(claim.take(run.pk))
    run.refresh_from_db()
    integration.refresh_from_db()
    return run


def landed(integration, provider, slug, verdict, service=None):
    """Write one verdict as a run would; the run stays open."""
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    leased = claim.take(run.pk) or Run.objects.select_related("integration").get(pk=run.pk)
    assert work.Work(leased).take(Landed(provider.checks[slug], service, verdict, 5))
    return Finding.objects.get(integration=integration, check_slug=slug)


def statuses(integration):
    return {(f.check_slug, f.service.name if f.service else None): f.status
            for f in Finding.objects.filter(integration=integration).select_related("service")}


def test_every_row_is_asked_and_the_integration_is_verified(integration, make_service):
    make_service(integration, "shop")
    make_service(integration, "web")
    run = perform(integration)
    assert (run.state, run.status, run.lease) == ("finished", "pass", None)
    assert statuses(integration) == {("token_accepted", None): "pass", ("canary_removed", None): "pass",
                                     ("repository_there", "shop"): "pass", ("repository_there", "web"): "pass"}
    assert integration.status == "verified"
    assert integration.verified_at == integration.checked_at
    assert timedelta(hours=5) < integration.next_check_at - timezone.now() < timedelta(hours=7)


def test_without_a_service_the_integration_proves_nothing(integration):
    run = perform(integration)
    assert (run.status, integration.status, integration.verified_at) == ("pass", "unverified", None)
    row = Finding.objects.get(check_slug="repository_there")
    assert (row.service, row.status, row.skip, row.evidence) == (None, "skipped", "no_service", "No service uses this yet.")


def test_rows_stand_in_the_order_of_the_checklist(integration, make_service):
    make_service(integration, "web")
    make_service(integration, "shop")
    perform(integration)
    rows = [(f.check_slug, f.service.name if f.service else None) for f in integration.findings.all()]
    assert rows == [("token_accepted", None), ("canary_removed", None), ("repository_there", "shop"), ("repository_there", "web")]


def test_a_row_whose_service_is_gone_goes_with_the_next_run(integration, make_service):
    shop = make_service(integration)
    perform(integration)
    shop.delete()
    perform(integration)
    assert statuses(integration) == {("token_accepted", None): "pass", ("canary_removed", None): "pass",
                                     ("repository_there", None): "skipped"}


def test_a_refused_token_breaks_it_and_the_rows_behind_are_not_tried(integration, server):
    server.tokens.clear()
    run = perform(integration)
    assert (run.status, integration.status) == ("fail", "broken")
    row = Finding.objects.get(check_slug="token_accepted")
    assert (row.status, row.cause, row.layer, row.remedy) == ("fail", "yours", "git-token", "Make a new token.")
    assert Finding.objects.get(check_slug="canary_removed").skip == "need"


def test_an_outage_takes_nothing_away_that_was_seen(integration, server, make_service):
    make_service(integration)
    perform(integration)
    before = Finding.objects.get(check_slug="token_accepted")
    verified_at = integration.verified_at
    server.answering = False
    run = perform(integration)
    row = Finding.objects.get(check_slug="token_accepted")
    assert (run.status, row.status, row.cause) == ("unknown", "unknown", "provider")
    assert (row.last_good_at, row.last_good_evidence) == (before.last_good_at, before.evidence)
    assert row.since > before.since
    assert (integration.status, integration.verified_at) == ("verified", verified_at)
    assert integration.checked_at > verified_at


def test_an_outage_is_asked_again_soon_and_then_ever_later(integration, server):
    server.answering = False
    waits = []
    for _ in range(8):
        perform(integration)
        waits.append((integration.next_check_at - integration.checked_at).total_seconds())
    for wait, due in zip(waits, (30, 120, 600, 3600, 3600, 3600, 21600, 21600), strict=True):
        assert 0.7 * due <= wait <= 1.3 * due
    server.answering = True
    perform(integration)
    server.answering = False
    perform(integration)
    assert (integration.next_check_at - integration.checked_at).total_seconds() < 40


def test_what_waits_for_somebody_here_is_not_asked_again_every_minute(integration, provider):
    landed(integration, provider, "token_accepted", unknown("Nobody trusted the key yet.", cause=Cause.YOURS, remedy="Trust it."))
    work.Work(Run.objects.select_related("integration").get(state="running")).finish()
    integration.refresh_from_db()
    assert integration.status == "unverified"
    assert integration.next_check_at > timezone.now() + timedelta(hours=5)


@pytest.mark.parametrize(("said", "at_least"), [("240", 240), ("999999999", 3600), ("-5", 20), ("soon", 20), ("", 20), ("٣", 20)])
def test_a_rate_limit_is_waited_for_but_never_for_ever(integration, provider, said, at_least):
    landed(integration, provider, "token_accepted",
           unknown("Too many requests.", cause=Cause.PROVIDER, remedy="Wait.", retry_after=said))
    work.Work(Run.objects.select_related("integration").get(state="running")).finish()
    integration.refresh_from_db()
    wait = (integration.next_check_at - integration.checked_at).total_seconds()
    assert at_least <= wait <= at_least + 20


def test_since_stays_while_the_status_does_and_a_flip_tells_each_change(integration, provider):
    first = landed(integration, provider, "token_accepted", passed("Accepted."))
    again = landed(integration, provider, "token_accepted", passed("Accepted once more."))
    assert again.since == first.since
    assert again.last_good_evidence == "Accepted once more."
    after = landed(integration, provider, "token_accepted", fail("Refused.", remedy="Renew it."))
    assert after.since > first.since
    flips = [(f.before, f.after, f.cause, f.evidence) for f in Flip.objects.order_by("at")]
    assert flips == [("", "pass", "", "Accepted."), ("pass", "fail", "yours", "Refused.")]


def test_a_flip_keeps_the_name_of_its_service(integration, make_service):
    make_service(integration, "shop")
    perform(integration)
    Service.objects.all().delete()
    assert Flip.objects.get(check_slug="repository_there").service_name == "shop"


@pytest.mark.parametrize("cause", [Cause.PROVIDER, Cause.OURS, None])
def test_only_what_the_organisation_can_mend_becomes_a_fail(integration, provider, cause):
    verdict = Verdict(Status.FAIL, "It was down.", cause, remedy="Wait.")
    assert landed(integration, provider, "token_accepted", verdict).status == "unknown"


def test_what_a_provider_says_can_be_stored_whatever_it_holds(integration, provider):
    said = "nul \0 surrogate \ud800 rtl \u202e"
    row = landed(integration, provider, "token_accepted",
                 warn(said, remedy=said, link="https://x.example/" + "y" * 600, deep={"a\0": [said, {1, 2} and object]}))
    assert row.evidence == "nul \N{REPLACEMENT CHARACTER} surrogate ? rtl \u202e"
    assert row.link == ""
    assert row.facts["deep"]["a\N{REPLACEMENT CHARACTER}"][0] == row.evidence


def test_an_edit_during_the_run_drops_what_it_still_sees(integration, server):
    server.hold("PUT")
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    leased = claim.take(run.pk)
    items = work.Work(leased)
    drawn = items.items(10)
    taken = [items.take(next(drawn)) for _ in range(3)]  # no service, the token, the canary's record
    assert taken == [True, True, True]
    Integration.objects.filter(pk=integration.pk).update(generation=2)
    new = runs.supersede_and_start(integration, trigger=Run.Trigger.EDIT, requested_by=None)
    server.release("PUT")
    assert not any(items.take(item) for item in drawn if isinstance(item, Landed))
    items.finish()
    run.refresh_from_db()
    assert run.state == "superseded"
    assert not Finding.objects.filter(check_slug="canary_removed").exists()
    integration.refresh_from_db()
    assert (integration.status, integration.checked_at) == ("unverified", None)
    assert Run.objects.get(state="queued") == new


def test_a_verdict_of_a_lost_lease_is_dropped(integration, provider):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    late = work.Work(claim.take(run.pk))
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    current = work.Work(claim.take(run.pk))
    check = provider.checks["token_accepted"]
    assert current.take(Landed(check, None, passed("Accepted."), 1)) is True
    assert late.take(Landed(check, None, fail("Refused.", remedy="Renew it."), 1)) is False
    late.finish()
    assert Finding.objects.get(check_slug="token_accepted").status == "pass"
    assert Run.objects.get().state == "running"


def test_nothing_is_put_once_the_lease_is_lost(integration, server):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    leased = claim.take(run.pk)
    Run.objects.filter(pk=run.pk).update(lease=uuid.uuid4())
    work.perform(leased)
    assert server.objects == set()
    assert not [line for line in server.seen if line.startswith("PUT")]
    assert not Probe.objects.exists()


def test_a_probe_is_on_record_before_it_is_put_and_until_it_is_gone(integration, server):
    server.hold("PUT")
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    todo = work.Work(claim.take(run.pk))
    for item in todo.items(10):
        assert todo.take(item)
        if isinstance(item, Put) and not item.gone:
            probe = Probe.objects.get()
            assert (str(probe.pk), probe.kind, probe.gone_at) == (item.probe.id, "canary", None)
            assert probe.next_try_at > timezone.now()
            assert server.objects == set()
            server.release("PUT")
    assert Probe.objects.get().gone_at is not None
    assert server.objects == set()


def test_a_probe_of_an_ended_run_is_still_marked_gone(integration, provider):
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    todo = work.Work(claim.take(run.pk))
    probe = ProbeRecord(str(uuid.uuid4()), "canary", {"name": "x"})
    assert todo.take(Put(probe, False, threading.Event()))
    runs.supersede(integration)
    assert todo.take(Put(probe, True, threading.Event()))
    assert Probe.objects.get().gone_at is not None


def test_a_missing_credential_is_said_and_nothing_is_asked(make_integration, server):
    integration = make_integration(token="")
    run = perform(integration)
    assert (run.state, run.status, integration.status) == ("finished", "unknown", "needs_credential")
    row = Finding.objects.get(check_slug="token_accepted")
    assert (row.status, row.cause, row.remedy) == ("unknown", "yours", "Give the credential again.")
    assert statuses(integration)["repository_there", None] == "skipped"
    assert server.seen == []


def test_a_credential_that_does_not_open_is_our_trouble(integration, settings, server):
    integration.status = "verified"
    integration.save()
    settings.CREDENTIAL_KEYS = ["b3RoZXIta2V5LW9mLXRoZS10ZXN0cy0zMi1ieXRlcy4="]
    run = perform(integration)
    row = Finding.objects.get(check_slug="token_accepted")
    assert (run.status, row.status, row.cause) == ("unknown", "unknown", "ours")
    assert "CREDENTIAL_KEYS" in row.evidence
    assert integration.status == "verified"
    assert server.seen == []


def test_a_bug_in_a_check_costs_its_row_alone_and_no_secret(make_integration, caplog):
    integration = make_integration(mode="bug")
    with caplog.at_level(logging.DEBUG):
        run = perform(integration)
    row = Finding.objects.get(check_slug="token_accepted")
    assert (run.state, row.status, row.cause) == ("finished", "unknown", "ours")
    assert "KeyError" in row.evidence
    assert TOKEN not in caplog.text + row.evidence


def test_a_bug_of_the_engine_ends_the_run_and_says_so(integration, monkeypatch, caplog):
    monkeypatch.setattr(work.known, "facts", lambda integration: {}[TOKEN])
    run = perform(integration)
    assert (run.state, run.status) == ("finished", "unknown")
    row = Finding.objects.get(check_slug="token_accepted")
    assert (row.status, row.cause) == ("unknown", "ours")
    assert row.evidence == "This program stopped with KeyError; nothing was learnt of the provider."
    assert TOKEN not in caplog.text


def test_a_row_outlives_its_provider(integration, make_service):
    make_service(integration)
    perform(integration)
    Integration.objects.filter(pk=integration.pk).update(provider="gone")
    run = perform(integration)
    assert (run.state, run.status, integration.status) == ("finished", "unknown", "verified")
    assert set(statuses(integration).values()) == {"pass"}
    assert integration.next_check_at > timezone.now() + timedelta(hours=5)


def test_a_missing_credential_does_not_resume_what_is_paused(make_integration):
    integration = make_integration(token="")
    integration.paused_at, integration.status = timezone.now(), "paused"
    integration.save()
    perform(integration)
    assert integration.status == "paused"


def test_a_paused_integration_that_is_asked_by_hand_stays_paused(integration, make_service):
    make_service(integration)
    integration.paused_at, integration.status = timezone.now(), "paused"
    integration.save()
    run = perform(integration)
    assert (run.status, integration.status) == ("pass", "paused")


def test_a_service_that_comes_during_the_run_keeps_the_integration_due(integration, make_service):
    make_service(integration, "shop")
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    todo = work.Work(claim.take(run.pk))
    for item in todo.items(10):
        assert todo.take(item)
    make_service(integration, "web")
    Integration.objects.filter(pk=integration.pk).update(next_check_at=timezone.now())
    todo.finish()
    integration.refresh_from_db()
    assert integration.status == "unverified"
    assert integration.next_check_at <= timezone.now()


def test_a_service_that_goes_during_the_run_takes_its_row_along(integration, make_service):
    shop = make_service(integration)
    run = runs.start(integration, trigger=Run.Trigger.PERSON, ring=False)
    todo = work.Work(claim.take(run.pk))
    drawn = todo.items(10)
    shop.delete()
    assert all(todo.take(item) for item in drawn)
    todo.finish()
    run.refresh_from_db()
    assert run.state == "finished"
    assert not Finding.objects.filter(check_slug="repository_there").exists()
