"""Integrations, and asking for a check of one."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from ninja import Header, Query, Router

from checks.actions import reports, verify
from checks.actions.errors import Invalid
from checks.api import once, paging, rows, schema
from checks.api.door import ApiRequest, Token
from checks.api.problems import Problem
from checks.api.runs import document
from checks.models import Finding, Integration, Run
from organisations.access import Action

router = Router(tags=["Integrations"])
LIST = "/organisations/{org}/integrations"
KEY = "Any text that is new for each request: sent again with the same one, it starts nothing again."


@router.get(LIST, response=schema.IntegrationList, auth=Token(Action.READ, "limit", "cursor"), exclude_unset=True,
            operation_id="list_integrations", summary="The integrations of an Organisation")
def listing(request: ApiRequest, org: str, limit: int = Query(50, **paging.LIMIT),
            cursor: str = Query("", description=paging.CURSOR)) -> dict[str, Any]:
    """By name. Credentials are named, and never come back in any form."""
    mine = rows.integrations(request.auth.organisation)
    return paging.page(request, mine, ("name", paging.name), limit, cursor, reports.integration)


@router.get(LIST + "/{name}", response=schema.IntegrationWithFindings, auth=Token(Action.READ), exclude_unset=True,
            operation_id="read_integration", summary="One integration, with its rows")
def one(request: ApiRequest, org: str, name: str) -> dict[str, Any]:
    """What it is, what it is worth now, and the present verdict of each of its rows."""
    found = rows.integration(request.auth.organisation, name)
    findings = Finding.objects.filter(integration=found).select_related("service")
    return {**reports.integration(found), "findings": [reports.finding(row) for row in findings]}


@router.post(LIST + "/{name}/verify", response={202: schema.Run}, auth=Token(Action.CHECK, asks=True),
             operation_id="verify_integration", summary="Ask every row of an integration again")
def ask(request: ApiRequest, response: HttpResponse, org: str, name: str,
        idempotency_key: str | None = Header(None, alias="Idempotency-Key", min_length=1, max_length=255, description=KEY),
        ) -> dict[str, Any]:
    """Queues a run, or answers the one that is under way; ask for it by its id until its state is finished.

    With an Idempotency-Key the same request, sent again within a day, answers the same run and starts no other.
    """
    found = rows.integration(request.auth.organisation, name)

    def start() -> Run:
        return _start(request, found)

    run, again = once.once(request.auth, idempotency_key, str(found.pk), start) if idempotency_key else (start(), False)
    response["Location"] = f"{settings.BASE_URL}/api/v1/organisations/{org}/runs/{run.pk}"
    if again:
        response["Idempotent-Replayed"] = "true"
    return document(run)


def _start(request: ApiRequest, integration: Integration) -> Run:
    caller = request.auth
    try:
        return verify.ask(integration=integration, actor=caller.actor, token=caller.token.name)
    except Invalid as error:  # a credential is missing: nothing of this request is wrong
        raise Problem("conflict", error.sentence()) from None
