"""Every operation × caller, made from the API's own list of operations: one without a row here fails."""
from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from checks.api.document import description, needs, operations
from checks.models import Run
from organisations import members
from organisations.access import MAY, Action
from organisations.models import ApiToken, AuditEvent, Membership, Role
from tests.checks.api.conftest import Program, token_of
from tests.checks.pages.conftest import Scene

ORG = "/organisations/{org}"


@dataclass(frozen=True)
class Row:
    """may: what its caller needs. good: the status for whoever may. body: of a POST."""

    may: Action
    method: str
    path: str
    good: int = 200
    body: str | None = None


TABLE = {
    "list_integrations": Row(Action.READ, "get", f"{ORG}/integrations"),
    "read_integration": Row(Action.READ, "get", f"{ORG}/integrations/gitea-main"),
    "verify_integration": Row(Action.CHECK, "post", f"{ORG}/integrations/gitea-main/verify", 202),
    "read_run": Row(Action.READ, "get", ORG + "/runs/{run}"),
    "preflight_service": Row(Action.CHECK, "get", f"{ORG}/services/shop-api/preflight"),
    "list_findings": Row(Action.READ, "get", f"{ORG}/findings"),
    "diagnose": Row(Action.READ, "post", "/diagnose",
                    body='{"text": "fatal: repository not found", "organisation": "ORG"}'),
}
ROLES = {role.value: role for role in Role}
REFUSED = ("no token", "wrong", "no scheme", "revoked", "expired", "removed member", "switched-off member")
CALLERS = (*REFUSED, *ROLES, "developer by one who only reads now", "other Organisation", "other Organisation at home")


def test_every_operation_has_a_row_and_every_row_an_operation():
    assert {operation.operation_id for operation in operations()} == set(TABLE)
    assert {o["operationId"] for path in description()["paths"].values() for o in path.values()} == set(TABLE)


def test_every_operation_declares_what_the_table_says():
    for operation in operations():
        assert needs(operation).action == TABLE[operation.operation_id].may, operation.operation_id
        assert [method.lower() for method in operation.methods] == [TABLE[operation.operation_id].method]


def test_every_address_below_api_is_one_of_them_or_is_public():
    def names(resolver, prefix=""):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from names(entry, route)
            elif isinstance(entry, URLPattern) and route.startswith("api/"):
                yield route
    public = {"api/", "api/v1/openapi.json"}
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in names(get_resolver())} - public
    assert served == {path.lstrip("/") for path in description()["paths"]}


@pytest.fixture
def world(people):
    scene = Scene(people.acme)
    people.run = Run.objects.get(integration=scene.verified())
    theirs = Scene(people.globex)
    theirs.verified("their-gitea", "their-shop")
    people.tokens = {
        "no token": None, "wrong": "dfi_" + "x" * 43, "no scheme": token_of(people.acme, people.alice, "owner", name="bare"),
        "revoked": token_of(people.acme, people.alice, "owner", name="revoked"),
        "expired": token_of(people.acme, people.alice, "owner", name="expired"),
        "removed member": token_of(people.acme, people.adam, "admin"),
        **{role: token_of(people.acme, people.alice, role) for role in ROLES},
        "developer by one who only reads now": token_of(people.acme, people.vera, "developer"),
        "other Organisation": token_of(people.globex, people.bob, "owner"),
    }
    people.tokens["other Organisation at home"] = people.tokens["other Organisation"]
    Membership.objects.create(organisation=people.acme, user=people.sam, role=Role.ADMIN)
    people.tokens["switched-off member"] = token_of(people.acme, people.sam, "admin")
    ApiToken.objects.filter(name="revoked").update(revoked_at=scene.now)
    ApiToken.objects.filter(name="expired").update(expires_at=scene.now)
    members.remove(organisation=people.acme, actor=people.alice, member=Membership.objects.get(user=people.adam))
    members.deactivate(people.sam)
    return people


def ask(world, caller: str, row: Row):
    org = "globex" if caller == "other Organisation at home" else "acme"
    run = world.run.pk if org == "acme" else Run.objects.get(integration__organisation=world.globex).pk
    path = row.path.format(org=org, run=run)
    if org == "globex":
        path = path.replace("gitea-main", "their-gitea").replace("shop-api", "their-shop")
    program = Program(world.tokens[caller], Client())
    headers = {"Authorization": world.tokens[caller]} if caller == "no scheme" else {}
    body = row.body.replace("ORG", org) if row.body else None
    return program.ask(row.method, path, body, **headers)


def expected(caller: str, row: Row) -> int:
    if caller in REFUSED:
        return 401
    if caller == "other Organisation":
        return 404
    role = {"developer by one who only reads now": Role.VIEWER, "other Organisation at home": Role.OWNER}.get(
        caller) or ROLES[caller]
    return row.good if row.may in MAY[role] else 403


@pytest.mark.parametrize("operation", sorted(TABLE))
def test_each_caller_gets_what_the_table_says(world, operation):
    row, wrong = TABLE[operation], {}
    for caller in CALLERS:
        with transaction.atomic():
            answer = ask(world, caller, row)
            if answer.status_code != expected(caller, row):
                wrong[caller] = (answer.status_code, expected(caller, row), answer.content)
            transaction.set_rollback(True)
    assert not wrong


@pytest.mark.parametrize("caller", REFUSED)
def test_who_is_refused_learns_no_reason(world, caller):
    answer = ask(world, caller, TABLE["list_findings"])
    told, header = answer.json(), answer["WWW-Authenticate"]
    if caller in ("no token", "no scheme"):
        assert (told["code"], header) == ("token_needed", 'Bearer realm="dFlow integrations"')
    else:
        assert (told["code"], header) == ("invalid_token", 'Bearer realm="dFlow integrations", error="invalid_token"')
        assert told["detail"] == "No token that is open is spelled like this one."
    assert "acme" not in answer.content.decode().lower()


def test_a_weak_role_is_told_what_it_takes(world):
    answer = ask(world, "viewer", TABLE["verify_integration"])
    assert answer.json()["detail"] == ("This token acts as viewer. To check a row or an integration again, and run the deploy "
                                       "gate takes at least the role developer.")
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]
    assert not Run.objects.filter(state="queued").exists()


def test_what_is_another_organisations_answers_as_what_is_absent(world):
    mine, theirs = Program(world.tokens["owner"], Client()), Run.objects.get(integration__organisation=world.globex).pk
    absent = {path: mine.get(path).json() for path in (
        "/organisations/nowhere/integrations", "/organisations/globex/integrations", "/organisations/globex/findings",
        "/organisations/acme/integrations/their-gitea", "/organisations/acme/integrations/nothing",
        "/organisations/acme/services/their-shop/preflight", f"/organisations/acme/runs/{theirs}",
        f"/organisations/acme/runs/{uuid.uuid4()}", "/organisations/acme/integrations/%00", "/organisations/acme/integrations/A",
    )}
    assert {told["status"] for told in absent.values()} == {404}
    assert len({str(told) for told in absent.values()}) == 1


def test_a_session_opens_nothing(people):
    browser = Client()
    browser.force_login(people.alice)
    for row in TABLE.values():
        path = row.path.format(org="acme", run=uuid.uuid4())
        assert Program(None, browser).ask(row.method, path, row.body).status_code == 401


def test_no_csrf_token_is_asked_for(world):
    strict = Program(world.tokens["developer"], Client(enforce_csrf_checks=True))
    assert strict.post("/organisations/acme/integrations/gitea-main/verify").status_code == 202


@pytest.mark.parametrize("header", ["Basic {}", "Token {}", "Bearer", "Bearer {} {}", "Bearer {}x", "Bearer \xe9", "{}"])
def test_a_header_that_is_nearly_right_opens_nothing(program, header):
    text = program("owner").token
    answer = Program(None, Client()).get("/organisations/acme/findings", Authorization=header.format(text, text))
    assert answer.status_code == 401


def test_a_token_in_the_address_opens_nothing(program):
    text = program("owner").token
    assert Program(None, Client()).get(f"/organisations/acme/findings?access_token={text}").status_code == 401


def test_the_scheme_is_read_whatever_its_case(program):
    text = program("viewer").token
    assert Program(None, Client()).get("/organisations/acme/findings", Authorization=f"bearer  {text}").status_code == 200


def test_what_a_token_did_stands_in_the_trail_under_its_name(world):
    Program(world.tokens["developer"], Client()).post("/organisations/acme/integrations/gitea-main/verify")
    event = AuditEvent.objects.first()
    assert (event.actor, event.verb, event.subject) == (world.alice, "asked for a check of", "gitea-main")
    assert event.details["token"] == ApiToken.objects.get(role="developer", made_by=world.alice).name
