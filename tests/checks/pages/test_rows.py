"""Merging what is declared with what was found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from checks.pages.rows import ActiveRun, landed, merge, of_service, readiness
from checks.providers.base import Check
from checks.verdict import Layer, passed

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
SHOP, WEB = (uuid4(), "shop-api"), (uuid4(), "shop-web")


def check(slug, *, per_service=False, required=True):
    return Check(
        slug,
        f"Title of {slug}",
        Layer.GIT_TOKEN,
        lambda ctx: passed("Seen."),
        required=required,
        per_service=per_service,
    )


def finding(slug, service=None, **different):
    return {
        "integration_id": None,
        "check_slug": slug,
        "service_id": service[0] if service else None,
        "service__name": service[1] if service else None,
        "title": f"Title of {slug}",
        "required": True,
        "status": "pass",
        "cause": "",
        "layer": "git-token",
        "skip": "",
        "evidence": f"{slug} was right.",
        "remedy": "",
        "link": "",
        "facts": {},
        "duration_ms": 12,
        "checked_at": NOW,
        "since": NOW - timedelta(days=1),
        "last_good_at": NOW,
        "last_good_evidence": "",
        "run_id": "old",
        "run__generation": 1,
        **different,
    }


def rows(checks, findings=(), services=(), **more):
    return merge(checks, findings, services, settings={}, **more)


def test_rows_stand_in_the_order_in_which_they_are_declared():
    merged = rows([check("b"), check("a")], [finding("a"), finding("b")])
    assert [(r.slug, r.status, r.evidence) for r in merged] == [
        ("b", "pass", "b was right."),
        ("a", "pass", "a was right."),
    ]


def test_a_row_for_each_service_stands_once_for_each():
    merged = rows([check("clone", per_service=True)], [finding("clone", WEB), finding("clone", SHOP)], [SHOP, WEB])
    assert [(r.service, r.key) for r in merged] == [("shop-api", "clone-shop-api"), ("shop-web", "clone-shop-web")]


def test_a_declared_row_that_was_never_asked_says_so():
    (row,) = rows([check("new")])
    assert (row.status, row.word, row.evidence, row.landed) == ("unverified", "Not checked", "Not asked yet.", False)


def test_a_finding_that_is_no_longer_declared_stays_at_the_end():
    merged = rows([check("a")], [finding("gone"), finding("a")])
    assert [(r.slug, r.declared) for r in merged] == [("a", True), ("gone", False)]


def test_findings_of_a_provider_that_is_gone_are_all_still_shown():
    assert [r.slug for r in rows([], [finding("a"), finding("b")])] == ["a", "b"]


def test_no_service_uses_this_is_dropped_once_a_service_does():
    said = finding("clone", status="skipped", skip="no_service", evidence="No service uses this yet.")
    (row,) = rows([check("clone", per_service=True)], [said], [SHOP])
    assert (row.status, row.service) == ("unverified", "shop-api")


def test_without_a_service_the_row_says_that_none_uses_it():
    said = finding("clone", status="skipped", skip="no_service", evidence="No service uses this yet.")
    (row,) = rows([check("clone", per_service=True)], [said])
    assert (row.status, row.evidence) == ("skipped", "No service uses this yet.")


def test_while_a_run_is_under_way_only_its_own_answers_are_verdicts():
    run = ActiveRun("new", "running", 1)
    merged = rows(
        [check("a"), check("b"), check("c")], [finding("a", run_id="new"), finding("b", status="fail")], run=run
    )
    assert [(r.status, r.word) for r in merged] == [("pass", "Pass"), ("running", "Checking"), ("running", "Checking")]
    assert [r.evidence for r in merged] == ["a was right.", "Before: b was right.", "No answer yet."]
    assert landed(merged) == 1
    assert merged[1].stops, "what was wrong before is wrong until it is seen to be right"


def test_a_run_that_no_worker_takes_is_queued_whatever_its_state():
    for state in ("queued", "running"):
        (row,) = rows([check("a")], run=ActiveRun("new", state, 1, waits=True))
        assert (row.status, row.word) == ("queued", "Queued")


def test_what_was_found_before_an_edit_proves_nothing():
    (row,) = rows([check("a")], [finding("a")], generation=2)
    assert (row.status, row.evidence) == ("unverified", "Not asked since the last edit. Before it: a was right.")
    (row,) = rows([check("a")], [finding("a")], generation=2, run=ActiveRun("new", "running", 2))
    assert (row.status, row.was, row.evidence) == ("running", "", "Before the edit: a was right.")


def test_a_finding_whose_run_was_pruned_still_counts():
    (row,) = rows([check("a")], [finding("a", run_id=None, run__generation=None)], generation=5)
    assert row.status == "pass"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_a_link_that_is_not_of_the_web_is_left_out(link):
    (row,) = rows([check("a")], [finding("a", link=link)])
    assert row.link == ""


def test_a_service_rests_on_the_shared_rows_and_its_own():
    merged = rows(
        [check("token"), check("clone", per_service=True)],
        [finding("token"), finding("clone", SHOP), finding("clone", WEB, status="fail")],
        [SHOP, WEB],
    )
    assert [(r.slug, r.service) for r in of_service(merged, SHOP[0])] == [("token", ""), ("clone", "shop-api")]
    assert readiness(of_service(merged, SHOP[0])) == "ready"
    assert readiness(of_service(merged, WEB[0])) == "broken"


@pytest.mark.parametrize(
    ("different", "expected"),
    [
        ({}, "ready"),
        ({"status": "warn"}, "ready"),
        ({"status": "fail"}, "broken"),
        ({"status": "fail", "required": False}, "ready"),
        ({"status": "unknown", "cause": "provider"}, "unknown"),
        ({"status": "unknown", "cause": "yours"}, "unchecked"),
        ({"status": "skipped", "skip": "need"}, "unchecked"),
        ({"status": "skipped", "skip": "not_applicable"}, "ready"),
    ],
)
def test_whether_a_deploy_would_work(different, expected):
    assert readiness(rows([check("a"), check("b")], [finding("a"), finding("b", **different)])) == expected


def test_a_row_that_was_never_asked_proves_no_deploy():
    assert readiness(rows([check("a"), check("b")], [finding("a")])) == "unchecked"
    assert readiness([]) == "unchecked"


def test_a_row_that_is_asked_again_keeps_what_was_known_meanwhile():
    merged = rows([check("a")], [finding("a")], run=ActiveRun("new", "running", 1))
    assert readiness(merged) == "ready"
