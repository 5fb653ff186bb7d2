"""Something that a check put somewhere, from before it was put until it is confirmed gone."""
from __future__ import annotations

import uuid

from django.db import models

from checks.models.integration import Integration
from checks.models.run import Run


class Probe(models.Model):
    """details say where it lies (they hold no secret). next_try_at: when the sweep next tries to remove it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="probes")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="probes")
    kind = models.CharField(max_length=40)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    gone_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["gone_at", "next_try_at"], name="probes_left"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.integration}"
