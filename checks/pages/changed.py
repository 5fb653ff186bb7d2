"""What the rows of a page changed since they were last green: read in two queries, and only where a row is red.

The first reads what the red rows held when they were green, when they turned and what saw it; the second what was done
here and what providers told by webhook in that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db.models import CharField, F, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from checks.changes import edits, told
from checks.changes.base import Changed, Event, Peer, Place, Scene, Turned
from checks.changes.tell import tell
from checks.models import Delivery, Finding, Flip, Run
from checks.pages.rows import Row
from checks.providers import BY_SLUG
from checks.verdict import Cause, Status
from organisations.models import AuditEvent, Organisation

if TYPE_CHECKING:
    from checks.pages.board import Card

RED = (Status.FAIL, Status.WARN, Status.UNKNOWN)
MOST_WINDOWS, MOST_EVENTS = 20, 500
READ = ("integration_id", "check_slug", "service__name", "status", "cause", "since", "green_at", "green_facts", "turned_at",
        "trigger", "came_from", "run_before", "integration__name", "integration__provider", "integration__settings")
COLUMNS = ("at", "c_what", "c_subject", "c_who", "c_details", "c_action", "c_repository", "c_ref", "c_hook")
Found = Mapping[str, Any]
Window = tuple[datetime, datetime]


class Changes:
    """Of the cards of one page. Nothing is read until a red row asks."""

    def __init__(self, organisation: Organisation, cards: Sequence[Card]) -> None:
        self.organisation, self.cards = organisation, cards

    def of(self, card: Card, row: Row) -> Changed | None:
        """What the row tells; None where it is not red, or was never seen green."""
        if row.status not in RED:
            return None
        siblings = self._siblings[card.integration.pk]
        mine = siblings.get((row.slug, row.service))
        if mine is None or mine.green_at is None or mine.red_at is None:
            return None
        return tell(Scene(mine, self._places[card.integration.pk], siblings, self._events, self._peers))

    # --- Read ---------------------------------------------------------------------------------------------------
    @cached_property
    def _found(self) -> list[Found]:
        """Of the cards with a red row all that is not right now; of the others what could not be checked."""
        red = [card.integration.pk for card in self.cards if any(row.status in RED for row in card.rows)]
        rows = Finding.objects.filter(integration__organisation=self.organisation, integration__removed_at=None)
        away = Q(status=Status.UNKNOWN, cause__in=(Cause.PROVIDER, Cause.OURS))
        return list(_with_turns(rows.exclude(status=Status.PASS).filter(Q(integration__in=red) | away)).values(*READ))

    @cached_property
    def _siblings(self) -> dict[Any, dict[tuple[str, str], Turned]]:
        """By integration, then by slug and service: every row of the cards, the red ones with what they were."""
        kept = {(f["integration_id"], f["check_slug"], f["service__name"] or ""): f for f in self._found}
        return {card.integration.pk: {
            (row.slug, row.service): _turned(row, kept.get((card.integration.pk, row.slug, row.service)))
            for row in card.rows} for card in self.cards}

    @cached_property
    def _places(self) -> dict[Any, Place]:
        return {card.integration.pk: _place(card) for card in self.cards}

    @cached_property
    def _peers(self) -> list[Peer]:
        found: dict[str, Peer] = {}
        for row in self._found:
            if row["status"] == Status.UNKNOWN and row["cause"] in (Cause.PROVIDER, Cause.OURS) and row["green_at"]:
                host = _host(row["integration__provider"], row["integration__settings"])
                peer = Peer(row["integration__name"], host, row["turned_at"] or row["since"])
                found[peer.name] = min(peer, found.get(peer.name, peer), key=lambda one: one.at)
        return list(found.values())

    @cached_property
    def _events(self) -> list[Event]:
        every = [row for rows in self._siblings.values() for row in rows.values() if row.is_red]
        windows = _merged((row.green_at, row.red_at + told.LATE) for row in every if row.green_at and row.red_at)
        if not windows:
            return []
        within = Q()
        for start, end in windows:
            within |= Q(at__gt=start, at__lte=end)
        return [Event(at, what, subject, who, details or {}, bool(hook), action, repository, ref)
                for at, what, subject, who, details, action, repository, ref, hook in self._both(within)]

    def _both(self, within: Q) -> Iterable[tuple[Any, ...]]:
        """Audit events and deliveries alike, newest first, in one query."""
        names = {card.integration.name for card in self.cards} | {s.name for card in self.cards for s in card.services}
        done = AuditEvent.objects.filter(within, organisation=self.organisation, verb__in=edits.VERBS, subject__in=names)
        came = Delivery.objects.filter(within, integration__in=[card.integration.pk for card in self.cards],
                                       name__in=told.NAMES)
        blank = _text(Value(""))
        one = done.annotate(c_what=_text(F("verb")), c_subject=_text(F("subject")), c_who=_text(F("actor_name")),
                            c_details=F("details"), c_action=blank, c_repository=blank, c_ref=blank, c_hook=Value(0))
        two = came.annotate(c_what=_text(F("name")), c_subject=_text(F("integration__name")), c_who=blank,
                            c_details=Value({}, JSONField()), c_action=_text(F("action")),
                            c_repository=_text(F("repository")), c_ref=_text(F("ref")), c_hook=Value(1))
        both: QuerySet[Any, Any] = one.order_by().values_list(*COLUMNS)
        return both.union(two.order_by().values_list(*COLUMNS), all=True).order_by("-at")[:MOST_EVENTS]


def _text(expression: Any) -> Cast:
    """Of one type in both halves of the union."""
    return Cast(expression, CharField(max_length=300))


def _with_turns(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    """With the flip to the present status after the last green answer. A row that warns is green itself: of it, the flip
    that began the warning, what it was before, and the run before that."""
    flips = Flip.objects.filter(integration=OuterRef("integration"), check_slug=OuterRef("check_slug"),
                                service_name=Coalesce(OuterRef("service__name"), Value("")), after=OuterRef("status"))
    turned = flips.filter(Q(at__gt=OuterRef("green_at")) | Q(at=OuterRef("since"))).order_by("at")
    before = Run.objects.filter(integration=OuterRef("integration"), finished_at__lt=OuterRef("since"))
    return rows.annotate(
        turned_at=Subquery(turned.values("at")[:1]), trigger=Subquery(turned.values("run__trigger")[:1]),
        came_from=Subquery(turned.values("before")[:1]),
        run_before=Subquery(before.order_by("-finished_at").values("finished_at")[:1]))


def _turned(row: Row, found: Found | None) -> Turned:
    now = row.facts or {}
    if found is None or found["status"] != row.status:
        return Turned(row.slug, row.title, row.status, row.service, row.cause, row.layer, now=now)
    red_at, green_at, before = found["turned_at"] or found["since"], found["green_at"], found["green_facts"]
    if row.status == Status.WARN:
        green_at, before = found["run_before"] if found["came_from"] == Status.PASS else None, {}
    return Turned(row.slug, row.title, row.status, row.service, row.cause, row.layer, green_at, red_at, before or {}, now,
                  found["trigger"] or "")


def _place(card: Card) -> Place:
    secrets = card.provider.form.secret_names() if card.provider else frozenset()
    name = card.provider.name if card.provider else card.integration.provider
    return Place(card.integration.name, name, _host(card.integration.provider, card.integration.settings), secrets)


def _host(slug: str, settings: Mapping[str, Any]) -> str:
    """Where an integration is: its host, else its provider's name."""
    provider = BY_SLUG.get(slug)
    if provider is None:
        return slug
    place = provider.endpoint(settings)
    return (urlsplit(place).netloc if "://" in place else "") or provider.name


def _merged(windows: Iterable[Window]) -> list[Window]:
    """The same stretches of time without overlaps; one for all where there would be too many."""
    found: list[Window] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1] + timedelta(minutes=1):
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found if len(found) <= MOST_WINDOWS else [(found[0][0], max(end for _, end in found))]
