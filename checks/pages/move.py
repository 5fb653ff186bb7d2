"""Moving an integration to another Organisation: GET says what goes, what stays and what breaks; POST does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from checks.actions import hand_off as handing
from checks.actions import move as moving
from checks.actions.errors import Invalid
from checks.actions.move import Place
from checks.models import Integration
from checks.pages.connect import provider_or_404
from checks.pages.forms import NameForm, Together
from checks.pages.integrations import find
from checks.pages.words import listed
from organisations.access import Action, organisation_page
from organisations.models import Organisation
from organisations.pages.request import OrganisationRequest


class MoveForm(NameForm):
    """Where to, and what it is called there."""

    to = forms.ChoiceField(label="Organisation", error_messages={
        "required": "Choose one of your Organisations.", "invalid_choice": "This is none of the Organisations that you manage."})
    field_order = ("to", "name")

    def __init__(self, places: Sequence[Place], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (place.organisation.slug, place.organisation.name) for place in places]
        self.fields["name"].label = "Name there"
        self.fields["name"].help_text = "Its own, or another one where something there has that name already."


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def move(request: OrganisationRequest, name: str) -> HttpResponse:
    """`?to=` is the Organisation that is meant."""
    answer: HttpResponse = _asked(request, find(request, name))
    return answer


@reauthentication_required(allow_get=True)
def _asked(request: OrganisationRequest, integration: Integration) -> HttpResponse:
    """Asks for the password where it was not given in the last half hour: a credential is about to leave."""
    places = moving.places(organisation=request.organisation, actor=request.user)
    able = {place.organisation.slug: place.organisation for place in places if place.may}
    data = request.POST if request.method == "POST" else None
    wanted = able.get((data if data is not None else request.GET).get("to", ""))
    asked = MoveForm([place for place in places if place.may], data, example=integration.name, initial={
        "name": integration.name, "to": wanted.slug if wanted else next(iter(able), "")})
    form = Together(asked)
    if data is not None and form.is_valid():
        try:
            return _moved(request, integration, able[asked.cleaned_data["to"]], asked.cleaned_data["name"])
        except Invalid as error:
            form.refuse(error)
    context = _context(integration, wanted or (next(iter(able.values())) if len(able) == 1 else None))
    return render(request, "checks/move.html", {**context, "form": form if able else None,
                                                "asking": [place for place in places if not place.may]})


def _context(integration: Integration, chosen: Organisation | None) -> dict[str, Any]:
    kind = provider_or_404(integration.provider)
    labels = {name: str(field.label or name.replace("_", " ").capitalize()) for name, field in kind.form.base_fields.items()}
    return {
        "integration": integration, "provider": kind, "chosen": chosen, "hook": kind.hook is not None,
        "credentials": [labels.get(name, name) for name in sorted(integration.credential_facts)],
        "losing": [service.name for service in moving.losing(integration)],
        "links": handing.open_links(integration).filter(service=None).count(),
    }


def _moved(request: OrganisationRequest, integration: Integration, to: Organisation, name: str) -> HttpResponse:
    """Do it, and go where its rows arrive, with the way back in hand."""
    moved, again = moving.move(integration=integration, actor=request.user, to=to, name=name)
    back = reverse("integration_move", kwargs={"org": to.slug, "name": name}) + f"?to={request.organisation.slug}"
    served = f" It serves {listed(again)} again." if again else ""
    said = f"{name} belongs to {to.name} now, and everything is asked anew.{served}"
    text = render_to_string("checks/_moved.html", {"said": said, "undo": back}, request)
    messages.success(request, text, extra_tags="undo")
    return redirect("integration", org=to.slug, name=moved.name)
