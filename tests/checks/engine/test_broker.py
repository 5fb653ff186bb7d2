"""Beats: made in the cluster whose life they prove, and written only at the end of a task's whole way."""
from __future__ import annotations

import pytest
from django.db import OperationalError
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from checks.engine import beat, broker, queue
from checks.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_a_cluster(monkeypatch):
    monkeypatch.setenv(beat.NAME, "host:1/clicks")


@pytest.fixture
def clicks(monkeypatch):
    monkeypatch.setattr("django_q.conf.Conf.POLL", 0)
    monkeypatch.setattr(broker, "BEAT_SECONDS", 600.0)  # so that no second one is due within a test
    return get_broker("clicks")


def test_the_settings_name_our_broker(clicks):
    assert type(clicks) is broker.DatabaseBroker


def test_a_cluster_is_handed_a_beat_that_is_in_no_queue(in_a_cluster, clicks):
    [(ack, payload)] = clicks.dequeue()
    task = SignedPackage.loads(payload)
    assert (ack, task["func"], task["args"], task["kwargs"]) == (broker.BEAT, "checks.engine.beat.nothing", (), {})
    assert not OrmQ.objects.exists()
    assert not clicks.dequeue()  # one every few seconds


def test_between_beats_the_queue_is_read(in_a_cluster, clicks):
    clicks.dequeue()
    queue.push("checks.engine.tasks.perform_run", "id", cluster="clicks")
    [(ack, payload)] = clicks.dequeue()
    assert SignedPackage.loads(payload)["args"] == ("id",)
    clicks.acknowledge(ack)
    assert not OrmQ.objects.exists()


def test_outside_a_cluster_nobody_beats(clicks):
    assert not clicks.dequeue()
    beat.alive(worked=True)
    assert not Heartbeat.objects.exists()


def test_the_acknowledgement_of_a_beat_is_the_sign_of_life(in_a_cluster, clicks):
    clicks.acknowledge(broker.BEAT)
    first = Heartbeat.objects.get()
    assert (first.name, first.worked_at) == ("host:1/clicks", None)
    clicks.acknowledge(broker.BEAT)
    second = Heartbeat.objects.get()
    assert second.beat_at > first.beat_at
    assert second.started_at == first.started_at


def test_a_finished_run_is_a_sign_of_life_too(in_a_cluster):
    beat.alive(worked=True)
    row = Heartbeat.objects.get()
    assert row.worked_at == row.beat_at


def test_a_beat_that_cannot_be_written_ends_nothing(in_a_cluster, monkeypatch, caplog):
    monkeypatch.setattr(Heartbeat.objects, "filter", lambda **k: (_ for _ in ()).throw(OperationalError("postgres://u:secret@h")))
    beat.alive()
    assert "OperationalError" in caplog.text
    assert "secret" not in caplog.text


def test_a_beat_that_failed_is_dropped(in_a_cluster, clicks):
    assert clicks.fail(broker.BEAT) is None
    assert not Heartbeat.objects.exists()
