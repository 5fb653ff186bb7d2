"""Guides are for everybody, and are made of what the providers declare."""

from __future__ import annotations

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
