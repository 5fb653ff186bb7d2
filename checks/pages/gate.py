"""The gate of a service: would it deploy now, what stands in the way, how old each answer is, and a button to ask now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from checks.actions import preflight
from checks.actions.preflight import MAX_AGE
from checks.actions.standing import Document, Part, Standing, State, look, services
from checks.models import Integration, Service
from checks.pages.board import Board, Card, load
from checks.pages.integrations import STOP_POLLING
from checks.pages.polled import Polled
from checks.pages.rights import rights
from checks.pages.rows import VERDICTS, Row
from checks.pages.services import find
from checks.pages.words import ago, listed, span
from organisations.access import Action, organisation_page, who_can
from organisations.pages.request import OrganisationRequest

MOST_STOPS = 3  # that are told in full on top; the others stand in their places below
PILL = {State.READY: ("pass", "Would deploy"), State.NOT_READY: ("fail", "Would not deploy"),
        State.UNKNOWN: ("unknown", "Could not check"), State.UNPROVEN: ("unverified", "Not proven yet")}


@dataclass(frozen=True)
class Group:
    """One integration of the service: as it stands, its card, and its rows for this service."""

    part: Part
    card: Card | None
    rows: Sequence[Row]
    is_fresh: bool
    is_node: bool


@dataclass(frozen=True)
class Stop:
    """Something that stands in the way; link: to its row on the page of its integration, or to where it is mended."""

    told: Document
    link: str


@dataclass
class Gate(Polled):
    """Everything that the page shows."""

    standing: Standing
    board: Board
    groups: list[Group]

    @property
    def service(self) -> Service:
        return self.standing.service

    @property
    def active(self) -> list[Card]:
        return [group.card for group in self.groups if group.card and group.card.run]

    @property
    def token(self) -> str:
        return ".".join(card.token for card in self.active) or "done"

    @property
    def stale(self) -> list[Integration]:
        return self.standing.stale(MAX_AGE)

    @property
    def askable(self) -> bool:
        """Whether anything can be asked at all."""
        return any(part.barrier is None for part in self.standing.parts)

    @property
    def pill(self) -> tuple[str, str]:
        if self.active:
            return ("queued", "Queued") if self.waits else ("running", "Checking")
        return PILL[self.standing.state]

    @property
    def heading(self) -> str:
        name = self.service.name
        if self.active:
            return f"Whether {name} would deploy is being asked" if not self.waits else f"{name} is queued: no worker is running"
        stops = self.standing.stops
        said = {
            State.READY: f"{name} would deploy now",
            State.NOT_READY: f"{name} would not deploy now{_because(stops)}",
            State.UNKNOWN: f"Whether {name} would deploy could not be checked",
            State.UNPROVEN: f"{name} is not proven yet",
        }
        return said[self.standing.state]

    @property
    def stops(self) -> list[Stop]:
        return [Stop(told, self._link(told)) for told in self.standing.stops[:MOST_STOPS]]

    @property
    def more_stops(self) -> int:
        return max(0, len(self.standing.stops) - MOST_STOPS)

    def _link(self, told: Document) -> str:
        org, name = self.board.organisation.slug, told["integration"]
        if not any(card.name == name for card in self.board.cards):
            return reverse("service", kwargs={"org": org, "name": self.service.name})
        row = next((row for group in self.groups if group.card and group.card.name == name for row in group.rows
                    if (row.slug, row.service) == (told["check"], told["service"] or "")), None)
        page = reverse("integration", kwargs={"org": org, "name": name})
        return f"{page}#row-{name}-{row.key}" if row else page

    @property
    def freshness(self) -> str:
        """How old the answers are, and whether a deploy would ask again first."""
        oldest, limit = self.standing.oldest, span(MAX_AGE)
        if not self.askable:
            return "Nothing that it rests on can be asked."
        if not self.stale:
            when = ago(oldest, self.standing.now)
            return f"Every answer is fresh enough: the oldest was given {when}, and {limit} is the limit."
        names = listed([integration.name for integration in self.stale])
        when = f" The oldest answer was given {ago(oldest, self.standing.now)}." if oldest else ""
        return f"A deploy would ask {names} again first: an answer counts for {limit}.{when}"

    @property
    def announcement(self) -> str:
        return "" if self.active else f"{self.heading}."


def _because(stops: Sequence[Document]) -> str:
    """`: “The branch or tag exists” of git-main fails`."""
    if not stops:
        return ""
    told = stops[0]
    of = f" of {told['integration']}" if told["integration"] else ""
    return f": “{told['title']}”{of} fails"


def gate_of(request: OrganisationRequest, name: str) -> Gate:
    """The gate of the service of this name in this Organisation, or 404. Five queries."""
    service = services().filter(organisation=request.organisation, name=name).first()
    if service is None:
        raise Http404
    standing, board = look(service), load(request.organisation)
    rows = {card.name: (card, rows) for card, rows in board.rows_of(service)}
    groups = []
    for part in standing.parts:
        card, mine = rows.get(part.integration.name, (None, [])) if part.integration else (None, [])
        node = part.integration is not None and part.integration.pk == service.node_id
        groups.append(Group(part, card, _now(mine, standing), standing.is_fresh(part, MAX_AGE), node))
    return Gate(standing, board, groups)


def _now(rows: Sequence[Row], standing: Standing) -> list[Row]:
    """The rows; what was found for what the service asked for before its last change says nothing any more."""
    counted = {(f.check_slug, f.service_id) for part in standing.parts for f in part.findings if standing.counts(f)}
    for row in rows:
        if row.status in VERDICTS and row.declared and (row.slug, row.service_id) not in counted:
            row.status, row.evidence = "unverified", f"Not asked since the last change. Before it: {row.evidence}"
    return list(rows)


@require_safe
@organisation_page(Action.READ)
def gate(request: OrganisationRequest, name: str) -> HttpResponse:
    """`?part=live` is what a run changes: 204 while nothing new landed, 286 (htmx stops asking) once every run ended."""
    found = gate_of(request, name)
    context = {"gate": found, "service": found.service, "on": "gate", **_may(request)}
    if request.GET.get("part") != "live":
        return render(request, "checks/gate.html", context)
    if found.active and request.GET.get("seen") == found.token:
        return HttpResponse(status=204)
    return render(request, "checks/_gate.html", {**context, "announce": found.announcement},
                  status=200 if found.active else STOP_POLLING)


def _may(request: OrganisationRequest) -> dict[str, Any]:
    organisation = request.organisation
    return {**rights(request), "checkers": SimpleLazyObject(
        lambda: listed([str(user) for user in who_can(organisation, Action.CHECK)]) or "nobody yet")}


@require_POST
@organisation_page(Action.CHECK)
def ask(request: OrganisationRequest, name: str) -> HttpResponse:
    """Queue what is stale, or with `all` everything; the page then shows it land."""
    found = find(request, name)
    asked, left_out = preflight.ask_soon(service=found, actor=request.user, max_age=0 if "all" in request.POST else MAX_AGE)
    for integration, why in left_out.items():
        messages.error(request, f"{integration} was not asked: {why}")
    if not asked and not left_out:
        messages.info(request, "Nothing was asked: every answer is fresh enough, or nothing can be asked.")
    return redirect("service_gate", org=request.organisation.slug, name=name)
