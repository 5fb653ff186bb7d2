"""Removing what a check put somewhere and could not remove itself: its worker was killed, or the provider went away."""
from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from checks.clients.errors import ClientError
from checks.engine.keys import keyring
from checks.engine.work import ENDPOINT
from checks.models import Integration, Probe, Run
from checks.providers import BY_SLUG
from checks.vault import BadKey, CannotOpen

BACK_OFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600))
MOST_TRIES = 30  # about a day
LONGEST_NOTE = 300

log = logging.getLogger(__name__)


def left_behind() -> QuerySet[Probe]:
    """Probes not known to be gone, and not given up, which no worker holds in its hands."""
    working = Q(run__state=Run.State.RUNNING, run__lease_until__gte=timezone.now())
    return Probe.objects.filter(gone_at=None, next_try_at__isnull=False).exclude(working)


def remove(integration_id: UUID | str) -> None:
    """Try once to remove every left-behind probe of one integration. It opens connections: a task, never the sweep."""
    integration = Integration.objects.filter(pk=integration_id).first()
    provider = BY_SLUG.get(integration.provider) if integration else None
    if integration is None or provider is None or provider.clean_up is None:
        return
    mine = [probe for probe in left_behind().filter(integration=integration) if _claim(probe)]
    client: Any = None
    for probe in mine:
        if probe.details.get(ENDPOINT) != provider.endpoint(integration.settings):
            _note(probe, "The settings led elsewhere before it could be removed.", again=False)
            continue
        try:
            client = client or provider.connect(integration.settings, integration.unseal(
                provider.endpoint(integration.settings), keyring()))
            details = {key: value for key, value in probe.details.items() if key != ENDPOINT}
            gone = provider.clean_up(client, probe.kind, details)
        except (ClientError, CannotOpen, BadKey) as error:
            _note(probe, str(error))
        except Exception as bug:  # one probe's trouble is no other's
            log.error("cleaning up after %s stopped with %s", integration.pk, type(bug).__name__)
            _note(probe, f"This program stopped with {type(bug).__name__}.")
        else:
            _note(probe, "" if gone else "It could not be confirmed gone.", gone=gone)


def _claim(probe: Probe) -> bool:
    """Count the try and put off the next one; False when somebody else has."""
    wait = BACK_OFF[min(probe.tries, len(BACK_OFF) - 1)]
    return bool(Probe.objects.filter(pk=probe.pk, tries=probe.tries, gone_at=None).update(
        tries=F("tries") + 1, next_try_at=timezone.now() + wait))


def _note(probe: Probe, note: str, *, gone: bool = False, again: bool = True) -> None:
    changes: dict[str, Any] = {"note": note[:LONGEST_NOTE]}
    if gone:
        changes["gone_at"] = timezone.now()
    elif not again or probe.tries + 1 >= MOST_TRIES:
        changes["next_try_at"] = None
    Probe.objects.filter(pk=probe.pk).update(**changes)
