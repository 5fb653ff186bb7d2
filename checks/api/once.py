"""Idempotency-Key: a request that is sent again, since its answer was lost, starts nothing again."""
from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.core.cache import cache

from checks.api.problems import Problem, invalid
from checks.models import Run
from organisations.tokens import Caller

KEPT_SECONDS = 24 * 60 * 60
UNDER_WAY_SECONDS = 60  # after that whoever began it is taken to be dead


def once(caller: Caller, key: str, what: str, start: Callable[[], Run]) -> tuple[Run, bool]:
    """The run of this token's key, and whether it was answered before. what: what is asked for, in a word.

    Problem 422 for a key that was used for something else, 409 while the first one is still being answered.
    """
    slot = f"api:once:{caller.token.pk}:{hashlib.sha256(key.encode()).hexdigest()}"
    if cache.add(slot, {"what": what, "run": ""}, UNDER_WAY_SECONDS):
        return _first(slot, what, start), False
    held = cache.get(slot) or {"what": what, "run": ""}
    if held["what"] != what:
        raise invalid("Idempotency-Key", "was used for another request; make a new one for this.")
    if not held["run"]:
        raise Problem("in_progress", "The first request with this Idempotency-Key has no answer yet.",
                      headers={"Retry-After": "1"})
    run = Run.objects.filter(pk=held["run"], integration__organisation=caller.organisation).first()
    return (run, True) if run is not None else (_first(slot, what, start), False)


def _first(slot: str, what: str, start: Callable[[], Run]) -> Run:
    try:
        run = start()
    except BaseException:
        cache.delete(slot)
        raise
    cache.set(slot, {"what": what, "run": str(run.pk)}, KEPT_SECONDS)
    return run
