"""Text without case and accents, and where in the text itself a word of it stands. Pure."""
from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

# Letters that no decomposition takes apart, and the quotes that people do not type.
PLAIN = str.maketrans({"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i", "æ": "ae", "Æ": "ae", "œ": "oe",
                       "Œ": "oe", "’": "'", "‘": "'", "“": '"', "”": '"'})
Piece = tuple[str, bool]


def fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(PLAIN)).casefold()
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def words(query: str) -> list[str]:
    """What is looked for: each word once, as it is compared."""
    return list(dict.fromkeys(fold(query).split()))


def marked(text: str, looked_for: Sequence[str]) -> list[Piece]:
    """The text in pieces, each with whether it is one of the words."""
    pieces, at = [], 0
    for start, end in _spans(text, looked_for):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]


def excerpt(text: str, looked_for: Sequence[str], most: int = 180) -> str:
    """As much of a long text as surrounds the first word that stands in it."""
    if len(text) <= most:
        return text
    first = next(iter(_spans(text, looked_for)), (0, 0))[0]
    start = max(0, min(first - most // 3, len(text) - most))
    if start:
        start = text.find(" ", start, first) + 1 or start
    cut = text[start:start + most]
    if start + most < len(text):
        cut = cut.rsplit(" ", 1)[0]
    return f"{'… ' if start else ''}{cut.strip()}{' …' if start + most < len(text) else ''}"


def _spans(text: str, looked_for: Iterable[str]) -> list[tuple[int, int]]:
    """Where the words stand in the text itself, in order; those that touch or overlap are one."""
    folded, places = _placed(text)
    found = sorted((places[at], places[at + len(word) - 1] + 1) for word in looked_for for at in _all(folded, word))
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _placed(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its signs the place of the one that it was made of."""
    if text.isascii():
        return text.lower(), range(len(text))
    signs = [(sign, place) for place, one in enumerate(text) for sign in fold(one)]
    return "".join(sign for sign, _ in signs), [place for _, place in signs]


def _all(folded: str, word: str) -> Iterable[int]:
    at = folded.find(word)
    while at >= 0:
        yield at
        at = folded.find(word, at + len(word))
