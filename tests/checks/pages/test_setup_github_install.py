"""Installing a GitHub App: which installation is believed, for whom, and what a spoofed, foreign or replayed one does (T13)."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from checks.demo.github_world import Installation
from checks.models import AccountHolder, Integration, Run, SetupState
from organisations.models import AuditEvent
from tests.checks.github_browser import HERE, came_back, connect, go_install, hidden, made, spoofed, text
from tests.peers.github_host import PERSONAL, SELECTED

pytestmark = pytest.mark.django_db


# --- Installed ------------------------------------------------------------------------------------------------------
def test_the_way_to_install_leads_to_the_app_with_its_account_chosen(alice, github):
    connect(alice, github)
    address = go_install(alice, github)
    app = github.apps[max(github.apps)]
    assert address.startswith(f"{github.url}/github-apps/{app.slug}/installations/new/permissions?suggested_target_id=")
    assert "&state=" in address


def test_an_installation_that_the_person_may_see_is_saved_and_asked(alice, github, people):
    row = connect(alice, github)
    answer = alice.get(came_back(alice, github))
    assert (answer.status_code, answer["Location"]) == (302, HERE)
    row.refresh_from_db()
    number = max(github.installations)
    assert row.settings["installation_id"] == str(number)
    held = AccountHolder.objects.get()
    assert (held.organisation, held.integration) == (people.acme, row)
    assert held.account_key.endswith(f"installation {number}")
    assert Run.objects.filter(integration=row, state=Run.State.QUEUED, trigger=Run.Trigger.EDIT).exists()
    assert AuditEvent.objects.filter(verb="edited", actor=people.alice, subject="git-main").exists()
    asked_for = [(one.method, one.path.partition("?")[0]) for one in github.seen]
    assert ("POST", "/login/oauth/access_token") in asked_for
    assert ("GET", "/api/v3/user/installations") in asked_for


def test_the_user_s_token_is_not_kept(alice, github):
    connect(alice, github)
    alice.get(came_back(alice, github))
    token = next(iter(github.user_tokens))
    everything = str(list(Integration.objects.values()) + list(AuditEvent.objects.values()) + list(SetupState.objects.values()))
    assert token not in everything


def installs_nothing(client, address, heading) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert heading in text(answer)
    assert Integration.objects.get().settings["installation_id"] == ""
    assert not AccountHolder.objects.exists()


@pytest.mark.parametrize("number", [str(SELECTED), str(PERSONAL), "999", "0", "-1", "1 or 1", "4" * 25, "４"])
def test_an_id_that_is_not_this_app_s_or_not_this_person_s_is_refused(alice, github, number):
    connect(alice, github)
    installs_nothing(alice, spoofed(came_back(alice, github), installation_id=number), "not yours to use here")


def test_an_installation_of_this_app_that_the_person_may_not_see_is_refused(alice, github):
    """A public App, installed by a stranger too: its own list has that installation, the person's has not."""
    connect(alice, github)
    address = came_back(alice, github)
    github.person = "mallory"
    app = github.apps[max(github.apps)]
    github.installations[900] = Installation(900, "mallory", "User", app_id=app.id)
    installs_nothing(alice, spoofed(address, installation_id="900"), "not yours to use here")


def test_without_a_code_the_app_s_own_list_decides(alice, github):
    connect(alice, github)
    address = came_back(alice, github)
    assert alice.get(spoofed(address, code=""))["Location"] == HERE
    assert Integration.objects.get().settings["installation_id"] == str(max(github.installations))


def test_a_code_that_github_does_not_take_is_no_reason_to_ask_less(alice, github):
    connect(alice, github)
    installs_nothing(alice, spoofed(came_back(alice, github), code="forged"), "not yours to use here")


@pytest.mark.parametrize("sent", ["?setup_action=install", "?installation_id=&setup_action=install", "?error=access_denied"])
def test_a_return_without_an_installation_uses_nothing_up(alice, github, sent):
    connect(alice, github)
    address = came_back(alice, github)
    state = address.partition("state=")[2]
    installs_nothing(alice, f"/setup/github/installed/{sent}&state={state}", "without an installation")
    assert alice.get(address)["Location"] == HERE


def test_a_replayed_return_of_an_installation_changes_nothing(alice, github):
    row = connect(alice, github)
    address = came_back(alice, github)
    alice.get(address)
    row.refresh_from_db()
    before = row.generation
    assert "done already" in text(alice.get(address))
    row.refresh_from_db()
    assert row.generation == before


def test_states_of_one_step_open_no_other(alice, github):
    creating = made(alice, github).partition("state=")[2]
    connect(alice, github)
    installs_nothing(alice, f"/setup/github/installed/?installation_id=1&state={creating}", "belongs to nothing")
    state = go_install(alice, github).partition("state=")[2]
    assert alice.get(f"/setup/github/created/?code=abc&state={state}").status_code == 400


def test_an_expired_or_foreign_state_installs_nothing(alice, github, people):
    connect(alice, github)
    address = came_back(alice, github)
    for person, heading in ((people.alice, "another session"), (people.bob, "Somebody else")):
        other = Client()
        other.force_login(person)
        installs_nothing(other, address, heading)
    SetupState.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    installs_nothing(alice, address, "longer than ten minutes")


def test_what_another_organisation_holds_is_refused(alice, github, people):
    connect(alice, github)
    address = came_back(alice, github)
    number = max(github.installations)
    key = f"{github.url} {github.api_url} installation {number}"
    theirs = Integration.objects.create(organisation=people.globex, provider="github", name="theirs", settings={})
    AccountHolder.objects.create(provider="github", account_key=key, organisation=people.globex, integration=theirs)
    answer = alice.get(address)
    assert answer.status_code == 400
    assert "Another Organisation uses this installation" in text(answer)
    assert Integration.objects.get(name="git-main").settings["installation_id"] == ""


def test_while_github_is_away_the_installation_can_be_tried_again(alice, github):
    connect(alice, github)
    address = came_back(alice, github)
    github.failing["/login/oauth/access_token"] = (503, {}, "")
    page = alice.get(address)
    assert "could not be asked" in text(page)
    assert hidden(text(page)) == {"installation_id": str(max(github.installations))}
    github.failing.clear()
    assert alice.post(f"{HERE}installation/", hidden(text(page)))["Location"] == HERE


def test_an_integration_that_was_disconnected_meanwhile_says_so(alice, github):
    connect(alice, github)
    address = came_back(alice, github)
    Integration.objects.update(removed_at=timezone.now())
    assert "no longer here" in text(alice.get(address))


def test_github_away_before_installing_is_said_on_the_page(alice, github):
    connect(alice, github)
    github.failing["/app"] = (502, {}, "")
    page = alice.post(f"{HERE}install/")
    assert page.status_code == 200
    assert "GitHub could not be asked where to install it" in text(page)
    assert not SetupState.objects.filter(step="install").exists()


def test_a_refused_key_is_said_in_github_s_words(alice, github, other_key):
    connect(alice, github)
    github.apps[max(github.apps)].public_key = other_key.public_key()
    assert "A JSON web token could not be decoded" in text(alice.post(f"{HERE}install/"))


# --- A return that belongs to no state --------------------------------------------------------------------------------
def test_an_installation_from_github_s_own_page_asks_which_integration_it_is_for(alice, github, people):
    connect(alice, github)
    number = spoofed(came_back(alice, github)).partition("installation_id=")[2].partition("&")[0]
    page = text(alice.get(f"/setup/github/installed/?installation_id={number}&setup_action=install"))
    assert "Which integration is it for?" in page
    assert f'action="{HERE}installation/"' in page
    alice.post(f"{HERE}installation/", {"installation_id": number})
    assert Integration.objects.get().settings["installation_id"] == number


def test_an_installation_of_no_app_of_mine_is_offered_nothing(alice, github):
    connect(alice, github)
    assert "No integration of yours has this App" in text(alice.get("/setup/github/installed/?installation_id=4711"))
    answer = alice.post(f"{HERE}installation/", {"installation_id": "4711"})
    assert answer.status_code == 400
    assert Integration.objects.get().settings["installation_id"] == ""


def test_a_changed_list_of_repositories_only_asks_again(alice, github):
    row = connect(alice, github)
    alice.get(came_back(alice, github))
    Run.objects.all().delete()
    row.refresh_from_db()
    answer = alice.get(f"/setup/github/installed/?installation_id={row.settings['installation_id']}&setup_action=update")
    assert answer["Location"] == HERE
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_a_stranger_is_offered_nothing_of_others(alice, github, people):
    connect(alice, github)
    number = spoofed(came_back(alice, github)).partition("installation_id=")[2].partition("&")[0]
    other = Client()
    other.force_login(people.bob)
    assert "No integration of yours" in text(other.get(f"/setup/github/installed/?installation_id={number}"))
    other.force_login(people.vera)
    assert "No integration of yours" in text(other.get(f"/setup/github/installed/?installation_id={number}"))
    assert other.post(f"{HERE}installation/", {"installation_id": number}).status_code == 403
