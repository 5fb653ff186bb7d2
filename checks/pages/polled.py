"""What a page that shows several cards asks again while runs are under way."""

from __future__ import annotations

from abc import ABC, abstractmethod

from checks.pages.board import Card
from checks.pages.checklist import poll_every


class Polled(ABC):
    """active: the cards that a run is under way for. every: milliseconds between two looks."""

    @property
    @abstractmethod
    def active(self) -> list[Card]: ...

    @property
    def waits(self) -> bool:
        return any(card.run.waits for card in self.active if card.run)

    @property
    def progress(self) -> tuple[int, int]:
        """How many rows have landed, of how many."""
        return sum(card.landed for card in self.active), sum(card.total for card in self.active)

    @property
    def every(self) -> int:
        return poll_every(len(self.active))
