"""The status picture of a service: drawn here for whoever has its address, and made and taken away by its managers."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from checks.actions import badge as badges
from checks.actions.standing import Standing, State
from checks.pages.services import find
from checks.pages.words import ago
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

LABEL, UNKNOWN = "deploys", "unknown"
OLD = timedelta(days=1)
GREY = "#5a626b"
COLOURS = {State.READY: "#17693f", State.NOT_READY: "#a3212b", State.UNKNOWN: "#4d4f9e", State.UNPROVEN: GREY}
CACHE = "no-cache, max-age=60"  # whoever keeps it asks again first, and is mostly told that nothing changed
PAD = 6
# Verdana at 11 pixels, in tenths; the picture says its text's length, so another face fits too.
WIDTHS = {"i": 30, "j": 38, "l": 30, "f": 39, "t": 43, "r": 47, " ": 39, ",": 40, ":": 50, "c": 57, "s": 57, "k": 65, "v": 65,
          "x": 65, "y": 65, "z": 58, "m": 107, "w": 90}
COMMON_WIDTH = 69


def said(standing: Standing) -> tuple[str, str]:
    """The word of the picture and its colour. An answer of more than a day ago is stale, and says its age."""
    state, oldest = standing.state, standing.oldest
    seen = state is not State.UNPROVEN and not any(part.barrier for part in standing.parts)
    if seen and oldest is not None and standing.now - oldest > OLD:
        return f"stale: {state} {ago(oldest, standing.now)}", GREY
    return state.value, COLOURS[state]


def width(text: str) -> int:
    """About as many pixels as this is wide."""
    return round(sum(WIDTHS.get(letter, COMMON_WIDTH) for letter in text) / 10)


@require_safe
def badge(request: HttpRequest, token: str) -> HttpResponse:
    """No name stands in it. An address that there is not gets a picture too, so that a page shows no broken one."""
    standing = badges.seen(token)
    word, colour = said(standing) if standing else (UNKNOWN, GREY)
    left, right = width(LABEL) + 2 * PAD, width(word) + 2 * PAD
    drawn = {"label": LABEL, "word": word, "colour": colour, "left": left, "right": right, "width": left + right,
             "label_at": left / 2, "word_at": left + right / 2, "label_width": width(LABEL), "word_width": width(word)}
    response = render(request, "checks/badge.svg", drawn, content_type="image/svg+xml; charset=utf-8",
                      status=200 if standing else 404)
    response["Cache-Control"] = CACHE
    if standing is None:
        return response
    etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response["ETag"] = etag
    answer: HttpResponse = get_conditional_response(request, etag=etag, response=response) or response
    return answer


@require_POST
@organisation_page(Action.MANAGE)
def make(request: OrganisationRequest, name: str) -> HttpResponse:
    badges.make(service=find(request, name), actor=request.user)
    messages.success(request, f"{name} has a status picture. Whoever has its address can see it.")
    return _back(request, name)


@require_POST
@organisation_page(Action.MANAGE)
def renew(request: OrganisationRequest, name: str) -> HttpResponse:
    if badges.renew(service=find(request, name), actor=request.user) is None:
        messages.warning(request, f"{name} has no status picture.")
    else:
        messages.success(request, f"The picture of {name} has a new address; the old one shows nothing any more.")
    return _back(request, name)


@require_POST
@organisation_page(Action.MANAGE)
def remove(request: OrganisationRequest, name: str) -> HttpResponse:
    if badges.remove(service=find(request, name), actor=request.user):
        messages.success(request, f"The picture of {name} was removed; its address shows nothing any more.")
    else:
        messages.warning(request, f"{name} has no status picture.")
    return _back(request, name)


def _back(request: OrganisationRequest, name: str) -> HttpResponse:
    return redirect("service", org=request.organisation.slug, name=name)
