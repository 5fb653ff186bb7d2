"""Races of webhooks, set-up states and held accounts, on the database of DATABASE_URL: `python -m … WHAT`.

Prints one JSON document, as racing.py does.
"""
from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections import Counter

import django

django.setup()

from django.test import RequestFactory

from checks import webhooks
from checks.actions.setup import Refused, begin, find, use
from checks.engine import accounts, hooks
from checks.engine.keys import keyring
from checks.models import AccountHolder, Delivery, HookRefusal, Integration, Run, SetupState
from checks.providers import BY_SLUG
from organisations.models import Membership, Organisation, User
from tests.checks.engine.racing import THREADS, at_once

SECRET = "a-webhook-secret-of-the-tests"
SETTINGS = {"base_url": "https://github.example.com", "api_url": "https://github.example.com/api/v3", "app_id": "1",
            "installation_id": "42", "pushes": False}
github = BY_SLUG["github"]


def integration(organisation: str, name: str = "main") -> Integration:
    home, _ = Organisation.objects.get_or_create(slug=organisation, defaults={"name": organisation})
    made = Integration(organisation=home, provider=github.slug, name=name, settings=SETTINGS)
    made.seal({"webhook_secret": SECRET}, github.endpoint(SETTINGS), keyring())
    made.save()
    return made


def burst() -> dict:
    """The same delivery a hundred times at once, and as many forgeries."""
    one = integration("acme")
    body = json.dumps({"action": "suspend", "installation": {"account": {"login": "acme"}}}).encode()
    right = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    statuses: list[int] = []

    def go(number: int) -> None:
        for _ in range(100 // THREADS + 1):
            for signature in (right, "sha256=" + "0" * 64):
                request = RequestFactory().post(hooks.address(one), body, content_type="application/json", headers={
                    "X-GitHub-Event": "installation", "X-GitHub-Delivery": "the-same", "X-Hub-Signature-256": signature})
                statuses.append(webhooks.receive(request, one.provider, str(one.pk)).status_code)
    errors = at_once(go)
    return {"errors": errors, "statuses": dict(Counter(statuses)), "deliveries": Delivery.objects.count(),
            "runs": Run.objects.count(), "refused": HookRefusal.objects.get().count}


def holders() -> dict:
    """Eight Organisations, each having proven the same installation, claim it at once; twenty installations over."""
    won = []
    rows = [integration(f"org-{number}") for number in range(THREADS)]

    def go(number: int) -> None:
        for installation in range(20):
            row = Integration.objects.get(pk=rows[number].pk)
            row.settings["installation_id"] = str(installation)
            key = AccountHolder(provider=row.provider, account_key=accounts.key_of(row.provider, row.settings), integration=row,
                                organisation=row.organisation)
            AccountHolder.objects.bulk_create([key], ignore_conflicts=True)
            if not accounts.held_elsewhere(row):
                won.append(installation)
    errors = at_once(go)
    return {"errors": errors, "winners": sorted(Counter(won).values()), "held": AccountHolder.objects.count()}


def states() -> dict:
    """Every thread uses the same state, twenty states over."""
    person = User.objects.create_user("alice@example.com", "correct horse battery")
    home = Organisation.objects.create(slug="acme", name="Acme")
    Membership.objects.create(organisation=home, user=person, role="owner")
    row, won = integration("acme"), []
    nonces = [begin(SetupState.Step.INSTALL, organisation=home, person=person, session="s", provider=github, integration=row.pk)
              for _ in range(20)]

    def go(number: int) -> None:
        for nonce in nonces:
            try:
                use(find(SetupState.Step.INSTALL, nonce, person=person, session="s"))
                won.append(nonce)
            except Refused as refused:
                assert refused.why == "used"
    return {"errors": at_once(go), "winners": sorted(Counter(won).values())}


if __name__ == "__main__":
    print(json.dumps({"burst": burst, "holders": holders, "states": states}[sys.argv[1]]()))
