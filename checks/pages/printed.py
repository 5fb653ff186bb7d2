"""The whole checklist on paper: every row with its verdict, what was seen and what to do, in the seed page's order."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checks.models import Service
from checks.pages.board import Board, Card, load
from checks.pages.checklist import own_rows, sections
from checks.pages.rights import rights
from checks.pages.rows import Row
from checks.pages.services import READY
from checks.pages.summary import summary
from checks.verdict import Skip, Status
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

NOTHING_TO_DO = (Skip.NO_SERVICE, Skip.NOT_APPLICABLE)


@dataclass(frozen=True)
class Line:
    """A row on paper. to_do: it is not proven, so somebody may write beside it who did it, and when."""

    row: Row

    @property
    def to_do(self) -> bool:
        return self.row.known != Status.PASS and self.row.skip not in NOTHING_TO_DO


@dataclass(frozen=True)
class Deployed:
    """A service, and whether it would deploy."""

    service: Service
    status: str
    word: str
    uses: Card | None
    node: Card | None

    @property
    def target(self) -> str:
        return ", ".join(str(value) for value in self.service.target.values())

    @property
    def in_the_way(self) -> list[str]:
        """The rows that were seen to be wrong, with their integrations."""
        cards = [card for card in (self.uses, self.node) if card]
        return [f"{row.title} ({card.name})" for card in cards for row in card.wrong
                if row.service_id in (None, self.service.pk)]


@require_safe
@organisation_page(Action.READ)
def printed(request: OrganisationRequest) -> HttpResponse:
    """`?boxes=no` leaves out the column for names and dates."""
    board = load(request.organisation)
    found = [(section, [(card, [Line(row) for row in card.rows]) for card in section.cards])
             for section in sections(board.cards)]
    context = {
        "board": board, "summary": summary(board), "own_rows": own_rows(request, board), "sections": found,
        "services": deployed(board), "boxes": request.GET.get("boxes") != "no", "active": len(board.active), **rights(request),
    }
    return render(request, "checks/print.html", context)


def deployed(board: Board) -> list[Deployed]:
    return [Deployed(one, *READY[board.readiness_of(one)], board.card_of(one.integration_id), board.card_of(one.node_id))
            for one in board.services]
