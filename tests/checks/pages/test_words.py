"""Numbers, spans and moments in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.pages.words import ago, counted, listed, spelled, took

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (0, "just now"),
        (9, "just now"),
        (10, "10 seconds ago"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (3600, "1 hour ago"),
        (86_400, "1 day ago"),
        (86_400 * 29, "29 days ago"),
        (86_400 * 30, "1 month ago"),
        (86_400 * 800, "2 years ago"),
        (-5, "in a moment"),
        (-540, "in 9 minutes"),
    ],
)
def test_a_moment_is_said_in_its_largest_whole_unit(back, said):
    assert ago(NOW - timedelta(seconds=back), NOW) == said


def test_no_moment_is_never():
    assert ago(None, NOW) == "never"


@pytest.mark.parametrize(("ms", "said"), [(None, ""), (0, ""), (118, "118 ms"), (1240, "1.2 s")])
def test_how_long_it_took(ms, said):
    assert took(ms) == said


def test_numbers_and_plurals():
    assert [counted(0, "row"), counted(1, "row"), counted(1200, "row")] == ["0 rows", "1 row", "1,200 rows"]
    assert [spelled(2), spelled(12), spelled(13)] == ["Two", "Twelve", "13"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_names_in_a_sentence(names, said):
    assert listed(names) == said
