"""What can go wrong on the wire, in one vocabulary for every client.

A client raises `ClientError` for everything that is no answer to the question asked: the network, TLS, an outage, a
rate limit, a body that is not the protocol's. The runner turns each kind into a verdict in one place, so a check only
reads real answers.
"""
from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    BLOCKED = "blocked"  # our egress rules refuse the address: nothing was sent
    NO_SUCH_NAME = "no-such-name"  # two look-ups say that the name does not exist
    NAME_TROUBLE = "name-trouble"  # every other DNS trouble
    REFUSED = "refused"  # the port is closed
    TIMEOUT = "timeout"  # connect, read or total deadline
    RESET = "reset"  # cut while connecting or reading
    TLS = "tls"  # a certificate or handshake that cannot be trusted; no credential was sent
    TRUNCATED = "truncated"  # the body ended before its length
    TOO_LARGE = "too-large"  # more than the cap, after decompression
    NOT_PROTOCOL = "not-protocol"  # HTML where JSON was due, JSON of the wrong shape, no pkt-lines
    RATE_LIMITED = "rate-limited"  # 429, or a 403 whose headers say so
    OUTAGE = "outage"  # 5xx
    CLOCK = "clock"  # the provider refuses our time of day
    CLOSED = "closed"  # the run that asked is over: its lease or its time is gone


class ClientError(Exception):
    """No answer to the question asked.

    detail: one plain sentence, past tense, that names the host; it carries no secret.
    status: the HTTP status if there was one. body: the first characters of what came, for the evidence.
    retry_after: seconds that the provider asks us to wait, clamped to 1..3600.
    """

    def __init__(
        self, kind: Kind, detail: str, *, host: str = "", status: int | None = None, body: str = "",
        retry_after: float | None = None, request_id: str = "",
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.host = host
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.request_id = request_id
