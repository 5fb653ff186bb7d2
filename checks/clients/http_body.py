"""Bodies: read piece by piece under a cap that counts what they become, not what was sent."""
from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from checks.clients.errors import ClientError, Kind

PIECE = 64 * 1024
WANTED = ("", "identity")
ZIPPED = ("gzip", "x-gzip", "deflate")


def read_body(raw: Any, max_bytes: int, stream_until: Callable[[bytes], bool] | None, name: str, host: str) -> bytes:
    """The decoded body of a urllib3 response. stream_until is told all that came so far; True ends the reading.

    Raises ClientError TOO_LARGE above max_bytes, NOT_PROTOCOL for an encoding nobody asked for, TRUNCATED.
    """
    length = raw.headers.get("content-length", "")
    if stream_until is None and length.isascii() and length.isdigit() and int(length[:20]) > max_bytes:
        raise _too_large(max_bytes, name, host)
    encoding = raw.headers.get("content-encoding", "").strip().lower()
    if encoding not in (*WANTED, *ZIPPED):
        raise ClientError(Kind.NOT_PROTOCOL, f"{name} sent a body in an encoding that was not asked for.", host=host)
    zipped = _Zipped(name, host) if encoding in ZIPPED else None
    body, sent = bytearray(), 0
    for piece in _pieces(raw):
        sent += len(piece)
        body += zipped.open(piece, max_bytes - len(body) + 1) if zipped else piece
        if stream_until is not None and stream_until(bytes(body)):
            return bytes(body)
        if len(body) > max_bytes or sent > max_bytes + PIECE:  # compressed bytes that become nothing count too
            raise _too_large(max_bytes, name, host)
    if zipped and body and not zipped.complete:
        raise ClientError(Kind.TRUNCATED, f"{name} ended its answer before its end.", host=host)
    return bytes(body)


def _pieces(raw: Any) -> Iterator[bytes]:
    if raw.chunked and raw.supports_chunked_reads():
        yield from raw.read_chunked(PIECE, decode_content=False)
        return
    while piece := raw.read1(PIECE, decode_content=False):
        yield piece


class _Zipped:
    """gzip or deflate that some servers send although identity was asked for; a bomb stops at the room it is given."""

    def __init__(self, name: str, host: str) -> None:
        self._opener = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # either header
        self._name, self._host = name, host

    @property
    def complete(self) -> bool:
        return self._opener.eof

    def open(self, piece: bytes, room: int) -> bytes:
        """At most `room` bytes; what does not fit any more is dropped, for the caller then refuses the whole."""
        try:
            if self._opener.eof:  # zlib would hoard what follows
                raise zlib.error
            return self._opener.decompress(piece, max(room, 1))
        except zlib.error:
            detail = f"{self._name} sent a compressed body that is broken."
            raise ClientError(Kind.NOT_PROTOCOL, detail, host=self._host) from None


def _too_large(max_bytes: int, name: str, host: str) -> ClientError:
    detail = f"{name} sent more than {max_bytes // 1024} KiB; the rest was not read."
    return ClientError(Kind.TOO_LARGE, detail, host=host)
