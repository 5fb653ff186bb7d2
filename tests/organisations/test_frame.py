"""The frame of every page: strict about scripts and styles, readable in both schemes, cheap to render."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from organisations.models import Membership, Role
from tests.installation import ROOT

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "emails" not in path.parts)
CSS = ROOT / "dflow_integrations" / "static" / "css"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_no_template_has_a_script_or_style_of_its_own(path: Path):
    text = path.read_text()
    assert not re.search(
        r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|hx-on|\|safe(?!\s*}}</div>)|{% autoescape off",
        text,
    )


def test_the_policy_is_strict_on_every_answer(people, client, signed_in):
    member = signed_in(people.vera)
    for answer in (
        client.get("/accounts/login/"),
        member.get("/o/acme/members/"),
        member.get("/nothing/"),
        member.post("/o/acme/members/invite/"),
        signed_in(people.alice, enforce_csrf_checks=True).post("/o/new/"),
    ):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_every_page_has_its_landmarks_and_names_the_organisation_and_the_role(people, signed_in):
    text = signed_in(people.adam).get("/o/acme/members/").content.decode()
    for part in (
        '<html lang="en">',
        'href="#main"',
        '<main id="main"',
        '<nav class="wrap tabs" aria-label="Organisation Acme"',
        "<footer",
        'aria-live="polite"',
        "<title>Members · Acme · dFlow integrations</title>",
    ):
        assert part in text
    assert "<b>Acme</b>" in text
    assert "you are an admin" in text
    assert re.findall(r'href="([^"]+)" aria-current="page"', text) == ["/o/acme/members/"]
    assert text.count("<h1>") == 1


@pytest.mark.parametrize(
    ("role", "says"),
    [("owner", "an owner"), ("admin", "an admin"), ("developer", "a developer"), ("viewer", "a viewer")],
)
def test_the_role_is_said_in_a_sentence(people, signed_in, role, says):
    Membership.objects.create(organisation=people.globex, user=people.vera, role=role)
    assert f"you are {says}" in signed_in(people.vera).get("/o/globex/members/").content.decode()


def test_the_switcher_lists_all_of_a_persons_organisations_with_one_query(people, signed_in, django_assert_num_queries):
    client = signed_in(people.alice)
    with django_assert_num_queries(4):  # session, person, membership, the switcher
        text = client.get("/o/acme/settings/delete/").content.decode()
    assert "globex" not in text
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.VIEWER)
    with django_assert_num_queries(4):
        text = client.get("/o/acme/settings/delete/").content.decode()
    assert 'href="/o/globex/"' in text


def test_outside_an_organisation_the_frame_asks_nothing(people, signed_in, django_assert_num_queries):
    client = signed_in(people.alice)
    with django_assert_num_queries(2):  # session, person
        client.get("/accounts/logout/")


def test_a_page_that_fails_needs_no_database_and_no_manifest(client, settings):
    client.raise_request_exception = False
    for name, says in (
        ("500.html", "This page failed, and it is our fault"),
        ("400.html", "The request could not be read"),
    ):
        text = (ROOT / "templates" / name).read_text()
        assert says in text
        assert "{%" not in text
        assert "{{" not in text
        for file in re.findall(r'(?:href|src)="/static/([^"]+)"', text):
            assert finders.find(file), file


def test_a_message_is_announced_with_a_word_and_an_icon(people, signed_in):
    answer = signed_in(people.alice).post("/o/acme/settings/rename/", {"name": "<b>Acme</b>"}, follow=True)
    text = answer.content.decode()
    assert '<p class="flash success"><svg aria-hidden="true"><use href="#pass"/></svg>' in text
    assert "The Organisation is called &lt;b&gt;Acme&lt;/b&gt; now." in text


# --- Contrast, measured on the tokens --------------------------------------------------------------------------------


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block))


def schemes() -> dict[str, dict[str, str]]:
    text = (CSS / "tokens.css").read_text()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    return {"light": tokens(light), "dark": {**tokens(light), **tokens(dark)}}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT_ON = [
    (ink, ground)
    for ink in ("ink", "muted", "brand", "brand-deep", "fail", "pass")
    for ground in ("paper", "surface", "sunken")
]
TEXT_ON += [(v, f"{v}-bg") for v in ("pass", "warn", "fail", "unknown", "skip", "brand")] + [
    ("on-brand", "brand"),
    ("on-brand", "brand-deep"),
]
TEXT_ON += [("ink", "skip-bg"), ("ink", "brand-bg"), ("muted", "brand-bg"), ("brand-deep", "sunken")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(scheme, ink, ground):
    colours = schemes()[scheme]
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("edge", "ground"),
    [
        ("edge", "surface"),
        ("edge", "paper"),
        ("focus", "surface"),
        ("focus", "paper"),
        ("focus", "sunken"),
        ("fail", "surface"),
    ],
)
def test_the_edge_of_a_control_stands_out_from_its_ground(scheme, edge, ground):
    colours = schemes()[scheme]
    assert contrast(colours[edge], colours[ground]) >= 3


def test_colours_are_named_once():
    for path in CSS.glob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(
                r"#[0-9a-fA-F]{3,8}\b(?!/)", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            ), path.name
