"""What a rule is: sentences that a tool prints, what they mean, and what to do.

A pattern is what has to stand on one line, in small letters: pieces in their order, split by `…`; a leading `^` or a
trailing `$` ties it to the line's begin or end, once times and prefixes are gone; a leading `*` marks words that are
told by themselves, whatever is spoken of around them. There is no repetition in it, so
reading a line costs its length. Numbers that must be told apart are written out.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from checks.diagnosis.families import WEAK
from checks.diagnosis.reading import Line
from checks.verdict import Layer


class Confidence(IntEnum):
    """How sure the rule is of its layer. Certain is for sentences that can mean nothing else."""

    POSSIBLE = 30
    LIKELY = 60
    CERTAIN = 90

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern."""

    parts: tuple[str, ...]
    begins: bool
    ends: bool
    alone: bool = False

    @cached_property
    def hint(self) -> str:
        """The part to look for first: the longest is the rarest."""
        return max(self.parts, key=len)

    def match(self, line: Line) -> bool:
        text = line.bare if self.begins or self.ends else line.low
        at = 0
        for part in self.parts:
            found = text.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if self.begins and not text.startswith(self.parts[0]):
            return False
        return not self.ends or text.rstrip(" .!\"'").endswith(self.parts[-1].rstrip(" .!\"'"))


def pattern(text: str) -> Pattern:
    alone, words = text.startswith("*"), text.removeprefix("*")
    begins, ends = words.startswith("^"), words.endswith("$")
    parts = tuple(part for part in words.removeprefix("^").removesuffix("$").split("…") if part)
    if not parts or text != text.lower():
        raise ValueError(f"A pattern is in small letters and says something: {text!r}.")
    return Pattern(parts, begins, ends, alone)


@dataclass(frozen=True)
class Rule:
    """says: the patterns, any of which is enough. layer: what it most likely means; also: what else, in order.

    source: where the sentence was seen, or whose source prints it. example: a message of it that this rule answers first.
    near: families of which one must be spoken of nearby (on the line itself, when it names any). far: look-alikes; spoken of
    instead of near (or home), they rule it out. here: near must be named on the line itself. beside: one of
    these must stand on the line, too.
    text: one of these must stand somewhere in the whole text. unless: none of these may stand on the line.
    weight: more or less than other rules of the same confidence.
    """

    name: str
    says: tuple[str, ...]
    layer: Layer
    why: str
    remedy: str
    source: str
    example: str
    confidence: Confidence = Confidence.LIKELY
    also: tuple[Layer, ...] = ()
    near: tuple[str, ...] = ()
    far: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    here: bool = False
    beside: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    weight: int = 0

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        return tuple(pattern(text) for text in self.says)

    @cached_property
    def told(self) -> frozenset[str]:
        """The families of near that are told by their own words, and so outweigh a look-alike on the same line."""
        return frozenset(self.near) - WEAK

    @property
    def score(self) -> int:
        return int(self.confidence) + self.weight
