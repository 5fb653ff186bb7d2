"""How a pasted message or log is read: cut to what decides, without colours, times and prefixes, a line at a time.

The text comes redacted. Of a long one the end is kept, where a tool says why it stopped, and from before that the lines
that speak of trouble. Everything here is linear in the length of the text, and bounded by WINDOW.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from checks.diagnosis.families import DATA, FOREIGN, WEAK, families
from checks.diagnosis.phrases import spoken

WINDOW = 64 * 1024
_END = 48 * 1024
LINE = 2000  # longer ones are read in pieces that overlap, so that no message is lost at a seam
_OVERLAP = 300
SHOWN = 300
NEIGHBOURS = (2, 6, 15, 40)
_BESIDE = 2
_WRAPPED = 50  # a shorter line was not broken off by a terminal

_ANSI = re.compile(r"\x1b\[[0-?]{0,24}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?|\x1b[@-_]"
                   r"|\\(?:e|033|x1b|u001b)\[[0-9;]{0,12}[a-zA-Z]|\x9b[0-9;]{0,12}[a-zA-Z]")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_ESCAPES = re.compile(r"\\{1,4}(?:u[0-9a-fA-F]{4}|[nrt\"'/])"
                      r"|&(?:quot|lt|gt|amp|apos|nbsp|#3[49]|#x27|#x22);")
_MEANS = {"n": "\n", "r": "\n", "t": " ", "quot": '"', "lt": "<",
          "gt": ">", "amp": "&", "apos": "'", "nbsp": " ", "#39": "'", "#34": '"', "#x27": "'", "#x22": '"'}
_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "`": "'", "´": "'", "«": '"', "»": '"', "：": ":",
    "，": ",", "。": ".", "（": "(", "）": ")", "\u00a0": " ", "\t": " ", "\u202f": " "})
_BLANKS = re.compile(r"\s{2,}")
_TROUBLE = re.compile(
    r"error|fatal|denied|fail|unauthori|forbidden|invalid|refused|timeout|timed out|not found|unable|could not|couldn't|cannot"
    r"|expired"
    r"|exceeded|x509|certificate|no such|toomany|4\d\d|5\d\d|exception|deny|suspended|mismatch|warning", re.IGNORECASE)
_PREFIX = re.compile(
    r"(?:[│┃|╷╵>›»]+ ?|#\d{1,4} (?:\d{1,6}\.\d{1,3} )?"
    r"|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
    r"|\[?\d{10}(?:\.\d{1,9})?\]?|\[\s?\d{1,6}\.\d{1,9}\]|\(\d{1,6}\.\d{1,3}s?\)"
    r"|\[?(?:std(?:err|out)|error|err|warn(?:ing)?|info|debug|notice|trace|fatal error|e|w|i)\](?: |:|$)"
    r"|(?:stderr|stdout|error|err!|warn|info|debug|notice|level=[a-z]{1,8}|msg=)(?: ?[|:] ?|(?<==))|remote: |-{1,3} |={2,3}> "
    r"|[a-z][\w.-]{0,40}-\d{1,3} {1,20}\| )\s{0,8}", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """shown: as a person reads it. low: what rules match, in small letters. bare: low without times and prefixes."""

    number: int
    shown: str
    low: str
    bare: str


@dataclass
class Reading:
    """The lines that rules read, and what is spoken of around each. joined: broken lines put together again."""

    lines: list[Line]
    text: str = field(init=False)
    _near: dict[int, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = "\n".join(line.low for line in self.lines)

    def near(self, line: Line) -> frozenset[str]:
        """The families spoken of on this line or, when there are none, as near to it as there are any."""
        found = self._near.get(line.number)
        if found is None:
            own = families(line.low)
            found = self._near[line.number] = own if own - WEAK else own | self._around(line.number)
        return found

    def _around(self, number: int) -> frozenset[str]:
        for distance in NEIGHBOURS:
            found = families("\n".join(self.lows[max(0, number - distance):number + distance + 1])) - WEAK
            if distance > _BESIDE:  # what else a log speaks of, far from this line, rules nothing out
                found -= {FOREIGN, DATA}
            if found:
                return found
        return frozenset()

    @cached_property
    def lows(self) -> list[str]:
        return [line.low for line in self.lines]


def window(text: str) -> str:
    """What is read of a text: its end, and of what stands before that the lines that speak of trouble, the latest first."""
    if len(text) <= WINDOW:
        return text
    at = len(text) - _END
    kept, size = [], 0
    for line in reversed(text[:at].splitlines()):
        piece = line[:LINE]
        if size + len(piece) >= WINDOW - _END:
            break
        if _TROUBLE.search(piece):
            kept.append(piece)
            size += len(piece) + 1
    return "\n".join([*reversed(kept), text[at:]])


def _unescaped(found: re.Match[str]) -> str:
    word = found[0].strip("\\&;").lower()
    if len(word) == 5 and word[0] == "u":
        code = int(word[1:], 16)
        return "?" if code in range(0xD800, 0xE000) else chr(code)
    return _MEANS.get(word, found[0].lstrip("\\"))


def plain(text: str) -> str:
    """Without colours and invisible characters, escapes undone, one kind of quote."""
    text = _UNSEEN.sub("", _ANSI.sub("", text))
    if "\\" in text or "&" in text:
        text = _ESCAPES.sub(_unescaped, text)
    return text.translate(_QUOTES)


def _pieces(text: str) -> Iterator[str]:
    for line in text.splitlines():
        clean = _BLANKS.sub(" ", line).strip()
        for start in range(0, max(len(clean), 1), LINE - _OVERLAP):
            piece = clean[start:start + LINE]
            if piece and (start == 0 or len(piece) > _OVERLAP):
                yield piece


@lru_cache(maxsize=512)
def bare(text: str) -> str:
    """A line without the times, levels and names that tools put before their words."""
    for _ in range(6):
        found = _PREFIX.match(text)
        if found is None or not found.end():
            break
        text = text[found.end():]
    return text.strip()


def read(text: str) -> Reading:
    """The text, ready for rules, which know English only."""
    clean = plain(window(text))
    phrases = spoken(clean.lower())
    lines: list[Line] = []
    for shown in _pieces(clean):
        low, stripped = shown.lower(), bare(shown).lower()
        for phrase, english in phrases:
            low, stripped = low.replace(phrase, english), stripped.replace(phrase, english)
        lines.append(Line(len(lines), shown, low, stripped))
    return Reading(lines)


def joined(reading: Reading) -> Reading:
    """Each line with its next, where the first is long enough to have been broken off: a message that spans two lines."""
    pairs = []
    for one, two in zip(reading.lines, reading.lines[1:], strict=False):
        if len(one.bare) >= _WRAPPED and len(one.low) + len(two.low) < LINE:
            low = f"{one.bare} {two.bare}"
            pairs.append(Line(one.number, f"{bare(one.shown)} {bare(two.shown)}", low, low))
    return Reading(pairs)
