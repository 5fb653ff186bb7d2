"""A token of a registry's token service, and what it was granted, read without verifying it.

https://distribution.github.io/distribution/spec/auth/token/ · https://distribution.github.io/distribution/spec/auth/jwt/
"""
from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REPOSITORY = "repository"


@dataclass(frozen=True)
class Token:
    """value: what is sent. claims: of a JWT, unverified, for what it was granted; None where it is opaque to us."""

    value: str = field(repr=False)
    claims: Mapping[str, Any] | None = field(default=None, repr=False)

    def actions(self, name: str) -> tuple[str, ...] | None:
        """What it may do with a repository; None where the token does not tell."""
        access = (self.claims or {}).get("access")
        if self.claims is None or (access is None and "access" not in self.claims):
            return None
        rows = access if isinstance(access, list) else []
        mine = [row for row in rows if isinstance(row, dict) and row.get("type") == REPOSITORY and row.get("name") == name]
        found = {str(action) for row in mine for action in row.get("actions") or ()}
        return tuple(sorted({"pull", "push", "delete"} if "*" in found else found))

    @property
    def is_strangers(self) -> bool:
        """An empty subject: the service gave it to nobody in particular, whatever credential it was asked with."""
        return self.claims is not None and self.claims.get("sub") == ""

    @property
    def issued_at(self) -> float | None:
        """By the clock of the token service, in seconds."""
        value = (self.claims or {}).get("iat") or (self.claims or {}).get("nbf")
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def read(document: Any) -> Token | None:
    """The token of an answer: `token`, or `access_token` where it is called so; None when there is none."""
    if not isinstance(document, dict):
        return None
    value = document.get("token") or document.get("access_token")
    if not isinstance(value, str) or not value.isascii() or not value.strip() or any(c.isspace() for c in value):
        return None
    return Token(value, _claims(value))


def _claims(value: str) -> Mapping[str, Any] | None:
    """The payload of a JWT; None for what is none."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(payload)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None
