"""A token of the JSON API: of one Organisation, with a role of its own, stored as a hash, and ending by itself."""
from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from organisations.models.organisation import Organisation, Role


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def open(self) -> ApiTokenQuerySet:
        """Neither revoked nor expired, and made by somebody who is still an active member."""
        lives = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(lives, revoked_at=None, made_by__is_active=True,
                           made_by__memberships__organisation=models.F("organisation"))


class ApiToken(models.Model):
    """prefix: the start of the token, which tells one from another; it opens nothing. It goes with its maker's
    membership, and its role is never more than the maker's own at the moment of use."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=63)
    role = models.CharField(max_length=20, choices=Role.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(max_length=16, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
