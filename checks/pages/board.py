"""What the pages of an Organisation read: its integrations with their active runs, its services, its rows.

The number of queries is fixed, whatever there is: one for integrations (their active run and the workers' last sign of
life come with it), one for services, one for findings. Credentials are never read here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, Subquery
from django.utils import timezone

from checks.actions.corrections import Correction, corrections
from checks.models import Approval, Finding, Heartbeat, Integration, Run, Service
from checks.pages.blast import Served
from checks.pages.changed import Changes
from checks.pages.detail import Around, Detail, detail
from checks.pages.grants import granted_names
from checks.pages.history import Strip, strip
from checks.pages.rows import FIELDS, ActiveRun, Row, landed, merge, of_service, readiness
from checks.providers import BY_SLUG
from checks.providers.base import Provider
from checks.verdict import Cause, IntegrationStatus, Status
from organisations.models import Organisation

WORKER_IS_AWAY_AFTER = timedelta(seconds=30)
WORDS = {
    "verified": "Verified",
    "broken": "Broken",
    "unknown": "Could not check",
    "unverified": "Not verified",
    "needs_credential": "Needs its credential",
    "paused": "Paused",
    "running": "Checking",
    "queued": "Queued",
}
ATTENTION = (Status.FAIL, Status.WARN, Status.UNKNOWN)


@dataclass
class Card:
    """One integration as its card shows it. status is its pill's: its own, or that of the run under way."""

    integration: Integration
    provider: Provider | None
    rows: list[Row]
    services: list[Service]
    run: ActiveRun | None = None
    now: datetime = field(default_factory=timezone.now)
    flips: Mapping[tuple[str, str], list[Mapping[str, Any]]] | None = None  # of the last days, where history is shown
    changes: Changes | None = None  # of the page that the card is on; read once a red row asks

    @cached_property
    def lines(self) -> list[Detail]:
        """The rows with what stands below them; their history too, where the flips were read."""
        around = self._around()
        return [detail(row, around, self.changes.of(self, row) if self.changes else None, self._strip(row),
                       self._corrections(row)) for row in self.rows]

    def _around(self) -> Around:
        """What its rows stand in."""
        kind = self.provider
        hooked, is_node = bool(kind and kind.hook), bool(kind and kind.is_node)
        served = [Served(s.name, s.kind, hooked, is_node) for s in self.services]
        good = [row.facts for row in self.rows if row.known in (Status.PASS, Status.WARN) and not row.service and row.facts]
        return Around(served, bool(kind and kind.provisions), kind.form.setting_names() if kind else (),
                      frozenset().union(*map(granted_names, good)))

    def _corrections(self, row: Row) -> tuple[Correction, ...]:
        """What the row's facts offer for its service, as long as this integration serves it."""
        if self.provider is None or not row.facts or not {"suggested", "near"} & row.facts.keys():
            return ()
        served = (s for s in self.services if s.pk == row.service_id and s.integration_id == self.integration.pk)
        service = next(served, None)
        if service is None:
            return ()
        return corrections(row.facts, service.target, self.provider.addresses(self.integration.settings).values())

    def _strip(self, row: Row) -> Strip | None:
        return strip(row, self.flips.get((row.slug, row.service), []), self.now) if self.flips is not None else None

    @property
    def name(self) -> str:
        return self.integration.name

    @property
    def status(self) -> str:
        return self.run.shown_as if self.run else self.standing

    @property
    def standing(self) -> str:
        """Its own status; one that this version cannot ask is worth what could not be checked is worth."""
        return self.integration.status if self.provider else IntegrationStatus.UNKNOWN

    @property
    def word(self) -> str:
        return WORDS.get(self.status, self.status)

    @property
    def provider_name(self) -> str:
        return self.provider.name if self.provider else self.integration.provider

    @property
    def summary(self) -> str:
        return self.provider.summary(self.integration.settings) if self.provider else ""

    @property
    def serves(self) -> list[str]:
        return [service.name for service in self.services]

    @property
    def held_back(self) -> list[str]:
        """The services whose external backups wait for this integration to be verified."""
        proven = self.run is not None or self.standing == IntegrationStatus.VERIFIED
        return [] if proven else [service.name for service in self.services
                                  if service.needs_verified and service.integration_id == self.integration.pk]

    @property
    def in_the_way(self) -> Row | None:
        """The row that keeps it from being verified, one that was seen to be wrong before one that was not seen."""
        open_ = [row for row in self.rows if row.declared and row.required and row.known not in (Status.PASS, Status.WARN)]
        return next((row for row in open_ if row.known == Status.FAIL), next(iter(open_), None))

    @property
    def landed(self) -> int:
        return landed(self.rows)

    @property
    def total(self) -> int:
        return sum(row.declared for row in self.rows)

    @property
    def wrong(self) -> list[Row]:
        return [row for row in self.rows if row.stops]

    @property
    def needs_credential(self) -> bool:
        return self.integration.status == IntegrationStatus.NEEDS_CREDENTIAL

    @property
    def awaits(self) -> Approval | None:
        """The request that an owner at the provider has yet to approve, while no account is chosen."""
        if self.provider is None or self.provider.exclusive is None or self.provider.exclusive.key(self.integration.settings):
            return None
        return getattr(self.integration, "approval", None)

    @property
    def could_not(self) -> Row | None:
        """The first required row that an outage hides, where the last good answer still stands."""
        hidden = (r for r in self.rows if r.status == Status.UNKNOWN and r.required and r.cause != Cause.YOURS)
        return None if self.run else next(hidden, None)

    @property
    def attention(self) -> list[Detail]:
        """The lines that ask to be read; on a long page the others are folded away."""
        return [line for line in self.lines if line.row.status in ATTENTION]

    @property
    def quiet(self) -> list[Detail]:
        return [line for line in self.lines if line.row.status not in ATTENTION]

    @property
    def quietly(self) -> str:
        """What the folded lines are, in words."""
        count = Counter(row.word.lower() for row in self.rows if row.status not in ATTENTION)
        return ", ".join(f"{number} {word}" for word, number in count.most_common())

    @property
    def token(self) -> str:
        """Changes whenever the card would look different while its run is under way."""
        return f"{self.run.id.hex[:8]}-{self.run.shown_as}-{self.landed}" if self.run else "done"


@dataclass
class Board:
    """Everything of one Organisation, or of the one integration that was asked for."""

    organisation: Organisation
    cards: list[Card]
    services: list[Service]
    worker_is_away: bool = False
    now: datetime = field(default_factory=timezone.now)

    def __post_init__(self) -> None:
        self._by_id = {card.integration.pk: card for card in self.cards}

    @property
    def active(self) -> list[Card]:
        return [card for card in self.cards if card.run]

    def card_of(self, integration_id: UUID | None) -> Card | None:
        return self._by_id.get(integration_id) if integration_id else None

    def rows_of(self, service: Service) -> list[tuple[Card, list[Row]]]:
        """What a service rests on: for its integration and its node, their rows."""
        cards = [self.card_of(service.integration_id), self.card_of(service.node_id)]
        return [(card, of_service(card.rows, service.pk)) for card in cards if card]

    def readiness_of(self, service: Service) -> str:
        """`ready`, `broken` (also where what it rests on is gone or lacks a credential), `unknown` or `unchecked`."""
        parts = self.rows_of(service)
        if len(parts) < 1 + bool(service.node_id) or any(card.needs_credential for card, _ in parts):
            return "broken"
        states = [readiness(rows) for _, rows in parts]
        state = next((state for state in ("broken", "unchecked", "unknown") if state in states), "ready")
        own = self.card_of(service.integration_id)
        if state == "ready" and service.needs_verified and own is not None and own.standing != IntegrationStatus.VERIFIED:
            return "unchecked"  # its rows are all right, and it was changed since, or is paused
        return state


def load(organisation: Organisation, name: str | None = None) -> Board:
    """The board of an Organisation; with a name, of that integration alone (and all services). Three queries."""
    now = timezone.now()
    integrations = list(_integrations(organisation, name))
    services = list(Service.objects.for_organisation(organisation).order_by("name"))
    of_organisation = Finding.objects.filter(integration__organisation=organisation, integration__removed_at=None)
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    mine = of_organisation.filter(integration__name=name) if name else of_organisation
    for finding in mine.order_by("integration_id", "position", "service__name").values(*FIELDS):
        found[finding["integration_id"]].append(finding)
    beat = getattr(integrations[0], "last_beat", None) if integrations else None
    away = beat is None or beat < now - WORKER_IS_AWAY_AFTER
    users: dict[UUID | None, list[Service]] = defaultdict(list)
    for service in services:
        for used in {service.integration_id, service.node_id}:
            users[used].append(service)
    cards = [_card(i, users[i.pk], found[i.pk], away, now) for i in integrations]
    changes = Changes(organisation, cards)
    for card in cards:
        card.changes = changes
    return Board(organisation, cards, services, away, now)


def _integrations(organisation: Organisation, name: str | None) -> Any:
    rows = (
        Integration.objects.for_organisation(organisation)
        .defer("sealed")
        .annotate(
            active=FilteredRelation("runs", condition=Q(runs__state__in=Run.ACTIVE)),
            active_id=F("active__id"),
            active_state=F("active__state"),
            active_generation=F("active__generation"),
            active_trigger=F("active__trigger"),
            active_created_at=F("active__created_at"),
            active_lease_until=F("active__lease_until"),
            last_beat=Subquery(Heartbeat.objects.order_by("-beat_at").values("beat_at")[:1]),
        )
    )
    return rows.filter(name=name).select_related("connected_by", "approval") if name else (
        rows.select_related("approval").order_by("name"))


def _card(integration: Any, mine: list[Service], findings: list[dict[str, Any]], away: bool, now: datetime) -> Card:
    provider = BY_SLUG.get(integration.provider)
    checks = provider.rows(integration.settings) if provider else []
    run = _run(integration, away, now)
    rows = merge(
        checks,
        findings,
        [(s.pk, s.name) for s in mine],
        settings=integration.settings,
        generation=integration.generation,
        run=run,
    )
    return Card(integration, provider, rows, mine, run, now)


def _run(integration: Any, away: bool, now: datetime) -> ActiveRun | None:
    if integration.active_id is None:
        return None
    held = integration.active_state == Run.State.RUNNING and (integration.active_lease_until or now) > now
    return ActiveRun(
        integration.active_id,
        integration.active_state,
        integration.active_generation,
        integration.active_trigger,
        integration.active_created_at,
        waits=away and not held,
    )
