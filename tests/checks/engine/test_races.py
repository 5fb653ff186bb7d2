"""Every order of events ends the same way: what is newest stands, and nothing that was ended comes back (T17)."""
from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from checks.engine import claim, record, runs, work
from checks.models import Finding, Flip, Integration, Run
from checks.runner import Landed
from checks.verdict import fail, passed

pytestmark = pytest.mark.django_db
SEED = 20261124


class World:
    """One integration and everything that may happen to it, in any order."""

    def __init__(self, integration, provider) -> None:
        self.integration, self.provider = integration, provider
        self.held: list[work.Work] = []

    def start(self, rng):
        current = Integration.objects.filter(pk=self.integration.pk).first()
        if current is not None and current.removed_at is None:
            runs.start(current, trigger=Run.Trigger.PERSON, ring=False)

    def take(self, rng):
        for run in Run.objects.filter(integration=self.integration.pk, state__in=Run.ACTIVE):
            leased = claim.take(run.pk)
            if leased is not None:
                self.held.append(work.Work(leased))

    def expire(self, rng):
        Run.objects.filter(state=Run.State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))

    def land(self, rng):
        if self.held:
            one = rng.choice(self.held)
            says = f"generation {one.run.generation}"
            verdict = passed(says) if rng.random() < 0.5 else fail(says, remedy="Mend it.")
            one.take(Landed(self.provider.checks["token_accepted"], None, verdict, 1))

    def finish(self, rng):
        if self.held:
            self.held.pop(rng.randrange(len(self.held))).finish()

    def edit(self, rng):
        current = Integration.objects.filter(pk=self.integration.pk, removed_at=None).first()
        if current is not None:
            current.generation += 1
            current.save()
            runs.supersede_and_start(current, trigger=Run.Trigger.EDIT, requested_by=None)

    def disconnect(self, rng):
        if rng.random() < 0.1:
            Integration.objects.filter(pk=self.integration.pk).update(removed_at=timezone.now())
            runs.supersede(self.integration)


STEPS = ("start", "take", "take", "expire", "land", "land", "land", "finish", "edit", "disconnect")


@pytest.mark.parametrize("block", range(10))
def test_random_orders_end_with_the_newest_generation(make_integration, provider, block):
    for trial in range(100):
        rng = random.Random(SEED + block * 1000 + trial)
        integration = make_integration(f"t{trial}")
        world, disconnected_at = World(integration, provider), None
        for _ in range(12):
            before = set(Flip.objects.filter(integration=integration).values_list("pk", flat=True))
            getattr(world, rng.choice(STEPS))(rng)
            now = Integration.objects.get(pk=integration.pk)
            new = Flip.objects.filter(integration=integration).exclude(pk__in=before)
            assert all(f.evidence == f"generation {now.generation}" for f in new if f.check_slug == "token_accepted"
                       and "generation" in f.evidence), (block, trial)
            assert Run.objects.filter(integration=integration, state__in=Run.ACTIVE).count() <= 1, (block, trial)
            if disconnected_at is None and now.removed_at is not None:
                disconnected_at = Finding.objects.filter(integration=integration).count()
            if disconnected_at is not None:
                assert Finding.objects.filter(integration=integration).count() == disconnected_at, (block, trial)
                assert not Run.objects.filter(integration=integration, state=Run.State.RUNNING).exists()
        assert len({(f.check_slug, f.service_id) for f in integration.findings.all()}) == integration.findings.count()
        integration.delete()


def test_places_name_every_row_once(provider, integration, make_service):
    make_service(integration, "a")
    make_service(integration, "b")
    places = record.places(provider, integration.settings, record.services_of(provider, integration))
    assert len({place.key for place in places}) == len(places) == 4
