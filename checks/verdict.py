"""The vocabulary of the whole program: what a check may say, whose move it is, and where to look.

Pure: imports nothing of ours, knows no network and no database.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """What was seen. `skipped` is not an answer: the check was not tried."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Cause(StrEnum):
    """Who can change a verdict that is not a pass. Only `yours` may turn a passing row into a fail."""

    YOURS = "yours"
    PROVIDER = "provider"
    OURS = "ours"


class Layer(StrEnum):
    """Where the trouble most likely sits: the seed page's own last table, in full."""

    GIT_TOKEN = "git-token"
    GITHUB_APP = "github-app"
    REPO_ALLOW_LIST = "repo-allow-list"
    CLONE_URL = "clone-url"
    BRANCH_MISSING = "branch-missing"
    REGISTRY_AUTH = "registry-auth"
    REGISTRY_HOST = "registry-host"
    REGISTRY_NAMESPACE = "registry-namespace"
    REGISTRY_RATE_LIMIT = "registry-rate-limit"
    BACKUP_KEYS = "backup-keys"
    BACKUP_BUCKET_POLICY = "backup-bucket-policy"
    BACKUP_ENDPOINT_REGION = "backup-endpoint-region"
    AWS_IAM = "aws-iam"
    AWS_SCP = "aws-scp"
    AWS_KEYS = "aws-keys"
    AWS_QUOTA = "aws-quota"
    AWS_NETWORKING = "aws-networking"
    WEBHOOK = "webhook"
    SSH_AUTH = "ssh-auth"
    SSH_HOST = "ssh-host"
    DNS = "dns"
    TLS = "tls"
    NETWORK = "network"
    CLOCK = "clock"
    PROVIDER_OUTAGE = "provider-outage"


class Skip(StrEnum):
    """Why a row was not tried."""

    NEED = "need"  # a check it needs neither passed nor warned
    NO_SERVICE = "no_service"  # it runs once for each service, and none uses the integration yet
    NOT_APPLICABLE = "not_applicable"  # the settings, or what was seen, make it pointless


class IntegrationStatus(StrEnum):
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NEEDS_CREDENTIAL = "needs_credential"
    PAUSED = "paused"


@dataclass(frozen=True)
class Verdict:
    """One answer. Build it with the functions below: they refuse a verdict that leaves its reader helpless.

    evidence: a past-tense sentence that names the resource. remedy: an imperative that names the page, setting or
    command. link: that very page at the provider. layer None means the layer that the check declares.
    required None means what the check declares; False lets one run say "here I could not be decisive".
    facts: plain JSON values for programs and for checks that need this one.
    """

    status: Status
    evidence: str
    cause: Cause | None = None
    layer: Layer | None = None
    remedy: str = ""
    link: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    skip: Skip | None = None
    required: bool | None = None

    def __post_init__(self) -> None:
        if not self.evidence.strip():
            raise ValueError("A verdict says what was seen: evidence is empty.")
        if self.status in (Status.WARN, Status.FAIL) and not self.remedy.strip():
            raise ValueError(f"A {self.status} says what to do: remedy is empty ({self.evidence!r}).")

    def with_layer(self, layer: Layer | None) -> Verdict:
        return self if self.layer is not None else replace(self, layer=layer)


def passed(evidence: str, **facts: Any) -> Verdict:
    """Seen to be right."""
    return Verdict(Status.PASS, evidence, facts=facts)


def warn(
    evidence: str, *, remedy: str, link: str = "", layer: Layer | None = None, cause: Cause = Cause.YOURS,
    required: bool | None = None, **facts: Any,
) -> Verdict:
    """Works, and should change."""
    return Verdict(Status.WARN, evidence, cause, layer, remedy, link, facts, required=required)


def fail(
    evidence: str, *, remedy: str, link: str = "", layer: Layer | None = None, required: bool | None = None, **facts: Any,
) -> Verdict:
    """Seen to be wrong, and the organisation can mend it: a fail is always `yours`."""
    return Verdict(Status.FAIL, evidence, Cause.YOURS, layer, remedy, link, facts, required=required)


def unknown(
    evidence: str, *, cause: Cause, layer: Layer | None = None, remedy: str = "", link: str = "",
    required: bool | None = None, **facts: Any,
) -> Verdict:
    """Could not be seen. Never blames the organisation for an outage: the cause says whose move it is."""
    return Verdict(Status.UNKNOWN, evidence, cause, layer, remedy, link, facts, required=required)


def skipped(evidence: str, *, skip: Skip = Skip.NOT_APPLICABLE, **facts: Any) -> Verdict:
    """Not tried."""
    return Verdict(Status.SKIPPED, evidence, facts=facts, skip=skip)


SEVERITY = (Status.PASS, Status.WARN, Status.UNKNOWN, Status.FAIL)


@dataclass(frozen=True)
class Row:
    """What the summing-up needs of a finding, whoever holds it."""

    status: Status
    required: bool
    cause: Cause | None = None
    skip: Skip | None = None


def worst(rows: Iterable[Row]) -> Status:
    """The status of a run: fail > unknown > warn > pass over its required rows.

    A failing or warning row that is not required counts as a warn; a skipped row counts as nothing.
    """
    level = 0
    for row in rows:
        if row.status is Status.SKIPPED:
            continue
        if row.required:
            level = max(level, SEVERITY.index(row.status))
        elif row.status in (Status.FAIL, Status.WARN):
            level = max(level, SEVERITY.index(Status.WARN))
    return SEVERITY[level]


def integration_status(rows: Iterable[Row], before: IntegrationStatus) -> IntegrationStatus:
    """What an integration is after a run, given what it was before.

    An outage keeps what was last known: a verified one stays verified, a broken one stays broken.
    """
    required = [row for row in rows if row.required and row.skip is not Skip.NOT_APPLICABLE]
    if not required:
        return IntegrationStatus.UNVERIFIED
    if any(row.status is Status.FAIL for row in required):
        return IntegrationStatus.BROKEN
    if any(row.status is Status.UNKNOWN and row.cause is Cause.YOURS for row in required):
        return IntegrationStatus.UNVERIFIED  # it waits for somebody here: a host key to trust
    if any(row.status is Status.UNKNOWN for row in required):
        kept = (IntegrationStatus.VERIFIED, IntegrationStatus.BROKEN)
        return before if before in kept else IntegrationStatus.UNKNOWN
    if any(row.status is Status.SKIPPED for row in required):
        return IntegrationStatus.UNVERIFIED
    return IntegrationStatus.VERIFIED
