"""What each operation answers: the documents of the commands, of real runs against a server on loopback."""
from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checks.actions import diagnose as diagnosing
from checks.actions import preflight, reports, verify
from checks.api.schema import Diagnosis, Finding, Integration, Preflight
from checks.diagnosis.engine import diagnose as read
from checks.models import Finding as FindingRow
from checks.models import Run, Service
from organisations.models import ApiToken, AuditEvent
from tests.checks.engine.conftest import TOKEN
from tests.checks.pages.conftest import GITHUB, SECRET, Scene

MAIN = "/organisations/acme/integrations/main"
MESSAGE = "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://oauth2:glpat-abcdefghij0123456789@git.example.com/a/b.git/'\n"


@pytest.fixture
def proven(integration, make_service):
    """An integration that was asked, with a service."""
    make_service(integration, "shop")
    verify.now(organisation=integration.organisation, actor=None, name=integration.name)
    integration.refresh_from_db()
    return integration


# --- Integrations ------------------------------------------------------------------------------------------------
def test_an_integration_is_told_as_connect_tells_it(reader, proven, people):
    told = reader.get(MAIN).json()
    findings = told.pop("findings")
    assert told == reports.integration(proven) == {
        "id": str(proven.pk), "organisation": "acme", "integration": "main", "provider": "loopback",
        "settings": proven.settings, "credentials": ["token"], "status": "verified"}
    assert [f["check"] for f in findings] == ["token_accepted", "canary_removed", "repository_there"]
    assert {f["status"] for f in findings} == {"pass"}
    assert reader.get("/organisations/acme/integrations").json() == {"items": [told], "next": None}


def test_the_address_of_webhooks_is_told_where_the_provider_sends_some(reader, people):
    row = Scene(people.acme).integration("app-main", "github", settings=GITHUB)
    told = reader.get("/organisations/acme/integrations/app-main").json()
    assert told["webhook_url"].endswith(f"/webhooks/github/{row.pk}")
    assert told["credentials"] == sorted(row.sealed)


def test_no_answer_holds_a_credential_or_its_sealed_form(pipeline, people, proven):
    row = Scene(people.acme).verified()
    said = [pipeline.get(path).content.decode() for path in (
        "/organisations/acme/integrations", "/organisations/acme/integrations/gitea-main", MAIN, "/organisations/acme/findings",
        "/organisations/acme/services/shop/preflight?max_age=0", f"/organisations/acme/runs/{proven.runs.first().pk}")]
    said.append(pipeline.post(f"{MAIN}/verify").content.decode())
    for secret in (SECRET, TOKEN, *row.sealed.values(), *proven.sealed.values(), pipeline.token):
        assert not any(secret in text for text in said)
    for fact in (*row.credential_facts.values(), *proven.credential_facts.values()):
        assert not any(fact["fingerprint"] in text for text in said)


def test_a_disconnected_integration_is_absent(reader, proven):
    from checks.actions import connect
    run = Run.objects.get()
    connect.disconnect(integration=proven, actor=None)
    assert reader.get(MAIN).status_code == 404
    assert reader.get("/organisations/acme/integrations").json()["items"] == []
    assert reader.get("/organisations/acme/findings").json()["items"] == []
    assert reader.get(f"/organisations/acme/runs/{run.pk}").status_code == 404


# --- Asking again ------------------------------------------------------------------------------------------------
def test_asking_queues_a_run_and_answers_where_it_is(pipeline, reader, integration, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = pipeline.post(f"{MAIN}/verify")
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (202, f"http://testserver/api/v1/organisations/acme/runs/{run.pk}")
    told = answer.json()
    assert (told["id"], told["state"], told["status"], told["findings"]) == (str(run.pk), "queued", "unknown", [])
    assert (run.trigger, run.requested_by, run.rung_at is not None) == ("person", people.alice, True)
    assert reader.get(answer["Location"].removeprefix("http://testserver")).json() == told
    assert pipeline.post(f"{MAIN}/verify").json()["id"] == told["id"], "the one that is under way"


def test_a_finished_run_is_told_as_verify_tells_it(reader, proven):
    run = Run.objects.get()
    told = reader.get(f"/organisations/acme/runs/{run.pk}").json()
    assert told == {"id": str(run.pk), "state": "finished", **reports.run(run)}
    assert (told["status"], told["integration_status"], len(told["findings"])) == ("pass", "verified", 3)


def test_an_earlier_run_does_not_claim_the_findings_of_a_later_one(reader, proven, server):
    earlier = Run.objects.get()
    server.tokens.clear()
    verify.now(organisation=proven.organisation, actor=None, name="main")
    told = reader.get(f"/organisations/acme/runs/{earlier.pk}").json()
    assert (told["status"], told["findings"]) == ("pass", [])
    later = reader.get(f"/organisations/acme/runs/{Run.objects.exclude(pk=earlier.pk).get().pk}").json()
    assert (later["status"], later["findings"][0]["status"], later["findings"][0]["cause"]) == ("fail", "fail", "yours")


def test_a_missing_credential_is_a_conflict_that_says_what_to_give(pipeline, make_integration):
    make_integration("bare", token="")
    answer = pipeline.post("/organisations/acme/integrations/bare/verify")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["detail"] == "token: is missing: give it again for bare."
    assert not Run.objects.exists()


# --- Once --------------------------------------------------------------------------------------------------------
def test_a_key_starts_one_run_however_often_it_is_sent(pipeline, integration):
    first = pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "deploy-7"})
    Run.objects.update(state="finished", status="pass")
    again = pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "deploy-7"})
    assert (again.status_code, again["Idempotent-Replayed"], again["Location"]) == (202, "true", first["Location"])
    assert again.json()["state"] == "finished"
    assert "Idempotent-Replayed" not in first
    other = pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "deploy-8"})
    assert other.json()["id"] != first.json()["id"]
    assert AuditEvent.objects.filter(verb="asked for a check of").count() == 2


def test_a_key_belongs_to_one_request_of_one_token(pipeline, program, integration, make_integration):
    make_integration("second")
    first = pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "k"})
    answer = pipeline.post("/organisations/acme/integrations/second/verify", **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    Run.objects.update(state="finished", status="pass")
    assert program("admin").post(f"{MAIN}/verify", **{"Idempotency-Key": "k"}).json()["id"] != first.json()["id"]


def test_a_key_whose_first_request_is_under_way_is_a_conflict(pipeline, integration):
    import hashlib

    from django.core.cache import cache
    token = ApiToken.objects.get()
    cache.add(f"api:once:{token.pk}:{hashlib.sha256(b'k').hexdigest()}", {"what": str(integration.pk), "run": ""}, 60)
    answer = pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (409, "in_progress", "1")


def test_a_key_of_a_request_that_failed_may_be_used_again(pipeline, make_integration):
    from checks.engine.keys import keyring
    row = make_integration(token="")
    assert pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "k"}).status_code == 409
    row.seal({"token": TOKEN}, row.settings["address"], keyring())
    row.save()
    assert pipeline.post(f"{MAIN}/verify", **{"Idempotency-Key": "k"}).status_code == 202


# --- The gate ----------------------------------------------------------------------------------------------------
def test_the_gate_asks_what_is_stale_and_answers_as_the_command(pipeline, integration, make_service, server, people):
    make_service(integration, "shop")
    answer = pipeline.get("/organisations/acme/services/shop/preflight")
    assert (answer.status_code, answer.json()["ready"], answer.json()["status"]) == (200, True, "pass")
    asked = len(server.seen)
    assert asked >= 3
    assert answer.json() == preflight.preflight(organisation=people.acme, actor=None, service="shop")
    assert pipeline.get("/organisations/acme/services/shop/preflight").json() == answer.json()
    assert len(server.seen) == asked, "fresh enough"
    server.tokens.clear()
    refused = pipeline.get("/organisations/acme/services/shop/preflight?max_age=0").json()
    assert (refused["ready"], refused["status"]) == (False, "fail")
    first = refused["findings"][0]
    assert (first["check"], first["integration"], first["cause"]) == ("token_accepted", "main", "yours")
    assert first["evidence"] == f"{server.address} refused the token."
    run = Run.objects.first()
    assert (run.trigger, run.requested_by) == ("gate", people.alice)
    event = AuditEvent.objects.first()
    assert (event.actor, event.subject, event.details) == (people.alice, "shop", {"token": "the pipeline", "ready": "no"})


def test_a_service_without_an_integration_is_not_ready(pipeline, people):
    Service.objects.create(organisation=people.acme, name="lost", kind="app", target={"repository": "x", "ref": "main"})
    answer = pipeline.get("/organisations/acme/services/lost/preflight")
    assert (answer.status_code, answer.json()["ready"]) == (200, False)


def test_requests_that_wait_never_take_every_thread(pipeline, proven, people, monkeypatch):
    from checks.api import limits
    monkeypatch.setattr(limits, "WAITING", limits.Places(total=1, each=1))
    with limits.WAITING.one(people.globex.pk):
        answer = pipeline.get("/organisations/acme/services/shop/preflight")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "5")
    assert pipeline.get("/organisations/acme/services/shop/preflight").status_code == 200


def test_one_organisation_leaves_places_to_another():
    from checks.api.limits import Places
    from checks.api.problems import Problem
    places = Places(total=3, each=2)
    with places.one(1), places.one(1):
        with pytest.raises(Problem), places.one(1):
            pass
        with places.one(2):
            pass


# --- Findings ----------------------------------------------------------------------------------------------------
def test_findings_are_filtered(reader, people, proven, server, make_integration, make_service):
    second = make_integration("second", token="another")
    make_service(second, "web")
    verify.now(organisation=people.acme, actor=None, name="second")
    FindingRow.objects.filter(check_slug="canary_removed").update(required=False)

    def found(query=""):
        return {(f["integration"], f["check"]) for f in reader.get(f"/organisations/acme/findings{query}").json()["items"]}

    assert len(found()) == 6
    assert found("?status=fail") == {("second", "token_accepted")}
    assert found("?integration=main&status=pass") == {("main", c) for c in ("token_accepted", "canary_removed", "repository_there")}
    assert found("?service=shop") == {("main", "repository_there")}
    assert found("?required=false") == {("main", "canary_removed"), ("second", "canary_removed")}
    assert found("?required=true&service=web&status=pass") == set()


@pytest.mark.parametrize(("query", "field"), [
    ("status=green", "status"), ("required=maybe", "required"), ("integration=nothing", "integration"),
    ("integration=their-gitea", "integration"), ("service=Nothing%00", "service"), ("limit=0", "limit"), ("limit=201", "limit"),
    ("limit=all", "limit"), ("cursor=%00", "cursor"), ("cursor=zzzz", "cursor"), ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor"),
    ("Status=fail", "Status"),
])
def test_a_filter_that_cannot_be_read_is_named(reader, people, query, field):
    Scene(people.globex).verified("their-gitea", "their-shop")
    answer = reader.get(f"/organisations/acme/findings?{query}")
    assert (answer.status_code, [e["field"] for e in answer.json()["errors"]]) == (422, [field])
    assert answer.json()["detail"].startswith(f"{field}: ")


def test_lists_are_read_to_the_end_whatever_changes_meanwhile(reader, people):
    scene = Scene(people.acme)
    for n in range(7):
        scene.verified(f"git-{n}", f"svc-{n}")
    seen, path = [], "/organisations/acme/integrations?limit=3"
    while path:
        told = reader.get(path).json()
        seen += [item["integration"] for item in told["items"]]
        path = (told["next"] or "").removeprefix("http://testserver")
        if len(seen) == 3:
            scene.integration("git-0a")  # before the cursor
            scene.integration("git-9")
    assert seen == [*(f"git-{n}" for n in range(7)), "git-9"]
    every, path = [], "/organisations/acme/findings?limit=4&required=true"
    while path:
        told = reader.get(path).json()
        assert "required=true" in (told["next"] or "required=true")
        every += told["items"]
        path = (told["next"] or "").removeprefix("http://testserver")
    assert len(every) == FindingRow.objects.filter(required=True).count()


def test_a_list_costs_the_same_however_long_it_is(reader, people):
    scene, costs = Scene(people.acme), []
    reader.get("/organisations/acme/findings")  # the first use is noted, and opens the counter of this minute
    for number in (1, 25):
        for n in range(Run.objects.count(), number):
            scene.verified(f"git-{n}", f"svc-{n}")
        for path in ("findings?limit=200", "integrations?limit=200"):
            with CaptureQueriesContext(connection) as captured:
                assert len(reader.get(f"/organisations/acme/{path}").json()["items"]) >= number
            costs.append([q["sql"] for q in captured if "dflow_cache" not in q["sql"] and "SAVEPOINT" not in q["sql"]])
    assert [len(sql) for sql in costs] == [3, 3, 3, 3], "the token, its maker's membership, the list"


# --- Diagnose ----------------------------------------------------------------------------------------------------
def test_a_text_is_read_as_the_command_reads_it(reader, people, monkeypatch):
    import sys
    told = reader.post("/diagnose", json.dumps({"text": MESSAGE})).json()
    stdin = io.TextIOWrapper(io.BytesIO(MESSAGE.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    out = io.StringIO()
    call_command("diagnose", "--json", stdout=out)
    assert told == json.loads(out.getvalue()) == reports.diagnosis(read(MESSAGE))
    assert told["layers"][0]["layer"] == "git-token"
    assert "glpat-abcdefghij" not in json.dumps(told)
    assert told["removed"]


def test_with_an_organisation_its_rows_are_added(reader, people):
    Scene(people.acme).verified()
    told = reader.post("/diagnose", json.dumps({"text": MESSAGE, "organisation": "acme"})).json()
    found = diagnosing.diagnose(organisation=people.acme, actor=None, text=MESSAGE)
    assert told["layers"][0]["rows"] == [row.document for row in found.causes[0].rows]
    assert {row["integration"] for row in told["layers"][0]["rows"]} == {"gitea-main"}


def test_recheck_asks_those_rows_first(pipeline, proven, server, people):
    server.tokens.clear()
    body = {"text": "remote: HTTP Basic: Access denied\nfatal: Authentication failed\n", "organisation": "acme"}
    before = pipeline.post("/diagnose", json.dumps(body)).json()["layers"][0]["rows"]
    assert {row["status"] for row in before} == {"pass"}
    told = pipeline.post("/diagnose", json.dumps({**body, "recheck": True})).json()["layers"][0]["rows"]
    row = next(row for row in told if row["check"] == "token_accepted")
    assert (row["status"], row["evidence"]) == ("fail", f"{server.address} refused the token.")
    assert AuditEvent.objects.filter(verb="asked for a check of", subject="main", details__token="the pipeline").exists()


def test_a_recheck_is_not_for_readers(reader, proven):
    answer = reader.post("/diagnose", json.dumps({"text": MESSAGE, "organisation": "acme", "recheck": True}))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_weak")


@pytest.mark.parametrize(("body", "status", "field"), [
    ({}, 422, "text"), ({"text": ""}, 422, "text"), ({"text": " \n"}, 422, "text"), ({"text": 5}, 422, "text"),
    ({"text": "a\0b"}, 422, "text"), ({"text": "\x01\x02\x03 ok"}, 422, "text"), ({"text": "x", "recheck": True}, 422, "recheck"),
    ({"text": "x", "organisaton": "acme"}, 422, "organisaton"), ({"text": "x", "organisation": "globex"}, 404, None),
    ({"text": "x", "organisation": "nowhere"}, 404, None), ([], 422, "body"), ({"text": "x", "recheck": "perhaps"}, 422, "recheck"),
])
def test_a_body_that_is_not_right_is_told_by_its_field(reader, body, status, field):
    answer = reader.post("/diagnose", json.dumps(body))
    assert answer.status_code == status
    assert [e["field"] for e in answer.json().get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize("body", ["", "{", "nonsense", "\xff\xfe", '{"text": ' + "[" * 100_000])
def test_a_body_that_is_no_json_is_said(reader, body):
    answer = reader.post("/diagnose", body.encode("latin-1"))
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"] in ("The body is not JSON.", "body: field required.")


def test_a_text_that_is_too_long_is_told_and_costs_nothing(reader):
    for length in (1_048_577, 3_000_000):
        answer = reader.post("/diagnose", json.dumps({"text": "x" * length}))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_text_is_kept_nowhere(reader, people, caplog):
    mark = "a-word-that-nobody-else-writes"
    reader.post("/diagnose", json.dumps({"text": f"{MESSAGE}{mark}", "organisation": "acme"}))
    reader.post("/diagnose", json.dumps({"text": f"{mark}\0"}))
    reader.post("/diagnose", json.dumps({"text": [mark]}))
    assert mark not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'select * from "{table}"')
            assert mark not in str(cursor.fetchall()), table


# --- One shape ---------------------------------------------------------------------------------------------------
def test_the_schema_has_just_the_fields_of_the_commands_documents(proven, people):
    """A key that somebody adds to a document of checks/actions/ is added to the schema too, or this says so."""
    assert set(Finding.model_fields) == set(reports.finding(FindingRow.objects.first()))
    assert set(Integration.model_fields) == {*reports.integration(proven), "webhook_url"}
    told = preflight.preflight(organisation=people.acme, actor=None, service="shop")
    assert set(Preflight.model_fields) == set(told)
    assert {*Finding.model_fields, "integration"} == {key for finding in told["findings"] for key in finding}
    assert set(Diagnosis.model_fields) == set(reports.diagnosis(read(MESSAGE)))
