"""A pasted message joined to the live rows of an Organisation: what most likely broke, and the rows that can tell.

Nothing of the text is kept: it is read, redacted, and only the redacted form is looked at for names and handed back.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.actions import reports, verify
from checks.actions.errors import Invalid
from checks.actions.named import Names, host_in, integrations_named, services_named
from checks.actions.settled import SAME, Seen, Settled, settle
from checks.diagnosis.engine import Answer, Diagnosis
from checks.diagnosis.engine import diagnose as read
from checks.diagnosis.remedies import COMPUTE, NODE
from checks.engine import record
from checks.models import Finding, Integration, Service
from checks.providers import BY_SLUG
from checks.providers.base import Check, Provider
from checks.verdict import Layer, Status
from organisations.access import Action, require
from organisations.models import Organisation, User

RECHECK_SECONDS = 38.0  # the whole command stays within 45
MOST = 12  # integrations that are listed and asked again, where the text names none
ANYWHERE = (Layer.DNS, Layer.TLS, Layer.NETWORK, Layer.CLOCK, Layer.PROVIDER_OUTAGE)  # a URL beside them is anybody's


@dataclass(frozen=True)
class Tested:
    """A row that tests an answer, with what was found; finding None: it was never asked, or not since an edit."""

    integration: Integration
    check: Check
    service: Service | None
    finding: Finding | None

    @property
    def document(self) -> dict[str, Any]:
        """As `manage.py diagnose` prints it."""
        found = self.finding
        return {
            "integration": self.integration.name, "check": self.check.slug,
            "service": self.service.name if self.service else None, "status": found.status if found else None,
            "evidence": found.evidence if found else "Not asked yet.", "remedy": found.remedy if found else "",
            "checked_at": reports.moment(found.checked_at) if found else None,
        }

    @property
    def seen(self) -> Seen:
        found = self.finding
        return Seen(
            self.integration.name, self.check.title, found.status if found else "", self.check.layer or "",
            (found.layer if found else "") or self.check.layer or "", found.evidence if found else "Not asked yet.",
            found.checked_at if found else None, self.service.name if self.service else "",
            found.required if found else self.check.is_required(self.integration.settings),
        )


@dataclass(frozen=True)
class Cause:
    """One answer with the rows that test it. elsewhere: the host that the message is of, where nothing here is for it."""

    answer: Answer
    rows: tuple[Tested, ...] = ()
    elsewhere: str = ""


@dataclass(frozen=True)
class Diagnosed:
    """services: names of those that the text is about. Empty: it names none, and all count."""

    diagnosis: Diagnosis
    causes: tuple[Cause, ...] = ()
    services: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[Tested]:
        """Each row once, those of the best answer first."""
        found = {(row.integration.pk, row.check.slug, row.service.pk if row.service else None): row
                 for cause in reversed(self.causes) for row in reversed(cause.rows)}
        return list(reversed(found.values()))

    @property
    def integrations(self) -> list[Integration]:
        return list({row.integration.pk: row.integration for row in self.rows}.values())

    @property
    def settled(self) -> Settled:
        return settle([cause.answer.layer for cause in self.causes], [row.seen for row in self.rows])


def diagnose(*, organisation: Organisation, actor: User | None, text: str) -> Diagnosed:
    """What the text tells of, and the rows of this Organisation that test just that. Asks nobody."""
    require(actor, organisation, Action.READ)
    return _joined(organisation, read(text))


def recheck_now(*, organisation: Organisation, actor: User | None, diagnosed: Diagnosed) -> Diagnosed:
    """Ask the integrations behind the rows in this process, all at once; the same diagnosis with what they said."""
    require(actor, organisation, Action.CHECK)
    left_out = verify.all_now(integrations=diagnosed.integrations, actor=actor, seconds=RECHECK_SECONDS)
    joined = _joined(organisation, diagnosed.diagnosis)
    return Diagnosed(joined.diagnosis, joined.causes, joined.services, left_out)


def recheck_soon(*, organisation: Organisation, actor: User | None, diagnosed: Diagnosed) -> dict[str, str]:
    """Queue a run of each integration behind the rows: {name: why it was not asked}."""
    require(actor, organisation, Action.CHECK)
    left_out = {}
    for integration in diagnosed.integrations:
        try:
            verify.ask(integration=integration, actor=actor)
        except Invalid as error:
            left_out[integration.name] = error.sentence()
    return left_out


def _joined(organisation: Organisation, diagnosis: Diagnosis) -> Diagnosed:
    if not diagnosis.layers:
        return Diagnosed(diagnosis)
    known = _Known(organisation, Names(diagnosis.redacted))
    causes = tuple(known.cause(answer) for answer in diagnosis.layers)
    return Diagnosed(diagnosis, causes, tuple(service.name for service in known.named))


class _Known:
    """All of an Organisation that a diagnosis may point at. Three queries."""

    def __init__(self, organisation: Organisation, names: Names) -> None:
        self.names = names
        mine = Integration.objects.for_organisation(organisation).select_related("organisation").order_by("name")
        self.integrations: list[tuple[Integration, Provider]] = [
            (i, provider) for i in mine if (provider := BY_SLUG.get(i.provider)) is not None]
        self.services = list(Service.objects.for_organisation(organisation).order_by("name"))
        self.named = services_named(names, self.services)
        found = Finding.objects.filter(integration__in=[i for i, _ in self.integrations]).select_related("run")
        self.found = {(f.integration_id, f.check_slug, f.service_id): f for f in found}

    def cause(self, answer: Answer) -> Cause:
        able = [(i, provider) for i, provider in self.integrations if _serves(provider, answer.of)]
        asked = "" if answer.layer in ANYWHERE else host_in(answer.seen)
        if asked and not any(self.names.host_of(i) for i, _ in able):
            return Cause(answer, elsewhere=asked)
        named = integrations_named(self.names, [i for i, _ in able], self.named)
        if not named:
            exact = [i for i, p in able if any(check.layer == answer.layer for check in p.checks.values())]
            named = (exact or [i for i, _ in able])[:MOST]
        chosen = [(i, provider) for i, provider in able if i in named]
        rows = [row for i, provider in chosen for row in self._rows(i, provider, answer)]
        order = {slug: n for n, slug in enumerate(answer.rows)}
        return Cause(answer, tuple(sorted(rows, key=lambda row: order.get(row.check.slug, len(order)))))

    def _rows(self, integration: Integration, provider: Provider, answer: Answer) -> list[Tested]:
        """What tests the answer, and what that needs: a row that was skipped tells nothing without the one that failed."""
        rests = [s for s in self.services if (s.node_id if provider.is_node else s.integration_id) == integration.pk]
        places = record.places(provider, integration.settings, [s for s in rests if s in self.named] or rests)
        rows = [Tested(integration, place.check, place.service, self._finding(integration, place)) for place in places
                if place.service is not None or not place.check.per_service]
        wanted = {row.check.slug for row in rows if _tests(row, answer)}
        for row in reversed(rows):  # what a row needs stands above it
            if row.check.slug in wanted:
                wanted.update(row.check.needs)
        return [row for row in rows if row.check.slug in wanted]

    def _finding(self, integration: Integration, place: record.Place) -> Finding | None:
        """What was found for this row, unless the integration was edited since."""
        found = self.found.get((integration.pk, *place.key))
        edited = found is not None and found.run is not None and found.run.generation < integration.generation
        return None if edited else found


def _serves(provider: Provider, kinds: Iterable[str]) -> bool:
    return any(kind in provider.serves or (kind == COMPUTE and provider.provisions) or (kind == NODE and provider.is_node)
               for kind in kinds)


def _tests(row: Tested, answer: Answer) -> bool:
    """By its slug; by the layer that it is about, where it stops a deploy; by the layer that its verdict names."""
    check, found = row.check, row.finding
    if check.slug in answer.rows:
        return True
    if check.layer in SAME.get(answer.layer, (answer.layer,)) and check.is_required(row.integration.settings):
        return True
    return found is not None and found.layer == answer.layer and found.status in (Status.FAIL, Status.UNKNOWN)
