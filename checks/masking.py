"""Takes the secrets of a run out of everything that a check says: the known ones in every spelling, then the shapes."""
from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from checks.diagnosis.redact import redact
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
        """Facts, however deep."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(k)): self.plain(v) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(v) for v in value]
        return value

    def verdict(self, verdict: Verdict) -> Verdict:
        return replace(verdict, evidence=self.said(verdict.evidence), remedy=self.text(verdict.remedy),
                       link=self.text(verdict.link), facts=self.plain(dict(verdict.facts)))
