"""Signs of life of a cluster: rows that only work that went all the way round can write.

The clusters' processes may look alive and do nothing (django-q2 issues 23 and 339), so a beat is a task like any other:
it passes the pusher, a worker and the monitor before its row is written. Runs under way beat too, since the beats of a
busy cluster wait behind them.
"""
from __future__ import annotations

import logging
import os
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from checks.models import Heartbeat

NAME = "DFLOW_CLUSTER"  # set by the parent for each cluster that it starts: `host:pid/cluster`
PARENT = "DFLOW_PARENT"  # and the parent's pid

log = logging.getLogger(__name__)


def name() -> str:
    """This process's cluster, or "" outside `manage.py worker`."""
    return os.environ.get(NAME, "")


def nothing() -> None:
    """The task of a beat."""


def alive(*, worked: bool = False) -> None:
    """Write this cluster's sign of life; worked=True where a run was finished. Never raises for the database's sake."""
    mine, now = name(), timezone.now()
    if not mine:
        return
    changes: dict[str, Any] = {"beat_at": now, "pid": os.getpgrp(), **({"worked_at": now} if worked else {})}
    try:
        if not Heartbeat.objects.filter(name=mine).update(**changes):
            Heartbeat.objects.get_or_create(name=mine, defaults={**changes, "started_at": now})
    except DatabaseError as error:
        log.warning("no sign of life could be written (%s)", type(error).__name__)
