"""A set-up that a person began here and ends at the provider, and one that waits for somebody there."""
from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from checks.models.integration import Integration
from organisations.models import Organisation


class SetupState(models.Model):
    """What the `state` of an address stands for: one step of one person, in one session, for one Organisation.

    Nonce and session are kept as digests alone. used_at is set once, by a compare-and-set. integration_id: of the
    integration that there is, or will be. details: what was asked for, without a secret. sealed_code: the provider's
    one-time code, while the provider could not be asked what it stands for.
    """

    class Step(models.TextChoices):
        CREATE = "create", "make it"
        INSTALL = "install", "install it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nonce = models.CharField(max_length=64, unique=True, editable=False)
    session = models.CharField(max_length=64, editable=False)
    step = models.CharField(max_length=12, choices=Step.choices)
    provider = models.CharField(max_length=40)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    integration_id = models.UUIDField()
    details = models.JSONField(default=dict)
    sealed_code = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.get_step_display()} for {self.organisation}"


class Approval(models.Model):
    """An integration that waits until somebody at the provider approves what was requested there.

    account: whose approval. looked_at: when a run was last asked for, to see.
    """

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, primary_key=True, related_name="approval")
    account = models.CharField(max_length=255, blank=True)
    app_name = models.CharField(max_length=100, blank=True)
    link = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at",)

    def __str__(self) -> str:
        return f"{self.integration} waits for {self.account or 'its owner'}"
