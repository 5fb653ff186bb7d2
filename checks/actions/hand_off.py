"""Hand-off links: one row shown without signing in, to somebody who can mend it, until it ends or is revoked.

The token is 256 bits and is kept as a hash. A link opens only while its integration is connected, its service is there,
and whoever made it is an active member who may still manage integrations.
"""
from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from checks.actions.connect import provider_of
from checks.actions.errors import WHOLE, Invalid
from checks.diagnosis.redact import redact
from checks.engine import known, runs
from checks.models import HandOff, Integration, Run, Service
from organisations import audit
from organisations.access import MAY, Action, require
from organisations.invitations import hash_of
from organisations.models import Role, User

DAYS = (1, 7, 30)
USUAL_DAYS = 7
LONGEST_NOTE = 500
AT_ONCE = 20  # open links of one integration
ONE_RUN_EVERY = timedelta(minutes=1)
SOMEBODY = "somebody with a hand-off link"
MANAGERS = [role for role in Role if Action.MANAGE in MAY[role]]


class Asked(StrEnum):
    """What became of a holder's wish to have the row checked again."""

    STARTED = "started"
    RUNNING = "running"
    SOON = "soon"
    PAUSED = "paused"
    LACKS = "lacks"


def make(
    *, integration: Integration, actor: User, check: str, service: str = "", days: int = USUAL_DAYS, note: str = "",
) -> tuple[HandOff, str]:
    """A new link and its token, which exists nowhere else. Raises Invalid; `row` is what it says of check and service."""
    require(actor, integration.organisation, Action.MANAGE)
    used_by = _service(integration, service)
    errors = _errors(integration, check, service, used_by, days, note.strip())
    if errors:
        raise Invalid(errors)
    token = secrets.token_urlsafe(32)
    made = HandOff.objects.create(
        organisation=integration.organisation, integration=integration, check_slug=check, service=used_by, made_by=actor,
        token_hash=hash_of(token), note=note.strip(), expires_at=timezone.now() + timedelta(days=days))
    audit.record(integration.organisation, actor, "handed off a row of", integration.name, **_named(made), days=days)
    return made, token


def _service(integration: Integration, name: str) -> Service | None:
    """The service of this name that rests on the integration."""
    mine = Service.objects.for_organisation(integration.organisation).filter(name=name)
    found: Service | None = mine.filter(integration=integration).first() or mine.filter(node=integration).first()
    return found


def _errors(
    integration: Integration, check: str, service: str, used_by: Service | None, days: int, note: str,
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    rows = {row.slug: row for row in provider_of(integration.provider).rows(integration.settings)}
    if check not in rows or (service and (used_by is None or not rows[check].per_service)):
        errors["row"] = [f"is none of the rows of {integration.name}: choose one of the list."]
    if days not in DAYS:
        errors["days"] = [f"must be one of {', '.join(map(str, DAYS))}."]
    if len(note) > LONGEST_NOTE:
        errors["note"] = [f"has {len(note):,} characters; at most {LONGEST_NOTE} are kept."]
    elif redact(note).text != note:
        errors["note"] = ["holds what looks like a secret: take it out. Whoever has the link reads this."]
    if open_links(integration).count() >= AT_ONCE:
        errors[WHOLE] = [f"{AT_ONCE} links of {integration.name} are open: revoke some before you make more."]
    return errors


def open_links(integration: Integration) -> QuerySet[HandOff]:
    """The links of this integration that still open, the newest first."""
    return _opening().filter(integration=integration).select_related("made_by", "service")


def find(token_hash: str) -> HandOff | None:
    """The link whose token has this hash, if it still opens."""
    return _opening().filter(token_hash=token_hash).select_related(
        "organisation", "integration", "integration__organisation", "service", "made_by").first()


def _opening() -> QuerySet[HandOff]:
    return HandOff.objects.open().filter(
        organisation=F("integration__organisation"), made_by__is_active=True,
        made_by__memberships__organisation=F("organisation"), made_by__memberships__role__in=MANAGERS)


def revoke(*, integration: Integration, actor: User, link: HandOff) -> bool:
    """End a link of this integration; False when it had ended before."""
    require(actor, integration.organisation, Action.MANAGE)
    done = HandOff.objects.filter(pk=link.pk, integration=integration, revoked_at=None).update(revoked_at=timezone.now())
    if done:
        audit.record(integration.organisation, actor, "revoked a hand-off of", integration.name, **_named(link))
    return bool(done)


def opened(link: HandOff, address: str) -> None:
    """Count an opening, and put it on record with the address that it came from."""
    HandOff.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=timezone.now())
    audit.record(link.organisation, None, "opened a hand-off of", link.integration.name, by=SOMEBODY, **_named(link),
                 address=address)


@transaction.atomic
def ask_again(link: HandOff, address: str) -> Asked:
    """Have the integration checked, for whoever holds the link: none while one is under way, and one a minute at most."""
    locked = Integration.objects.select_for_update(no_key=True).get(pk=link.integration_id)
    if locked.paused_at is not None:
        return Asked.PAUSED
    if known.missing_credentials(locked, provider_of(locked.provider)):
        return Asked.LACKS
    last = Run.objects.filter(integration=locked).order_by("-created_at").first()
    if last is not None and last.is_active:
        return Asked.RUNNING
    if last is not None and last.created_at > timezone.now() - ONE_RUN_EVERY:
        return Asked.SOON
    runs.start(locked, trigger=Run.Trigger.PERSON)
    audit.record(link.organisation, None, "asked for a check of", locked.name, by=SOMEBODY, **_named(link), address=address)
    return Asked.STARTED


def _named(link: HandOff) -> dict[str, str]:
    """Which row, in the words of its check."""
    return {"row": link.check_slug, "service": link.service.name if link.service else "",
            "made_by": str(link.made_by) if link.made_by else ""}
