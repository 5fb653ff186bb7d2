"""What a rule for recognisable tokens is, and the questions it may ask about what it found."""
from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass

from checks.diagnosis.redact_values import is_uuid, looks_random

LEFT = r"(?<![A-Za-z0-9])"
RIGHT = r"(?![A-Za-z0-9])"
_CREDENTIAL_WORDS = (b"auth", b"password", b"token", b"secret", b"key", b'"k"', b"payload", b"cred",
                     b'"alg"', b'"iat"', b'"exp"')


@dataclass(frozen=True)
class Rule:
    """kind: what is reported. accept: a last question about the match."""

    kind: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    leads: bool  # every match begins with one of the literals: they are looked for, and nothing else is read
    accept: Callable[[str], bool] | None = None


def has_digit(value: str) -> bool:
    return any(map(str.isdigit, value))


def random_tail(value: str) -> bool:
    return looks_random(re.split(r"[-_.]", value, maxsplit=1)[-1])


def mixed_and_random(value: str) -> bool:
    return not value.islower() and not value.isupper() and looks_random(value)


def drawn_in_a_path(value: str) -> bool:
    """A piece of a path that is neither a number nor an identifier: the secret of a hook."""
    return not is_uuid(value) and looks_random(value)


def says_secret(value: str) -> bool:
    """Base64 of a JSON document that holds a credential (a docker configuration, a session), not a page cursor."""
    decoded = base64.urlsafe_b64decode(value[:len(value) // 4 * 4].replace("+", "-").replace("/", "_")).lower()
    return any(word in decoded for word in _CREDENTIAL_WORDS)


def rule(kind: str, literals: str, pattern: str, accept: Callable[[str], bool] | None = None) -> Rule:
    """A rule whose matches all begin with one of the literals (separated by blanks)."""
    return Rule(kind, tuple(literals.split()), re.compile(pattern), True, accept)


def shape(kind: str, literals: str, pattern: str, accept: Callable[[str], bool] | None = None) -> Rule:
    """A rule whose literals stand somewhere in the match, or just before it."""
    return Rule(kind, tuple(literals.split()), re.compile(pattern), False, accept)
