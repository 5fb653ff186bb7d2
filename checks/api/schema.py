"""The documents as the schema describes them. Their makers are checks/actions/: a test holds the two together.

Words of the vocabulary are described, not judged: a row of yesterday's vocabulary must not turn an answer into a fault.
"""
from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field, WithJsonSchema

from checks.models import Run as RunRow
from checks.verdict import Cause as CauseOf
from checks.verdict import IntegrationStatus, Layer, Status


def _words(values: type[StrEnum]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": [value.value for value in values]})


Verdict = Annotated[str, _words(Status)]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Worth = Annotated[str, _words(IntegrationStatus)]
Cause = Annotated[str, _words(CauseOf)]
OnLayer = Annotated[str, _words(Layer)]
State = Annotated[str, WithJsonSchema({"type": "string", "enum": list(RunRow.State.values)})]


class Finding(Schema):
    """One row of the checklist, as `manage.py verify` tells it."""

    check: str
    title: str
    service: str | None = Field(description="null: the row is about the integration itself.")
    status: Verdict
    required: bool
    cause: Cause | None = Field(description="Whose move it is, where the row does not pass.")
    layer: OnLayer | None
    evidence: str
    remedy: str
    link: str
    duration_ms: int
    facts: dict[str, Any]


class PlacedFinding(Finding):
    """A row with the integration that it stands on, as `manage.py preflight` tells it."""

    integration: str | None = Field(description="null: the service has none any more.")


class Integration(Schema):
    """As `manage.py connect` tells it: of its credentials the names alone."""

    id: str
    organisation: str
    integration: str
    provider: str
    settings: dict[str, Any]
    credentials: list[str]
    status: Worth
    webhook_url: str = Field("", description="Only where the provider sends webhooks.")


class IntegrationWithFindings(Integration):
    findings: list[Finding]


class Run(Schema):
    """As `manage.py verify` tells it, with what is needed to ask for it again. findings: what this run has found so far."""

    id: str
    state: State
    organisation: str
    integration: str
    provider: str
    status: Verdict = Field(description="The worst of the required rows; unknown until the run is finished.")
    integration_status: Worth
    started_at: Moment | None
    finished_at: Moment | None
    duration_ms: int | None
    findings: list[Finding]


class Preflight(Schema):
    """As `manage.py preflight` tells it. ready: only for pass and warn."""

    ready: bool
    status: Verdict
    findings: list[PlacedFinding]


class TestingRow(Schema):
    """A row of the Organisation that tests a layer."""

    integration: str
    check: str
    service: str | None
    status: Verdict | None = Field(description="null: it was not asked yet.")
    evidence: str
    remedy: str
    checked_at: Moment | None


class DiagnosedLayer(Schema):
    layer: OnLayer
    confidence: Annotated[str, WithJsonSchema({"type": "string", "enum": ["certain", "likely", "possible"]})]
    why: str
    remedy: str
    seen: str = Field(description="The line that decided, without its secrets.")
    rows: list[TestingRow]


class Removed(Schema):
    kind: str
    count: int


class Diagnosis(Schema):
    """As `manage.py diagnose` tells it: the likely layers, best first; none where nothing was recognised."""

    redacted: str
    removed: list[Removed]
    layers: list[DiagnosedLayer]


class ToDiagnose(Schema):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="A message or a log, up to 1 MiB. It is read in memory and not stored.")
    organisation: str = Field("", description="Adds the rows of this Organisation that test each layer; the token's own.")
    recheck: bool = Field(False, description="Ask those rows again first, within 45 seconds. Needs the role developer.")


class IntegrationList(Schema):
    items: list[Integration]
    next: str | None = Field(description="The address of the next page; null at the end.")


class FindingList(Schema):
    items: list[PlacedFinding]
    next: str | None = Field(description="The address of the next page; null at the end.")


class FieldError(Schema):
    field: str
    detail: str


class ProblemDocument(Schema):
    """RFC 9457. type leads to a page that says what to do; errors names fields, for status 422."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = Field(default_factory=list)
