"""The checklist: what stands between an Organisation and its next deploy, in the order of the seed page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from checks import organisation_rows
from checks.actions import verify
from checks.actions.errors import Invalid
from checks.models import Integration
from checks.organisation_rows import OrganisationRow
from checks.pages.board import Board, Card, load
from checks.pages.rights import rights
from checks.pages.rows import WORDS
from checks.pages.summary import summary
from checks.pages.words import counted
from checks.providers import PROVIDERS
from checks.providers.base import Provider
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

GONE = "No longer checked here"
FOLD_FROM = 7  # integrations: on a longer page, the rows of those with nothing to read are folded away
POLL_MS, POLL_EACH_MS = 250, 150  # a card's own poll, and how much slower each further active card makes it


@dataclass
class Section:
    """One part of the seed page. `GitLab, Gitea (tokens)` is shown as its name and, smaller, what is in brackets."""

    title: str
    providers: list[Provider] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.title.partition(" (")[0]

    @property
    def note(self) -> str:
        return self.title.partition(" (")[2].removesuffix(")")


def sections(cards: Iterable[Card]) -> list[Section]:
    """The sections in the order in which the providers are listed, empty ones too; cards by name within each."""
    found: dict[str, Section] = {}
    for provider in PROVIDERS:
        found.setdefault(provider.section, Section(provider.section)).providers.append(provider)
    for card in cards:
        title = card.provider.section if card.provider else GONE
        found.setdefault(title, Section(title)).cards.append(card)
    return list(found.values())


def poll_every(active: int) -> int:
    """Milliseconds between two looks at a card: the more cards are under way, the slower each."""
    return max(POLL_MS, active * POLL_EACH_MS)


@require_safe
@organisation_page(Action.READ)
def checklist(request: OrganisationRequest) -> HttpResponse:
    """`?part=summary` is the heading and its figures alone, fetched again when a run of this page ended."""
    board = load(request.organisation)
    context = {"board": board, "summary": summary(board), "on": "checklist", **rights(request)}
    if request.GET.get("part") == "summary":
        return render(request, "checks/_summary.html", context)
    return render(
        request,
        "checks/checklist.html",
        {
            **context,
            "sections": sections(board.cards),
            "own_rows": own_rows(request, board),
            "fold": len(board.cards) >= FOLD_FROM,
            "every": poll_every(len(board.active)),
        },
    )


def own_rows(request: OrganisationRequest, board: Board) -> list[tuple[OrganisationRow, str]]:
    """The Organisation's own rows for this person, each with the word of its pill."""
    found = organisation_rows.rows_for(request.membership, [card.integration for card in board.cards], board.services)
    return [(row, WORDS[row.verdict.status]) for row in found]


@require_POST
@organisation_page(Action.CHECK)
def check_all(request: OrganisationRequest) -> HttpResponse:
    """Ask for every integration that can be asked: those that are paused or lack a credential are left alone."""
    asked = 0
    for integration in Integration.objects.for_organisation(request.organisation).filter(paused_at=None):
        try:
            verify.ask(integration=integration, actor=request.user)
            asked += 1
        except Invalid:
            continue  # its card says what it lacks
    if not asked:
        messages.warning(request, "Nothing could be asked: connect an integration, or give the missing credential.")
    else:
        messages.success(request, f"{counted(asked, 'integration')} asked to be checked.")
    return redirect("checklist", org=request.organisation.slug)
