"""The rules of diagnosis as people read them: the message, when it counts, why, what to do, and what it is mistaken for. Pure.

Made of the rules themselves, so that a guide cannot say what a diagnosis does not.
"""
from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache

from checks.actions.settled import SAME
from checks.diagnosis import families as spoken
from checks.diagnosis.remedies import BESIDES, COMPUTE, NODE, ROWS
from checks.diagnosis.rule import Rule
from checks.diagnosis.rules import RULES
from checks.pages.layer_words import name
from checks.providers import PROVIDERS
from checks.providers.base import Check, Provider
from checks.verdict import Layer

SPOKEN = {
    spoken.GIT: "a Git host", spoken.HUB: "GitHub", spoken.APP: "a GitHub App", spoken.REGISTRY: "a registry",
    spoken.STORAGE: "a bucket", spoken.COMPUTE: "EC2", spoken.SSH: "SSH", spoken.HOOK: "a webhook",
    spoken.FOREIGN: "an unrelated product", spoken.DATA: "a database", spoken.AWS: "AWS", spoken.IMAGE: "an image",
    spoken.REPO: "a repository",
}
# What a message of a provider's own speaks of, by the kind of service that it serves.
KINDS = {"app": {spoken.GIT}, "docker": {spoken.REGISTRY}, "database": {spoken.STORAGE}, COMPUTE: {spoken.COMPUTE},
         NODE: {spoken.SSH}}
QUOTED = re.compile(r"“(\w+)”")
SHARED_SHOWN = 4
WORDINGS_SHOWN = 60


def _is_guess(rule: Rule) -> bool:
    return rule.here and bool(rule.beside)


def titled(text: str, layer: Layer) -> str:
    """A sentence of a layer with the rows that it names by their slugs under their titles."""
    titles = _titles(layer)
    return QUOTED.sub(lambda found: f"“{titles.get(found[1], found[1])}”", text)


@lru_cache(maxsize=len(Layer))
def _titles(layer: Layer) -> dict[str, str]:
    """One slug has several titles, by provider: those of the providers that the layer is about come last, and win."""
    kinds = set(ROWS[layer][0])
    checks = [(check.layer == layer, not kinds.isdisjoint(kinds_of(provider)), check)
              for provider in PROVIDERS for check in provider.checks.values()]
    return {check.slug: check.title for _, _, check in sorted(checks, key=lambda one: one[:2])}


def readable(pattern: str) -> str:
    """A pattern without its signs: what is between its pieces does not matter."""
    return " … ".join(part.strip() for part in pattern.lstrip("*^").removesuffix("$").split("…") if part.strip())


def either(words: Iterable[str]) -> str:
    names = list(words)
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def _named(families: Iterable[str]) -> str:
    return either(SPOKEN.get(one, one) for one in families)


@dataclass(frozen=True)
class Message:
    """One rule."""

    rule: Rule

    @property
    def anchor(self) -> str:
        return f"message-{self.rule.name}"

    @property
    def is_guess(self) -> bool:
        """No tool's own sentence, but words of trouble on a line that names what it is of."""
        return _is_guess(self.rule)

    @property
    def remedy(self) -> str:
        return titled(self.rule.remedy, self.rule.layer)

    @property
    def wordings(self) -> list[str]:
        """The words that it is told by, each once."""
        return list(dict.fromkeys(readable(text) for text in self.rule.says))

    @property
    def shown(self) -> list[str]:
        """As many of them as somebody reads; a status code is spelled in hundreds of ways."""
        return self.wordings[:WORDINGS_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.wordings) - WORDINGS_SHOWN)

    @property
    def source_link(self) -> str:
        return self.rule.source if self.rule.source.startswith("https://") else ""

    @property
    def counts_where(self) -> str:
        """What has to be spoken of around the words, and what must not be, in a sentence, or ""."""
        rule = self.rule
        near, far = _named(rule.near), _named(rule.far)
        said = [f"where {'its own line' if rule.here else 'it'} speaks of {near}" if near else "",
                f"where the text holds {either(f'“{word}”' for word in rule.text)}" if rule.text else "",
                (f"not beside {far}" if near or rule.text else f"unless it stands beside {far}") if far else ""]
        told = ", ".join(part for part in said if part)
        return f"Counts {told}." if told else ""


@dataclass(frozen=True)
class Remedy:
    """What to do, and the messages that ask for just that, the surest first."""

    text: str
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class LookAlike:
    """Another layer that is told of in the same words, or comes second. shared: those words."""

    layer: Layer
    shared: tuple[str, ...]
    here: str  # what this layer's messages of these words speak of
    there: str  # what the other's speak of

    @property
    def name(self) -> str:
        return name(self.layer)

    @property
    def shown(self) -> tuple[str, ...]:
        return self.shared[:SHARED_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.shared) - SHARED_SHOWN)

    @property
    def why(self) -> str:
        return BESIDES[self.layer][0]

    @property
    def remedy(self) -> str:
        return titled(BESIDES[self.layer][1], self.layer)


@dataclass(frozen=True)
class Guide:
    """All that the rules say of one layer."""

    layer: Layer

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        mine = [Message(rule) for rule in RULES if rule.layer is self.layer]
        return tuple(sorted(mine, key=lambda one: (one.is_guess, -one.rule.score)))

    @cached_property
    def known(self) -> tuple[Message, ...]:
        """Those that a tool is known to print."""
        return tuple(one for one in self.messages if not one.is_guess)

    @cached_property
    def guesses(self) -> tuple[Message, ...]:
        return tuple(one for one in self.messages if one.is_guess)

    @cached_property
    def remedies(self) -> tuple[Remedy, ...]:
        return grouped(self.known)

    @cached_property
    def look_alikes(self) -> tuple[LookAlike, ...]:
        """Those with the most words in common first, then those that come second in its answers or it in theirs."""
        others = [_look_alike(self.layer, other) for other in Layer if other is not self.layer]
        return tuple(sorted((one for one in others if one is not None), key=lambda one: -len(one.shared)))

    @cached_property
    def tested_by(self) -> tuple[tuple[Provider, tuple[Check, ...]], ...]:
        """The rows that can tell, by provider: those of diagnosis, and those that declare the layer."""
        kinds, slugs = ROWS[self.layer]
        found = []
        for provider in PROVIDERS:
            exact = any(check.layer == self.layer for check in provider.checks.values())
            able = exact or (self.layer not in SAME and not set(kinds).isdisjoint(kinds_of(provider)))
            rows = tuple(check for check in provider.checks.values()
                         if check.layer == self.layer or (able and check.slug in slugs))
            if rows:
                found.append((provider, rows))
        return tuple(found)


@lru_cache(maxsize=len(Layer))
def guide_to(layer: Layer) -> Guide:
    return Guide(layer)


def kinds_of(provider: Provider) -> tuple[str, ...]:
    """The kinds of service that it serves, and what else it is."""
    return (*provider.serves, *((COMPUTE,) if provider.provisions else ()), *((NODE,) if provider.is_node else ()))


def grouped(messages: Iterable[Message]) -> tuple[Remedy, ...]:
    """Each remedy once, in the order of its surest message."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.remedy, []).append(message)
    return tuple(Remedy(text, tuple(mine)) for text, mine in found.items())


def of_provider(provider: Provider) -> list[tuple[Layer, tuple[Remedy, ...]]]:
    """What errors look like at one provider: the messages of its rows' layers that can be its own."""
    layers = dict.fromkeys(check.layer for check in provider.checks.values() if check.layer)
    speaks = {family for kind in kinds_of(provider) for family in KINDS[kind]}
    if Layer.GITHUB_APP in layers:
        speaks |= {spoken.HUB, spoken.APP}
    found = [(layer, [one for one in guide_to(layer).known if _can_be(one.rule, speaks)]) for layer in layers]
    return [(layer, grouped(messages)) for layer, messages in found if messages]


def _can_be(rule: Rule, speaks: AbstractSet[str]) -> bool:
    return not rule.near or not speaks.isdisjoint(rule.near) or not speaks.isdisjoint(rule.home)


def _look_alike(layer: Layer, other: Layer) -> LookAlike | None:
    mine = [rule for rule in RULES if rule.layer is layer and not _is_guess(rule)]
    theirs = [rule for rule in RULES if rule.layer is other and not _is_guess(rule)]
    words = {text for rule in theirs for text in rule.says}
    shared = tuple(dict.fromkeys(readable(text) for rule in mine for text in rule.says if text in words))
    second = any(other in rule.also for rule in mine) or any(layer in rule.also for rule in theirs)
    return LookAlike(layer=other, shared=shared, here=_spoken(mine, shared), there=_spoken(theirs, shared)) if (
        shared or second) else None


def _spoken(rules: Iterable[Rule], shared: Collection[str]) -> str:
    """What the rules that share these words want spoken of."""
    near = [one for rule in rules if any(readable(text) in shared for text in rule.says) for one in rule.near]
    return _named(dict.fromkeys(near))
