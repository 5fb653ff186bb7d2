"""Findings and runs as the plain documents of the interface: commands, the API and exports print these."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from checks.diagnosis.engine import Diagnosis
from checks.engine import hooks
from checks.models import Finding, Integration, Run
from checks.providers import BY_SLUG


def moment(at: datetime | None) -> str | None:
    """A moment as the interface writes it: UTC, whole seconds, Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def finding(row: Finding) -> dict[str, Any]:
    """One row of the checklist."""
    return {
        "check": row.check_slug, "title": row.title, "service": row.service.name if row.service else None,
        "status": row.status, "required": row.required, "cause": row.cause or None, "layer": row.layer or None,
        "evidence": row.evidence, "remedy": row.remedy, "link": row.link, "duration_ms": row.duration_ms,
        "facts": row.facts,
    }


def integration(row: Integration) -> dict[str, Any]:
    """An integration, as `connect` answers it: of its credentials the names alone."""
    document = {
        "id": str(row.id), "organisation": row.organisation.slug, "integration": row.name, "provider": row.provider,
        "settings": row.settings, "credentials": sorted(row.sealed), "status": str(row.status),
    }
    provider = BY_SLUG.get(row.provider)
    if provider is not None and provider.hook is not None:
        document["webhook_url"] = hooks.address(row)
    return document


def diagnosis(found: Diagnosis, rows: Sequence[Sequence[dict[str, Any]]] = ()) -> dict[str, Any]:
    """What a text told, as `diagnose` answers it. rows: for each layer those that test it."""
    each = rows or [[] for _ in found.layers]
    return {
        "redacted": found.redacted,
        "removed": [{"kind": kind, "count": count} for kind, count in found.removed],
        "layers": [{"layer": answer.layer.value, "confidence": answer.confidence, "why": answer.why,
                    "remedy": answer.remedy, "seen": answer.seen, "rows": list(mine)}
                   for answer, mine in zip(found.layers, each, strict=True)],
    }


def run(row: Run, findings: Iterable[Finding] | None = None) -> dict[str, Any]:
    """A run, as `verify` answers it: with all the findings of its integration, or with these."""
    integration = Integration.objects.select_related("organisation").get(pk=row.integration_id)
    if findings is None:
        findings = Finding.objects.filter(integration=integration).select_related("service")
    return {
        "organisation": integration.organisation.slug, "integration": integration.name,
        "provider": integration.provider, "status": row.status or "unknown",
        "integration_status": integration.status, "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at), "duration_ms": row.duration_ms,
        "findings": [finding(f) for f in findings],
    }
