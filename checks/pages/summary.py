"""The answer on top of the checklist: one heading, one sentence, and the figures that matter today. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from checks.models import Run
from checks.pages.board import Board, Card
from checks.pages.rows import Row
from checks.pages.words import ago, counted, spelled
from checks.verdict import IntegrationStatus, Status

SOON_DAYS = 30


@dataclass(frozen=True)
class Figure:
    """look: act, soon or good. names: services or integrations that the text ends in, each with its page."""

    look: str
    strong: str
    text: str
    names: tuple[str, ...] = ()
    page: str = "service"


@dataclass
class Summary:
    heading: str
    sentence: str
    figures: list[Figure] = field(default_factory=list)


def summary(board: Board) -> Summary:
    """What the checklist says first."""
    return Summary(heading(board), sentence(board), figures(board) if board.cards else [])


def heading(board: Board) -> str:
    """The answer to "what stands between me and the next deploy", worst first."""
    cards = board.cards
    if not cards:
        return "Nothing is connected yet"
    asked = [c for c in board.active if c.run and c.run.trigger != Run.Trigger.SCHEDULE]
    if asked:
        waits = all(c.run and c.run.waits for c in asked)
        return "Queued: no worker is running" if waits else f"Checking {counted(len(asked), 'integration')}"
    return _wrong(cards) or _not_seen(cards) or _proven(board)


def _wrong(cards: list[Card]) -> str:
    """Something to mend, or nothing to say."""
    wrong = _things_to_mend(cards)
    if not wrong:
        return ""
    thing, stops = ("thing", "stops") if wrong == 1 else ("things", "stop")
    deploys = any(c.services for c in cards if c.wrong or c.needs_credential)
    return f"{spelled(wrong)} {thing} {f'{stops} your next deploy' if deploys else 'to mend'}"


def _not_seen(cards: list[Card]) -> str:
    """What could not be checked, or was not proven yet; nothing where all that is not paused is verified."""
    hidden = sum(card.standing == IntegrationStatus.UNKNOWN or bool(card.could_not) for card in cards)
    if hidden:
        return f"{spelled(hidden)} {'integration' if hidden == 1 else 'integrations'} could not be checked"
    proven = Counter(card.standing for card in cards)
    open_ = len(cards) - proven[IntegrationStatus.VERIFIED] - proven[IntegrationStatus.PAUSED]
    if open_:
        return f"{spelled(open_)} {'integration is' if open_ == 1 else 'integrations are'} not proven yet"
    if proven[IntegrationStatus.PAUSED]:
        some = proven[IntegrationStatus.VERIFIED]
        return "Everything that is not paused is proven" if some else "Everything is paused"
    return ""


def _proven(board: Board) -> str:
    warnings = sum(row.status in (Status.WARN, Status.FAIL) for card in board.cards for row in card.rows)
    if not warnings:
        return "Everything is proven"
    return f"Everything works; {spelled(warnings).lower()} {'thing' if warnings == 1 else 'things'} should change"


def sentence(board: Board) -> str:
    """How much was proven, and when that was last asked."""
    if not board.cards:
        return (
            "Connect what your deploys rest on. Each prerequisite is then asked of the provider itself, "
            "and answered with what was seen and what to do."
        )
    count = Counter(row.known for card in board.cards for row in card.rows)
    parts = [f"{counted(count['pass'], 'prerequisite')} proven at the provider"]
    parts += [
        f"{count[status]} {word}"
        for status, word in (("fail", "wrong"), ("warn", "to change"), ("unknown", "could not be checked"))
        if count[status]
    ]
    asked = [
        card.integration.checked_at
        for card in board.cards
        if card.integration.checked_at and card.integration.status != IntegrationStatus.PAUSED
    ]
    when = f" Oldest answer {ago(min(asked), board.now)}." if asked else " Nothing was asked yet."
    return ", ".join(parts) + "." + when


def figures(board: Board) -> list[Figure]:
    found = [_to_mend(board), _coming_due(board), _ready(board)]
    return [figure for figure in found if figure is not None]


def _things_to_mend(cards: list[Card]) -> int:
    return sum(len(card.wrong) + card.needs_credential for card in cards)


def _to_mend(board: Board) -> Figure:
    wrong = _things_to_mend(board.cards)
    if not wrong:
        return Figure("good", "Nothing to mend", "no required row was seen to be wrong")
    broken = tuple(s.name for s in board.services if board.readiness_of(s) == "broken")
    if broken:
        return Figure("act", f"{wrong} to mend", "it breaks" if wrong == 1 else "they break", broken)
    names = tuple(card.name for card in board.cards if card.wrong or card.needs_credential)
    return Figure("act", f"{wrong} to mend", "no service rests on it yet; see", names, "integration")


def _coming_due(board: Board) -> Figure | None:
    """The credential that ends first, where one ends within 30 days."""
    ends = [(end, card.name) for card in board.cards for row in card.rows if (end := expiry(row)) is not None]
    if not ends:
        return None
    end, name = min(ends)
    days = (end - board.now.date()).days
    if days > SOON_DAYS:
        return None
    if days < 0:
        return Figure("act", "Expired", "the credential of", (name,), "integration")
    strong = "Today" if days == 0 else counted(days, "day")
    return Figure(
        "soon",
        strong,
        "is the last day of the credential of" if days == 0 else "until the credential ends of",
        (name,),
        "integration",
    )


def expiry(row: Row) -> date | None:
    """The day on which a credential ends, where a row knows it."""
    ends: Any = row.facts.get("expires_on") if row.facts else None
    try:
        return datetime.fromisoformat(ends).date() if isinstance(ends, str) else None
    except ValueError:
        return None


def _ready(board: Board) -> Figure:
    total = len(board.services)
    if not total:
        return Figure("soon", "No services yet", "name what you deploy, and the rows about it are asked too")
    ready = sum(board.readiness_of(service) == "ready" for service in board.services)
    if ready == total:
        return Figure(
            "good", counted(total, "service"), "would deploy right now" if total == 1 else "would all deploy right now"
        )
    look = "act" if not ready else "soon"
    return Figure(look, f"{ready} of {counted(total, 'service')}", "would deploy right now")
