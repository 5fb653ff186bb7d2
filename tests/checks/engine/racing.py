"""Races in one process of many threads, on the database of DATABASE_URL: `python -m tests.checks.engine.racing WHAT`.

Prints one JSON document. It is a program because the tests' own process is on another database.
"""
from __future__ import annotations

import json
import random
import sys
import threading
from collections import Counter

import django

django.setup()

from django.db import connections

from checks.actions import connect, services
from checks.engine import claim, runs, work
from checks.engine.keys import keyring
from checks.models import Finding, Integration, Run, Service
from checks.providers import BY_SLUG
from checks.runner import Landed
from checks.verdict import fail, passed
from organisations.models import Organisation
from tests.checks.engine.loopback import loopback

BY_SLUG[loopback.slug] = loopback
THREADS = 8


def integration(name: str) -> Integration:
    organisation, _ = Organisation.objects.get_or_create(slug="acme", defaults={"name": "Acme"})
    made = Integration(organisation=organisation, provider=loopback.slug, name=name, settings={"address": "127.0.0.1:9", "mode": ""})
    made.seal({"token": "good-token-of-the-tests"}, loopback.endpoint(made.settings), keyring())
    made.save()
    return made


def at_once(work_of_thread) -> list[str]:
    """The same in every thread, started together; the errors that they met."""
    barrier, errors = threading.Barrier(THREADS), []

    def go(number: int) -> None:
        try:
            barrier.wait()
            work_of_thread(number)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()
    threads = [threading.Thread(target=go, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def claims() -> dict:
    """Every thread claims each of 40 runs; half of them are expired leases."""
    made = [runs.start(integration(f"i{n}"), trigger=Run.Trigger.SCHEDULE, ring=False) for n in range(40)]
    for run in made[::2]:
        claim.take(run.pk, seconds=-1)
    won = []
    errors = at_once(lambda number: won.extend(run.pk for run in made if claim.take(run.pk) is not None))
    return {"errors": errors, "runs": len(made), "winners": sorted(Counter(won).values())}


def starts() -> dict:
    """Every thread starts a run of the same integration, twenty times over."""
    one, seen = integration("one"), []
    errors = at_once(lambda number: seen.extend(runs.start(one, trigger=Run.Trigger.PERSON, ring=False).pk for _ in range(20)))
    return {"errors": errors, "runs": Run.objects.count(), "seen": len(set(seen))}


def everything() -> dict:
    """Edits, claims, verdicts, ends and services that come and go, all of one integration."""
    one = integration("one")

    def go(number: int) -> None:
        rng = random.Random(number)
        mine: list[str] = []
        for step in range(40):
            what = rng.choice(["edit", "run", "run", "run", "service", "service"])
            if what == "edit":
                connect.edit(integration=one, actor=None, settings={"address": "127.0.0.1:9", "mode": f"{number}-{step}"}, credentials={})
            elif what == "run":
                perform(runs.start(Integration.objects.get(pk=one.pk), trigger=Run.Trigger.PERSON, ring=False), rng)
            elif mine:
                services.remove(service=Service.objects.get(name=mine.pop()), actor=None)
            else:
                mine = [f"s{number}-{step}-{n}" for n in range(3)]
                for name in mine:
                    services.add(organisation=one.organisation, actor=None, name=name, kind="app", integration="one",
                                 target={"repository": name})

    errors = at_once(go)
    final = Integration.objects.get(pk=one.pk)
    stale = Finding.objects.filter(integration=one).exclude(run__generation=final.generation).filter(run__state="running").count()
    return {"errors": errors, "active": Run.objects.filter(state__in=Run.ACTIVE).count(), "stale": stale,
            "doubled": Finding.objects.count() - len(set(Finding.objects.values_list("check_slug", "service_id")))}


def perform(run: Run, rng: random.Random) -> None:
    leased = claim.take(run.pk)
    if leased is None:
        return
    todo = work.Work(leased)
    verdict = passed("Accepted.") if rng.random() < 0.5 else fail("Refused.", remedy="Renew it.")
    for place in work.record.places(loopback, leased.integration.settings, list(todo.services.values())):
        facts = work.ServiceFacts(place.service.name, "app", {}) if place.service else None
        if not todo.take(Landed(place.check, facts, place.instead(verdict), 1)):
            return
    todo.finish()


if __name__ == "__main__":
    print(json.dumps({"claims": claims, "starts": starts, "everything": everything}[sys.argv[1]]()))
