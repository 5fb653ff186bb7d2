"""The rows that can tell, as the page of a diagnosis shows them and its fragment fetches them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from checks.actions.diagnose import Diagnosed
from checks.actions.settled import Seen, Settled, settle
from checks.pages.board import Board, Card, load
from checks.pages.detail import Detail
from checks.pages.polled import Polled
from checks.pages.rows import VERDICTS, Row
from checks.pages.words import ago
from checks.verdict import Layer, Skip, Status
from organisations.pages.request import OrganisationRequest

MOST_KEYS = 64  # of one kind in the address of the fragment
FOLD_FROM = 6  # passing rows of one integration
JUST_NOW_SECONDS = 60


@dataclass(frozen=True)
class Pick:
    """Which rows are shown, in words that an address may hold: names and slugs of this Organisation, none of the text."""

    integrations: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    services: tuple[str, ...] = ()  # none: all
    layers: tuple[str, ...] = ()

    @classmethod
    def of(cls, diagnosed: Diagnosed) -> Pick:
        rows = diagnosed.rows
        return cls(
            tuple(integration.name for integration in diagnosed.integrations)[:MOST_KEYS],
            tuple(dict.fromkeys(row.check.slug for row in rows))[:MOST_KEYS],
            diagnosed.services[:MOST_KEYS],
            tuple(cause.answer.layer.value for cause in diagnosed.causes),
        )

    @classmethod
    def read(cls, query: QueryDict) -> Pick:
        integrations, checks, services, layers = (tuple(query.getlist(key)[:MOST_KEYS]) for key in "icsl")
        return cls(integrations, checks, services, layers)

    @property
    def query(self) -> str:
        return urlencode({"i": self.integrations, "c": self.checks, "s": self.services, "l": self.layers}, doseq=True)

    def takes(self, row: Row) -> bool:
        mine = not row.service or not self.services or row.service in self.services
        return mine and row.slug in self.checks and row.skip != Skip.NO_SERVICE


@dataclass
class Part:
    """The rows of one integration that test the message."""

    card: Card
    lines: list[Detail]

    @property
    def folds(self) -> bool:
        return sum(line.row.known == Status.PASS for line in self.lines) > FOLD_FROM

    @property
    def open_lines(self) -> list[Detail]:
        """What is not right, and, where few are, what is; a row that is asked again keeps its place."""
        return [line for line in self.lines if not self.folds or line.row.known != Status.PASS]

    @property
    def folded(self) -> list[Detail]:
        return [line for line in self.lines if line.row.known == Status.PASS] if self.folds else []


@dataclass
class Live(Polled):
    """What a run changes, and the fragment fetches again."""

    board: Board
    pick: Pick
    parts: list[Part]

    @property
    def active(self) -> list[Card]:
        return [part.card for part in self.parts if part.card.run]

    @property
    def token(self) -> str:
        return ".".join(part.card.token for part in self.parts) if self.active else "done"

    @property
    def settled(self) -> Settled:
        layers = [Layer(layer) for layer in self.pick.layers if layer in set(Layer)]
        return settle(layers, [seen for part in self.parts for seen in _seen(part)])

    @property
    def sentences(self) -> list[str]:
        """The answer in words; nothing while it is being asked, or where nothing tests it."""
        if self.active or not self.parts:
            return []
        found = self.settled
        return found.sentences(self._when(found))

    def _when(self, found: Settled) -> str:
        if found.oldest is None or (self.board.now - found.oldest).total_seconds() < JUST_NOW_SECONDS:
            return "just now"
        return f"when it was last asked, {ago(found.oldest, self.board.now)}"


def _seen(part: Part) -> Iterable[Seen]:
    """The rows as they stand; one that is asked again counts with its verdict of before."""
    for row in (line.row for line in part.lines):
        check = part.card.provider.checks.get(row.slug) if part.card.provider else None
        about = (check.layer if check else None) or ""
        status = row.status if row.status in VERDICTS else ""
        yield Seen(part.card.name, row.title, status, about, row.layer or about, row.evidence, row.checked_at, row.service,
                   row.required)


def live(request: OrganisationRequest, pick: Pick) -> Live:
    board = load(request.organisation)
    cards = [card for name in pick.integrations for card in board.cards if card.name == name]
    parts = [Part(card, [line for line in card.lines if pick.takes(line.row)]) for card in cards]
    return Live(board, pick, [part for part in parts if part.lines])
