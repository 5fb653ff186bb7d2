"""Ask for a check: by the queue for a page, in this process for a command."""
from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import close_old_connections

from checks.actions.connect import provider_of
from checks.actions.errors import Invalid
from checks.engine import batch, claim, known, runs, work
from checks.models import Integration, Run
from organisations import audit
from organisations.access import Action, require
from organisations.models import Organisation, User

WAIT_SECONDS = 42.0  # a run of another process ends or loses its lease; the whole command stays within 45


def ask(*, integration: Integration, actor: User | None, trigger: str = Run.Trigger.PERSON, **noted: str) -> Run:
    """Queue a run, or return the one that is under way. Raises Invalid when a credential is missing.

    noted: what else stands in the audit trail, such as the name of the API token that asked.
    """
    require(actor, integration.organisation, Action.CHECK)
    _need_credentials(integration)
    run = runs.start(integration, trigger=trigger, requested_by=actor)
    if trigger == Run.Trigger.PERSON:
        audit.record(integration.organisation, actor, "asked for a check of", integration.name, **noted)
    return run


def find(organisation: Organisation, name: str) -> Integration:
    """The Organisation's integration of this name, or Invalid."""
    integration = Integration.objects.for_organisation(organisation).filter(name=name).first()
    if integration is None:
        raise Invalid({"integration": [f"there is none named “{name}” in {organisation.slug}."]})
    return integration


def now(*, organisation: Organisation, actor: User | None, name: str, trigger: str = Run.Trigger.COMMAND) -> Run:
    """Run every row in this process, through the same claim as a worker; an active run is waited for and returned."""
    integration = find(organisation, name)
    require(actor, organisation, Action.CHECK)
    _need_credentials(integration)
    run = runs.start(integration, trigger=trigger, requested_by=actor, ring=False)
    until = time.monotonic() + WAIT_SECONDS
    while run.is_active and time.monotonic() < until:
        claimed = claim.take(run.id)
        if claimed is not None:
            work.perform(claimed, seconds=max(1.0, until - time.monotonic() - 2.0))
        else:
            time.sleep(0.1)
        close_old_connections()
        run.refresh_from_db()
    if run.state == Run.State.SUPERSEDED:
        return now(organisation=organisation, actor=actor, name=name, trigger=trigger)
    return run


def all_now(
    *, integrations: Sequence[Integration], actor: User | None, seconds: float = WAIT_SECONDS,
    trigger: str = Run.Trigger.COMMAND,
) -> dict[str, str]:
    """As `now`, several at once and within so many seconds in all: {name: why it was not asked or not answered}."""
    until = time.monotonic() + seconds
    left_out, started = {}, []
    for integration in integrations:
        require(actor, integration.organisation, Action.CHECK)
        try:
            _need_credentials(integration)
            started.append(runs.start(integration, trigger=trigger, requested_by=actor, ring=False))
        except Invalid as error:
            left_out[integration.name] = error.sentence()
    while (active := [run for run in started if run.is_active]) and time.monotonic() < until:
        batch.perform_all([str(run.pk) for run in active], seconds=max(1.0, until - time.monotonic() - 2.0))
        close_old_connections()
        started = [_followed(run) for run in active]
        time.sleep(0.1 if any(run.is_active for run in started) else 0)
    return left_out | {run.integration.name: "another process is still checking it." for run in started if run.is_active}


def _followed(run: Run) -> Run:
    """The run as it is now; where an edit superseded it, the one that asks with the new settings."""
    run.refresh_from_db()
    integration = Integration.objects.filter(pk=run.integration_id, removed_at=None).first()
    if run.state != Run.State.SUPERSEDED or integration is None:
        return run
    if known.missing_credentials(integration, provider_of(integration.provider)):
        return run  # there is nothing to ask with any more: its rows will say so
    return runs.start(integration, trigger=run.trigger, requested_by=run.requested_by, ring=False)


def _need_credentials(integration: Integration) -> None:
    missing = known.missing_credentials(integration, provider_of(integration.provider))
    if missing:
        raise Invalid({field: [f"is missing: give it again for {integration.name}."] for field in missing})
