"""What one integration's rows were over the last thirty days, from the moments at which they changed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from checks.pages.rows import Row
from checks.pages.words import span
from checks.verdict import Status

DAYS = 30
WIDTH = 300
SAID = {
    "pass": "passing",
    "warn": "passing with a warning",
    "fail": "failing",
    "unknown": "not to be seen",
    "skipped": "not tried",
}


@dataclass(frozen=True)
class Segment:
    """A stretch of one status, as a part of a strip that is WIDTH wide."""

    status: str
    x: float
    width: float


@dataclass(frozen=True)
class Strip:
    segments: tuple[Segment, ...]
    said: str


def by_row(flips: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Flips of one integration, oldest first, by check and service's name."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for flip in sorted(flips, key=lambda f: f["at"]):
        found[flip["check_slug"], flip["service_name"]].append(flip)
    return found


def strip(row: Row, flips: list[Mapping[str, Any]], now: datetime) -> Strip | None:
    """The row's last thirty days, or None where it has no past yet. Before its first answer the strip is empty."""
    if row.since is None or not row.known or (row.known == Status.SKIPPED and not flips):
        return None
    start = now - timedelta(days=DAYS)
    recent = [flip for flip in flips if flip["at"] > start]
    edges = [(flip["at"], flip["after"]) for flip in recent]
    before = recent[0]["before"] if recent else (row.known if row.since <= start else "")
    if not recent and row.since > start:
        edges = [(row.since, row.known)]
    points = [(start, before), *edges, (now, "")]
    segments = tuple(
        Segment(status, round(_place(at, start, now), 1), round(_place(until, start, now) - _place(at, start, now), 1))
        for (at, status), (until, _) in pairwise(points)
        if status
    )
    changed = f"; changed {len(recent)} times in {DAYS} days" if len(recent) > 1 else ""
    return Strip(
        segments,
        f"{SAID.get(row.known, row.known).capitalize()} for {span((now - row.since).total_seconds())}{changed}",
    )


def _place(at: datetime, start: datetime, now: datetime) -> float:
    return WIDTH * (at - start).total_seconds() / (now - start).total_seconds()
