"""Activity: which rows changed, and who did what, in one list by time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checks.models import Flip, Integration
from checks.pages.rights import rights
from checks.pages.rows import WORDS
from organisations.access import Action, may, organisation_page
from organisations.models import AuditEvent, Organisation
from organisations.pages.request import OrganisationRequest

PAGE = 50
EVENT, FLIP = 0, 1  # at the same moment, what somebody did stands above what followed from it


@dataclass(frozen=True)
class Entry:
    """One line: an event somebody caused, or a row that changed its verdict."""

    at: datetime
    kind: int
    id: int
    row: Any

    @property
    def is_flip(self) -> bool:
        return self.kind == FLIP

    @property
    def word(self) -> str:
        return WORDS.get(self.row.after, self.row.after)

    @property
    def before(self) -> str:
        return WORDS.get(self.row.before, "") if self.row.before else ""

    @property
    def order(self) -> tuple[float, int, int]:
        return -self.at.timestamp(), self.kind, -self.id

    @property
    def cursor(self) -> str:
        return f"{self.at.isoformat()}|{self.kind}|{self.id}"


def read_cursor(text: str) -> tuple[datetime, int, int] | None:
    """Where the page before ended, or None for anything that is no cursor."""
    try:
        at, kind, number = text.split("|")
        moment = datetime.fromisoformat(at)
        return (moment, int(kind), int(number)) if moment.tzinfo else None
    except ValueError:
        return None


def page(
    events: QuerySet[AuditEvent], flips: QuerySet[Flip], cursor: tuple[datetime, int, int] | None
) -> tuple[list[Entry], str]:
    """One page of both, newest first, and the cursor of the next one (empty on the last). Two queries."""
    both: list[Entry] = []
    for kind, every in ((EVENT, events), (FLIP, flips)):
        rows: QuerySet[Any] = every
        if cursor is not None:
            at, last_kind, last_id = cursor
            same = Q(at=at) & (Q(id__lt=last_id) if kind == last_kind else Q(pk__isnull=kind < last_kind))
            rows = rows.filter(Q(at__lt=at) | same)
        both += _entries(kind, rows.order_by("-at", "-id")[: PAGE + 1])
    both.sort(key=lambda entry: entry.order)
    shown = both[:PAGE]
    return shown, shown[-1].cursor if len(both) > PAGE else ""


def _entries(kind: int, rows: Iterable[Any]) -> list[Entry]:
    return [Entry(row.at, kind, row.pk, row) for row in rows]


@require_safe
@organisation_page(Action.READ)
def activity(request: OrganisationRequest) -> HttpResponse:
    """`integration` and `what` (changes, people) filter; `before` is the cursor. Who did what is for those who may read
    the audit trail."""
    name, what = request.GET.get("integration", ""), request.GET.get("what", "")
    audited = may(request.membership, Action.MEMBERS)
    flips, events = _of(request.organisation, name)
    entries, following = page(
        events if audited and what != "changes" else events.none(), flips if what != "people" else flips.none(),
        read_cursor(request.GET.get("before", "")))
    names = Integration.objects.for_organisation(request.organisation).order_by("name").values_list("name", flat=True)
    context = {"entries": entries, "following": following, "audited": audited}
    filters = {"names": names, "name": name, "what": what}
    return render(request, "checks/activity.html", {**context, **filters, **rights(request)})


def _of(organisation: Organisation, name: str) -> tuple[QuerySet[Flip], QuerySet[AuditEvent]]:
    """All that happened in an Organisation; with a name, to that integration."""
    flips = Flip.objects.filter(integration__organisation=organisation).select_related("integration")
    flips = flips.defer("integration__sealed", "integration__settings")
    events = AuditEvent.objects.filter(organisation=organisation)
    return (flips.filter(integration__name=name), events.filter(subject=name)) if name else (flips, events)
