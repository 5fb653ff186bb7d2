"""The App's private key as people paste it: what is mended, what is refused, and why.

It is read and validated once, when it is saved: validating costs two hundred times what signing does.
https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
"""
from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]{3,40})-----(?P<body>.*?)-----END (?P=kind)-----", re.DOTALL)
BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{3,40})-----")
GOOD = ("RSA PRIVATE KEY", "PRIVATE KEY")
WRONG = {  # by what the first line says
    "ENCRYPTED PRIVATE KEY": "This key is encrypted with a passphrase: GitHub's is not. Paste the .pem as it was downloaded.",
    "PUBLIC KEY": "This is the public half; the private key is the .pem that GitHub let you download once.",
    "RSA PUBLIC KEY": "This is the public half; the private key is the .pem that GitHub let you download once.",
    "CERTIFICATE": "This is a certificate, not a private key.",
    "OPENSSH PRIVATE KEY": "This is an SSH key. The App's own key begins with -----BEGIN RSA PRIVATE KEY-----.",
    "EC PRIVATE KEY": "This is an elliptic-curve key; GitHub Apps have RSA keys.",
    "DSA PRIVATE KEY": "This is a DSA key; GitHub Apps have RSA keys.",
}
CUT = ("The key is cut: paste the whole file, from -----BEGIN RSA PRIVATE KEY----- to -----END RSA PRIVATE KEY-----, "
       "both lines included.")
NO_PEM = (  # by the form of what is no PEM at all
    (re.compile(r"MII[A-Za-z0-9+/]{20}"), "The first and the last line are missing. " + CUT),
    (re.compile(r"(?:SHA256:)?[A-Za-z0-9+/]{43}=?$"), "This is the key's fingerprint, which GitHub lists. The key itself is in "
                                               "the .pem file; if that is lost, generate a new one on the App's page."),
    (re.compile(r"ssh-(rsa|ed25519|dss) "), "This is the public half of an SSH key, not the App's private key."),
    (re.compile(r"PuTTY-User-Key-File"), "This is a PuTTY key, for SSH. The App's key is the .pem that GitHub made."),
    (re.compile(r"(ghp|gho|ghu|ghs|ghr)_|github_pat_"), "This is a token. The App's private key is a .pem file."),
    (re.compile(r"[0-9a-f]{40}$"), "This looks like the client secret. The private key is the .pem file."),
)


class KeyProblem(Exception):
    """Why a pasted text is not usable as the App's key, as one or two plain sentences. Never holds the text."""


def normal_pem(text: str) -> str:
    """The key as PEM in its usual form, whatever copying did to its line ends. Raises KeyProblem."""
    kind, body = _parts(_unwrapped(text))
    encoded = re.sub(r"[\s\\]+", "", body)  # with what is left of a line break that was escaped twice
    lines = "\n".join(encoded[at:at + 64] for at in range(0, len(encoded), 64))
    try:
        key = load_pem_private_key(f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n".encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyProblem("The key's inside is damaged: a part of it is missing or changed. Paste the .pem file anew, or "
                         "generate a new key on the App's page.") from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyProblem("This is no RSA key; GitHub Apps have RSA keys.")
    if key.key_size < 2048:
        raise KeyProblem(f"This key has {key.key_size} bits; GitHub's have 2048.")
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


def load(pem: str) -> RSAPrivateKey:
    """A key that normal_pem() gave, validated then: loaded anew in microseconds. Raises KeyProblem."""
    try:
        key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyProblem("The stored key cannot be read.") from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyProblem("The stored key is no RSA key.")
    return key


def _unwrapped(text: str) -> str:
    """Without the quotes and escapes of an environment file, and out of the base64 that some tools wrap it in."""
    plain = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").strip()
    if "BEGIN" in plain:
        return plain
    try:
        inside = base64.b64decode(re.sub(r"\s+", "", plain), validate=True).decode()
    except (binascii.Error, ValueError):
        return plain
    return inside if "-----BEGIN" in inside else plain


def _parts(plain: str) -> tuple[str, str]:
    begin = BEGIN.search(plain)
    if begin is None and "-----END" in plain:
        raise KeyProblem("The first line is missing. " + CUT)
    if begin is None:
        why = next((why for form, why in NO_PEM if form.match(plain)), "")
        raise KeyProblem(why or "This is no private key. It is a .pem file that begins with -----BEGIN RSA PRIVATE KEY-----.")
    if begin[1] in WRONG:
        raise KeyProblem(WRONG[begin[1]])
    if begin[1] not in GOOD:
        raise KeyProblem("This is something else than a private key.")
    whole = PEM.search(plain)
    if whole is None:
        raise KeyProblem(CUT)
    if "Proc-Type" in whole["body"]:
        raise KeyProblem(WRONG["ENCRYPTED PRIVATE KEY"])
    return whole["kind"], whole["body"]
