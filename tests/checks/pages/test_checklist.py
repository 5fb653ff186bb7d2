"""The checklist: its answer, its states, who sees which control, and what it costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from checks.models import Finding, Heartbeat, Run
from checks.pages.board import load
from checks.pages.checklist import GONE, poll_every, sections
from checks.pages.rows import Row
from checks.pages.summary import expiry, heading, summary
from checks.providers import PROVIDERS
from tests.checks.pages.conftest import FAIL, OUTAGE

PAGE = "/o/acme/"


def title(text):
    return re.sub(r"\s+", " ", re.search(r"<h1>(.*?)</h1>", text, re.S)[1]).strip()


# --- The heading is the answer ---------------------------------------------------------------------------
def test_nothing_is_connected_yet(scene, people, sees):
    page = sees(people.alice, PAGE)
    assert title(page.text) == "Nothing is connected yet"
    for provider in PROVIDERS:
        assert f"Connect {provider.name}" in page.text
        assert f"It takes about {provider.guide.minutes} minute" in page.text


def test_everything_is_proven(scene, people, sees):
    scene.verified()
    page = sees(people.alice, PAGE)
    assert title(page.text) == "Everything is proven"
    assert "Nothing to mend" in page.text
    assert "1 service" in page.text
    assert "would deploy right now" in page.text


def test_what_stops_the_next_deploy_is_counted_and_named(scene, people, sees):
    broken = scene.integration(status="broken")
    scene.service("shop-api", broken)
    scene.found(broken, ref_exists=FAIL, token_accepted={**FAIL, "evidence": "The token was revoked."})
    page = sees(people.alice, PAGE)
    assert title(page.text) == "Two things stop your next deploy"
    assert "2 to mend" in page.text
    assert "0 of 1 service" in page.text
    assert '<a href="/o/acme/services/shop-api/">shop-api</a>' in page.text
    assert "Push the branch release." in page.text
    assert 'href="https://git.example.com/acme/shop/branches"' in page.text


def test_a_failure_that_no_service_rests_on_stops_no_deploy(scene, people):
    scene.found(scene.integration(status="broken"), token_accepted=FAIL)
    assert heading(load(people.acme)) == "One thing to mend"


def test_a_missing_credential_is_a_thing_to_mend(scene, people, sees):
    row = scene.integration("moved", status="needs_credential")
    scene.service("shop-api", row)
    page = sees(people.alice, PAGE)
    assert title(page.text) == "One thing stops your next deploy"
    assert "Its credential was dropped when its address changed." in page.text
    assert "/o/acme/integrations/moved/edit/" in page.text


def test_a_warning_works_and_should_change(scene, people):
    row = scene.integration(status="verified")
    scene.service("shop-api", row)
    scene.found(row, scopes_not_excessive={"status": "warn", "cause": "yours", "remedy": "Make a smaller one."})
    assert heading(load(people.acme)) == "Everything works; one thing should change"


def test_an_outage_keeps_what_was_last_known_and_says_since_when(scene, people, sees):
    row = scene.integration(status="verified", verified_at=scene.now - timedelta(hours=6))
    scene.service("shop-api", row)
    scene.found(
        row,
        clone_permitted={
            **OUTAGE,
            "last_good_at": scene.now - timedelta(hours=2),
            "last_good_evidence": "acme/shop let this token clone it.",
        },
    )
    page = sees(people.alice, PAGE)
    assert title(page.text) == "One integration could not be checked"
    assert "Could not be checked now; verified" in page.text
    assert "git.example.com answered HTTP 503." in page.text
    assert re.search(r"Passed <time[^>]*>2 hours ago</time>: acme/shop let this token clone it\.", page.text)
    assert "Verified</span>" in page.text, "an outage does not take the pill away"


def test_an_integration_that_serves_nothing_is_not_proven(scene, people, sees):
    scene.found(scene.integration())
    page = sees(people.alice, PAGE)
    assert title(page.text) == "One integration is not proven yet"
    assert "Signing in proves nothing that a deploy needs" in page.text
    assert "No services yet" in page.text


def test_paused_integrations_are_named_as_such(scene, people):
    scene.integration(status="paused", paused_at=scene.now)
    assert heading(load(people.acme)) == "Everything is paused"
    scene.verified("backups", "orders-db", provider="backup_storage")
    assert heading(load(people.acme)) == "Everything that is not paused is proven"


def test_a_provider_that_this_version_does_not_know_is_still_shown(scene, people, sees):
    row = scene.integration("old", provider="from_another_version", status="verified", settings={"host": "x"})
    Finding.objects.create(
        integration=row,
        check_slug="host_reachable",
        title="The host answered",
        required=True,
        status="pass",
        evidence="x answered.",
        checked_at=scene.now,
        since=scene.now,
    )
    page = sees(people.alice, PAGE)
    assert GONE in page.text
    assert "This version of the program does not know “from_another_version”." in page.text
    assert "x answered." in page.text
    assert "/o/acme/integrations/old/check/" not in page.text


# --- Running -----------------------------------------------------------------------------------------------
def test_rows_that_have_not_landed_keep_their_place(scene, people, sees):
    row = scene.integration()
    scene.found(row, scene.run(row, "running", lease_until=scene.now + timedelta(minutes=1)), only=3)
    declared = len(PROVIDERS[0].rows(row.settings)) if PROVIDERS[0].slug == row.provider else 10
    page = sees(people.alice, PAGE)
    assert title(page.text) == "Checking 1 integration"
    assert f"3 of {declared}" in page.text
    assert page.text.count(">Checking</span>") == declared - 3 + 1
    assert 'hx-trigger="every 250ms"' in page.text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text


def test_without_a_worker_a_run_is_queued_and_no_verdict_appears(scene, people, sees):
    Heartbeat.objects.update(beat_at=scene.now - timedelta(minutes=2))
    scene.run(scene.integration(), "queued")
    page = sees(people.alice, PAGE)
    assert title(page.text) == "Queued: no worker is running"
    assert "Queued: no worker is running. Nothing is asked" in page.text
    assert not re.search(r'class="v (pass|fail|warn)"', page.text.split('id="own"')[1].split("</section>")[1])


def test_a_check_by_schedule_does_not_take_the_heading_away(scene, people):
    row = scene.verified()
    scene.run(row, "running", trigger=Run.Trigger.SCHEDULE, lease_until=scene.now + timedelta(minutes=1))
    assert heading(load(people.acme)) == "Everything is proven"


def test_nothing_polls_when_nothing_runs(scene, people, sees):
    scene.verified()
    text = sees(people.alice, PAGE).text
    assert "every 250ms" not in text
    assert 'http-equiv="refresh"' not in text


def test_many_cards_under_way_are_asked_for_more_slowly():
    assert [poll_every(n) for n in (0, 1, 3, 125)] == [250, 250, 450, 18_750]


def test_the_summary_alone_can_be_asked_for(scene, people, sees):
    scene.verified()
    text = sees(people.alice, PAGE + "?part=summary").text
    assert title(text) == "Everything is proven"
    assert "<html" not in text


# --- What comes due ------------------------------------------------------------------------------------------
def test_the_credential_that_ends_first_is_told(scene, people, sees):
    row = scene.integration(status="verified")
    scene.service("shop-api", row)
    end = (scene.now + timedelta(days=12)).date()
    scene.found(
        row,
        token_not_expiring={
            "status": "warn",
            "cause": "yours",
            "remedy": "Rotate it.",
            "facts": {"expires_on": end.isoformat()},
        },
    )
    text = sees(people.alice, PAGE).text
    assert "<b>12 days</b>" in text
    assert "until the credential ends of" in text


@pytest.mark.parametrize(
    ("facts", "days"),
    [({"expires_on": None}, None), ({"expires_on": "soon"}, None), ({}, None), ({"expires_on": "2026-12-05"}, 5)],
)
def test_an_end_that_is_not_a_day_is_no_end(facts, days):
    found = expiry(Row("a", "A", "pass", facts=facts))
    assert (found.day if found else None) == days


def test_a_distant_end_is_not_worth_a_figure(scene, people):
    row = scene.integration(status="verified")
    scene.found(row, token_not_expiring={"facts": {"expires_on": (scene.now + timedelta(days=90)).date().isoformat()}})
    assert not any("credential" in figure.text for figure in summary(load(people.acme)).figures)


# --- The seed's order ----------------------------------------------------------------------------------------
def test_sections_stand_in_the_order_of_the_seed_with_the_organisations_own_rows_first(scene, people, sees):
    scene.verified("zz-backups", "db", provider="backup_storage")
    text = sees(people.alice, PAGE).text
    headings = [re.sub(r"<.*?>", "", found).strip() for found in re.findall(r"<h2[^>]*>(.*?)</h2>", text, re.S)]
    assert headings[0] == "Your Organisation and roles"
    shown = [f"{section.name} {section.note}".strip() for section in sections([])]
    assert headings[1 : len(shown) + 1] == shown
    assert "You are in the right Organisation" in text
    assert "Your role allows managing integrations" in text
    assert "No token is written where others read it" in text


# --- People -------------------------------------------------------------------------------------------------
def test_a_viewer_sees_everything_and_no_control_but_who_can(scene, people, sees):
    broken = scene.integration(status="broken")
    scene.service("shop-api", broken)
    scene.found(broken, ref_exists=FAIL)
    text = sees(people.vera, PAGE).text
    main = text.split("<main")[1]
    assert "Push the branch release." in main
    assert "<form" not in main
    assert "<button" not in main
    assert "/new/" not in main
    assert "alice@example.com and adam@example.com can change and check this" in main


def test_a_developer_may_check_again_and_not_connect(scene, people, sees):
    scene.verified()
    main = sees(people.dora, PAGE).text.split("<main")[1]
    assert "/o/acme/integrations/gitea-main/check/" in main
    assert "/o/acme/check/" in main
    assert "/integrations/new/" not in main


def test_check_everything_asks_each_once_and_leaves_the_paused_alone(scene, people, as_):
    scene.verified()
    scene.integration("moved", status="needs_credential")
    scene.integration("resting", status="paused", paused_at=scene.now)
    for _ in range(2):
        answer = as_(people.dora).post("/o/acme/check/")
        assert (answer.status_code, answer["Location"]) == (302, "/o/acme/")
    assert list(Run.objects.filter(state="queued").values_list("integration__name", flat=True)) == ["gitea-main"]


def test_check_everything_says_when_there_is_nothing_to_ask(scene, people, as_):
    answer = as_(people.dora).post("/o/acme/check/", follow=True)
    assert "Nothing could be asked" in answer.content.decode()
