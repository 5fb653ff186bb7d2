"""What is refused at a field of a Git host's form, and what is saved for its row to judge."""
from __future__ import annotations

import pytest

from checks.providers.gitea import gitea

GOOD = {"base_url": "https://git.example.com", "token": "a" * 40}


def form(**data):
    return gitea.form({**GOOD, **data})


def test_settings_are_stored_as_typed_and_the_token_apart():
    filled = form(base_url="https://Git.Example.com/gitea/", username="deploy", token_expires_on="2027-01-31",
                  pushes="on", token=f"  {'a' * 40}\n")
    assert filled.is_valid(), filled.errors
    assert filled.settings_values() == {"base_url": "https://Git.Example.com/gitea/", "username": "deploy",
                                        "token_expires_on": "2027-01-31", "pushes": True}
    assert filled.credential_values() == {"token": "a" * 40}


def test_only_address_and_token_are_needed():
    filled = form()
    assert filled.is_valid(), filled.errors
    assert filled.settings_values() == {"base_url": "https://git.example.com", "username": "", "token_expires_on": "",
                                        "pushes": False}
    assert set(gitea.form({}).errors) == {"base_url", "token"}


@pytest.mark.parametrize("address", [
    "https://git.example.com/acme/web.git", "http://10.0.0.1", "https://git.example.com:8443"])
def test_what_is_probably_wrong_is_saved_for_its_row(address):
    assert form(base_url=address).is_valid()


@pytest.mark.parametrize(("address", "text"), [
    ("git.example.com", "https://git.example.com"), ("git@git.example.com:acme/web", "scheme"),
    ("ssh://git.example.com", "https://"), ("https://", "no host"), ("https://git example.com", "blanks"),
    ("https://bob@git.example.com", "user name"), ("https://git.example.com/?x=1", "?"),
    ("https://git.example.com/#x", "#"), ("https://git.example.com/?", "?"),
    ("https://git.example.com:x", "cannot be read"), ("https://[::1", "cannot be read"),
])
def test_an_address_that_cannot_be_one_is_refused(address, text):
    filled = form(base_url=address)
    assert not filled.is_valid()
    assert text in " ".join(filled.errors["base_url"])


@pytest.mark.parametrize("token", ["hunter 2", "hunter\n2", "Bearer abc", "•" * 40, "-----BEGIN KEY-----\nx"])
def test_a_token_that_cannot_be_one_is_refused(token):
    filled = form(token=token)
    assert not filled.is_valid()
    assert list(filled.errors) == ["token"]
    assert token not in str(filled.errors)


def test_a_stored_token_may_stay_blank():
    filled = gitea.form({"base_url": GOOD["base_url"], "token": ""}, stored=frozenset({"token"}))
    assert filled.is_valid(), filled.errors
    assert filled.credential_values() == {}


def test_a_user_name_with_a_colon_is_refused():
    assert "username" in form(username="a:b").errors


def test_a_date_that_is_none_is_refused():
    assert "token_expires_on" in form(token_expires_on="soon").errors
