"""Base64 that says something when it is decoded: user:password of a header, a file of variables, a Docker configuration."""
from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from checks.diagnosis.redact_values import looks_random

_RUN = re.compile(r"(?<![A-Za-z0-9+/_.-])([A-Za-z0-9+/_-]{16,16384}+)={0,2}(?![A-Za-z0-9+/_=-])")
_FIRST = 16  # characters that are decoded to see whether it is text at all: nearly nothing drawn by lot is
_URL_SAFE = str.maketrans("-_", "+/")
_PAIR = re.compile(r"[\w.@+$-]{1,64}:([^\s:\"'{}<>]{8,200})\n?")
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e]*")


def _decoded(run: str) -> str | None:
    """What it says in plain ASCII, or None."""
    run = run.translate(_URL_SAFE)
    try:
        if not _TEXT.fullmatch(base64.b64decode(run[:_FIRST])):
            return None
        raw = base64.b64decode(run + "=" * (-len(run) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.decode("ascii") if _TEXT.fullmatch(raw) else None


def blobs(text: str, holds_secret: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Start and end of each run whose text is user:password, or has a secret in it. holds_secret reads it."""
    for found in _RUN.finditer(text):
        said = _decoded(found[1])
        if said is None:
            continue
        pair = _PAIR.fullmatch(said)
        if (pair and looks_random(pair[1])) or holds_secret(said):
            yield found.span()
