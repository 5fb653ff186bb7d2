"""Every URL × method × person, made from the URLconf: a URL without a row here fails.

A stranger, the owner of another Organisation and staff get 404 from an Organisation's pages, a member whose role is too
weak gets 403, and whoever is not signed in is sent to sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from checks.models import HandOff, Integration, Service
from organisations.access import MAY, Action
from organisations.models import ApiToken, Invitation, Membership
from tests.checks.pages.conftest import GITHUB, Scene
from tests.people import make_user

PERSONS = ("anonymous", "stranger", "viewer", "developer", "admin", "owner", "owner of another", "staff")
MEMBERS = {"viewer": "vera", "developer": "dora", "admin": "adam", "owner": "alice"}
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
PUBLIC, SIGNED_IN = "public", "signed in"


@dataclass(frozen=True)
class Row:
    """may: an action of the role table, or PUBLIC, or SIGNED_IN. methods: what it answers. kwargs: of its address.

    refuses: the page may answer 400, for what it was asked with is nothing that was begun.
    """

    may: Action | str
    methods: tuple[str, ...] = GET
    kwargs: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    refuses: bool = False


APP = {"name": "app-main"}
HERE, SERVICE, KIND = {"name": "gitea-main"}, {"name": "shop-api"}, {"provider": "gitea"}
TABLE: dict[str, Row] = {
    # of the app checks
    "healthz": Row(PUBLIC),
    "readyz": Row(PUBLIC),
    "guides": Row(PUBLIC),
    "guide": Row(PUBLIC, kwargs=KIND),
    "guide_layer": Row(PUBLIC, kwargs={"layer": "git-token"}),
    "webhook": Row(PUBLIC, POST, {**KIND, "integration": "no-such-integration"}, refuses=True),
    "checklist": Row(Action.READ),
    "check_all": Row(Action.CHECK, POST),
    "activity": Row(Action.READ),
    "search": Row(Action.READ),
    "print": Row(Action.READ),
    "diagnose": Row(Action.READ, BOTH),
    "diagnose_rows": Row(Action.READ),
    "integrations": Row(Action.READ),
    "integration_choose": Row(Action.MANAGE),
    "integration_new": Row(Action.MANAGE, BOTH, KIND),
    "integration": Row(Action.READ, kwargs=HERE),
    "integration_rows": Row(Action.READ, kwargs=HERE),
    "integration_check": Row(Action.CHECK, POST, HERE),
    "integration_edit": Row(Action.MANAGE, BOTH, HERE),
    "integration_pause": Row(Action.MANAGE, POST, HERE),
    "integration_resume": Row(Action.MANAGE, POST, HERE),
    "integration_disconnect": Row(Action.MANAGE, BOTH, HERE),
    "integration_restore": Row(Action.MANAGE, POST, {"name": "gone"}),
    "hand_off": Row(Action.MANAGE, BOTH, HERE),
    "hand_off_revoke": Row(Action.MANAGE, POST, {**HERE, "link": "hand_off"}),
    "hand_off_follow": Row(PUBLIC, BOTH, {"token": "no-such-token"}),
    "handed_off": Row(PUBLIC, kwargs={"key": "no-such-link"}, refuses=True),
    "handed_off_live": Row(PUBLIC, kwargs={"key": "no-such-link"}, refuses=True),
    "handed_off_check": Row(PUBLIC, POST, {"key": "no-such-link"}, refuses=True),
    "integration_move": Row(Action.MANAGE, BOTH, HERE),
    "integration_trust": Row(Action.MANAGE, POST, HERE),
    "integration_repositories": Row(Action.MANAGE, kwargs=HERE),
    "integration_refs": Row(Action.MANAGE, kwargs=HERE),
    "setup_github": Row(Action.MANAGE, BOTH),
    "integration_install": Row(Action.MANAGE, BOTH, APP),
    "integration_installation": Row(Action.MANAGE, POST, APP, refuses=True),
    "integration_approval": Row(Action.MANAGE, kwargs=APP),
    "integration_redeliver": Row(Action.MANAGE, POST, APP),
    "setup_github_created": Row(SIGNED_IN, refuses=True),
    "setup_github_again": Row(SIGNED_IN, POST, refuses=True),
    "setup_github_installed": Row(SIGNED_IN, refuses=True),
    "services": Row(Action.READ),
    "service_new": Row(Action.MANAGE, BOTH),
    "service": Row(Action.READ, kwargs=SERVICE),
    "service_gate": Row(Action.READ, kwargs=SERVICE),
    "service_gate_ask": Row(Action.CHECK, POST, SERVICE),
    "service_badge": Row(Action.MANAGE, POST, SERVICE),
    "service_badge_renew": Row(Action.MANAGE, POST, SERVICE),
    "service_badge_remove": Row(Action.MANAGE, POST, SERVICE),
    "badge": Row(PUBLIC, kwargs={"token": "no-such-token"}, refuses=True),
    "service_edit": Row(Action.MANAGE, BOTH, SERVICE),
    "service_remove": Row(Action.MANAGE, BOTH, SERVICE),
    "service_variables_forget": Row(Action.MANAGE, POST, SERVICE),
    "service_correct": Row(Action.MANAGE, POST, SERVICE),
    "service_put_back": Row(Action.MANAGE, POST, SERVICE),
    # of the app organisations
    "home": Row(SIGNED_IN),
    "favicon": Row(PUBLIC),
    "organisation_new": Row(SIGNED_IN, BOTH),
    "organisation_settings": Row(Action.READ),
    "organisation_rename": Row(Action.OWN, POST),
    "organisation_delete": Row(Action.OWN, BOTH),
    "tokens": Row(Action.MEMBERS, BOTH),
    "token_revoke": Row(Action.MEMBERS, BOTH, {"token": "api_token"}),
    "members": Row(Action.READ),
    "invitation_new": Row(Action.MEMBERS, POST),
    "member_leave": Row(Action.READ, BOTH),
    "member_role": Row(Action.MEMBERS, POST, {"member": "member"}, {"role": "viewer"}),
    "member_remove": Row(Action.MEMBERS, BOTH, {"member": "member"}),
    "invitation_revoke": Row(Action.MEMBERS, POST, {"invitation": "invitation"}),
    "invitation": Row(PUBLIC),
    "invitation_accept": Row(PUBLIC, kwargs={"token": "no-such-token"}),
}
# Families with rules of their own; every URL below such a prefix is tested by that rule.
FAMILIES = ("accounts/", "admin/", "api/")  # api/: tests/checks/api/test_callers.py


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every URL of the site with its whole route."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, route)
        else:
            yield route, entry


OURS = {pattern.name: (route, pattern) for route, pattern in patterns() if not route.startswith(FAMILIES)}


def test_every_url_has_a_row_and_every_row_a_url():
    assert None not in OURS, "a URL without a name"
    assert set(OURS) == set(TABLE)


def test_a_page_of_an_organisation_declares_what_the_table_says():
    for name, (route, pattern) in OURS.items():
        declared = getattr(pattern.callback, "action", None)
        if route.startswith("o/<str:org>/"):
            assert declared == TABLE[name].may, name
        else:
            assert declared is None, name
            assert TABLE[name].may in (PUBLIC, SIGNED_IN), name


@pytest.fixture
def world(people):
    """Something behind every address, the same in both Organisations but for its names."""
    scene = Scene(people.acme)
    scene.verified()
    scene.integration("gone", removed_at=scene.now)
    scene.integration("app-main", "github", settings=GITHUB)
    theirs = Scene(people.globex)
    theirs.verified("their-gitea", "their-shop")
    invitation = Invitation.objects.create(
        organisation=people.acme,
        email="x@example.com",
        role="viewer",
        token_hash="h",
        invited_by=people.alice,
        expires_at=scene.now.replace(year=scene.now.year + 1),
    )
    people.stranger = make_user("stranger@example.com")
    handed = HandOff.objects.create(
        organisation=people.acme, integration=Integration.objects.get(name="gitea-main"), check_slug="token_accepted",
        token_hash="h", made_by=people.alice, expires_at=invitation.expires_at)
    people.ids = {"member": Membership.objects.get(user=people.dora).pk, "invitation": invitation.pk, "hand_off": handed.pk}
    token = ApiToken.objects.create(organisation=people.acme, name="ci", role="viewer", token_hash="h", made_by=people.alice)
    people.ids["api_token"] = token.pk
    people.users = {
        "anonymous": None,
        "stranger": people.stranger,
        "owner of another": people.bob,
        "staff": people.sam,
        **{person: getattr(people, name) for person, name in MEMBERS.items()},
    }
    return people


def address(world, name: str, /, **different: Any) -> str:
    route, _ = OURS[name]
    kwargs = {k: world.ids.get(v, v) for k, v in TABLE[name].kwargs.items()}
    return reverse(name, kwargs={**kwargs, **({"org": "acme"} if "<str:org>" in route else {}), **different})


def expected(row: Row, person: str, method: str) -> tuple[int, ...]:
    if method not in row.methods and not (row.may == PUBLIC and method == "POST"):
        return (405,)
    refused = (400, 404) if row.refuses else ()
    if row.may == PUBLIC:
        return (200, 302, 405, 503, *refused)
    if person == "anonymous":
        return (302,)
    if row.may == SIGNED_IN:
        return (200, 302, *refused)
    if person not in MEMBERS:
        return (404,)
    return (200, 286, 302, *refused[:1]) if row.may in MAY[person] else (403,)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_person_gets_what_the_table_says(world, client, name, method):
    row, got = TABLE[name], {}
    for person in PERSONS:
        with transaction.atomic():
            client.logout()
            if world.users[person] is not None:
                client.force_login(world.users[person])
            ask: Callable[..., Any] = client.get if method == "GET" else client.post
            answer = ask(address(world, name), row.data if method == "POST" else None)
            got[person] = answer.status_code
            if answer.status_code == 302 and person == "anonymous" and row.may != PUBLIC:
                assert answer["Location"].startswith("/accounts/login/"), name
            transaction.set_rollback(True)
    wrong = {person: status for person, status in got.items() if status not in expected(row, person, method)}
    assert not wrong, {person: (status, expected(row, person, method)) for person, status in wrong.items()}


@pytest.mark.parametrize(
    "name", sorted(n for n, row in TABLE.items() if set(row.kwargs) & {"name", "member", "invitation"})
)
def test_what_is_another_organisation_s_is_absent_here(world, client, name):
    row = TABLE[name]
    foreign: dict[str, Any] = (
        {"name": "their-gitea" if row.kwargs is not SERVICE else "their-shop"} if "name" in row.kwargs else {}
    )
    if "member" in row.kwargs:
        foreign["member"] = Membership.objects.get(user=world.bob).pk
    if "invitation" in row.kwargs:
        foreign["invitation"] = Invitation.objects.create(
            organisation=world.globex,
            email="y@example.com",
            role="viewer",
            token_hash="g",
            invited_by=world.bob,
            expires_at=Invitation.objects.get().expires_at,
        ).pk
    client.force_login(world.alice)
    for method in row.methods:
        ask = client.get if method == "GET" else client.post
        assert ask(address(world, name, **foreign), row.data if method == "POST" else None).status_code == 404, method


def test_a_removed_member_is_a_stranger(world, client):
    Membership.objects.filter(user=world.dora).delete()
    client.force_login(world.dora)
    for name, row in TABLE.items():
        if isinstance(row.may, Action) and "GET" in row.methods and "member" not in row.kwargs:
            assert client.get(address(world, name)).status_code == 404, name


def test_an_absent_organisation_answers_as_one_of_others(world, client):
    client.force_login(world.alice)
    for org in ("globex", "nowhere"):
        assert client.get(f"/o/{org}/").status_code == 404


def test_a_form_of_a_page_cannot_use_what_is_another_organisation_s(world, client):
    client.force_login(world.alice)
    answer = client.post(
        "/o/acme/services/new/?kind=app",
        {
            "name": "stolen",
            "integration": "their-gitea",
            "ref": "main",
            "repository": "https://git.example.com/a/b.git",
        },
    )
    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert not Service.objects.filter(name="stolen").exists()


def test_a_post_without_its_token_is_refused(world):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.alice)
    assert strict.post("/o/acme/integrations/gitea-main/check/").status_code == 403


ADMIN = sorted(
    {route for route, _ in patterns() if route.startswith("admin/") and "<" not in route and "(?P" not in route}
)


@pytest.mark.parametrize("route", ADMIN)
def test_the_admin_is_for_staff_alone(world, client, route):
    for person in PERSONS:
        client.logout()
        if world.users[person] is not None:
            client.force_login(world.users[person])
        answer = client.get(f"/{route}")
        if person == "staff" or route in ("admin/login/", "admin/logout/"):
            assert answer.status_code in (200, 302, 403, 405), (person, answer.status_code)
        elif person == "anonymous":
            assert (answer.status_code, answer["Location"].split("?")[0]) in (
                (302, "/admin/login/"),
                (302, "/accounts/login/"),
            ), person
        else:
            assert answer.status_code in (302, 403, 404), (person, answer.status_code)


ACCOUNT = sorted(
    {route for route, _ in patterns() if route.startswith("accounts/") and "<" not in route and "(?P" not in route}
)


@pytest.mark.parametrize("route", ACCOUNT)
def test_account_pages_are_about_oneself_and_answer_everybody(world, client, route):
    """allauth's own: a page, a redirect to sign in, or a refusal; never a fault, never another person's address."""
    for person in ("anonymous", "viewer", "staff"):
        client.logout()
        if world.users[person] is not None:
            client.force_login(world.users[person])
        answer = client.get(f"/{route}")
        assert answer.status_code in (200, 302, 403, 404, 405), (person, answer.status_code)
        assert "alice@example.com" not in answer.content.decode()
