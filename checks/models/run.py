"""One asking of all the rows of an integration. This table is the truth; the queue is only its doorbell."""
from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from checks.models.integration import Integration


class Run(models.Model):
    """A run belongs to one generation of its integration. Whoever holds `lease` until `lease_until` may write its
    verdicts. attempts counts leases taken; alone: a lease was lost once, so it shares no process with others."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        SUPERSEDED = "superseded", "superseded"

    class Trigger(models.TextChoices):
        CONNECT = "connect", "connected"
        EDIT = "edit", "edited"
        PERSON = "person", "asked by a person"
        COMMAND = "command", "asked at the command line"
        SERVICE = "service", "a service changed"
        GATE = "gate", "asked by a deploy gate"
        SCHEDULE = "schedule", "due"
        HOOK = "hook", "a webhook came"

    ACTIVE = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="runs")
    generation = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    trigger = models.CharField(max_length=12, choices=Trigger.choices)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
                                     related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    alone = models.BooleanField(default=False)
    rung_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=["integration"], condition=Q(state__in=["queued", "running"]),
                                               name="one_active_run_an_integration"),)
        indexes = (models.Index(fields=["state", "created_at"], name="runs_by_state"),
                   models.Index(fields=["integration", "-created_at"], name="runs_by_integration"))

    def __str__(self) -> str:
        return f"{self.integration} · {self.state}"

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def duration_ms(self) -> int | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)
