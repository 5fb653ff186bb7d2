"""One run of backup storage against a real S3 server: its requests as the server gets them, and its CPU.

`python -m tests.bench.s3_runs` prints this part alone and exits 1 when a bound is missed.
"""
from __future__ import annotations

import statistics
import sys
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

MOST_REQUESTS = 12
ROUNDS = 5
METHODS = (b"GET ", b"HEAD ", b"PUT ", b"POST ", b"DELETE ")


def measure() -> list[dict]:
    from django.test import override_settings

    from checks.demo.s3_host import S3Host
    from tests.faults.proxy import HoldingProxy
    lines: list[bytes] = []

    def count(chunk: bytes) -> bool:
        if chunk.startswith(METHODS):
            lines.append(chunk.partition(b" HTTP/")[0])
        return False
    with override_settings(EGRESS_ALLOW_NETWORKS=["127.0.0.0/8"], EGRESS_ALLOW_PLAIN_HTTP=True), S3Host() as host:
        host.make_bucket("bench")
        key = host.make_user("bench", "bench")
        there = urlsplit(host.url)
        proxy = HoldingProxy(there.hostname or "", there.port or 0, count)
        try:
            taken = [_cpu_of_a_run(f"http://127.0.0.1:{proxy.port}", key, lines) for _ in range(ROUNDS)]
        finally:
            proxy.stop()
    first, later = taken[0], taken[1:]
    return [
        {"what": "backup_storage, a run on an endpoint of one's own: requests", "value": max(n for n, _ in taken), "unit": "requests",
         "bound": MOST_REQUESTS},
        {"what": "backup_storage, the first run of a process: CPU, with the import of botocore", "value": round(first[1]), "unit": "ms"},
        {"what": "backup_storage, a later run: CPU", "value": round(statistics.median(cpu for _, cpu in later)), "unit": "ms"},
    ]


def _cpu_of_a_run(url: str, key: tuple[str, str], lines: list[bytes]) -> tuple[int, float]:
    """How many requests passed, and the milliseconds of CPU of this process."""
    from checks.providers.backup_storage import backup_storage
    from checks.runner import Landed, run
    chosen = {"endpoint": url, "region": "us-east-1", "bucket": "bench", "prefix": "dflow/backups", "addressing": "auto",
              "intent": "read_write_delete", "access_key_id": key[0]}
    lines.clear()
    start = time.process_time()
    client = backup_storage.connect(chosen, {"secret_access_key": key[1]})
    items = run(backup_storage, settings=chosen, client=client, services=[], known={}, secrets=[key[1]], now=datetime.now(UTC))
    verdicts = {item.check.slug: item.verdict for item in items if isinstance(item, Landed)}
    cpu = (time.process_time() - start) * 1000
    wrong = {slug: verdict.evidence for slug, verdict in verdicts.items() if verdict.status.value != "pass"}
    assert not wrong, wrong
    return len(lines), cpu


if __name__ == "__main__":
    from tests.bench import __main__ as bench
    sys.exit(bench.show(measure()))
