"""Findings for a person at a terminal: a line a row, what to do below the ones that need it."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checks.verdict import Status

MARKS = {Status.PASS: "✓", Status.WARN: "!", Status.FAIL: "✗", Status.UNKNOWN: "?", Status.SKIPPED: "–"}


def findings_text(head: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """The head line, then each finding with its evidence, and its remedy and link where there is one."""
    lines = [head]
    for f in findings:
        about = f" ({f['service']})" if f["service"] else ""
        lines.append(f"{MARKS[Status(f['status'])]} {f['status']:<8}{f['title']}{about}: {f['evidence']}")
        if f["remedy"]:
            lines.append(f"  → {f['remedy']}" + (f" {f['link']}" if f["link"] else ""))
    return "\n".join(lines)
