"""One run from its lease to its end: unseal, ask, write each verdict as it lands, sum up.

The same code for a worker and for a command. The database is touched by the caller's thread alone.
"""
from __future__ import annotations

import logging
import traceback
from collections.abc import Generator
from datetime import timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from checks import runner
from checks.engine import beat, claim, known, record
from checks.engine.conclude import conclude
from checks.engine.keys import keyring
from checks.models import Probe, Run, Service
from checks.providers import BY_SLUG
from checks.providers.base import Provider, ServiceFacts
from checks.runner import RUN_SECONDS, Landed, Put
from checks.vault import BadKey, CannotOpen
from checks.verdict import Cause, IntegrationStatus, Verdict, unknown

PROBE_GRACE = timedelta(seconds=30)  # a probe is its run's own to remove for at least so long
ENDPOINT = "bound_to"  # in a probe's details: the endpoint that its run's credential was bound to
OPERATOR = "Tell the operator of this program: its log has the details."
MISSING = unknown("The credential of this integration was missing.", cause=Cause.YOURS,
                  remedy="Give the credential again.")
RESTORE = "Have the operator of this program restore the key in CREDENTIAL_KEYS, or give the credential again."

DATABASE_IS_AWAY = (OperationalError, InterfaceError)
Items = Generator[Landed | Put, None, None]
log = logging.getLogger(__name__)


def perform(run: Run, *, seconds: float = RUN_SECONDS) -> None:
    """Perform a run that claim.take gave to the caller. Raises one of DATABASE_IS_AWAY alone: then the lease runs
    out, and the sweep rings again."""
    work = Work(run)
    items: Items | None = None
    try:
        items = work.items(seconds)
        for item in items:
            if not work.take(item):
                return
        work.finish()
    except DATABASE_IS_AWAY:
        raise
    except Exception as bug:  # a bug of ours ends in a verdict that says so, not in a run that hangs
        work.stopped_by(bug)
    finally:
        if items is not None:
            items.close()


class Work:
    """What one run needs, read when it starts. take(), finish() and stopped_by() write, fenced by the lease."""

    def __init__(self, run: Run) -> None:
        beat.alive()
        self.run, self.integration = run, run.integration
        self.provider: Provider | None = BY_SLUG.get(self.integration.provider)
        self.services: dict[str, Service] = {}
        self.status: IntegrationStatus | None = None  # where the verdicts alone cannot tell
        if self.provider is not None:
            self.services = {s.name: s for s in record.services_of(self.provider, self.integration)}

    def items(self, seconds: float) -> Items:
        """The runner's items, or the one verdict of all rows where asking is impossible."""
        if self.provider is None:
            log.error("run %s: no provider is named %s", self.run.pk, self.integration.provider)
            return self._all(unknown("This program no longer knows this provider.", cause=Cause.OURS, remedy=OPERATOR))
        if known.missing_credentials(self.integration, self.provider):
            self.status = IntegrationStatus.NEEDS_CREDENTIAL
            return self._all(MISSING)
        try:
            credentials = self.integration.unseal(self.provider.endpoint(self.integration.settings), keyring())
        except (CannotOpen, BadKey) as error:
            why = str(error) if isinstance(error, CannotOpen) else "CREDENTIAL_KEYS holds no usable key."
            return self._all(unknown(why, cause=Cause.OURS, remedy=RESTORE))
        return self._ask(self.provider, credentials, seconds)

    def _ask(self, provider: Provider, credentials: dict[str, str], seconds: float) -> Items:
        settings = self.integration.settings
        facts = [ServiceFacts(s.name, s.kind, s.target, s.node.name if s.node else None)
                 for s in self.services.values()]
        return runner.run(  # type: ignore[return-value]  # a generator, whose close() ends the run
            provider, settings=settings, client=provider.connect(settings, credentials), services=facts,
            known=known.facts(self.integration), secrets=list(credentials.values()), now=timezone.now(),
            seconds=seconds)

    def _all(self, verdict: Verdict) -> Items:
        """This verdict for every row, as if each had landed."""
        if self.provider is None:
            return
        for place in record.places(self.provider, self.integration.settings, list(self.services.values())):
            facts = ServiceFacts(place.service.name, place.service.kind, {}) if place.service else None
            yield Landed(place.check, facts, place.instead(verdict), 0)

    def take(self, item: Landed | Put) -> bool:
        """Commit one item. False: the run is no longer ours, and nothing was written."""
        try:
            written = self._put(item) if isinstance(item, Put) else self._land(item)
        except IntegrityError:  # its service was deleted at this moment: the row has no place any more
            if isinstance(item, Put) or item.service is None or self._exists(item.service.name):
                raise
            written = True
        beat.alive()
        return written

    @transaction.atomic
    def _land(self, item: Landed) -> bool:
        integration = claim.hold(self.run)
        if integration is None:
            return False
        service = self.services[item.service.name] if item.service else None
        if self.provider is not None and (service is None or self._exists(service.name)):
            record.write(integration, self.run, self.provider, record.Place(item.check, service), item.verdict,
                         duration_ms=item.duration_ms, now=timezone.now())
        return True

    def _exists(self, name: str) -> bool:
        return Service.objects.filter(pk=self.services[name].pk).exists()

    @transaction.atomic
    def _put(self, item: Put) -> bool:
        """The journal: a probe is on record before it is put, and until it is confirmed gone."""
        now = timezone.now()
        if item.gone:
            Probe.objects.filter(pk=item.probe.id).update(gone_at=now)
            return True
        if claim.hold(self.run) is None or self.provider is None:
            return False
        endpoint = self.provider.endpoint(self.integration.settings)
        details = {**record.storable(dict(item.probe.details)), ENDPOINT: endpoint}
        Probe.objects.create(pk=item.probe.id, integration=self.integration, run=self.run, kind=item.probe.kind,
                             details=details, next_try_at=now + PROBE_GRACE)
        return True

    @transaction.atomic
    def finish(self) -> None:
        """Sum up, if the run is still ours."""
        integration = claim.hold(self.run)
        if integration is not None:
            conclude(integration, self.run, now=timezone.now(), status=self.status)
            beat.alive(worked=True)

    def stopped_by(self, bug: Exception) -> None:
        """End the run with what it has; the log says where the bug is, and no value."""
        where = traceback.extract_tb(bug.__traceback__)[-1]
        log.error("run %s stopped with %s at %s:%s", self.run.pk, type(bug).__name__, where.filename, where.lineno)
        verdict = unknown(f"This program stopped with {type(bug).__name__}; nothing was learnt of the provider.",
                          cause=Cause.OURS, remedy=OPERATOR)
        with transaction.atomic():
            integration = claim.hold(self.run)
            if integration is not None:
                claim.fill_up(integration, self.run, verdict, now=timezone.now())
                conclude(integration, self.run, now=timezone.now())
