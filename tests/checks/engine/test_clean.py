"""Removing what a dead run left at a provider: once for all, with patience, and never somewhere else."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checks.engine import clean, tasks
from checks.engine.work import ENDPOINT
from checks.models import Integration, Probe
from tests.checks.engine.loopback import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def probe(integration, server):
    server.objects.add("canary-1")
    return Probe.objects.create(integration=integration, kind="canary", next_try_at=timezone.now() - timedelta(seconds=1),
                                details={"name": "canary-1", ENDPOINT: server.address})


def test_it_is_removed_and_confirmed(probe, server):
    tasks.clean_probes(str(probe.integration_id))
    probe.refresh_from_db()
    assert server.objects == set()
    assert probe.gone_at is not None
    assert (probe.tries, probe.note) == (1, "")


def test_while_the_provider_is_away_it_is_tried_ever_later_and_says_why(probe, server):
    server.answering = False
    for tries, wait in enumerate((30, 120, 600, 3600, 3600), start=1):
        before = timezone.now()
        clean.remove(probe.integration_id)
        after = timezone.now()
        probe.refresh_from_db()
        assert (probe.tries, probe.gone_at) == (tries, None)
        assert before <= probe.next_try_at - timedelta(seconds=wait) <= after
        assert probe.note == f"{server.address} hung up."


def test_it_is_given_up_after_a_day(probe, server):
    server.answering = False
    Probe.objects.filter(pk=probe.pk).update(tries=clean.MOST_TRIES - 1)
    clean.remove(probe.integration_id)
    probe.refresh_from_db()
    assert (probe.next_try_at, probe.gone_at) == (None, None)
    clean.remove(probe.integration_id)
    probe.refresh_from_db()
    assert probe.tries == clean.MOST_TRIES


def test_settings_that_lead_elsewhere_now_are_not_used_to_remove_it(probe, integration, server):
    other = Server()
    try:
        Integration.objects.filter(pk=integration.pk).update(settings={"address": other.address})
        clean.remove(integration.pk)
        assert other.seen == []
    finally:
        other.stop()
    probe.refresh_from_db()
    assert (probe.next_try_at, probe.note) == (None, "The settings led elsewhere before it could be removed.")
    assert server.objects == {"canary-1"}


def test_a_credential_that_is_gone_ends_in_a_note(probe, integration):
    Integration.objects.filter(pk=integration.pk).update(sealed={"token": "v1.000000000000.AAAA"})
    clean.remove(integration.pk)
    probe.refresh_from_db()
    assert (probe.tries, probe.gone_at) == (1, None)
    assert "CREDENTIAL_KEYS" in probe.note


def test_two_cleaners_at_once_try_once(probe, server):
    stale = Probe.objects.get(pk=probe.pk)
    assert clean._claim(stale) is True
    assert clean._claim(stale) is False
