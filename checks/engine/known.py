"""Facts that checks may know besides what the provider answers: read before the run, plain values."""
from __future__ import annotations

from typing import Any

from checks.engine.keys import keyring
from checks.models import Integration
from checks.providers import BY_SLUG
from checks.providers.base import Provider


def facts(integration: Integration) -> dict[str, Any]:
    """{"own": {field: fingerprint}, "others": [{"integration", "provisions", "fingerprints"}]}.

    A fingerprint is a keyed digest: equal where the same credential or account is used twice in the Organisation.
    """
    others = Integration.objects.for_organisation(integration.organisation).exclude(pk=integration.pk)
    return {"own": fingerprints(integration),
            "others": [{"integration": other.name, "provisions": _provisions(other),
                        "fingerprints": fingerprints(other)} for other in others]}


def fingerprints(integration: Integration) -> dict[str, str]:
    """Of each stored credential, and of the settings that name the account."""
    found = {field: facts["fingerprint"] for field, facts in integration.credential_facts.items()}
    provider = BY_SLUG.get(integration.provider)
    for field in provider.identity_fields if provider else ():
        value = integration.settings.get(field)
        if value:
            found[field] = keyring().fingerprint(str(value), field)
    return found


def missing_credentials(integration: Integration, provider: Provider) -> list[str]:
    """The credentials that the provider requires and that are not stored."""
    fields = provider.form.base_fields
    return [n for n in sorted(provider.form.secret_names()) if fields[n].required and n not in integration.sealed]


def _provisions(integration: Integration) -> bool:
    provider = BY_SLUG.get(integration.provider)
    return provider is not None and provider.provisions
