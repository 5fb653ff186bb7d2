"""Starting runs: one active run an integration, whoever asks and however often."""
from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from checks.engine import queue
from checks.models import Integration, Run
from organisations.models import User


@transaction.atomic
def start(integration: Integration, *, trigger: str, requested_by: User | None = None, ring: bool = True) -> Run:
    """The active run of this integration, made if there is none, and (ring=True) the queue rung for it after commit.

    A person who asks for what is merely due does not wait behind the other due ones: it is rung for at once.
    Raises Integration.DoesNotExist when it was erased meanwhile.
    """
    locked = _lock(integration)
    active = Run.objects.filter(integration=locked, state__in=Run.ACTIVE).first()
    if active is not None and active.generation == locked.generation:
        if ring and active.state == Run.State.QUEUED and trigger != Run.Trigger.SCHEDULE:
            if active.trigger == Run.Trigger.SCHEDULE:
                active.trigger, active.requested_by = trigger, requested_by
                active.save(update_fields=["trigger", "requested_by"])
            queue.ring(active)
        return active
    if active is not None:
        supersede(locked)
    return _new(locked, trigger, requested_by, ring=ring)


@transaction.atomic
def supersede_and_start(integration: Integration, *, trigger: str, requested_by: User | None) -> Run:
    """End the active run, whose verdicts are of settings that are no more, and make the next one, in the caller's
    transaction. The integration is saved with its new generation before."""
    locked = _lock(integration)
    supersede(locked)
    return _new(locked, trigger, requested_by, ring=True)


def supersede(integration: Integration) -> None:
    """End the active run, if there is one: whatever it still sees is dropped."""
    Run.objects.filter(integration=integration, state__in=Run.ACTIVE).update(
        state=Run.State.SUPERSEDED, finished_at=timezone.now(), lease=None, lease_until=None)


def _lock(integration: Integration) -> Integration:
    """The order of locks everywhere: integration, run, findings."""
    return Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)


def _new(integration: Integration, trigger: str, requested_by: User | None, *, ring: bool) -> Run:
    run = Run.objects.create(integration=integration, generation=integration.generation, trigger=trigger,
                             requested_by=requested_by)
    if ring:
        queue.ring(run)
    return run
