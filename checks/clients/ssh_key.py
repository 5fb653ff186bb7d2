"""SSH keys as texts: the public half as OpenSSH writes it, and a private key in any of the forms that people have.

Parsed by `cryptography`: a page that checks a pasted key has no need of a whole SSH client.
Forms: https://www.rfc-editor.org/rfc/rfc4253#section-6.6 (public key blobs) ·
https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key (private keys)
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import warnings
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.utils import CryptographyDeprecationWarning

# What this program can use, for a node's own key and for signing in.
KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")
CURVES = ("secp256r1", "secp384r1", "secp521r1")  # the three that SSH has
OPENSSH = "-----BEGIN OPENSSH PRIVATE KEY-----"
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


class Why(StrEnum):
    NO_KEY = "no-key"
    DAMAGED = "damaged"
    NO_PASSPHRASE = "no-passphrase"
    WRONG_PASSPHRASE = "wrong-passphrase"
    KIND = "kind"  # a key, of a kind that is not used here


class UnreadableKey(Exception):
    """why: what stands in the way; kind: the key's kind where that is it. Holds nothing of the key."""

    def __init__(self, why: Why, kind: str = "") -> None:
        super().__init__(why.value)
        self.why, self.kind = why, kind


@dataclass(frozen=True)
class PublicKey:
    """kind: as in the first word of its line. blob: the key itself."""

    kind: str
    blob: bytes

    @property
    def line(self) -> str:
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it."""
        return f"SHA256:{base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip('=')}"


def public_key(line: str) -> PublicKey:
    """Of an OpenSSH public key line, whatever stands behind the key. Raises UnreadableKey."""
    kind, _, rest = line.strip().partition(" ")
    encoded = rest.split(maxsplit=1)
    if not encoded:
        raise UnreadableKey(Why.NO_KEY)
    try:
        key = PublicKey(kind, base64.b64decode(encoded[0], validate=True))
    except (binascii.Error, ValueError):
        raise UnreadableKey(Why.DAMAGED) from None
    if _kind_inside(key.blob) != kind:
        raise UnreadableKey(Why.DAMAGED)
    if kind not in KINDS:
        raise UnreadableKey(Why.KIND, kind)
    try:
        load_ssh_public_key(key.line.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise UnreadableKey(Why.DAMAGED) from None
    return key


def _kind_inside(blob: bytes) -> str:
    """The kind that a blob begins with, "" where there is none."""
    if len(blob) < 4:
        return ""
    length: int = struct.unpack(">I", blob[:4])[0]
    return blob[4:4 + length].decode("ascii", "replace") if length <= 100 else ""


def private_key(text: str, passphrase: str = "") -> PrivateKey:
    """Of an OpenSSH or PEM private key (PKCS#1, SEC1, PKCS#8); a passphrase that is not needed is not looked at.

    Raises UnreadableKey.
    """
    key = _opened(text.encode(), None)
    if key is None and not passphrase:
        raise UnreadableKey(Why.NO_PASSPHRASE)
    if key is None:
        key = _opened(text.encode(), passphrase.encode())
    if not isinstance(key, (RSAPrivateKey, EllipticCurvePrivateKey, Ed25519PrivateKey)):
        raise UnreadableKey(Why.KIND, type(key).__name__.removesuffix("PrivateKey").upper())
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name not in CURVES:
        raise UnreadableKey(Why.KIND, key.curve.name)
    return key


def _opened(text: bytes, passphrase: bytes | None) -> object:
    """The key; None where it is encrypted and no passphrase was given.

    cryptography says it with a TypeError that a passphrase is missing, and with a ValueError that it is wrong.
    """
    load = load_ssh_private_key if text.startswith(OPENSSH.encode()) else load_pem_private_key
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # of DSA, which is refused anyway
            return load(text, passphrase)
    except TypeError:
        return None
    except UnsupportedAlgorithm:
        raise UnreadableKey(Why.KIND) from None
    except ValueError:
        raise UnreadableKey(Why.WRONG_PASSPHRASE if passphrase else Why.DAMAGED) from None


def public_half(key: PrivateKey) -> PublicKey:
    """What stands in authorized_keys for this private key."""
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    kind, _, encoded = line.partition(" ")
    return PublicKey(kind, base64.b64decode(encoded))
