"""Activity: both kinds of entry in one list, filtered and paged, and who may read what."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from checks.models import Flip
from checks.pages.activity import PAGE as PER_PAGE
from checks.pages.activity import read_cursor
from organisations import audit
from organisations.models import AuditEvent
from tests.checks.pages.test_checklist import title

PAGE = "/o/acme/activity/"


@pytest.fixture
def eventful(scene, people):
    row = scene.verified()
    scene.flip(row, service_name="shop-api", evidence="acme/shop had no branch.")
    audit.record(
        people.acme,
        people.alice,
        "edited",
        "gitea-main",
        changed=["username"],
        before={"username": "a"},
        after={"username": "b"},
    )
    return row


def test_changes_and_people_stand_in_one_list_newest_first(eventful, people, sees):
    text = sees(people.alice, PAGE).text
    assert title(text) == "What changed"
    assert text.index("alice@example.com</b> edited <b>gitea-main</b>") < text.index(
        "The branch or tag exists, for shop-api"
    )
    assert "changed: username" in text
    assert "was pass" in text
    assert "acme/shop had no branch." in text


@pytest.mark.parametrize("who", ["vera", "dora"])
def test_who_did_what_is_for_owners_and_admins(eventful, people, sees, who):
    text = sees(getattr(people, who), PAGE).text
    assert "The branch or tag exists, for shop-api" in text
    assert "changed: username" not in text
    assert "Who did what is for owners and admins to read." in text
    assert "changed: username" not in sees(getattr(people, who), PAGE + "?what=people").text


def test_filters(eventful, people, scene, sees):
    other = scene.integration("labs")
    scene.flip(other, evidence="labs was gone.")
    only = sees(people.alice, PAGE + "?integration=labs").text
    assert title(only) == "What changed at labs"
    assert "labs was gone." in only
    assert "acme/shop had no branch." not in only
    assert "changed: username" not in only
    assert "changed: username" not in sees(people.alice, PAGE + "?what=changes").text
    assert "labs was gone." not in sees(people.alice, PAGE + "?what=people").text


def test_nothing_of_another_organisation_shows(eventful, people, sees):
    audit.record(people.globex, people.bob, "edited", "their-thing")
    assert "their-thing" not in sees(people.alice, PAGE).text
    assert sees(people.bob, PAGE).status == 404


def test_pages_follow_each_other_without_a_gap_or_a_double(eventful, people, scene, sees):
    Flip.objects.all().delete()
    moments = [scene.now - timedelta(minutes=m // 7) for m in range(2 * PER_PAGE + 20)]  # many at the very same moment
    Flip.objects.bulk_create(
        [
            Flip(integration=eventful, check_slug="a", title="T", before="pass", after="fail", evidence=f"#{n}#", at=at)
            for n, at in enumerate(moments)
        ]
    )
    for n in range(30):
        audit.record(people.acme, people.alice, "edited", f"@{n}@")
    AuditEvent.objects.update(at=scene.now - timedelta(minutes=3))
    seen, path, pages = [], PAGE, 0
    while path and pages < 10:
        text = sees(people.alice, path).text
        seen += re.findall(r"#\d+#|@\d+@", text)
        found = re.search(r'href="(\?before=[^"]+)"', text)
        path, pages = (PAGE + found[1].replace("&amp;", "&") if found else ""), pages + 1
    assert len(seen) == len(set(seen)) == 2 * PER_PAGE + 20 + 30
    assert pages == 4


@pytest.mark.parametrize(
    "text", ["", "x", "a|b|c", "2026-11-23T10:00:00|0|1", "2026-11-23T10:00:00+00:00|x|1", "\x00|\x00|\x00"]
)
def test_what_is_no_cursor_is_the_first_page(text):
    assert read_cursor(text) is None


def test_an_empty_list_says_when_it_fills(people, sees):
    text = sees(people.vera, PAGE).text
    assert title(text) == "Nothing has changed yet"
    assert "It fills by itself once something is connected and checked." in text


def test_hostile_texts_are_text(eventful, people, scene, sees):
    scene.flip(eventful, evidence="<script>alert(1)</script>")
    audit.record(people.acme, people.alice, "edited", "<b>x</b>", note="<i>y</i>")
    text = sees(people.alice, PAGE + "?integration=").text
    assert "<script>alert" not in text
    assert "<i>y" not in text
