"""What leaves the Organisation by a link: one row for whoever can mend it, and a service's status as a picture."""
from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from checks.models.integration import Integration
from checks.models.service import Service
from organisations.models import Organisation


class HandOffQuerySet(models.QuerySet["HandOff"]):
    def open(self) -> HandOffQuerySet:
        """Neither revoked nor expired, of an integration that is still connected."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now(), integration__removed_at=None)


class HandOff(models.Model):
    """A single row shown without signing in, to somebody who can mend it. The link is stored as a hash.

    The row is named by its check and service, not by its Finding: it shows what is seen now, whatever that is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="hand_offs")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="hand_offs")
    check_slug = models.CharField(max_length=60)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="hand_offs")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    note = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveIntegerField(default=0)
    last_opened_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[HandOffQuerySet] = HandOffQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.integration} · {self.check_slug}"


class Badge(models.Model):
    """The address of a service's status picture. The token reads one word and opens nothing else, so it is kept as it
    is: a page can show it again. A new token ends the old address."""

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="badge")
    token = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"badge of {self.service}"
