"""The deploy gate of a service."""
from __future__ import annotations

from typing import Any

from ninja import Query, Router

from checks.actions import preflight
from checks.api import limits, rows, schema
from checks.api.door import ApiRequest, Token
from organisations import audit
from organisations.access import Action

router = Router(tags=["Services"])
LONGEST_AGE = 30 * 24 * 60 * 60


@router.get("/organisations/{org}/services/{name}/preflight", response=schema.Preflight,
            auth=Token(Action.CHECK, "max_age", asks=True), operation_id="preflight_service",
            summary="Would this service deploy now?")
def gate(request: ApiRequest, org: str, name: str,
         max_age: int = Query(preflight.MAX_AGE, ge=0, le=LONGEST_AGE, description="In seconds. What is older is asked again."),
         ) -> dict[str, Any]:
    """Every row that it rests on, across its integration and its node. It answers within 45 seconds, always with status
    200: look at “ready”."""
    caller = request.auth
    found = rows.service(caller.organisation, name)
    with limits.WAITING.one(caller.organisation.pk):
        told = preflight.preflight(organisation=caller.organisation, actor=caller.actor, service=found.name, max_age=max_age)
    audit.record(caller.organisation, caller.actor, "asked the gate about", found.name, token=caller.token.name,
                 ready="yes" if told["ready"] else "no")
    return told
