"""What was done, by whom: written once, never changed, and without a secret's value."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from organisations.models.organisation import Organisation


class AuditEvent(models.Model):
    """actor None is the command line. `subject` is the name at the time; `details` holds plain values, no secret."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="audit_events", null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=254)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=254, blank=True)
    details = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["organisation", "-at"], name="audit_by_organisation"),)

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.subject}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An audit event is written once.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:  # noqa: ARG002 -- Django's signature
        raise TypeError("An audit event is not deleted by itself; it goes with its Organisation.")
