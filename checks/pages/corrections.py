"""The right value of a service, as its own row offers it, set by one click, and put back by one more."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from checks.actions import corrections
from checks.actions import services as serving
from checks.actions.corrections import Correction
from checks.actions.errors import Invalid
from checks.models import Finding, Service
from checks.pages.services import ask_again, find
from checks.pages.words import listed
from checks.providers import BY_SLUG
from organisations.access import Action, organisation_page
from organisations.models import AuditEvent
from organisations.pages.request import OrganisationRequest

CHANGED = "The row of {} no longer offers that: read it again."


@require_POST
@organisation_page(Action.MANAGE)
def correct(request: OrganisationRequest, name: str) -> HttpResponse:
    """`row` is the check whose finding offers it, `use` names which of its offers: no value is taken from the form."""
    service = find(request, name)
    offered = _offered(service, request.POST.get("row", ""), request.POST.get("use", ""))
    if offered is None:
        messages.error(request, CHANGED.format(name))
        return _back(request, service)
    try:
        event = serving.correct(service=service, actor=request.user, target=offered.target)
    except Invalid as error:
        messages.error(request, f"{name} was not changed: {error.sentence()}")
        return _back(request, service)
    ask_again(request, service)
    _say(request, service, event)
    return _back(request, service)


def _offered(service: Service, slug: str, key: str) -> Correction | None:
    """The correction of this key among those that the row offers now."""
    provider = BY_SLUG.get(service.integration.provider) if service.integration else None
    finding = Finding.objects.filter(integration=service.integration_id, service=service, check_slug=slug).first()
    if service.integration is None or provider is None or finding is None:
        return None
    homes = provider.addresses(service.integration.settings).values()
    offers = corrections.corrections(finding.facts, service.target, homes)
    return next((offer for offer in offers if offer.key == key), None)


def _say(request: OrganisationRequest, service: Service, event: AuditEvent) -> None:
    """What it is now, what it was before, and the way back."""
    before, after = event.details["before"], event.details["after"]
    changed = [name for name in after if after[name] != before.get(name)]
    now, was = (listed([str(target.get(name) or "nothing") for name in changed]) for target in (after, before))
    said = f"{service.name} asks for {now} now; before, it was {was}."
    context = {"said": said, "service": service, "event": event, "organisation": request.organisation,
               "next": request.POST.get("next", "")}
    messages.success(request, render_to_string("checks/_corrected.html", context, request), extra_tags="undo")


@require_POST
@organisation_page(Action.MANAGE)
def put_back(request: OrganisationRequest, name: str) -> HttpResponse:
    """`event` is the correction's own line in the audit trail, which holds what it was before."""
    service = find(request, name)
    number = request.POST.get("event", "")
    try:
        event = serving.put_back(service=service, actor=request.user, event=int(number[:18]) if number.isdecimal() else 0)
    except Invalid as error:
        messages.error(request, error.sentence())
        return _back(request, service)
    ask_again(request, service)
    was = listed([str(value) for value in event.details["after"].values()])
    messages.success(request, f"{name} asks for {was} again.")
    return _back(request, service)


def _back(request: OrganisationRequest, service: Service) -> HttpResponse:
    """The page whose row was clicked."""
    org, where = request.organisation.slug, request.POST.get("next", "")
    if where == "checklist":
        return redirect("checklist", org=org)
    if where == "integration" and service.integration is not None:
        return redirect("integration", org=org, name=service.integration.name)
    return redirect("service", org=org, name=service.name)
