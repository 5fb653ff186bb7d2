"""Asks all the rows of one integration: in the order of their needs, at once where they do not need each other.

It never raises: what a client could not find out becomes an `unknown`, what a check did wrong becomes an `unknown` of
ours, and what takes too long is left behind. Every text is masked of the known secrets, then redacted, before it leaves.
Pure: no database, no settings. The consumer of `run()` is the only one who writes.
"""
from __future__ import annotations

import contextvars
import logging
import math
import queue
import threading
import time
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.masking import Mask
from checks.providers.base import Check, Context, JsonMap, OnceMemo, ProbeRecord, Provider, ServiceFacts
from checks.troubles import trouble
from checks.verdict import Cause, Skip, Status, Verdict, skipped, unknown

RUN_SECONDS = 40.0  # the design's 45, less what a command needs to start and to write
THREADS = 8
GRACE_SECONDS = 1.0
PROCEED = (Status.PASS, Status.WARN)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Landed:
    """One row has its verdict."""

    check: Check
    service: ServiceFacts | None
    verdict: Verdict
    duration_ms: int


@dataclass(frozen=True)
class Put:
    """A check is about to put something somewhere (gone=False), or saw that it is gone (True).

    The check waits until the consumer asks for the next item: commit it first.
    """

    probe: ProbeRecord
    gone: bool
    committed: threading.Event


@dataclass(eq=False)
class _Task:
    check: Check
    service: ServiceFacts | None
    started: float = math.inf  # once a thread of the pool has it

    @property
    def key(self) -> tuple[str, str | None]:
        return self.check.slug, self.service.name if self.service else None


class _Journal:
    """The journal of the pool's threads: each entry goes to the consumer and waits for its commit."""

    def __init__(self, inbox: queue.SimpleQueue[Any]) -> None:
        self._inbox = inbox
        self.closed = threading.Event()

    def record(self, probe: ProbeRecord) -> None:
        self._write(probe, gone=False)

    def done(self, probe: ProbeRecord) -> None:
        self._write(probe, gone=True)

    def _write(self, probe: ProbeRecord, *, gone: bool) -> None:
        entry = Put(probe, gone, threading.Event())
        if not self.closed.is_set():
            self._inbox.put(entry)
        while not entry.committed.wait(0.2):
            if self.closed.is_set():
                raise ClientError(Kind.CLOSED, "This run is over; nothing more was put anywhere.")


def run(
    provider: Provider, *, settings: JsonMap, client: Any, services: Sequence[ServiceFacts], known: JsonMap,
    secrets: Collection[str], now: datetime, seconds: float = RUN_SECONDS,
) -> Iterator[Landed | Put]:
    """Yield each verdict as it lands, and each journal entry before it may go on.

    seconds: the bound of the whole run; rows that have not answered by then are `unknown`. Closing the iterator ends
    the run: checks under way finish in the background, and none of them puts anything any more.
    """
    return _Run(provider, settings, client, services, known, Mask(secrets), now, seconds).items()


class _Run:
    def __init__(self, provider: Provider, settings: JsonMap, client: Any, services: Sequence[ServiceFacts],
                 known: JsonMap, mask: Mask, now: datetime, seconds: float) -> None:
        self.settings, self.client, self.known, self.mask, self.now = settings, client, known, mask, now
        self.provider = provider
        self.ends_at = time.monotonic() + seconds
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.journal = _Journal(self.inbox)
        self.memo = OnceMemo()
        self.waiting = [_Task(check, service) for check in provider.rows(settings)
                        for service in (services if check.per_service else [None])]
        self.services = [service.name for service in services]
        self.no_service = [check for check in provider.rows(settings) if check.per_service and not services]
        self.under_way: dict[tuple[str, str | None], _Task] = {}
        self.verdicts: dict[tuple[str, str | None], Verdict] = {}
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="check")

    def items(self) -> Iterator[Landed | Put]:
        try:
            for check in self.no_service:
                yield self._land(_Task(check, None), skipped("No service uses this yet.", skip=Skip.NO_SERVICE), 0)
            yield from self._advance()
            while self.under_way:
                yield from self._next()
        finally:
            self.journal.closed.set()
            # Never `with`: leaving it would wait for threads that a slow provider holds.
            self.pool.shutdown(wait=False, cancel_futures=True)

    def _advance(self) -> Iterator[Landed]:
        """Start what is ready and land what cannot be tried, until nothing moves."""
        moved = True
        while moved:
            moved = False
            for task in list(self.waiting):
                blockers = self._open_needs(task)
                if blockers is None:
                    continue
                self.waiting.remove(task)
                moved = True
                if blockers:
                    yield self._land(task, _not_tried(blockers), 0)
                else:
                    self._start(task)

    def _open_needs(self, task: _Task) -> list[tuple[Check, Verdict]] | None:
        """None while something it waits for is open; else the needs that neither passed nor warned."""
        blockers = []
        for slug in (*task.check.needs, *task.check.after):
            check = self.provider.checks[slug]
            if check.left_out(self.settings):
                continue
            verdicts = [self.verdicts.get((slug, name)) for name in self._places(check, task)]
            if any(verdict is None for verdict in verdicts):
                return None
            if slug in task.check.needs:
                blockers += [(check, verdict) for verdict in verdicts if verdict and verdict.status not in PROCEED]
        return blockers

    def _places(self, check: Check, task: _Task) -> list[str | None]:
        """Whose verdict of `check` a task waits for: its own service's; a row of the integration waits for every one."""
        if not check.per_service or not self.services:
            return [None]
        return [task.service.name] if task.service else list(self.services)

    def _start(self, task: _Task) -> None:
        self.under_way[task.key] = task
        context = Context(self.settings, self.client, self.journal, self.memo, self.now, task.service,
                          self._seen(task), self.known)
        self.pool.submit(contextvars.copy_context().run, self._ask, task, context)

    def _seen(self, task: _Task) -> Mapping[str, Verdict]:
        own = task.service.name if task.service else None
        return {slug: v for (slug, service), v in self.verdicts.items() if service in (None, own)}

    def _ask(self, task: _Task, context: Context) -> None:
        """In a thread of the pool: one check, whatever it does, ends in one verdict."""
        task.started = time.monotonic()
        try:
            with deadline.within(min(deadline.CHECK_SECONDS, self.ends_at - time.monotonic())):
                verdict = task.check.run(context)
        except ClientError as error:
            verdict = trouble(error)
        except Exception as error:  # the only broad one: a bug of ours must not lose the other rows
            where = traceback.extract_tb(error.__traceback__)[-1]  # the place and no value: its text may hold a secret
            log.error("check %s raised %s at %s:%s", task.check.slug, type(error).__name__, where.filename, where.lineno)
            verdict = unknown(f"This check of ours stopped with {type(error).__name__}; nothing was learnt of the provider.",
                              cause=Cause.OURS, remedy="Tell the operator of this program: its log has the details.")
        self.inbox.put((task, verdict, round((time.monotonic() - task.started) * 1000)))

    def _next(self) -> Iterator[Landed | Put]:
        try:
            item = self.inbox.get(timeout=max(0.0, self._patience()))
        except queue.Empty:
            yield from self._give_up()
            return
        if isinstance(item, Put):
            yield item
            item.committed.set()
            return
        task, verdict, duration_ms = item
        if self.under_way.pop(task.key, None) is not None:
            yield self._land(task, verdict, duration_ms)
            yield from self._advance()

    def _patience(self) -> float:
        """Seconds until the first check under way is past its time."""
        soonest = min(task.started for task in self.under_way.values()) + deadline.CHECK_SECONDS + GRACE_SECONDS
        return min(soonest, self.ends_at) - time.monotonic()

    def _give_up(self) -> Iterator[Landed]:
        """Leave behind what is past its time; once the run's own time is up, everything."""
        now = time.monotonic()
        over = now >= self.ends_at
        for task in list(self.under_way.values()):
            if over or now >= task.started + deadline.CHECK_SECONDS + GRACE_SECONDS:
                del self.under_way[task.key]
                waited = max(0.0, now - task.started)
                yield self._land(task, _no_answer(waited), round(waited * 1000))
        if over:
            for task in self.waiting:
                yield self._land(task, _no_answer(0), 0)
            self.waiting.clear()
        yield from self._advance()

    def _land(self, task: _Task, verdict: Verdict, duration_ms: int) -> Landed:
        verdict = self.mask.verdict(verdict.with_layer(task.check.layer))
        self.verdicts[task.key] = verdict
        return Landed(task.check, task.service, verdict, duration_ms)


def _not_tried(blockers: list[tuple[Check, Verdict]]) -> Verdict:
    check, verdict = blockers[0]
    how = {Status.FAIL: "failed", Status.UNKNOWN: "could not be checked", Status.SKIPPED: "was not tried"}[verdict.status]
    if verdict.skip is Skip.NO_SERVICE:
        return skipped("No service uses this yet.", skip=Skip.NO_SERVICE)
    told = skipped(f"Not tried: “{check.title}” {how}.", skip=Skip.NEED, needs=check.slug)
    # Where the host cannot tell, what rests on that alone is not required either in this run.
    return replace(told, required=False) if all(v.required is False for _, v in blockers) else told


def _no_answer(seconds: float) -> Verdict:
    after = f"within {round(seconds)} seconds" if seconds >= 1 else "before the run's time was up"
    return unknown(f"The provider did not answer {after}.", cause=Cause.PROVIDER, layer=None,
                   remedy="Nothing to mend here yet: it is asked again by itself, or check again now.")
