"""From a message or a log to the layers that most likely broke, best first.

The text is redacted before a rule sees it, so no answer can hold a secret. A rule is tried where its rarest words stand
and nowhere else, on a bounded number of lines: time grows with the length of the text, whatever is in it.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from checks.diagnosis.families import FOREIGN, families
from checks.diagnosis.reading import SHOWN, Line, Reading, bare, joined, read
from checks.diagnosis.redact import redact
from checks.diagnosis.remedies import BESIDES, ROWS, warned
from checks.diagnosis.rule import Confidence, Pattern, Rule
from checks.diagnosis.rules import RULES
from checks.verdict import Layer

LINES_A_PATTERN = 60  # the last ones in which its rarest words stand
ANSWERS = 5

# Where such words stand without anything having happened: tests, source, commits, advice.
_NO_EVENT = re.compile(
    r"^(?:[-*•+] )?(?:[0-9a-f]{7,40} )?(?:fix(?:e[sd])?|docs|chore|feat|refactor|revert|add(?:ed|s)?|handle[sd]?"
    r"|merge (?:branch|pull|remote)|improve[sd]?)(?:\(|:|!| )"
    r"|^(?:(?:async )?def \w|class \w+[(:{]|import [\w{\"'.*]|from [\w.]+ import|assert |(?:const|let|var) \w+ ?=|return |raise "
    r"|except |catch|throw |for \w+ in |(?:if|elif|while) [^\n]{1,120}[:{]$|func(?:tion)? \w"
    r"|(?:public|private|protected) (?:static|void|class|async|function)|# |//|/\*|<!--"
    r"|(?:self\.)?_?(?:log|logger|logging|console|fmt|t|println|eprintln|print|printf|echo|puts)(?:\.[a-z]{1,12})?!?\([\"'f])"
    r"|(?:^|[ :])(?:error|warning)(?:\[e\d{4}\]| ts\d{4,5}:)"
    r"|^[\w./-]{1,120}\.(?:go|rs|c|h|cc|cpp|java|kt|ts|tsx|js|vue|swift|cs|scala):(?:\d{1,5}:\d|\[\d)"
    r"|^(?:error: )?(?:package [\w.]{1,99} does not exist|cannot find symbol|no such module|incompatible types)"
    r"|cannot find (?:symbol|value|module|name|type|package)|can't resolve '|cannot resolve symbol|undefined reference to"
    r"|^(?:head is now at|ok \d|not ok \d|--- (?:pass|fail)|test_|tests?/|it\(|describe\(|expect\(|pass(?:ed)? )|[✓✔√]"
    r"| passed\b|\btest_\w| \.\.\. ok$|\bif you (?:see|get|receive)\b|\bwhen you (?:see|get)\b|\bsuch as\b|\bfor example\b"
    r"|\bhow to (?:fix|solve)\b|\bexpected (?:error|exception)\b|\b0 errors?\b|\bassert\b|is not expected here"
    r"|# timeout=\d|failed to push some refs|^(?:release notes|changelog|roadmap|faq|minutes|agenda|todo)\b|^[✕●] ")


@dataclass(frozen=True)
class Answer:
    """seen: the line that decided, redacted. rows: the checks that test just that; of: the kinds of service of their
    integrations (compute: it makes servers; node: it is one)."""

    layer: Layer
    confidence: str
    why: str
    remedy: str
    seen: str
    rows: tuple[str, ...]
    of: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    redacted: str
    removed: tuple[tuple[str, int], ...]
    layers: tuple[Answer, ...]


@dataclass(frozen=True)
class Hit:
    rule: Rule
    line: Line

    @property
    def order(self) -> tuple[int, int]:
        return self.rule.score, self.line.number


def diagnose(text: str) -> Diagnosis:
    """Never raises, keeps nothing, asks nobody."""
    redacted = redact(text)
    return Diagnosis(redacted.text, tuple(redacted.removed), answers(read(redacted.text)))


def answers(reading: Reading) -> tuple[Answer, ...]:
    """The layers, best first; () when nothing is recognised."""
    hits = list(_hits(reading, reading))
    if not hits:
        hits = list(_hits(joined(reading), reading))
    if not hits:
        return ()
    hits.sort(key=lambda hit: hit.order, reverse=True)
    return tuple(_ranked(hits))[:ANSWERS]


def _hits(where: Reading, reading: Reading) -> Iterator[Hit]:
    """One hit a rule: the last line that it holds for."""
    finder = _Finder(where)
    for rule in RULES:
        if rule.text and not any(word in reading.text for word in rule.text):
            continue
        lines = [line for pattern in rule.patterns if (line := _last(finder, rule, pattern, reading)) is not None]
        if lines:
            yield Hit(rule, max(lines, key=lambda line: line.number))


class _Finder:
    """The lines of a text in which a word stands, the last ones first."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._starts: list[int] = []
        at = 0
        for line in reading.lines:
            self._starts.append(at)
            at += len(line.low) + 1
        self._known: dict[str, list[Line]] = {}

    def holds(self, word: str) -> bool:
        return word in self._reading.text

    def lines(self, word: str) -> list[Line]:
        if word not in self._known:
            self._known[word] = list(self._search(word))
        return self._known[word]

    def _search(self, word: str) -> Iterator[Line]:
        text, end = self._reading.text, len(self._reading.text)
        number = len(self._starts) - 1
        for _ in range(LINES_A_PATTERN):
            at = text.rfind(word, 0, end)
            if at < 0:
                return
            while self._starts[number] > at:
                number -= 1
            yield self._reading.lines[number]
            end = self._starts[number]


def _last(finder: _Finder, rule: Rule, pattern: Pattern, reading: Reading) -> Line | None:
    if not finder.holds(pattern.hint):
        return None
    for line in finder.lines(pattern.hint):
        if pattern.match(line) and _holds(rule, pattern, line, reading):
            return line
    return None


@lru_cache(maxsize=4096)
def _eventless(bare: str) -> bool:
    return _NO_EVENT.search(bare) is not None


def _holds(rule: Rule, pattern: Pattern, line: Line, reading: Reading) -> bool:
    if any(word in line.low for word in rule.unless) or _eventless(line.bare):
        return False
    if rule.beside and not any(word in line.low for word in rule.beside):
        return False
    if not rule.near and not rule.far:
        return True
    told = rule.told
    here = families(line.low)
    near = here if rule.here else reading.near(line)
    if (rule.near and not pattern.alone and near.isdisjoint(rule.near)) or (FOREIGN in rule.far and FOREIGN in here):
        return False
    if not here.isdisjoint(rule.far) and here.isdisjoint(told):
        return False
    return pattern.alone or near.isdisjoint(rule.far) or not near.isdisjoint((*told, *rule.home))


def _ranked(hits: list[Hit]) -> Iterable[Answer]:
    """Each layer once: what rules say of it themselves, then what the best ones say of its look-alikes."""
    found: dict[Layer, Answer] = {}
    best = hits[0]
    contested = {hit.rule.layer for hit in hits if hit.rule.confidence is Confidence.CERTAIN} - {best.rule.layer}
    scores: dict[Layer, float] = {}
    for hit in hits:
        layer = hit.rule.layer
        if layer not in found:
            answer = _answer(hit)
            if answer.confidence == Confidence.CERTAIN.word and (contested or hit is not best):
                answer = replace(answer, confidence=Confidence.LIKELY.word)
            found[layer], scores[layer] = answer, hit.rule.score
    for place, layer in enumerate(best.rule.also):
        if layer not in found:
            why, remedy = BESIDES[layer]
            remedy = warned(layer, remedy)
            rows = ROWS[layer]
            found[layer] = Answer(layer, Confidence.POSSIBLE.word, why, remedy, _seen(best.line), rows[1], rows[0])
            scores[layer] = min(Confidence.POSSIBLE, best.rule.score) - 1 - place
    return sorted(found.values(), key=lambda answer: -scores[answer.layer])


def _answer(hit: Hit) -> Answer:
    of, rows = ROWS[hit.rule.layer]
    return Answer(hit.rule.layer, hit.rule.confidence.word, hit.rule.why, warned(hit.rule.layer, hit.rule.remedy),
                  _seen(hit.line), rows, of)


def _seen(line: Line) -> str:
    shown = bare(line.shown) or line.shown
    return shown if len(shown) <= SHOWN else shown[:SHOWN - 1] + "…"
