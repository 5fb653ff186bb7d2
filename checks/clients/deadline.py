"""How long the check on this thread may still take.

The runner opens a deadline around each check; clients ask `remaining()` before every wait, so that a provider that
drips one byte a second is cut at the total and not at the read.
"""
from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CONNECT_SECONDS = 10.0
CHECK_SECONDS = 20.0

_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Bound everything in the block to `seconds` from now, or to an outer deadline that ends sooner."""
    outer = _ends_at.get()
    ends_at = time.monotonic() + seconds
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining(at_most: float = CHECK_SECONDS) -> float:
    """Seconds left on this thread's deadline, never more than `at_most`, and 0.0 once it is past."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return at_most
    return max(0.0, min(at_most, ends_at - time.monotonic()))
