"""Webhooks as the engine sees them: where a provider sends them, and what has come."""
from __future__ import annotations

from django.conf import settings

from checks.models import Integration


def address(integration: Integration) -> str:
    """Where the provider sends this integration's webhooks."""
    return f"{settings.BASE_URL}/webhooks/{integration.provider}/{integration.pk}"
