"""WWW-Authenticate as registries write it, and tokens as their services give them."""
from __future__ import annotations

import pytest

from checks.clients.oci_challenge import Challenge, chosen, read
from checks.clients.oci_token import read as read_token
from tests.peers.registry_script import access, unsigned

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'  # docs.docker.com
SCOPED = ('Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull,push",'
          'error="insufficient_scope"')


@pytest.mark.parametrize(("header", "found"), [
    (HUB, [("bearer", {"realm": "https://auth.docker.io/token", "service": "registry.docker.io"})]),
    (SCOPED, [("bearer", {"realm": "https://ghcr.io/token", "service": "ghcr.io", "scope": "repository:user/image:pull,push",
                          "error": "insufficient_scope"})]),
    ('Basic realm="basic-realm"', [("basic", {"realm": "basic-realm"})]),
    ("Basic realm=plain", [("basic", {"realm": "plain"})]),
    ("Basic", [("basic", {})]),
    ('BEARER Realm="x" , Service = "y"', [("bearer", {"realm": "x", "service": "y"})]),
    ('Bearer realm=https://h.example/token,service=s', [("bearer", {"realm": "https://h.example/token", "service": "s"})]),
    ('Basic realm="a", Bearer realm="b",service="c"', [("basic", {"realm": "a"}), ("bearer", {"realm": "b", "service": "c"})]),
    (r'Basic realm="say \"hi\" \\ there, you"', [("basic", {"realm": r'say "hi" \ there, you'})]),
    ('Negotiate, Basic realm="q"', [("negotiate", {}), ("basic", {"realm": "q"})]),
    (',, Basic realm="q" ,,', [("basic", {"realm": "q"})]),
    ('Bearer realm="one",realm="two"', [("bearer", {"realm": "one"})]),
    ('Bearer realm="never closed', [("bearer", {})]),
    ("", []), ("===", []), ("\x00", []),
])
def test_a_challenge_is_read(header, found):
    assert [(c.scheme, dict(c.parameters)) for c in read(header)][:len(found) or None] == found


def test_bearer_is_answered_before_basic_and_nothing_else_is():
    both = read('Basic realm="a", Bearer realm="b"')
    assert chosen(both).is_bearer
    assert chosen(read('Basic realm="a"')).scheme == "basic"
    assert chosen(read('Negotiate, Digest realm="x"')) is None
    assert chosen([]) is None


def test_a_challenge_without_parameters_names_nothing():
    assert (Challenge("bearer").realm, Challenge("bearer").service, Challenge("bearer").error) == ("", "", "")


def test_the_actions_of_a_repository_are_read_without_verifying():
    token = read_token({"token": access("team/app", "push", "pull")})
    assert token.actions("team/app") == ("pull", "push")
    assert token.actions("team/other") == ()
    assert read_token({"access_token": access("a", "*")}).actions("a") == ("delete", "pull", "push")
    assert read_token({"token": access("a")}).actions("a") == ()


@pytest.mark.parametrize("value", ["opaque", "a.b", "a.b.c", "a.!!!.c", "djE6dXNlcjp0b2tlbg==", unsigned(sub="x"), "x." + "W10" + ".y"])
def test_an_opaque_token_tells_no_actions(value):
    assert read_token({"token": value}).actions("team/app") is None


@pytest.mark.parametrize("document", [None, [], {}, {"token": ""}, {"token": 5}, {"token": "two words"}, {"token": "line\nbreak"},
                                      {"token": "ö"}])
def test_what_holds_no_token_is_none(document):
    assert read_token(document) is None


def test_an_empty_subject_is_a_strangers_token():
    assert read_token({"token": access("a", "pull", sub="")}).is_strangers
    assert not read_token({"token": access("a", "pull")}).is_strangers
    assert not read_token({"token": unsigned(access=[])}).is_strangers
    assert not read_token({"token": "opaque"}).is_strangers


def test_odd_claims_do_no_harm():
    token = read_token({"token": unsigned(access=["x", {"type": "registry", "name": "a", "actions": ["*"]},
                                                  {"type": "repository", "name": "a", "actions": None}], iat=True)})
    assert (token.actions("a"), token.issued_at) == ((), None)
    assert read_token({"token": unsigned(access="x")}).actions("a") == ()
    assert read_token({"token": unsigned(nbf=12.5)}).issued_at == 12.5


def test_a_token_is_in_no_text_about_it():
    assert "c2ln" not in repr(read_token({"token": access("a", "pull")}))
