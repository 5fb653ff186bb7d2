"""The redactor on 64 KiB of texts made to be slow (tests/bench/redact.py shows each), and on one plain sentence."""
from __future__ import annotations

import time

from checks.diagnosis.redact import redact
from tests.bench.redact import GOAL, milliseconds, texts

SENTENCE = "DeleteObject on dflow/backups/.dflow-probe/0d394442-5c7b-456b-b1f4-45edd2d60b6b was denied (AccessDenied)."


def measure() -> list[dict]:
    taken = sorted(milliseconds(text) for _, text in texts(64 * 1024))
    start = time.process_time()
    for _ in range(2000):
        redact(SENTENCE)
    sentence = (time.process_time() - start) * 500
    return [
        {"what": f"redactor, 64 KiB, p99 of {len(taken)} slow texts: CPU", "value": round(taken[int(len(taken) * 0.99) - 1], 1),
         "unit": "ms", "bound": GOAL},
        {"what": "redactor, 64 KiB, the slowest text: CPU", "value": round(taken[-1], 1), "unit": "ms"},
        {"what": "redactor, a sentence with nothing in it: CPU", "value": round(sentence, 1), "unit": "µs"},
    ]
