"""An invitation opens once, for its own mailbox, for seven days, unless somebody takes it back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from organisations import invitations, members
from organisations.models import AuditEvent, Invitation, Membership, Organisation, Role, User
from tests.people import make_user


@pytest.fixture
def invited(people):
    """An open invitation of newcomer@example.com to acme as developer, its token and the newcomer's account."""
    people.newcomer = make_user("newcomer@example.com")
    people.invitation, people.token = invitations.invite(
        organisation=people.acme, actor=people.alice, email="newcomer@example.com", role=Role.DEVELOPER
    )
    return people


def accept(client, token: str):
    client.get(f"/invitations/{token}/")
    return client.post("/invitations/", follow=True)


def is_member(people, user) -> bool:
    return Membership.objects.filter(organisation__slug="acme", user=user).exists()


# --- Sending ----------------------------------------------------------------------------------------------------------

BY = {
    "vera": (),
    "dora": (),
    "adam": ("admin", "developer", "viewer"),
    "alice": ("owner", "admin", "developer", "viewer"),
}


@pytest.mark.parametrize(("who", "role", "allowed"), [(w, r, r in BY[w]) for w in BY for r in Role.values])
def test_who_invites_as_what(people, signed_in, who, role, allowed):
    answer = signed_in(getattr(people, who)).post("/o/acme/members/invite/", {"email": "new@example.com", "role": role})
    assert answer.status_code == (302 if allowed else 403)
    assert Invitation.objects.count() == len(mail.outbox) == (1 if allowed else 0)


def test_the_mail_has_the_link_in_text_and_html_and_the_database_has_only_its_hash(people, signed_in):
    signed_in(people.alice).post("/o/acme/members/invite/", {"email": "New@Example.COM", "role": "viewer"})
    message = mail.outbox[0]
    token = re.search(r"http://testserver/invitations/([\w-]+)/", message.body)[1]
    stored = Invitation.objects.get()
    assert message.to == ["new@example.com"] == [stored.email]
    assert message.subject == "alice@example.com invites you to Acme"
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert token in html
    assert len(token) >= 43  # 256 bits
    assert token not in str(Invitation.objects.values().get())
    assert stored.token_hash == invitations.hash_of(token)
    assert timedelta(days=6, hours=23) < stored.expires_at - timezone.now() <= timedelta(days=7)
    event = AuditEvent.objects.get()
    assert (event.verb, event.subject, event.details) == ("invited", "new@example.com", {"role": "viewer"})


def test_a_name_with_line_breaks_stays_out_of_the_mails_head(people):
    Organisation.objects.filter(pk=people.acme.pk).update(name="Acme\r\nBcc: evil@example.com")
    people.acme.refresh_from_db()
    invitations.send(
        *invitations.invite(organisation=people.acme, actor=people.alice, email="n@example.com", role=Role.VIEWER)
    )
    assert mail.outbox[0].subject == "alice@example.com invites you to Acme Bcc: evil@example.com"
    assert mail.outbox[0].recipients() == ["n@example.com"]


def test_a_mail_server_that_is_away_is_said(people, signed_in, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    answer = signed_in(people.alice).post(
        "/o/acme/members/invite/", {"email": "new@example.com", "role": "viewer"}, follow=True
    )
    assert "The mail to new@example.com could not be sent." in answer.content.decode()


def test_inviting_again_replaces_the_link(invited, signed_in):
    _, second = invitations.invite(
        organisation=invited.acme, actor=invited.adam, email="NEWCOMER@example.com", role=Role.VIEWER
    )
    assert invitations.find(invited.token) is None
    accept(signed_in(invited.newcomer), second)
    assert Membership.objects.get(user=invited.newcomer).role == Role.VIEWER


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("vera@example.com", "is a member already"),
        ("VERA@example.com", "is a member already"),
        ("nobody", "not an e-mail address"),
    ],
)
def test_who_cannot_be_invited(people, email, says):
    with pytest.raises(ValidationError, match=says):
        invitations.invite(organisation=people.acme, actor=people.alice, email=email, role=Role.VIEWER)


def test_an_organisation_has_so_many_open_invitations_at_once(people, monkeypatch):
    monkeypatch.setattr(invitations, "AT_ONCE", 2)
    for name in "ab":
        invitations.invite(organisation=people.acme, actor=people.alice, email=f"{name}@example.com", role=Role.VIEWER)
    with pytest.raises(ValidationError, match="2 invitations are open"):
        invitations.invite(organisation=people.acme, actor=people.alice, email="c@example.com", role=Role.VIEWER)


def test_an_admin_neither_replaces_nor_revokes_an_invitation_as_owner(people):
    sent, _ = invitations.invite(organisation=people.acme, actor=people.alice, email="n@example.com", role=Role.OWNER)
    with pytest.raises(PermissionDenied):
        invitations.invite(organisation=people.acme, actor=people.adam, email="n@example.com", role=Role.VIEWER)
    with pytest.raises(PermissionDenied):
        invitations.revoke(organisation=people.acme, actor=people.adam, invitation=sent)
    assert Invitation.objects.open().count() == 1


# --- The link ---------------------------------------------------------------------------------------------------------


def test_the_token_leaves_the_address_before_anything_is_rendered(invited, client):
    answer = client.get(f"/invitations/{invited.token}/")
    assert (answer.status_code, answer.url, answer.content) == (302, "/invitations/", b"")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    page = client.get("/invitations/").content.decode()
    assert "alice@example.com invites you to Acme" in page
    assert invited.token not in page


def test_a_get_accepts_nothing(invited, signed_in):
    client = signed_in(invited.newcomer)
    client.get(f"/invitations/{invited.token}/", follow=True)
    client.get("/invitations/")
    assert not is_member(invited, invited.newcomer)


def test_accepting_makes_a_member_and_a_new_session_key(invited, signed_in):
    client = signed_in(invited.newcomer)
    client.get(f"/invitations/{invited.token}/")
    before = client.session.session_key
    answer = client.post("/invitations/")
    assert (answer.status_code, answer.url) == (302, "/o/acme/")
    assert Membership.objects.get(user=invited.newcomer).role == Role.DEVELOPER
    assert client.session.session_key != before
    assert AuditEvent.objects.filter(verb="accepted an invitation to", actor=invited.newcomer).count() == 1


def test_a_mail_program_that_changed_the_case_of_nothing_but_the_address_is_let_in(people, signed_in):
    user = make_user("mixed@example.com")
    _, token = invitations.invite(
        organisation=people.acme, actor=people.alice, email="MIXED@Example.com", role=Role.VIEWER
    )
    accept(signed_in(user), token)
    assert is_member(people, user)


# --- What does not open -----------------------------------------------------------------------------------------------

GONE = "This invitation is not open any more"


def used(people):
    other = make_user("first@example.com")
    Invitation.objects.filter(pk=people.invitation.pk).update(accepted_at=timezone.now(), accepted_by=other)


def expired(people):
    Invitation.objects.filter(pk=people.invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def revoked(people):
    assert invitations.revoke(organisation=people.acme, actor=people.adam, invitation=people.invitation)


def sender_removed(people):
    Membership.objects.create(organisation=people.acme, user=make_user("second@example.com"), role=Role.OWNER)
    members.leave(organisation=people.acme, actor=people.alice)


def sender_switched_off(people):
    User.objects.filter(pk=people.alice.pk).update(is_active=False)


def organisation_deleted(people):
    Organisation.objects.filter(slug="acme").delete()


@pytest.mark.parametrize("end", [used, expired, revoked, sender_removed, sender_switched_off, organisation_deleted])
def test_an_invitation_that_has_ended_opens_nothing(invited, signed_in, end):
    end(invited)
    client = signed_in(invited.newcomer)
    assert GONE in client.get(f"/invitations/{invited.token}/", follow=True).content.decode()
    answer = accept(client, invited.token)
    assert GONE in answer.content.decode()
    assert not is_member(invited, invited.newcomer)


def test_an_invitation_that_ends_between_the_look_and_the_click_opens_nothing(invited, signed_in):
    client = signed_in(invited.newcomer)
    client.get(f"/invitations/{invited.token}/", follow=True)
    revoked(invited)
    answer = client.post("/invitations/", {"invitation": invited.invitation.pk}, follow=True)
    assert "has been used, was revoked or has ended" in answer.content.decode()
    assert not is_member(invited, invited.newcomer)


def test_a_sender_who_lost_the_power_to_give_the_role_opens_nothing(invited):
    Membership.objects.filter(user=invited.alice).update(role=Role.VIEWER)  # behind the verbs, which would revoke it
    with pytest.raises(invitations.NotOpen, match="may no longer give this role"):
        invitations.accept(invitation=invited.invitation, user=invited.newcomer)


def test_it_opens_once(invited, signed_in):
    client = signed_in(invited.newcomer)
    accept(client, invited.token)
    members.remove(organisation=invited.acme, actor=invited.alice, member=Membership.objects.get(user=invited.newcomer))
    assert GONE in accept(client, invited.token).content.decode()
    assert not is_member(invited, invited.newcomer)


@pytest.mark.parametrize("who", ["bob", "sam"])
def test_another_mailbox_cannot_use_a_forwarded_link(invited, signed_in, who):
    user = getattr(invited, who)
    client = signed_in(user)
    page = client.get(f"/invitations/{invited.token}/", follow=True).content.decode()
    assert "This invitation is for another address" in page
    assert "newcomer@example.com" in page
    answer = client.post("/invitations/", {"invitation": invited.invitation.pk}, follow=True)
    assert "This invitation is for newcomer@example.com." in answer.content.decode()
    assert not is_member(invited, user)
    assert invitations.find(invited.token) is not None


def test_an_address_that_is_claimed_and_not_verified_cannot_use_it(invited, signed_in):
    EmailAddress.objects.create(user=invited.bob, email="late@example.com", verified=False)
    _, token = invitations.invite(
        organisation=invited.acme, actor=invited.alice, email="late@example.com", role=Role.VIEWER
    )
    accept(signed_in(invited.bob), token)
    assert not is_member(invited, invited.bob)


@pytest.mark.parametrize("token", ["x", "A" * 43, "a" * 5000, "%00", "é"])
def test_a_token_that_is_none_reads_like_one_that_has_ended(people, client, token):
    assert GONE in client.get(f"/invitations/{token}/", follow=True).content.decode()


@pytest.mark.parametrize("chosen", ["", "0", "-1", "abc", "9" * 40, "1;drop", "²"])
def test_an_invitation_id_that_is_none_opens_nothing(people, signed_in, chosen):
    answer = signed_in(people.bob).post("/invitations/", {"invitation": chosen})
    assert (answer.status_code, answer.url) == (302, "/invitations/")


def test_somebody_elses_invitation_id_opens_nothing(invited, signed_in):
    signed_in(invited.bob).post("/invitations/", {"invitation": invited.invitation.pk})
    assert not is_member(invited, invited.bob)


def test_accepting_needs_a_session_and_a_token_of_the_form(invited, client, signed_in):
    client.get(f"/invitations/{invited.token}/")
    assert client.post("/invitations/").url.startswith("/accounts/login/")
    strict = signed_in(invited.newcomer, enforce_csrf_checks=True)
    strict.get(f"/invitations/{invited.token}/")
    assert strict.post("/invitations/").status_code == 403
    assert not is_member(invited, invited.newcomer)


def test_a_member_who_accepts_keeps_the_role_they_have(invited):
    Membership.objects.create(organisation=invited.acme, user=invited.newcomer, role=Role.ADMIN)
    assert invitations.accept(invitation=invited.invitation, user=invited.newcomer).role == Role.ADMIN


def test_whoever_lost_the_link_finds_the_invitation_at_home(invited, signed_in):
    client = signed_in(invited.newcomer)
    page = client.get("/").content.decode()
    assert "You are invited to Acme" in page
    client.post("/invitations/", {"invitation": invited.invitation.pk})
    assert is_member(invited, invited.newcomer)


def test_an_admin_revokes_on_the_page_once(invited, signed_in):
    client = signed_in(invited.adam)
    url = f"/o/acme/invitations/{invited.invitation.pk}/revoke/"
    assert "was revoked; its link does nothing any more." in client.post(url, follow=True).content.decode()
    assert "was not open any more." in client.post(url, follow=True).content.decode()
    assert AuditEvent.objects.filter(verb="revoked the invitation of").count() == 1
