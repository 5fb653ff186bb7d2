"""What stands below an opened row: what it breaks, granted against required, what changed, the last thirty days. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from checks.actions.corrections import Correction, settings_offered
from checks.actions.trust import Offer, offer
from checks.changes.base import Changed
from checks.pages.blast import Blast, Served, blast
from checks.pages.grants import Table, table
from checks.pages.history import Strip
from checks.pages.rows import Row
from checks.pages.seed import elsewhere, why
from checks.verdict import Status


@dataclass(frozen=True)
class Around:
    """What a row stands in. services: those behind it. provisions: new nodes stand behind it instead.

    settings: names of the integration's. proven: grants that other rows of the same credential saw.
    """

    services: Sequence[Served] = ()
    provisions: bool = False
    settings: Collection[str] = ()
    proven: Collection[str] = ()


@dataclass(frozen=True)
class Detail:
    """A row and all that is known about it."""

    row: Row
    blast: Blast | None
    elsewhere: str
    why: str
    grants: Table | None
    changed: Changed | None = None
    strip: Strip | None = None
    corrections: tuple[Correction, ...] = ()
    settings: tuple[str, ...] = ()  # the values that the row offers for the integration's own settings

    @property
    def link_host(self) -> str:
        """Where the row's link leads."""
        return self.row.link.split("://", 1)[-1].split("/", 1)[0]

    @property
    def host_key(self) -> Offer | None:
        """A key that waits for somebody to trust it."""
        return offer(self.row.facts) if self.row.status in (Status.FAIL, Status.UNKNOWN) and self.row.facts else None

    @property
    def opens(self) -> bool:
        """Whether there is something to read below the line."""
        return self.row.opens or bool(self.strip or self.grants or self.corrections)


def detail(
    row: Row, around: Around, changed: Changed | None = None, strip: Strip | None = None,
    corrections: tuple[Correction, ...] = (),
) -> Detail:
    """corrections: what the row's own facts offer as the right value of its service."""
    shown = row.status in (Status.FAIL, Status.UNKNOWN)
    return Detail(
        row, blast(row, around.services, provisions=around.provisions), elsewhere(row.layer) if shown else "",
        why(row.slug, row.layer), _grants(row, around.proven), changed, strip, corrections,
        tuple(settings_offered(row.facts or {}, around.settings).values()),
    )


def _grants(row: Row, proven: Collection[str]) -> Table | None:
    """A right row that proves one thing and finds nothing too much has nothing to compare."""
    found = table(row.facts or {}, proven) if row.facts else None
    trivial = found is not None and row.known == Status.PASS and len(found.lines) == 1 and not found.excess
    return None if trivial else found
