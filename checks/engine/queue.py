"""The doorbell: puts ids into django-q2's queue, after commit. The Run table is the truth; a ring that is lost is rung
again by the sweep."""
from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django_q.tasks import async_task

from checks.models import Run

log = logging.getLogger(__name__)


def cluster_of(run: Run) -> str:
    """Scheduled runs wait among themselves, so that nobody who clicked waits behind a batch."""
    return settings.QUEUE_SWEEPS if run.trigger == Run.Trigger.SCHEDULE else settings.QUEUE_CLICKS


def ring(run: Run) -> None:
    """Have a worker take this run, once the caller's transaction is committed. Never raises for the queue's sake."""
    transaction.on_commit(partial(_ring_now, run.pk, cluster_of(run)))


def _ring_now(run_id: UUID, cluster: str) -> None:
    if push("checks.engine.tasks.perform_run", str(run_id), cluster=cluster):
        try:
            Run.objects.filter(pk=run_id).update(rung_at=timezone.now())
        except DatabaseError as error:  # rung for once more, then
            log.warning("the ring for run %s was not noted (%s)", run_id, type(error).__name__)


def push(task: str, argument: str | Sequence[str], *, cluster: str) -> bool:
    """Put a task by its dotted name and its ids into a cluster's queue. False when the broker does not take it."""
    try:
        async_task(task, argument if isinstance(argument, str) else list(argument), cluster=cluster)
    except Exception as error:  # each broker has errors of its own; a click must not break for any of them
        log.warning("the queue did not take %s (%s); the sweep rings again", task, type(error).__name__)
        return False
    return True
