"""Many due runs at once in one worker process: checks wait on other machines, so their waits overlap.

Each run's items are drawn in a thread of its own; every write is made by the task's own thread, one after another.
"""
from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from checks.engine import claim
from checks.engine.work import DATABASE_IS_AWAY, Items, Work
from checks.runner import RUN_SECONDS, Landed, Put


@dataclass(eq=False)
class _Drawn:
    """What a drawing thread hands over: an item, its end, or what stopped it. It goes on once that is answered."""

    work: Work
    item: Landed | Put | None = None
    error: Exception | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    go_on: bool = False


def perform_all(run_ids: Sequence[str], *, seconds: float = RUN_SECONDS) -> None:
    """Claim and perform each of these runs that is free. Raises one of DATABASE_IS_AWAY alone."""
    works = [Work(run) for run in map(claim.take, run_ids) if run is not None]
    inbox: queue.SimpleQueue[_Drawn] = queue.SimpleQueue()
    open_works = sum(_start(work, inbox, seconds) for work in works)
    stopped: Exception | None = None
    while open_works:
        drawn = inbox.get()
        try:
            drawn.go_on = stopped is None and _answer(drawn)
        except DATABASE_IS_AWAY as error:
            stopped = error
        open_works -= drawn.item is None or not drawn.go_on
        drawn.answered.set()
    if stopped is not None:
        raise stopped


def _start(work: Work, inbox: queue.SimpleQueue[_Drawn], seconds: float) -> bool:
    """Let a thread draw this run's items; False when it ended before it began."""
    try:
        items = work.items(seconds)
    except DATABASE_IS_AWAY:
        raise
    except Exception as bug:  # as in work.perform
        work.stopped_by(bug)
        return False
    threading.Thread(target=_draw, args=(work, items, inbox), name=f"run {work.run.pk}", daemon=True).start()
    return True


def _draw(work: Work, items: Items, inbox: queue.SimpleQueue[_Drawn]) -> None:
    """In a thread: no database here."""
    last = _Drawn(work)
    try:
        for item in items:
            drawn = _Drawn(work, item)
            inbox.put(drawn)
            drawn.answered.wait()
            if not drawn.go_on:
                return
        inbox.put(last)
    except Exception as bug:
        last.error = bug
        inbox.put(last)
    finally:
        items.close()


def _answer(drawn: _Drawn) -> bool:
    """Write one item of one run; whether that run goes on."""
    work = drawn.work
    try:
        if drawn.error is not None:
            raise drawn.error
        if drawn.item is not None:
            return work.take(drawn.item)
        work.finish()
    except DATABASE_IS_AWAY:
        raise
    except Exception as bug:  # as in work.perform: one run's bug is no other run's trouble
        work.stopped_by(bug)
    return False
