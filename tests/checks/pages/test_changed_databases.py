"""The two reads behind "what changed" say the same on SQLite and on PostgreSQL: they join tables of different types."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

SCRIPT = """
import json
from datetime import timedelta
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from checks.models import Delivery, Finding, Flip, Integration, Run, Service
from checks.pages.board import load
from organisations import audit
from organisations.models import AuditEvent, Organisation
acme, now = Organisation.objects.get(slug="acme"), timezone.now()
at = lambda hours: now - timedelta(hours=hours)
hub = Integration.objects.create(organisation=acme, provider="github", name="hub", settings={"base_url": "https://github.com",
    "api_url": "https://api.github.com", "app_id": "1", "installation_id": "2", "pushes": False})
web = Service.objects.create(organisation=acme, name="web", kind="app", integration=hub, target={})
run = Run.objects.create(integration=hub, generation=1, state="finished", trigger="hook", finished_at=at(1))
Run.objects.create(integration=hub, generation=1, state="finished", trigger="schedule", finished_at=at(4))
row = dict(integration=hub, required=True, cause="yours", evidence="It was so.", run=run, checked_at=at(1), since=at(1), green_at=at(4))
Finding.objects.create(check_slug="repository_allowed", service=web, title="List", status="fail", layer="repo-allow-list",
    facts={"near": []}, green_facts={"selection": "selected", "repository": "acme/web"}, **row)
Finding.objects.create(check_slug="permissions_not_excessive", title="Not excessive", status="warn", layer="github-app", facts={}, **row)
Flip.objects.create(integration=hub, check_slug="repository_allowed", title="List", service_name="web", before="pass", after="fail", evidence="x", run=run, at=at(1))
Flip.objects.create(integration=hub, check_slug="permissions_not_excessive", title="Not excessive", before="pass", after="warn", evidence="x", run=run, at=at(1))
audit.record(acme, None, "edited", "hub", changed=["pushes"], before={"pushes": True}, after={"pushes": False})
AuditEvent.objects.update(at=at(3))
Delivery.objects.create(integration=hub, delivery="d", name="installation_repositories", action="removed", account="acme", at=at(2))
board = load(acme)
with CaptureQueriesContext(connection) as captured:
    lines = board.cards[0].lines
told = {line.row.slug: line.changed and [line.changed.seen_by, [[c.text, c.who, c.detail, c.sure.name] for c in line.changed.changes]]
        for line in lines if line.row.status in ("fail", "warn")}
print(json.dumps({"vendor": connection.vendor, "queries": len(captured), "told": told}))
"""
SETTINGS = ["Its settings were edited (pushes).", "command line", "pushes: yes → no", "LIKELY"]


@pytest.mark.parametrize("kind", ["installation", "postgres_installation"])
def test_what_changed_reads_the_same_from_either(kind, request):
    there = request.getfixturevalue(kind)
    there.json("create_organisation", "acme", "--owner", "alice@example.com")
    done = there.run("shell", "--no-imports", "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["vendor"] == ("sqlite" if kind == "installation" else "postgresql")
    assert told["queries"] == 2
    removed = "GitHub told that repositories were taken off the installation’s list."
    assert told["told"] == {
        "repository_allowed": ["by a check that a webhook started", [
            ["acme/web was on the installation’s list, and is not on it any more.", "", "", "EXPLAINS"], SETTINGS,
            [removed, "", "", "LIKELY"]]],
        "permissions_not_excessive": ["by a check that a webhook started", [SETTINGS, [removed, "", "", "COINCIDENCE"]]]}
