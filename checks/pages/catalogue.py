"""What a search looks through: the guides, their rows, layers and messages; and what one Organisation has."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.urls import reverse

from checks.pages.board import Board, Card
from checks.pages.folded import Piece, excerpt, fold, marked
from checks.pages.layer_words import ABOUT, name
from checks.pages.messages import guide_to
from checks.pages.rows import Row
from checks.pages.seed import elsewhere, why
from checks.pages.words import listed
from checks.providers import PROVIDERS
from checks.providers.base import Provider
from checks.verdict import Layer

TITLE_SHOWN = 160


@dataclass(frozen=True)
class Entry:
    """One thing that can be found. kind: what it is, in words. status and word: of its pill, where it has one.

    own: it is the Organisation's, not a guide's.
    """

    kind: str
    title: str
    text: str
    url: str
    status: str = ""
    word: str = ""
    own: bool = False

    @cached_property
    def folded_title(self) -> str:
        return fold(self.title)

    @cached_property
    def folded(self) -> str:
        return f"{self.folded_title}\n{fold(self.text)}"


@dataclass(frozen=True)
class Hit:
    """An entry with the words that found it."""

    entry: Entry
    words: tuple[str, ...]

    @property
    def title(self) -> list[Piece]:
        return marked(self.entry.title, self.words)

    @property
    def text(self) -> list[Piece]:
        """Around the first word that does not stand in the title already."""
        new = [word for word in self.words if word not in self.entry.folded_title] or self.words
        return marked(excerpt(self.entry.text, new), self.words)


def look(entries: Iterable[Entry], words: tuple[str, ...]) -> list[Hit]:
    """Those that hold every word: first those whose title holds all, then the Organisation's own; in each, more words in
    the title first, those at the beginning of a word first, then as they come."""
    found = [entry for entry in entries if all(word in entry.folded for word in words)]
    return [Hit(entry, words) for entry in sorted(found, key=lambda entry: _rank(entry, words))]


def _rank(entry: Entry, words: tuple[str, ...]) -> tuple[bool, bool, int, int]:
    title = entry.folded_title
    held, begins = sum(word in title for word in words), sum(f" {word}" in f" {title}" for word in words)
    return held < len(words), not entry.own, -held, -begins


@lru_cache(maxsize=1)
def guides() -> tuple[Entry, ...]:
    """Everything that the guides say: the same for everybody."""
    return (*_providers(), *_layers(), *_messages(), *(entry for one in PROVIDERS for entry in _asked(one)))


def _providers() -> Iterator[Entry]:
    for one in PROVIDERS:
        guide = one.guide
        text = [guide.needs, *(step.text for step in guide.steps), guide.least_grant, *(end.what for end in one.deprecations)]
        yield Entry("Guide", one.name, " ".join(text), reverse("guide", kwargs={"provider": one.slug}))


def _asked(one: Provider) -> Iterator[Entry]:
    page = reverse("guide", kwargs={"provider": one.slug})
    for check in one.checks.values():
        yield Entry(f"Asked of {one.name}", check.title, f"{why(check.slug, check.layer or '')} {check.slug}",
                    f"{page}#asked-{check.slug}")


def _layers() -> Iterator[Entry]:
    for layer, about in ABOUT.items():
        text = f"{about.what} {about.who} {elsewhere(layer)} {layer.value}"
        yield Entry("Layer", name(layer), text, reverse("guide_layer", kwargs={"layer": layer.value}))


def _messages() -> Iterator[Entry]:
    for layer in Layer:
        page = reverse("guide_layer", kwargs={"layer": layer.value})
        for message in guide_to(layer).messages:
            rule = message.rule
            example = " ".join(rule.example.split())
            title = example if len(example) <= TITLE_SHOWN else f"{example[:TITLE_SHOWN - 1]}…"
            text = " · ".join([f"{rule.why} {message.remedy}", *message.wordings, rule.source])
            yield Entry(f"Message of {name(layer)[:1].lower()}{name(layer)[1:]}", title, text, f"{page}#{message.anchor}")


def here(board: Board) -> Iterator[Entry]:
    """What the Organisation has: integrations, services, then rows. Reads nothing but the board."""
    org = board.organisation.slug
    pages = {card.name: reverse("integration", kwargs={"org": org, "name": card.name}) for card in board.cards}
    for card in board.cards:
        text = f"{card.provider_name} · {card.summary} · serves {listed(card.serves) or 'nothing yet'} {card.integration.notes}"
        yield Entry("Integration", card.name, text, pages[card.name], card.status, card.word, own=True)
    for service in board.services:
        text = " ".join([str(service.get_kind_display()), *(str(value) for value in service.target.values()), service.notes])
        yield Entry("Service", service.name, text, reverse("service", kwargs={"org": org, "name": service.name}),
                    own=True)
    for card in board.cards:
        for row in card.rows:
            yield _row(card, row, pages[card.name])


def _row(card: Card, row: Row, page: str) -> Entry:
    title = f"{row.title}, for {row.service}" if row.service else row.title
    about = name(Layer(row.layer)) if row.layer in set(Layer) else ""
    text = " ".join(part for part in (row.evidence, row.remedy, about) if part)
    return Entry(f"Row of {card.name}", title, text, f"{page}#row-{card.name}-{row.key}", row.status, row.word, own=True)
