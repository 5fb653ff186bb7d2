"""Trusting a host key: a person's word that the key which a row showed is the node's own.

A row offers a key in its facts: `trust` with its fingerprint and its line. The provider's setting that holds the
trusted one is pinned to that line, and to no other: a fingerprint that the row did not show last is refused.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from checks.actions import connect as connecting
from checks.actions.errors import WHOLE, Invalid
from checks.masking import MASK
from checks.models import Finding, Integration
from organisations import audit
from organisations.access import Action, require
from organisations.models import User

FACT = "trust"
SETTING = "host_key"
VERB = "trusted the host key of"


@dataclass(frozen=True)
class Offer:
    """kind, fingerprint and line of the key that was presented. trusted: the fingerprint of the one trusted so far.

    file: where the node keeps the public half of it.
    """

    kind: str
    fingerprint: str
    line: str
    trusted: str
    file: str

    @property
    def is_new(self) -> bool:
        """Whether there is something to decide."""
        return self.fingerprint != self.trusted


def offer(facts: Mapping[str, Any]) -> Offer | None:
    """What a finding's facts offer to trust, if anything. A value that a secret was taken out of cannot be pinned."""
    told = facts.get(FACT)
    if not isinstance(told, Mapping):
        return None
    found = Offer(*(str(told.get(name) or "") for name in ("kind", "fingerprint", "key", "trusted", "file")))
    return found if found.fingerprint and found.line and MASK not in found.line else None


def trust(*, integration: Integration, actor: User | None, fingerprint: str) -> Integration:
    """Pin the key that the row showed last, supersede the active run and start the next. Raises Invalid.

    Of a key that is pinned already nothing changes, and no run starts.
    """
    require(actor, integration.organisation, Action.MANAGE)
    if SETTING not in connecting.provider_of(integration.provider).form.setting_names():
        raise Invalid({WHOLE: [f"{integration.name} has no host key to trust: it is not a worker node."]})
    with transaction.atomic():
        locked = Integration.objects.select_for_update(no_key=True).select_related("organisation").get(pk=integration.pk)
        shown = _shown(locked)
        if shown is None:
            raise Invalid({"fingerprint": [f"no host key of {locked.name} was shown since its last edit: check it again, and "
                                           "compare what the row then shows."]})
        if fingerprint.strip() != shown.fingerprint:
            raise Invalid({"fingerprint": [f"is not the one that {locked.name} last presented, which is {shown.fingerprint}: "
                                           "compare that one with the node's own."]})
        if locked.settings.get(SETTING) == shown.line:
            return locked
        settings = {**locked.settings, SETTING: shown.line}
        pinned = connecting.edit(integration=locked, actor=actor, settings=settings, credentials={})
        audit.record(locked.organisation, actor, VERB, locked.name, fingerprint=shown.fingerprint, kind=shown.kind,
                     before=shown.trusted)
    return pinned


def _shown(integration: Integration) -> Offer | None:
    """What a row of these very settings showed last, or what is pinned since it was shown."""
    findings = Finding.objects.filter(integration=integration, facts__has_key=FACT).select_related("run")
    for finding in findings:
        found = offer(finding.facts)
        asked_since = finding.run is not None and finding.run.generation == integration.generation
        if found is not None and (asked_since or found.line == integration.settings.get(SETTING)):
            return found
    return None
