"""For load balancers: alive, and ready."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from checks.models import Heartbeat


def beat(**ago):
    Heartbeat.objects.create(
        name="here:1/clicks", pid=1, started_at=timezone.now(), beat_at=timezone.now() - timedelta(**ago)
    )


def test_alive_asks_nothing(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_ready_with_a_worker_that_lives(client, db):
    beat(seconds=3)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "database": "ok", "queue": "ok", "worker": "ok"},
    )


@pytest.mark.parametrize(("ago", "said"), [({"minutes": 5}, "no sign of life"), (None, "none has run yet")])
def test_not_ready_without_a_worker(client, db, ago, said):
    if ago:
        beat(**ago)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"ready": False, "database": "ok", "queue": "ok", "worker": said},
    )


def test_not_ready_without_the_database(client, db):
    def broken(execute, sql, params, many, context):
        raise DatabaseError("it is gone")

    with connection.execute_wrapper(broken):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "does not answer"
    assert "gone" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_neither_is_cached_or_posted_to(client, db, path):
    assert "no-store" in client.get(path)["Cache-Control"]
    assert client.post(path).status_code == 405
