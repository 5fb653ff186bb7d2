"""One run of the AWS rows beside what it could take at best: every answer after 50 ms, at most 40 requests, none asked twice.

`python -m tests.bench.aws_runs` prints this part alone.
"""
from __future__ import annotations

import os
import sys
import time

DELAY = 0.05
ROUNDS = 3  # the quickest counts: a shared machine only ever adds
MOST_REQUESTS = 40
MOST_MS = 1000  # eight answers after one another, and the work of reading 37


def measure() -> list[dict]:
    from django.test import override_settings

    from tests.checks.providers.aws_run import look
    from tests.peers.aws_script import AwsScript
    taken, before = [], os.environ.get("AWS_ENDPOINT_URL")
    try:
        with override_settings(EGRESS_ALLOW_NETWORKS=["127.0.0.0/8"], EGRESS_ALLOW_PLAIN_HTTP=True), AwsScript(delay=DELAY) as host:
            os.environ["AWS_ENDPOINT_URL"] = host.origin
            for _ in range(ROUNDS):
                host.seen.clear()
                start = time.perf_counter()
                seen = look(address_origin=host.origin)
                taken.append((time.perf_counter() - start) * 1000)
                assert seen.bad == {}, seen.bad
            asked = [(one.method, one.path, one.body) for one in host.seen]
    finally:
        os.environ.pop("AWS_ENDPOINT_URL") if before is None else os.environ.update(AWS_ENDPOINT_URL=before)
    return [
        {"what": "aws, a run: requests", "value": len(asked), "unit": "requests", "bound": MOST_REQUESTS},
        {"what": "aws, a run: asked twice", "value": len(asked) - len(set(asked)), "unit": "requests", "bound": 0},
        {"what": "aws, a run: wall, 50 ms an answer", "value": round(min(taken)), "unit": "ms", "bound": MOST_MS},
    ]


if __name__ == "__main__":
    from tests.bench import __main__ as bench
    sys.exit(bench.show(measure()))
