"""What a run is told of webhooks and of accounts held elsewhere, when an account is claimed and when it is let go."""
from __future__ import annotations

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from django.utils import timezone

from checks.actions import connect
from checks.engine import accounts, hooks, known, sweep
from checks.engine.conclude import conclude
from checks.models import AccountHolder, Finding, Integration, Run
from checks.providers import BY_SLUG
from checks.providers.base import Exclusive
from checks.verdict import IntegrationStatus
from tests.installation import ROOT


@pytest.fixture
def exclusive(provider, monkeypatch):
    """The loopback provider with an account that one Organisation alone may hold: its mode names it."""
    monkeypatch.setattr(provider, "exclusive", Exclusive(lambda settings: settings.get("mode", ""), proven_by="token_accepted"))
    return provider


@pytest.fixture
def mine(make_integration, exclusive):
    return make_integration("mine", mode="account 7")


@pytest.fixture
def theirs(make_integration, exclusive, people):
    return make_integration("theirs", organisation=people.globex, mode="account 7")


def proved(integration, status="pass", check="token_accepted") -> Integration:
    """A run whose proving row said so, summed up."""
    now = timezone.now()
    Run.objects.filter(integration=integration, state__in=Run.ACTIVE).update(state=Run.State.SUPERSEDED)
    run = Run.objects.create(integration=integration, generation=integration.generation, trigger=Run.Trigger.PERSON,
                             state=Run.State.RUNNING, started_at=now)
    Finding.objects.update_or_create(integration=integration, check_slug=check, service=None, defaults={
        "title": "t", "required": True, "status": status, "cause": "" if status == "pass" else "yours", "evidence": "e", "run": run,
        "checked_at": now, "since": now})
    conclude(integration, run, now=now)
    integration.refresh_from_db()
    return integration


def test_the_address_is_known_before_the_integration_is():
    identity = uuid4()
    assert hooks.address(Integration(pk=identity, provider="github")) == hooks.address_for("github", identity)
    assert hooks.address_for("github", identity).endswith(f"/webhooks/github/{identity}")


def test_only_a_provider_with_a_hook_or_an_exclusive_account_is_told_of_it(integration, provider):
    assert not {"hook", "held_elsewhere"} & set(known.facts(integration))
    github = Integration(organisation=integration.organisation, provider="github", name="g", settings={
        "base_url": "https://github.com", "api_url": "https://api.github.com", "app_id": "1", "installation_id": "7"})
    github.save()
    facts = known.facts(github)
    assert (facts["held_elsewhere"], facts["hook"]["received"], facts["hook"]["refused"]) == (False, [], None)
    assert facts["hook"]["url"] == hooks.address(github)


@pytest.mark.parametrize("status", ["pass", "warn"])
def test_an_account_is_claimed_once_its_row_proved_it(mine, theirs, people, status):
    assert not AccountHolder.objects.exists(), "an id that was typed holds nothing"
    proved(mine, status)
    held = AccountHolder.objects.get()
    assert (held.organisation, held.integration, held.account_key, held.provider) == (people.acme, mine, "account 7", "loopback")
    assert known.facts(theirs)["held_elsewhere"] is True
    assert known.facts(mine)["held_elsewhere"] is False


@pytest.mark.parametrize(("status", "check"), [("fail", "token_accepted"), ("unknown", "token_accepted"), ("pass", "canary_removed")])
def test_anything_else_claims_nothing(mine, status, check):
    proved(mine, status, check)
    assert not AccountHolder.objects.exists()


def test_of_two_that_proved_it_in_the_same_moment_the_second_is_asked_again(mine, theirs):
    proved(mine)
    proved(theirs)
    assert AccountHolder.objects.get().integration == mine
    assert (mine.status, theirs.status) == (IntegrationStatus.VERIFIED, IntegrationStatus.UNVERIFIED)
    assert theirs.next_check_at <= timezone.now()


def test_a_second_integration_of_the_same_organisation_shares_it_and_inherits_it(mine, make_integration, theirs):
    twin = make_integration("twin", mode="account 7")
    proved(mine)
    proved(twin)
    assert AccountHolder.objects.get().integration == mine
    connect.disconnect(integration=mine, actor=None)
    assert AccountHolder.objects.get().integration == twin
    connect.disconnect(integration=twin, actor=None)
    assert not AccountHolder.objects.exists()


def test_disconnecting_lets_go_and_restoring_claims_anew(mine, theirs):
    proved(mine)
    connect.disconnect(integration=mine, actor=None)
    assert known.facts(theirs)["held_elsewhere"] is False
    connect.restore(integration=mine, actor=None)
    proved(mine)
    assert AccountHolder.objects.get().integration == mine


def test_an_edit_to_another_account_lets_go(mine):
    proved(mine)
    edited = connect.edit(integration=mine, actor=None, settings={**mine.settings, "mode": "account 8"}, credentials={})
    assert not AccountHolder.objects.exists()
    proved(edited)
    assert AccountHolder.objects.get().account_key == "account 8"


def test_an_edit_of_anything_else_keeps_it(mine):
    proved(mine)
    connect.edit(integration=mine, actor=None, settings=mine.settings, credentials={"token": "another-token-of-the-tests"})
    assert AccountHolder.objects.get().integration == mine


def test_what_is_erased_holds_nothing(mine):
    proved(mine)
    Integration.objects.update(removed_at=timezone.now() - 2 * sweep.UNDO_FOR)
    sweep.tidy()
    assert not AccountHolder.objects.exists()


def test_a_very_long_account_has_a_key_that_a_database_takes(provider, exclusive):
    long = accounts.key_of(provider.slug, {"mode": "x" * 5000})
    assert len(long) <= accounts.LONGEST_KEY
    assert long != accounts.key_of(provider.slug, {"mode": "x" * 5001})


def test_a_provider_that_is_gone_holds_nothing(mine):
    mine.provider = "gone"
    mine.save()
    assert accounts.key_of("gone", mine.settings) == ""
    assert accounts.held_elsewhere(mine) is False
    assert "hook" not in known.facts(mine)


# --- At once --------------------------------------------------------------------------------------------------------
def race(there, what: str) -> dict:
    done = subprocess.run([sys.executable, "-m", "tests.checks.engine.racing_hooks", what], cwd=ROOT, capture_output=True, text=True,
                          env={**there.env, "ALLOWED_HOSTS": "testserver"}, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["installation", "postgres_installation"])
def either(request):
    """An installation on SQLite, and one on PostgreSQL."""
    return request.getfixturevalue(request.param)


@pytest.mark.slow
def test_the_same_delivery_a_hundred_times_at_once_has_one_effect(either):
    said = race(either, "burst")
    assert said["errors"] == []
    assert said["statuses"] == {"202": 1, "200": 103, "401": 104}
    assert (said["deliveries"], said["runs"], said["refused"]) == (1, 1, 104)


@pytest.mark.slow
def test_of_many_organisations_at_once_one_holds_an_account(either):
    assert race(either, "holders") == {"errors": [], "winners": [1] * 20, "held": 20}


@pytest.mark.slow
def test_of_many_uses_of_a_state_at_once_one_counts(either):
    assert race(either, "states") == {"errors": [], "winners": [1] * 20}


def test_the_providers_with_a_hook_name_a_credential_of_their_form():
    for provider in BY_SLUG.values():
        if provider.hook is not None:
            assert provider.hook.secret in provider.form.secret_names()
