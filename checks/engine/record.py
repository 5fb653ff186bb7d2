"""Writing one verdict: the Finding of its row, and a Flip where the row changed. The caller holds the run's lease."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from checks.models import Finding, Flip, Integration, Run, Service
from checks.providers.base import Check, Provider
from checks.verdict import Cause, Row, Skip, Status, Verdict, skipped

GOOD = (Status.PASS, Status.WARN)
LONGEST_LINK = 500


@dataclass(frozen=True)
class Place:
    """One row of an integration's checklist: a check, and the service that it is asked for, if any."""

    check: Check
    service: Service | None

    @property
    def key(self) -> tuple[str, UUID | None]:
        return self.check.slug, self.service.pk if self.service else None

    def instead(self, verdict: Verdict) -> Verdict:
        """The verdict of this row where the check itself was not tried."""
        if self.check.per_service and self.service is None:
            return skipped("No service uses this yet.", skip=Skip.NO_SERVICE)
        return verdict.with_layer(self.check.layer)


def places(provider: Provider, settings: Mapping[str, Any], services: list[Service]) -> list[Place]:
    """Every row that a run of these settings and services has, in order."""
    nobody: list[Service | None] = [None]
    return [Place(check, service) for check in provider.rows(settings)
            for service in ((services or nobody) if check.per_service else nobody)]


def services_of(provider: Provider, integration: Integration) -> list[Service]:
    """The services whose deploys rest on this integration."""
    mine = {"node": integration} if provider.is_node else {"integration": integration}
    return list(Service.objects.filter(organisation=integration.organisation_id, **mine).select_related("node"))


def write(integration: Integration, run: Run, provider: Provider, place: Place, verdict: Verdict, *,
          duration_ms: int, now: datetime) -> None:
    """Put the verdict into its row. What was last seen to be good stays beside an answer that is not."""
    verdict = _fair(verdict)
    check, service = place.check, place.service
    before = Finding.objects.filter(integration=integration, check_slug=check.slug, service=service).first()
    required = check.is_required(integration.settings) if verdict.required is None else verdict.required
    finding = before or Finding(integration=integration, check_slug=check.slug, service=service, since=now)
    if before is None or before.status != verdict.status:
        finding.since = now
        Flip.objects.create(integration=integration, check_slug=check.slug, title=check.title, run=run, at=now,
                            service_name=service.name if service else "", before=before.status if before else Flip.NEW,
                            after=verdict.status, cause=verdict.cause or "", evidence=storable(verdict.evidence))
    finding.position = list(provider.checks).index(check.slug)
    finding.title, finding.required, finding.run, finding.checked_at = check.title, required, run, now
    finding.duration_ms = max(0, duration_ms)
    _fill(finding, verdict)
    if verdict.status in GOOD:
        finding.last_good_at, finding.last_good_evidence = now, finding.evidence
        finding.green_at, finding.green_facts = now, finding.facts
    finding.save()


def _fill(finding: Finding, verdict: Verdict) -> None:
    finding.status, finding.cause = verdict.status, verdict.cause or ""
    finding.layer, finding.skip = verdict.layer or "", verdict.skip or ""
    finding.evidence, finding.remedy = storable(verdict.evidence), storable(verdict.remedy)
    finding.link = storable(verdict.link) if len(verdict.link) <= LONGEST_LINK else ""  # a cut link leads nowhere
    finding.facts = storable(dict(verdict.facts))


def _fair(verdict: Verdict) -> Verdict:
    """Only what the organisation can mend may be called a fail, whatever a check says."""
    if verdict.status is Status.FAIL and verdict.cause is not Cause.YOURS:
        return replace(verdict, status=Status.UNKNOWN)
    return verdict


def storable(value: Any) -> Any:
    """As a database takes it: providers send NUL and lone surrogates, which PostgreSQL refuses."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(k)): storable(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [storable(v) for v in value]
    return value if value is None or isinstance(value, (bool, int, float)) else storable(str(value))


def as_row(finding: Finding) -> Row:
    """What the summing-up needs of a stored finding."""
    return Row(Status(finding.status), finding.required, Cause(finding.cause) if finding.cause else None,
               Skip(finding.skip) if finding.skip else None)
