"""What a row breaks: which operations of which services, from the check's own place and never from its texts. Pure.

A check serves every operation of the services behind it, unless SERVES names the few that it serves: a webhook brings a
push here and no more, listing finds old backups and writes no new one. What provisions serves no service but new nodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from checks.pages.rows import Row
from checks.verdict import Layer, Status


class Operation(StrEnum):
    DEPLOY = "Deploy"
    AUTO_DEPLOY = "Auto-deploy"
    BACKUP = "Backups"
    RESTORE = "Restore"
    PRUNE = "Pruning"
    PROVISION = "Provisioning"


O = Operation  # noqa: E741 -- a table of them reads better so
# Kinds of service: what there is to break. A service that is served by a hook also deploys by itself.
OF_KIND: Mapping[str, tuple[Operation, ...]] = {
    "app": (O.DEPLOY,), "docker": (O.DEPLOY,), "database": (O.BACKUP, O.RESTORE, O.PRUNE)}
# Checks that serve some operations only.
SERVES: Mapping[str, frozenset[Operation]] = {
    "push_event_subscribed": frozenset({O.AUTO_DEPLOY}), "webhook_configured": frozenset({O.AUTO_DEPLOY}),
    "webhook_delivered": frozenset({O.AUTO_DEPLOY}),
    "object_writable": frozenset({O.BACKUP}), "multipart_supported": frozenset({O.BACKUP}),
    "object_readable": frozenset({O.RESTORE}), "prefix_listable": frozenset({O.RESTORE, O.PRUNE}),
    "object_deletable": frozenset({O.PRUNE}),
}
# What these say is no obstacle to anything: they tell of what a credential or a bucket gives away.
EXPOSES = frozenset({"scopes_not_excessive", "permissions_not_excessive", "push_not_granted", "privileges_not_excessive",
                     "principal_not_root", "bucket_not_public", "key_separate_from_aws"})
# Optional rows whose failure does stop what they serve.
OF_A_SERVICE = "reaches_host"  # what of a node serves one service's own host; the rest of it serves deploys
DECISIVE = frozenset({"push_event_subscribed", "webhook_configured", "webhook_delivered"})
ENDS = ("expires_on", "certificate_expires_at")  # facts: a day after which it stops
SHOWN = 6  # services
STOPS, AT_RISK, GOES_ON = "stops", "at risk", "goes on"
BY_HAND, NODES_GO_ON = "Deploys by hand still work.", "Nodes that run already go on."
NODE_STAYS = "What runs on the node already goes on; nothing new gets there."


@dataclass(frozen=True)
class Served:
    """A service behind a row. is_hooked: a webhook starts its deploys. on_node: the row's integration is its node."""

    name: str
    kind: str
    is_hooked: bool = False
    on_node: bool = False

    def operations(self, slug: str) -> tuple[Operation, ...]:
        """Those that can break where a row of this slug stands."""
        if self.on_node and slug != OF_A_SERVICE:
            return (O.DEPLOY,)
        mine = OF_KIND.get(self.kind, (O.DEPLOY,))
        return (*mine, O.AUTO_DEPLOY) if self.is_hooked and O.DEPLOY in mine else mine


@dataclass(frozen=True)
class Line:
    """name: a service's, or, with is_service False, words for what else is hit. cells: one for each column, "" where the
    service has no such operation."""

    name: str
    cells: tuple[str, ...]
    is_service: bool = True


@dataclass(frozen=True)
class Blast:
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""

    @property
    def first(self) -> tuple[Line, ...]:
        return self.lines[:SHOWN]

    @property
    def more(self) -> tuple[Line, ...]:
        """Beyond what a row shows at once."""
        return self.lines[SHOWN:]

    @property
    def title(self) -> str:
        now = any(cell == STOPS for line in self.lines for cell in line.cells)
        return "What it breaks" if now else "What it puts at risk"


def blast(row: Row, services: Sequence[Served], *, provisions: bool = False) -> Blast | None:
    """None for a row that is not wrong, or whose being wrong stands in nobody's way.

    services: those that the row's integration serves. provisions: it serves new nodes and no service.
    """
    word = _word(row)
    if not word:
        return None
    if provisions:
        return Blast((O.PROVISION,), (Line("New worker nodes", (word,), is_service=False),), NODES_GO_ON)
    mine = [one for one in services if row.service in ("", one.name)]
    hit = [(one, _hit(row, one)) for one in mine]
    hit = [(one, struck) for one, struck in hit if struck]
    columns = tuple(o for o in Operation if any(o in one.operations(row.slug) for one, _ in hit))
    lines = tuple(Line(one.name, tuple(_cell(one.operations(row.slug), struck, o, word) for o in columns)) for one, struck in hit)
    return Blast(columns, lines, _note(row, hit)) if lines else None


def _word(row: Row) -> str:
    facts = row.facts or {}
    only_exposes = row.slug in EXPOSES or (row.status == Status.WARN and facts.get("lets") and not facts.get("required"))
    if only_exposes or row.status not in (Status.FAIL, Status.WARN):
        return ""
    end = _end(facts)
    if row.status == Status.FAIL and (row.required or row.slug in DECISIVE):
        return STOPS
    return f"{STOPS} after {end:%-d %B %Y}" if end and row.status == Status.WARN else AT_RISK


def _end(facts: Mapping[str, Any]) -> date | None:
    for name in ENDS:
        try:
            return date.fromisoformat(str(facts.get(name) or "")[:10])
        except ValueError:
            continue
    return None


def _hit(row: Row, service: Served) -> frozenset[Operation]:
    """The operations of this service that the row serves."""
    every = frozenset(service.operations(row.slug))
    serves = SERVES.get(row.slug)
    if serves is None:
        return frozenset({O.AUTO_DEPLOY}) & every if row.layer == Layer.WEBHOOK else every
    return serves & every


def _cell(every: Sequence[Operation], struck: frozenset[Operation], operation: Operation, word: str) -> str:
    if operation not in every:
        return ""
    return word if operation in struck else GOES_ON


def _note(row: Row, hit: Sequence[tuple[Served, frozenset[Operation]]]) -> str:
    every = frozenset().union(*(struck for _, struck in hit))
    if every == {O.AUTO_DEPLOY}:
        return BY_HAND
    if any(service.on_node for service, _ in hit) and row.status == Status.FAIL:
        return NODE_STAYS
    return ""
