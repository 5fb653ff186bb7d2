"""Facts that checks may know besides what the provider answers: read before the run, plain values."""
from __future__ import annotations

from typing import Any

from checks.engine import accounts, hooks
from checks.engine.keys import keyring
from checks.models import Integration, Service
from checks.providers import BY_SLUG
from checks.providers.base import Provider


def facts(integration: Integration) -> dict[str, Any]:
    """{"own": {field: fingerprint}, "others": [{"integration", "provisions", "fingerprints"}]}, and where they apply
    "hook" (see hooks.facts) and "held_elsewhere": another Organisation holds the account that one alone may hold;
    "upstream" for a node, "node_architecture" for what is no node (see there).

    A fingerprint is a keyed digest: equal where the same credential or account is used twice in the Organisation.
    """
    others = Integration.objects.for_organisation(integration.organisation).exclude(pk=integration.pk)
    found: dict[str, Any] = {
        "own": fingerprints(integration),
        "others": [{"integration": other.name, "provisions": _provisions(other), "fingerprints": fingerprints(other)}
                   for other in others]}
    provider = BY_SLUG.get(integration.provider)
    if provider is not None and provider.hook is not None:
        found["hook"] = hooks.facts(integration)
    if provider is not None and provider.exclusive is not None:
        found["held_elsewhere"] = accounts.held_elsewhere(integration)
    if provider is not None and provider.is_node:
        found["upstream"] = upstream(integration)
    else:
        found["node_architecture"] = node_architecture(integration)
    return found


def node_architecture(integration: Integration) -> dict[str, str]:
    """{name of a service of this integration: the architecture of its node, as that node's own rows saw it}."""
    told = Service.objects.filter(integration=integration, node__removed_at=None,
                                  node__findings__facts__architecture__isnull=False)
    return dict(told.values_list("name", "node__findings__facts__architecture"))


def upstream(node: Integration) -> dict[str, str]:
    """{name of a service that runs on this node: the URL of the host that its deploys or backups reach from there}."""
    services = Service.objects.filter(node=node, integration__removed_at=None).select_related("integration")
    using = [(s, s.integration, BY_SLUG.get(s.integration.provider)) for s in services if s.integration]
    return {s.name: provider.reached_at(used.settings, s.target) for s, used, provider in using if provider}


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
