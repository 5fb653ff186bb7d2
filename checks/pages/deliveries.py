"""Having a provider send again the webhook that did not arrive."""
from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from checks.actions import hooks as sending
from checks.actions.errors import Invalid
from checks.actions.setup import Refused
from checks.pages.integrations import find
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest


@require_POST
@organisation_page(Action.MANAGE)
def redeliver(request: OrganisationRequest, name: str) -> HttpResponse:
    """Have the provider send again the delivery that a row names."""
    try:
        sending.redeliver(integration=find(request, name), actor=request.user)
        messages.success(request, "It is sent again. The rows below are asked once more.")
    except Refused as refused:
        messages.error(request, f"It was not sent again: {refused.sentence}")
    except Invalid as error:
        messages.error(request, f"It was not sent again: {error.sentence()}")
    return redirect("integration", org=request.organisation.slug, name=name)
