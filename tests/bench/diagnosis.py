"""Diagnosing 64 KiB of texts made to be slow, a log of 60 lines, and one sentence."""
from __future__ import annotations

import time

from checks.diagnosis.engine import diagnose
from checks.diagnosis.reading import WINDOW
from tests.checks.diagnosis.cases import SHIPPED, in_a_log

HOSTILE = ["denied\n", "fatal: error: denied ", "docker denied s3 error git\n", "webhook failed\n", "x509: certificate\n", "a", "registry.a.", "https://a/",
           "ssh: key error\n", "accessdenied putobject\n", "error: git ssh aws docker s3 webhook not found 403\n", "nicht gefunden ", "fatal: error: denied ", "\x1b[", "2026-11-23T10:00:00Z error: "]


def _milliseconds(text: str) -> float:
    start = time.process_time()
    diagnose(text)
    return (time.process_time() - start) * 1000


def measure() -> list[dict]:
    slow = [_milliseconds((piece * (WINDOW // len(piece) + 1))[:WINDOW]) for piece in HOSTILE]
    logs = sorted(_milliseconds(in_a_log(case.text, number)) for number, case in enumerate(SHIPPED))
    return [
        {"what": "diagnose, 64 KiB, the slowest text (redacting it included): CPU", "value": round(max(slow), 1), "unit": "ms", "bound": 2000},
        {"what": "diagnose, a log of 60 lines, p95: CPU", "value": round(logs[int(len(logs) * 0.95)], 1), "unit": "ms"},
        {"what": "diagnose, a message in its log, median: CPU", "value": round(logs[len(logs) // 2], 1), "unit": "ms"},
    ]
