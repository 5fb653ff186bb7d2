"""Every few seconds, from each `manage.py worker`: ring again for what nobody answered, and start what is due.

Never a task of the queue that it mends. It opens no network connection, and several sweeps at once are safe: each row
is moved by a compare-and-set.
"""
from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django_q.models import Task

from checks.engine import claim, clean, hooks, queue, runs
from checks.models import Heartbeat, Integration, Probe, Run, SetupState
from checks.verdict import IntegrationStatus

FIRST_RING_AFTER = timedelta(seconds=2)  # a click rings by itself after its commit
RING_AGAIN_AFTER = timedelta(seconds=30)
MOST_RINGS = 200
MOST_DUE = 64  # scheduled runs that may wait in the queue at a time
BATCH = 8
UNDO_FOR = timedelta(hours=1)
KEEP_RUNS = timedelta(days=30)
KEEP_HEARTBEATS = timedelta(minutes=10)
KEEP_SETUPS = timedelta(days=1)
MOST_DELETED = 500

log = logging.getLogger(__name__)


def once() -> None:
    """One sweep. Raises DatabaseError when the database is away."""
    _start_due()
    _ring_again()
    _ring_for_probes()


def tidy() -> None:
    """Once a minute: erase what was disconnected for long enough, and forget what is old."""
    now = timezone.now()
    removed = Integration.objects.filter(removed_at__lt=now - UNDO_FOR)
    removed.filter(pk__in=list(removed.values_list("pk", flat=True)[:MOST_DELETED])).delete()
    old = Run.objects.exclude(state__in=Run.ACTIVE).filter(created_at__lt=now - KEEP_RUNS).values_list("pk", flat=True)
    Run.objects.filter(pk__in=list(old[:MOST_DELETED])).delete()
    Probe.objects.filter(gone_at__lt=now - KEEP_RUNS).delete()
    Heartbeat.objects.filter(beat_at__lt=now - KEEP_HEARTBEATS).delete()
    Task.objects.filter(stopped__lt=now - KEEP_RUNS).delete()
    SetupState.objects.filter(expires_at__lt=now - KEEP_SETUPS).delete()
    hooks.prune()


def ring_for_all() -> None:
    """Forget every ring: a cluster was ended, and what it held in its hands is to be rung for at the next sweep."""
    Run.objects.filter(state=Run.State.QUEUED).update(rung_at=None)


def _start_due() -> None:
    """Runs for integrations whose time has come, one of each Organisation in turn, while there is room."""
    now = timezone.now()
    waiting = Run.objects.filter(state=Run.State.QUEUED, trigger=Run.Trigger.SCHEDULE).count()
    if waiting >= MOST_DUE:
        return
    due = (Integration.objects.filter(next_check_at__lte=now, paused_at=None, removed_at=None)
           .exclude(status=IntegrationStatus.NEEDS_CREDENTIAL).exclude(runs__state__in=Run.ACTIVE)
           .annotate(turn=Window(RowNumber(), partition_by=[F("organisation_id")], order_by="next_check_at"))
           .order_by("turn", "next_check_at"))
    for integration in due[:MOST_DUE - waiting]:
        try:
            runs.start(integration, trigger=Run.Trigger.SCHEDULE, ring=False)
        except Integration.DoesNotExist:
            continue


def _ring_again() -> None:
    now = timezone.now()
    not_rung = Q(rung_at=None) & (Q(created_at__lt=now - FIRST_RING_AFTER) | Q(trigger=Run.Trigger.SCHEDULE))
    unanswered = Run.objects.filter(claim.free(now)).filter(not_rung | Q(rung_at__lt=now - RING_AGAIN_AFTER))
    alone: list[Run] = []
    together: list[Run] = []
    for run in unanswered.order_by("created_at")[:MOST_RINGS]:
        if run.attempts >= claim.MAX_ATTEMPTS:
            claim.park(run.pk)
        elif _mark(run, now):
            (together if run.trigger == Run.Trigger.SCHEDULE and not _was_lost(run) else alone).append(run)
    _push([[run] for run in alone] + [together[at:at + BATCH] for at in range(0, len(together), BATCH)])


def _push(groups: list[list[Run]]) -> None:
    """Ring for each group; where the queue does not take one, leave the rest to the next sweep."""
    for number, group in enumerate(groups):
        ids = [str(run.pk) for run in group]
        task, argument = ("perform_run", ids[0]) if len(ids) == 1 else ("perform_runs", ids)
        if not queue.push(f"checks.engine.tasks.{task}", argument, cluster=queue.cluster_of(group[0])):
            left = [run.pk for rest in groups[number:] for run in rest]
            Run.objects.filter(pk__in=left).update(rung_at=None)
            return


def _mark(run: Run, now: datetime) -> bool:
    """Say that it is rung for; False when another sweep has."""
    same = Run.objects.filter(pk=run.pk, state=run.state)
    same = same.filter(rung_at=None) if run.rung_at is None else same.filter(rung_at=run.rung_at)
    return bool(same.update(rung_at=now))


def _was_lost(run: Run) -> bool:
    """A run that may have stopped a worker is performed alone, so that it takes no others with it."""
    return run.alone or run.state == Run.State.RUNNING


def _ring_for_probes() -> None:
    """A cleaning task for each integration that has something left behind; its own back-off comes with the try."""
    now = timezone.now()
    waiting = clean.left_behind().filter(next_try_at__lte=now).order_by().values_list("integration_id", flat=True)
    for integration_id in list(waiting.distinct()[:MOST_DUE]):
        due = Probe.objects.filter(integration=integration_id, gone_at=None, next_try_at__lte=now)
        if due.update(next_try_at=now + RING_AGAIN_AFTER):
            queue.push("checks.engine.tasks.clean_probes", str(integration_id), cluster=settings.QUEUE_SWEEPS)
