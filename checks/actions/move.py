"""Moving an integration that was connected in the wrong Organisation: its credentials are sealed anew, and everything is
asked anew. What belongs to the Organisation that it leaves (its services, what was seen for them) stays there.
"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from checks.actions.connect import WHAT, provider_of
from checks.actions.errors import WHOLE, Invalid
from checks.actions.names import name_errors, taken
from checks.engine import accounts, known, runs
from checks.engine.keys import keyring
from checks.models import Approval, Finding, Flip, HandOff, Integration, Run, Service
from checks.providers.base import Provider
from checks.vault import BadKey, CannotOpen
from checks.verdict import IntegrationStatus
from organisations import audit
from organisations.access import Action, may, require, who_can
from organisations.models import AuditEvent, Membership, Organisation, User

AWAY, HERE = "moved to another Organisation", "moved here from another Organisation"
GONE = "It was moved or disconnected a moment ago: nothing was changed."


@dataclass(frozen=True)
class Place:
    """Another Organisation of the person. who_can: whom to ask, where that person does not manage it."""

    organisation: Organisation
    may: bool
    who_can: tuple[str, ...] = ()


def places(*, organisation: Organisation, actor: User) -> list[Place]:
    """Where this person could move something from here: the Organisations that they manage come first."""
    found = []
    for mine in Membership.objects.filter(user=actor).exclude(organisation=organisation).select_related("organisation"):
        able = may(mine, Action.MANAGE)
        others = () if able else tuple(str(user) for user in who_can(mine.organisation, Action.MANAGE))
        found.append(Place(mine.organisation, able, others))
    return sorted(found, key=lambda place: (not place.may, place.organisation.name))


def losing(integration: Integration) -> QuerySet[Service]:
    """The services that rest on it, which stay where they are."""
    return Service.objects.filter(Q(integration=integration) | Q(node=integration)).order_by("name")


def move(*, integration: Integration, actor: User | None, to: Organisation, name: str) -> tuple[Integration, list[str]]:
    """Move it to another Organisation, under this name; and the names of the services that it serves there again, since
    it served them before it was moved away. Raises Invalid.
    """
    left, called = integration.organisation, integration.name
    require(actor, left, Action.MANAGE)
    require(actor, to, Action.MANAGE)
    kind = provider_of(integration.provider)
    errors = {"to": [f"is where it is already: {to.name}."]} if to == left else name_errors(
        name, Integration.objects.for_organisation(to).exclude(pk=integration.pk), WHAT)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        locked = _lock(integration)
        services = _let_go(locked)
        _reseal(locked, kind, to, name, actor)
        _forget(locked, left, actor)
        again = _take_back(locked, kind)
        _tell(locked, actor, (left, called), services)
        _verify(locked, kind, actor)
    return locked, again


def _lock(integration: Integration) -> Integration:
    """The integration as it is now, and what its services rest on besides: all locked, in one order for everybody."""
    beside = losing(integration).values_list("integration_id", "node_id")
    involved = {integration.pk, *(pk for pair in beside for pk in pair if pk)}
    rows = list(Integration.objects.select_for_update().filter(pk__in=involved).order_by("pk"))
    mine = next((row for row in rows if row.pk == integration.pk), None)
    if mine is None or mine.removed_at is not None or mine.organisation_id != integration.organisation_id:
        raise Invalid({WHOLE: [GONE]})
    sibling = accounts.shared(mine)
    if sibling is not None:
        raise Invalid({WHOLE: [f"“{sibling.name}” uses the same account here, and one Organisation alone may hold it: "
                               "disconnect that one first."]})
    return mine


def _let_go(integration: Integration) -> dict[str, list[str]]:
    """Take it from the services of its Organisation; which they were. What they rest on besides is asked again."""
    services = list(losing(integration))
    served = [s.name for s in services if s.integration_id == integration.pk]
    hosted = [s.name for s in services if s.node_id == integration.pk]
    Service.objects.filter(integration=integration).update(integration=None)
    Service.objects.filter(node=integration).update(node=None)
    _ask_again(services, but=integration.pk)
    return {"services": served, "nodes": hosted}


def _ask_again(services: Iterable[Service], *, but: UUID) -> None:
    beside = {pk for s in services for pk in (s.integration_id, s.node_id) if pk and pk != but}
    rows = Integration.objects.filter(pk__in=beside)
    rows.filter(status=IntegrationStatus.VERIFIED).update(status=IntegrationStatus.UNVERIFIED)
    rows.update(next_check_at=timezone.now())
    for row in rows:
        runs.supersede(row)


def _reseal(integration: Integration, kind: Provider, to: Organisation, name: str, actor: User | None) -> None:
    """Open every credential as the old Organisation's, seal it as the new one's, and save. When each was set stays."""
    endpoint, keys = kind.endpoint(integration.settings), keyring()
    try:
        credentials = integration.unseal(endpoint, keys)
    except (CannotOpen, BadKey) as error:
        why = str(error) if isinstance(error, CannotOpen) else "CREDENTIAL_KEYS holds no usable key."
        raise Invalid({WHOLE: [f"{why} Give the credential again, then move it."]}) from None
    set_at = {field: facts.get("set_at") for field, facts in integration.credential_facts.items()}
    integration.organisation, integration.name, integration.connected_by = to, name, actor
    integration.drop_credentials()
    integration.seal(credentials, endpoint, keys)
    for field, facts in integration.credential_facts.items():
        facts["set_at"] = set_at.get(field) or facts["set_at"]
    integration.generation += 1
    integration.verified_at = integration.checked_at = None
    integration.next_check_at = timezone.now()
    try:
        with transaction.atomic():
            integration.save()
    except IntegrityError:
        raise Invalid(taken(WHAT)) from None
    accounts.follow(integration)


def _forget(integration: Integration, left: Organisation, actor: User | None) -> None:
    """What was seen for the services of the Organisation it leaves, or speaks of anything else there, goes with it to
    nobody; nor who asked for its runs. A link that shows one of those services ends; one that shows none goes with it.
    """
    Finding.objects.filter(integration=integration).delete()
    theirs = [*Integration.objects.filter(organisation=left).values_list("name", flat=True),
              *Service.objects.for_organisation(left).values_list("name", flat=True)]
    named = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, theirs))})(?![\w-])") if theirs else None
    flips = Flip.objects.filter(integration=integration)
    spoken = [flip.pk for flip in flips if flip.service_name or (named and named.search(flip.evidence))]
    flips.filter(pk__in=spoken).delete()
    mine = Run.objects.filter(integration=integration)
    mine.exclude(state__in=Run.ACTIVE).delete()
    mine.update(requested_by=None)
    Approval.objects.filter(integration=integration).update(asked_by=actor)
    links = HandOff.objects.filter(integration=integration)
    links.filter(revoked_at=None).exclude(service=None).update(revoked_at=timezone.now())
    links.filter(service=None).update(organisation=integration.organisation)


def _take_back(integration: Integration, kind: Provider) -> list[str]:
    """Give it again to the services that it was taken from here, as long as they have nothing in its place."""
    events = AuditEvent.objects.filter(organisation=integration.organisation_id, verb=AWAY)
    event = events.filter(details__integration=str(integration.pk)).first()
    if event is None:
        return []
    mine = Service.objects.for_organisation(integration.organisation).filter(created_at__lte=event.at)
    served = mine.filter(name__in=event.details.get("services", ()), integration=None, kind__in=kind.serves)
    hosted = mine.filter(name__in=event.details.get("nodes", ()), node=None)
    back = {s.pk: s for s in [*served, *(hosted if kind.is_node else ())]}
    served.filter(pk__in=back).update(integration=integration)
    if kind.is_node:
        hosted.filter(pk__in=back).update(node=integration)
    _ask_again(back.values(), but=integration.pk)
    return sorted(s.name for s in back.values())


def _tell(integration: Integration, actor: User | None, left: tuple[Organisation, str], lost: dict[str, Any]) -> None:
    """The trail of each Organisation names the other, so that neither has to wonder where a credential went."""
    to: Any = integration.organisation
    same: dict[str, Any] = {"integration": str(integration.pk), "credentials": sorted(integration.sealed)}
    audit.record(left[0], actor, AWAY, left[1], to=to.slug, **same, **lost)
    audit.record(to, actor, HERE, integration.name, came_from=left[0].slug, **same)


def _verify(integration: Integration, kind: Provider, actor: User | None) -> None:
    """End the run under way, and start the first one here, where it can be asked."""
    lacks = bool(known.missing_credentials(integration, kind))
    integration.status = (IntegrationStatus.PAUSED if integration.paused_at else IntegrationStatus.NEEDS_CREDENTIAL if lacks
                          else IntegrationStatus.UNVERIFIED)
    integration.save(update_fields=["status"])
    if lacks or integration.paused_at:
        runs.supersede(integration)
    else:
        runs.supersede_and_start(integration, trigger=Run.Trigger.CONNECT, requested_by=actor)
