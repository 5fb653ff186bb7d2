"""What a registry asks for: WWW-Authenticate, read as RFC 9110 writes it.

https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 · https://distribution.github.io/distribution/spec/auth/token/
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
SCHEME = re.compile(rf"\s*({TOKEN})(?=\s|,|$)")
BARE = r"[!#$%&'*+.^_`|~0-9A-Za-z/:?@-]+"  # wider than the RFC's: some write an address without its quotes
PARAMETER = re.compile(rf'\s*({TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({BARE}))')
COMMA = re.compile(r"\s*(?:,\s*)*")
LONGEST = 8192


@dataclass(frozen=True)
class Challenge:
    """scheme: in lower case. parameters: their names in lower case, their values without quotes."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_bearer(self) -> bool:
        return self.scheme == "bearer"

    @property
    def realm(self) -> str:
        return self.parameters.get("realm", "")

    @property
    def service(self) -> str:
        return self.parameters.get("service", "")

    @property
    def error(self) -> str:
        """insufficient_scope, invalid_token, or "". https://www.rfc-editor.org/rfc/rfc6750#section-3.1"""
        return self.parameters.get("error", "")


def read(header: str) -> list[Challenge]:
    """Every challenge of a header, several of them joined by commas; what cannot be read ends the list."""
    text, found, at = header[:LONGEST], [], 0
    while at < len(text):
        at = _end(COMMA.match(text, at), at)
        scheme = SCHEME.match(text, at)
        if scheme is None:
            break
        parameters, at = _parameters(text, scheme.end())
        found.append(Challenge(scheme[1].lower(), parameters))
    return found


def _parameters(text: str, at: int) -> tuple[dict[str, str], int]:
    """Those of one challenge: a word that no equals sign follows begins the next one."""
    found: dict[str, str] = {}
    while (parameter := PARAMETER.match(text, _end(COMMA.match(text, at), at))) is not None:
        quoted = parameter[2]
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else parameter[3]
        found.setdefault(parameter[1].lower(), value)
        at = parameter.end()
    return found, at


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def chosen(challenges: list[Challenge]) -> Challenge | None:
    """The one to answer: Bearer before Basic, as container engines do; None when neither is asked for."""
    known = [c for c in challenges if c.scheme in ("bearer", "basic")]
    return next((c for c in known if c.is_bearer), known[0] if known else None)
