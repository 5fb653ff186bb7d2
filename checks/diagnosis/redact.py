"""Takes secrets out of a text: what people paste, what providers answer, what is about to be logged.

Rules see the text in several views (without colours and invisible characters, with its escapes undone); what they find
is united and replaced by a marker that says what stood there. Two families of rules: tokens that are recognisable by
themselves (a provider's prefix, a private key), and values that stand where secrets stand (URLs, headers, name=value,
flags). Time grows with the length of the text, whatever is in it: repetitions are bounded, or bounded on their left so
that each run of characters is read once.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from checks.diagnosis import (
    redact_blocks,
    redact_commands,
    redact_context,
    redact_encoded,
    redact_places,
    redact_prefixes,
)
from checks.diagnosis.redact_values import looks_random
from checks.diagnosis.redact_views import views

MARKER = re.compile(r"\[REDACTED(?::[a-z0-9-]{1,40})?\]")
PASSES = 4  # a second pass finds what a replacement uncovered; the last one only proves that nothing is left

Found = tuple[str, int, int]


@dataclass(frozen=True)
class Match:
    """A secret at text[start:end].

    provider_token: it is one wherever it stands (a provider's prefix or shape, a private key), not only because of the
    words around it.
    """

    kind: str
    start: int
    end: int
    provider_token: bool


@dataclass(frozen=True)
class Redacted:
    """text: the text with a marker in the place of each secret. removed: kind and number, in order of appearance."""

    text: str
    removed: list[tuple[str, int]]


_TOKENS: tuple[Callable[[str], Iterator[Found]], ...] = (
    redact_prefixes.tokens, redact_blocks.private_keys, redact_blocks.putty_keys, redact_blocks.json_web_keys)
_PLACES: tuple[Callable[[str], Iterator[Found]], ...] = (
    redact_context.named, redact_places.userinfo, redact_places.query, redact_places.options, redact_commands.commands,
    redact_places.files, redact_places.columns, redact_blocks.kubernetes_secrets, redact_blocks.fields, redact_blocks.parts,
    redact_blocks.elements)

# Public by nature, whatever stands around: names of AWS resources, digests, fingerprints, public keys.
_PUBLIC = re.compile(
    r"\barn:aws[a-z-]{0,12}:[^\s\"'<>,;?&]{1,512}|\bsha(?:1|224|256|384|512)[:-][A-Za-z0-9+/=]{28,128}(?![A-Za-z0-9+/])"
    r"|\bSHA256:[A-Za-z0-9+/]{43}=?|\bMD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}"
    r"|\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-[a-z0-9-]{1,40}@openssh\.com) AAAA[A-Za-z0-9+/=]{16,}")
_NEXT_LINE = re.compile(r"[\"']?\\?\r?\n[ \t]*([A-Za-z0-9+/_=.-]{8,})[\"']?[ \t]*(?=\r?\n|\Z)")
_ECHO = re.compile(r"[A-Za-z0-9_+/~-]{8,}")


def _places(text: str) -> Iterator[Found]:
    for rule in _PLACES:
        yield from rule(text)
    low = text.lower()
    if len(low) == len(text):  # a few capital letters become two: then the sentences are read as they stand
        yield from redact_context.spaced(text, low)
    else:
        yield from redact_context.spaced(text, text)


def _outside(found: Iterable[Found], spans: list[tuple[int, int]]) -> Iterator[Found]:
    """Those that touch none of the spans. Both are sorted."""
    at = 0
    for kind, start, end in sorted(found, key=lambda item: item[1]):
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        if at == len(spans) or end <= spans[at][0]:
            yield kind, start, end


def _holds_secret(text: str) -> bool:
    """Whether there is one in what was decoded: that is read once, and not decoded again."""
    return any(True for rule in _TOKENS for _ in rule(text)) or any(True for _ in _places(text))


def _in_view(text: str) -> Iterator[tuple[Found, bool]]:
    for start, end in redact_encoded.blobs(text, _holds_secret):
        yield ("encoded-credentials", start, end), False
    for token in _TOKENS:
        for found in token(text):
            yield found, True
    contextual = list(_places(text))
    if contextual:
        public = [found.span() for found in _PUBLIC.finditer(text)]
        for found in _outside(contextual, public):
            yield found, False


def _united(matches: list[Match]) -> list[Match]:
    """Sorted and without overlap. Of two that overlap the more telling names the union: a token, else the longer."""
    united: list[Match] = []
    for match in sorted(matches, key=lambda m: (m.start, -m.end)):
        if not united or match.start >= united[-1].end:
            united.append(match)
            continue
        last = united[-1]
        best = max(last, match, key=lambda m: (m.provider_token, m.end - m.start))
        united[-1] = Match(best.kind, last.start, max(last.end, match.end), best.provider_token)
    return united


def _wrapped(text: str, matches: list[Match]) -> Iterator[Match]:
    """What a terminal or a mail broke off: the next line, when it is nothing but more of the same."""
    end = 0
    for match in matches:
        if match.end <= end:
            continue
        end = match.end
        while match.kind != "private-key" and (more := _NEXT_LINE.match(text, end)):
            if not looks_random(more[1]) or re.fullmatch("[0-9a-f]{12,}", more[1]):
                break
            end = more.end(1)
            yield Match(match.kind, more.start(1), end, match.provider_token)


def _echoes(text: str, matches: list[Match]) -> Iterator[Match]:
    """The same values where nothing says what they are."""
    known = {value: match for match in matches if 8 <= match.end - match.start <= 512
             and looks_random(value := text[match.start:match.end])}
    if known:
        for found in _ECHO.finditer(text):
            match = known.get(found[0])
            if match is not None:
                yield Match(match.kind, found.start(), found.end(), match.provider_token)


def _without_markers(text: str, matches: list[Match]) -> list[Match]:
    """A marker of an earlier pass is no secret, and nothing reaches over one."""
    if "[REDACTED" not in text:
        return matches
    markers = [found.span() for found in MARKER.finditer(text)]
    keep = {(start, end) for _, start, end in _outside(((m.kind, m.start, m.end) for m in matches), markers)}
    return [match for match in matches if (match.start, match.end) in keep]


def find(text: str) -> list[Match]:
    """Every secret of the text, in order, without overlap. Never raises; linear in the length of the text."""
    matches: list[Match] = []
    for view in views(text):
        for (kind, start, end), token in _in_view(view.text):
            if end > start:
                matches.append(Match(kind, *view.original(start, end), token))
    if not matches:
        return matches
    matches = _united(_without_markers(text, matches))
    matches += [*_wrapped(text, matches), *_echoes(text, matches)]
    return _united(_without_markers(text, matches))


def _replaced(text: str, matches: list[Match]) -> str:
    pieces: list[str] = []
    at = 0
    for match in matches:
        pieces += (text[at:match.start], f"[REDACTED:{match.kind}]")
        at = match.end
    return "".join((*pieces, text[at:]))


def redact(text: str, *, keep_ids: bool = False) -> Redacted:
    """The text with a marker in the place of each secret. redact() of its result changes nothing.

    keep_ids: ids of keys, which are names where a program compares them, stay.
    """
    counts: dict[str, int] = {}
    for _ in range(PASSES):
        matches = [match for match in find(text) if not (keep_ids and match.kind.endswith("key-id"))]
        if not matches:
            break
        for match in matches:
            counts[match.kind] = counts.get(match.kind, 0) + 1
        text = _replaced(text, matches)
    return Redacted(text, list(counts.items()))


__all__ = ["MARKER", "Match", "Redacted", "find", "redact"]
