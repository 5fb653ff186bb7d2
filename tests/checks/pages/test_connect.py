"""Connecting, editing, disconnecting: forms that keep what was typed, and never send a secret back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django import forms

from checks.actions.errors import Invalid
from checks.engine.keys import keyring
from checks.models import Integration, Run
from checks.pages.forms import NotesForm, Together, provider_form
from checks.providers import BY_SLUG, PROVIDERS
from checks.providers.base import ProviderForm, SecretField
from organisations.models import AuditEvent
from tests.checks.pages.conftest import SECRET
from tests.checks.pages.test_checklist import title

NEW, PAGE = "/o/acme/integrations/new/gitea/", "/o/acme/integrations/gitea-main/"
TYPED = {
    "name": "gitea-main",
    "base_url": "https://127.0.0.1:3000",
    "token": SECRET,
    "username": "deploy",
    "confirm": "on",
}


@pytest.fixture(autouse=True)
def _open(loopback):
    """Nothing is sent; the address must only be one that may be saved, without asking a name server."""


# --- Choose ---------------------------------------------------------------------------------------------------
def test_one_chooses_among_the_providers_there_are(people, sees):
    text = sees(people.adam, "/o/acme/integrations/new/").text
    for provider in PROVIDERS:
        assert f'href="/o/acme/integrations/new/{provider.slug}/"' in text
        assert provider.name in text


def test_an_unknown_provider_is_not_found(people, sees):
    assert sees(people.adam, "/o/acme/integrations/new/nothing/").status == 404


# --- Prepare, paste -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_the_form_names_the_organisation_above_it_and_on_its_button_beside_the_guide(people, sees, provider):
    how = "?how=bring" if provider.setup else ""
    text = sees(people.adam, f"/o/acme/integrations/new/{provider.slug}/{how}").text
    assert title(text) == f"Connect {provider.name} to Acme"
    assert "Connect to Acme</button>" in text
    assert "This account belongs to Acme" in text
    assert "The least grant" in text
    for name in provider.form.base_fields:
        assert f'name="{name}"' in text


def test_connecting_saves_it_sealed_asks_for_a_run_and_goes_where_the_rows_arrive(people, as_):
    answer = as_(people.adam).post(NEW, {**TYPED, "notes": "In the rack."})
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    row = Integration.objects.get()
    assert (row.organisation, row.provider, row.name, row.notes, row.connected_by) == (
        people.acme,
        "gitea",
        "gitea-main",
        "In the rack.",
        people.adam,
    )
    assert row.settings["base_url"].startswith("https://127.0.0.1:3000")
    assert row.unseal(BY_SLUG["gitea"].endpoint(row.settings), keyring()) == {"token": SECRET}
    run = Run.objects.get()
    assert (run.integration, run.trigger, run.requested_by, run.is_active) == (
        row,
        Run.Trigger.CONNECT,
        people.adam,
        True,
    )
    assert AuditEvent.objects.get().verb == "connected"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Git Main"}, "Use lower-case letters"),
        ({"name": "new"}, "“new” is a word of this site"),
        ({"base_url": "git.example.com"}, "Write it with its scheme"),
        ({"base_url": ""}, "This field is required"),
        ({"confirm": ""}, "Say that it belongs to this Organisation"),
        ({"token_expires_on": "tomorrow"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost_but_the_secret(people, as_, wrong, said):
    answer = as_(people.adam).post(NEW, {**TYPED, "notes": "Kept as it was.", **wrong})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="error-summary"' in text
    field = next(iter(wrong))
    assert re.search(rf'id="id_{field}_error"><p>[^<]*{re.escape(said)}', text)
    assert "Kept as it was." in text
    assert 'value="deploy"' in text
    assert (f'value="{wrong.get("name") or "gitea-main"}"') in text
    assert SECRET not in text
    assert "Type it again: what you typed before is never sent back to a page." in text
    assert not Integration.objects.exists()


def test_a_taken_name_is_said_at_the_name(people, as_, scene):
    scene.integration()
    text = as_(people.adam).post(NEW, TYPED).content.decode()
    assert "This is taken: another integration of this Organisation has this name." in text
    assert Integration.objects.count() == 1


def test_an_address_that_egress_refuses_is_said_at_the_address(people, as_, settings):
    settings.EGRESS_ALLOW_NETWORKS = []
    text = as_(people.adam).post(NEW, {**TYPED, "base_url": "https://169.254.169.254"}).content.decode()
    assert 'id="id_base_url_error"' in text
    assert SECRET not in text
    assert not Integration.objects.exists()


def test_a_password_within_an_address_is_not_sent_back(people, as_):
    text = as_(people.adam).post(NEW, {**TYPED, "base_url": "https://me:hunter2@git.example.com"}).content.decode()
    assert 'id="id_base_url_error"' in text
    assert 'value="https://me@git.example.com"' in text
    assert "hunter2" not in text


class KeyForm(ProviderForm):
    host = forms.CharField()
    private_key = SecretField(multiline=True)


def test_a_key_of_several_lines_is_never_sent_back_either():
    form = KeyForm({"host": "", "private_key": f"-----BEGIN-----\n{SECRET}"})
    assert not form.is_valid()
    assert SECRET not in str(form["private_key"])
    assert "<textarea" in str(form["private_key"])


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_no_provider_s_form_sends_a_secret_back(provider):
    data = dict.fromkeys(provider.form.base_fields, SECRET)
    form = provider_form(provider, data)
    form.is_valid()
    for name in form.secret_names():
        assert SECRET not in str(form[name]), name


def test_an_error_of_an_action_stands_at_its_field_or_on_top():
    both = Together(NotesForm({}), KeyForm({"host": "x", "private_key": "y"}))
    both.refuse(Invalid({"host": ["is taken."], "elsewhere": ["is wrong."], "__all__": ["Nothing was saved."]}))
    assert both.errors["host"] == ["This is taken."]
    assert both.non_field_errors() == ["elsewhere: is wrong.", "Nothing was saved."]


# --- Edit ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def connected(people, as_):
    as_(people.adam).post(NEW, TYPED)
    Run.objects.update(state="finished")
    return Integration.objects.get()


def test_an_edit_shows_the_settings_and_of_the_credential_only_when_it_was_set(connected, people, sees):
    text = sees(people.adam, f"{PAGE}edit/").text
    assert 'value="https://127.0.0.1:3000"' in text
    assert 'value="deploy"' in text
    assert SECRET not in text
    assert re.search(r'<input type="password" name="token"(?![^>]*value)', text)
    print_ = connected.credential_facts["token"]["fingerprint"]
    assert f"fingerprint {print_[:8]}. Leave it empty to keep it." in text
    assert print_ not in text


def edited(connected, **changes):
    return {
        "name": connected.name,
        "base_url": connected.settings["base_url"],
        "username": "deploy",
        "notes": "",
        **changes,
    }


def test_a_credential_left_empty_is_kept_and_everything_is_asked_anew(connected, people, as_):
    answer = as_(people.adam).post(f"{PAGE}edit/", edited(connected, username="robot"))
    assert answer["Location"] == PAGE
    row = Integration.objects.get()
    assert (row.settings["username"], row.sealed, row.generation) == (
        "robot",
        connected.sealed,
        connected.generation + 1,
    )
    assert Run.objects.get(state="queued").trigger == Run.Trigger.EDIT


def test_a_new_credential_replaces_the_stored_one(connected, people, as_):
    as_(people.adam).post(f"{PAGE}edit/", edited(connected, token="another-secret-value"))
    row = Integration.objects.get()
    assert row.unseal(BY_SLUG["gitea"].endpoint(row.settings), keyring()) == {"token": "another-secret-value"}


def test_a_changed_address_asks_for_the_credential_at_its_field_before_anything_is_lost(connected, people, as_):
    answer = as_(people.adam).post(f"{PAGE}edit/", edited(connected, base_url="https://127.0.0.2:3000"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r'id="id_token_error"><p>The address changed', text)
    row = Integration.objects.get()
    assert (row.settings, row.sealed) == (connected.settings, connected.sealed)
    answer = as_(people.adam).post(
        f"{PAGE}edit/", edited(connected, base_url="https://127.0.0.2:3000", token="for-the-new-one")
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.unseal(BY_SLUG["gitea"].endpoint(row.settings), keyring()) == {"token": "for-the-new-one"}


def test_an_edit_that_is_wrong_changes_nothing_and_keeps_what_was_typed(connected, people, as_):
    text = (
        as_(people.adam)
        .post(f"{PAGE}edit/", edited(connected, name="No Good", username="robot", token=SECRET))
        .content.decode()
    )
    assert 'value="robot"' in text
    assert 'value="No Good"' in text
    assert SECRET not in text
    assert Integration.objects.get().settings == connected.settings


def test_a_provider_that_is_gone_cannot_be_edited(people, sees, scene):
    scene.integration("old", provider="from_another_version", settings={})
    assert sees(people.adam, "/o/acme/integrations/old/edit/").status == 404


# --- Disconnect, restore ----------------------------------------------------------------------------------------------
def test_disconnecting_says_first_what_will_be_lost_and_until_when_it_can_be_undone(people, sees, scene):
    row = scene.verified()
    scene.flip(row)
    text = sees(people.adam, f"{PAGE}disconnect/").text
    assert title(text) == "Disconnect gitea-main from Acme?"
    assert "The sealed credential (token)" in text
    assert "10 rows and 1 change of history" in text
    assert "shop-api will have nothing to deploy from" in text
    assert re.search(r"You can restore it until <time[^>]*>[^<]* UTC</time>; then it is erased\.", text)
    row.refresh_from_db()
    assert row.removed_at is None, "a look takes nothing away"


def test_disconnected_and_restored(people, as_, scene):
    row = scene.verified()
    text = as_(people.adam).post(f"{PAGE}disconnect/", follow=True).content.decode()
    assert "gitea-main was disconnected. It can be restored for an hour." in text
    row.refresh_from_db()
    assert row.removed_at is not None
    answer = as_(people.adam).post(f"{PAGE}restore/")
    assert answer["Location"] == PAGE
    row.refresh_from_db()
    assert row.removed_at is None
    assert row.findings.count() == 10


def test_after_the_hour_there_is_nothing_to_restore(people, as_, scene):
    scene.verified(removed_at=scene.now - timedelta(minutes=61))
    assert as_(people.adam).post(f"{PAGE}restore/").status_code == 404


def test_a_name_that_was_taken_meanwhile_is_not_taken_back(people, as_, scene):
    scene.integration(removed_at=scene.now)
    scene.integration()
    text = as_(people.adam).post(f"{PAGE}restore/", follow=True).content.decode()
    assert "gitea-main was not restored: another integration has this name by now." in text
    assert Integration.objects.filter(removed_at=None).count() == 1
