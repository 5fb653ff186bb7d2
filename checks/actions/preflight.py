"""“Will this service deploy now?”: every row that it rests on, asked again where the answer is too old.

A database with external backups asks for more: its integration must be verified, as only then its backups are proven.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from checks.actions import reports, verify
from checks.actions.connect import provider_of
from checks.actions.errors import Invalid
from checks.models import Finding, Integration, Run, Service
from checks.verdict import Cause, IntegrationStatus, Row, Skip, Status, worst
from organisations.access import Action, require
from organisations.models import Organisation, User

READY = (Status.PASS, Status.WARN)


def preflight(
    *, organisation: Organisation, actor: User | None, service: str, max_age: int = 300,
) -> dict[str, Any]:
    """{"ready", "status", "findings"} for one service. Raises Invalid: an unknown service, a missing credential."""
    require(actor, organisation, Action.CHECK)
    mine = Service.objects.for_organisation(organisation).select_related("integration", "node")
    row = mine.filter(name=service).first()
    if row is None:
        raise Invalid({"service": [f"there is none named “{service}” in {organisation.slug}."]})
    if row.integration is None or row.integration.removed_at is not None:
        raise Invalid({"integration": [f"{service} has none any more: edit the service and choose one."]})
    rests_on = [i for i in (row.integration, row.node) if i is not None and i.removed_at is None]
    stale = [i for i in rests_on if not _fresh(i, row, max_age) or _is_not_proven_anew(i, row)]
    asked = [verify.now(organisation=organisation, actor=actor, name=i.name, trigger=Run.Trigger.GATE) for i in stale]
    findings = [(i, f) for i in rests_on for f in _findings(i, row)]
    unanswered = [Row(Status.UNKNOWN, True, Cause.OURS) for run in asked if run.is_active]
    status = worst([*(_as_row(f) for _, f in findings), *unanswered])
    told = [{**reports.finding(f), "integration": i.name} for i, f in findings]
    if status in READY and (unproven := _unproven(row)) is not None:
        status, told = Status.UNKNOWN, [*told, unproven]
    return {"ready": status in READY, "status": status.value, "findings": told}


def in_the_way(findings: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of the findings of a service that is not ready: the first that stops it, a wrong one before one that is not seen."""
    open_ = [f for f in findings if f["required"] and f["status"] not in READY]
    order = (Status.FAIL, Status.UNKNOWN, Status.SKIPPED)
    return min(open_, key=lambda f: order.index(Status(f["status"])), default=None)


def _is_not_proven_anew(integration: Integration, service: Service) -> bool:
    """Its rows may be fresh, and it was changed since: then it is not verified until it is asked again."""
    return (service.needs_verified and integration == service.integration
            and integration.status == IntegrationStatus.UNVERIFIED)


def _unproven(service: Service) -> dict[str, Any] | None:
    """In the form of a finding: that its integration is not verified, though no row of it is wrong."""
    integration = service.integration
    if integration is None or not service.needs_verified:
        return None
    integration.refresh_from_db(fields=["status", "paused_at"])
    if integration.status == IntegrationStatus.VERIFIED:
        return None
    paused = integration.status == IntegrationStatus.PAUSED
    what = "is paused" if paused else "was not verified"
    return {"check": "verified", "title": "The integration is verified", "service": service.name, "required": True,
            "status": Status.UNKNOWN.value, "cause": Cause.YOURS.value, "layer": None, "link": "", "duration_ms": 0,
            "evidence": f"{integration.name} {what}, and external backups need a verified integration.",
            "remedy": f"{'Resume' if paused else 'Check'} {integration.name} on its page, then ask again.",
            "facts": {"integration_status": integration.status}, "integration": integration.name}


def _findings(integration: Integration, service: Service) -> list[Finding]:
    """The integration's own rows and this service's; those of other services do not count."""
    return list(Finding.objects.filter(integration=integration).filter(Q(service=None) | Q(service=service))
                .exclude(skip=Skip.NO_SERVICE).select_related("service"))


def _fresh(integration: Integration, service: Service, max_age: int) -> bool:
    """Whether every row that the provider declares for it has an answer no older than max_age seconds."""
    oldest = timezone.now() - timedelta(seconds=max_age)
    provider = provider_of(integration.provider)
    answered = {f.check_slug for f in _findings(integration, service) if f.checked_at >= oldest}
    return all(check.slug in answered for check in provider.rows(integration.settings))


def _as_row(finding: Finding) -> Row:
    return Row(Status(finding.status), finding.required, Cause(finding.cause) if finding.cause else None,
               Skip(finding.skip) if finding.skip else None)
