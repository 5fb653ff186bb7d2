"""How much one token, or one address without a token, may ask: counted in the cache, so for all processes together."""
from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase

from checks.api.problems import Problem


@dataclass(frozen=True)
class Limit:
    name: str
    many: int
    seconds: int = 60


CALLS = Limit("calls", 300)  # of one token
ASKS = Limit("asks", 30)  # of one token, of what asks providers or reads a whole log
STRANGERS = Limit("strangers", 60)  # of one address, without a token that is accepted


def count(request: HttpRequest, limit: Limit, who: str) -> None:
    """Count this request. Problem (429) above the limit; the answer then tells how much is left of the last one counted."""
    now = time.time()
    key = f"api:{limit.name}:{who}:{int(now // limit.seconds)}"
    cache.add(key, 0, limit.seconds * 2)
    try:
        used = cache.incr(key)
    except ValueError:  # a cache that keeps nothing
        used = 1
    wait = math.ceil(limit.seconds - now % limit.seconds)
    request.limited = (limit, max(0, limit.many - used), wait)  # type: ignore[attr-defined]
    if used > limit.many:
        raise Problem("too_many_requests", f"More than {limit.many} requests within {limit.seconds} seconds; "
                      f"wait {wait} seconds.", headers={"Retry-After": str(wait)})


def tell(request: HttpRequest, response: HttpResponseBase) -> None:
    """RateLimit and RateLimit-Policy, as the IETF's draft spells them."""
    limited = getattr(request, "limited", None)
    if limited is not None:
        limit, left, wait = limited
        response["RateLimit-Policy"] = f'"{limit.name}";q={limit.many};w={limit.seconds}'
        response["RateLimit"] = f'"{limit.name}";r={left};t={wait}'


class Places:
    """Requests that wait for providers hold a thread of the web server: so many in one process, and of one Organisation."""

    def __init__(self, total: int, each: int) -> None:
        self.total, self.each = total, each
        self._lock, self._taken = threading.Lock(), Counter[int]()

    @contextmanager
    def one(self, organisation: int) -> Iterator[None]:
        """Problem (503) when there is none left."""
        with self._lock:
            if self._taken.total() >= self.total or self._taken[organisation] >= self.each:
                raise Problem("busy", "Other requests wait for their checks; send this one again in a few seconds.",
                              headers={"Retry-After": "5"})
            self._taken[organisation] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[organisation] -= 1


WAITING = Places(total=4, each=3)  # the README's gunicorn has 8 threads a process: pages always find one
