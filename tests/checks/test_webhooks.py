"""Where webhooks arrive: what is believed has one effect, what is not has none and is counted (T11, T12)."""
from __future__ import annotations

import hashlib
import hmac
import json
import logging
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checks.engine import hooks, queue, sweep
from checks.engine.keys import keyring
from checks.models import Delivery, HookRefusal, Integration, Run
from checks.providers import BY_SLUG
from checks.providers.base import Provider
from checks.providers.gitea import gitea
from checks.providers.hook import Hook, HookEvent, HookRefused

pytestmark = pytest.mark.django_db
SECRET = "a-webhook-secret-of-the-tests"
NOWHERE = {"error": "No webhook is received at this address."}


def read(headers, body, secret) -> HookEvent:
    """A hook of a provider of the tests: the view must not know any by name."""
    right = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(right, headers.get("x-signature", "")):
        raise HookRefused("The signature does not match.")
    told = json.loads(body)
    return HookEvent(headers["x-delivery"], told["event"], told.get("action", ""), repository=told.get("repository", ""),
                     ref=told.get("ref", ""), asks_again=told.get("asks", False))


@pytest.fixture
def hooked(monkeypatch) -> Provider:
    provider = Provider(slug="hooked", name="Hooked", section="Tests", form=gitea.form, connect=gitea.connect,
                        endpoint=gitea.endpoint, addresses=gitea.addresses, summary=gitea.summary, guide=gitea.guide,
                        hook=Hook(secret="token", read=read, max_bytes=2000))
    provider.checks = gitea.checks
    monkeypatch.setitem(BY_SLUG, provider.slug, provider)
    return provider


@pytest.fixture
def make(people, hooked):
    def make(name="main", secret=SECRET, organisation=None, provider=hooked, **fields) -> Integration:
        made = Integration(organisation=organisation or people.acme, provider=provider.slug, name=name,
                           settings={"base_url": "https://git.example.com", "username": "", "pushes": False}, **fields)
        if secret:
            made.seal({"token": secret}, provider.endpoint(made.settings), keyring())
        made.save()
        return made
    return make


@pytest.fixture
def integration(make):
    return make()


@pytest.fixture
def rung(monkeypatch):
    """What was put into the queue."""
    tasks = []
    monkeypatch.setattr(queue, "async_task", lambda task, argument, **kwargs: tasks.append((task, argument)))
    return tasks


def post(integration, event="push", delivery="d-1", secret=SECRET, client=None, headers=None, body=None, **payload):
    body = json.dumps({"event": event, **payload}).encode() if body is None else body
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    address = hooks.address(integration).removeprefix("http://localhost:8000")
    return (client or Client(enforce_csrf_checks=True)).post(
        address, body, content_type="application/json", headers={"X-Signature": signature, "X-Delivery": delivery, **(headers or {})})


# --- Believed -------------------------------------------------------------------------------------------------------
def test_a_believed_delivery_is_kept_and_asks_for_a_run(integration, rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = post(integration, "installation", asks=True, action="suspend", repository="acme/web", ref="refs/heads/main")
    assert (answer.status_code, answer.json()) == (202, {"delivery": "d-1", "new": True, "checking": True})
    kept = Delivery.objects.get()
    assert (kept.integration, kept.name, kept.action, kept.repository, kept.ref) == (
        integration, "installation", "suspend", "acme/web", "refs/heads/main")
    run = Run.objects.get()
    assert (run.trigger, run.state, run.requested_by) == (Run.Trigger.HOOK, Run.State.QUEUED, None)
    assert rung == [("checks.engine.tasks.perform_run", str(run.pk))]


def test_a_delivery_that_changes_no_row_asks_for_nothing(integration):
    answer = post(integration, "push")
    assert (answer.status_code, answer.json()["checking"]) == (200, False)
    assert Delivery.objects.count() == 1
    assert not Run.objects.exists()


def test_a_repetition_is_answered_and_does_nothing(integration):
    post(integration, asks=True)
    Run.objects.update(state=Run.State.FINISHED)
    answer = post(integration, asks=True)
    assert (answer.status_code, answer.json()) == (200, {"delivery": "d-1", "new": False, "checking": False})
    assert (Delivery.objects.count(), Run.objects.count()) == (1, 1)


def test_many_events_share_the_run_that_waits(integration):
    for number in range(10):
        assert post(integration, delivery=f"d-{number}", asks=True).status_code == 202
    assert (Delivery.objects.count(), Run.objects.count()) == (10, 1)


def test_an_event_during_a_run_has_another_run_follow(integration):
    """What the run asked may have been asked before the event: the truth is the API's, after the last event."""
    run = Run.objects.create(integration=integration, generation=1, state=Run.State.RUNNING, trigger=Run.Trigger.PERSON,
                             started_at=timezone.now())
    assert post(integration, asks=True).status_code == 202
    integration.refresh_from_db()
    assert integration.next_check_at >= run.started_at
    Run.objects.update(state=Run.State.FINISHED)
    sweep.once()
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_the_same_id_of_two_integrations_is_two_deliveries(make):
    for one in (make("one"), make("two")):
        assert post(one).json()["new"] is True


def test_what_is_paused_is_kept_and_not_asked(make):
    paused = make(status="paused", paused_at=timezone.now())
    assert post(paused, asks=True).status_code == 200
    assert (Delivery.objects.count(), Run.objects.count()) == (1, 0)


def test_it_is_kept_while_the_queue_is_away(integration, monkeypatch, django_capture_on_commit_callbacks):
    def away(*args, **kwargs):
        raise ConnectionError("the broker is away")
    monkeypatch.setattr(queue, "async_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert post(integration, asks=True).status_code == 202
    assert Run.objects.get().rung_at is None, "the sweep rings again"


def test_only_the_secret_that_signs_is_opened(integration, monkeypatch):
    integration.sealed["other"] = "v1.damaged"
    integration.save()
    assert post(integration).status_code == 200


def test_a_delivery_costs_few_queries(integration):
    post(integration, asks=True)
    with CaptureQueriesContext(connection) as captured:
        assert post(integration, delivery="d-2", asks=True).status_code == 202
    assert len(captured) <= 14


# --- Not believed ---------------------------------------------------------------------------------------------------
def test_a_bad_signature_is_401_counted_and_without_effect(integration):
    for number in range(3):
        answer = post(integration, delivery=f"d-{number}", secret="another", asks=True)
        assert (answer.status_code, answer.json()) == (401, {"error": "The signature does not match."})
    assert (Delivery.objects.count(), Run.objects.count()) == (0, 0)
    refusal = HookRefusal.objects.get()
    assert (refusal.integration, refusal.count, refusal.why) == (integration, 3, "The signature does not match.")


def test_another_organisation_s_secret_opens_nothing_here(make, people):
    mine, theirs = make("mine"), make("theirs", secret="their-own-secret", organisation=people.globex)
    assert post(mine, secret="their-own-secret").status_code == 401
    assert post(theirs, secret="their-own-secret").status_code == 200


def test_an_integration_without_its_secret_believes_nobody(make):
    bare = make(secret="")
    assert post(bare, secret="").status_code == 401


def test_a_secret_that_cannot_be_opened_is_our_fault(integration):
    Integration.objects.update(sealed={"token": "v1.gone.AAAA"})
    answer = post(integration)
    assert answer.status_code == 503
    assert HookRefusal.objects.get().why == answer.json()["error"]


@pytest.mark.parametrize("body", [b"x" * 2001, b"x" * 500_000, b"x" * 1_500_000])
def test_a_large_body_is_413_and_counted(integration, body):
    assert post(integration, body=body).status_code == 413
    assert HookRefusal.objects.get().count == 1


def test_a_body_of_the_largest_size_is_read(integration):
    body = json.dumps({"event": "push", "filling": ""}).encode()
    body = body[:-2] + b"x" * (2000 - len(body)) + body[-2:]
    assert post(integration, body=body).status_code == 200


def test_a_length_that_is_a_lie_reads_no_further_than_allowed(integration):
    answer = Client().generic("POST", f"/webhooks/hooked/{integration.pk}", b"x" * 50, CONTENT_LENGTH="-7")
    assert answer.status_code == 401


@pytest.mark.parametrize("wrong", ["another id", "no id", "upper case", "another provider", "a provider without hooks",
                                   "no provider", "disconnected"])
def test_every_wrong_address_is_answered_alike(make, hooked, wrong):
    row = make(removed_at=timezone.now() if wrong == "disconnected" else None)
    provider, name = hooked.slug, str(row.pk)
    if wrong in ("another id", "no id", "upper case"):
        name = {"another id": str(uuid4()), "no id": "main", "upper case": name.upper()}[wrong]
        name = name if name != str(row.pk) else str(uuid4()).upper()
    elif "provider" in wrong:
        provider = {"another provider": "github", "a provider without hooks": "gitea", "no provider": "nobody"}[wrong]
    answer = Client().post(f"/webhooks/{provider}/{name}", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()) == (404, NOWHERE)
    assert not HookRefusal.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_other_methods_are_405(integration, method):
    answer = getattr(Client(), method)(f"/webhooks/hooked/{integration.pk}")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_neither_body_nor_secret_is_logged(integration, caplog):
    caplog.set_level(logging.DEBUG)
    post(integration, secret="another", marker="a-word-of-the-body")
    post(integration, marker="a-word-of-the-body")
    assert SECRET not in caplog.text
    assert "a-word-of-the-body" not in caplog.text
    assert "a-word-of-the-body" not in str(list(Delivery.objects.values()) + list(HookRefusal.objects.values()))


# --- What is kept ---------------------------------------------------------------------------------------------------
def test_the_newest_two_hundred_of_each_are_kept(make):
    one, two = make("one"), make("two")
    now = timezone.now()
    for row, number in ((one, 250), (two, 3)):
        Delivery.objects.bulk_create(Delivery(integration=row, delivery=f"d-{n:03}", name="push", at=now) for n in range(number))
    sweep.tidy()
    assert [row.deliveries.count() for row in (one, two)] == [hooks.KEPT, 3]
    assert one.deliveries.order_by("pk").first().delivery == "d-050"


def test_a_check_is_told_what_came_and_what_was_refused(integration):
    assert hooks.facts(integration) == {"url": hooks.address(integration), "received": [], "refused": None}
    for number in range(60):
        post(integration, delivery=f"d-{number}", ref=f"refs/heads/b{number}")
    post(integration, secret="another")
    facts = hooks.facts(integration)
    assert [len(facts["received"]), facts["received"][0]["delivery"]] == [50, "d-59"]
    assert set(facts["received"][0]) == {"delivery", "name", "action", "repository", "ref", "at"}
    assert (facts["refused"]["why"], facts["refused"]["count"]) == ("The signature does not match.", 1)
