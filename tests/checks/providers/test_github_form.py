"""What is refused at a field of the GitHub form, what is saved for its row to judge, and what it makes of the addresses."""
from __future__ import annotations

import pytest

from checks.providers.clone_url import normal_base
from checks.providers.github import github
from checks.providers.github.declared import api_of

PEM = "-----BEGIN RSA PRIVATE KEY-----"


def form(pem="", stored=frozenset({"private_key"}), **data):
    return github.form({"base_url": "https://github.com", "app_id": "123456", "private_key": pem, "webhook_secret": "word", **data},
                       stored=stored)


def test_settings_are_stored_as_typed_and_the_credentials_apart(github_pem):
    filled = form(github_pem, frozenset(), base_url="https://GitHub.com/", app_id=" 123456 ", installation_id="42", pushes="on",
                  webhook_secret=" word ", client_id="Iv23liABCDEFGHIJ0123", client_secret="c0ffee" * 6 + "cafe")
    assert filled.is_valid(), filled.errors
    assert filled.settings_values() == {"base_url": "https://GitHub.com/", "api_url": "https://api.github.com", "app_id": "123456",
                                        "installation_id": "42", "pushes": True}
    assert filled.credential_values() == {"private_key": github_pem, "webhook_secret": "word", "client_id": "Iv23liABCDEFGHIJ0123",
                                          "client_secret": "c0ffee" * 6 + "cafe"}


def test_an_app_that_is_not_installed_yet_is_saved():
    assert form().is_valid()
    assert form().fields["installation_id"].required is False


def test_the_fields_are_those_of_the_interface():
    assert github.form.setting_names() == ("base_url", "api_url", "app_id", "installation_id", "pushes")
    assert github.form.secret_names() == {"private_key", "webhook_secret", "client_id", "client_secret"}
    assert set(github.form({}).errors) == {"base_url", "app_id", "private_key", "webhook_secret"}


@pytest.mark.parametrize(("base", "api", "expected"), [
    ("https://github.com", "", "https://api.github.com"), ("https://GitHub.com/", "", "https://api.github.com"),
    ("https://git.example.com", "", "https://git.example.com/api/v3"),
    ("https://git.example.com/", "https://api.github.com", "https://git.example.com/api/v3"),
    ("https://git.example.com:8443", "", "https://git.example.com:8443/api/v3"),
    ("https://acme.ghe.com", "", "https://api.acme.ghe.com"), ("https://acme.ghe.com", "https://api.github.com", "https://api.acme.ghe.com"),
    ("https://git.example.com", "https://api.example.com", "https://api.example.com"),
])
def test_the_api_belongs_to_the_address(base, api, expected):
    assert api_of(base, api) == expected
    filled = form(base_url=base, api_url=api)
    assert filled.is_valid(), filled.errors
    settings = filled.settings_values()
    assert settings["api_url"] == expected
    assert github.endpoint(settings) == f"{normal_base(base)} {expected}"
    assert github.addresses(settings) == {"base_url": normal_base(base), "api_url": expected}


@pytest.mark.parametrize(("field", "typed", "text"), [
    ("app_id", "Iv23liABCDEFGHIJ0123", "Client ID"), ("app_id", "Iv1.8a61f9b3a7aba766", "Client ID"),
    ("app_id", "dflow-deploys", "a number"), ("app_id", "१२३", "a number"), ("app_id", "-5", "a number"),
    ("installation_id", "acme", "the number at the end"), ("installation_id", "https://github.com/apps/dflow", "the number at the end"),
    ("base_url", "github.com", "https://github.com"), ("base_url", "git@github.com:acme/web", "scheme"),
    ("base_url", "https://github.com/?x=1", "?"), ("api_url", "api.github.com", "https://api.github.com"),
    ("api_url", "https://me:word@api.github.com", "user name"), ("webhook_secret", PEM, "private key"),
    ("client_id", "Iv23 li", "one word"), ("client_secret", "••••••", "ASCII"),
])
def test_what_cannot_be_one_is_refused_at_its_field(field, typed, text):
    filled = form(**{field: typed})
    assert not filled.is_valid()
    assert list(filled.errors) == [field]
    assert text in " ".join(filled.errors[field])


@pytest.mark.parametrize("typed", [
    "https://github.com/settings/installations/42", "https://github.com/organizations/acme/settings/installations/42/",
    " 42 ", "42"])
def test_an_installations_own_address_gives_its_number(typed):
    filled = form(installation_id=typed)
    assert filled.is_valid(), filled.errors
    assert filled.settings_values()["installation_id"] == "42"


def test_stored_credentials_may_stay_blank():
    filled = github.form({"base_url": "https://github.com", "app_id": "1"}, stored=frozenset({"private_key", "webhook_secret"}))
    assert filled.is_valid(), filled.errors
    assert filled.credential_values() == {}


def test_no_credential_is_sent_back_to_the_page(github_pem):
    page = form(github_pem, frozenset(), app_id="x", webhook_secret="a-secret-word", client_secret="c0ffee" * 6).as_p()
    for hidden in (github_pem.splitlines()[3], "a-secret-word", "c0ffee" * 6):
        assert hidden not in page


# --- The provider ---------------------------------------------------------------------------------------------------
SETTINGS = {"base_url": "https://github.com", "api_url": "https://api.github.com", "app_id": "123456", "installation_id": "42"}


def test_it_says_what_is_connected():
    assert github.summary(SETTINGS) == "App 123456 at github.com, installation 42"
    assert github.summary({**SETTINGS, "installation_id": ""}) == "App 123456 at github.com"
    assert github.account(SETTINGS) == "installation 42"
    assert github.account({**SETTINGS, "installation_id": ""}) == ""


def test_an_installation_is_one_organisations_alone():
    assert github.exclusive is not None
    assert github.exclusive.proven_by == "installation_active"
    key = github.exclusive.key
    assert key(SETTINGS) == key({**SETTINGS, "base_url": "HTTPS://github.com/", "app_id": "7"})
    assert key(SETTINGS) != key({**SETTINGS, "base_url": "https://git.example.com", "api_url": ""})
    assert key({**SETTINGS, "installation_id": ""}) == ""


def test_a_changed_host_drops_the_key():
    assert github.endpoint(SETTINGS) == github.endpoint({**SETTINGS, "installation_id": "43"})
    assert github.endpoint(SETTINGS) != github.endpoint({**SETTINGS, "api_url": "https://api.example.com"})


def test_connecting_asks_nothing_and_keeps_the_key_out_of_sight(github_pem):
    client = github.connect(SETTINGS, {"private_key": github_pem})
    assert (client.host, client.api.base_url) == ("github.com", "https://api.github.com")
    assert client.installation_page == "https://github.com/settings/installations/42"
    assert github_pem.splitlines()[2] not in repr(client)
