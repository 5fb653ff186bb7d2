"""Hand-off links: who makes them, what they open, and everything that ends them."""
from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from checks.actions import connect
from checks.actions import hand_off as handing
from checks.actions import services as serving
from checks.actions.errors import Invalid
from checks.actions.hand_off import Asked
from checks.models import HandOff, Run
from organisations import members
from organisations.invitations import hash_of
from organisations.models import AuditEvent, Membership, Role
from tests.checks.pages.conftest import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(people):
    return Scene(people.acme)


@pytest.fixture
def git(scene):
    return scene.verified()


def made(integration, actor, **different):
    return handing.make(integration=integration, actor=actor, **{"check": "ref_exists", "service": "shop-api", **different})


def opens(token):
    return handing.find(hash_of(token)) is not None


def test_a_link_is_kept_as_a_hash_and_lasts_seven_days(git, people):
    link, token = made(git, people.adam, note="  The branch please. ")
    assert len(token) == 43
    assert link.token_hash == hash_of(token)
    assert token not in repr(HandOff.objects.values())
    assert (link.note, link.made_by, link.service.name) == ("The branch please.", people.adam, "shop-api")
    assert timedelta(days=6, hours=23) < link.expires_at - timezone.now() <= timedelta(days=7)
    assert handing.find(hash_of(token)) == link
    event = AuditEvent.objects.get(verb="handed off a row of")
    assert (event.actor, event.subject, event.details["row"], event.details["service"]) == (
        people.adam, "gitea-main", "ref_exists", "shop-api")
    assert token not in str(event.details)


@pytest.mark.parametrize("who", ["dora", "vera", "bob"])
def test_only_who_manages_makes_and_revokes(git, people, who):
    link, _ = made(git, people.alice)
    with pytest.raises(PermissionDenied):
        made(git, getattr(people, who))
    with pytest.raises(PermissionDenied):
        handing.revoke(integration=git, actor=getattr(people, who), link=link)
    assert HandOff.objects.count() == 1


@pytest.mark.parametrize(("different", "field", "says"), [
    ({"check": "no_such_row"}, "row", "none of the rows"),
    ({"service": "their-shop"}, "row", "none of the rows"),
    ({"check": "token_accepted"}, "row", "none of the rows"),
    ({"days": 365}, "days", "1, 7, 30"),
    ({"note": "x" * 501}, "note", "501 characters; at most 500"),
    ({"note": "use glpat-" + "x1Y2z3W4v5U6t7S8r9Q0"}, "note", "looks like a secret"),
])
def test_bad_input_names_the_field(git, people, different, field, says):
    Scene(people.globex).verified("their-gitea", "their-shop")
    with pytest.raises(Invalid) as refused:
        made(git, people.alice, **different)
    assert says in refused.value.errors[field][0]
    assert not HandOff.objects.exists()


def test_there_is_an_end_to_how_many_are_open(git, people, monkeypatch):
    monkeypatch.setattr(handing, "AT_ONCE", 2)
    made(git, people.alice)
    link, _ = made(git, people.alice)
    with pytest.raises(Invalid, match="revoke some"):
        made(git, people.alice)
    assert handing.revoke(integration=git, actor=people.alice, link=link)
    made(git, people.alice)


def leaves(people, git):
    members.remove(organisation=people.acme, actor=people.alice, member=Membership.objects.get(user=people.adam))


def is_a_developer_now(people, git):
    Membership.objects.filter(user=people.adam).update(role=Role.DEVELOPER)


def is_switched_off(people, git):
    people.adam.is_active = False
    people.adam.save()


def is_erased(people, git):
    people.adam.delete()


def is_disconnected(people, git):
    connect.disconnect(integration=git, actor=people.alice)


def loses_its_service(people, git):
    serving.remove(service=git.services.get(), actor=people.alice)


def expires(people, git):
    HandOff.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def is_revoked(people, git):
    assert handing.revoke(integration=git, actor=people.alice, link=HandOff.objects.get())
    assert not handing.revoke(integration=git, actor=people.alice, link=HandOff.objects.get())


@pytest.mark.parametrize("ends", [
    leaves, is_a_developer_now, is_switched_off, is_erased, is_disconnected, loses_its_service, expires, is_revoked])
def test_what_ends_a_link(git, people, ends):
    _, token = made(git, people.adam)
    assert opens(token)
    ends(people, git)
    assert not opens(token)
    assert not handing.open_links(git).exists()


def test_a_restored_integration_has_its_links_again(git, people):
    _, token = made(git, people.alice)
    is_disconnected(people, git)
    connect.restore(integration=git, actor=people.alice)
    assert opens(token)


def test_what_is_no_token_opens_nothing(git, people):
    link, _ = made(git, people.alice)
    assert not opens("")
    assert not opens(link.token_hash)


def test_a_holder_may_have_it_checked_once_a_minute_and_never_twice_at_once(git, people):
    link, _ = made(git, people.alice)
    Run.objects.all().delete()
    assert handing.ask_again(link, "192.0.2.1") is Asked.STARTED
    run = Run.objects.get()
    assert (run.requested_by, run.trigger, run.state) == (None, "person", "queued")
    event = AuditEvent.objects.get(verb="asked for a check of")
    assert (event.actor, event.actor_name, event.details["address"]) == (None, handing.SOMEBODY, "192.0.2.1")
    Run.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert handing.ask_again(link, "") is Asked.RUNNING, "however old"
    Run.objects.update(state="finished", finished_at=timezone.now(), created_at=timezone.now() - timedelta(seconds=50))
    assert handing.ask_again(link, "") is Asked.SOON
    Run.objects.update(created_at=timezone.now() - timedelta(seconds=61))
    assert handing.ask_again(link, "") is Asked.STARTED
    assert Run.objects.count() == 2


def test_what_is_paused_or_lacks_its_credential_is_not_asked(git, people):
    link, _ = made(git, people.alice)
    connect.pause(integration=git, actor=people.alice)
    assert handing.ask_again(link, "") is Asked.PAUSED
    connect.resume(integration=git, actor=people.alice)
    git.drop_credentials()
    git.save()
    assert handing.ask_again(link, "") is Asked.LACKS
    assert not Run.objects.filter(state__in=Run.ACTIVE).exists()
