"""Services: what an Organisation deploys, and whether each would deploy now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from checks.actions import services as serving
from checks.actions import verify
from checks.actions.errors import Invalid
from checks.models import Integration, Run, Service
from checks.pages import pickers, variables
from checks.pages.board import Board, load
from checks.pages.forms import INITIAL, NameForm, TargetForm, Together, kind_of
from checks.pages.pipeline import pipeline
from checks.pages.rights import rights
from checks.providers import BY_SLUG, PROVIDERS
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

READY = {
    "ready": ("pass", "Would deploy"),
    "broken": ("fail", "Would not deploy"),
    "unknown": ("unknown", "Could not check"),
    "unchecked": ("unverified", "Not proven yet"),
}
ANSWER = {
    "ready": "{} would deploy now",
    "broken": "{} would not deploy now",
    "unknown": "Whether {} would deploy could not be checked",
    "unchecked": "{} is not proven yet",
}


@require_safe
@organisation_page(Action.READ)
def listing(request: OrganisationRequest) -> HttpResponse:
    board = load(request.organisation)
    lines = [
        (
            service,
            *READY[board.readiness_of(service)],
            board.card_of(service.integration_id),
            board.card_of(service.node_id),
        )
        for service in board.services
    ]
    ready = sum(status == "pass" for _, status, *_ in lines)
    return render(
        request, "checks/services.html", {"lines": lines, "ready": ready, "kinds": _kinds(board), **rights(request)}
    )


def _kinds(board: Board) -> list[dict[str, Any]]:
    """The kinds of service, each with what could serve it: integrations that are there, and providers to connect."""
    return [
        {
            "kind": kind,
            "label": Service.Kind(kind).label,
            "integrations": [c.name for c in board.cards if c.provider and kind in c.provider.serves],
            "providers": [p for p in PROVIDERS if kind in p.serves],
        }
        for kind in Service.Kind.values
    ]


@require_safe
@organisation_page(Action.READ)
def service(request: OrganisationRequest, name: str) -> HttpResponse:
    """Would it deploy now: every row that it rests on, across its integration and its node."""
    found = find(request, name)
    board = load(request.organisation)
    state = board.readiness_of(found)
    parts = board.rows_of(found)
    for card, rows in parts:
        card.rows = rows
    status, word = READY[state]
    return render(
        request,
        "checks/service.html",
        {
            "service": found,
            "parts": [card for card, _ in parts],
            "heading": ANSWER[state].format(found.name),
            "status": status,
            "word": word,
            "board": board,
            "on": "service",
            "target": _target(found),
            "variables": variables.shown(request, found, board),
            **pipeline(request, found),
            **rights(request),
            "active": any(card.run for card, _ in parts),
        },
    )


def _target(service: Service) -> list[tuple[str, str]]:
    return [(name.replace("_", " ").capitalize(), str(value)) for name, value in service.target.items()]


def find(request: OrganisationRequest, name: str) -> Service:
    rows = Service.objects.for_organisation(request.organisation).select_related("integration", "node", "organisation")
    return get_object_or_404(rows.defer("integration__sealed", "node__sealed"), name=name)


def target_form(
    request: OrganisationRequest, kind: str, data: Mapping[str, Any] | None, service: Service | None = None
) -> TargetForm:
    """The target's fields of one kind, with the integrations that can serve it and the nodes there are."""
    mine = list(Integration.objects.for_organisation(request.organisation).defer("sealed"))
    able = [i for i in mine if (p := BY_SLUG.get(i.provider)) and kind in p.serves]
    names = {
        name: INITIAL.get(name, "") for p in PROVIDERS if kind in p.serves for name in p.service_fields.get(kind, ())
    }
    initial: dict[str, Any] = {}
    if service is not None:
        initial = {
            **service.target,
            "integration": service.integration.name if service.integration else "",
            "node": service.node.name if service.node else "",
        }
    elif request.GET.get("integration") in {i.name for i in able}:
        initial = {"integration": request.GET["integration"]}
    form = TargetForm(
        data,
        initial=initial,
        fields=names,
        nodes=[i.name for i in mine if (p := BY_SLUG.get(i.provider)) and p.is_node],
        integrations=[(i.name, f"{i.name} ({BY_SLUG[i.provider].name})") for i in able],
        picks=pickers.offered(request.organisation.slug, able),
    )
    form.providers = {i.provider for i in able}
    return form


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def new(request: OrganisationRequest) -> HttpResponse:
    """First `?kind=`, by links; then what such a service asks for."""
    kind = kind_of(request.GET.get("kind", ""))
    if kind is None:
        return render(request, "checks/service_choose.html", {"kinds": _kinds(load(request.organisation))})
    data = request.POST if request.method == "POST" else None
    identity, target, last = NameForm(data, example="shop-api"), target_form(request, kind, data), variables.form(request, data)
    form = Together(identity, target, last)
    if data is not None and form.is_valid():
        try:
            said = {**identity.cleaned_data, **target.asked(), **last.cleaned_data}
            added = serving.add(organisation=request.organisation, actor=request.user, kind=kind, **said)
            return _saved(request, added)
        except Invalid as error:
            form.refuse(error)
    return render(request, "checks/service_form.html", {"form": form, "able": target.able, **_about(kind, target)})


def _about(kind: str, target: TargetForm) -> dict[str, Any]:
    """What stands beside the form of a kind of service: what to type for each provider that is connected."""
    able = [provider for provider in PROVIDERS if kind in provider.serves]
    return {"label": Service.Kind(kind).label, "providers": able,
            "help": [(p.name, p.service_help) for p in able if p.slug in target.providers and p.service_help]}


def _saved(request: OrganisationRequest, saved: Service) -> HttpResponse:
    """Ask what it rests on at once, and go where the answers show."""
    ask_again(request, saved)
    messages.success(request, f"{saved.name} was saved.")
    return redirect("service", org=request.organisation.slug, name=saved.name)


def ask_again(request: OrganisationRequest, saved: Service) -> None:
    """Ask what a changed service rests on; what cannot be asked is said."""
    for integration in (saved.integration, saved.node):
        if integration is not None:
            try:
                verify.ask(integration=integration, actor=request.user, trigger=Run.Trigger.SERVICE)
            except Invalid as error:
                messages.warning(request, f"{integration.name} was not asked: {error.sentence()}")


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def edit(request: OrganisationRequest, name: str) -> HttpResponse:
    found = find(request, name)
    data = request.POST if request.method == "POST" else None
    target, last = target_form(request, found.kind, data, found), variables.form(request, data, found)
    form = Together(target, last)
    if data is not None and form.is_valid():
        try:
            said = {**last.cleaned_data, "variables": last.cleaned_data["variables"].strip() or None}
            return _saved(request, serving.edit(service=found, actor=request.user, **target.asked(), **said))
        except Invalid as error:
            form.refuse(error)
    context = {"form": form, "service": found, "able": target.able}
    return render(request, "checks/service_form.html", {**context, **_about(found.kind, target)})


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def remove(request: OrganisationRequest, name: str) -> HttpResponse:
    """GET says what will be lost; POST does it."""
    found = find(request, name)
    if request.method == "POST":
        serving.remove(service=found, actor=request.user)
        messages.success(request, f"{name} was removed, with its rows.")
        return redirect("services", org=request.organisation.slug)
    return render(request, "checks/service_remove.html", {"service": found, "findings": found.findings.count()})
