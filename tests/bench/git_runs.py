"""One run of a Git integration with five services, beside what it could take at best: every answer after 100 ms, and the
longest chain of answers of which each had to be known before the next could be asked.

`python -m tests.bench.git_runs [SLUG]…` prints this part alone and exits 1 when a bound is missed.
"""
from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

DELAY = 0.1
ROUNDS = 3  # the quickest counts: a shared machine only ever adds
SLACK, FIXED_MS = 1.3, 150


class Chain:
    """Counts provider answers as a clock does: a check begins when the checks that it needs ended, each answer that it
    waits for is one tick, and one that another check asked for is there when that check had it."""

    def __init__(self) -> None:
        self._thread = threading.local()
        self._ended: dict[tuple[str, str], int] = {}
        self._answered: dict[tuple[int, str], int] = {}
        self.longest = 0

    @contextmanager
    def watched(self, provider: Any) -> Iterator[Any]:
        """The provider with its checks watched, and the clients and the shared answers of every run meanwhile."""
        from checks.clients.http import Http
        from checks.providers.base import OnceMemo
        request, get = Http._exchange, OnceMemo.get

        def counted(client: Http, *args: Any) -> Any:
            self._thread.now = self._now + 1
            return request(client, *args)

        def shared(memo: OnceMemo, key: str, ask: Callable[[], Any]) -> Any:
            def first() -> Any:
                try:
                    return ask()
                finally:
                    self._answered[id(memo), key] = self._now
            try:
                return get(memo, key, first)
            finally:
                self._thread.now = max(self._now, self._answered.get((id(memo), key), 0))

        other = copy(provider)
        other.checks = {slug: replace(check, run=self._watched(check)) for slug, check in provider.checks.items()}
        with patch.object(Http, "_exchange", counted), patch.object(OnceMemo, "get", shared):
            yield other

    @property
    def _now(self) -> int:
        return getattr(self._thread, "now", 0)

    def _watched(self, check: Any) -> Callable[[Any], Any]:
        def run(ctx: Any) -> Any:
            own = ctx.service.name if ctx.service else ""
            before = [self._ended.get((slug, own), self._ended.get((slug, ""), 0)) for slug in (*check.needs, *check.after)]
            self._thread.now = max(before, default=0)
            try:
                return check.run(ctx)
            finally:
                self._ended[check.slug, own] = self._now
                self.longest = max(self.longest, self._now)
        return run


def measure(slugs: list[str] | None = None) -> list[dict]:
    from django.test import override_settings

    from tests.peers.git_stands import STANDS
    figures = []
    with override_settings(EGRESS_ALLOW_NETWORKS=["127.0.0.0/8"], EGRESS_ALLOW_PLAIN_HTTP=True):
        for slug in slugs or STANDS:
            with tempfile.TemporaryDirectory() as where:
                figures += _figures(slug, STANDS[slug](Path(where), delay=DELAY))
    return figures


def _figures(slug: str, stand: Any) -> list[dict]:
    """The chain is counted in runs of their own, so that counting costs the timed ones nothing."""
    with stand.host:
        stand.host.delay = 0.0
        chains = []
        for _ in range(ROUNDS):  # who asks first for a shared answer is chance: the shortest chain is the one needed
            chain = Chain()
            with chain.watched(stand.provider) as provider:
                verdicts = stand.run(provider=provider)
            chains.append(chain.longest)
        wrong = [key for key, verdict in verdicts.items() if verdict.status.value in ("fail", "skipped")]
        assert not wrong, (slug, wrong)
        stand.host.delay = DELAY
        taken = []
        for _ in range(ROUNDS):
            stand.host.seen.clear()
            start = time.perf_counter()
            stand.run()
            taken.append((time.perf_counter() - start) * 1000)
    asked = [(s.method, s.path, s.headers.get("Authorization", ""), s.body) for s in stand.host.seen]
    longest, what = min(chains), f"{slug}, a run with five services"
    return [
        {"what": f"{what}: requests", "value": len(asked), "unit": "requests", "bound": len(set(asked))},
        {"what": f"{what}: distinct requests", "value": len(set(asked)), "unit": "requests"},
        {"what": f"{what}: longest chain", "value": longest, "unit": "answers"},
        {"what": f"{what}: wall, 100 ms an answer", "value": round(min(taken)), "unit": "ms",
         "bound": round(SLACK * longest * DELAY * 1000 + FIXED_MS)},
    ]


if __name__ == "__main__":
    from tests.bench import __main__ as bench
    sys.exit(bench.show(measure(sys.argv[1:])))
