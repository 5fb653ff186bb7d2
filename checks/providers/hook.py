"""What a provider declares about the webhooks it sends here, and how one is read. Pure: bytes in, plain values out."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class HookEvent:
    """One delivery that proved to be the provider's.

    delivery: the provider's own id of it, for telling a repetition. name and action: as the provider spells them.
    asks_again: something may have changed that rows rest on; an event is a hint, so the truth is asked of the API.
    """

    delivery: str
    name: str
    action: str = ""
    account: str = ""
    repository: str = ""
    ref: str = ""
    asks_again: bool = False


class HookRefused(Exception):
    """A delivery that is not believed. status: the HTTP status it is answered with."""

    def __init__(self, reason: str, status: int = 401) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True)
class Hook:
    """secret: the credential that signs deliveries. read(headers, body, secret): raises HookRefused.

    headers: names in lower case. body: the raw bytes, as they came.
    """

    secret: str
    read: Callable[[Mapping[str, str], bytes, str], HookEvent]
    max_bytes: int = 1024 * 1024
