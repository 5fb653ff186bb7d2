"""Integrations: the list, one integration with its rows, and what one may do with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from checks.actions import connect as connecting
from checks.actions import verify
from checks.actions.connect import UNDO_FOR
from checks.actions.errors import Invalid
from checks.actions.setup_install import installed_page
from checks.engine import hooks
from checks.models import Flip, Integration, Run
from checks.pages.board import Board, Card, load
from checks.pages.checklist import POLL_MS
from checks.pages.forms import fingerprint, set_at
from checks.pages.history import DAYS, by_row
from checks.pages.open_links import open_links
from checks.pages.rights import rights
from checks.pages.setup.banner import banner
from checks.pages.words import counted, spelled
from checks.providers.base import LeastGrant
from organisations.access import Action, may, organisation_page
from organisations.pages.request import OrganisationRequest

STOP_POLLING = 286
SLOWEST_POLL_MS = 20_000
RUNS_SHOWN = 10


@require_safe
@organisation_page(Action.READ)
def listing(request: OrganisationRequest) -> HttpResponse:
    removed = Integration.objects.filter(organisation=request.organisation, removed_at__gt=timezone.now() - UNDO_FOR)
    board = load(request.organisation)
    return render(
        request,
        "checks/integrations.html",
        {
            "board": board,
            "verified": sum(card.standing == "verified" for card in board.cards),
            **rights(request),
            "removed": [
                {"name": i.name, "until": i.removed_at + UNDO_FOR}
                for i in removed.order_by("-removed_at").defer("sealed")
                if i.removed_at
            ],
        },
    )


def board_of(request: OrganisationRequest, name: str) -> tuple[Board, Card]:
    """The integration of this name in this Organisation, or 404."""
    board = load(request.organisation, name)
    if not board.cards:
        raise Http404
    return board, board.cards[0]


@require_safe
@organisation_page(Action.READ)
def integration(request: OrganisationRequest, name: str) -> HttpResponse:
    board, card = board_of(request, name)
    waiting = banner(request, card.integration) if card.awaits and may(request.membership, Action.MANAGE) else {}
    if waiting.get("turned"):
        return redirect(request.path)
    return render(
        request,
        "checks/integration.html",
        {
            **_live(request, board, card),
            **waiting,
            "settings": _settings(card),
            "credentials": _credentials(card),
            "least": _least_grant(card),
            "hand_offs": open_links(card) if may(request.membership, Action.MANAGE) else [],
            "webhook": hooks.facts(card.integration) if card.provider and card.provider.hook else None,
        },
    )


@require_safe
@organisation_page(Action.READ)
def rows(request: OrganisationRequest, name: str) -> HttpResponse:
    """The part of a page that a run changes: 204 while nothing new landed, 286 (htmx stops asking) once it ended."""
    board, card = board_of(request, name)
    if card.run and request.GET.get("seen") == card.token:
        return HttpResponse(status=204)
    on_checklist = request.GET.get("on") == "checklist"
    context = (
        {"card": card, "on": "checklist", "every": _every(request), "fold": "fold" in request.GET, **rights(request)}
        if on_checklist
        else _live(request, board, card)
    )
    template = "checks/_card.html" if on_checklist else "checks/_integration.html"
    response = render(
        request,
        template,
        {**context, "announce": "" if card.run else announcement(card)},
        status=200 if card.run else STOP_POLLING,
    )
    if not card.run:
        response["HX-Trigger"] = "checked"
    return response


def _every(request: OrganisationRequest) -> int:
    try:
        return min(SLOWEST_POLL_MS, max(POLL_MS, int(request.GET.get("every", ""))))
    except ValueError:
        return POLL_MS


def _live(request: OrganisationRequest, board: Board, card: Card) -> dict[str, Any]:
    """What the page of one integration shows and its poll fetches again."""
    card.flips = by_row(
        Flip.objects.filter(integration=card.integration, at__gt=board.now - timedelta(days=DAYS)).values(
            "check_slug", "service_name", "before", "after", "at"
        )
    )
    runs = Run.objects.filter(integration=card.integration).select_related("requested_by")[:RUNS_SHOWN]
    return {
        "board": board,
        "card": card,
        "heading": heading(card),
        "runs": runs,
        "on": "integration",
        "every": POLL_MS,
        "served": [(service, board.readiness_of(service)) for service in card.services],
        "installed_page": installed_page(card.integration) if card.provider and card.provider.setup else "",
        **rights(request),
    }


def heading(card: Card) -> str:
    """The answer for one integration."""
    if card.run:
        return f"{card.name} is queued: no worker is running" if card.run.waits else f"{card.name} is being checked"
    wrong = len(card.wrong)
    said = {
        "verified": "is verified",
        "unknown": "could not be checked yet",
        "paused": "is paused",
        "needs_credential": "needs its credential again",
        "unverified": "is not verified yet",
        "broken": f"is broken: {spelled(wrong).lower()} {'thing' if wrong == 1 else 'things'} to mend"
        if wrong
        else "is broken",
    }
    return f"{card.name} {said.get(card.status, card.status)}"


def announcement(card: Card) -> str:
    """Said once by a screen reader when a run ends."""
    wrong = len(card.wrong)
    return f"{card.name}: {counted(card.total, 'row')} checked, " + (f"{wrong} wrong." if wrong else "nothing wrong.")


def _settings(card: Card) -> list[tuple[str, str]]:
    """What was typed, under the labels of the provider's form; a blank reads as what it means."""
    values = card.integration.settings
    fields = card.provider.form.base_fields if card.provider else {}
    said = {True: "yes", False: "no", "": "—", None: "—"}
    return [
        (
            str(fields[n].label or n.replace("_", " ").capitalize()) if n in fields else n,
            said[v] if isinstance(v, bool) or v in ("", None) else str(v),
        )
        for n, v in values.items()
    ]


def _least_grant(card: Card) -> LeastGrant | None:
    """What its key needs, as the rows of the last run saw it."""
    if card.provider is None or card.provider.policy is None:
        return None
    return card.provider.policy(card.integration.settings, {row.slug: row.facts or {} for row in card.rows})


def _credentials(card: Card) -> list[dict[str, str]]:
    """Names, when each was set, and the start of its fingerprint: all that there is to see."""
    names = card.provider.form.base_fields if card.provider else {}
    return [
        {
            "name": str(names[n].label or n.replace("_", " ").capitalize()) if n in names else n,
            "set": set_at(facts),
            "fingerprint": fingerprint(facts),
        }
        for n, facts in sorted(card.integration.credential_facts.items())
    ]


def find(request: OrganisationRequest, name: str) -> Integration:
    return get_object_or_404(
        Integration.objects.for_organisation(request.organisation).select_related("organisation"), name=name
    )


@require_POST
@organisation_page(Action.CHECK)
def check(request: OrganisationRequest, name: str) -> HttpResponse:
    """Ask for a run; the page then shows it. `next=checklist` goes back there."""
    found = find(request, name)
    try:
        verify.ask(integration=found, actor=request.user)
    except Invalid as error:
        messages.error(request, f"{name} was not asked: {error.sentence()}")
    if request.POST.get("next") == "checklist":
        return redirect("checklist", org=request.organisation.slug)
    return redirect("integration", org=request.organisation.slug, name=name)


@require_POST
@organisation_page(Action.MANAGE)
def pause(request: OrganisationRequest, name: str) -> HttpResponse:
    connecting.pause(integration=find(request, name), actor=request.user)
    messages.success(request, f"{name} is paused: it is not checked by itself until somebody resumes it.")
    return redirect("integration", org=request.organisation.slug, name=name)


@require_POST
@organisation_page(Action.MANAGE)
def resume(request: OrganisationRequest, name: str) -> HttpResponse:
    connecting.resume(integration=find(request, name), actor=request.user)
    messages.success(request, f"{name} is checked by itself again.")
    return redirect("integration", org=request.organisation.slug, name=name)
