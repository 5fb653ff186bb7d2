"""What was noted of a service's variables: their names, what each value looked like, and where a secret belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from checks.actions import variables as noting
from checks.diagnosis.generated import EXAMPLE
from checks.diagnosis.variable_words import REGENERATED, Told
from checks.models import Service
from checks.pages.board import Board
from checks.pages.forms import VariablesForm
from checks.pages.words import counted
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest


@dataclass(frozen=True)
class Line:
    """One variable. path, place: of the integration that takes such a secret, or of the page to connect one; "" for none."""

    told: Told
    path: str = ""
    place: str = ""


@dataclass(frozen=True)
class Shown:
    """heading: the answer. example, regenerated: how secret() is written, and when it changes."""

    lines: list[Line]
    heading: str
    example: str = EXAMPLE
    regenerated: str = REGENERATED


def shown(request: OrganisationRequest, service: Service, board: Board) -> Shown:
    """For the service's page. Asks the database nothing that the board has not."""
    lines = [_line(request, told, board) for told in noting.about(service.variables)]
    wrong = sum(line.told.counts for line in lines)
    if not lines:
        heading = "Its variables were not looked through"
    elif wrong:
        heading = f"{wrong} of {counted(len(lines), 'variable')} should change"
    else:
        heading = f"{counted(len(lines), 'variable')}, and none of them holds what belongs elsewhere"
    return Shown(lines, heading)


def _line(request: OrganisationRequest, told: Told, board: Board) -> Line:
    if not told.provider:
        return Line(told)
    org = request.organisation.slug
    card = next((card for card in board.cards if card.provider is not None and card.provider.slug == told.provider), None)
    if card is not None:
        return Line(told, reverse("integration", kwargs={"org": org, "name": card.name}), f"Open {card.name}")
    return Line(told, reverse("integration_new", kwargs={"org": org, "provider": told.provider}), "Connect one")


def form(request: OrganisationRequest, data: Mapping[str, Any] | None, service: Service | None = None) -> VariablesForm:
    """Notes and variables, blank, over a service's notes, or over what was sent."""
    whole = int(request.META.get("CONTENT_LENGTH") or 0) if data is not None and not request.FILES else 0
    return VariablesForm(data, request.FILES if data is not None else None, whole=whole,
                         initial={"notes": service.notes} if service else None)


@require_POST
@organisation_page(Action.MANAGE)
def forget(request: OrganisationRequest, name: str) -> HttpResponse:
    """Delete what was noted of them; the variables at dFlow stay as they are."""
    found = get_object_or_404(Service.objects.for_organisation(request.organisation).select_related("organisation"), name=name)
    count = noting.forget(service=found, actor=request.user)
    messages.success(request, f"What was noted of {counted(count, 'variable')} of {name} was deleted.")
    return redirect("service", org=request.organisation.slug, name=name)
