"""Multipart uploads of the checks: written down before they are made, and again once their id is known."""
from __future__ import annotations

import uuid
from contextlib import suppress

from checks.clients.s3 import S3, S3Refusal
from checks.providers.backup_storage.canary import Canary, new_canary, the_canary, written_down
from checks.providers.backup_storage.removal import UPLOAD, remove
from checks.providers.base import Context

COMPLETE = "CompleteMultipartUpload"


class Upload:
    """One upload to the key of a canary."""

    def __init__(self, ctx: Context, canary: Canary) -> None:
        self._ctx, self.canary = ctx, canary
        self._s3: S3 = ctx.client
        self._id = ""
        self._probe = written_down(ctx, str(uuid.uuid4()), UPLOAD, canary.key)

    def create(self) -> None:
        self._id = self._s3.create_upload(self.canary.key)
        probe = written_down(self._ctx, str(uuid.uuid4()), UPLOAD, self.canary.key, upload_id=self._id)
        self._done()  # the new entry stands for it, with the id that an abort needs
        self._probe = probe

    def complete(self) -> None:
        """With one part: a last one may be small."""
        etag = self._s3.upload_part(self.canary.key, self._id, self.canary.body)
        self.canary.wrote(self._s3.complete_upload(self.canary.key, self._id, etag).version_id)
        self._done()  # what is there now is the canary, which is written down itself

    def abort(self) -> None:
        self._s3.abort_upload(self.canary.key, self._id)
        self._done()

    def discard(self) -> None:
        """After a refusal: abort what was begun, if that is allowed; else it stays written down."""
        with suppress(S3Refusal):
            if self._id:
                self._s3.abort_upload(self.canary.key, self._id)
            self._done()

    def _done(self) -> None:
        self._ctx.journal.done(self._probe)


def complete_one(ctx: Context) -> str:
    """Completes one onto the canary's key, with the same bytes: that is one object less to remove and to confirm.

    Where the parts are taken and only the end is denied, it is the overwriting that is (a retention policy, write once):
    then once more to a key of its own. Returns a sentence on what was left behind there, "" when nothing was.
    Raises S3Refusal.
    """
    try:
        _completed(ctx, the_canary(ctx))
    except S3Refusal as refusal:
        if refusal.operation != COMPLETE or not refusal.is_denied:
            raise
        own = new_canary(ctx)
        try:
            _completed(ctx, own)
        except S3Refusal:
            ctx.journal.done(own.probe)
            raise
        return _removed(ctx, own)
    return ""


def _completed(ctx: Context, canary: Canary) -> None:
    upload = Upload(ctx, canary)
    try:
        upload.create()
        upload.complete()
    except S3Refusal:
        upload.discard()
        raise


def _removed(ctx: Context, own: Canary) -> str:
    gone = remove(ctx.client, own.key, *own.versions)
    if gone.is_gone:
        ctx.journal.done(own.probe)
        return ""
    return f"Its object {own.key} was left behind: {gone.how}."


def abort_one(ctx: Context) -> None:
    """Begins one and aborts it. Raises S3Refusal; an upload that could not be aborted stays written down."""
    upload = Upload(ctx, the_canary(ctx))
    try:
        upload.create()
        upload.abort()
    except S3Refusal:
        upload.discard()
        raise
