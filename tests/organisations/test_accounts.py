"""Accounts: from sign-up to the first Organisation, one address an account whatever its case, sessions that end."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError
from django.db.transaction import atomic
from django.test import Client

from organisations import invitations
from organisations.models import Invitation, Membership, Organisation, Role, User
from tests.people import PASSWORD, make_user

NEW = {"email": "New.Person@Example.COM", "password1": PASSWORD, "password2": PASSWORD}


def link(number: int = -1) -> str:
    return re.search(r"http://testserver(/accounts/\S+)", mail.outbox[number].body)[1]


def sign_up(client, **over) -> object:
    return client.post("/accounts/signup/", {**NEW, **over})


def test_from_sign_up_to_the_first_organisation(db, client):
    assert client.get("/").url.startswith("/accounts/login/")
    assert sign_up(client).url == "/accounts/confirm-email/"
    assert "Look into your mail" in client.get("/accounts/confirm-email/").content.decode()
    assert mail.outbox[0].to == ["new.person@example.com"]
    assert not EmailAddress.objects.get().verified
    page = client.get(link()).content.decode()
    assert "Is new.person@example.com yours?" in page
    assert not EmailAddress.objects.get().verified  # a mail scanner that opens links confirms nothing
    assert client.post(link()).url == "/"
    assert EmailAddress.objects.get().verified
    first = client.get("/").content.decode()
    assert "Nothing is here yet: start with your Organisation" in first
    made = client.post("/o/new/", {"name": "Acme Shop & Söhne", "slug": ""})
    assert made.url == "/o/acme-shop-sohne/"
    organisation = Organisation.objects.get()
    assert (organisation.name, organisation.memberships.get().role) == ("Acme Shop & Söhne", Role.OWNER)
    event = organisation.audit_events.get()
    assert (event.actor_name, event.verb) == ("new.person@example.com", "made the Organisation")
    assert client.get("/").url == "/o/acme-shop-sohne/"


def test_an_account_that_is_not_verified_cannot_sign_in(db, client):
    sign_up(client)
    other = Client()
    answer = other.post("/accounts/login/", {"login": NEW["email"], "password": PASSWORD})
    assert answer.url == "/accounts/confirm-email/"
    assert other.get("/o/new/").status_code == 302


def test_an_invitation_is_kept_through_sign_up_and_verification(people, client):
    _, token = invitations.invite(
        organisation=people.acme, actor=people.alice, email="new.person@example.com", role=Role.DEVELOPER
    )
    client.get(f"/invitations/{token}/")
    assert 'value="new.person@example.com"' in client.get("/accounts/signup/").content.decode()
    sign_up(client)
    assert client.post(link()).url == "/invitations/"
    assert client.post("/invitations/").url == "/o/acme/"
    assert Membership.objects.get(user__email="new.person@example.com").role == Role.DEVELOPER


def test_an_invited_address_is_verified_by_mail_all_the_same(people, client):
    """Whoever was forwarded the link must not become the invited person."""
    _, token = invitations.invite(
        organisation=people.acme, actor=people.alice, email="new.person@example.com", role=Role.OWNER
    )
    client.get(f"/invitations/{token}/")
    sign_up(client)
    assert client.post("/invitations/").url.startswith("/accounts/login/")
    assert not Membership.objects.filter(user__email="new.person@example.com").exists()
    assert Invitation.objects.open().count() == 1


def test_an_invitation_is_kept_through_sign_in(people, client):
    newcomer = make_user("newcomer@example.com")
    _, token = invitations.invite(organisation=people.acme, actor=people.alice, email=newcomer.email, role=Role.VIEWER)
    client.get(f"/invitations/{token}/")
    assert client.post("/accounts/login/", {"login": newcomer.email, "password": PASSWORD}).url == "/invitations/"


def test_the_session_key_changes_at_sign_in(people, client):
    client.get("/invitations/whatever/")  # an anonymous session that somebody could have planted
    before = client.session.session_key
    assert before
    client.post("/accounts/login/", {"login": "vera@example.com", "password": PASSWORD})
    assert client.session.session_key not in (None, before)
    assert client.get("/o/acme/members/").status_code == 200


@pytest.mark.parametrize("typed", ["vera@example.com", "VERA@EXAMPLE.COM", "Vera@example.Com", " vera@example.com "])
def test_sign_in_disregards_the_case_of_the_address(people, client, typed):
    assert client.post("/accounts/login/", {"login": typed, "password": PASSWORD}).status_code == 302
    assert client.get("/o/acme/members/").status_code == 200


def test_two_accounts_cannot_differ_by_case_alone(people):
    with pytest.raises(IntegrityError), atomic():
        User.objects.create(email="VERA@example.com")
    with pytest.raises(IntegrityError), atomic():
        User.objects.bulk_create([User(email="Vera@Example.com")])


def test_signing_up_with_a_taken_address_tells_nobody_but_its_owner(people, client):
    free, taken = sign_up(client), sign_up(Client(), email="VERA@example.com")
    assert (free.status_code, free.url) == (taken.status_code, taken.url) == (302, "/accounts/confirm-email/")
    assert User.objects.filter(email__iexact="vera@example.com").count() == 1
    assert mail.outbox[-1].to == ["vera@example.com"]
    assert mail.outbox[-1].subject == "You have an account already"


def test_asking_for_a_reset_tells_nobody_whether_there_is_an_account(people, client):
    there = client.post("/accounts/password/reset/", {"email": "vera@example.com"})
    nobody = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (there.status_code, there.url) == (nobody.status_code, nobody.url)
    assert [m.subject for m in mail.outbox] == ["Set a new password", "No account has this address"]


def test_a_reset_link_leads_to_base_url_whatever_host_was_asked(people, client):
    client.post("/accounts/password/reset/", {"email": "vera@example.com"}, headers={"host": "localhost"})
    assert "http://testserver/accounts/password/reset/key/" in mail.outbox[0].body
    assert "localhost" not in mail.outbox[0].body


def test_a_reset_sets_the_password_and_ends_other_sessions(people, client, signed_in):
    elsewhere = signed_in(people.vera)
    client.post("/accounts/password/reset/", {"email": "Vera@example.com"})
    form = client.get(link(), follow=True)
    url = form.request["PATH_INFO"]
    assert "Set a new password" in form.content.decode()
    assert re.search(r"/key/[^/]+-set-password/$", url)
    client.post(url, {"password1": "another horse battery", "password2": "another horse battery"})
    assert elsewhere.get("/o/acme/members/").status_code == 302
    people.vera.refresh_from_db()
    assert people.vera.check_password("another horse battery")
    assert mail.outbox[-1].subject == "Your password was set anew"


def test_an_account_that_is_switched_off_cannot_sign_in(people, client):
    people.vera.is_active = False
    people.vera.save()
    client.post("/accounts/login/", {"login": "vera@example.com", "password": PASSWORD})
    assert client.get("/o/acme/members/").status_code == 302


def test_signing_out_is_a_post(people, signed_in):
    client = signed_in(people.vera)
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert client.get("/o/acme/members/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/o/acme/members/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "https:evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_nowhere_else(people, client, target):
    answer = client.post("/accounts/login/", {"login": "vera@example.com", "password": PASSWORD, "next": target})
    assert (answer.status_code, answer.url) == (302, "/")


def test_a_new_address_replaces_the_old_one_once_it_is_verified(people, sure):
    client = sure(people.vera)
    client.post("/accounts/email/", {"action_add": "", "email": "Vera.New@example.com"})
    people.vera.refresh_from_db()
    assert people.vera.email == "vera@example.com"
    assert "A link was mailed to" in client.get("/accounts/email/").content.decode()
    client.post(link())
    people.vera.refresh_from_db()
    assert people.vera.email == "vera.new@example.com"
    assert list(people.vera.emailaddress_set.values_list("email", "verified")) == [("vera.new@example.com", True)]
    assert mail.outbox[-1].to == ["vera@example.com"]
    assert mail.outbox[-1].subject == "Your e-mail address was changed"


def test_changing_the_address_needs_the_password_once_more(people, signed_in):
    answer = signed_in(people.vera).post("/accounts/email/", {"action_add": "", "email": "vera.new@example.com"})
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not mail.outbox


def test_an_account_that_never_proved_an_address_gives_way_to_who_does(people, sure, client):
    """Mallory signs up with Vera's next address and never proves it; Vera does."""
    sign_up(client, email="vera.new@example.com")
    mallory = User.objects.get(email="vera.new@example.com").pk
    vera = sure(people.vera)
    vera.post("/accounts/email/", {"action_add": "", "email": "vera.new@example.com"})
    assert vera.post(link()).status_code == 302
    people.vera.refresh_from_db()
    assert people.vera.email == "vera.new@example.com"
    assert not User.objects.filter(pk=mallory).exists()


def test_an_account_with_a_membership_never_gives_way(people, sure):
    squatter = User.objects.create_user("vera.new@example.com", PASSWORD)
    EmailAddress.objects.create(user=squatter, email=squatter.email, verified=False, primary=True)
    Membership.objects.create(organisation=people.globex, user=squatter, role=Role.VIEWER)
    EmailAddress.objects.create(user=people.bob, email="vera.new@example.com", verified=True)
    assert User.objects.filter(pk=squatter.pk).exists()


def test_a_mail_server_that_is_away_costs_the_mail_and_not_the_page(db, client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    answer = sign_up(client)
    assert answer.status_code == 302
    assert "The mail could not be sent just now." in client.get(answer.url).content.decode()


ACCOUNT_PAGES = {
    "/accounts/login/": False,
    "/accounts/signup/": False,
    "/accounts/password/reset/": False,
    "/accounts/password/reset/done/": False,
    "/accounts/confirm-email/": False,
    "/accounts/confirm-email/x/": False,
    "/accounts/password/reset/key/1-x/": False,
    "/accounts/inactive/": False,
    "/accounts/logout/": True,
    "/accounts/email/": True,
    "/accounts/password/change/": True,
    "/accounts/reauthenticate/": True,
}


@pytest.mark.parametrize(("path", "inside"), ACCOUNT_PAGES.items())
def test_each_account_page_stands_in_our_frame(people, client, signed_in, path, inside):
    answer = (signed_in(people.vera) if inside else client).get(path, follow=True)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert text.count("<h1>") == 1
    assert '<main id="main"' in text
    assert "dFlow integrations</title>" in text


@pytest.fixture
def throttled(settings):
    from django.core.cache import cache

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttled"}}
    cache.clear()
    yield
    cache.clear()


def test_guessing_a_password_is_stopped_for_that_account(people, client, throttled):
    for guess in range(6):
        client.post("/accounts/login/", {"login": "vera@example.com", "password": f"guess number {guess}"})
    answer = client.post("/accounts/login/", {"login": "vera@example.com", "password": PASSWORD})
    assert "Too many failed login attempts" in answer.content.decode()
    assert client.get("/o/acme/members/").status_code == 302


def test_too_many_tries_read_as_a_page_of_ours(people, client, throttled):
    answers = [client.post("/accounts/login/", {"login": f"n{n}@example.com", "password": "x"}) for n in range(32)]
    assert answers[-1].status_code == 429
    assert "Too many tries: wait a few minutes" in answers[-1].content.decode()
