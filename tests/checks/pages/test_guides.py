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


# --- What the guide of a provider says beyond its steps -------------------------------------------------------------
@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_a_row_says_what_comes_first_what_it_stops_and_which_layer_it_is_of(client, provider):
    from django.utils.html import escape

    text = client.get(f"/guides/{provider.slug}/").content.decode()
    for check in provider.checks.values():
        row = text.split(f'id="asked-{check.slug}"')[1].split("</details>")[0]
        for word in ("Pass", "Warning", "Fail", "Could not check", "Skipped"):
            assert f"</svg>{word}</span>" in row
        assert ("stops a deploy" if check.required else "advice") in row
        assert ("for each service" if check.per_service else ">once<") in row
        assert f'href="/guides/layers/{check.layer.value}/"' in row
        assert all(escape(f"“{provider.checks[need].title}”") in row for need in check.needs)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_a_credential_is_replaced_without_a_gap_and_every_field_is_told(client, provider):
    from django.utils.html import escape

    rotation = provider.guide.rotation
    assert rotation is not None, "say how a credential is replaced"
    text = client.get(f"/guides/{provider.slug}/").content.decode()
    turned = text.split('aria-labelledby="rotation"')[1].split("</section>")[0]
    assert turned.index(escape(rotation.make.text)) < turned.index("paste the new one") < turned.index(escape(rotation.end.text))
    assert escape(rotation.beware) in turned
    assert "{" not in turned
    fields = text.split('aria-labelledby="fields"')[1].split("</section>")[0]
    assert fields.count("<tr><th scope=\"row\"") == len(provider.form.base_fields)
    assert fields.count(">sealed<") == len(provider.form.secret_names())


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_errors_of_a_provider_are_those_of_its_own_layers_each_with_why_and_remedy(client, provider):
    from django.utils.html import escape

    from checks.pages.messages import of_provider

    told = of_provider(provider)
    assert {layer for layer, _ in told} == {check.layer for check in provider.checks.values()}
    text = client.get(f"/guides/{provider.slug}/").content.decode().split('aria-labelledby="errors"')[1]
    for _, remedies in told:
        for remedy in remedies:
            assert all(escape(part) in text for part in remedy.text.split("`"))
            for message in remedy.messages:
                assert escape(message.rule.example) in text
                assert escape(message.rule.why) in text
                assert escape(message.rule.source.removeprefix("https://")) in text


def test_messages_that_name_another_provider_are_left_out():
    from checks.pages.messages import of_provider

    def names(slug):
        return {message.rule.name for _, remedies in of_provider(BY_SLUG[slug]) for one in remedies for message in one.messages}

    assert "git-403" in names("gitea")
    assert "git-403-hub" not in names("gitea")
    assert "network-ssh" not in names("gitea")
    assert "network-ssh" in names("worker_node")


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda p: p.slug)
def test_webhooks_and_a_policy_to_copy_stand_where_there_are_any(client, provider):
    from django.utils.html import escape

    text = client.get(f"/guides/{provider.slug}/").content.decode()
    assert ('id="hook"' in text) == (provider.hook is not None)
    if provider.guide.policy:
        assert f'<div class="code"><pre tabindex="0"><code>{escape(provider.guide.policy)}</code></pre></div>' in text


# --- Reached from an integration ------------------------------------------------------------------------------------
OWN = "?organisation=acme&integration=gitea-main"
THERE = "https://git.example.com/user/settings/applications"


def test_reached_from_an_integration_its_links_are_the_integration_s_own(scene, people, sees):
    scene.verified()
    text = sees(people.alice, f"/guides/gitea/{OWN}").text
    assert f'href="{THERE}"' in text
    assert 'href="/o/acme/integrations/gitea-main/edit/#credential"' in text
    assert 'href="/guides/?organisation=acme" aria-current="page">Guides' in text
    row = sees(people.alice, "/o/acme/integrations/gitea-main/").text
    assert "/guides/gitea/?organisation=acme&amp;integration=gitea-main" in row


def test_a_viewer_gets_the_links_and_no_edit(scene, people, sees):
    scene.verified()
    text = sees(people.vera, f"/guides/gitea/{OWN}").text
    assert THERE in text
    assert "/edit/" not in text


def test_for_anybody_else_it_is_the_guide_that_everybody_reads(scene, people, client):
    scene.verified()
    public, came = (re.sub(r"X-CSRFToken[^}]+", "", client.get(f"/guides/gitea/{query}").content.decode()) for query in ("", OWN))
    assert came == public
    assert THERE not in public
    client.force_login(people.bob)
    text = client.get(f"/guides/gitea/{OWN}").content.decode()
    assert "git.example.com/user" not in text
    assert "Acme" not in text


@pytest.mark.parametrize("query", ["integration=backups", "integration=nothing", "organisation=&integration=gitea-main"])
def test_an_integration_that_is_not_this_provider_s_fills_in_nothing(scene, people, sees, query):
    scene.verified()
    scene.integration("backups", "backup_storage")
    answer = sees(people.alice, f"/guides/gitea/?organisation=acme&{query}" if "organisation" not in query else f"/guides/gitea/?{query}")
    assert answer.status == 200
    assert THERE not in answer.text


def test_the_policy_holds_the_integration_s_own_names(scene, people, sees):
    scene.integration("backups", "backup_storage")
    text = sees(people.alice, "/guides/backup_storage/?organisation=acme&integration=backups").text
    assert "arn:aws:s3:::dumps/dflow/backups/*" in text
    assert "BUCKET" not in text.split('id="least"')[1].split("</section>")[0].split('id="fields"')[0]


def test_the_webhook_s_address_is_shown_for_the_integration_that_one_came_from(scene, people, sees):
    from tests.checks.pages.conftest import GITHUB

    row = scene.integration("app-main", "github", settings=GITHUB)
    text = sees(people.alice, "/guides/github/?organisation=acme&integration=app-main").text
    assert f"/webhooks/github/{row.pk}" in text
    assert str(row.pk) not in sees(people.alice, "/guides/github/").text
