"""What changed since a row was last green: real runs against hosts that change between them, then the page's text."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checks.actions import connect as connecting
from checks.actions import services, verify
from checks.engine import hooks
from checks.models import Finding, Integration
from tests.checks.pages.conftest import FAIL
from tests.peers.git_host import TOKENS, run_git
from tests.peers.github_host import APP_ID, SELECTED, WEBHOOK_SECRET
from tests.peers.gitlab_host import TOKENS as GITLAB_TOKENS

PAGE = "/o/acme/integrations/{}/"
WEBHOOK = "integration_repositories"


def words(text: str) -> str:
    """As somebody reads it."""
    plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" ([.,;])", r"\1", plain)


def changed(text: str, row: str) -> str:
    """What the section of this row says, without the lines of others."""
    more = text.partition(f'id="row-{row}"')[2].partition("</details></li>")[0]
    section = more.partition('<section class="changed"')[2].partition("</section>")[0]
    return words(section.partition(">")[2])


@pytest.fixture
def made(people):
    """made(provider, settings, credentials, repository, host) -> a function that asks every row, once as it began."""
    def make(provider, settings, credentials, repository, name="main-git", ref="main", actor=None):
        connecting.connect(organisation=people.acme, actor=actor or people.alice, provider=provider, name=name,
                           settings=settings, credentials=credentials)
        services.add(organisation=people.acme, actor=people.alice, name=f"{name}-web", kind="app", integration=name,
                     target={"repository": repository, "ref": ref})
        return lambda: verify.now(organisation=people.acme, actor=None, name=name)
    return make


@pytest.fixture
def gitea(git_hosts, made):
    """A host whose token may read, and what asks it."""
    host = git_hosts()
    ask = made("gitea", {"base_url": host.url}, {"token": TOKENS["reader"].value}, host.clone_url("acme/web"))
    assert ask().status == "pass"
    return host, ask


# --- At the provider ----------------------------------------------------------------------------------------------
def test_scopes_that_were_taken_away_are_named_with_the_window(gitea, people, sees):
    host, ask = gitea
    token = TOKENS["reader"]
    host.tokens[token.value] = replace(token, scopes=("read:issue", "read:user"))
    assert ask().status == "fail"
    text = sees(people.alice, PAGE.format("main-git")).text
    said = changed(text, "main-git-scopes_sufficient")
    assert said.startswith("What changed Last green just now; not since just now, seen by a check that was asked for at the command")
    assert "No longer granted: read:repository. explains it" in said
    row = Finding.objects.get(check_slug="scopes_sufficient")
    then, since = (f"{at:%-d %B %Y, %H:%M} UTC" for at in (row.green_at, row.since))
    where = host.url.partition("://")[2]
    assert f"Nothing was edited here since: it changed at {where}, between {then} and {since}." in said
    other = changed(text, "main-git-clone_permitted-main-git-web")
    assert "No longer granted: read:repository" in other


def test_a_branch_that_was_deleted_is_told_with_where_it_was(git_hosts, made, people, sees):
    host = git_hosts(own=True)
    ask = made("gitea", {"base_url": host.url}, {"token": TOKENS["reader"].value}, host.clone_url("acme/web"), ref="develop")
    assert ask().status == "pass"
    was = Finding.objects.get(check_slug="ref_exists").facts["object_id"]
    (bare,) = host.root.rglob("web.git")
    run_git("-C", str(bare), "branch", "-D", "develop")
    assert ask().status == "fail"
    said = changed(sees(people.alice, PAGE.format("main-git")).text, "main-git-ref_exists-main-git-web")
    assert f"The branch develop was there, at {was[:12]}, and was deleted or renamed. explains it" in said
    assert "Nothing was edited here since" in said


def test_a_gitlab_token_whose_scopes_were_lost(gitlab_hosts, made, people, sees):
    host = gitlab_hosts()
    token = GITLAB_TOKENS["reader"]
    ask = made("gitlab", {"base_url": host.url, "username": "oauth2"}, {"token": token.value}, host.clone_url("acme/team/web"))
    assert ask().status in ("pass", "warn")
    host.tokens[token.value] = replace(token, scopes=("read_user",))
    assert ask().status == "fail"
    said = changed(sees(people.alice, PAGE.format("main-git")).text, "main-git-scopes_sufficient")
    assert "No longer granted: read_api and read_repository. explains it" in said or (
        "No longer granted: read_repository and read_api. explains it" in said)


# --- Here ---------------------------------------------------------------------------------------------------------
def test_a_credential_that_adam_replaced_is_told_with_his_name_to_those_who_may_read_the_trail(gitea, people, sees):
    _, ask = gitea
    row = Integration.objects.get(name="main-git")
    connecting.edit(integration=row, actor=people.adam, settings=row.settings, credentials={"token": TOKENS["issues"].value})
    assert ask().status == "fail"
    for who, named in (("alice", True), ("adam", True), ("dora", False), ("vera", False)):
        text = sees(getattr(people, who), PAGE.format("main-git")).text
        said = changed(text, "main-git-scopes_sufficient")
        assert "The token was replaced." in said, who
        assert ("by adam@example.com" in said) is named, who
        assert "No longer granted: read:repository. explains it" in said, who
        assert "Nothing was edited" not in said, who
        assert "seen by the check after an edit" in said, who
        assert TOKENS["issues"].value not in text, who


def test_a_service_that_was_pointed_elsewhere_is_told_with_before_and_after(gitea, people, sees):
    _, ask = gitea
    service = Integration.objects.get(name="main-git").services.get()
    services.edit(service=service, actor=people.adam, integration="main-git", target={**service.target, "ref": "gone"})
    assert ask().status == "fail"
    row = "main-git-ref_exists-main-git-web"
    said = changed(sees(people.alice, PAGE.format("main-git")).text, row)
    assert "main-git-web was edited (branch or tag). explains it just now, by adam@example.com ref: main → gone" in said
    assert "was deleted or renamed" not in said
    said = changed(sees(people.vera, PAGE.format("main-git")).text, row)
    assert "main-git-web was edited (branch or tag). explains it just now" in said
    assert "adam" not in said
    assert "gone" not in said


def test_an_edit_of_another_integration_or_of_before_the_window_is_no_answer(gitea, people, sees):
    host, ask = gitea
    row = Integration.objects.get(name="main-git")
    connecting.edit(integration=row, actor=people.adam, settings=row.settings, credentials={"token": TOKENS["bare"].value})
    assert ask().status in ("pass", "warn")
    host.tokens.clear()
    assert ask().status == "fail"
    said = changed(sees(people.alice, PAGE.format("main-git")).text, "main-git-token_accepted")
    assert "replaced" not in said
    assert "Nothing was edited here since" in said


# --- GitHub -------------------------------------------------------------------------------------------------------
@pytest.fixture
def app(github, github_pem, made):
    """An App whose installation reaches chosen repositories, with its webhook sent here."""
    ask = made("github", {"base_url": github.url, "api_url": github.api_url, "app_id": str(APP_ID),
                          "installation_id": str(SELECTED)},
               {"private_key": github_pem, "webhook_secret": WEBHOOK_SECRET}, github.clone_url("acme/web"))
    github.app.hook_url = hooks.address(Integration.objects.get(name="main-git"))
    ask()
    assert Finding.objects.get(check_slug="repository_allowed").status == "pass"
    return github, ask


def tell(client, host, event, payload):
    """The delivery as GitHub would send it."""
    body = json.dumps(payload).encode()
    signed = "sha256=" + hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    answer = client.post(host.app.hook_url.removeprefix("http://testserver"), body, content_type="application/json",
                         headers={"X-GitHub-Event": event, "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": signed})
    assert answer.status_code in (200, 202), answer.content


def test_a_repository_taken_off_the_list_is_told_by_the_list_and_by_the_webhook(app, people, client, sees):
    host, ask = app
    one = host.installations[SELECTED]
    one.repositories = [path for path in one.repositories if path != "acme/web"]
    tell(client, host, "installation_repositories", host.payloads.installation_repositories(SELECTED, removed=["acme/web"]))
    ask()
    said = changed(sees(people.alice, PAGE.format("main-git")).text, "main-git-repository_allowed-main-git-web")
    assert "acme/web was on the installation’s list, and is not on it any more. explains it" in said
    assert "GitHub told that repositories were taken off the installation’s list. likely just now" in said
    assert "seen by a check that a webhook started" in said


def test_a_webhook_that_was_deleted_is_told_with_where_it_went(app, people, sees):
    host, ask = app
    assert Finding.objects.get(check_slug="webhook_configured").status == "pass"
    went, host.app.hook_url = host.app.hook_url, ""
    host.app.events = []
    ask()
    text = sees(people.alice, PAGE.format("main-git")).text
    said = changed(text, "main-git-push_event_subscribed")
    assert "No longer subscribed to: " in said
    assert "push" in said
    said = changed(text, "main-git-webhook_configured")
    assert f"The webhook went to {went}, and was deleted. explains it" in said


def test_a_permission_that_was_withdrawn(app, people, client, sees):
    host, ask = app
    host.installations[SELECTED].permissions = {"metadata": "read"}
    tell(client, host, "installation", host.payloads.installation(SELECTED, "new_permissions_accepted"))
    ask()
    said = changed(sees(people.alice, PAGE.format("main-git")).text, "main-git-permissions_granted")
    assert "No longer granted: contents:read" in said
    assert "GitHub told that an owner accepted other permissions." in said


# --- Others that turned -------------------------------------------------------------------------------------------
def test_integrations_that_turn_together_look_like_an_outage(git_hosts, made, people, sees):
    host, other = git_hosts(), git_hosts()
    token = {"token": TOKENS["reader"].value}
    asks = [made("gitea", {"base_url": host.url}, token, host.clone_url("acme/web"), name) for name in ("one", "two", "three")]
    elsewhere = made("gitea", {"base_url": other.url}, token, other.clone_url("acme/web"), "far")
    assert {ask().status for ask in (*asks, elsewhere)} == {"pass"}
    host.answer = lambda seen: (503, {"Content-Type": "text/plain"}, b"Service Unavailable")
    assert {ask().status for ask in asks} == {"unknown"}
    where = host.url.partition("://")[2]
    for page in ("/o/acme/", PAGE.format("two"), "/o/acme/services/two-web/"):
        said = changed(sees(people.alice, page).text, "two-host_reachable")
        assert f"Looks like an outage at {where}: 3 integrations turned at the same time. likely just now" in said, page
        assert f"Nothing was edited here since: {where} stopped answering as it did, between" in said
        assert "different hosts" not in said
    other.answer = host.answer
    assert elsewhere().status == "unknown"
    said = changed(sees(people.alice, "/o/acme/").text, "far-host_reachable")
    assert "Integrations at 2 different hosts turned at the same time: it may be this program’s own way to the network." in said


# --- What it is not told of, and what it costs -------------------------------------------------------------------
def test_a_row_that_was_never_green_tells_nothing(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(row, token_accepted=FAIL)
    assert "What changed" not in sees(people.alice, PAGE.format("gitea-main")).text


def test_two_queries_however_many_rows_are_red_and_none_where_all_is_right(scene, people, as_):
    client = as_(people.alice)

    def cost(path):
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    scene.verified("first", "first-api")
    pages = ("/o/acme/", PAGE.format("first"), "/o/acme/services/first-api/")
    right = [cost(path) for path in pages]
    costs = []
    for number in (1, 9, 40):
        for k in range(Integration.objects.count(), number):
            scene.verified(f"git-{k:03}", f"svc-{k:03}")
        Finding.objects.update(green_at=scene.now - timedelta(hours=50))
        Finding.objects.filter(check_slug__in=("token_accepted", "ref_exists")).update(**FAIL)
        costs.append([cost(path) for path in pages])
    assert costs[0] == costs[1] == costs[2] == [number + 2 for number in right]
