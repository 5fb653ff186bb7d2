"""The queue's brokers: django-q2's own, which also hand their cluster a beat every few seconds.

The beat never enters the shared queue, where another machine's cluster could answer it: it is made in the cluster whose
life it proves. Its acknowledgement, the last step of a task's way, writes the Heartbeat row.
"""
from __future__ import annotations

import math
import time
from typing import Any

import redis
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.signing import SignedPackage

from checks.engine import beat

BEAT_SECONDS = 3.0
BEAT = "beat"
CONNECT_SECONDS, ANSWER_SECONDS = 2, 5  # a click waits for Redis no longer than this


class _Beating:
    beaten_at = -math.inf

    def dequeue(self) -> Any:
        if beat.name() and time.monotonic() - self.beaten_at >= BEAT_SECONDS:
            self.beaten_at = time.monotonic()
            task = {"id": BEAT, "name": BEAT, "func": "checks.engine.beat.nothing", "args": (), "kwargs": {},
                    "started": timezone.now(), "ack_failure": True}
            return [(BEAT, SignedPackage.dumps(task))]
        return super().dequeue()  # type: ignore[misc]  # of the broker that this is mixed into

    def acknowledge(self, task_id: Any) -> Any:
        return beat.alive() if task_id == BEAT else super().acknowledge(task_id)  # type: ignore[misc]

    def fail(self, task_id: Any) -> Any:
        return None if task_id == BEAT else super().fail(task_id)  # type: ignore[misc]


class DatabaseBroker(_Beating, ORM):
    """The queue in the database: what a dead cluster held is delivered again after Q_CLUSTER's `retry`."""


class RedisBroker(_Beating, Redis):
    """The queue in Redis: what is lost with a cluster, the sweep rings for again."""

    @staticmethod
    def get_connection(list_key: str | None = None) -> Any:  # noqa: ARG004 -- django-q2's signature
        return redis.from_url(Conf.REDIS, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS)
