"""Takes the secrets of a run out of everything that a check says: the known ones in every spelling, then the shapes."""
from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from checks.diagnosis.redact import find, redact
from checks.verdict import Verdict

MASK = "[secret]"
SHORTEST = 4  # a shorter value would mask ordinary words


def spellings(secret: str) -> set[str]:
    """The secret as it may come back: plain, each line of it, URL-quoted, hex, and in base64 at each of the three
    alignments that a prefix such as `user:` can give it."""
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper(), repr(secret)[1:-1],
             secret.replace("\n", "\\n")}
    found.update(line.strip() for line in secret.splitlines() if len(line.strip()) >= 16)
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        start, end = (0, 2, 3)[shift], len(encoded) - (1 if (len(raw) + shift) % 3 else 0)
        core = encoded[start:end]
        if len(core) >= 8:
            found.update({core, core.replace("+", "-").replace("/", "_")})
    return found


class Mask:
    """Made once a run from all its secret values."""

    def __init__(self, secrets: Collection[str]) -> None:
        known = {s for secret in secrets if len(secret) >= SHORTEST for s in spellings(secret) if len(s) >= SHORTEST}
        self._known = sorted(known, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Without the known secrets."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def said(self, text: str) -> str:
        """Without the known secrets, and without anything that has a secret's shape: for what a provider wrote."""
        return redact(self.text(text)).text if text else text

    def plain(self, value: Any) -> Any:
        """Facts, however deep. Ids of keys stay: other rows compare them."""
        known = _each(value, self.text)
        if not find("\n".join(_texts(known))):  # nearly always: all of them at the price of one
            return known
        return _each(known, lambda text: redact(text, keep_ids=True).text)

    def verdict(self, verdict: Verdict) -> Verdict:
        """Every text of it: a remedy and a link quote what the provider said, too."""
        return replace(verdict, evidence=self.said(verdict.evidence), remedy=self.said(verdict.remedy),
                       link=self.said(verdict.link), facts=self.plain(dict(verdict.facts)))


def _texts(value: Any) -> Iterator[str]:
    """Every text in it, names too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, held in value.items():
            yield str(name)
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The same value with every text in it changed, names too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(k)): _each(v, change) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each(v, change) for v in value]
    return value
