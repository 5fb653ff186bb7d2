"""The rows of one integration as a page shows them: what its provider declares, merged with what was found.

Pure: checks, plain findings and the active run go in, rows come out, in the order of the checklist. A row that was
found and is no longer declared stays at the end; a row that has not landed in the active run keeps its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from checks.providers.base import Check
from checks.verdict import Cause, IntegrationStatus, Skip, Status, integration_status
from checks.verdict import Row as Verdict

# What a page reads of a finding, in one query.
FIELDS = (
    "integration_id",
    "check_slug",
    "service_id",
    "service__name",
    "title",
    "required",
    "status",
    "cause",
    "layer",
    "skip",
    "evidence",
    "remedy",
    "link",
    "facts",
    "duration_ms",
    "checked_at",
    "since",
    "last_good_at",
    "last_good_evidence",
    "run_id",
    "run__generation",
)
COPIED = (
    "title",
    "status",
    "service_id",
    "required",
    "evidence",
    "remedy",
    "layer",
    "cause",
    "skip",
    "duration_ms",
    "checked_at",
    "since",
    "last_good_at",
    "last_good_evidence",
    "facts",
)
WORDS = {
    "pass": "Pass",
    "warn": "Warning",
    "fail": "Fail",
    "unknown": "Could not check",
    "skipped": "Skipped",
    "running": "Checking",
    "queued": "Queued",
    "unverified": "Not checked",
}
VERDICTS = frozenset(status.value for status in Status)

Found = Mapping[str, Any]
Service = tuple[UUID, str]  # its id and its name


@dataclass(frozen=True)
class ActiveRun:
    """A run that is queued or running. waits: no worker has it, and none has given a sign of life."""

    id: UUID
    state: str
    generation: int
    trigger: str = ""
    created_at: datetime | None = None
    waits: bool = False

    @property
    def shown_as(self) -> str:
        """The pill's state: a run that nobody works on is queued, whatever it was before."""
        return "queued" if self.waits or self.state == "queued" else "running"


@dataclass(slots=True)
class Row:
    """One line. status is a verdict's, or running, queued, unverified. landed: seen by the run that is under way, or
    by the last one. was: the status before, while the row is asked again."""

    slug: str
    title: str
    status: str
    service: str = ""
    service_id: UUID | None = None
    required: bool = True
    declared: bool = True
    landed: bool = True
    evidence: str = ""
    remedy: str = ""
    link: str = ""
    layer: str = ""
    cause: str = ""
    skip: str = ""
    was: str = ""
    duration_ms: int = 0
    checked_at: datetime | None = None
    since: datetime | None = None
    last_good_at: datetime | None = None
    last_good_evidence: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def word(self) -> str:
        return WORDS.get(self.status, self.status)

    @property
    def key(self) -> str:
        """Unique within its integration, for ids of elements."""
        return f"{self.slug}-{self.service}" if self.service else self.slug

    @property
    def known(self) -> str:
        """The verdict's status: the present one, or the one before while the row is asked again; else nothing."""
        return self.status if self.status in VERDICTS else self.was

    @property
    def stops(self) -> bool:
        """A required row that was seen to be wrong: a deploy stops here."""
        return self.required and self.known == Status.FAIL

    @property
    def is_open(self) -> bool:
        """What is wrong, and what waits for somebody here."""
        return self.status == Status.FAIL or (self.status == Status.UNKNOWN and self.cause == Cause.YOURS)

    @property
    def opens(self) -> bool:
        """Whether there is something to read below the line."""
        return self.status in (Status.FAIL, Status.WARN, Status.UNKNOWN)

    @property
    def verdict(self) -> Verdict | None:
        """For the summing-up; None while there is no verdict."""
        if not self.known:
            return None
        return Verdict(
            Status(self.known),
            self.required,
            Cause(self.cause) if self.cause else None,
            Skip(self.skip) if self.skip else None,
        )


def merge(
    checks: Sequence[Check],
    findings: Iterable[Found],
    services: Sequence[Service],
    *,
    settings: Mapping[str, Any],
    generation: int = 1,
    run: ActiveRun | None = None,
) -> list[Row]:
    """The rows of one integration.

    checks: what its provider declares for its settings (none when the provider is gone). services: those that it
    serves, by name. generation: the integration's; what was found for an older one proves nothing any more.
    """
    found = {(f["check_slug"], f["service_id"]): f for f in findings}
    rows = []
    for check in checks:
        asked: Sequence[tuple[UUID | None, str]] = services if check.per_service and services else [(None, "")]
        if check.per_service and services and (found.get((check.slug, None)) or {}).get("skip") == Skip.NO_SERVICE:
            del found[check.slug, None]  # it said "No service uses this yet", and now one does
        rows += [
            _row(_blank(check, service, settings), found.pop((check.slug, service[0]), None), generation, run)
            for service in asked
        ]
    declared = {check.slug for check in checks}
    return rows + [_from(f, declared=f["check_slug"] in declared) for f in found.values()]


def _blank(check: Check, service: tuple[UUID | None, str], settings: Mapping[str, Any]) -> Row:
    """A declared row before anything was seen."""
    row = Row(check.slug, check.title, "unverified", service[1], service[0], check.is_required(settings))
    row.landed, row.evidence = False, "Not asked yet."
    return row


def _row(blank: Row, finding: Found | None, generation: int, run: ActiveRun | None) -> Row:
    if run is not None and (finding is None or finding["run_id"] != run.id):
        return _waiting(blank, finding, run)
    if finding is None:
        return blank
    if finding["run__generation"] is not None and finding["run__generation"] < generation:
        blank.evidence = f"Not asked since the last edit. Before it: {finding['evidence']}"
        return blank
    return _from(finding)


def _waiting(row: Row, finding: Found | None, run: ActiveRun) -> Row:
    """Not landed yet: it keeps its place, and what was seen before keeps its height."""
    row.status, row.evidence = run.shown_as, "No answer yet."
    if finding is not None:
        edited = (finding["run__generation"] or run.generation) < run.generation
        row.evidence = f"{'Before the edit' if edited else 'Before'}: {finding['evidence']}"
        if not edited:
            row.was, row.cause, row.skip = finding["status"], finding["cause"], finding["skip"]
            row.since = finding["since"]
    return row


def _from(f: Found, *, declared: bool = True) -> Row:
    link = f["link"] if f["link"].startswith(("https://", "http://")) else ""
    same = {name: f[name] for name in COPIED}
    return Row(f["check_slug"], service=f["service__name"] or "", declared=declared, link=link, **same)


def of_service(rows: Iterable[Row], service: UUID) -> list[Row]:
    """The rows that one service rests on: the shared ones and its own."""
    return [row for row in rows if row.service_id in (None, service) and row.skip != Skip.NO_SERVICE]


def readiness(rows: Sequence[Row]) -> str:
    """Whether a deploy that rests on these rows would work: `ready`, `broken`, `unknown` or `unchecked`."""
    verdicts = [row.verdict for row in rows if row.declared and row.required]
    if any(row.stops for row in rows):
        return "broken"
    if not verdicts or any(verdict is None for verdict in verdicts):
        return "unchecked"
    status = integration_status([v for v in verdicts if v is not None], IntegrationStatus.UNVERIFIED)
    return {IntegrationStatus.VERIFIED: "ready", IntegrationStatus.UNKNOWN: "unknown"}.get(status, "unchecked")


def landed(rows: Collection[Row]) -> int:
    """How many rows the run under way has answered."""
    return sum(row.landed and row.declared for row in rows)
