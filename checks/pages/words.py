"""How pages say numbers, spans and moments. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

SMALL = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
SPANS = ((60, "second"), (60, "minute"), (24, "hour"), (30, "day"), (12, "month"), (10_000, "year"))
JUST_NOW_SECONDS = 10


def counted(number: int, one: str, many: str = "") -> str:
    """`1 service`, `3 services`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def spelled(number: int) -> str:
    """A number that starts a sentence: `Two`, up to twelve; digits above."""
    return SMALL[number] if 0 <= number < len(SMALL) else f"{number:,}"


def span(seconds: float) -> str:
    """A length of time in its largest whole unit: `4 minutes`."""
    amount = max(0, int(seconds))
    for size, unit in SPANS:
        if amount < size:
            return counted(amount, unit)
        amount //= size
    return counted(amount, "year")


def ago(at: datetime | None, now: datetime) -> str:
    """How long a moment lies back, or ahead: `4 minutes ago`, `just now`, `in 2 hours`."""
    if at is None:
        return "never"
    seconds = (now - at).total_seconds()
    if abs(seconds) < JUST_NOW_SECONDS:
        return "just now" if seconds >= 0 else "in a moment"
    return f"{span(seconds)} ago" if seconds > 0 else f"in {span(-seconds)}"


def took(milliseconds: int | None) -> str:
    """`118 ms`, `1.2 s`; nothing where nothing was measured."""
    if not milliseconds:
        return ""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def listed(names: Sequence[str], most: int = 3) -> str:
    """`a, b and c`; past `most`, how many more there are."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
