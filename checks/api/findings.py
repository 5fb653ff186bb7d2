"""Every row of an Organisation's checklist, in one list."""
from __future__ import annotations

from typing import Any

from ninja import Query, Router

from checks.actions import reports
from checks.api import paging, rows, schema
from checks.api.door import ApiRequest, Token
from checks.api.problems import invalid
from checks.models import Finding, Integration, Service
from checks.verdict import Status
from organisations.access import Action
from organisations.models import Organisation

router = Router(tags=["Findings"])
STATUS: Any = Query(None, description=f"One of {', '.join(Status)}.")


@router.get("/organisations/{org}/findings", response=schema.FindingList, operation_id="list_findings",
            auth=Token(Action.READ, "status", "integration", "service", "required", "limit", "cursor"),
            summary="The rows of an Organisation")
def listing(request: ApiRequest, org: str, status: Status | None = STATUS,
            integration: str | None = Query(None, description="The name of one."),
            service: str | None = Query(None, description="The name of one: the rows that are about it alone."),
            required: bool | None = Query(None, description="true: the rows that stop a deploy. false: the others."),
            limit: int = Query(100, **paging.LIMIT), cursor: str = Query("", description=paging.CURSOR)) -> dict[str, Any]:
    """The present verdict of each row, of every integration or of those that the filters leave. A name that is not there
    is an error, so that a misspelled one does not read as “nothing is wrong”."""
    organisation = request.auth.organisation
    found = Finding.objects.filter(integration__organisation=organisation, integration__removed_at=None)
    if status is not None:
        found = found.filter(status=status)
    if required is not None:
        found = found.filter(required=required)
    if integration is not None:
        found = found.filter(integration=_named(organisation, Integration, "integration", integration))
    if service is not None:
        found = found.filter(service=_named(organisation, Service, "service", service))
    found = found.select_related("service", "integration").defer("integration__sealed")
    return paging.page(request, found, ("pk", paging.number), limit, cursor, _document)


def _document(row: Finding) -> dict[str, Any]:
    return {**reports.finding(row), "integration": row.integration.name}


def _named(organisation: Organisation, kind: type[Integration] | type[Service], field: str, name: str) -> Any:
    found = rows.named(kind.objects.for_organisation(organisation), name)
    if found is None:
        raise invalid(field, f"there is none of this name in {organisation.slug}.")
    return found
