"""Which Organisation holds an upstream account that one alone may hold: claimed once proven, freed when it is let go."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from checks.models import AccountHolder, Finding, Integration
from checks.providers import BY_SLUG
from checks.verdict import Status

LONGEST_KEY = 300
PROVEN = (Status.PASS, Status.WARN)


def key_of(provider: str, settings: Mapping[str, Any]) -> str:
    """What names the account that these settings lead to; "" where there is none, or nobody must hold it alone."""
    found = BY_SLUG.get(provider)
    key = found.exclusive.key(settings) if found and found.exclusive else ""
    return key if len(key) <= LONGEST_KEY else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def held_elsewhere(integration: Integration, settings: Mapping[str, Any] | None = None) -> bool:
    """Whether another Organisation holds the account of this integration, or of these settings of it."""
    key = key_of(integration.provider, integration.settings if settings is None else settings)
    holders = AccountHolder.objects.filter(provider=integration.provider, account_key=key)
    return bool(key) and holders.exclude(organisation=integration.organisation_id).exists()


def claim(integration: Integration) -> bool:
    """Hold the account of this integration; False when another Organisation does. The caller has seen it proven."""
    key = key_of(integration.provider, integration.settings)
    release(integration)
    if not key:
        return True
    AccountHolder.objects.bulk_create([AccountHolder(provider=integration.provider, account_key=key, integration=integration,
                                                     organisation_id=integration.organisation_id)], ignore_conflicts=True)
    holders = AccountHolder.objects.filter(provider=integration.provider, account_key=key)
    return holders.filter(organisation=integration.organisation_id).exists()


def claim_if_proven(integration: Integration, findings: list[Finding]) -> bool:
    """At the end of a run: claim what it proved. False only when another Organisation was first."""
    provider = BY_SLUG.get(integration.provider)
    if provider is None or provider.exclusive is None:
        return True
    proof = provider.exclusive.proven_by
    if not any(f.check_slug == proof and f.status in PROVEN for f in findings):
        return True
    return claim(integration)


def shared(integration: Integration) -> Integration | None:
    """Another integration of its Organisation that proved the account which this one holds, if there is one."""
    held = AccountHolder.objects.filter(integration=integration).first()
    return _heir(held) if held else None


def follow(integration: Integration) -> None:
    """What it holds goes with it to its Organisation of now, in the caller's transaction: nobody can be first between."""
    AccountHolder.objects.filter(integration=integration).update(organisation=integration.organisation_id)


def release(integration: Integration) -> None:
    """Let go of what this integration holds and leads to no more; to a sibling that proved the same, where there is one."""
    key = "" if integration.removed_at else key_of(integration.provider, integration.settings)
    for held in AccountHolder.objects.filter(integration=integration).exclude(account_key=key):
        heir = _heir(held)
        if heir is None:
            held.delete()
        else:
            held.integration = heir
            held.save(update_fields=["integration"])


def _heir(held: AccountHolder) -> Integration | None:
    provider = BY_SLUG.get(held.provider)
    if provider is None or provider.exclusive is None:
        return None
    siblings = Integration.objects.filter(organisation=held.organisation_id, provider=held.provider, removed_at=None)
    proven = siblings.filter(findings__check_slug=provider.exclusive.proven_by, findings__status__in=PROVEN)
    return next((one for one in proven.exclude(pk=held.integration_id).distinct()
                 if key_of(one.provider, one.settings) == held.account_key), None)
