"""The banner of a request that waits, as its page fetches it again."""
from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checks.pages.integrations import find
from checks.pages.setup.banner import FIRST_SECONDS, SLOWEST_SECONDS, banner
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest


@require_safe
@organisation_page(Action.MANAGE)
def approval(request: OrganisationRequest, name: str) -> HttpResponse:
    """The banner, fetched again while the page is open, ever more slowly; it reloads the page once it turned."""
    integration = find(request, name)
    context = banner(request, integration, seconds=_seconds(request))
    response = render(request, "checks/setup/_approval.html", {**context, "integration": integration})
    if context.get("turned") or not context.get("approval"):
        response["HX-Refresh"] = "true"
    return response


def _seconds(request: OrganisationRequest) -> int:
    try:
        return min(SLOWEST_SECONDS, max(FIRST_SECONDS, int(request.GET.get("every", ""))))
    except ValueError:
        return FIRST_SECONDS
