"""One asking of an integration's rows, while it goes on and after."""
from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router

from checks.actions import reports
from checks.api import schema
from checks.api.door import ApiRequest, Token
from checks.api.problems import not_found
from checks.models import Finding, Run
from organisations.access import Action

router = Router(tags=["Runs"])


@router.get("/organisations/{org}/runs/{uuid:run}", response=schema.Run, auth=Token(Action.READ), operation_id="read_run",
            summary="A run, while it goes on and after")
def one(request: ApiRequest, org: str, run: UUID) -> dict[str, Any]:
    """state is queued, running, finished, or superseded (the integration was edited: a newer run took its place).

    findings holds what this run has found and no later run has asked again. Runs are kept for 30 days.
    """
    mine = Run.objects.filter(integration__organisation=request.auth.organisation, integration__removed_at=None)
    found = mine.filter(pk=run).first()
    if found is None:
        raise not_found()
    return document(found)


def document(run: Run) -> dict[str, Any]:
    findings = Finding.objects.filter(run=run).select_related("service")
    return {"id": str(run.pk), "state": str(run.state), **reports.run(run, findings)}
