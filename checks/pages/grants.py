"""Granted against required, as a table: what is missing first, then what was not told, what is too much, what is right. Pure.

It reads the facts of a verdict that checks.providers.grants describes; facts without those keys make no table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

MISSING, NOT_TOLD, EXCESS, OK = "missing", "not told", "excess", "ok"
ORDER = (MISSING, NOT_TOLD, EXCESS, OK)
FOLD_FROM = 8  # lines: from there on, those that are right are folded away


@dataclass(frozen=True)
class Grant:
    """One line. needed: what it is required for, "" for what nothing needs. how: by what its answer was proven."""

    name: str
    word: str
    needed: str = ""
    is_required: bool = True
    lets: str = ""
    how: str = ""

    @property
    def granted(self) -> str:
        return {MISSING: "no", NOT_TOLD: "not told"}.get(self.word, "yes")


@dataclass(frozen=True)
class Table:
    """shown and folded together are every line, in their order."""

    shown: tuple[Grant, ...]
    folded: tuple[Grant, ...] = ()

    @property
    def lines(self) -> tuple[Grant, ...]:
        return self.shown + self.folded

    @property
    def excess(self) -> tuple[Grant, ...]:
        """What would let somebody do more than a deploy does."""
        return tuple(line for line in self.lines if line.lets)

    @property
    def said(self) -> str:
        """How many of each word, worst first."""
        count = {word: sum(line.word == word for line in self.lines) for word in ORDER}
        return ", ".join(f"{number} {word}" for word, number in count.items() if number)


def table(facts: Mapping[str, Any], proven: Collection[str] = ()) -> Table | None:
    """None where the facts tell nothing to compare. proven: what other rows of the same credential saw granted."""
    required, granted = _names(facts.get("required")), _names(facts.get("granted"))
    lets = _words(facts.get("lets"))
    if not required and not lets:
        return None
    needed, how = _words(facts.get("needed_for")), _proofs(facts.get("actions"))
    lines = [Grant(name, _word(facts, name, proven), needed.get(name, ""), how=how.get(name, "")) for name in required]
    lines += [Grant(name, EXCESS if name in lets else OK, "", False, lets.get(name, ""), how.get(name, ""))
              for name in granted if name not in required]
    lines.sort(key=lambda line: ORDER.index(line.word))  # a stable sort: within a word as the provider lists them
    if len(lines) < FOLD_FROM:
        return Table(tuple(lines))
    return Table(tuple(x for x in lines if x.word != OK), tuple(x for x in lines if x.word == OK))


def _word(facts: Mapping[str, Any], name: str, proven: Collection[str]) -> str:
    """Of a required name. `covered` says that something granted includes it under another name."""
    if name in _names(facts.get("missing")):
        return MISSING
    if name in _names(facts.get("granted")) or name in _names(facts.get("covered")) or name in proven:
        return OK
    return MISSING if facts.get("told_in_full", True) else NOT_TOLD


def granted_names(facts: Mapping[str, Any]) -> frozenset[str]:
    """All that a verdict saw granted."""
    return frozenset(_names(facts.get("granted")))


def _proofs(actions: Any) -> dict[str, str]:
    """How each action was proven, and who denied it, where a provider tells that of each."""
    rows = [row for row in actions if isinstance(row, Mapping)] if isinstance(actions, (list, tuple)) else []
    return {str(row.get("action")): _proof(row) for row in rows}


def _proof(row: Mapping[str, Any]) -> str:
    proof, by, policy = (str(row.get(key) or "") for key in ("proof", "by", "policy"))
    parts = ["" if proof in ("", "none") else proof, f"by {by}" if by and row.get("state") == "denied" else "", policy]
    return ", ".join(part for part in parts if part)


def _names(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, (list, tuple)) else []


def _words(value: Any) -> dict[str, str]:
    return {str(name): str(word) for name, word in value.items()} if isinstance(value, Mapping) else {}
