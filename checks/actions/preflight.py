"""“Will this service deploy now?”: every row that it rests on, asked again where the answer is too old.

A database with external backups asks for more: its integration must be verified, as only then its backups are proven.
"""
from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from checks.actions import verify
from checks.actions.errors import Invalid
from checks.actions.standing import READY, Standing, look, services
from checks.models import Run, Service
from checks.verdict import Status
from organisations import audit
from organisations.access import Action, require
from organisations.models import Organisation, User

MAX_AGE = 300  # seconds for which an answer is fresh enough, where nobody says otherwise
SECONDS = 40.0  # for all that is asked; the whole answer stays within 45
SILENT = "It was not answered now: {}"


def preflight(
    *, organisation: Organisation, actor: User | None, service: str, max_age: int = MAX_AGE, seconds: float = SECONDS,
) -> dict[str, Any]:
    """{"ready", "status", "findings"} for one service; what is stale is asked at once, in this process.

    Raises Invalid: an unknown service, a max_age below 0. What cannot be asked is answered, not raised.
    """
    require(actor, organisation, Action.CHECK)
    if max_age < 0:
        raise Invalid({"max_age": ["must be 0 or more seconds."]})
    until, asked = time.monotonic() + seconds, dict[UUID, str]()
    while True:
        standing = _stands(organisation, service)
        stale = [i for i in standing.stale(max_age) if i.pk not in asked]
        if not stale:
            return standing.document({pk: why for pk, why in asked.items() if why})
        silent = verify.all_now(integrations=stale, actor=actor, trigger=Run.Trigger.GATE,
                                seconds=max(0.0, until - time.monotonic()))
        asked |= {i.pk: SILENT.format(silent[i.name]) if i.name in silent else "" for i in stale}


def ask_soon(*, service: Service, actor: User | None, max_age: int = MAX_AGE) -> tuple[list[str], dict[str, str]]:
    """Queue a run of each integration whose answers are stale: (names of those asked, {name: why it was not})."""
    require(actor, service.organisation, Action.CHECK)
    asked: list[str] = []
    left_out: dict[str, str] = {}
    for integration in _stands(service.organisation, service.name).stale(max_age):
        try:
            verify.ask(integration=integration, actor=actor, trigger=Run.Trigger.GATE)
            asked.append(integration.name)
        except Invalid as error:
            left_out[integration.name] = error.sentence()
    audit.record(service.organisation, actor, "asked the gate about", service.name, integrations=asked)
    return asked, left_out


def in_the_way(findings: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Of the findings of a service that is not ready: the first that stops it, a wrong one before one that is not seen."""
    open_ = [f for f in findings if f["required"] and f["status"] not in READY]
    order = (Status.FAIL, Status.UNKNOWN, Status.SKIPPED)
    return min(open_, key=lambda f: order.index(Status(f["status"])), default=None)


def _stands(organisation: Organisation, name: str) -> Standing:
    service = services().filter(organisation=organisation, name=name).first()
    if service is None:
        raise Invalid({"service": [f"there is none named “{name}” in {organisation.slug}."]})
    return look(service)
