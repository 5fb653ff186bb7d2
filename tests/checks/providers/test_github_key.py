"""The App's private key as people paste it: what is mended, what is refused, and that no message repeats it.

All keys are generated here; none is stored.
"""
from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from checks.providers.github import github
from checks.providers.github.key import KeyProblem, load, normal_pem


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def pem(key):
    return pem_of(key)


def pem_of(key, layout=PrivateFormat.TraditionalOpenSSL, encryption=None):
    return key.private_bytes(Encoding.PEM, layout, encryption or NoEncryption()).decode()


def public_of(key, encoding=Encoding.PEM, layout=PublicFormat.SubjectPublicKeyInfo):
    return key.public_key().public_bytes(encoding, layout).decode()


def certificate_of(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git.example.com")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


# --- Mended ---------------------------------------------------------------------------------------------------------
MENDED = {
    "as downloaded": lambda pem: pem,
    "without its last line break": str.rstrip,
    "with blanks around": lambda pem: f"\n\n  {pem}  \n",
    "with literal \\n": lambda pem: pem.replace("\n", "\\n"),
    "with literal \\r\\n": lambda pem: pem.replace("\n", "\\r\\n"),
    "escaped twice": lambda pem: pem.replace("\n", "\\\\n"),
    "with CRLF": lambda pem: pem.replace("\n", "\r\n"),
    "with CR alone": lambda pem: pem.replace("\n", "\r"),
    "with spaces for line breaks": lambda pem: pem.replace("\n", " "),
    "without any line break": lambda pem: pem.replace("\n", ""),
    "indented": lambda pem: "".join(f"    {line}\n" for line in pem.splitlines()),
    "in double quotes": lambda pem: '"' + pem.replace("\n", "\\n") + '"',
    "in single quotes": lambda pem: f"'{pem}'",
    "wrapped in base64": lambda pem: base64.b64encode(pem.encode()).decode(),
    "wrapped in base64 of many lines": lambda pem: base64.encodebytes(pem.encode()).decode(),
    "behind the name of its variable": lambda pem: "PRIVATE_KEY=" + pem,
    "in lines of another length": lambda pem: re.sub(r"(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])", "", pem),
}


@pytest.mark.parametrize("how", MENDED)
def test_what_copying_did_is_mended(pem, how):
    assert normal_pem(MENDED[how](pem)) == pem


def test_pkcs8_is_taken_and_kept_in_githubs_own_form(key, pem):
    assert normal_pem(pem_of(key, PrivateFormat.PKCS8)) == pem


def test_a_saved_key_is_loaded(key, pem):
    assert load(normal_pem(pem)).private_numbers() == key.private_numbers()


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"])
def test_what_was_never_saved_is_not_loaded(text):
    with pytest.raises(KeyProblem, match="cannot be read"):
        load(text)


def test_a_saved_key_of_another_kind_is_not_loaded():
    with pytest.raises(KeyProblem, match="no RSA key"):
        load(pem_of(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8))


# --- Refused --------------------------------------------------------------------------------------------------------
def middle_gone(pem):
    lines = pem.splitlines()
    return "\n".join([*lines[:8], *lines[12:]])


REFUSED = {
    "its end is missing": (lambda key: pem_of(key)[:900], "The key is cut"),
    "its last line is missing": (lambda key: pem_of(key).rsplit("-----END", 1)[0], "The key is cut"),
    "its first line is missing": (lambda key: pem_of(key).split("KEY-----\n", 1)[1], "The first line is missing"),
    "both lines are missing": (lambda key: "\n".join(pem_of(key).splitlines()[1:-1]), "The first and the last line are missing"),
    "its middle is missing": (lambda key: middle_gone(pem_of(key)), "inside is damaged"),
    "two of its letters changed": (lambda key: pem_of(key).replace(pem_of(key)[300:302], "!?", 1), "inside is damaged"),
    "it is masked": (lambda key: "-----BEGIN RSA PRIVATE KEY-----\n*****\n-----END RSA PRIVATE KEY-----", "inside is damaged"),
    "encrypted, in the old form": (
        lambda key: pem_of(key, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")), "passphrase"),
    "encrypted, in the new form": (
        lambda key: pem_of(key, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")), "passphrase"),
    "the public half": (lambda key: public_of(key), "public half"),
    "the public half, of RSA": (lambda key: public_of(key, layout=PublicFormat.PKCS1), "public half"),
    "the public half, for SSH": (lambda key: public_of(key, Encoding.OpenSSH, PublicFormat.OpenSSH), "public half of an SSH key"),
    "a certificate": (certificate_of, "a certificate"),
    "a key of OpenSSH": (lambda key: pem_of(key, PrivateFormat.OpenSSH), "an SSH key"),
    "an elliptic curve": (lambda key: pem_of(ec.generate_private_key(ec.SECP256R1())), "elliptic-curve"),
    "an elliptic curve, unnamed": (lambda key: pem_of(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8), "no RSA key"),
    "DSA": (lambda key: pem_of(dsa.generate_private_key(1024)), "DSA"),
    "too short": (lambda key: pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "1024 bits"),
    "PuTTY's": (lambda key: "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\n", "PuTTY"),
    "PGP's": (lambda key: "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n-----END PGP PRIVATE KEY BLOCK-----", "something else"),
    "its fingerprint": (lambda key: "SHA256:" + base64.b64encode(bytes(range(32))).decode(), "fingerprint"),
    "its fingerprint, bare": (lambda key: base64.b64encode(bytes(range(200, 232))).decode(), "fingerprint"),
    "a token": (lambda key: "ghs_123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln", "a token"),
    "a personal token": (lambda key: "github_pat_11ABCDEFG0123456789", "a token"),
    "the client secret": (lambda key: "c0ffee" * 6 + "cafe", "client secret"),
    "the name of the file": (lambda key: "dflow-deploys.2026-11-23.private-key.pem", "no private key"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_no_key_is_told_by_its_form_and_never_repeated(key, why):
    make, text = REFUSED[why]
    pasted = make(key)
    with pytest.raises(KeyProblem) as problem:
        normal_pem(pasted)
    told = str(problem.value)
    assert text in told
    assert problem.value.__cause__ is None
    for line in pasted.split():
        assert len(line) < 12 or line.startswith("-----") or line not in told


@pytest.mark.parametrize("why", REFUSED)
def test_the_form_refuses_it_at_its_field(key, why):
    pasted = REFUSED[why][0](key)
    form = github.form({"base_url": "https://github.com", "app_id": "1", "private_key": pasted, "webhook_secret": "s"})
    assert not form.is_valid()
    assert list(form.errors) == ["private_key"]
    assert not [line for line in pasted.splitlines() if len(line) > 20 and "-----" not in line and line in form.as_p()]
