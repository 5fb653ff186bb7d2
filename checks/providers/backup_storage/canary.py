"""The canary of one run: how it is called, how it is written down before it is put, and what a stranger gets."""
from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.s3 import S3, S3Refusal
from checks.providers.backup_storage.grants import below, prefix_of
from checks.providers.backup_storage.removal import OBJECT, PROBE_FOLDER
from checks.providers.base import Context, ProbeRecord

SIZE = 1024
UNSIGNED_SECONDS = 6.0  # the row that writes asks this, too, and has its own answer to give in time


@dataclass
class Canary:
    """One object of ours. version_id: known once it was put into a bucket with versions. is_there: after a PUT that was
    refused, whether another attempt has left it behind."""

    key: str
    body: bytes
    probe: ProbeRecord
    version_id: str = ""
    is_there: bool = False


@dataclass(frozen=True)
class Unsigned:
    """What somebody without any key gets. readable: the very bytes. listable: the names of what is in the bucket."""

    readable: bool
    listable: bool
    status: str


def new_canary(ctx: Context, kind: str = OBJECT) -> Canary:
    """Names one and writes it down; nothing is put yet. Raises ClientError when this run is over."""
    s3: S3 = ctx.client
    number = str(uuid.uuid4())
    key = below(prefix_of(ctx.settings), f"{PROBE_FOLDER}/{number}")
    probe = ProbeRecord(number, kind, {"bucket": s3.place.bucket, "key": key})
    ctx.journal.record(probe)
    return Canary(key, os.urandom(SIZE), probe)


def the_canary(ctx: Context) -> Canary:
    """The one that object_writable puts and the others read and delete."""
    canary: Canary = ctx.once("canary", lambda: new_canary(ctx))
    return canary


def unsigned(ctx: Context) -> Unsigned:
    """Asked while the canary is there, once a run."""
    def ask() -> Unsigned:
        with deadline.within(UNSIGNED_SECONDS):
            return _unsigned(ctx.client, the_canary(ctx))
    answer: Unsigned = ctx.once("unsigned", ask)
    return answer


def _unsigned(s3: S3, canary: Canary) -> Unsigned:
    listable = False
    try:
        s3.list_below("", signed=False)
        listable = True
    except (S3Refusal, ClientError):
        pass  # the object decides; several servers have no good answer to an unsigned listing
    try:
        body = s3.get(canary.key, signed=False)
    except S3Refusal as refusal:
        return Unsigned(False, listable, refusal.code)
    return Unsigned(body == canary.body, listable, "200")
