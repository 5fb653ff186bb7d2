"""The page that moves an integration, and the row that offers it."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from checks.actions import connect, verify
from checks.actions import hand_off as handing
from checks.models import Integration, Service
from checks.providers.aws import aws
from checks.providers.backup_storage import backup_storage
from checks.providers.gitea import gitea
from checks.providers.github import github
from organisations.models import Membership, Role
from tests.checks.pages.conftest import GITHUB, Scene
from tests.peers.git_host import TOKENS
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db
MOVE = "/o/acme/integrations/gitea-main/move/"


@pytest.fixture
def both(people):
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.ADMIN)
    return people


@pytest.fixture
def sure(both):
    """Alice, who gave her password a moment ago."""
    client = Client()
    client.force_login(both.alice)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/email/"}).status_code == 302
    return client


def text_of(answer):
    return unescape(answer.content.decode())


def test_the_page_says_what_goes_what_stays_and_what_breaks(scene, both, sees):
    row = scene.verified()
    handing.make(integration=row, actor=both.alice, check="token_accepted")
    text = unescape(sees(both.alice, f"{MOVE}?to=globex").text)
    for part in ("Move gitea-main from Acme to Globex?", "its credential (Access token)", "shop-api would not deploy", "1 open hand-off link to them",
                 "The activity of each Organisation names the other", '<option value="globex" selected>Globex</option>'):
        assert part in text, part
    assert "webhook" not in text
    scene.integration("app", github.slug, settings={**GITHUB, "installation_id": "7"})
    assert "the address at GitHub stays the same" in sees(both.alice, "/o/acme/integrations/app/move/").text


def test_one_click_moves_it_and_offers_the_way_back(scene, both, sure):
    scene.verified()
    answer = sure.post(MOVE, {"to": "globex", "name": "gitea-main"}, follow=True)
    assert answer.redirect_chain == [("/o/globex/integrations/gitea-main/", 302)]
    text = text_of(answer)
    assert "gitea-main belongs to Globex now, and everything is asked anew." in text
    assert 'href="/o/globex/integrations/gitea-main/move/?to=acme"' in text
    assert sure.get("/o/acme/integrations/gitea-main/").status_code == 404
    assert "No integration serves it any more" in text_of(sure.get("/o/acme/services/shop-api/"))
    back = sure.post("/o/globex/integrations/gitea-main/move/", {"to": "acme", "name": "gitea-main"}, follow=True)
    assert "It serves shop-api again." in text_of(back)
    assert Service.objects.get().integration.organisation == both.acme


def test_a_taken_name_is_said_at_its_field_and_another_one_can_be_chosen(scene, both, sure):
    scene.verified()
    Scene(both.globex).integration("gitea-main")
    text = text_of(sure.post(MOVE, {"to": "globex", "name": "gitea-main"}))
    assert "This is taken: another integration of this Organisation has this name." in text
    assert 'value="gitea-main"' in text
    assert sure.post(MOVE, {"to": "globex", "name": "gitea-acme"}).url == "/o/globex/integrations/gitea-acme/"


@pytest.mark.parametrize("to", ["", "nowhere", "initech", "acme"])
def test_only_an_organisation_that_one_manages_can_be_chosen_and_no_other_is_told_of(scene, both, sure, to):
    from organisations.models import Organisation

    scene.verified()
    Organisation.objects.create(slug="initech", name="Initech")
    text = text_of(sure.post(MOVE, {"to": to, "name": "gitea-main"}))
    assert ("This is none of the Organisations that you manage." if to else "Choose one of your Organisations.") in text
    assert "Initech" not in text
    assert Integration.objects.get().organisation == both.acme


def test_without_a_password_in_the_last_half_hour_it_is_asked_for(scene, both, as_):
    scene.verified()
    answer = as_(both.alice).post(MOVE, {"to": "globex", "name": "gitea-main"})
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert Integration.objects.get().organisation == both.acme


def test_who_manages_only_this_one_sees_who_can(scene, people, sees):
    scene.verified()
    assert "You belong to no other Organisation" in sees(people.adam, MOVE).text
    Membership.objects.create(organisation=people.globex, user=people.adam, role=Role.VIEWER)
    text = sees(people.adam, MOVE).text
    assert "You manage none of your other Organisations." in text
    assert "bob@example.com can manage it" in text
    assert "<select" not in text.split("<main")[1]


def test_who_manages_only_the_other_one_sees_who_can(scene, people, sees):
    scene.verified()
    Membership.objects.create(organisation=people.globex, user=people.dora, role=Role.OWNER)
    told = sees(people.dora, MOVE)
    assert told.status == 403
    assert "alice@example.com" in told.text


def test_the_page_of_an_integration_offers_it_to_who_has_somewhere_to_move_it(scene, both, sees):
    scene.verified()
    page = "/o/acme/integrations/gitea-main/"
    assert MOVE in sees(both.alice, page).text
    assert MOVE not in sees(both.adam, page).text
    assert MOVE not in sees(both.dora, page).text


# --- The row --------------------------------------------------------------------------------------------------------
def test_the_account_that_a_token_reports_is_found_in_the_other_organisation(both, git_host, sees):
    for organisation, token in ((both.acme, "reader"), (both.globex, "all")):
        connect.connect(organisation=organisation, actor=None, provider=gitea.slug, name="git",
                        settings={"base_url": git_host.url}, credentials={"token": TOKENS[token].value})
    assert "Did you mean Globex?" not in sees(both.alice, "/o/acme/").text
    for organisation in (both.acme, both.globex):
        verify.now(organisation=organisation, actor=None, name="git")
    text = unescape(sees(both.alice, "/o/acme/").text)
    host = git_host.url.partition("://")[2]
    assert f"“git” of Acme and “git” of Globex were connected to the same account: deploy at {host}." in text
    assert "Did you mean Globex?" in text
    assert 'href="/o/acme/integrations/git/move/?to=globex"' in text
    assert "Move “git” to Globex" in text
    for other in (both.adam, both.vera, both.bob):
        assert "same account" not in sees(other, "/o/globex/" if other == both.bob else "/o/acme/").text, "it tells of nobody else's"


def test_who_may_not_move_it_reads_who_can(both, people, sees):
    for organisation in (both.acme, both.globex):
        Scene(organisation).integration("backups", backup_storage.slug)
    Membership.objects.create(organisation=both.globex, user=both.dora, role=Role.VIEWER)
    text = unescape(sees(both.dora, "/o/acme/").text)
    assert "bucket dumps at s3.example.com" in text
    assert "/move/" not in text
    assert "“backups” can be moved to Globex by somebody who manages both." in text
    assert "can manage Acme." in text
    assert "bob@example.com and alice@example.com can manage Globex." in text


AWS = {"region": "eu-central-1", "instance_type": "t3.large", "nodes": 1, "access_key_id": "AKIAEXAMPLE1"}


def test_an_account_that_was_typed_and_one_that_sts_told_are_the_same(both, sees):
    typed, told = Scene(both.acme), Scene(both.globex)
    typed.integration("aws", aws.slug, settings={**AWS, "account_id": "123456789012"})
    row = told.integration("cloud", aws.slug, settings={**AWS, "account_id": "", "access_key_id": "AKIAEXAMPLE2", "region": "us-east-1"})
    row.credential_facts = {}
    row.save()
    told.found(row, key_accepted={"facts": {"account": "123456789012"}})
    assert "the same account: AWS account 123456789012." in unescape(sees(both.alice, "/o/acme/").text)
    Integration.objects.filter(pk=row.pk).update(generation=2)
    assert "the same account" not in sees(both.alice, "/o/acme/").text, "an edit made it another account, perhaps"


@pytest.mark.parametrize(("provider", "settings", "account"), [
    (github.slug, {**GITHUB, "installation_id": "77"}, "installation 77"),
    ("docker_registry", {"host": "ghcr.io", "username": "deploy", "token_expires_on": ""}, "deploy at ghcr.io"),
    ("worker_node", {"host": "node.example.com", "port": 2222, "username": "deploy"}, "node node.example.com:2222")])
def test_each_kind_of_account_is_named(both, sees, provider, settings, account):
    for organisation in (both.acme, both.globex):
        Scene(organisation).integration("one", provider, settings=settings, status="needs_credential")
    assert f"the same account: {account}" in unescape(sees(both.alice, "/o/acme/").text)
    Integration.objects.filter(organisation=both.globex).update(settings={
        **settings, "installation_id": "78", "username": "other", "host": "other.example.com", "base_url": "https://other.example.com"})
    assert "the same account" not in sees(both.alice, "/o/acme/").text
