"""The present verdict of one row, and the moments at which a row changed its verdict."""
from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from checks.models.integration import Integration
from checks.models.run import Run
from checks.models.service import Service
from checks.verdict import Cause, Layer, Skip, Status


class Finding(models.Model):
    """One row. since: when the present status began. last_good_at and last_good_evidence: the last pass or warn,
    which an outage does not take away; an edit of the integration does. green_at and green_facts: the same moment,
    kept through edits too, so that a red row can tell what is different since."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="findings")
    check_slug = models.CharField(max_length=60)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="findings")
    position = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=120)
    required = models.BooleanField()
    status = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Status])
    cause = models.CharField(max_length=10, blank=True, choices=[(c.value, c.value) for c in Cause])
    layer = models.CharField(max_length=30, blank=True, choices=[(x.value, x.value) for x in Layer])
    skip = models.CharField(max_length=20, blank=True, choices=[(s.value, s.value) for s in Skip])
    evidence = models.TextField()
    remedy = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=dict)
    duration_ms = models.PositiveIntegerField(default=0)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="findings")
    checked_at = models.DateTimeField()
    since = models.DateTimeField()
    last_good_at = models.DateTimeField(null=True, blank=True)
    last_good_evidence = models.TextField(blank=True)
    green_at = models.DateTimeField(null=True, blank=True)
    green_facts = models.JSONField(default=dict)

    class Meta:
        ordering = ("position", "service__name")
        constraints = (
            models.UniqueConstraint(fields=["integration", "check_slug"], condition=Q(service=None),
                                    name="one_finding_a_row"),
            models.UniqueConstraint(fields=["integration", "check_slug", "service"], condition=Q(service__isnull=False),
                                    name="one_finding_a_row_and_service"),
        )

    def __str__(self) -> str:
        return f"{self.integration} · {self.title}: {self.status}"


class Flip(models.Model):
    """A row changed its verdict: this is the history. The service's name is kept, whatever becomes of it."""

    NEW: ClassVar[str] = ""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="flips")
    check_slug = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    service_name = models.CharField(max_length=63, blank=True)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10)
    cause = models.CharField(max_length=10, blank=True)
    evidence = models.TextField()
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="flips")
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["integration", "-at"], name="flips_by_integration"),)

    def __str__(self) -> str:
        return f"{self.title}: {self.before or 'new'} → {self.after}"
