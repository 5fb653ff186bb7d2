"""Moving an integration: what goes, what stays, what is sealed anew, and who may. With real runs at a Git host."""
from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from checks.actions import connect, verify
from checks.actions import hand_off as handing
from checks.actions import services as serving
from checks.actions.errors import Invalid
from checks.actions.move import AWAY, HERE, move, places
from checks.engine import accounts, claim, runs, work
from checks.engine.keys import keyring
from checks.models import AccountHolder, Finding, Flip, Integration, Run, Service
from checks.providers.gitea import gitea
from checks.providers.github import github
from checks.vault import CannotOpen
from organisations.invitations import hash_of
from organisations.models import AuditEvent, Membership, Role
from tests.checks.pages.conftest import GITHUB, Scene
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.django_db
TOKEN = TOKENS["reader"].value


@pytest.fixture
def both(people):
    """Alice owns Acme and administers Globex."""
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.ADMIN)
    return people


@pytest.fixture
def git(both, git_host):
    """Acme's Gitea, verified by a real run for a service."""
    row = connect.connect(organisation=both.acme, actor=both.alice, provider=gitea.slug, name="git",
                          settings={"base_url": git_host.url}, credentials={"token": TOKEN}, notes="ours")
    add(both.acme, git_host)
    verify.now(organisation=both.acme, actor=both.alice, name="git")
    row.refresh_from_db()
    assert row.status == "verified"
    return row


def add(organisation, host, name="web"):
    return serving.add(organisation=organisation, actor=None, name=name, kind="app", integration="git",
                       target={"repository": host.clone_url("acme/web"), "ref": "main"})


def go(row, people, to=None, **different):
    moved, again = move(integration=row, actor=people.alice, to=to or people.globex, **{"name": row.name, **different})
    return Integration.objects.select_related("organisation").get(pk=moved.pk), again


def test_a_moved_integration_works_with_its_credential_sealed_for_the_other_organisation(git, both, git_host):
    old, before = dict(git.sealed), dict(git.credential_facts)
    moved, _ = go(git, both)
    assert (moved.organisation, moved.name, moved.notes, moved.status) == (both.globex, "git", "ours", "unverified")
    assert (moved.verified_at, moved.checked_at, moved.connected_by) == (None, None, both.alice)
    assert moved.sealed["token"] != old["token"]
    assert moved.credential_facts == before, "when it was set stays, and so does its fingerprint"
    asked = len(git_host.seen)
    run = Run.objects.get(integration=git, state="queued")
    assert (run.generation, run.trigger, run.requested_by) == (git.generation + 1, "connect", both.alice)
    add(both.globex, git_host, "shop")
    verify.now(organisation=both.globex, actor=both.alice, name="git")
    moved.refresh_from_db()
    assert moved.status == "verified"
    assert len(git_host.seen) > asked
    assert set(Finding.objects.filter(integration=git).exclude(service=None).values_list("service__name", flat=True)) == {"shop"}


def test_neither_binding_opens_what_is_the_other_s(git, both):
    endpoint, old = gitea.endpoint(git.settings), git.sealed["token"]
    here = git.binding("token", endpoint)
    moved, _ = go(git, both)
    there = moved.binding("token", endpoint)
    assert keyring().unseal(moved.sealed["token"], there) == TOKEN
    with pytest.raises(CannotOpen):
        keyring().unseal(moved.sealed["token"], here)
    with pytest.raises(CannotOpen):
        keyring().unseal(old, there)


def test_services_stay_and_what_was_seen_for_them_is_dropped(git, both):
    Flip.objects.create(integration=git, check_slug="x", title="X", after="warn", evidence="As in web of Acme.", at=git.created_at)
    kept = Flip.objects.create(integration=git, check_slug="x", title="X", after="warn", evidence="Its website.", at=git.created_at)
    assert Flip.objects.filter(integration=git, service_name="web").exists()
    go(git, both)
    web = Service.objects.get()
    assert (web.organisation, web.integration) == (both.acme, None)
    assert not Finding.objects.filter(integration=git).exists()
    left = Flip.objects.filter(integration=git)
    assert kept in left
    assert not left.exclude(service_name="").exists()
    assert not left.filter(evidence__contains="Acme").exists()
    assert not Run.objects.filter(integration=git).exclude(state="queued").exclude(state="superseded").exists()


def test_the_trail_of_each_names_the_other_and_no_secret(git, both):
    go(git, both, name="git-acme")
    away, here = AuditEvent.objects.get(verb=AWAY), AuditEvent.objects.get(verb=HERE)
    assert (away.organisation, away.subject, away.details["to"], away.details["services"]) == (both.acme, "git", "globex", ["web"])
    assert (here.organisation, here.subject, here.details["came_from"]) == (both.globex, "git-acme", "acme")
    assert here.actor == away.actor == both.alice
    assert TOKEN not in f"{away.details}{here.details}"


def test_moved_back_it_serves_what_it_served(git, both, git_host):
    moved, again = go(git, both)
    assert again == []
    back, again = go(moved, both, to=both.acme)
    assert again == ["web"]
    assert Service.objects.get().integration == back
    verify.now(organisation=both.acme, actor=both.alice, name="git")
    back.refresh_from_db()
    assert back.status == "verified"


def test_a_service_that_found_another_meanwhile_keeps_it(git, both, git_host):
    moved, _ = go(git, both)
    other = connect.connect(organisation=both.acme, actor=None, provider=gitea.slug, name="git",
                            settings={"base_url": git_host.url}, credentials={"token": TOKEN})
    serving.edit(service=Service.objects.get(), actor=None, integration="git", target=Service.objects.get().target)
    back, again = go(moved, both, to=both.acme, name="git-old")
    assert (again, Service.objects.get().integration) == ([], other)
    assert back.name == "git-old"


def test_a_taken_name_is_an_error_at_the_name(git, both):
    Scene(both.globex).integration("git")
    with pytest.raises(Invalid) as refused:
        go(git, both)
    assert "is taken" in refused.value.errors["name"][0]
    git.refresh_from_db()
    assert git.organisation == both.acme
    assert go(git, both, name="git-2")[0].name == "git-2"


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.VIEWER, None])
def test_who_manages_only_one_of_the_two_may_not(git, both, role):
    theirs = Membership.objects.filter(organisation=both.globex, user=both.alice)
    theirs.update(role=role) if role else theirs.delete()
    with pytest.raises(PermissionDenied):
        go(git, both)
    with pytest.raises(PermissionDenied):
        move(integration=git, actor=both.bob, to=both.globex, name="git")
    assert Integration.objects.get(pk=git.pk).organisation == both.acme
    offered = [(p.organisation.slug, p.may, p.who_can) for p in places(organisation=both.acme, actor=both.alice)]
    assert offered == ([("globex", False, ("bob@example.com",))] if role else [])


def test_where_it_is_already_is_no_place_to_move_it_to(git, both):
    with pytest.raises(Invalid, match="already"):
        go(git, both, to=both.acme)


def test_a_run_under_way_is_superseded_and_what_it_still_sees_is_dropped(git, both):
    leased = claim.take(runs.start(git, trigger=Run.Trigger.PERSON, ring=False).pk)
    todo = work.Work(leased)
    go(git, both)
    for item in todo.items(30):
        assert not todo.take(item)
    todo.finish()
    leased.refresh_from_db()
    assert leased.state == "superseded"
    assert not Finding.objects.filter(integration=git).exists()


def test_the_second_of_two_moves_finds_it_gone(git, both):
    first, second = Integration.objects.get(pk=git.pk), Integration.objects.get(pk=git.pk)
    go(first, both)
    with pytest.raises(Invalid, match="a moment ago"):
        go(second, both)
    connect.disconnect(integration=Integration.objects.get(pk=git.pk), actor=both.alice)
    with pytest.raises(Invalid, match="a moment ago"):
        go(Integration.objects.get(pk=git.pk), both, to=both.acme)


def test_what_chose_it_before_it_was_moved_is_refused(git, both, git_host):
    late = Service.objects.get()
    go(git, both)
    late.target = {**late.target, "ref": "dev"}
    with pytest.raises(Invalid, match="a moment ago"):
        serving._save(late)
    with pytest.raises(PermissionDenied):
        connect.edit(integration=git, actor=both.adam, settings=git.settings, credentials={})


def test_a_credential_that_does_not_open_is_not_moved(git, both):
    git.sealed = {"token": keyring().seal(TOKEN, git.binding("token", "https://elsewhere.example"))}
    git.save()
    with pytest.raises(Invalid, match="Give the credential again"):
        go(git, both)
    assert Integration.objects.get(pk=git.pk).organisation == both.acme


def test_paused_it_stays_paused_and_without_a_credential_it_asks_for_one(git, both):
    connect.pause(integration=git, actor=both.alice)
    assert go(git, both)[0].status == "paused"
    assert not Run.objects.filter(state__in=Run.ACTIVE).exists()
    git.refresh_from_db()
    git.paused_at = None
    git.drop_credentials()
    git.save()
    assert go(git, both, to=both.acme)[0].status == "needs_credential"
    assert not Run.objects.filter(state__in=Run.ACTIVE).exists()


def test_links_to_its_own_rows_go_with_it_and_those_of_a_service_end(git, both):
    _, own = handing.make(integration=git, actor=both.alice, check="token_accepted")
    _, not_there = handing.make(integration=git, actor=both.adam, check="token_accepted")
    _, of_service = handing.make(integration=git, actor=both.alice, check="ref_exists", service="web")
    moved, _ = go(git, both)
    assert handing.find(hash_of(own)).organisation == both.globex
    assert handing.find(hash_of(not_there)) is None, "who made it does not manage Globex"
    assert handing.find(hash_of(of_service)) is None
    go(moved, both, to=both.acme)
    assert handing.find(hash_of(not_there)).organisation == both.acme
    assert handing.find(hash_of(of_service)) is None


def test_a_node_is_taken_from_its_services_and_what_they_rest_on_is_asked_again(git, both):
    node = Scene(both.acme).integration("node-1", "worker_node", settings={"host": "node.example.com", "port": 22, "username": "d"})
    Service.objects.update(node=node)
    go(node, both)
    web, git = Service.objects.get(), Integration.objects.get(pk=git.pk)
    assert (web.node, web.integration, git.status) == (None, git, "unverified")
    assert go(Integration.objects.get(pk=node.pk), both, to=both.acme)[1] == ["web"]
    assert Service.objects.get().node == node


# --- An account that one Organisation alone may hold ------------------------------------------------------------------
def app(organisation, name="app"):
    return Scene(organisation).integration(name, github.slug, settings={**GITHUB, "installation_id": "77"})


def test_what_one_organisation_alone_may_hold_goes_with_it(both):
    row = app(both.acme)
    assert accounts.claim(row)
    moved, _ = go(row, both)
    held = AccountHolder.objects.get()
    assert (held.organisation, held.integration) == (both.globex, row)
    assert not accounts.held_elsewhere(moved)


def test_what_a_sibling_proved_too_cannot_go_alone(both):
    row, sibling = app(both.acme), app(both.acme, "twin")
    assert accounts.claim(row)
    Finding.objects.create(integration=sibling, check_slug="installation_active", title="x", required=True, status="pass",
                           evidence="x", checked_at=sibling.created_at, since=sibling.created_at)
    with pytest.raises(Invalid, match="“twin” uses the same account here"):
        go(row, both)
    assert AccountHolder.objects.get().organisation == both.acme
