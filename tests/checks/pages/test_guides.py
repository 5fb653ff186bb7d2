"""Guides are for everybody, and are made of what the providers declare."""

from __future__ import annotations

import re

import pytest

from checks.pages.guides import steps
from checks.providers import BY_SLUG, PROVIDERS


def test_the_list_names_every_provider(client):
    text = client.get("/guides/").content.decode()
    for provider in PROVIDERS:
        assert f'href="/guides/{provider.slug}/"' in text


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_a_guide_says_what_one_needs_and_every_row_that_is_asked(client, provider):
    from django.utils.html import escape

    text = client.get(f"/guides/{provider.slug}/").content.decode()
    assert escape(provider.guide.needs) in text
    for check in provider.checks.values():
        assert escape(check.title) in text


def test_an_unknown_guide_is_not_found(client):
    assert client.get("/guides/nothing/").status_code == 404


def test_a_link_of_a_step_is_filled_from_the_settings_or_left_out():
    gitea = BY_SLUG["gitea"]
    assert all("{" not in step.link for step in steps(gitea))
    assert not any(step.link for step in steps(gitea) if "git.example.com" in step.link)
    filled = [step.link for step in steps(gitea, {"base_url": "https://git.example.com/"}) if step.link]
    assert "https://git.example.com/user/settings/applications" in filled


def test_a_link_that_is_not_of_the_web_is_left_out():
    assert not [
        s.link for s in steps(BY_SLUG["gitea"], {"base_url": "javascript:alert(1)"}) if s.link.startswith("javascript")
    ]


def test_a_guide_says_what_ends_as_it_reads_today_with_what_to_use_and_where_it_is_said(client, monkeypatch):
    from dataclasses import replace
    from datetime import date

    from checks.providers.deprecations import Deprecation
    gone = Deprecation("Old tokens", date(2020, 1, 1), "a new token", "https://vendor.example/changelog#1")
    going = Deprecation("Wide tokens", date(2999, 12, 1), "a narrow <token>", "https://vendor.example/changelog#2")
    monkeypatch.setitem(BY_SLUG, "gitea", replace(BY_SLUG["gitea"], deprecations=(gone, going)))
    text = client.get("/guides/gitea/").content.decode()
    assert "Old tokens ended on 2020-01-01. Use a new token." in text
    assert "Wide tokens end on 2999-12-01. Use a narrow &lt;token&gt;." in text
    assert 'href="https://vendor.example/changelog#2"' in text


def test_a_guide_without_an_end_has_no_such_part(client):
    assert "What ends" not in client.get("/guides/backup_storage/").content.decode()


@pytest.mark.parametrize("provider", [p for p in PROVIDERS if "app" in p.serves], ids=lambda p: p.slug)
def test_every_row_of_a_git_host_says_why_it_is_asked(provider):
    from checks.pages.seed import why
    assert [check.slug for check in provider.checks.values() if not why(check.slug, check.layer or "")] == []


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_a_guide_s_links_are_filled_by_the_form_s_own_defaults_where_it_has_them(provider):
    known = {n for n, field in provider.form.base_fields.items() if field.initial}
    for raw, shown in zip(provider.guide.steps, steps(provider), strict=True):
        if raw.link and all(name in known for name in re.findall(r"{(\w+)}", raw.link)):
            assert shown.link.startswith("https://"), raw
        assert "{" not in shown.link
