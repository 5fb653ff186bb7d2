"""What judging an address costs."""
from __future__ import annotations

from checks import egress
from tests.bench.clock import interleaved


def measure() -> list[dict]:
    calls = {"egress: 100 literal addresses judged, CPU": lambda: [egress.judge("https://93.184.216.34/a/b.git") for _ in range(100)]}
    return [{"what": what, "value": value, "unit": "ms"} for what, value in interleaved(calls).items()]
