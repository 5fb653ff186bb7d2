"""How long a provider asks us to wait. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LEAST, MOST = 1.0, 3600.0
EPOCH = 1_000_000_000  # a reset above this is a time of day, not a number of seconds
SECONDS = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
# Docker Hub sends Go's durations: 179.767µs, 1m30s. https://pkg.go.dev/time#Duration.String
DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?)(h|ms|m|s|ns|[uµμ]s)")  # both of Unicode's micro signs
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining")
RESETS = ("x-ratelimit-reset", "ratelimit-reset")


def seconds_to_wait(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """What Retry-After says, else when an exhausted limit is reset: clamped to 1..3600 seconds; None for neither."""
    now = now or datetime.now(UTC)
    wait = parse(headers.get("retry-after", ""), now)
    if wait is None and is_exhausted(headers):
        wait = next((value for name in RESETS if (value := _reset(headers.get(name, ""), now)) is not None), None)
    return None if wait is None else min(max(wait, LEAST), MOST)


def is_exhausted(headers: Mapping[str, str]) -> bool:
    """Whether the provider says that no request is left. Docker Hub writes 0;w=21600."""
    return any(re.fullmatch(r"\s*0+\s*(;.*)?", headers.get(name, "")) for name in REMAINING)


def parse(text: str, now: datetime) -> float | None:
    """Seconds, not clamped, out of a number, an HTTP date or a Go duration; None for anything else."""
    text = _as_sent(text).strip()[:100]
    if SECONDS.fullmatch(text):
        return float(text)
    parts = DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text.lstrip("+-"):
        return sum(float(number) * UNITS[unit] for number, unit in parts)
    try:
        date = parsedate_to_datetime(text)
        return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _reset(text: str, now: datetime) -> float | None:
    value = parse(text.partition(";")[0], now)
    return value - now.timestamp() if value is not None and value > EPOCH else value


def _as_sent(text: str) -> str:
    """http.client reads headers as Latin-1; a µ came as UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
