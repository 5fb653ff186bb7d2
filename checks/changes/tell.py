"""One row's answer to "what changed": every change that was found, best first, and where it lies if none was made here. Pure."""
from __future__ import annotations

from checks.changes.base import Change, Changed, Scene
from checks.changes.edits import edits
from checks.changes.facts import differences
from checks.changes.outage import outage
from checks.changes.told import told
from checks.verdict import Cause, Status

MOST = 6
SEEN_BY = {
    "connect": "by the check after it was connected", "edit": "by the check after an edit",
    "person": "by a check that somebody asked for", "command": "by a check that was asked for at the command line",
    "service": "by the check after a service changed", "gate": "by a deploy gate", "schedule": "by a check that was due",
    "hook": "by a check that a webhook started"}


def tell(scene: Scene) -> Changed | None:
    """None for a row that is not red, or that was never seen green."""
    row = scene.row
    if not row.is_red or row.green_at is None or row.red_at is None:
        return None
    found = [*differences(scene), *edits(scene), *told(scene), *outage(scene)]
    best = sorted(_once(found), key=lambda change: (-change.sure, not change.is_edit, -_moment(change)))
    return Changed(row.green_at, row.red_at, tuple(best[:MOST]), SEEN_BY.get(row.trigger, ""),
                   "" if any(change.is_edit for change in best) else _otherwise(scene))


def _once(changes: list[Change]) -> list[Change]:
    """The first of those that say the same: events come newest first."""
    found: dict[str, Change] = {}
    for change in changes:
        found.setdefault(change.text, change)
    return list(found.values())


def _moment(change: Change) -> float:
    return change.at.timestamp() if change.at else 0.0


def _otherwise(scene: Scene) -> str:
    row, place = scene.row, scene.place
    if row.status == Status.UNKNOWN and row.cause == Cause.OURS:
        return f"the trouble is this program’s own, or on its way to {place.host}"
    if row.status == Status.UNKNOWN and row.cause == Cause.PROVIDER:
        return f"{place.host} stopped answering as it did"
    return f"it changed at {place.host}"
