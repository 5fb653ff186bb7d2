"""The gate's answer: what is asked again and when, what is asked at once, and what is told of that which cannot be asked."""
from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from checks.actions import connect, services
from checks.actions.errors import Invalid
from checks.actions.preflight import ask_soon, in_the_way, preflight
from checks.engine import claim, runs, work
from checks.models import Finding, Integration, Run
from checks.providers import BY_SLUG
from organisations.models import AuditEvent
from tests.checks.engine.conftest import (  # noqa: F401 -- fixtures
    TOKEN,
    integration,
    make_integration,
    make_service,
    provider,
    server,
)
from tests.checks.engine.loopback import Server

ROWS = ["token_accepted", "canary_removed", "repository_there"]


@pytest.fixture
def ask(people):
    """ask(**words): the gate's document about shop, as Dora gets it."""
    def gate(name="shop", actor=None, **words):
        return preflight(organisation=people.acme, actor=actor or people.dora, service=name, **words)
    return gate


@pytest.fixture
def shop(integration, make_service):  # noqa: F811
    return make_service(integration)


@pytest.fixture
def make_node(make_integration, provider, monkeypatch):  # noqa: F811
    """Integrations of a provider that is as the loopback one, and a node."""
    node = replace(provider, slug="loopback_node", is_node=True)
    monkeypatch.setitem(BY_SLUG, node.slug, node)

    def make(name, **words):
        made = make_integration(name, **words)
        made.provider = node.slug
        made.save()
        return made
    return make


@pytest.fixture
def other_server():
    running = Server()
    try:
        yield running
    finally:
        running.stop()


def asked(server):  # noqa: F811
    return server.seen.count(f"HELLO {TOKEN}")


def told(document, integration=None):  # noqa: F811
    return {f["check"]: f for f in document["findings"] if integration in (None, f["integration"])}


# --- What is asked, and when -------------------------------------------------------------------------------------
def test_what_was_never_asked_is_asked_and_each_row_names_its_integration(shop, ask, server):  # noqa: F811
    document = ask()
    assert (document["ready"], document["status"]) == (True, "pass")
    assert [(f["check"], f["integration"], f["status"]) for f in document["findings"]] == [(slug, "main", "pass") for slug in ROWS]
    assert told(document)["repository_there"]["service"] == "shop"
    run = Run.objects.get()
    assert (run.trigger, run.requested_by.email) == ("gate", "dora@example.com")


def test_what_is_fresh_is_not_asked_again_and_0_seconds_always_asks(shop, ask, server):  # noqa: F811
    ask()
    assert ask() == ask(max_age=1_000_000_000_000_000)
    assert asked(server) == 1
    ask(max_age=0)
    assert asked(server) == 2


@pytest.mark.parametrize("change", [
    pytest.param({"checked_at": timedelta(seconds=-301)}, id="too old"),
    pytest.param({"checked_at": timedelta(hours=1)}, id="from the future: a clock was set back"),
    pytest.param({"run": None}, id="of a run that is forgotten"),
])
def test_one_row_that_is_not_fresh_is_enough_to_ask_again(shop, ask, server, change):  # noqa: F811
    ask()
    moved = {key: timezone.now() + value if isinstance(value, timedelta) else value for key, value in change.items()}
    Finding.objects.filter(check_slug="canary_removed").update(**moved)
    assert ask()["ready"] is True
    assert asked(server) == 2


def test_a_row_that_is_missing_is_asked(shop, ask, server):  # noqa: F811
    ask()
    Finding.objects.filter(check_slug="repository_there").delete()
    assert list(told(ask())) == ROWS
    assert asked(server) == 2


def test_what_was_made_due_since_is_asked_again_and_then_counts(shop, ask, server):  # noqa: F811
    ask()
    Integration.objects.update(next_check_at=timezone.now())  # as a webhook does
    assert ask()["ready"] is True
    assert ask()["ready"] is True
    assert asked(server) == 2


def test_an_edit_of_the_integration_makes_seconds_old_answers_old(shop, ask, server, people):  # noqa: F811
    ask()
    server.tokens.add("another-token")
    connect.edit(integration=Integration.objects.get(), actor=people.alice, settings={"address": server.address, "mode": ""},
                 credentials={"token": "another-token"}, check=False)
    assert ask()["ready"] is True
    assert "HELLO another-token" in server.seen


def test_an_edit_of_the_service_makes_seconds_old_answers_old(shop, ask, server, people):  # noqa: F811
    ask()
    services.edit(service=shop, actor=people.alice, integration="main", target={"repository": "acme/renamed"})
    assert "acme/renamed" in told(ask())["repository_there"]["evidence"]
    ask()
    assert server.seen.count("REPOSITORY acme/renamed") == 1


def test_another_service_s_edit_asks_again_and_its_rows_do_not_count(shop, ask, make_service, server, people):  # noqa: F811
    make_service(shop.integration, "web")
    ask()
    document = ask()
    assert [f["service"] for f in document["findings"]] == [None, None, "shop"]


# --- At once, and shared ------------------------------------------------------------------------------------------
def test_stale_integrations_are_asked_at_once(shop, ask, make_node, server, other_server):  # noqa: F811
    shop.node = make_node("second", address=other_server.address)
    shop.save()
    reached = []

    def let_go():
        """Once both wait for their answer: one after another, the second would never be reached."""
        for one in (server, other_server):
            reached.append(one.waiting["HELLO"].wait(20))
        for one in (server, other_server):
            one.release("HELLO")
    for one in (server, other_server):
        one.hold("HELLO")
    thread = threading.Thread(target=let_go)
    thread.start()
    document = ask()
    thread.join()
    assert reached == [True, True]
    assert document["ready"] is True
    assert [f["integration"] for f in document["findings"]] == ["main"] * 3 + ["second"] * 3
    assert Run.objects.count() == 2


def test_a_run_that_somebody_else_performs_is_not_asked_twice(shop, ask, server):  # noqa: F811
    ask()
    theirs = claim.take(runs.start(shop.integration, trigger=Run.Trigger.PERSON, ring=False).pk)
    document = ask(max_age=0, seconds=0.3)
    assert (document["ready"], document["status"]) == (False, "unknown")
    row = told(document)["token_accepted"]
    assert (row["status"], row["cause"]) == ("unknown", "ours")
    assert row["evidence"].startswith("It was not answered now: another process is still checking it. Before: ")
    assert asked(server) == 1
    work.perform(theirs)
    assert ask()["ready"] is True
    assert Run.objects.count() == 2


def test_a_wrong_answer_of_before_is_no_answer_of_now(shop, ask, server):  # noqa: F811
    server.tokens.clear()
    assert ask()["status"] == "fail"
    assert claim.take(runs.start(shop.integration, trigger=Run.Trigger.PERSON, ring=False).pk)
    assert ask(max_age=0, seconds=0.3)["status"] == "unknown"


def test_an_edit_meanwhile_is_asked_with_its_settings(shop, ask, server, people, monkeypatch):  # noqa: F811
    server.tokens.add("another-token")

    def edit():
        connect.edit(integration=Integration.objects.get(), actor=people.alice,
                     settings={"address": server.address, "mode": ""}, credentials={"token": "another-token"})
    once_at_the_first_verdict(monkeypatch, edit)
    assert ask()["ready"] is True
    assert "HELLO another-token" in server.seen
    assert sorted(Run.objects.values_list("state", flat=True)) == ["finished", "superseded"]


def test_a_disconnection_meanwhile_is_told(shop, ask, people, monkeypatch):
    once_at_the_first_verdict(
        monkeypatch, lambda: connect.disconnect(integration=Integration.objects.get(), actor=people.alice))
    document = ask()
    assert (document["status"], list(told(document))) == ("fail", ["connected"])


def once_at_the_first_verdict(monkeypatch, act):
    original, done = work.Work.take, []

    def take(self, item):
        if not done:
            done.append(True)
            act()
        return original(self, item)
    monkeypatch.setattr(work.Work, "take", take)


def test_a_host_that_never_answers_ends_in_unknown(shop, ask, server):  # noqa: F811
    server.hold("HELLO")
    document = ask(seconds=3.0)
    assert (document["ready"], document["status"]) == (False, "unknown")
    assert told(document)["token_accepted"]["cause"] in ("provider", "ours")


# --- What cannot be asked is told in words ---------------------------------------------------------------------------
def test_a_paused_integration_is_asked_all_the_same(shop, ask, people, server):  # noqa: F811
    connect.pause(integration=shop.integration, actor=people.alice)
    assert ask()["ready"] is True
    assert asked(server) == 1


def stops(document):
    stop = in_the_way(document["findings"])
    return document["status"], stop["check"], stop["integration"], stop["cause"], stop["evidence"]


def test_a_missing_credential_stops_it(make_integration, make_service, ask, server):  # noqa: F811
    make_service(make_integration(token=""))
    assert stops(ask()) == ("fail", "credential", "main", "yours", "The credential of main is missing, so nothing of it is asked.")
    assert server.seen == []


def test_a_disconnected_integration_stops_it(shop, ask, people):
    ask()
    connect.disconnect(integration=shop.integration, actor=people.alice)
    assert stops(ask()) == ("fail", "connected", "main", "yours", "main was disconnected.")


def test_an_erased_integration_stops_it(shop, ask):
    shop.integration.delete()
    assert stops(ask()) == ("fail", "connected", None, "yours", "No integration serves shop any more.")


def test_one_that_another_organisation_holds_now_is_gone_here_and_not_asked(shop, ask, people, server):  # noqa: F811
    Integration.objects.update(organisation=people.globex)
    assert stops(ask())[:3] == ("fail", "connected", None)
    assert server.seen == []


def test_a_disconnected_node_stops_it_and_the_other_rows_are_told(shop, ask, make_node, people):
    shop.node = make_node("node")
    shop.save()
    assert ask()["ready"] is True
    connect.disconnect(integration=shop.node, actor=people.alice)
    document = ask()
    assert stops(document)[:3] == ("fail", "connected", "node")
    assert told(document)["connected"]["title"] == "Its worker node is connected"
    assert set(told(document, "main")) == set(ROWS)


def test_a_provider_that_is_gone_could_not_be_checked(shop, ask):
    ask()
    Integration.objects.update(provider="svn")
    assert stops(ask()) == ("unknown", "provider", "main", "ours",
                            "This program does not know the provider “svn”, so main cannot be asked.")


# --- Who may, and bad words -----------------------------------------------------------------------------------------
def test_a_viewer_may_not_ask(shop, ask, people, server):  # noqa: F811
    with pytest.raises(PermissionDenied):
        ask(actor=people.vera)
    with pytest.raises(PermissionDenied):
        ask_soon(service=shop, actor=people.vera)
    assert (server.seen, Run.objects.count()) == ([], 0)


@pytest.mark.parametrize(("words", "field"), [({"name": "nowhere"}, "service"), ({"max_age": -1}, "max_age")])
def test_wrong_words_name_their_field(shop, ask, words, field):
    with pytest.raises(Invalid) as caught:
        ask(**words)
    assert list(caught.value.errors) == [field]


def test_another_organisation_s_service_is_not_there(shop, people):
    with pytest.raises(Invalid):
        preflight(organisation=people.globex, actor=people.bob, service="shop")


# --- A page queues --------------------------------------------------------------------------------------------------
def test_asking_soon_queues_a_run_of_what_is_stale_and_tells_the_trail(shop, people, make_node, server):  # noqa: F811
    shop.node = make_node("node", token="")
    shop.save()
    assert ask_soon(service=shop, actor=people.dora) == (["main"], {})
    run = Run.objects.get()
    assert (run.integration.name, run.state, run.trigger) == ("main", "queued", "gate")
    assert server.seen == []
    assert AuditEvent.objects.get(verb="asked the gate about").details == {"integrations": ["main"]}
    work.perform(claim.take(run.pk))
    assert ask_soon(service=shop, actor=people.dora) == ([], {})
    assert ask_soon(service=shop, actor=people.dora, max_age=0) == (["main"], {})
