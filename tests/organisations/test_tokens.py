"""API tokens: shown once, stored as a hash, never above their maker, and over when they should be."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from organisations import members, tokens
from organisations.models import ApiToken, AuditEvent, Membership, Role, User

PAGE = "/o/acme/settings/tokens/"
CALL = "/api/v1/organisations/acme/integrations"
TYPED = {"name": "GitHub Actions of shop", "role": "developer", "days": "90"}


def make(people, by=None, role=Role.DEVELOPER, days=90, name="ci") -> tuple[ApiToken, str]:
    return tokens.make(organisation=people.acme, actor=by or people.alice, name=name, role=role, days=days)


def member_of(people, user) -> Membership:
    return Membership.objects.get(organisation=people.acme, user=user)


def called(text: str) -> int:
    return Client().get(CALL, headers={"Authorization": f"Bearer {text}"}).status_code


# --- What is stored -----------------------------------------------------------------------------------------------


def test_a_token_has_256_bits_and_only_its_hash_is_stored(people):
    token, text = make(people)
    assert text.startswith("dfi_")
    assert len(text) == 4 + 43
    assert token.token_hash == hashlib.sha256(text.encode()).hexdigest()
    assert token.prefix == text[:10]
    assert not [f for f in ApiToken._meta.get_fields() if text in str(getattr(token, f.name, ""))]
    assert make(people, name="other")[1] != text


def test_what_is_made_and_revoked_stands_in_the_trail_without_the_token(people):
    token, text = make(people)
    assert tokens.revoke(organisation=people.acme, actor=people.adam, token=token)
    revoked, made = AuditEvent.objects.all()
    assert (made.actor, made.verb, made.subject) == (people.alice, "made the API token", "ci")
    assert made.details == {"role": "developer", "ends": token.expires_at.strftime("%Y-%m-%d")}
    assert (revoked.actor, revoked.verb, revoked.subject) == (people.adam, "revoked the API token", "ci")
    assert text not in str([(e.verb, e.subject, e.details) for e in (made, revoked)])


# --- What it may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("present", list(Role))
def test_a_token_acts_as_the_weaker_of_its_role_and_its_makers(people, role, present):
    _, text = make(people, role=role)
    Membership.objects.filter(user=people.adam).update(role=Role.OWNER)  # so that one is left
    Membership.objects.filter(user=people.alice).update(role=present)
    order = list(Role)
    caller = tokens.find(text)
    assert caller is not None
    assert caller.role == order[max(order.index(role), order.index(present))]
    assert (caller.actor, caller.organisation) == (people.alice, people.acme)


@pytest.mark.parametrize(("who", "role"), [("adam", Role.OWNER), ("dora", Role.VIEWER), ("vera", Role.VIEWER), ("bob", Role.VIEWER)])
def test_nobody_makes_a_token_above_their_own_role(people, who, role):
    with pytest.raises(PermissionDenied):
        make(people, by=getattr(people, who), role=role)
    assert not ApiToken.objects.exists()


def test_an_admin_does_not_revoke_an_owners_token(people):
    token, text = make(people, role=Role.OWNER)
    with pytest.raises(PermissionDenied, match=r"alice@example.com can\."):
        tokens.revoke(organisation=people.acme, actor=people.adam, token=token)
    assert tokens.find(text)


@pytest.mark.parametrize("name", ["", "   ", "x" * 64])
def test_a_name_is_asked_for(people, name):
    with pytest.raises(ValidationError) as error:
        make(people, name=name)
    assert list(error.value.message_dict) == ["name"]


def test_a_name_tells_open_tokens_apart(people):
    token, _ = make(people)
    with pytest.raises(ValidationError, match="Another token is called"):
        make(people, name=" CI ")
    tokens.revoke(organisation=people.acme, actor=people.alice, token=token)
    assert make(people)[0].name == "ci"


def test_so_many_at_once(people, monkeypatch):
    monkeypatch.setattr(tokens, "AT_ONCE", 2)
    make(people, name="one"), make(people, name="two")
    with pytest.raises(ValidationError, match="2 tokens are open"):
        make(people, name="three")


# --- When it ends -----------------------------------------------------------------------------------------------------


def test_it_ends_by_time(people):
    _, text = make(people, days=30)
    _, lasting = make(people, days=None, name="lasting")
    now = timezone.now()
    for days, code in ((29, 200), (31, 401)):
        with time_machine.travel(now + timedelta(days=days)):
            assert (called(text), called(lasting)) == (code, 200)


def test_it_ends_by_being_revoked_once(people):
    token, text = make(people)
    assert called(text) == 200
    assert tokens.revoke(organisation=people.acme, actor=people.alice, token=token)
    assert called(text) == 401
    assert not tokens.revoke(organisation=people.acme, actor=people.alice, token=token)
    assert AuditEvent.objects.filter(verb="revoked the API token").count() == 1


@pytest.mark.parametrize("how", ["removed", "left", "switched off", "deleted"])
def test_it_ends_with_its_maker_and_does_not_come_back_with_them(people, how):
    _, text = make(people, by=people.adam, role=Role.ADMIN)
    assert called(text) == 200
    if how == "removed":
        members.remove(organisation=people.acme, actor=people.alice, member=member_of(people, people.adam))
    elif how == "left":
        members.leave(organisation=people.acme, actor=people.adam)
    elif how == "switched off":
        members.deactivate(people.adam)
    else:
        people.adam.delete()
    assert called(text) == 401
    if how != "deleted":
        User.objects.filter(pk=people.adam.pk).update(is_active=True)
        Membership.objects.update_or_create(organisation=people.acme, user=people.adam, defaults={"role": Role.ADMIN})
        assert called(text) == 401, "for good"


def test_a_membership_that_goes_by_another_way_ends_it_too(people):
    _, text = make(people, by=people.adam, role=Role.ADMIN)
    member_of(people, people.adam).delete()
    assert called(text) == 401


def test_it_goes_with_its_organisation(people):
    make(people)
    people.acme.delete()
    assert not ApiToken.objects.exists()


# --- Use ----------------------------------------------------------------------------------------------------------------


def test_its_use_is_noted_at_most_once_a_minute(people):
    token, text = make(people)
    start = timezone.now()
    seen = []
    for seconds in (0, 30, 59, 61):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert called(text) == 200
            token.refresh_from_db()
            seen.append(round((token.last_used_at - start).total_seconds()))
    assert seen == [0, 0, 0, 61]


@pytest.mark.parametrize("text", ["", "dfi_", "dfi_x", "dfi_" + "x" * 300, "ghp_" + "x" * 40, "dfi_\0", "dfi_é", "x" * 10**6])
def test_what_is_no_token_finds_nobody(people, text):
    make(people)
    assert tokens.find(text) is None


def test_a_token_stands_in_no_log(people, caplog):
    _, text = make(people)
    from dflow_integrations.logs import Redacted

    caplog.handler.addFilter(Redacted())
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("somebody").warning("sent %s to us", text)
        called(text)
        called(text + "x")
        Client().get(f"/nothing/{text}/")
    assert "sent" in caplog.text
    assert text not in caplog.text


# --- The page ---------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_works(people, sure):
    browser = sure(people.alice)
    answer = browser.post(PAGE, TYPED)
    token = ApiToken.objects.get()
    text = answer.content.decode().split("<code>")[1].split("</code>")[0]
    assert hashlib.sha256(text.encode()).hexdigest() == token.token_hash
    assert "Copy the token now: it is shown this once" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert f"-H &quot;Authorization: Bearer {text}&quot;" in answer.content.decode()
    assert called(text) == 200
    again = browser.get(PAGE).content.decode()
    assert text not in again
    assert token.token_hash not in again
    assert f"{token.prefix}…" in again
    assert "One token opens the API of Acme" in again
    assert abs(token.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=5)


@pytest.mark.parametrize(("days", "lasts"), [("30", 30), ("365", 365), ("0", None)])
def test_how_long_it_lasts_is_chosen(people, sure, days, lasts):
    sure(people.adam).post(PAGE, {**TYPED, "days": days})
    token = ApiToken.objects.get()
    assert (token.expires_at is None) == (lasts is None)
    assert lasts is None or abs(token.expires_at - timezone.now() - timedelta(days=lasts)) < timedelta(minutes=5)


def test_a_field_that_is_wrong_is_named_and_the_rest_is_kept(people, sure):
    browser = sure(people.alice)
    for different, says in (
        ({"name": ""}, "What uses it</a>: This field is required."),
        ({"name": "x" * 64}, "What uses it</a>: Ensure this value has at most 63 characters"),
        ({"days": "7"}, "It ends</a>: Select a valid choice"),
        ({"role": "root"}, "Role</a>: Select a valid choice"),
    ):
        text = browser.post(PAGE, {**TYPED, **different}).content.decode()
        assert says in text
        assert "One thing is not right yet" in text
        assert "name" in different or 'value="GitHub Actions of shop"' in text
    assert not ApiToken.objects.exists()


def test_a_form_that_was_tampered_with_makes_no_owners_token(people, sure):
    assert sure(people.adam).post(PAGE, {**TYPED, "role": "owner"}).status_code == 403
    assert 'value="owner"' not in sure(people.adam).get(PAGE).content.decode()


def test_making_one_takes_the_password_and_goes_on_after_it(people, signed_in):
    browser = signed_in(people.alice)
    assert browser.get(PAGE).status_code == 200
    ask = browser.post(PAGE, TYPED)
    assert ask.url.startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()
    done = browser.post(ask.url, {"password": people.password, "next": PAGE})
    assert "Copy the token now" in done.content.decode()
    assert ApiToken.objects.get().name == TYPED["name"]


def test_revoking_is_asked_once_more(people, signed_in):
    token, text = make(people)
    browser = signed_in(people.adam)
    asked = browser.get(f"{PAGE}{token.pk}/revoke/").content.decode()
    assert "Revoke the token of ci?" in asked
    assert called(text) == 200
    done = browser.post(f"{PAGE}{token.pk}/revoke/", follow=True).content.decode()
    assert "The token ci was revoked; it opens nothing any more." in done
    assert called(text) == 401
    assert "Ended in the last 30 days" in done
    assert "ci has ended already" in browser.get(f"{PAGE}{token.pk}/revoke/").content.decode()


def test_an_owners_token_shows_an_admin_who_can_revoke_it(people, signed_in):
    token, _ = make(people, role=Role.OWNER)
    browser = signed_in(people.adam)
    assert f"{PAGE}{token.pk}/revoke/" not in browser.get(PAGE).content.decode()
    assert "Only an owner revokes it" in browser.get(f"{PAGE}{token.pk}/revoke/").content.decode()
    assert browser.post(f"{PAGE}{token.pk}/revoke/").status_code == 403


def test_a_token_whose_maker_became_weaker_says_so(people, signed_in):
    make(people, by=people.adam, role=Role.ADMIN)
    Membership.objects.filter(user=people.adam).update(role=Role.VIEWER)
    assert "acts as viewer: adam@example.com is no more than that now" in signed_in(people.alice).get(PAGE).content.decode()


def test_settings_lead_there_or_say_who_can(people, signed_in):
    assert f'href="{PAGE}"' in signed_in(people.adam).get("/o/acme/settings/").content.decode()
    text = signed_in(people.vera).get("/o/acme/settings/").content.decode()
    assert f'href="{PAGE}"' not in text
    assert "Making and revoking tokens is for owners and admins" in text
    assert "adam@example.com" in text


def test_a_name_with_markup_is_shown_as_text(people, signed_in):
    make(people, name="<script>alert(1)</script>")
    text = signed_in(people.alice).get(PAGE).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_the_page_asks_the_same_number_of_queries_for_forty_tokens(people, signed_in, django_assert_max_num_queries):
    for n in range(40):
        make(people, name=f"program {n}")
    browser = signed_in(people.alice)
    with django_assert_max_num_queries(8):
        assert "40 tokens open the API of Acme" in browser.get(PAGE).content.decode()
