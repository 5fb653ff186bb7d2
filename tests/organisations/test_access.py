"""Who may do what: the rule as a table, each page against each role, and strangers."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from organisations.access import MAY, Action, may, require, who_can
from organisations.models import Invitation, Membership, Organisation, Role

# fmt: off
#                      viewer developer admin  owner
RULE = {
    Action.READ:       (True,  True,  True,  True),
    Action.CHECK:      (False, True,  True,  True),
    Action.MANAGE:     (False, False, True,  True),
    Action.MEMBERS:    (False, False, True,  True),
    Action.OWN:        (False, False, False, True),
}
# fmt: on
ORDER = (Role.VIEWER, Role.DEVELOPER, Role.ADMIN, Role.OWNER)
CELLS = [(action, role, allowed) for action, row in RULE.items() for role, allowed in zip(ORDER, row, strict=True)]


@pytest.mark.parametrize(("action", "role", "allowed"), CELLS)
def test_each_cell_of_the_role_table(action, role, allowed):
    assert may(Membership(role=role), action) is allowed


def test_the_table_has_every_action_and_role():
    assert set(RULE) == set(Action) == set().union(*MAY.values())
    assert set(ORDER) == set(Role) == set(MAY)


def test_nobody_without_a_membership_may_anything():
    assert not any(may(None, action) for action in Action)


@pytest.mark.parametrize(("action", "role", "allowed"), CELLS)
def test_require_follows_the_table_and_names_who_can(people, action, role, allowed):
    actor = {Role.VIEWER: people.vera, Role.DEVELOPER: people.dora, Role.ADMIN: people.adam, Role.OWNER: people.alice}[
        role
    ]
    if allowed:
        require(actor, people.acme, action)
    else:
        with pytest.raises(PermissionDenied, match=r"Your role does not allow you to .*alice@example\.com.* can\."):
            require(actor, people.acme, action)


def test_require_lets_the_command_line_through(people):
    require(None, people.acme, Action.OWN)


def test_require_refuses_a_stranger_and_staff(people):
    for stranger in (people.bob, people.sam):
        with pytest.raises(PermissionDenied):
            require(stranger, people.acme, Action.READ)


def test_who_can_names_owners_first_and_leaves_out_accounts_that_are_switched_off(people):
    assert who_can(people.acme, Action.MANAGE) == [people.alice, people.adam]
    people.adam.is_active = False
    people.adam.save()
    assert who_can(people.acme, Action.MANAGE) == [people.alice]


# Each page, by its URL name: what a GET answers, and a POST with nothing in it, to viewer, developer, admin and owner.
GET, POST = "get", "post"
PAGES = {
    ("organisation_settings", GET): (200, 200, 200, 200),
    ("organisation_settings", POST): (405, 405, 405, 405),
    ("organisation_rename", GET): (405, 405, 405, 405),
    ("organisation_rename", POST): (403, 403, 403, 200),
    ("organisation_delete", GET): (403, 403, 403, 200),
    ("organisation_delete", POST): (403, 403, 403, 302),  # asks for the password first
    ("members", GET): (200, 200, 200, 200),
    ("members", POST): (405, 405, 405, 405),
    ("invitation_new", GET): (405, 405, 405, 405),
    ("invitation_new", POST): (403, 403, 200, 200),
    ("invitation_revoke", GET): (405, 405, 405, 405),
    ("invitation_revoke", POST): (403, 403, 302, 302),
    ("member_role", GET): (405, 405, 405, 405),
    ("member_role", POST): (403, 403, 302, 302),
    ("member_remove", GET): (403, 403, 200, 200),
    ("member_remove", POST): (403, 403, 302, 302),
    ("member_leave", GET): (200, 200, 200, 200),
    ("member_leave", POST): (302, 302, 302, 302),
}


@pytest.fixture
def address(people):
    """address(name) -> the URL in acme; the member and the invitation are real ones of acme."""
    member = Membership.objects.get(user=people.vera)
    invitation = Invitation.objects.create(
        organisation=people.acme,
        email="x@example.com",
        role=Role.VIEWER,
        token_hash="0" * 64,
        invited_by=people.alice,
        expires_at="2099-01-01T00:00:00Z",
    )

    def make(name: str) -> str:
        kwargs = {"org": "acme"}
        if name in ("member_role", "member_remove"):
            kwargs["member"] = member.pk
        if name == "invitation_revoke":
            kwargs["invitation"] = invitation.pk
        return reverse(name, kwargs=kwargs)

    return make


@pytest.mark.parametrize(("name", "method"), list(PAGES))
def test_each_page_against_each_role(people, address, signed_in, name, method):
    answers = [
        getattr(signed_in(who), method)(address(name)).status_code
        for who in (people.vera, people.dora, people.adam, people.alice)
    ]
    if name == "member_remove" and method == POST:
        answers[3] = 302 if answers[3] == 404 else answers[3]  # the admin removed her before
    assert tuple(answers) == PAGES[name, method]


@pytest.mark.parametrize(("name", "method"), [key for key in PAGES if PAGES[key] != (405,) * 4])
def test_strangers_and_staff_get_404_as_for_an_organisation_that_is_not_there(people, address, signed_in, name, method):
    url = address(name)
    for who in (people.bob, people.sam):
        client = signed_in(who)
        here, nowhere = getattr(client, method)(url), getattr(client, method)(url.replace("acme", "no-such"))
        assert here.status_code == nowhere.status_code == 404
        assert _body(here) == _body(nowhere)
    assert "Acme" not in here.content.decode()


def _body(answer) -> list[str]:
    """The page without its tokens, which differ each time."""
    return [line for line in answer.content.decode().splitlines() if "csrf" not in line.lower()]


@pytest.mark.parametrize(("name", "method"), [key for key in PAGES if PAGES[key] != (405,) * 4])
def test_nobody_signed_in_is_sent_to_sign_in(people, address, client, name, method):
    answer = getattr(client, method)(address(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/")


def test_a_member_who_was_removed_is_a_stranger_at_the_next_request(people, signed_in):
    client = signed_in(people.vera)
    assert client.get("/o/acme/members/").status_code == 200
    Membership.objects.get(user=people.vera).delete()
    assert client.get("/o/acme/members/").status_code == 404


def test_an_account_that_is_switched_off_is_signed_out_at_the_next_request(people, signed_in):
    client = signed_in(people.vera)
    people.vera.is_active = False
    people.vera.save()
    assert client.get("/o/acme/members/").status_code == 302


def test_ids_of_another_organisation_are_not_found_below_ones_own(people, signed_in):
    """Bob owns Globex; a member and an invitation of Acme do not exist there."""
    vera = Membership.objects.get(user=people.vera)
    foreign = Invitation.objects.create(
        organisation=people.acme,
        email="x@example.com",
        role=Role.VIEWER,
        token_hash="0" * 64,
        invited_by=people.alice,
        expires_at="2099-01-01T00:00:00Z",
    )
    bob = signed_in(people.bob)
    assert bob.post(f"/o/globex/members/{vera.pk}/role/", {"role": "owner"}).status_code == 404
    assert bob.get(f"/o/globex/members/{vera.pk}/remove/").status_code == 404
    assert bob.post(f"/o/globex/members/{vera.pk}/remove/").status_code == 404
    assert bob.post(f"/o/globex/invitations/{foreign.pk}/revoke/").status_code == 404
    vera.refresh_from_db()
    foreign.refresh_from_db()
    assert (vera.role, foreign.revoked_at) == (Role.VIEWER, None)


def test_a_weak_role_is_told_who_can(people, signed_in):
    answer = signed_in(people.vera).post("/o/acme/members/invite/", {"email": "x@example.com", "role": "viewer"})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "This is not for your role" in text
    assert "alice@example.com and adam@example.com can." in text


@pytest.mark.parametrize(
    "path", [key for key in PAGES if key[1] == POST and PAGES[key] != (405,) * 4] + [("organisation_new", POST)]
)
def test_every_post_needs_its_token(people, address, signed_in, path):
    name = path[0]
    client = signed_in(people.alice, enforce_csrf_checks=True)
    url = reverse(name) if name == "organisation_new" else address(name)
    answer = client.post(url, {"name": "Sneaked", "role": "owner", "email": "evil@example.com"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()
    assert Organisation.objects.count() == 2
    assert Membership.objects.filter(organisation=people.acme).count() == 4
