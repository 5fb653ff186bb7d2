"""The canary of one run: how it is called, how it is written down before it is put, and what a stranger gets."""
from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.s3 import S3, S3Refusal
from checks.providers.backup_storage.removal import OBJECT, PROBE_FOLDER
from checks.providers.backup_storage.where import below, prefix_of
from checks.providers.base import Context, ProbeRecord

SIZE = 1024
UNSIGNED_SECONDS = 6.0  # the row that writes asks this, too, and has its own answer to give in time


@dataclass
class Canary:
    """One object of ours. versions: the ids that it got in a bucket with versions, one for each time that it was
    written. may_be_there: whatever was answered last, an earlier attempt may have left it behind."""

    key: str
    body: bytes
    probe: ProbeRecord
    versions: list[str] = field(default_factory=list)
    may_be_there: bool = False

    def wrote(self, version_id: str) -> None:
        if version_id:
            self.versions.append(version_id)


@dataclass(frozen=True)
class Unsigned:
    """What somebody without any key gets. readable: the very bytes. listable: the names of what is in the bucket."""

    readable: bool
    listable: bool
    status: str


def new_canary(ctx: Context) -> Canary:
    """Names one and writes it down; nothing is put yet. Raises ClientError when this run is over."""
    number = str(uuid.uuid4())
    key = below(prefix_of(ctx.settings), f"{PROBE_FOLDER}/{number}")
    return Canary(key, os.urandom(SIZE), written_down(ctx, number, OBJECT, key))


def written_down(ctx: Context, number: str, kind: str, key: str, **details: str) -> ProbeRecord:
    """A record of what is about to be put, committed when this returns."""
    s3: S3 = ctx.client
    probe = ProbeRecord(number, kind, {"bucket": s3.place.bucket, "key": key, **details})
    ctx.journal.record(probe)
    return probe


def the_canary(ctx: Context) -> Canary:
    """The one that object_writable puts and the others read, write anew in parts, and delete."""
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
