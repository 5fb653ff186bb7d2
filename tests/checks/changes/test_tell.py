"""What changed, from facts and events alone: which rule speaks, how sure it is, and in what order."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.changes.base import Event, Peer, Place, Scene, Sure, Turned
from checks.changes.tell import MOST, tell
from checks.changes.told import MEANS
from checks.verdict import Cause, Layer

GREEN, RED = datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC)
BETWEEN = GREEN + timedelta(hours=3)
PLACE = Place("main", "GitHub", "github.com", frozenset({"token", "webhook_secret"}))


def row(slug="clone_permitted", layer=Layer.GIT_TOKEN, status="fail", service="web", **more):
    return Turned(slug, slug, status, service, **{"cause": Cause.YOURS, "layer": layer, "green_at": GREEN, "red_at": RED, **more})


def told(one=None, *events, siblings=(), peers=()):
    one = one or row()
    rows = {(r.slug, r.service): r for r in (one, *siblings)}
    return tell(Scene(one, PLACE, rows, events, peers))


def said(*args, **more):
    return [(change.text, change.sure) for change in told(*args, **more).changes]


def edit(*changed, at=BETWEEN, **details):
    return Event(at, "edited", "main", "adam@example.com", {"changed": list(changed), **details})


# --- Which rows tell anything ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("one", [row(status="pass"), row(status="skipped"), row(green_at=None), row(red_at=None)])
def test_a_row_that_is_not_red_or_was_never_green_tells_nothing(one):
    assert told(one) is None


def test_nothing_found_says_so_and_where_it_lies():
    found = told()
    assert (found.changes, found.otherwise) == ((), "it changed at github.com")
    assert told(row(status="unknown", cause=Cause.PROVIDER)).otherwise == "github.com stopped answering as it did"
    assert told(row(status="unknown", cause=Cause.OURS)).otherwise == (
        "the trouble is this program’s own, or on its way to github.com")


# --- Edits ----------------------------------------------------------------------------------------------------------
def test_an_edit_counts_in_its_window_alone():
    for at, counts in ((GREEN, False), (GREEN + timedelta(seconds=1), True), (RED, True), (RED + timedelta(seconds=1), False)):
        found = told(row(), edit("token", at=at))
        assert bool(found.changes) is counts, at
        assert bool(found.otherwise) is not counts, at
    assert said(row(), Event(BETWEEN, "edited", "other", "adam", {"changed": ["token"]})) == []


def test_a_credential_and_settings_are_told_apart_and_a_renaming_is_nothing():
    event = edit("base_url", "token", before={"base_url": "https://a"}, after={"base_url": "https://b"})
    first, second = told(row(), event).changes
    assert (first.text, first.detail) == ("Its settings were edited (base url).", "base url: https://a → https://b")
    assert (second.text, second.who, second.detail) == ("The token was replaced.", "adam@example.com", "")
    assert said(row(), edit()) == []
    assert said(row(), edit("token (dropped: the endpoint changed)")) == [
        ("Its credential was dropped, for its address changed.", Sure.LIKELY)]


@pytest.mark.parametrize(("layer", "secret", "sure"), [
    (Layer.GIT_TOKEN, "token", Sure.LIKELY), (Layer.REPO_ALLOW_LIST, "token", Sure.LIKELY), (Layer.DNS, "token", Sure.COINCIDENCE),
    (Layer.WEBHOOK, "webhook_secret", Sure.LIKELY), (Layer.GIT_TOKEN, "webhook_secret", Sure.COINCIDENCE)])
def test_a_replaced_credential_is_likely_only_where_another_one_makes_another_answer(layer, secret, sure):
    assert said(row(layer=layer), edit(secret)) == [(f"The {secret.replace('_', ' ')} was replaced.", sure)]


@pytest.mark.parametrize(("slug", "sure"), [
    ("ref_exists", Sure.EXPLAINS), ("clone_permitted", Sure.LIKELY), ("url_well_formed", Sure.COINCIDENCE)])
def test_a_services_edit_explains_the_row_that_asks_for_just_that(slug, sure):
    target = {"before": {"ref": "main", "repository": "r"}, "after": {"ref": "next", "repository": "r"}}
    assert said(row(slug), Event(BETWEEN, "edited service", "web", "adam", target)) == [
        ("web was edited (branch or tag).", sure)]
    same = {"before": {"ref": "main"}, "after": {"ref": "main"}}
    assert said(row(slug), Event(BETWEEN, "edited service", "web", "adam", same)) == []
    assert said(row(slug), Event(BETWEEN, "edited service", "other", "adam", target)) == []


def test_a_pause_in_between_is_a_coincidence():
    assert said(row(), Event(BETWEEN, "resumed", "main")) == [("It was taken up again after a pause.", Sure.COINCIDENCE)]


# --- Facts then and now -----------------------------------------------------------------------------------------------
def test_grants_that_were_lost():
    before = {"granted": ["a", "b"], "told_in_full": True}
    assert said(row(before=before, now={"granted": ["b"], "told_in_full": True})) == [("No longer granted: a.", Sure.EXPLAINS)]
    part = {"granted": ["b"], "told_in_full": False}
    assert said(row(before=before, now=part)) == [], "what was not told is not lost"
    assert said(row(before=before, now={**part, "missing": ["a"]})) == [("No longer granted: a.", Sure.EXPLAINS)]
    sibling = row("scopes_sufficient", service="", before=before, now={"granted": [], "told_in_full": True})
    assert said(row(), siblings=[sibling]) == [("No longer granted: a and b, says “scopes_sufficient”.", Sure.LIKELY)]
    assert said(row(layer=Layer.DNS), siblings=[sibling]) == []
    late = row("scopes_sufficient", service="", before=before, now={"granted": [], "told_in_full": True}, red_at=RED + timedelta(hours=1))
    assert said(row(), siblings=[late]) == []


def test_an_end_that_was_reached():
    ends = row("token_not_expiring", service="", status="skipped", before={"expires_on": "2026-11-23"})
    assert said(row(), siblings=[ends]) == [("The credential’s end, 23 November 2026, was reached.", Sure.EXPLAINS)]
    for day in ("2026-11-22", "2026-11-24", "", None, "soon"):
        later = row("token_not_expiring", service="", status="skipped", before={"expires_on": day})
        assert said(row(), siblings=[later]) == [], day
    certificate = {"certificate_expires_at": "2026-11-23T12:00:00+00:00"}
    assert said(row("host_reachable", Layer.TLS, before=certificate)) == [
        ("The host’s certificate ended on 23 November 2026.", Sure.EXPLAINS)]


def test_a_ref_that_went_an_image_that_moved_and_a_list_that_shrank():
    ref = {"ref": "main", "kind": "branch", "object_id": "0123456789abcdef"}
    assert said(row("ref_exists", before=ref, now={"ref": "main"}))[0][0] == (
        "The branch main was there, at 0123456789ab, and was deleted or renamed.")
    assert said(row("ref_exists", before=ref, now={"ref": "main", "empty": True}))[0][0].startswith("The repository was emptied")
    assert said(row("ref_exists", before=ref, now={"ref": "next"})) == []
    image = {"image": "a/b:1", "digest": "sha256:" + "1" * 64}
    moved = said(row("image_exists", before=image, now={"image": "a/b:1", "digest": "sha256:" + "2" * 64}))
    assert moved == [("a/b:1 was pushed anew: it was sha256:111111111111…, and is sha256:222222222222… now.", Sure.EXPLAINS)]
    gone = said(row("image_exists", before=image, now={}))
    assert gone == [("a/b:1 was there, at sha256:111111111111…, and was deleted, or its tag was.", Sure.EXPLAINS)]
    chosen = {"selection": "selected", "repository": "acme/web"}
    assert said(row("repository_allowed", Layer.REPO_ALLOW_LIST, before=chosen, now={"near": []}))[0][0] == (
        "acme/web was on the installation’s list, and is not on it any more.")
    active = row("installation_active", service="", status="pass", now={"selection": "selected"})
    before = {"selection": "all", "repository": "acme/web"}
    fewer = said(row("repository_allowed", Layer.REPO_ALLOW_LIST, before=before), siblings=[active])
    assert fewer == [("The installation reached all repositories, and reaches chosen ones only now: acme/web is not among them.",
                      Sure.EXPLAINS)]


def test_a_host_key_and_a_webhook_that_changed():
    keys = [{"trust": {"fingerprint": f"SHA256:{name}"}} for name in ("old", "new")]
    assert said(row("host_key_trusted", Layer.SSH_HOST, before=keys[0], now=keys[1]))[0][0] == (
        "The node presented SHA256:old, and presents SHA256:new now: it was set up anew, or it is another machine.")
    hook = row("webhook_configured", Layer.WEBHOOK, before={"url": "https://here/1"}, now={"url": "https://there/2"})
    assert said(hook)[0][0] == "The webhook went to https://here/1, and goes to https://there/2 now."


@pytest.mark.parametrize("odd", [{"granted": 3}, {"trust": []}, {"events": {}}, {"expires_on": [1]}, {"url": None}, {"digest": 5},
                                 {"selection": {}}, {"public": "yes"}, {"account": ["a"]}])
def test_facts_of_another_shape_say_nothing(odd):
    for before, now in ((odd, {}), ({}, odd), (odd, odd)):
        assert said(row("ref_exists", before=before, now=now)) == []


# --- What the provider told -------------------------------------------------------------------------------------------
def hook(what, action="", repository="", ref="", at=BETWEEN):
    return Event(at, what, "main", is_hook=True, action=action, repository=repository, ref=ref)


def test_a_suspension_explains_an_app_that_stopped_and_not_a_name_that_does_not_resolve():
    event = hook("installation", "suspend")
    assert said(row(layer=Layer.GITHUB_APP), event) == [("GitHub told that the installation was suspended.", Sure.EXPLAINS)]
    assert said(row(layer=Layer.DNS), event) == [("GitHub told that the installation was suspended.", Sure.COINCIDENCE)]


def test_what_is_told_of_another_repository_or_branch_is_no_matter_of_the_row():
    mine = row("ref_exists", Layer.BRANCH_MISSING, now={"ref": "main"})
    url = row("url_well_formed", status="pass", now={"repository": "Acme/Web"})
    assert said(mine, hook("delete", repository="acme/web", ref="main"), siblings=[url]) == [
        ("GitHub told that main of acme/web was deleted.", Sure.EXPLAINS)]
    for event in (hook("delete", repository="acme/other", ref="main"), hook("delete", repository="acme/web", ref="dev")):
        assert said(mine, event, siblings=[url]) == []


def test_a_webhook_may_come_a_little_later_than_the_check():
    event = hook("installation", "suspend", at=RED + timedelta(minutes=1))
    assert said(row(layer=Layer.GITHUB_APP), event) != []
    assert said(row(layer=Layer.GITHUB_APP), hook("installation", "suspend", at=RED + timedelta(minutes=9))) == []
    assert told(row(layer=Layer.GITHUB_APP), event).otherwise == "it changed at github.com"


def test_every_event_reads_as_a_sentence():
    for what, action in MEANS:
        for one in (hook(what, action), hook(what, action, "acme/web", "refs/heads/main")):
            for text, _ in said(row(), one):
                assert text.startswith("GitHub told that ")
                assert text.endswith(".")
                assert "{" not in text


# --- Others that turned, and the order ----------------------------------------------------------------------------------
def test_a_crowd_at_one_host_and_at_several():
    one = row("host_reachable", Layer.PROVIDER_OUTAGE, "unknown", "", cause=Cause.PROVIDER)
    same, other = Peer("b", "github.com", RED), Peer("c", "gitlab.com", RED + timedelta(minutes=5))
    assert said(one, peers=[same]) == [
        ("Looks like an outage at github.com: 2 integrations turned at the same time.", Sure.LIKELY)]
    assert [sure for _, sure in said(one, peers=[same, other])] == [Sure.LIKELY, Sure.COINCIDENCE]
    for peers in ([], [Peer("main", "github.com", RED)], [Peer("b", "github.com", RED + timedelta(hours=1))]):
        assert said(one, peers=peers) == []
    assert said(row(), peers=[same, other]) == [], "a fail is no outage"


def test_what_explains_comes_first_then_what_was_done_here_and_so_many_at_most():
    before, now = {"granted": ["a"], "told_in_full": True}, {"granted": [], "told_in_full": True}
    one = row(layer=Layer.GITHUB_APP, before=before, now=now)
    found = said(one, Event(BETWEEN, "resumed", "main"), hook("installation_repositories", "removed"), edit("token"))
    assert [text for text, _ in found] == [
        "No longer granted: a.", "The token was replaced.",
        "GitHub told that repositories were taken off the installation’s list.", "It was taken up again after a pause."]
    many = [edit("token", f"field_{n}", at=BETWEEN + timedelta(minutes=n)) for n in range(20)]
    assert len(told(one, *many).changes) == MOST
    twice = [edit("token", at=BETWEEN), edit("token", at=BETWEEN + timedelta(hours=1))]
    assert len(said(row(), *reversed(twice))) == 1
    assert told(row(), *reversed(twice)).changes[0].at == BETWEEN + timedelta(hours=1)
