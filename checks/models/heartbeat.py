"""A sign of life of one process of `manage.py worker`."""
from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """name: which part of which parent, for example `host:4711/clicks`. beat_at: it was alive; worked_at: it last
    finished a run."""

    name = models.CharField(max_length=120, primary_key=True)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)
    worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
