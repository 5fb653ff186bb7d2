"""Webhooks as the engine sees them: where a provider sends them, what has come, and what a believed one starts."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone

from checks.engine import runs
from checks.engine.keys import keyring
from checks.engine.record import storable
from checks.models import Delivery, HookRefusal, Integration, Run
from checks.providers.base import Provider
from checks.providers.hook import Hook, HookEvent
from checks.verdict import IntegrationStatus

SHOWN = 50  # deliveries that a check is told of
KEPT = 200  # an integration, beyond which the oldest are forgotten
MOST_PRUNED = 100  # integrations at a time
LONGEST_WHY = 300
LARGEST_COUNT = 2_000_000_000


def address(integration: Integration) -> str:
    """Where the provider sends this integration's webhooks."""
    return address_for(integration.provider, integration.pk)


def address_for(provider: str, integration_id: object) -> str:
    """The same for an integration that is yet to be, whose id is chosen already."""
    return f"{settings.BASE_URL}/webhooks/{provider}/{integration_id}"


def facts(integration: Integration) -> dict[str, Any]:
    """{"url", "received": [newest first], "refused": {"at", "why", "count"} or None}; moments are aware datetimes."""
    received = Delivery.objects.filter(integration=integration)[:SHOWN]
    refused = HookRefusal.objects.filter(integration=integration).values("at", "why", "count").first()
    return {"url": address(integration), "refused": refused,
            "received": list(received.values("delivery", "name", "action", "repository", "ref", "at"))}


def secret_of(integration: Integration, provider: Provider, hook: Hook) -> str:
    """The one credential that signs deliveries, "" where none is stored. Raises vault.CannotOpen or BadKey."""
    token = integration.sealed.get(hook.secret)
    if not token:
        return ""
    return keyring().unseal(token, integration.binding(hook.secret, provider.endpoint(integration.settings)))


@transaction.atomic
def receive(integration: Integration, event: HookEvent) -> tuple[bool, Run | None]:
    """Keep a delivery that was believed: whether it is new, and the run that it started or found under way.

    In one transaction, so that a delivery is never remembered without its effect. A repetition does nothing. Raises
    Integration.DoesNotExist when it was erased meanwhile.
    """
    words = storable({"name": event.name, "action": event.action, "account": event.account, "repository": event.repository,
                      "ref": event.ref})
    _, new = Delivery.objects.get_or_create(integration=integration, delivery=event.delivery,
                                            defaults={**words, "at": timezone.now()})
    return new, _ask(integration) if new and event.asks_again else None


def _ask(integration: Integration) -> Run | None:
    """A run, unless it rests. One that is under way may have asked before this happened: then another comes after."""
    now = Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
    resting = now.paused_at is not None or now.removed_at is not None or now.status == IntegrationStatus.NEEDS_CREDENTIAL
    if resting:
        return None
    run = runs.start(now, trigger=Run.Trigger.HOOK)
    if run.state == Run.State.RUNNING:
        Integration.objects.filter(pk=now.pk).update(next_check_at=timezone.now())
    return run


@transaction.atomic
def refuse(integration: Integration, why: str) -> None:
    """Note the last delivery that was not believed, and count it."""
    changes = {"at": timezone.now(), "why": storable(why)[:LONGEST_WHY]}
    _, new = HookRefusal.objects.get_or_create(integration=integration, defaults=changes)
    if not new:
        HookRefusal.objects.filter(integration=integration, count__lt=LARGEST_COUNT).update(count=F("count") + 1)
        HookRefusal.objects.filter(integration=integration).update(**changes)


def prune() -> None:
    """Forget all but the newest deliveries of each integration."""
    many = Delivery.objects.order_by().values("integration").annotate(number=Count("pk")).filter(number__gt=KEPT)
    for integration in list(many.values_list("integration", flat=True)[:MOST_PRUNED]):
        mine = Delivery.objects.filter(integration=integration)
        mine.exclude(pk__in=list(mine.values_list("pk", flat=True)[:KEPT])).delete()
