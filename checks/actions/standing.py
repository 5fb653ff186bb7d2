"""What a service rests on as it stands: read from what was found, nobody is asked.

A row counts once it was answered for the settings that are stored now and, where it is about the service, for what the
service asks for now. What cannot be asked at all is told in the form of a finding, too.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from checks.actions import reports
from checks.actions.services import CORRECTED, PUT_BACK
from checks.models import Finding, Integration, Service
from checks.providers import BY_SLUG
from checks.providers.base import Check, Provider
from checks.verdict import Cause, IntegrationStatus, Row, Skip, Status, worst
from organisations.models import AuditEvent

READY = (Status.PASS, Status.WARN)
CHANGES = ("edited service", CORRECTED, PUT_BACK)  # after these, what was found was found for another target
UNVERIFIED = "verified"  # the row that external backups add
NOT_SINCE = "It was not asked since the last change."
Document = dict[str, Any]


class State(StrEnum):
    """The answer to “would it deploy now?”, as words that follow a colon."""

    READY = "ready"
    NOT_READY = "not ready"
    UNKNOWN = "could not be checked"
    UNPROVEN = "not proven"


@dataclass(frozen=True)
class Told:
    """A row in the form of a finding. counts: it was seen so, and for what is stored now."""

    document: Document
    counts: bool = True


@dataclass(frozen=True)
class Part:
    """One integration that the service rests on. integration None: it was erased. provider None: nothing can be asked.

    barrier: in the form of a finding, why nothing of it can be asked.
    """

    integration: Integration | None
    provider: Provider | None
    findings: tuple[Finding, ...] = ()
    barrier: Document | None = None

    @property
    def checks(self) -> list[Check]:
        return self.provider.rows(self.integration.settings) if self.provider and self.integration else []


@dataclass(frozen=True)
class Standing:
    """A service with its parts, its integration before its node. now: when it was read."""

    service: Service
    parts: tuple[Part, ...]
    now: datetime = field(default_factory=timezone.now)

    def counts(self, finding: Finding) -> bool:
        """Whether it was found for what the integration and the service are now; a run that is forgotten tells nothing."""
        if finding.run is None or finding.run.generation != finding.integration.generation:
            return False
        changed = getattr(self.service, "changed_at", None)
        return finding.service_id is None or changed is None or finding.checked_at > changed

    def is_fresh(self, part: Part, max_age: int) -> bool:
        """Whether every row that is declared has an answer that counts and is younger than so many seconds.

        What was made due since (by a webhook, or after an outage) is not, and neither is an answer from the future.
        """
        integration = part.integration
        if integration is None or self._waits_to_be_proven(integration):
            return False
        due = integration.next_check_at
        since = due if due is not None and due <= self.now else None
        young = {f.check_slug for f in part.findings if self.counts(f)
                 and 0 <= (self.now - f.checked_at).total_seconds() < max_age and (since is None or f.checked_at > since)}
        return all(check.slug in young for check in part.checks)

    def stale(self, max_age: int) -> list[Integration]:
        """What can be asked, and has to be for an answer of this age."""
        return [part.integration for part in self.parts
                if part.integration is not None and part.barrier is None and not self.is_fresh(part, max_age)]

    def _waits_to_be_proven(self, integration: Integration) -> bool:
        """Its rows may be fresh, and it was changed since: then it is not verified until it is asked again."""
        return (self.service.needs_verified and integration.pk == self.service.integration_id
                and integration.status == IntegrationStatus.UNVERIFIED)

    def told(self, left_out: Mapping[UUID, str] | None = None) -> list[Told]:
        """Every row, what cannot be asked, and what is missing though no row is wrong. left_out: see document()."""
        told = [row for part in self.parts for row in self._rows(part, left_out or {})]
        if _status(told) in READY and (unproven := self._unproven()) is not None:
            told.append(Told(unproven))
        return told

    def _rows(self, part: Part, left_out: Mapping[UUID, str]) -> list[Told]:
        if part.barrier is not None or part.integration is None:
            return [Told(part.barrier or {})]
        why = left_out.get(part.integration.pk, "")
        rows = [Told(_document(f)) if not why and self.counts(f) else Told(_not_now(f, why or NOT_SINCE), False)
                for f in part.findings]
        seen = {f.check_slug for f in part.findings}
        return rows + [Told(self._missing(part.integration, check, why), False)
                       for check in part.checks if check.slug not in seen]

    def document(self, left_out: Mapping[UUID, str] | None = None) -> Document:
        """{"ready", "status", "findings"}. left_out: why an integration that was to be asked gave no answer."""
        told = self.told(left_out)
        status = _status(told)
        return {"ready": status in READY, "status": status.value, "findings": [row.document for row in told]}

    @property
    def state(self) -> State:
        """Of what is stored, however old it is."""
        told = self.told()
        if _status(row for row in told if row.counts) is Status.FAIL:
            return State.NOT_READY
        if any((row.document["required"] and not row.counts) or row.document["check"] == UNVERIFIED for row in told):
            return State.UNPROVEN
        return State.READY if _status(told) in READY else State.UNKNOWN

    @property
    def oldest(self) -> datetime | None:
        """When the oldest answer that counts was given."""
        return min((f.checked_at for part in self.parts for f in part.findings if self.counts(f)), default=None)

    @property
    def stops(self) -> list[Document]:
        """What was seen to stand in the way, or could not be seen: what is wrong first."""
        seen = [row.document for row in self.told() if row.counts and row.document["required"]]
        return [d for status in (Status.FAIL, Status.UNKNOWN) for d in seen if d["status"] == status]

    def _missing(self, integration: Integration, check: Check, why: str) -> Document:
        return _finding(check.slug, check.title, integration.name, self.service.name if check.per_service else None,
                        required=check.is_required(integration.settings), layer=check.layer,
                        evidence=why or "It was not asked yet.")

    def _unproven(self) -> Document | None:
        """That its integration is not verified, where external backups need it to be."""
        integration = self.service.integration
        if integration is None or not self.service.needs_verified or integration.status == IntegrationStatus.VERIFIED:
            return None
        paused = integration.status == IntegrationStatus.PAUSED
        what = "is paused" if paused else "was not verified"
        return _finding(
            UNVERIFIED, "The integration is verified", integration.name, self.service.name, cause=Cause.YOURS,
            evidence=f"{integration.name} {what}, and external backups need a verified integration.",
            remedy=f"{'Resume' if paused else 'Check'} {integration.name} on its page, then ask again.",
            facts={"integration_status": integration.status})


def services() -> QuerySet[Service]:
    """Services with what they rest on, and `changed_at`: when somebody last changed what they ask for. No credential."""
    edits = AuditEvent.objects.filter(organisation=OuterRef("organisation"), subject=OuterRef("name"), verb__in=CHANGES)
    rows: QuerySet[Service] = Service.objects.select_related("organisation", "integration", "node").annotate(
        changed_at=Subquery(edits.order_by("-at").values("at")[:1]))
    return rows.defer("integration__sealed", "node__sealed")


def look(service: Service) -> Standing:
    """How a service of services() stands, in one query: its integrations' own rows and its own; no other service's."""
    used = [i if i is not None and i.organisation_id == service.organisation_id else None  # one that was moved is gone here
            for i in (service.integration, *([service.node] if service.node_id else []))]
    found = (Finding.objects.filter(integration__in=[i for i in used if i is not None])
             .filter(Q(service=None) | Q(service=service)).exclude(skip=Skip.NO_SERVICE)
             .select_related("integration", "run", "service").defer("integration__sealed"))
    rows = list(found)
    return Standing(service, tuple(_part(service, i, [f for f in rows if i and f.integration_id == i.pk]) for i in used))


def _part(service: Service, integration: Integration | None, findings: list[Finding]) -> Part:
    provider = BY_SLUG.get(integration.provider) if integration else None
    barrier = _barrier(service, integration, provider)
    return Part(integration, provider, tuple(findings) if barrier is None else (), barrier)


def _barrier(service: Service, integration: Integration | None, provider: Provider | None) -> Document | None:
    """In the form of a finding, why nothing of this integration can be asked."""
    if integration is None or integration.removed_at is not None:
        node = integration is not None and integration.pk == service.node_id
        gone = f"{integration.name} was disconnected." if integration else f"No integration serves {service.name} any more."
        return _finding("connected", "Its worker node is connected" if node else "An integration serves it",
                        integration.name if integration else None, service.name, status=Status.FAIL, cause=Cause.YOURS,
                        evidence=gone, remedy=f"Edit {service.name} and choose one that is connected.")
    name = integration.name
    if provider is None:
        return _finding("provider", "The provider is known here", name, service.name, remedy="Tell the operator of this program.",
                        evidence=f"This program does not know the provider “{integration.provider}”, so {name} cannot be asked.")
    if _lacks_credential(integration, provider):
        return _finding("credential", "The integration has its credential", name, service.name, status=Status.FAIL,
                        cause=Cause.YOURS, evidence=f"The credential of {name} is missing, so nothing of it is asked.",
                        remedy=f"Give the credential again on the page of {name}.")
    return None


def _lacks_credential(integration: Integration, provider: Provider) -> bool:
    """By the facts beside the sealed credentials: those are not read here."""
    fields = provider.form.base_fields
    return any(fields[name].required and name not in integration.credential_facts for name in provider.form.secret_names())


def _finding(check: str, title: str, integration: str | None, service: str | None, **different: Any) -> Document:
    """In the form of a finding: unknown, by a fault of ours, unless it says otherwise."""
    return {"check": check, "title": title, "service": service, "status": Status.UNKNOWN.value, "required": True,
            "cause": Cause.OURS.value, "layer": None, "evidence": "", "remedy": "", "link": "", "duration_ms": 0, "facts": {},
            **{name: value.value if isinstance(value, StrEnum) else value for name, value in different.items()},
            "integration": integration}


def _document(finding: Finding) -> Document:
    return {**reports.finding(finding), "integration": finding.integration.name}


def _not_now(finding: Finding, why: str) -> Document:
    """A row whose answer is of another time: it says nothing of now."""
    return {**_document(finding), "status": Status.UNKNOWN.value, "cause": Cause.OURS.value, "remedy": "", "link": "",
            "facts": {}, "evidence": f"{why} Before: {finding.evidence}"}


def _status(told: Iterable[Told]) -> Status:
    return worst(Row(Status(row.document["status"]), row.document["required"]) for row in told)
