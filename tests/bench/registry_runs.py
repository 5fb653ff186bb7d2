"""One run of a Docker registry against the real docker-registry and a token service: its requests, and its CPU.

`python -m tests.bench.registry_runs` prints this part alone and exits 1 when a bound is missed.
"""
from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

MOST_REQUESTS = 6
ROUNDS = 5


def measure() -> list[dict]:
    from django.test import override_settings

    from tests.peers.registry import BINARY
    if shutil.which(BINARY) is None:
        print(f"docker_registry was not measured: {BINARY} is not on this machine", file=sys.stderr)
        return []
    with override_settings(EGRESS_ALLOW_NETWORKS=["127.0.0.0/8"], EGRESS_ALLOW_PLAIN_HTTP=True):
        taken = _runs()
    return [
        {"what": "docker_registry, a run of one service: requests, the token service's among them",
         "value": max(n for n, _ in taken), "unit": "requests", "bound": MOST_REQUESTS},
        {"what": "docker_registry, a run: CPU", "value": round(statistics.median(cpu for _, cpu in taken[1:]), 1), "unit": "ms"},
    ]


def _runs() -> list[tuple[int, float]]:
    """How many requests each took, and the milliseconds of CPU of this process."""
    from tests.checks.providers.registry_run import run
    from tests.peers.registry import Registry
    from tests.peers.registry_tokens import ISSUER, RIGHTS, SERVICE, TokenService, password_of
    taken, folder = [], Path(tempfile.mkdtemp())
    with TokenService(folder) as tokens, ExitStack() as ending:
        registry = Registry(folder, {"token": {"realm": tokens.realm, "service": SERVICE, "issuer": ISSUER,
                                               "rootcertbundle": str(tokens.bundle)}})
        ending.callback(registry.stop)
        ending.callback(shutil.rmtree, folder, ignore_errors=True)
        every = sorted(RIGHTS["admin"][""])
        registry.fill(lambda name: {"Authorization": "Bearer " + tokens.token(
            "admin", [{"type": "repository", "name": name, "actions": every}])})
        for _ in range(ROUNDS):
            registry.asked()
            tokens.seen.clear()
            start = time.process_time()
            rows = run(registry.url, "puller", password_of("puller"), f"{registry.host}/team/app:multi")
            cpu = (time.process_time() - start) * 1000
            assert rows["image_exists"].status == "pass", rows["image_exists"].evidence
            taken.append((len(registry.asked()) + len(tokens.seen), cpu))
    return taken


if __name__ == "__main__":
    from tests.bench import __main__ as bench
    sys.exit(bench.show(measure()))
