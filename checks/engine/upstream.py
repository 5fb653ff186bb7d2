"""The same upstream account connected twice: compared by keyed fingerprints, among Organisations of one person alone."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from checks.engine import known
from checks.engine.keys import keyring
from checks.models import Finding, Integration
from checks.providers import BY_SLUG
from checks.providers.base import Provider
from organisations.models import Organisation, User

Facts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Same:
    """Two integrations that lead to one account. role: the person's in the other's Organisation."""

    here: Integration
    other: Integration
    account: str
    role: str


def elsewhere(user: User, organisation: Organisation) -> list[Integration]:
    """What is connected in the other Organisations that this person is a member of; each with `my_role` there."""
    return list(Integration.objects.filter(removed_at=None, organisation__memberships__user=user).exclude(
        organisation=organisation).annotate(my_role=F("organisation__memberships__role")).select_related(
        "organisation").defer("sealed").order_by("organisation__name", "name"))


def same(here: Sequence[Integration], others: Sequence[Integration]) -> list[Same]:
    """Each pair that leads to the same account, once. One query, and none where there is nobody to compare with."""
    if not here or not others:
        return []
    told = facts_of([*here, *others])
    by_print: dict[str, list[tuple[Integration, str]]] = defaultdict(list)
    for other in others:
        for mark, account in accounts(other, told[other.pk]).items():
            by_print[mark].append((other, account))
    found: dict[tuple[UUID, UUID], Same] = {}
    for one in here:
        for mark in accounts(one, told[one.pk]):
            for other, account in by_print[mark]:
                pair = Same(one, other, account, getattr(other, "my_role", ""))
                found.setdefault((one.pk, other.pk), pair)
    return list(found.values())


def facts_of(integrations: Iterable[Integration]) -> dict[UUID, dict[str, Mapping[str, Any]]]:
    """By integration, the facts of the rows that name its account."""
    rows = {p.told.check for p in BY_SLUG.values() if p.told}
    found: dict[UUID, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    findings = Finding.objects.filter(integration__in=[i.pk for i in integrations], check_slug__in=rows,
                                      run__generation=F("integration__generation"))  # before an edit it was another account
    for pk, slug, facts in findings.values_list("integration_id", "check_slug", "facts"):
        found[pk][slug] = facts
    return found


def accounts(integration: Integration, told: Facts) -> dict[str, str]:
    """{keyed fingerprint: the account in words}: what its settings name, what the provider told, and its credentials.

    told: facts of its rows, by their slugs. Nothing for a provider that this program no longer knows.
    """
    provider = BY_SLUG.get(integration.provider)
    if provider is None:
        return {}
    place = f"{provider.slug}\0{provider.endpoint(integration.settings)}"
    names = filter(None, (provider.account(integration.settings), _told(provider, integration, told)))
    found = {keyring().fingerprint(f"{place}\0{name}", "account"): name for name in names}
    alike = f"the same credential at {provider.summary(integration.settings)}"
    for field, mark in known.fingerprints(integration).items():
        found.setdefault(keyring().fingerprint(f"{place}\0{field}\0{mark}", "account"), alike)
    return found


def _told(provider: Provider, integration: Integration, told: Facts) -> str:
    """The account in the provider's own words, as its last run heard them."""
    if provider.told is None:
        return ""
    name = (told.get(provider.told.check) or {}).get(provider.told.fact)
    host = provider.endpoint(integration.settings).split(" ")[0].partition("://")[2]
    return provider.told.words.format(told=name, host=host) if isinstance(name, str) and name else ""
