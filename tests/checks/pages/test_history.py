"""The strip of the last thirty days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from checks.pages.history import WIDTH, by_row, strip
from checks.pages.rows import Row

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def days(number):
    return NOW - timedelta(days=number)


def flip(back, before, after, slug="a", service=""):
    return {"check_slug": slug, "service_name": service, "before": before, "after": after, "at": days(back)}


def test_a_row_that_never_changed_fills_the_strip():
    drawn = strip(Row("a", "A", "pass", since=days(90)), [], NOW)
    assert [(s.status, s.x, s.width) for s in drawn.segments] == [("pass", 0, WIDTH)]
    assert drawn.said == "Passing for 3 months"


def test_a_row_that_broke_a_day_ago_passed_before():
    drawn = strip(Row("a", "A", "fail", since=days(1)), [flip(1, "pass", "fail")], NOW)
    assert [(s.status, s.x, s.width) for s in drawn.segments] == [("pass", 0, 290), ("fail", 290, 10)]
    assert drawn.said == "Failing for 1 day"


def test_before_its_first_answer_nothing_is_drawn():
    drawn = strip(Row("a", "A", "pass", since=days(3)), [], NOW)
    assert [(s.status, s.x, s.width) for s in drawn.segments] == [("pass", 270, 30)]
    drawn = strip(Row("a", "A", "pass", since=days(3)), [flip(3, "", "pass")], NOW)
    assert [(s.status, s.x, s.width) for s in drawn.segments] == [("pass", 270, 30)]


def test_changes_are_counted():
    changes = [flip(9, "pass", "fail"), flip(6, "fail", "pass"), flip(3, "pass", "fail")]
    drawn = strip(Row("a", "A", "fail", since=days(3)), changes, NOW)
    assert [s.status for s in drawn.segments] == ["pass", "fail", "pass", "fail"]
    assert drawn.said == "Failing for 3 days; changed 3 times in 30 days"


def test_a_row_without_a_past_has_no_strip():
    assert strip(Row("a", "A", "unverified"), [], NOW) is None
    assert strip(Row("a", "A", "skipped", since=days(3)), [], NOW) is None


def test_flips_are_kept_apart_by_row_and_service_oldest_first():
    found = by_row([flip(1, "fail", "pass"), flip(2, "pass", "fail"), flip(1, "pass", "fail", service="shop-api")])
    assert [f["after"] for f in found["a", ""]] == ["fail", "pass"]
    assert [f["after"] for f in found["a", "shop-api"]] == ["fail"]
