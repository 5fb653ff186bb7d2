"""The same text as people and programs read it: without colours and invisible characters, and with its escapes undone.

A rule is written once, for plain text; it is applied to every view, and what it finds is mapped back to the text given.
"""
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

ROUNDS = 3  # JSON in JSON in a URL: deeper than that nobody reads either

# Colour and cursor sequences, control characters, and what Unicode draws with no width.
_UNSEEN = ("\\x1b\\[[0-?]{0,24}[ -/]{0,4}[@-~]|[\\x00-\\x08\\x0e-\\x1f\\x7f\\xad\\u034f\\u061c\\u180e"
           "\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufe0f\\ufeff]")
_INVISIBLE = re.compile(_UNSEEN)
_ESCAPED = re.compile(
    _UNSEEN
    # \e[31m written out
    + r"|\\(?:e|033|x1[bB]|u001[bB])\[[0-?]{0,24}[ -/]{0,4}[@-~]"
    # any depth of backslashes before what JSON, Python, shells and C escape
    + r"|(?<!\\)\\++(?:u(?P<unicode>00[0-9a-fA-F]{2})|x(?P<byte>[0-7][0-9a-fA-F])|(?P<char>[\"'`/nrt=&:@$!]))"
    + r"|%(?:25){0,3}(?P<percent>[2-7][0-9a-fA-F]|0[aAdD9])"
    + r"|&(?:amp;){0,3}(?:\#(?P<decimal>[0-9]{1,4})|\#[xX](?P<hex>[0-9a-fA-F]{1,4})"
    + r"|(?P<entity>quot|amp|lt|gt|apos|nbsp|colon|equals|commat));")
_CHARS = {"n": "\n", "r": "\r", "t": "\t"}
_ENTITIES = {"quot": '"', "amp": "&", "lt": "<", "gt": ">", "apos": "'", "nbsp": " ", "colon": ":", "equals": "=",
             "commat": "@"}


@dataclass(frozen=True)
class View:
    """A text and the way back: piece i begins at `starts[i]` of it and at `origins[i][0]` of what it was made from."""

    text: str
    parent: View | None = None
    starts: list[int] = field(default_factory=list)
    origins: list[tuple[int, int | None]] = field(default_factory=list)  # begin and, for a replaced piece, end

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the first text that became `start:end` here (which is not empty)."""
        if self.parent is None:
            return start, end
        return self.parent.original(self._back(start)[0], self._back(end - 1)[1])

    def _back(self, at: int) -> tuple[int, int]:
        piece = bisect_right(self.starts, at) - 1
        begin, end = self.origins[piece]
        if end is not None:
            return begin, end
        begin += at - self.starts[piece]
        return begin, begin + 1


def _rewrite(view: View, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> View | None:
    """The view after every match of the pattern was replaced, or None when there is none."""
    text, at, size = view.text, 0, 0
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[tuple[int, int | None]] = []
    for found in pattern.finditer(text):
        if found.start() > at:
            pieces.append(text[at:found.start()])
            starts.append(size)
            origins.append((at, None))
            size += found.start() - at
        new = replacement(found)
        if new:
            pieces.append(new)
            starts.append(size)
            origins.append(found.span())
            size += len(new)
        at = found.end()
    if not at:
        return None
    pieces.append(text[at:])
    starts.append(size)
    origins.append((at, None))
    return View("".join(pieces), view, starts, origins)


def _decoded(found: re.Match[str]) -> str:
    kind = found.lastgroup
    if kind is None:
        return ""
    piece = found[kind]
    if kind == "char":
        return _CHARS.get(piece, piece)
    if kind == "entity":
        return _ENTITIES[piece]
    code = int(piece, 10 if kind == "decimal" else 16)
    return chr(code) if code not in range(0xD800, 0xE000) else "?"


def views(text: str) -> Iterator[View]:
    """The text itself, then (where they differ) what is seen of it and what it says once its escapes are undone."""
    view = View(text)
    yield view
    visible = _rewrite(view, _INVISIBLE, lambda _: "") if not text.isprintable() else None
    if visible is not None:
        yield visible
    if "\\" not in text and "%" not in text and "&" not in text:
        return
    for _ in range(ROUNDS):
        decoded = _rewrite(view, _ESCAPED, _decoded)
        if decoded is None:
            return
        yield decoded
        view = decoded
