"""Webhooks that came: those that proved to be the provider's, and the last that did not."""
from __future__ import annotations

from django.db import models

from checks.models.integration import Integration


class Delivery(models.Model):
    """One delivery that was believed, so that its repetition does nothing. Of its body only these few words are kept."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="deliveries")
    delivery = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    action = models.CharField(max_length=255, blank=True)
    account = models.CharField(max_length=255, blank=True)
    repository = models.CharField(max_length=255, blank=True)
    ref = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "deliveries"
        constraints = (models.UniqueConstraint(fields=["integration", "delivery"], name="one_delivery_once"),)
        indexes = (models.Index(fields=["integration", "-at"], name="deliveries_by_integration"),)

    def __str__(self) -> str:
        return f"{self.name}{'.' if self.action else ''}{self.action} of {self.integration}"


class HookRefusal(models.Model):
    """The last delivery that was not believed, and how many there were: one row an integration, whoever knocks."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True, related_name="refusal")
    at = models.DateTimeField()
    why = models.CharField(max_length=300)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"{self.integration}: {self.why}"
