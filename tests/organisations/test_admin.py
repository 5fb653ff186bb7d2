"""The admin is the operator's: it shows people and the trail, guards the last owner, and tells no secret."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry

from organisations import audit, invitations, tokens
from organisations.models import AuditEvent, Membership, Organisation, Role, User
from tests.people import make_user

MODELS = ("user", "organisation", "membership", "invitation", "apitoken", "auditevent")


@pytest.fixture
def operator(people, signed_in):
    return signed_in(make_user("operator@example.com", is_staff=True, is_superuser=True))


def url(model: str, *rest: object) -> str:
    return "/admin/organisations/" + "/".join(str(part) for part in (model, *rest)) + "/"


@pytest.fixture
def invitation(people):
    return invitations.invite(organisation=people.acme, actor=people.alice, email="new@example.com", role=Role.VIEWER)[
        0
    ]


@pytest.fixture
def token(people):
    return tokens.make(organisation=people.acme, actor=people.alice, name="ci", role=Role.VIEWER, days=90)[0]


@pytest.mark.parametrize("model", MODELS)
def test_each_list_and_page_is_shown_with_its_search(people, operator, invitation, token, model):
    kind = next(m for m in admin.site._registry if m._meta.model_name == model)
    assert operator.get(url(model)).status_code == 200
    assert operator.get(url(model), {"q": "alice"}).status_code == 200
    assert operator.get(url(model, kind.objects.first().pk, "change")).status_code == 200


def test_no_hash_of_a_token_and_of_a_password_is_shown(people, operator, invitation, token):
    pages = [url("invitation"), url("invitation", invitation.pk, "change"), url("user", people.vera.pk, "change"),
             url("apitoken"), url("apitoken", token.pk, "change")]
    text = "".join(operator.get(page).content.decode() for page in pages)
    assert "new@example.com" in text
    assert invitation.token_hash not in text
    assert token.token_hash not in text
    assert people.vera.password not in text


@pytest.mark.parametrize("model", ["invitation", "apitoken", "auditevent"])
def test_what_is_only_to_be_read_is_neither_added_changed_nor_deleted(people, operator, invitation, token, model):
    pk = {"invitation": invitation, "apitoken": token}.get(model, AuditEvent.objects.first()).pk
    assert operator.get(url(model, "add")).status_code == 403
    assert operator.post(url(model, pk, "change"), {"verb": "did nothing"}).status_code == 403
    assert operator.post(url(model, pk, "delete"), {"post": "yes"}).status_code == 403


def test_an_audit_event_is_written_once(people):
    event = audit.record(people.acme, people.alice, "invited", "x@example.com")
    with pytest.raises(TypeError):
        event.save()
    with pytest.raises(TypeError):
        event.delete()


@pytest.mark.parametrize("who", ["vera", "alice"])
def test_who_is_not_staff_does_not_get_in(people, signed_in, who):
    assert signed_in(getattr(people, who)).get("/admin/").status_code in (302, 403)


def test_signing_in_to_the_admin_goes_through_the_sites_own_page(people, client):
    answer = client.get("/admin/", follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"


def test_a_last_owner_is_not_switched_off(people, operator):
    form = {"email": "alice@example.com", "name": "", "is_active": ""}
    text = operator.post(url("user", people.alice.pk, "change"), form).content.decode()
    assert "Acme would be left without an owner. Make somebody else an owner first." in text
    people.alice.refresh_from_db()
    assert people.alice.is_active


def test_somebody_else_is_switched_off(people, operator):
    answer = operator.post(url("user", people.vera.pk, "change"), {"email": "vera@example.com", "name": ""})
    people.vera.refresh_from_db()
    assert (answer.status_code, people.vera.is_active) == (302, False)


def test_a_last_owner_is_not_deleted(people, operator):
    page = operator.get(url("user", people.alice.pk, "delete")).content.decode()
    assert "alice@example.com alone owns Acme" in page
    operator.post(url("user", people.alice.pk, "delete"), {"post": "yes"})
    operator.post(url("user"), {"action": "delete_selected", "_selected_action": [people.alice.pk], "post": "yes"})
    assert User.objects.filter(pk=people.alice.pk).exists()


def test_somebody_else_is_deleted(people, operator):
    operator.post(url("user", people.vera.pk, "delete"), {"post": "yes"})
    assert not User.objects.filter(pk=people.vera.pk).exists()


def test_a_last_owner_is_neither_demoted_nor_removed(people, operator):
    member = Membership.objects.get(user=people.alice)
    text = operator.post(url("membership", member.pk, "change"), {"role": "viewer"}).content.decode()
    assert "Acme would be left without an owner." in text
    operator.post(url("membership", member.pk, "delete"), {"post": "yes"})
    operator.post(url("membership"), {"action": "delete_selected", "_selected_action": [member.pk], "post": "yes"})
    member.refresh_from_db()
    assert member.role == Role.OWNER


def test_the_operator_makes_an_owner_and_the_trail_says_who(people, operator):
    member = Membership.objects.get(user=people.adam)
    operator.post(url("membership", member.pk, "change"), {"role": "owner"})
    member.refresh_from_db()
    event = AuditEvent.objects.get(verb="changed the role of")
    assert member.role == Role.OWNER
    assert event.details == {"before": "admin", "after": "owner", "note": "by operator@example.com in the admin"}


def test_the_operator_adds_and_removes_a_member(people, operator):
    operator.post(url("membership", "add"), {"user": people.bob.pk, "organisation": people.acme.pk, "role": "viewer"})
    member = Membership.objects.get(user=people.bob, organisation=people.acme)
    operator.post(url("membership", member.pk, "delete"), {"post": "yes"})
    assert not Membership.objects.filter(pk=member.pk).exists()
    assert set(AuditEvent.objects.values_list("verb", flat=True)) == {"added", "removed"}


def test_the_operator_deletes_an_organisation_with_its_trail(people, operator, token):
    audit.record(people.acme, people.alice, "invited", "x@example.com")
    answer = operator.post(url("organisation", people.acme.pk, "delete"), {"post": "yes"})
    assert answer.status_code == 302
    assert not Organisation.objects.filter(slug="acme").exists()
    assert LogEntry.objects.get().object_repr == "Acme"


def test_a_person_is_added_by_address(people, operator):
    answer = operator.post(url("user", "add"), {"email": "Added@Example.com", "usable_password": "false"})
    assert answer.status_code == 302
    assert User.objects.get(email="added@example.com").has_usable_password() is False
