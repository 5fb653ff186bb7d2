"""The status picture: what it says, who has its address, what it costs, and that it names nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from checks.actions import badge as badges
from checks.actions import services
from checks.models import Badge, Finding, Integration, Run
from checks.pages.badge import COLOURS, GREY
from organisations.models import AuditEvent
from tests.checks.pages.conftest import FAIL, OUTAGE

PAGE = "/o/acme/services/shop-api/"
MAKE, RENEW, REMOVE = f"{PAGE}badge/", f"{PAGE}badge/renew/", f"{PAGE}badge/remove/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def badge(scene, people):
    """The badge of shop-api, whose rows all pass."""
    integration = scene.verified()
    return badges.make(service=integration.services.get(), actor=people.alice)


def look(client, badge, **headers):
    return client.get(f"/badge/{badge.token}.svg", headers=headers)


def drawn(answer):
    """(what a screen reader says, colour of the right half); the answer is well-formed XML."""
    root = ET.fromstring(answer.content)
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SVG}title").text == ": ".join(texts)
    return root.get("aria-label"), [rect.get("fill") for rect in root.iter(f"{SVG}rect")][-1]


# --- What it says ------------------------------------------------------------------------------------------------
def test_ready_is_read_without_signing_in_and_asks_nobody(badge, client):
    runs = Run.objects.count()
    with CaptureQueriesContext(connection) as captured:
        answer = look(client, badge)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert drawn(answer) == ("deploys: ready", COLOURS["ready"])
    assert len(captured) == 2
    assert Run.objects.count() == runs
    assert not answer.cookies


@pytest.mark.parametrize(("row", "word"), [(FAIL, "not ready"), (OUTAGE, "could not be checked"),
                                           ({"status": "warn", "cause": "yours", "remedy": "Change it."}, "ready")])
def test_its_rows_decide(badge, client, row, word):
    Finding.objects.filter(check_slug="ref_exists").update(**row)
    assert drawn(look(client, badge)) == (f"deploys: {word}", COLOURS[word])


def test_what_was_not_asked_since_a_change_is_not_proven(badge, client, people):
    services.correct(service=badge.service, actor=people.alice, target={"ref": "release"})
    assert drawn(look(client, badge)) == ("deploys: not proven", GREY)


def test_a_disconnected_integration_is_not_ready(badge, client, scene):
    Integration.objects.update(removed_at=scene.now)
    assert drawn(look(client, badge)) == ("deploys: not ready", COLOURS["not ready"])


@pytest.mark.parametrize(("row", "said"), [({}, "stale: ready 3 days ago"), (FAIL, "stale: not ready 3 days ago")])
def test_an_answer_of_more_than_a_day_ago_is_stale_and_says_its_age(badge, client, scene, row, said):
    Finding.objects.filter(check_slug="ref_exists").update(**row)
    Finding.objects.update(checked_at=scene.now - timedelta(days=3, hours=1))
    assert drawn(look(client, badge)) == (f"deploys: {said}", GREY)


def test_it_names_neither_the_organisation_nor_the_service(badge, client):
    Finding.objects.filter(check_slug="ref_exists").update(**FAIL)
    text = look(client, badge).content.decode()
    for name in ("acme", "Acme", "shop-api", "gitea-main", "branch", "release"):
        assert name not in text


# --- How it is served ------------------------------------------------------------------------------------------
def test_whoever_keeps_it_asks_again_and_is_told_that_nothing_changed(badge, client):
    answer = look(client, badge)
    assert answer["Cache-Control"] == "no-cache, max-age=60"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    again = look(client, badge, if_none_match=answer["ETag"])
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    Finding.objects.filter(check_slug="ref_exists").update(**FAIL)
    assert look(client, badge, if_none_match=answer["ETag"]).status_code == 200


def test_it_holds_no_style_and_no_script(badge, client):
    text = look(client, badge).content.decode()
    assert not re.search(r"style|script|\bon\w+=|href", text)


@pytest.mark.parametrize("token", ["no-such-token", "x", "a" * 64, "a" * 500, "%00" * 20, "é" * 20, "' or 1=1 --aaaaaaaaaa"])
def test_an_address_that_there_is_not_gets_a_grey_picture(badge, client, token):
    answer = client.get(f"/badge/{token}.svg")
    assert (answer.status_code, answer["Content-Type"]) == (404, "image/svg+xml; charset=utf-8")
    assert drawn(answer) == ("deploys: unknown", GREY)
    assert "ETag" not in answer


def test_only_reading_is_answered(badge, client):
    assert client.head(f"/badge/{badge.token}.svg").status_code == 200
    assert client.post(f"/badge/{badge.token}.svg").status_code == 405


def test_every_colour_is_readable_under_white():
    def light(channel):
        value = int(channel, 16) / 255
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
    for colour in {*COLOURS.values(), GREY, "#3b4148"}:
        red, green, blue = (light(colour[n:n + 2]) for n in (1, 3, 5))
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5, colour


# --- Made, renewed, removed --------------------------------------------------------------------------------------
def test_making_it_shows_the_picture_and_what_to_paste(scene, people, as_, settings):
    settings.BASE_URL = "https://dflow.example.com"
    scene.verified()
    client = as_(people.adam)
    assert "Make the picture</button>" in client.get(PAGE).content.decode()
    answer = client.post(MAKE, follow=True)
    token = Badge.objects.get().token
    text = answer.content.decode()
    assert "shop-api has a status picture." in text
    assert f'src="/badge/{token}.svg"' in text
    address = f"https://dflow.example.com/badge/{token}.svg"
    assert f"<code>{address}</code>" in text
    assert f"<code>![deploys]({address})</code>" in text
    assert f"&lt;img src=&quot;{address}&quot; alt=&quot;deploys&quot;&gt;" in text
    assert drawn(client.get(f"/badge/{token}.svg"))[0] == "deploys: ready"


def test_making_it_twice_keeps_the_address(badge, people):
    assert badges.make(service=badge.service, actor=people.adam) == badge
    assert AuditEvent.objects.filter(verb="made the badge of", subject="shop-api").count() == 1


def test_a_new_address_ends_the_old_one(badge, client, as_, people):
    text = as_(people.adam).post(RENEW, follow=True).content.decode()
    assert "the old one shows nothing any more" in text
    client.logout()
    assert look(client, badge).status_code == 404
    assert look(client, Badge.objects.get()).status_code == 200
    assert AuditEvent.objects.get(verb="renewed the address of the badge of").subject == "shop-api"


def test_a_removed_picture_is_no_more(badge, client, as_, people):
    as_(people.adam).post(REMOVE)
    client.logout()
    assert look(client, badge).status_code == 404
    assert AuditEvent.objects.get(verb="removed the badge of").actor == people.adam


def test_the_audit_trail_holds_no_address(badge, as_, people):
    as_(people.adam).post(RENEW)
    as_(people.adam).post(REMOVE)
    assert not [e for e in AuditEvent.objects.all() if badge.token in str((e.subject, e.details))]


def test_where_there_is_none_it_says_so(scene, people, as_):
    scene.verified()
    for url in (RENEW, REMOVE):
        assert "shop-api has no status picture." in as_(people.adam).post(url, follow=True).content.decode()


def test_a_viewer_sees_the_picture_and_who_can_change_it(badge, people, sees):
    text = sees(people.vera, PAGE).text
    assert f'src="/badge/{badge.token}.svg"' in text
    assert REMOVE not in text
    assert "alice@example.com and adam@example.com can give it a new address." in text


@pytest.mark.parametrize("act", [badges.make, badges.renew, badges.remove])
def test_a_developer_may_not(badge, people, act):
    with pytest.raises(PermissionDenied):
        act(service=badge.service, actor=people.dora)
