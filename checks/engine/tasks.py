"""What the queue calls. Arguments are ids, results are None, nothing is raised: django-q2 stores all three readably."""
from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.db import close_old_connections, connections

from checks.engine import batch, claim, clean, work

log = logging.getLogger(__name__)


def perform_run(run_id: str) -> None:
    """Take the run and perform it; a run that somebody has, or that is over, is left alone."""
    _quietly(_perform, run_id)


def perform_runs(run_ids: Sequence[str]) -> None:
    """The same for a batch of due runs, all at once."""
    _quietly(batch.perform_all, list(run_ids))


def clean_probes(integration_id: str) -> None:
    """Try to remove what dead runs of this integration left at its provider."""
    _quietly(clean.remove, integration_id)


def _perform(run_id: str) -> None:
    run = claim.take(run_id)
    if run is not None:
        work.perform(run)


def _quietly(task: Callable[[Any], None], argument: Any) -> None:
    """Whatever goes wrong here, the lease runs out and the sweep rings again."""
    close_old_connections()
    try:
        task(argument)
    except Exception as error:  # its text may hold anything: only its kind is told
        log.error("%s ended with %s; the sweep rings again", getattr(task, "__name__", "a task"), type(error).__name__)
        connections.close_all()
    finally:
        close_old_connections()
