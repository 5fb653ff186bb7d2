"""What stands below an opened row: what it breaks, granted against required, since when, the last thirty days. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.actions.corrections import Correction, settings_offered
from checks.actions.trust import Offer, offer
from checks.pages.history import Strip
from checks.pages.rows import Row
from checks.pages.seed import elsewhere, why
from checks.verdict import Status


@dataclass(frozen=True)
class Grant:
    """One line of granted against required. granted None: the provider does not tell."""

    name: str
    needed: bool
    granted: bool | None

    @property
    def is_missing(self) -> bool:
        return self.needed and self.granted is False


@dataclass(frozen=True)
class Detail:
    """A row and all that is known about it."""

    row: Row
    breaks: tuple[tuple[str, str], ...]  # what, and of which service: `the next deploy of`, `shop-api`
    elsewhere: str
    why: str
    grants: tuple[Grant, ...]
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
    row: Row, serves: Sequence[tuple[str, str]], strip: Strip | None = None, corrections: tuple[Correction, ...] = (),
    settings: Collection[str] = (),
) -> Detail:
    """serves: names of the services that the integration serves, each with what of it a failing row breaks.

    corrections: what the row's own facts offer as the right value of its service. settings: names of the integration's.
    """
    breaks = (
        tuple((what, name) for name, what in serves if row.service in ("", name))
        if row.status == Status.FAIL and row.stops
        else ()
    )
    shown = row.status in (Status.FAIL, Status.UNKNOWN)
    return Detail(
        row, breaks, elsewhere(row.layer) if shown else "", why(row.slug, row.layer), grants(row.facts or {}), strip,
        corrections, tuple(settings_offered(row.facts or {}, settings).values()),
    )


def grants(facts: Mapping[str, Any]) -> tuple[Grant, ...]:
    """From a verdict's facts `required` and `granted` (lists of names): what is needed first, then what is too much."""
    required, granted = _names(facts.get("required")), _names(facts.get("granted"))
    if not required:
        return ()
    told = facts.get("told_in_full", True)
    missing = False if told else None
    lines = [Grant(name, True, True if name in granted else missing) for name in required]
    return tuple(lines + [Grant(name, False, True) for name in granted if name not in required])


def _names(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, (list, tuple)) else []
