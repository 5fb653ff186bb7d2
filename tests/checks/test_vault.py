"""T6, T10: a credential opens only in its own place, with a key that is there, and never half."""
from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.vault import BadKey, Binding, CannotOpen, Keyring, generate_key, parse_key

HERE = Binding("1", "a", "token", "https://git.example.com")
KEY = generate_key()


@given(st.text())
def test_what_was_sealed_opens_again(plain):
    ring = Keyring([KEY])
    assert ring.unseal(ring.seal(plain, HERE), HERE) == plain


@pytest.mark.parametrize("elsewhere", [
    Binding("2", "a", "token", "https://git.example.com"),
    Binding("1", "b", "token", "https://git.example.com"),
    Binding("1", "a", "passphrase", "https://git.example.com"),
    Binding("1", "a", "token", "https://evil.example"),
    Binding("1a", "", "token", "https://git.example.com"),
])
def test_a_token_moved_elsewhere_does_not_open(elsewhere):
    ring = Keyring([KEY])
    with pytest.raises(CannotOpen, match="another place"):
        ring.unseal(ring.seal("s3cret", HERE), elsewhere)


def test_every_flipped_byte_is_refused():
    ring = Keyring([KEY])
    version, key_id, body = ring.seal("s3cret", HERE).split(".")
    raw = base64.urlsafe_b64decode(body)
    for at in range(len(raw)):
        damaged = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1:]
        with pytest.raises(CannotOpen):
            ring.unseal(".".join([version, key_id, base64.urlsafe_b64encode(damaged).decode()]), HERE)


def test_an_older_key_opens_and_the_newest_seals():
    old, new = generate_key(), generate_key()
    sealed = Keyring([old]).seal("s3cret", HERE)
    both = Keyring([new, old])
    assert both.unseal(sealed, HERE) == "s3cret"
    assert not both.is_newest(sealed)
    assert both.is_newest(both.seal("s3cret", HERE))


def test_a_key_that_is_gone_is_named_and_nothing_else():
    sealed = Keyring([generate_key()]).seal("s3cret", HERE)
    with pytest.raises(CannotOpen, match="is not in CREDENTIAL_KEYS"):
        Keyring([KEY]).unseal(sealed, HERE)


@pytest.mark.parametrize("text", ["", "short", "ä" * 43, base64.urlsafe_b64encode(b"x" * 31).decode(),
                                  base64.urlsafe_b64encode(b"x" * 33).decode(), "*" * 44])
def test_a_malformed_key_is_refused_without_being_shown(text):
    with pytest.raises(BadKey) as caught:
        parse_key(text)
    assert not text or text not in str(caught.value)


def test_the_same_value_sealed_twice_never_looks_the_same():
    ring = Keyring([KEY])
    assert len({ring.seal("same", HERE) for _ in range(2000)}) == 2000


def test_fingerprints_tell_the_same_value_and_need_the_key():
    ring = Keyring([KEY])
    assert ring.fingerprint("v", "k") == ring.fingerprint("v", "k") != ring.fingerprint("v", "other")
    assert ring.fingerprint("v", "k") != Keyring([generate_key()]).fingerprint("v", "k")


def test_a_key_never_shows_itself():
    assert KEY not in repr(Keyring([KEY]).newest)
