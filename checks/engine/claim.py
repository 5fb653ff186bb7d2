"""Leases: who may perform a run, and for how long. Everything is a compare-and-set on the Run's own row.

The attempt is counted when the lease is taken, since a run that kills its worker can count nothing afterwards
(django-q2 issue 327). After three the run is parked.
"""
from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BooleanField, Case, F, Q, Value, When
from django.utils import timezone

from checks.engine import record
from checks.engine.conclude import conclude
from checks.models import Finding, Integration, Run
from checks.providers import BY_SLUG
from checks.verdict import Cause, Verdict, unknown

LEASE_SECONDS = 60
MAX_ATTEMPTS = 3
PARKED = unknown("The check stopped the worker three times, so it was not tried again.", cause=Cause.OURS,
                 remedy="Tell the operator of this program: the worker's log shows what stopped it; then check again.")

log = logging.getLogger(__name__)


def free(now: datetime) -> Q:
    """Runs that nobody performs: waiting, or of a worker that has not renewed its lease."""
    return Q(state=Run.State.QUEUED) | Q(state=Run.State.RUNNING, lease_until__lt=now)


def take(run_id: uuid.UUID | str, *, seconds: int = LEASE_SECONDS) -> Run | None:
    """The run, leased to the caller for so long, or None: somebody has it, it is over, or it was parked just now."""
    now, lease = timezone.now(), uuid.uuid4()
    # Conditions on this one table only: across a join PostgreSQL would let two claimers win.
    mine = Run.objects.filter(free(now), pk=run_id, attempts__lt=MAX_ATTEMPTS).update(
        state=Run.State.RUNNING, lease=lease, lease_until=now + timedelta(seconds=seconds), started_at=now,
        attempts=F("attempts") + 1,
        alone=Case(When(state=Run.State.RUNNING, then=Value(True)), default=F("alone"), output_field=BooleanField()))
    if not mine:
        park(run_id)
        return None
    run = Run.objects.select_related("integration").get(pk=run_id)
    if run.integration.removed_at is not None or run.generation != run.integration.generation:
        Run.objects.filter(pk=run_id, lease=lease).update(state=Run.State.SUPERSEDED, finished_at=now, lease=None,
                                                          lease_until=None)
        return None
    return run


def hold(run: Run, *, seconds: int = LEASE_SECONDS) -> Integration | None:
    """Inside a transaction: the integration, locked and as it is now, with the lease renewed; None when the run is no
    longer the caller's (its lease was taken, or it is of older settings): what it saw is to be dropped."""
    integration = Integration.objects.select_for_update(no_key=True).filter(
        pk=run.integration_id, generation=run.generation, removed_at=None).first()
    if integration is None:
        return None
    renewed = Run.objects.filter(pk=run.pk, lease=run.lease, state=Run.State.RUNNING).update(
        lease_until=timezone.now() + timedelta(seconds=seconds))
    return integration if renewed else None


@transaction.atomic
def renew(run: Run, *, seconds: int = LEASE_SECONDS) -> bool:
    """Keep the lease for so much longer; False when it is no longer the caller's."""
    return hold(run, seconds=seconds) is not None


@transaction.atomic
def park(run_id: uuid.UUID | str) -> bool:
    """End a run whose attempts are used up: its rows without a verdict become `unknown`, ours. True if it was."""
    now, lease = timezone.now(), uuid.uuid4()
    used_up = Run.objects.filter(free(now), pk=run_id, attempts__gte=MAX_ATTEMPTS)
    run = used_up.first()
    if run is None:
        return False
    integration = Integration.objects.select_for_update(no_key=True).get(pk=run.integration_id)
    if not used_up.update(state=Run.State.RUNNING, lease=lease, lease_until=now + timedelta(seconds=LEASE_SECONDS)):
        return False
    log.error("run %s stopped its worker %d times and is parked", run.pk, run.attempts)
    fill_up(integration, run, PARKED, now=now)
    conclude(integration, run, now=now)
    return True


def fill_up(integration: Integration, run: Run, verdict: Verdict, *, now: datetime) -> None:
    """Give this verdict to every row that has none of this run."""
    provider = BY_SLUG.get(integration.provider)
    if provider is None:
        return
    landed = set(Finding.objects.filter(integration=integration, run=run).values_list("check_slug", "service_id"))
    for place in record.places(provider, integration.settings, record.services_of(provider, integration)):
        if place.key not in landed:
            record.write(integration, run, provider, place, place.instead(verdict), duration_ms=0, now=now)
