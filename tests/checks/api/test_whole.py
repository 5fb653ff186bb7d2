"""What holds for every answer: problems, limits, methods, headers, the description, and the page that explains it."""
from __future__ import annotations

import contextlib
import logging
import re

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from checks.api import limits
from checks.api.document import description, needs, operations
from checks.api.problems import KINDS
from tests.checks.api.conftest import PROBLEM, Program
from tests.checks.api.test_callers import TABLE

LIST = "/organisations/acme/integrations"


# --- The description ----------------------------------------------------------------------------------------------
def test_the_description_is_openapi_3_1_for_everybody(client, db):
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    told = answer.json()
    validate(told)
    assert told["openapi"].startswith("3.1")
    assert told["servers"] == [{"url": "http://testserver"}]
    assert told["components"]["securitySchemes"] == {"Token": {"type": "http", "scheme": "bearer"}}
    assert all(o["security"] == [{"Token": []}] for path in told["paths"].values() for o in path.values())
    assert client.head("/api/v1/openapi.json").status_code == 200
    assert client.post("/api/v1/openapi.json").status_code == 405


def test_the_names_that_an_operation_reads_are_those_it_describes():
    told = {o["operationId"]: o for path in description()["paths"].values() for o in path.values()}
    for operation in operations():
        described = {p["name"] for p in told[operation.operation_id]["parameters"] if p["in"] == "query"}
        assert described == set(needs(operation).query), operation.operation_id


def test_a_name_that_nobody_reads_is_an_error_everywhere(program, people):
    for row in TABLE.values():
        path = row.path.format(org="acme", run="0" * 8 + "-0000-4000-8000-" + "0" * 12)
        answer = program("owner", name=row.path).ask(row.method, f"{path}?max-age=0", row.body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "max-age"), path


# --- The page -----------------------------------------------------------------------------------------------------
def test_the_page_explains_every_operation_and_problem(client, db):
    answer = client.get("/api/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "unsafe" not in answer["Content-Security-Policy"]
    for operation in operations():
        assert f'id="{operation.operation_id}"' in text
    for code in KINDS:
        assert f'id="{code}"' in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert not re.search(r'(?:src|href)="https?://(?!testserver)', text)
    assert text.count("<h1>") == 1


def test_every_problem_leads_to_its_line_of_the_page(client, reader):
    told = reader.get(f"{LIST}/nothing").json()
    assert told["type"] == "http://testserver/api/#not_found"


# --- Methods and addresses ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("method", "path", "allow"), [
    ("post", LIST, "GET"), ("delete", f"{LIST}/x", "GET"), ("get", f"{LIST}/x/verify", "POST"), ("patch", "/diagnose", "POST"),
    ("options", LIST, "GET"), ("put", "/organisations/acme/findings", "GET")])
def test_another_method_is_told_which_is_answered(reader, method, path, allow):
    answer = reader.ask(method, path)
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, allow, "method_not_allowed")


def test_head_answers_as_get_without_its_content(reader, people):
    whole, head = reader.get(LIST), reader.ask("head", LIST)
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(whole.content)))


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/nothing", "/api/v2/x", f"/api/v1{LIST}/", "/api/v1/organisations/acme/runs/x",
                                  "/api/v1/docs", "/api/nothing"])
def test_what_is_not_there_is_a_problem_and_no_page(client, db, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (404, PROBLEM, "not_found")


def test_no_answer_is_kept_by_a_cache_or_framed(reader, people):
    for answer in (reader.get(LIST), reader.get("/nothing"), Program(None, Client()).get(LIST)):
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer
        assert not answer.cookies
        assert "Access-Control-Allow-Origin" not in answer


# --- Faults -------------------------------------------------------------------------------------------------------
def test_a_fault_is_ours_tells_nothing_and_is_logged_without_secrets(reader, monkeypatch, caplog):
    from checks.actions import reports
    from dflow_integrations.logs import Redacted
    from organisations.models import Organisation
    from tests.checks.pages.conftest import Scene
    Scene(Organisation.objects.get(slug="acme")).verified()

    def broken(row):
        raise RuntimeError(f"token=glpat-abcdefghijklmnopqrst of {row}")

    monkeypatch.setattr(reports, "finding", broken)
    caplog.handler.addFilter(Redacted())
    with caplog.at_level(logging.ERROR):
        answer = reader.get("/organisations/acme/findings")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "glpat" not in answer.content.decode()
    assert "The API failed: RuntimeError" in caplog.text
    assert "glpat-abcdefghij" not in caplog.text
    assert reader.token not in caplog.text


# --- Limits -------------------------------------------------------------------------------------------------------
@pytest.fixture
def still():
    """Twenty seconds past a full minute, and it stays so."""
    with time_machine.travel("2026-11-24T10:00:20Z", tick=False):
        yield


def test_what_is_left_is_told_and_above_it_one_waits(still, program, monkeypatch):
    reader = program("viewer")
    monkeypatch.setattr(limits, "CALLS", limits.Limit("calls", 3))
    answers = [reader.get(LIST) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a["RateLimit"] for a in answers] == [f'"calls";r={left};t=40' for left in (2, 1, 0, 0)]
    assert answers[3]["RateLimit-Policy"] == '"calls";q=3;w=60'
    assert (answers[3]["Retry-After"], answers[3].json()["code"]) == ("40", "too_many_requests")
    assert program("viewer", name="another").get(LIST).status_code == 200


def test_what_asks_providers_has_a_limit_of_its_own(still, program, integration, monkeypatch):
    pipeline = program("developer")
    monkeypatch.setattr(limits, "ASKS", limits.Limit("asks", 1))
    assert [pipeline.post(f"{LIST}/main/verify").status_code for _ in range(2)] == [202, 429]
    assert pipeline.get(LIST).status_code == 200


def test_guessing_is_counted_by_address_and_costs_a_token_nothing(still, program, monkeypatch):
    reader, guesser = program("viewer"), Program("dfi_" + "g" * 43, Client())
    monkeypatch.setattr(limits, "STRANGERS", limits.Limit("strangers", 2))
    assert [guesser.get(LIST).status_code for _ in range(3)] == [401, 401, 429]
    assert reader.get(LIST).status_code == 200
    elsewhere = Program(None, Client(REMOTE_ADDR="192.0.2.7"))
    assert elsewhere.get(LIST).status_code == 401


def test_the_next_minute_begins_anew(program, monkeypatch):
    monkeypatch.setattr(limits, "CALLS", limits.Limit("calls", 1))
    with time_machine.travel("2026-11-24T10:00:20Z", tick=False) as clock:
        reader = program("viewer")
        assert [reader.get(LIST).status_code for _ in range(2)] == [200, 429]
        clock.shift(41)
        assert reader.get(LIST).status_code == 200


# --- Anything at all ------------------------------------------------------------------------------------------------
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operation=st.sampled_from(sorted(TABLE)), name=WORDS, query=st.dictionaries(
    st.sampled_from(["limit", "cursor", "status", "max_age", "integration", "required", "x"]), WORDS, max_size=3),
    body=st.one_of(st.binary(max_size=60), st.just(b'{"text": "\\ud800"}'), st.just(b'{"text": "x", "organisation": "\\u0000"}')))
def test_whatever_is_sent_the_answer_is_one_that_is_described(reader, monkeypatch, operation, name, query, body):
    """Names, queries and bodies of any kind: no fault, and no status or shape that the description does not have."""
    from urllib.parse import quote, urlencode
    monkeypatch.setattr(limits, "CALLS", limits.Limit("calls", 10**9))
    monkeypatch.setattr(limits, "ASKS", limits.Limit("asks", 10**9))
    row = TABLE[operation]
    path = row.path.format(org="acme", run=quote(name, safe="") or "x")
    path = path.replace("gitea-main", quote(name, safe="") or "x").replace("shop-api", quote(name, safe="") or "x")
    with contextlib.suppress(AssertionError) if "%2F" in path else contextlib.nullcontext():
        answer = reader.ask(row.method, f"{path}?{urlencode(query)}", body if row.method == "post" else None)
        assert answer.status_code < 500, answer.content
