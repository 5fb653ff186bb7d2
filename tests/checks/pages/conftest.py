"""Scenes for the pages: integrations of real providers with findings written as the engine writes them, no network."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from checks.engine.keys import keyring
from checks.models import Finding, Flip, Heartbeat, Integration, Run, Service
from checks.providers import BY_SLUG

SECRET = "glpat-never-on-a-page-0123"
GITEA = {"base_url": "https://git.example.com", "username": "deploy", "token_expires_on": "", "pushes": False}
GITHUB = {
    "base_url": "https://github.example.com",
    "api_url": "https://github.example.com/api/v3",
    "app_id": "123456",
    "installation_id": "",
    "pushes": False,
}
BACKUP = {
    "endpoint": "https://s3.example.com",
    "region": "eu-1",
    "bucket": "dumps",
    "prefix": "dflow/backups",
    "addressing": "auto",
    "intent": "read_write_delete",
    "access_key_id": "AN-ACCESS-KEY-ID",
}


class Scene:
    """Makes rows of one Organisation."""

    def __init__(self, organisation) -> None:
        self.organisation, self.now = organisation, timezone.now()

    def integration(self, name="gitea-main", provider="gitea", status="unverified", **fields) -> Integration:
        settings = fields.pop("settings", GITEA if provider == "gitea" else BACKUP)
        row = Integration(
            organisation=self.organisation,
            provider=provider,
            name=name,
            status=status,
            settings=dict(settings),
            checked_at=fields.pop("checked_at", self.now - timedelta(minutes=4)),
            **fields,
        )
        kind = BY_SLUG.get(provider)
        if kind is not None and status != "needs_credential":
            row.seal(dict.fromkeys(kind.form.secret_names(), SECRET), kind.endpoint(row.settings), keyring())
        row.save()
        return row

    def service(self, name="shop-api", integration=None, kind="app", **target) -> Service:
        return Service.objects.create(
            organisation=self.organisation,
            name=name,
            kind=kind,
            integration=integration,
            target=target or {"repository": f"https://git.example.com/acme/{name}.git", "ref": "main"},
        )

    def run(self, integration, state="finished", **fields) -> Run:
        ended = {"finished_at": self.now, "status": "pass"} if state == "finished" else {}
        return Run.objects.create(
            integration=integration,
            generation=integration.generation,
            state=state,
            **{"trigger": Run.Trigger.PERSON, "started_at": self.now - timedelta(milliseconds=640), **ended, **fields},
        )

    def found(self, integration, run=None, only=None, **different) -> Run:
        """A finding for every declared row: a pass, but for what `different` says by the check's slug."""
        run = run or self.run(integration)
        services = list(Service.objects.filter(integration=integration))
        rows = []
        for position, check in enumerate(BY_SLUG[integration.provider].rows(integration.settings)):
            for service in services if check.per_service and services else [None]:
                values = {
                    "status": "pass",
                    "evidence": f"{check.slug} was right.",
                    "required": check.is_required(integration.settings),
                }
                if check.per_service and not services:
                    values |= {"status": "skipped", "skip": "no_service", "evidence": "No service uses this yet."}
                values |= different.get(check.slug, {})
                rows.append(
                    Finding(
                        **{
                            "integration": integration,
                            "check_slug": check.slug,
                            "service": service,
                            "position": position,
                            "title": check.title,
                            "layer": check.layer or "",
                            "duration_ms": 90 + position,
                            "run": run,
                            "checked_at": self.now - timedelta(minutes=4),
                            "since": self.now - timedelta(days=2),
                            **values,
                        }
                    )
                )
        Finding.objects.bulk_create(rows[:only])
        return run

    def verified(self, name="gitea-main", service="shop-api", **fields) -> Integration:
        """Everything passes, and one service rests on it."""
        row = self.integration(name, status="verified", verified_at=self.now - timedelta(minutes=4), **fields)
        self.service(service, row)
        self.found(row)
        return row

    def flip(self, integration, **fields) -> Flip:
        return Flip.objects.create(
            **{
                "integration": integration,
                "check_slug": "ref_exists",
                "title": "The branch or tag exists",
                "service_name": "",
                "before": "pass",
                "after": "fail",
                "evidence": "It was gone.",
                "at": self.now - timedelta(hours=1),
                **fields,
            }
        )


FAIL = {
    "status": "fail",
    "cause": "yours",
    "layer": "branch-missing",
    "evidence": "acme/shop had no branch “release”.",
    "remedy": "Push the branch release.",
    "link": "https://git.example.com/acme/shop/branches",
}
OUTAGE = {
    "status": "unknown",
    "cause": "provider",
    "layer": "provider-outage",
    "evidence": "git.example.com answered HTTP 503.",
}


@pytest.fixture
def scene(people) -> Scene:
    """Acme's rows, with a worker that gave a sign of life just now."""
    Heartbeat.objects.create(name="here:1/clicks", pid=1, started_at=timezone.now(), beat_at=timezone.now())
    return Scene(people.acme)


@pytest.fixture
def as_(client):
    """The client, signed in as this person."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def sees(as_):
    """sees(person, path) -> status and text of the page."""

    def look(user, path, **headers):
        answer = as_(user).get(path, **headers)
        return SimpleNamespace(status=answer.status_code, text=answer.content.decode(), answer=answer)

    return look


@pytest.fixture
def github(github_hosts, settings):
    """The demo's GitHub, which sends people back to the test client."""
    settings.BASE_URL = "http://testserver"
    return github_hosts()


@pytest.fixture
def alice(client, people):
    """The browser of somebody who manages acme."""
    client.force_login(people.alice)
    return client
