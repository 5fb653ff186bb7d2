"""Run as a program against a migrated database: one integration is moved, run and edited by many at once. Prints JSON."""
from __future__ import annotations

import json
import random

import django

django.setup()

from checks.actions import move, services
from checks.actions.errors import Invalid
from checks.engine import runs
from checks.engine.keys import keyring
from checks.models import Finding, Integration, Run, Service
from organisations.models import AuditEvent, Organisation
from tests.checks.engine.racing import at_once, integration, loopback, perform

EACH = 12


def main() -> dict:
    one, other = integration("one"), integration("other")
    here, there = one.organisation, Organisation.objects.create(slug="there", name="There")
    services.add(organisation=here, actor=None, name="both", kind="app", integration="one", target={"repository": "x"})
    moved: list[int] = []

    def go(number: int) -> None:
        rng = random.Random(number)
        for step in range(EACH):
            now = Integration.objects.select_related("organisation").get(pk=rng.choice([one.pk, other.pk]))
            try:
                if rng.random() < 0.5:
                    to = there if now.organisation_id == here.pk else here
                    move.move(integration=now, actor=None, to=to, name=now.name)
                    moved.append(number)
                elif rng.random() < 0.5:
                    perform(runs.start(now, trigger=Run.Trigger.PERSON, ring=False), rng)
                else:
                    services.add(organisation=now.organisation, actor=None, name=f"s{number}-{step}", kind="app",
                                 integration=now.name, target={"repository": "x"})
            except Invalid:
                continue

    errors = at_once(go)
    opened = [i.unseal(loopback.endpoint(i.settings), keyring()) for i in Integration.objects.all()]
    crossed = [s.name for s in Service.objects.select_related("integration") if s.integration
               and s.integration.organisation_id != s.organisation_id]
    seen = [f.pk for f in Finding.objects.exclude(service=None).select_related("service", "integration")
            if f.service.organisation_id != f.integration.organisation_id]
    return {"errors": errors, "moved": len(moved), "told": [AuditEvent.objects.filter(verb=verb).count() for verb in (move.AWAY, move.HERE)],
            "opened": opened, "crossed": crossed, "seen": seen}


if __name__ == "__main__":
    print(json.dumps(main()))
