"""Trusting the host key that a row shows, by one click of somebody who has compared it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from checks.actions import trust as trusting
from checks.actions.errors import Invalid
from checks.pages.integrations import find
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

LONGEST = 100  # characters of a fingerprint


@require_POST
@organisation_page(Action.MANAGE)
def trust(request: OrganisationRequest, name: str) -> HttpResponse:
    """`fingerprint` is the one that stood beside the button: if the row shows another by now, nothing is trusted."""
    found = find(request, name)
    fingerprint = request.POST.get("fingerprint", "")[:LONGEST]
    try:
        trusting.trust(integration=found, actor=request.user, fingerprint=fingerprint)
    except Invalid as error:
        messages.error(request, f"Nothing was trusted. {error.sentence()}")
    else:
        messages.success(request, f"{name} is trusted with the host key {fingerprint}; it is being checked.")
    if request.POST.get("next") == "checklist":
        return redirect("checklist", org=request.organisation.slug)
    return redirect("integration", org=request.organisation.slug, name=name)
