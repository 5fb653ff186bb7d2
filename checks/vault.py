"""Sealing credentials: AES-256-GCM, under the newest key, bound to the place they belong to.

A token reads `v1.KEYID.BASE64URL(nonce + ciphertext)`. Its associated data are the Organisation, the integration, the
field and the endpoint, so a token moved to another row, or met by a changed endpoint, does not open.
Pure: keys and binding are passed in.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32


class BadKey(ValueError):
    """A key that is not the URL-safe base64 of 32 bytes."""


class CannotOpen(Exception):
    """The token is damaged, belongs elsewhere, or its key is gone. Says which, never what was inside."""


@dataclass(frozen=True)
class Binding:
    """Where a credential belongs. All four go into the associated data."""

    organisation: str
    integration: str
    field: str
    endpoint: str

    def associated_data(self) -> bytes:
        """Length-prefixed, so that no two different bindings read the same."""
        parts = (VERSION, self.organisation, self.integration, self.field, self.endpoint)
        return b"".join(f"{len(p.encode())}:".encode() + p.encode() for p in parts)


@dataclass(frozen=True)
class Key:
    id: str
    material: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"


def generate_key() -> str:
    """A new key for CREDENTIAL_KEYS: URL-safe base64 of 32 random bytes."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def parse_key(text: str) -> Key:
    """The key of one entry of CREDENTIAL_KEYS. Raises BadKey, without showing the entry."""
    try:
        material = base64.b64decode(text.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadKey("it is not URL-safe base64") from None
    if len(material) != KEY_BYTES:
        raise BadKey(f"it holds {len(material)} bytes where 32 are due")
    return Key(hashlib.sha256(b"key id\0" + material).hexdigest()[:12], material)


class Keyring:
    """The keys of CREDENTIAL_KEYS, newest first: the first seals, all open."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = [parse_key(text) for text in keys]
        if not self.keys:
            raise BadKey("there is none")
        self._by_id = {key.id: key for key in self.keys}

    @property
    def newest(self) -> Key:
        return self.keys[0]

    def seal(self, plain: str, binding: Binding) -> str:
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.newest.material).encrypt(nonce, plain.encode(), binding.associated_data())
        return f"{VERSION}.{self.newest.id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def unseal(self, token: str, binding: Binding) -> str:
        """What was sealed for just this binding. Raises CannotOpen."""
        version, _, rest = token.partition(".")
        key_id, _, body = rest.partition(".")
        if version != VERSION or not body:
            raise CannotOpen("The stored credential is damaged.")
        key = self._by_id.get(key_id)
        if key is None:
            raise CannotOpen(f"The key {key_id[:12]} that sealed this credential is not in CREDENTIAL_KEYS.")
        try:
            raw = base64.b64decode(body.encode(), altchars=b"-_", validate=True)
            return AESGCM(key.material).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], binding.associated_data()).decode()
        except (InvalidTag, ValueError):
            raise CannotOpen("The stored credential was sealed for another place, or is damaged.") from None

    def is_newest(self, token: str) -> bool:
        return token.split(".", 2)[1:2] == [self.newest.id]

    def fingerprint(self, value: str, kind: str) -> str:
        """A keyed digest: equal for the same value, and of no use to somebody without the key. 32 hex digits."""
        key = hmac.digest(self.newest.material, b"fingerprint", hashlib.sha256)
        return hmac.digest(key, f"{kind}\0{value}".encode(), hashlib.sha256).hex()[:32]
