"""Roles change hands by the table; the last owner stays, however one tries."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.db.transaction import atomic

from organisations import members
from organisations.models import AuditEvent, Invitation, LastOwner, Membership, Organisation, Role, User
from tests.people import make_user

# Who changes whom from what to what: (actor, from, to) -> allowed. Only what touches an owner needs an owner.
BY = {
    "viewer": (),
    "developer": (),
    "admin": ("admin", "developer", "viewer"),
    "owner": ("owner", "admin", "developer", "viewer"),
}
CHANGES = [
    (actor, before, after, before in BY[actor] and after in BY[actor])
    for actor in BY
    for before in Role.values
    for after in Role.values
    if before != after
]


def member_of(people, user) -> Membership:
    return Membership.objects.get(user=user, organisation=people.acme)


def somebody(people, role: str, email="eve@example.com") -> Membership:
    return Membership.objects.create(organisation=people.acme, user=make_user(email), role=role)


@pytest.mark.parametrize(("actor", "before", "after", "allowed"), CHANGES)
def test_each_change_of_role_against_each_role(people, actor, before, after, allowed):
    by = {"viewer": people.vera, "developer": people.dora, "admin": people.adam, "owner": people.alice}[actor]
    theirs = somebody(people, before)
    if allowed:
        members.change_role(organisation=people.acme, actor=by, member=theirs, role=Role(after))
    else:
        with pytest.raises(PermissionDenied):
            members.change_role(organisation=people.acme, actor=by, member=theirs, role=Role(after))
    theirs.refresh_from_db()
    assert theirs.role == (after if allowed else before)
    assert AuditEvent.objects.filter(verb="changed the role of").count() == (1 if allowed else 0)


@pytest.mark.parametrize(("actor", "role", "allowed"), [(a, r, r in BY[a]) for a in BY for r in Role.values])
def test_each_removal_against_each_role(people, actor, role, allowed):
    by = {"viewer": people.vera, "developer": people.dora, "admin": people.adam, "owner": people.alice}[actor]
    theirs = somebody(people, role)
    if allowed:
        members.remove(organisation=people.acme, actor=by, member=theirs)
    else:
        with pytest.raises(PermissionDenied):
            members.remove(organisation=people.acme, actor=by, member=theirs)
    assert Membership.objects.filter(pk=theirs.pk).exists() is not allowed


@pytest.mark.parametrize("who", ["vera", "dora", "adam"])
def test_nobody_promotes_themselves(people, who):
    actor = getattr(people, who)
    mine = member_of(people, actor)
    with pytest.raises(PermissionDenied):
        members.change_role(organisation=people.acme, actor=actor, member=mine, role=Role.OWNER)
    mine.refresh_from_db()
    assert mine.role != Role.OWNER


def test_an_admin_may_step_down(people):
    members.change_role(
        organisation=people.acme, actor=people.adam, member=member_of(people, people.adam), role=Role.VIEWER
    )
    assert member_of(people, people.adam).role == Role.VIEWER


def test_a_stranger_changes_nobody(people):
    with pytest.raises(PermissionDenied):
        members.change_role(
            organisation=people.acme, actor=people.bob, member=member_of(people, people.vera), role=Role.ADMIN
        )


def test_the_change_is_in_the_trail_with_both_roles(people):
    members.change_role(
        organisation=people.acme, actor=people.alice, member=member_of(people, people.vera), role=Role.ADMIN
    )
    event = AuditEvent.objects.get()
    assert (event.actor_name, event.verb, event.subject) == (
        "alice@example.com",
        "changed the role of",
        "vera@example.com",
    )
    assert event.details == {"before": "viewer", "after": "admin"}


# --- The last owner ---------------------------------------------------------------------------------------------------


def demote(people):
    members.change_role(
        organisation=people.acme, actor=people.alice, member=member_of(people, people.alice), role=Role.ADMIN
    )


def demote_at_the_command_line(people):
    members.change_role(organisation=people.acme, actor=None, member=member_of(people, people.alice), role=Role.VIEWER)


def remove(people):
    members.remove(organisation=people.acme, actor=None, member=member_of(people, people.alice))


def leave(people):
    members.leave(organisation=people.acme, actor=people.alice)


def switch_off(people):
    members.deactivate(people.alice)


def delete_account(people):
    people.alice.delete()


def delete_accounts_in_bulk(people):
    User.objects.filter(email__endswith="@example.com").exclude(pk=people.bob.pk).delete()


def delete_membership_behind_the_verbs(people):
    Membership.objects.filter(user=people.alice).delete()


WAYS = [
    demote,
    demote_at_the_command_line,
    remove,
    leave,
    switch_off,
    delete_account,
    delete_accounts_in_bulk,
    delete_membership_behind_the_verbs,
]


@pytest.mark.parametrize("way", WAYS)
def test_the_last_owner_stays(people, way):
    with (
        pytest.raises(LastOwner, match=r"^Acme would be left without an owner\. Make somebody else an owner first\.$"),
        atomic(),
    ):
        way(people)
    alice = User.objects.get(email="alice@example.com")
    assert alice.is_active
    assert member_of(people, alice).role == Role.OWNER
    assert Membership.objects.filter(organisation=people.acme).count() == 4
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("way", [w for w in WAYS if w is not delete_accounts_in_bulk])
def test_an_owner_beside_another_may_go(people, way):
    somebody(people, Role.OWNER)
    way(people)
    assert people.acme.active_owners().get().user.email == "eve@example.com"


@pytest.mark.parametrize("way", [w for w in WAYS if w is not delete_accounts_in_bulk])
def test_an_owner_who_cannot_sign_in_does_not_count(people, way):
    other = somebody(people, Role.OWNER)
    User.objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(LastOwner), atomic():
        way(people)


def test_two_owners_deleted_together_are_both_kept(people):
    eve = somebody(people, Role.OWNER)
    with pytest.raises(LastOwner), atomic():
        User.objects.filter(pk__in=[people.alice.pk, eve.user_id]).delete()
    assert people.acme.active_owners().count() == 2


def test_an_organisation_goes_with_its_owner_in_it(people):
    people.acme.delete()
    Organisation.objects.filter(slug="globex").delete()
    assert not Membership.objects.exists()


def test_everybody_below_owner_may_leave(people):
    for who in (people.adam, people.dora, people.vera):
        members.leave(organisation=people.acme, actor=who)
    assert Membership.objects.filter(organisation=people.acme).count() == 1
    assert list(AuditEvent.objects.values_list("verb", flat=True)) == ["left"] * 3


# --- Invitations end with the power to send them ----------------------------------------------------------------------


def open_invitation(people, by, role=Role.ADMIN) -> Invitation:
    return Invitation.objects.create(
        organisation=people.acme,
        email="new@example.com",
        role=role,
        token_hash="1" * 64,
        invited_by=by,
        expires_at="2099-01-01T00:00:00Z",
    )


def test_removing_the_sender_revokes_what_they_sent(people):
    sent = open_invitation(people, people.adam)
    members.remove(organisation=people.acme, actor=people.alice, member=member_of(people, people.adam))
    sent.refresh_from_db()
    assert sent.revoked_at is not None


def test_a_weaker_sender_keeps_only_what_they_could_still_send(people):
    sent = open_invitation(people, people.adam)
    members.change_role(
        organisation=people.acme, actor=people.alice, member=member_of(people, people.adam), role=Role.DEVELOPER
    )
    sent.refresh_from_db()
    assert sent.revoked_at is not None


# --- The page ---------------------------------------------------------------------------------------------------------


def test_a_role_is_changed_on_the_page(people, signed_in):
    vera = member_of(people, people.vera)
    answer = signed_in(people.adam).post(f"/o/acme/members/{vera.pk}/role/", {"role": "developer"}, follow=True)
    vera.refresh_from_db()
    assert vera.role == Role.DEVELOPER
    assert "The role of vera@example.com is developer now." in answer.content.decode()


@pytest.mark.parametrize("role", ["owner"])
def test_a_form_that_was_tampered_with_makes_no_owner(people, signed_in, role):
    vera = member_of(people, people.vera)
    answer = signed_in(people.adam).post(f"/o/acme/members/{vera.pk}/role/", {"role": role})
    vera.refresh_from_db()
    assert (answer.status_code, vera.role) == (403, Role.VIEWER)


@pytest.mark.parametrize("role", ["", "root", "OWNER", "owner\n"])
def test_a_role_that_is_none_changes_nothing(people, signed_in, role):
    vera = member_of(people, people.vera)
    answer = signed_in(people.alice).post(f"/o/acme/members/{vera.pk}/role/", {"role": role}, follow=True)
    vera.refresh_from_db()
    assert vera.role in (Role.VIEWER, Role.OWNER)
    assert vera.role == Role.VIEWER or role.strip() == "owner"
    if vera.role == Role.VIEWER:
        assert "There is no such role." in answer.content.decode()


def test_the_last_owner_is_told_why_on_the_page(people, signed_in):
    alice = member_of(people, people.alice)
    client = signed_in(people.alice)
    for url, data in ((f"/o/acme/members/{alice.pk}/role/", {"role": "admin"}), ("/o/acme/members/leave/", {})):
        answer = client.post(url, data, follow=True)
        assert "Acme would be left without an owner. Make somebody else an owner first." in answer.content.decode()
    assert member_of(people, people.alice).role == Role.OWNER


def test_a_viewer_sees_the_members_and_no_control(people, signed_in):
    text = signed_in(people.vera).get("/o/acme/members/").content.decode()
    assert all(f"{name}@example.com" in text for name in ("alice", "adam", "dora", "vera"))
    assert "<select" not in text
    assert "/invite/" not in text
    assert "/remove/" not in text
    assert "Inviting and changing roles is for owners and admins" in text


def test_an_admin_sees_no_control_beside_an_owner(people, signed_in):
    text = signed_in(people.adam).get("/o/acme/members/").content.decode()
    alice = member_of(people, people.alice)
    assert f"/members/{alice.pk}/" not in text
    assert 'value="owner"' not in text


def test_a_name_with_markup_is_shown_as_text(people, signed_in):
    people.vera.name = "<script>alert(1)</script>"
    people.vera.save()
    text = signed_in(people.alice).get("/o/acme/members/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_members_page_asks_the_same_number_of_queries_for_forty_members(
    people, signed_in, django_assert_max_num_queries
):
    for i in range(40):
        somebody(people, Role.VIEWER, f"m{i}@example.com")
    client = signed_in(people.alice)
    with django_assert_max_num_queries(8):
        client.get("/o/acme/members/")
