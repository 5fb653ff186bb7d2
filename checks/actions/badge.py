"""The status picture of a service, for whoever has its address: made, given a new address, taken away, and read.

It shows what was found last, and asks nobody: a picture that is looked at often must cost a provider nothing.
"""
from __future__ import annotations

import re
import secrets

from django.db import IntegrityError, transaction

from checks.actions.standing import Standing, look, services
from checks.models import Badge, Service
from organisations import audit
from organisations.access import Action, require
from organisations.models import User

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")  # what an address may hold, before the database is asked
BYTES = 24


def make(*, service: Service, actor: User | None) -> Badge:
    """The badge of this service; the one that there is, where there is one."""
    require(actor, service.organisation, Action.MANAGE)
    found = Badge.objects.filter(service=service).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            made = Badge.objects.create(service=service, token=secrets.token_urlsafe(BYTES), made_by=actor)
            audit.record(service.organisation, actor, "made the badge of", service.name)
            return made
    except IntegrityError:  # two at once: both get the first one's
        return Badge.objects.get(service=service)


def renew(*, service: Service, actor: User | None) -> Badge | None:
    """Give it a new address; whoever has the old one sees nothing any more. None where there is no badge."""
    require(actor, service.organisation, Action.MANAGE)
    with transaction.atomic():
        badge = Badge.objects.select_for_update().filter(service=service).first()
        if badge is None:
            return None
        badge.token = secrets.token_urlsafe(BYTES)
        badge.save(update_fields=["token"])
        audit.record(service.organisation, actor, "renewed the address of the badge of", service.name)
        return badge


def remove(*, service: Service, actor: User | None) -> bool:
    """Take the picture away; whether there was one."""
    require(actor, service.organisation, Action.MANAGE)
    with transaction.atomic():
        gone, _ = Badge.objects.filter(service=service).delete()
        if gone:
            audit.record(service.organisation, actor, "removed the badge of", service.name)
        return bool(gone)


def seen(token: str) -> Standing | None:
    """How the service of this badge stands, by what is stored; None for an address that there is not. Two queries."""
    service = services().filter(badge__token=token).first() if TOKEN.fullmatch(token) else None
    return look(service) if service is not None else None
