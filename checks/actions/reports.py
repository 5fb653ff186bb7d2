"""Findings and runs as the plain documents of the interface: commands, the API and exports print these."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from checks.models import Finding, Integration, Run


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


def run(row: Run) -> dict[str, Any]:
    """A run with all its findings, as `verify` answers it."""
    integration = Integration.objects.select_related("organisation").get(pk=row.integration_id)
    findings = Finding.objects.filter(integration=integration).select_related("service")
    return {
        "organisation": integration.organisation.slug, "integration": integration.name,
        "provider": integration.provider, "status": row.status or "unknown",
        "integration_status": integration.status, "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at), "duration_ms": row.duration_ms,
        "findings": [finding(f) for f in findings],
    }
