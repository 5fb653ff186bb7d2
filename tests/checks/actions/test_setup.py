"""Set-ups below their pages: who may, what a state is bound to, which names are proposed, and what is left when it fails."""
from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from checks.actions import hooks, setup_create, setup_install
from checks.actions.errors import Invalid
from checks.actions.setup import HOSTS, Refused, Why, begin, digest, find, use
from checks.demo.github_oauth import new_code
from checks.demo.github_world import Installation
from checks.engine import accounts, sweep
from checks.engine.keys import keyring
from checks.models import AccountHolder, Integration, SetupState
from checks.providers import BY_SLUG, PROVIDERS
from organisations.models import Membership
from tests.peers.github_host import CLIENT_ID, CLIENT_SECRET, PERSONAL, SELECTED, WEBHOOK_SECRET

pytestmark = pytest.mark.django_db
STEP = SetupState.Step
github = BY_SLUG["github"]


@pytest.fixture
def brought(people, github_host, github_pem):
    """An integration of the example App, installed nowhere yet."""
    return bring(people.acme, github_host, github_pem)


def bring(organisation, host, pem, name="git", **credentials) -> Integration:
    settings = {"base_url": host.url, "api_url": host.api_url, "app_id": str(host.app.id), "installation_id": "", "pushes": False}
    made = Integration(organisation=organisation, provider=github.slug, name=name, settings=settings)
    made.seal({"private_key": pem, "webhook_secret": WEBHOOK_SECRET, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
               **credentials}, github.endpoint(settings), keyring())
    made.save()
    return made


def start(people, actor, **changes):
    given = {"organisation": people.acme, "actor": actor, "session": "s", "provider": github.slug, "name": "git",
             "settings": {"base_url": "https://93.184.216.34", "api_url": "", "pushes": False}, "created": "http://c/",
             "installed": "http://i/", **changes}
    return setup_create.start(**given)


def nonce_of(people, integration, step=STEP.INSTALL, session="s") -> str:
    return begin(step, organisation=people.acme, person=people.alice, session=session, provider=github, integration=integration.pk)


def test_every_provider_that_says_so_has_a_set_up():
    assert {provider.setup for provider in PROVIDERS if provider.setup} == set(HOSTS)


@pytest.mark.parametrize("who", ["dora", "vera", "bob", "sam"])
def test_only_those_who_manage_begin_adopt_or_send_again(people, brought, who):
    actor = getattr(people, who)
    for attempt in (lambda: start(people, actor), lambda: setup_install.start(integration=brought, actor=actor, session="s"),
                    lambda: setup_install.adopt(integration=brought, actor=actor, number=str(SELECTED)),
                    lambda: hooks.redeliver(integration=brought, actor=actor)):
        with pytest.raises(PermissionDenied):
            attempt()
    assert not SetupState.objects.exists()


@pytest.mark.parametrize("address", ["https://127.0.0.1", "https://10.1.2.3", "https://169.254.169.254", "https://[::1]"])
def test_an_address_that_must_not_be_reached_begins_nothing(people, address):
    with pytest.raises(Invalid) as caught:
        start(people, people.alice, settings={"base_url": address, "api_url": "", "pushes": False})
    assert list(caught.value.errors) == ["base_url"]
    assert not SetupState.objects.exists()


def test_each_beginning_has_a_state_and_an_address_of_its_own(people):
    one, two = start(people, people.alice), start(people, people.alice)
    assert one.manifest["hook_attributes"]["url"] != two.manifest["hook_attributes"]["url"]
    assert one.manifest["name"] != two.manifest["name"]
    assert one.page != two.page
    assert one.unreachable, "this machine is not reached from outside"


@pytest.mark.parametrize("slug", ["a", "acme", "a" * 63, "acme-" + "b" * 17 + "-c"])
def test_a_proposed_name_fits_whatever_the_organisation_is_called(people, slug):
    people.acme.slug = slug
    name = setup_create.proposed_name(people.acme)
    assert len(name) <= 34
    assert "--" not in name
    assert name.startswith("dflow-a")


def test_a_free_name_is_found_beside_those_that_are_taken(people):
    long = "x" * 63
    for name in ("git", "git-2", long):
        Integration.objects.create(organisation=people.acme, provider=github.slug, name=name)
    assert setup_create.free_name(people.acme, "git") == "git-3"
    assert setup_create.free_name(people.acme, "other") == "other"
    assert setup_create.free_name(people.acme, long) == "x" * 61 + "-2"


# --- What a state is bound to -------------------------------------------------------------------------------------------
def why(attempt) -> Why:
    with pytest.raises(Refused) as refused:
        attempt()
    return refused.value.why


def test_a_state_is_used_once(people, brought):
    nonce = nonce_of(people, brought)
    use(find(STEP.INSTALL, nonce, person=people.alice, session="s"))
    assert why(lambda: find(STEP.INSTALL, nonce, person=people.alice, session="s")) is Why.USED


def test_of_two_that_found_it_unused_one_uses_it(people, brought):
    nonce = nonce_of(people, brought)
    first, second = (find(STEP.INSTALL, nonce, person=people.alice, session="s") for _ in range(2))
    use(first)
    assert why(lambda: use(second)) is Why.USED


def test_a_state_is_of_one_session_person_step_and_role(people, brought):
    nonce = nonce_of(people, brought)
    assert why(lambda: find(STEP.INSTALL, nonce, person=people.adam, session="s")) is Why.PERSON
    assert why(lambda: find(STEP.INSTALL, nonce, person=people.alice, session="t")) is Why.SESSION
    assert why(lambda: find(STEP.CREATE, nonce, person=people.alice, session="s")) is Why.UNKNOWN
    assert why(lambda: find(STEP.INSTALL, "", person=people.alice, session="s")) is Why.UNKNOWN
    assert why(lambda: find(STEP.INSTALL, digest(nonce), person=people.alice, session="s")) is Why.UNKNOWN
    Membership.objects.filter(user=people.alice).update(role="viewer")
    assert why(lambda: find(STEP.INSTALL, nonce, person=people.alice, session="s")) is Why.ROLE
    assert SetupState.objects.get().used_at is None


def test_an_old_state_is_expired_and_then_forgotten(people, brought):
    nonce = nonce_of(people, brought)
    SetupState.objects.update(expires_at=timezone.now())
    assert why(lambda: find(STEP.INSTALL, nonce, person=people.alice, session="s")) is Why.EXPIRED
    sweep.tidy()
    assert SetupState.objects.exists(), "so that its page can still say what became of it"
    SetupState.objects.update(expires_at=timezone.now() - timedelta(days=2))
    sweep.tidy()
    assert not SetupState.objects.exists()


# --- Which installation is believed ---------------------------------------------------------------------------------------
def test_an_installation_of_the_app_is_adopted_and_held(people, brought):
    bound = setup_install.adopt(integration=brought, actor=people.alice, number=str(SELECTED))
    assert bound.settings["installation_id"] == str(SELECTED)
    assert AccountHolder.objects.get().integration == bound


def test_two_organisations_with_the_same_app_do_not_share_an_installation(people, brought, github_host, github_pem):
    theirs = bring(people.globex, github_host, github_pem)
    setup_install.adopt(integration=brought, actor=people.alice, number=str(SELECTED))
    assert why(lambda: setup_install.adopt(integration=theirs, actor=people.bob, number=str(SELECTED))) is Why.HELD
    theirs.refresh_from_db()
    assert (theirs.settings["installation_id"], theirs.generation) == ("", 1)
    setup_install.adopt(integration=theirs, actor=people.bob, number=str(PERSONAL))


def test_of_two_that_are_bound_in_the_same_moment_the_second_saves_nothing(people, brought, github_host, github_pem, monkeypatch):
    theirs = bring(people.globex, github_host, github_pem)
    setup_install.adopt(integration=brought, actor=people.alice, number=str(SELECTED))
    monkeypatch.setattr(accounts, "held_elsewhere", lambda *args: False)  # it looked a moment before the other had it
    assert why(lambda: setup_install.adopt(integration=theirs, actor=people.bob, number=str(SELECTED))) is Why.HELD
    theirs.refresh_from_db()
    assert (theirs.settings["installation_id"], theirs.generation) == ("", 1)
    assert not theirs.runs.exists()


def test_an_installation_of_another_app_or_of_none_is_unproven(people, brought):
    for number in ("999", "", "1 ", "1/../2", "x"):
        assert why(lambda n=number: setup_install.adopt(integration=brought, actor=people.alice, number=n)) is Why.UNPROVEN


def test_a_stored_key_that_is_damaged_or_sealed_under_a_lost_key_is_said(people, brought, github_host, github_pem):
    damaged = bring(people.acme, github_host, github_pem, name="damaged", private_key="no key at all")
    Integration.objects.filter(pk=brought.pk).update(sealed={"private_key": "v1.gone.AAAA"})
    brought.refresh_from_db()
    for row, words in ((damaged, "private key cannot be used"), (brought, "cannot be opened")):
        with pytest.raises(Refused, match=words) as refused:
            setup_install.start(integration=row, actor=people.alice, session="s")
        assert refused.value.why is Why.AWAY


def test_the_app_s_list_is_asked_page_by_page(people, brought, github_host):
    for number in range(200, 330):
        github_host.installations[number] = Installation(number, "acme", app_id=github_host.app.id)
    host, client, credentials = HOSTS[github.setup], github.connect(brought.settings, brought.unseal(
        github.endpoint(brought.settings), keyring())), {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    code = new_code(github_host, github_host.app, "olga")
    assert host.prove(client, credentials, "329", code).account == "acme"
    pages = [one.path for one in github_host.seen if "/user/installations" in one.path]
    assert len(pages) == 2


def test_a_candidate_is_one_whose_app_has_it_and_that_the_person_manages(people, brought, github_host, github_pem):
    theirs = bring(people.globex, github_host, github_pem)
    assert setup_install.candidates(actor=people.alice, provider=github.slug, number=str(SELECTED)) == [brought]
    assert setup_install.candidates(actor=people.bob, provider=github.slug, number=str(SELECTED)) == [theirs]
    assert setup_install.candidates(actor=people.dora, provider=github.slug, number=str(SELECTED)) == []
    assert setup_install.candidates(actor=people.alice, provider=github.slug, number="999") == []


def test_a_kept_code_of_no_state_is_unknown(people):
    for state_id in ("", "no-uuid", str(uuid4())):
        assert why(lambda s=state_id: setup_create.again(actor=people.alice, session="s", state_id=s)) is Why.UNKNOWN
