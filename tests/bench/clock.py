"""Medians of interleaved calls: wall and CPU milliseconds."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleaved(calls: dict[str, Callable[[], object]], rounds: int = 9) -> dict[str, float]:
    """Median CPU milliseconds of each call, taken in turns so that a busy machine slows all alike."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # warm
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            call()
            taken[name].append((time.process_time() - start) * 1000)
    return {name: round(statistics.median(values), 2) for name, values in taken.items()}
