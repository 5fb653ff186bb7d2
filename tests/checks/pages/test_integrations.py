"""The list of integrations, one integration, its live rows, and what one may do with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks.models import Heartbeat, Integration, Run
from organisations.models import AuditEvent
from tests.checks.pages.conftest import FAIL
from tests.checks.pages.test_checklist import title

PAGE = "/o/acme/integrations/gitea-main/"


@pytest.fixture
def running(scene):
    """An integration whose run has answered three rows."""
    row = scene.integration()
    run = scene.run(row, "running", lease_until=scene.now + timedelta(minutes=1))
    scene.found(row, run, only=3)
    return row, run


# --- One integration ---------------------------------------------------------------------------------------
def test_a_verified_one_shows_what_was_asked_what_it_serves_and_its_credential(scene, people, sees):
    row = scene.verified(notes="Ask Dora first.")
    text = sees(people.alice, PAGE).text
    assert title(text) == "gitea-main is verified"
    assert "git.example.com" in text
    assert '<a href="/o/acme/services/shop-api/">shop-api</a>' in text
    assert f"<code>{row.credential_facts['token']['fingerprint'][:8]}</code>" in text
    assert "Stored on" in text
    assert "Ask Dora first." in text
    assert "asked by a person" in text
    assert "640 ms" in text


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("unverified", "gitea-main is not verified yet"),
        ("unknown", "gitea-main could not be checked yet"),
        ("paused", "gitea-main is paused"),
        ("needs_credential", "gitea-main needs its credential again"),
        ("broken", "gitea-main is broken"),
        ("verified", "gitea-main is verified"),
    ],
)
def test_the_heading_says_what_it_is_worth(scene, people, sees, status, said):
    scene.integration(status=status, paused_at=scene.now if status == "paused" else None)
    assert title(sees(people.alice, PAGE).text) == said


def test_a_broken_one_shows_remedy_link_history_and_what_it_breaks(scene, people, sees):
    row = scene.integration(status="broken")
    scene.service("shop-api", row)
    scene.found(
        row,
        ref_exists={**FAIL, "since": scene.now - timedelta(hours=20)},
        scopes_sufficient={**FAIL, "facts": {"required": ["read:repository"], "granted": ["read:user"]}},
    )
    scene.flip(row, service_name="shop-api", at=scene.now - timedelta(hours=20))
    text = sees(people.alice, PAGE).text
    assert title(text) == "gitea-main is broken: two things to mend"
    assert "Open the page at git.example.com" in text
    assert "Changing SSH keys on a server will not mend this." in text
    assert '<th scope="row"><a href="/o/acme/services/shop-api/">shop-api</a></th><td class="missing">' in text
    assert '<tr class="missing"><th scope="row"><code>read:repository</code></th><td class="word">' in text
    assert 'aria-label="Failing for 20 hours"' in text
    assert '<rect class="fail"' in text


def test_the_replace_link_and_the_danger_are_for_those_who_manage(scene, people, sees):
    scene.verified()
    for who, may in (("alice", True), ("adam", True), ("dora", False), ("vera", False)):
        text = sees(getattr(people, who), PAGE).text.split("<main")[1]
        assert ("Replace the credential" in text) is may, who
        assert ("/disconnect/" in text) is may, who
        assert ("/pause/" in text) is may, who
        assert ("/edit/" in text) is may, who
        assert ("Check again" in text) is (who != "vera"), who
    assert "alice@example.com and adam@example.com can change and check this" in text


def test_an_absent_name_is_not_found(scene, people, sees):
    assert sees(people.alice, "/o/acme/integrations/nowhere/").status == 404


def test_a_disconnected_one_is_out_of_sight(scene, people, sees):
    scene.verified(removed_at=scene.now)
    assert sees(people.alice, PAGE).status == 404
    assert sees(people.alice, PAGE + "rows/").status == 404


# --- Live rows ----------------------------------------------------------------------------------------------
def test_a_running_one_polls_its_rows(running, people, sees):
    text = sees(people.alice, PAGE).text
    assert title(text) == "gitea-main is being checked"
    assert f'hx-get="{PAGE}rows/?seen=' in text
    assert 'hx-trigger="every 250ms"' in text
    assert "3 of 10" in text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    assert "Check again" not in text


@pytest.mark.parametrize("on", ["", "&on=checklist"])
def test_the_fragment_is_sent_only_when_something_landed(running, people, sees, scene, on):
    row, run = running
    first = sees(people.alice, f"{PAGE}rows/?seen={on}")
    assert first.status == 200
    assert "<html" not in first.text
    seen = first.text.split("seen=")[1].split('"')[0]
    assert sees(people.alice, f"{PAGE}rows/?seen={seen}{on}").status == 204
    row.findings.all().delete()
    scene.found(row, run, only=4)
    assert sees(people.alice, f"{PAGE}rows/?seen={seen}{on}").status == 200


@pytest.mark.parametrize("on", ["", "?on=checklist"])
def test_the_fragment_ends_the_polling_once_the_run_ended_and_says_so_once(running, people, sees, scene, on):
    row, run = running
    row.findings.all().delete()
    scene.found(row, run, token_accepted=FAIL)
    Run.objects.filter(pk=run.pk).update(state="finished", status="fail", finished_at=scene.now)
    done = sees(people.alice, f"{PAGE}rows/{on}")
    assert (done.status, done.answer["HX-Trigger"]) == (286, "checked")
    assert "hx-trigger" not in done.text
    assert done.text.count('<p id="announce" hx-swap-oob="innerHTML">gitea-main: 10 rows checked, 1 wrong.</p>') == 1


def test_a_fragment_under_way_announces_nothing(running, people, sees):
    assert "announce" not in sees(people.alice, f"{PAGE}rows/").text


@pytest.mark.parametrize(("asked", "every"), [("1500", 1500), ("1", 250), ("999999", 20_000), ("soon", 250), ("", 250)])
def test_the_pace_of_a_card_is_bounded(running, people, sees, asked, every):
    assert f'hx-trigger="every {every}ms"' in sees(people.alice, f"{PAGE}rows/?on=checklist&every={asked}").text


def test_with_the_worker_away_it_says_queued(running, people, sees, scene):
    Heartbeat.objects.all().delete()
    Run.objects.update(lease_until=scene.now - timedelta(seconds=1))
    text = sees(people.alice, PAGE).text
    assert title(text) == "gitea-main is queued: no worker is running"
    assert ">Checking</span>" not in text


# --- Check again ----------------------------------------------------------------------------------------------
def test_check_again_makes_one_run_however_often_it_is_asked(scene, people, as_):
    scene.verified()
    before = Run.objects.count()
    for _ in range(3):
        answer = as_(people.dora).post(f"{PAGE}check/")
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
    (run,) = Run.objects.filter(state="queued")
    assert Run.objects.count() == before + 1
    assert (run.trigger, run.requested_by) == (Run.Trigger.PERSON, people.dora)


@pytest.mark.parametrize(
    ("following", "where"), [("checklist", "/o/acme/"), ("https://evil.example", PAGE), ("", PAGE)]
)
def test_afterwards_one_is_where_one_was_and_nowhere_else(scene, people, as_, following, where):
    scene.verified()
    assert as_(people.dora).post(f"{PAGE}check/", {"next": following})["Location"] == where


def test_without_its_credential_it_is_not_asked(scene, people, as_):
    scene.integration(status="needs_credential")
    text = as_(people.dora).post(f"{PAGE}check/", follow=True).content.decode()
    assert "gitea-main was not asked: token: is missing" in text
    assert not Run.objects.exists()


# --- Pause, resume ----------------------------------------------------------------------------------------------
def test_pause_and_resume(scene, people, as_):
    scene.verified()
    text = as_(people.adam).post(f"{PAGE}pause/", follow=True).content.decode()
    assert title(text) == "gitea-main is paused"
    assert Integration.objects.get().paused_at is not None
    text = as_(people.adam).post(f"{PAGE}resume/", follow=True).content.decode()
    assert title(text) == "gitea-main is not verified yet"
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == ["paused", "resumed"]


# --- The list -------------------------------------------------------------------------------------------------------
def test_the_list_says_how_many_are_verified(scene, people, sees):
    scene.verified()
    scene.found(scene.integration("labs", status="broken"), token_accepted=FAIL)
    text = sees(people.vera, "/o/acme/integrations/").text
    assert title(text) == "2 integrations, 1 verified"
    assert "1 to mend" in text
    assert "alice@example.com and adam@example.com can connect" in text


def test_the_list_offers_the_undo_for_an_hour(scene, people, sees):
    scene.verified(removed_at=scene.now - timedelta(minutes=20))
    scene.integration("long-gone", removed_at=scene.now - timedelta(hours=2))
    owner, viewer = (sees(p, "/o/acme/integrations/").text for p in (people.alice, people.vera))
    assert "/o/acme/integrations/gitea-main/restore/" in owner
    assert "gitea-main</b> is disconnected" in viewer
    assert "/restore/" not in viewer
    assert "long-gone" not in owner
