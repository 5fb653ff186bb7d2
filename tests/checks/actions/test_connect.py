"""Connecting and editing: who may, what is refused, and what a changed endpoint does to the stored credential (T6)."""
from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from checks.actions import connect
from checks.actions.errors import Invalid
from checks.engine.keys import keyring
from checks.models import Finding, Integration, Run
from checks.providers.gitea import gitea
from checks.vault import CannotOpen
from organisations.models import AuditEvent

TOKEN = "0123456789abcdef0123456789abcdef01234567"
SETTINGS = {"base_url": "https://93.184.216.34"}


@pytest.fixture
def git(people):
    return connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                           settings=SETTINGS, credentials={"token": TOKEN})


@pytest.mark.parametrize("who", ["dora", "vera", "bob", "sam"])
def test_only_those_who_manage_connect(people, who):
    with pytest.raises(PermissionDenied):
        connect.connect(organisation=people.acme, actor=getattr(people, who), provider=gitea.slug, name="git",
                        settings=SETTINGS, credentials={"token": TOKEN})
    assert not Integration.objects.exists()


def test_the_credential_is_sealed_for_its_place(git):
    assert TOKEN not in str(git.sealed)
    assert git.unseal(gitea.endpoint(git.settings), keyring()) == {"token": TOKEN}
    with pytest.raises(CannotOpen):
        git.unseal("https://evil.example", keyring())


def test_connecting_is_audited_without_the_value(people, git):
    event = AuditEvent.objects.get(organisation=people.acme, verb="connected")
    assert (event.subject, event.actor, event.details["credentials"]) == ("git", people.alice, ["token"])
    assert TOKEN not in str(event.details)


@pytest.mark.parametrize("address", [
    "https://127.0.0.1", "https://10.1.2.3", "https://169.254.169.254/latest", "https://[::1]", "https://2130706433",
    "http://93.184.216.34",
])
def test_an_address_that_must_not_be_reached_is_refused_at_its_field(people, address):
    with pytest.raises(Invalid) as caught:
        connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                        settings={"base_url": address}, credentials={"token": TOKEN})
    assert list(caught.value.errors) == ["base_url"]
    assert TOKEN not in str(caught.value)


def test_an_operator_may_open_a_private_network(people, settings):
    settings.EGRESS_ALLOW_NETWORKS = ["10.1.0.0/16"]
    connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                    settings={"base_url": "https://10.1.2.3:3000"}, credentials={"token": TOKEN})


def test_a_changed_endpoint_drops_the_credential(people, git):
    edited = connect.edit(integration=git, actor=people.alice, settings={"base_url": "https://93.184.216.35"}, credentials={})
    assert (edited.sealed, edited.credential_facts, edited.status) == ({}, {}, "needs_credential")


def test_a_changed_endpoint_with_the_credential_typed_again_has_only_the_new_one(people, git):
    new = TOKEN[::-1]
    edited = connect.edit(integration=git, actor=people.alice, settings={"base_url": "https://93.184.216.35"},
                          credentials={"token": new})
    assert edited.unseal(gitea.endpoint(edited.settings), keyring()) == {"token": new}
    assert edited.status == "unverified"


def test_an_edit_that_keeps_the_endpoint_keeps_the_credential(people, git):
    edited = connect.edit(integration=git, actor=people.alice, settings={**SETTINGS, "pushes": True}, credentials={})
    assert edited.unseal(gitea.endpoint(edited.settings), keyring()) == {"token": TOKEN}


def test_a_ciphertext_moved_to_another_row_does_not_open(people, git):
    other = connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="other",
                            settings=SETTINGS, credentials={"token": TOKEN[::-1]})
    Integration.objects.filter(pk=other.pk).update(sealed=git.sealed)
    other.refresh_from_db()
    with pytest.raises(CannotOpen):
        other.unseal(gitea.endpoint(other.settings), keyring())


def test_an_edit_supersedes_the_active_run_and_makes_the_next(people, git, django_capture_on_commit_callbacks):
    first = Run.objects.create(integration=git, generation=git.generation, trigger=Run.Trigger.PERSON)
    edited = connect.edit(integration=git, actor=people.alice, settings={**SETTINGS, "pushes": True}, credentials={})
    first.refresh_from_db()
    assert first.state == Run.State.SUPERSEDED
    active = Run.objects.get(integration=git, state=Run.State.QUEUED)
    assert (active.generation, active.trigger) == (edited.generation, Run.Trigger.EDIT)
    assert edited.generation == git.generation + 1


def test_a_changed_name_alone_changes_no_generation(people, git):
    edited = connect.edit(integration=git, actor=people.alice, settings=SETTINGS, credentials={}, name="renamed")
    assert (edited.name, edited.generation) == ("renamed", git.generation)
    assert not Run.objects.exists()


def test_a_name_taken_by_another_is_refused(people, git):
    with pytest.raises(Invalid, match="taken"):
        connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                        settings=SETTINGS, credentials={"token": TOKEN})


def test_disconnecting_hides_it_and_can_be_undone(people, git):
    connect.disconnect(integration=git, actor=people.alice)
    assert not Integration.objects.for_organisation(people.acme).exists()
    connect.restore(integration=git, actor=people.alice)
    assert Integration.objects.for_organisation(people.acme).get() == git


def test_what_was_seen_with_other_settings_is_no_last_good_answer(people, git):
    from django.utils import timezone
    Finding.objects.create(integration=git, check_slug="host_reachable", title="t", required=True, status="pass", evidence="e",
                           checked_at=timezone.now(), since=timezone.now(), last_good_at=timezone.now(), last_good_evidence="e")
    connect.edit(integration=git, actor=people.alice, settings={**SETTINGS, "pushes": True}, credentials={})
    assert Finding.objects.get().last_good_at is None


def test_pausing_says_so_and_resuming_makes_it_due(people, git):
    connect.pause(integration=git, actor=people.alice)
    git.refresh_from_db()
    assert (git.status, git.paused_at is not None) == ("paused", True)
    connect.resume(integration=git, actor=people.alice)
    git.refresh_from_db()
    assert (git.status, git.paused_at, git.next_check_at is not None) == ("unverified", None, True)
