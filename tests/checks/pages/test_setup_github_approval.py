"""Waiting for an owner at GitHub: the banner, what it asks, and how it turns; and a webhook that is sent again."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from checks.demo.github_world import Installation
from checks.models import AccountHolder, Approval, Finding, Integration, Run
from organisations.models import AuditEvent
from tests.checks.github_browser import HERE, connect, go_install, hidden, press, ran, text

pytestmark = pytest.mark.django_db


# --- Waiting for an owner ---------------------------------------------------------------------------------------------
@pytest.fixture
def waiting(alice, github):
    """A member asked; the banner's first look has asked for a run."""
    row = connect(alice, github)
    github.person = "alice"
    page = press(go_install(alice, github)).page
    app = github.apps[max(github.apps)]
    address = press(f"{github.url}/{github.apps_path}/{app.slug}/installations", **hidden(page), selection="all").to
    assert alice.get(address)["Location"] == HERE
    return row


def test_a_request_waits_with_a_message_for_the_owner(alice, github, waiting):
    page = text(alice.get(HERE))
    assert "Waiting for an owner of acme to approve" in page
    assert f"{github.url}/organizations/acme/settings/installations" in page
    assert "It may read the contents of the repositories that you choose" in page
    assert "Waiting for an owner of acme" in text(alice.get("/o/acme/"))
    assert Approval.objects.get().account == "acme"


def test_only_those_who_manage_have_the_message(alice, waiting, people, client):
    client.force_login(people.vera)
    page = text(client.get(HERE))
    assert "It may read the contents" not in page
    assert "alice@example.com and adam@example.com can send them a message" in page
    assert client.get(f"{HERE}approval/").status_code == 403


def test_looking_asks_for_a_run_twice_a_minute_at_most(alice, waiting):
    for _ in range(5):
        alice.get(f"{HERE}approval/")
    assert Run.objects.filter(integration=waiting).count() == 1
    Run.objects.update(state=Run.State.FINISHED)
    alice.get(HERE)
    assert Run.objects.filter(integration=waiting).count() == 1
    Approval.objects.update(looked_at=timezone.now() - timedelta(seconds=31))
    alice.get(HERE)
    assert Run.objects.filter(integration=waiting).count() == 2


def test_the_poll_grows_slower(alice, waiting):
    assert 'hx-trigger="every 10s"' in text(alice.get(HERE))
    assert "every=15" in text(alice.get(f"{HERE}approval/"))
    assert 'hx-trigger="every 60s"' in text(alice.get(f"{HERE}approval/?every=9999"))
    assert 'hx-trigger="every 10s"' in text(alice.get(f"{HERE}approval/?every=x"))


@pytest.mark.parametrize("by", ["poll", "reload"])
def test_it_turns_by_itself_once_the_owner_approved(alice, github, waiting, by):
    alice.get(HERE)
    number = next(key for key, one in github.requests.items() if one.account == "acme")
    github.person = "olga"
    press(f"{github.url}/organizations/acme/settings/installations/requests/{number}", do="approve")
    ran(waiting)
    answer = alice.get(f"{HERE}approval/") if by == "poll" else alice.get(HERE)
    assert answer.get("HX-Refresh") == "true" if by == "poll" else answer.status_code == 302
    waiting.refresh_from_db()
    assert waiting.settings["installation_id"] == str(max(github.installations))
    assert not Approval.objects.exists()
    assert AccountHolder.objects.filter(integration=waiting).exists()
    assert "Waiting for an owner" not in text(alice.get(HERE))


def test_a_declined_request_is_said_to_be_gone(alice, github, waiting):
    alice.get(HERE)
    github.requests.clear()
    ran(waiting)
    page = text(alice.get(HERE))
    assert "GitHub no longer lists the request to acme" in page
    assert f'href="{HERE}install/"' in page


def test_what_was_seen_before_the_request_says_nothing_of_it(alice, github, waiting):
    Finding.objects.create(integration=waiting, check_slug="installation_active", title="t", required=True, status="fail",
                           cause="yours", evidence="e", checked_at=timezone.now(), since=timezone.now(),
                           facts={"installations": [{"id": "900", "account": "acme"}], "pending": False})
    page = text(alice.get(HERE))
    assert "Waiting for an owner of acme to approve" in page
    waiting.refresh_from_db()
    assert waiting.settings["installation_id"] == ""


def test_an_approval_on_another_account_is_not_taken(alice, github, waiting):
    alice.get(HERE)
    github.installations[901] = Installation(901, "mallory", "User", app_id=max(github.apps))
    ran(waiting)
    alice.get(HERE)
    waiting.refresh_from_db()
    assert waiting.settings["installation_id"] == ""


def test_an_approved_installation_that_another_organisation_holds_is_not_taken(alice, github, waiting, people):
    alice.get(HERE)
    number = next(key for key, one in github.requests.items() if one.account == "acme")
    github.person = "olga"
    press(f"{github.url}/organizations/acme/settings/installations/requests/{number}", do="approve")
    key = f"{github.url} {github.api_url} installation {max(github.installations)}"
    theirs = Integration.objects.create(organisation=people.globex, provider="github", name="theirs", settings={})
    AccountHolder.objects.create(provider="github", account_key=key, organisation=people.globex, integration=theirs)
    ran(waiting)
    assert "Another Organisation uses the installation" in text(alice.get(HERE))
    waiting.refresh_from_db()
    assert waiting.settings["installation_id"] == ""


# --- Sending again ----------------------------------------------------------------------------------------------------
def failed_delivery(row, number) -> None:
    Finding.objects.create(integration=row, check_slug="webhook_delivered", title="t", required=False, status="fail", cause="yours",
                           evidence="e", remedy="r", checked_at=timezone.now(), since=timezone.now(), facts={"redeliver": number})


def test_a_delivery_that_a_row_names_is_sent_again(alice, github, people):
    row = connect(alice, github)
    lost = github.record("push", status="timed out", status_code=0, app=github.apps[max(github.apps)], url="http://127.0.0.1:9/")
    failed_delivery(row, lost.id)
    assert "Redeliver it" in text(alice.get(HERE))
    alice.post(f"{HERE}redeliver/")
    github.wait()
    assert github.deliveries[-1].redelivery is True
    assert Run.objects.filter(integration=row, trigger=Run.Trigger.PERSON).exists()
    assert AuditEvent.objects.filter(verb="had a webhook sent again to").exists()


def test_a_delivery_that_github_no_longer_has_is_said(alice, github):
    row = connect(alice, github)
    failed_delivery(row, 424242)
    page = text(alice.post(f"{HERE}redeliver/", follow=True))
    assert "GitHub keeps deliveries for three days" in page


def test_without_a_row_that_names_one_nothing_is_sent(alice, github):
    connect(alice, github)
    github.seen.clear()
    assert "No row names a delivery" in text(alice.post(f"{HERE}redeliver/", follow=True))
    assert not github.seen


def test_the_page_shows_the_address_to_copy_and_no_credential(alice, github):
    row = connect(alice, github)
    page, app = text(alice.get(HERE)), github.apps[max(github.apps)]
    assert f"http://testserver/webhooks/github/{row.pk}" in page
    assert "None has come yet" in page
    assert not [secret for secret in (app.client_id, app.client_secret, app.webhook_secret) if secret in page]
