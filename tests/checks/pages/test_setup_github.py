"""Having a GitHub App made, with the demo's GitHub answering over a socket: who comes back with what, and what that changes
here (T13)."""
from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from checks.actions.setup import digest
from checks.engine.keys import keyring
from checks.models import Integration, SetupState
from checks.providers import BY_SLUG
from organisations.models import AuditEvent, Membership
from tests.checks.github_browser import HERE, NEW, asked, connect, form_action, hidden, made, text
from tests.peers.github_host import WEBHOOK_SECRET
from tests.people import make_user

pytestmark = pytest.mark.django_db


# --- The two ways ---------------------------------------------------------------------------------------------------
def test_the_connect_page_offers_both_ways(alice):
    page = text(alice.get("/o/acme/integrations/new/github/"))
    assert f'href="{NEW}"' in page
    assert 'href="/o/acme/integrations/new/github/?how=bring"' in page
    assert "private key" in text(alice.get("/o/acme/integrations/new/github/?how=bring")).lower()


def test_an_app_that_was_brought_is_saved_by_the_form(alice, github, github_pem):
    answer = alice.post("/o/acme/integrations/new/github/", {
        "name": "brought", "base_url": github.url, "api_url": "", "app_id": "123456", "private_key": github_pem,
        "webhook_secret": WEBHOOK_SECRET, "confirm": "on"})
    assert answer.status_code == 302
    assert Integration.objects.get().settings["api_url"] == f"{github.url}/api/v3"


# --- What will be made ----------------------------------------------------------------------------------------------
def test_the_manifest_asks_for_the_least_and_names_the_webhook_beforehand(alice, github):
    page = asked(alice, github)
    manifest, state = json.loads(hidden(text(page))["manifest"]), SetupState.objects.get()
    assert manifest["default_permissions"] == {"contents": "read", "metadata": "read"}
    assert manifest["default_events"] == ["push"]
    assert manifest["hook_attributes"] == {"url": f"http://testserver/webhooks/github/{state.integration_id}", "active": True}
    assert (manifest["public"], manifest["request_oauth_on_install"], manifest["setup_on_update"]) == (False, True, True)
    assert manifest["redirect_url"] == "http://testserver/setup/github/created/"
    assert manifest["callback_urls"] == [manifest["setup_url"]] == ["http://testserver/setup/github/installed/"]
    assert len(manifest["name"]) <= 34
    assert form_action(text(page)).startswith(f"{github.url}/organizations/acme/settings/apps/new?state=")
    assert "Contents (repository permission)" in text(page)


def test_pushes_ask_to_write_contents_and_the_page_says_why(alice, github):
    page = text(asked(alice, github, pushes="on"))
    assert json.loads(hidden(page)["manifest"])["default_permissions"] == {"contents": "write", "metadata": "read"}
    assert "Read and write" in page
    assert "as you asked" in page


def test_a_long_organisation_s_proposed_name_fits(people, client, github):
    people.acme.slug = "a" * 60
    people.acme.save()
    client.force_login(people.alice)
    page = client.post(NEW.replace("acme", "a" * 60), {
        "name": "git", "where": "mine", "base_url": github.url, "confirm": "on"}).content.decode()
    assert len(json.loads(hidden(page)["manifest"])["name"]) <= 34
    assert form_action(page).startswith(f"{github.url}/settings/apps/new?state=")


def test_the_policy_is_widened_for_this_page_alone(alice, github):
    connect(alice, github)
    for page, widened in ((asked(alice, github, name="other"), True), (alice.get(f"{HERE}install/"), True), (alice.get(NEW), False),
                          (alice.get(HERE), False)):
        action = page["Content-Security-Policy"].split("form-action")[1].split(";")[0]
        assert (github.url in action) is widened
        assert "'self'" in action


@pytest.mark.parametrize(("changes", "said"), [
    ({"account": ""}, "Name the organisation"), ({"account": "no such!"}, "A login has letters"), ({"name": "Git Main"}, "lower-case"),
    ({"base_url": "github.com"}, "Write it with its scheme"), ({"confirm": None}, "belongs to this Organisation"),
    ({"base_url": "http://169.254.169.254"}, "169.254.169.254"), ({"where": "nobody"}, "Select a valid choice"),
])
def test_what_is_typed_wrong_begins_nothing(alice, github, changes, said):
    page = asked(alice, github, **changes)
    assert page.status_code == 200
    assert said in text(page)
    assert not SetupState.objects.exists()


def test_a_public_github_cannot_send_to_this_machine_and_the_page_says_so(alice, github, settings):
    settings.BASE_URL = "http://localhost:8000"
    page = text(asked(alice, github, base_url="https://github.com"))
    assert json.loads(hidden(page)["manifest"])["hook_attributes"]["active"] is False
    assert "cannot send webhooks to this program" in page


def test_a_taken_name_begins_nothing(alice, github):
    connect(alice, github)
    assert "another integration" in text(asked(alice, github))


def test_the_nonce_is_kept_nowhere(alice, github):
    nonce = form_action(text(asked(alice, github))).partition("state=")[2]
    state = SetupState.objects.get()
    assert len(nonce) >= 43
    assert state.nonce == digest(nonce)
    assert nonce not in str(SetupState.objects.values()) + str(dict(alice.session))


# --- Made -----------------------------------------------------------------------------------------------------------
def test_the_keys_are_stored_sealed_and_the_next_step_is_to_install(alice, github, people):
    answer = alice.get(made(alice, github))
    assert (answer.status_code, answer["Location"]) == (302, f"{HERE}install/")
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    row, app = Integration.objects.get(), github.apps[max(github.apps)]
    kind = BY_SLUG["github"]
    stored = row.unseal(kind.endpoint(row.settings), keyring())
    assert (row.settings["app_id"], row.settings["installation_id"], row.settings["pushes"]) == (str(app.id), "", False)
    assert (stored["client_id"], stored["client_secret"], stored["webhook_secret"]) == (
        app.client_id, app.client_secret, app.webhook_secret)
    assert app.hook_url.endswith(str(row.pk))
    assert stored["private_key"] not in str(row.sealed)
    assert AuditEvent.objects.filter(organisation=people.acme, verb="connected", actor=people.alice).exists()
    assert not any(secret in str(list(AuditEvent.objects.values())) for secret in stored.values())


def test_an_app_without_a_webhook_secret_is_given_one(alice, github):
    address = made(alice, github)
    github.apps[max(github.apps)].webhook_secret = ""
    alice.get(address)
    assert "webhook_secret" in Integration.objects.get().sealed


def test_the_same_return_twice_saves_once_and_says_so(alice, github):
    address = made(alice, github)
    alice.get(address)
    again = alice.get(address)
    assert again.status_code == 400
    assert "done already" in text(again)
    assert f'href="{HERE}"' in text(again)
    assert Integration.objects.count() == 1


def test_a_name_that_was_taken_meanwhile_loses_no_key(alice, github, people):
    first, second = made(alice, github), made(alice, github)
    alice.get(first)
    assert alice.get(second)["Location"] == "/o/acme/integrations/git-main-2/install/"


def refused(client, address, heading, status=400) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    assert heading in text(answer)
    assert not Integration.objects.exists()
    assert answer["Cache-Control"] == "no-store"
    return text(answer)


def test_a_return_that_nobody_began_changes_nothing(alice, github):
    for address in ("/setup/github/created/", "/setup/github/created/?code=abc", "/setup/github/created/?code=abc&state=",
                    "/setup/github/created/?code=abc&state=" + "x" * 43, "/setup/github/created/?state=%00&code=a"):
        answer = alice.get(address)
        assert answer.status_code == 400
        assert not Integration.objects.exists()


def test_without_a_code_the_state_stays_as_it_was(alice, github):
    address = made(alice, github)
    refused(alice, f"/setup/github/created/?{address.partition('&')[2]}", "without a code")
    assert alice.get(address).status_code == 302


def test_after_ten_minutes_it_is_over(alice, github):
    address = made(alice, github)
    SetupState.objects.update(expires_at=timezone.now())
    page = refused(alice, address, "longer than ten minutes")
    assert f'href="{NEW}"' in page


def test_another_session_of_the_same_person_cannot_end_it(alice, github, people):
    address = made(alice, github)
    other = Client()
    other.force_login(people.alice)
    refused(other, address, "another session")
    assert alice.get(address).status_code == 302, "and it used nothing up"


def test_another_person_cannot_end_it_and_learns_nothing(alice, github, people):
    address = made(alice, github)
    for person in (people.adam, people.bob, make_user("nobody@example.com")):
        other = Client()
        other.force_login(person)
        assert "acme" not in refused(other, address, "Somebody else began this").replace("/accounts", "").lower()
    assert alice.get(address).status_code == 302


def test_whoever_no_longer_may_ends_nothing(alice, github, people):
    address = made(alice, github)
    for change in ({"role": "developer"}, {"role": "viewer"}):
        Membership.objects.filter(user=people.alice).update(**change)
        refused(alice, address, "does not allow this any more", status=403)
    Membership.objects.filter(user=people.alice).delete()
    refused(alice, address, "does not allow this any more", status=403)


def test_whoever_has_to_sign_in_first_loses_state_and_code(client, alice, github):
    address = made(alice, github)
    alice.logout()
    answer = alice.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/setup/github/created/")
    back = alice.get("/setup/github/installed/?installation_id=7&setup_action=install&code=secret&state=nonce")
    assert "installation_id" in back["Location"]
    assert "secret" not in back["Location"]
    assert "nonce" not in back["Location"]


def test_a_code_that_was_used_elsewhere_is_spent(alice, github):
    address = made(alice, github)
    github.codes.clear()
    assert "bring the app" in refused(alice, address, "code is used up").lower()


@pytest.mark.parametrize("code", ["../app", "a b", "a/b", "x" * 200])
def test_a_code_of_no_form_is_sent_nowhere(alice, github, code):
    state = dict(pair.split("=") for pair in made(alice, github).partition("?")[2].split("&"))["state"]
    github.seen.clear()
    refused(alice, "/setup/github/created/?" + urlencode({"code": code, "state": state}), "code is used up")
    assert not github.seen


def test_while_github_is_away_the_code_waits_and_is_tried_again(alice, github):
    address = made(alice, github)
    path = f"POST /app-manifests/{address.partition('code=')[2].partition('&')[0]}/conversions"
    github.failing[path] = (502, {}, "Bad Gateway")
    page = refused(alice, address, "could not be asked")
    state = SetupState.objects.get()
    assert state.sealed_code.startswith("v1.")
    assert address.partition("code=")[2].partition("&")[0] not in page + str(SetupState.objects.values())
    assert alice.post("/setup/github/again/", hidden(page)).status_code == 400, "still away"
    del github.failing[path]
    assert alice.post("/setup/github/again/", hidden(page))["Location"] == f"{HERE}install/"
    assert SetupState.objects.get().sealed_code == ""
    assert alice.post("/setup/github/again/", hidden(page)).status_code == 400
    assert Integration.objects.count() == 1


def test_trying_again_is_for_the_same_person_and_within_the_hour(alice, github, people):
    address = made(alice, github)
    path = f"POST /app-manifests/{address.partition('code=')[2].partition('&')[0]}/conversions"
    github.failing[path] = (502, {}, "")
    fields = hidden(refused(alice, address, "could not be asked"))
    del github.failing[path]
    other = Client()
    other.force_login(people.adam)
    assert other.post("/setup/github/again/", fields).status_code == 400
    SetupState.objects.update(used_at=timezone.now() - timedelta(minutes=61))
    assert "hour" in text(alice.post("/setup/github/again/", fields))
    for wrong in ({}, {"setup": "no-uuid"}, {"setup": "6f1c5e0a-0000-4000-8000-000000000000"}):
        assert alice.post("/setup/github/again/", wrong).status_code == 400
    assert not Integration.objects.exists()
