"""What is refused at a field of Bitbucket's form, and which Bitbucket the settings then mean."""
from __future__ import annotations

import pytest

from checks.pages.guides import steps
from checks.providers.bitbucket import bitbucket
from checks.providers.bitbucket.place import Place, place

GOOD = {"base_url": "https://bitbucket.org", "api_url": "https://api.bitbucket.org", "token_kind": "repository_access_token",
        "token": "ATCTT3x"}
SERVER = {**GOOD, "base_url": "https://git.example.com", "token": "BBDC-x"}


def form(**data):
    return bitbucket.form({**GOOD, **data})


def test_settings_are_stored_as_typed_and_the_token_apart():
    filled = form(api_url="https://api.bitbucket.org/2.0/", token_expires_on="2027-01-31", token=" ATCTT3x\n")
    assert filled.is_valid(), filled.errors
    assert filled.settings_values() == {
        "base_url": "https://bitbucket.org", "api_url": "https://api.bitbucket.org/2.0/",
        "token_kind": "repository_access_token", "email": "", "token_expires_on": "2027-01-31", "pushes": False}
    assert filled.credential_values() == {"token": "ATCTT3x"}


def test_the_fields_and_their_defaults():
    fields = bitbucket.form.base_fields
    assert bitbucket.form.setting_names() == ("base_url", "api_url", "token_kind", "email", "token_expires_on", "pushes")
    assert (fields["base_url"].initial, fields["api_url"].initial) == (GOOD["base_url"], GOOD["api_url"])
    assert [name for name, _ in fields["token_kind"].choices] == [
        "api_token", "repository_access_token", "project_access_token", "workspace_access_token"]
    assert bitbucket.form.secret_names() == {"token"}


@pytest.mark.parametrize("data", [
    {"token_kind": "api_token", "email": "deploy@example.com"}, {"api_url": ""}, {"base_url": "https://bitbucket.org/acme/web"},
    {**SERVER, "api_url": "", "token_kind": "api_token", "email": "deploy"}, {**SERVER, "token_kind": "project_access_token"}])
def test_what_can_be_sent_is_saved(data):
    assert form(**data).is_valid(), form(**data).errors


@pytest.mark.parametrize(("data", "field", "text"), [
    ({"token_kind": "api_token"}, "email", "e-mail address of its Atlassian account"),
    ({"token_kind": "api_token", "email": "deploy"}, "email", "e-mail address of its Atlassian account"),
    ({**SERVER, "token_kind": "api_token"}, "email", "sent with the user's name"),
    ({"email": "a:b@example.com"}, "email", "no colon"), ({"token_kind": "app_password"}, "token_kind", "not one of"),
    ({"token_kind": ""}, "token_kind", "required"), ({"token": "two words"}, "token", "one word"),
    ({"api_url": "api.bitbucket.org"}, "api_url", "https://api.bitbucket.org"), ({"base_url": "https://"}, "base_url", "no host")])
def test_what_cannot_be_sent_is_refused_at_its_field(data, field, text):
    filled = form(**data)
    assert set(filled.errors) == {field}
    assert text in " ".join(filled.errors[field])


@pytest.mark.parametrize(("base", "api", "expected"), [
    ("https://bitbucket.org", "https://api.bitbucket.org", Place("https://bitbucket.org", "https://api.bitbucket.org", True)),
    ("https://bitbucket.org/", "", Place("https://bitbucket.org", "https://api.bitbucket.org", True)),
    ("https://bitbucket.org", "https://api.bitbucket.org/2.0/",
     Place("https://bitbucket.org", "https://api.bitbucket.org", True)),
    ("http://127.0.0.1:8001", "http://127.0.0.1:8002", Place("http://127.0.0.1:8001", "http://127.0.0.1:8002", True)),
    ("http://127.0.0.1:8001", "http://127.0.0.1:8001/2.0", Place("http://127.0.0.1:8001", "http://127.0.0.1:8001", True)),
    ("https://git.example.com/bb/", "", Place("https://git.example.com/bb", "https://git.example.com/bb", False)),
    ("https://git.example.com", "https://api.bitbucket.org/2.0",
     Place("https://git.example.com", "https://git.example.com", False)),
    ("https://git.example.com", "https://git.example.com/bb/rest/api/1.0",
     Place("https://git.example.com", "https://git.example.com/bb", False))])
def test_which_bitbucket_the_settings_mean(base, api, expected):
    settings = {"base_url": base, "api_url": api}
    assert place(settings) == expected
    assert bitbucket.addresses(settings) == {"base_url": expected.base, "api_url": expected.api}
    assert bitbucket.endpoint(settings) == f"{expected.base} {expected.api}"


def test_a_changed_api_address_is_another_endpoint():
    assert bitbucket.endpoint({**GOOD, "api_url": "https://api.example.com"}) != bitbucket.endpoint(GOOD)


def test_the_summary_names_host_and_kind():
    assert bitbucket.summary(GOOD) == "bitbucket.org with a repository access token"
    assert bitbucket.summary({**SERVER, "api_url": ""}) == "git.example.com with an HTTP access token"


def test_every_step_of_the_guide_that_is_done_at_the_provider_has_its_page():
    assert [bool(step.link) for step in steps(bitbucket)] == [True, True, True, True, False, True]
