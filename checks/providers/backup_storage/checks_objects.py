"""The checks of one object: written, read back, and written in parts as backup tools do with large dumps."""
from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import Any

from checks.clients.errors import ClientError
from checks.clients.s3 import S3, S3Refusal
from checks.providers.backup_storage.canary import Canary, new_canary, the_canary, unsigned
from checks.providers.backup_storage.checks_access import asked, backup_storage
from checks.providers.backup_storage.grants import denied, policy, words
from checks.providers.backup_storage.removal import UPLOAD, remove
from checks.providers.base import Context, ProbeRecord
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

SSE = {"ServerSideEncryption": "AES256"}


@backup_storage.check("The key can write", layer=Layer.BACKUP_BUCKET_POLICY, needs=["bucket_found"])
def object_writable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    listed = asked(ctx)
    if isinstance(listed, S3Refusal) and listed.is_region:
        return _wrong_region("PutObject", listed)
    canary = the_canary(ctx)
    try:
        canary.version_id = s3.put(canary.key, canary.body).version_id
    except S3Refusal as refusal:
        verdict = _not_written(ctx, canary, refusal)
        if not canary.is_there:
            ctx.journal.done(canary.probe)
        return verdict
    with suppress(ClientError, S3Refusal):
        unsigned(ctx)  # while it is there: bucket_not_public reads this answer later
    versions = " The bucket keeps versions." if canary.version_id else ""
    return passed(f"PutObject wrote {len(canary.body)} bytes with Content-MD5 to {canary.key} in "
                  f"{s3.place.bucket}.{versions}", key=canary.key, version_id=canary.version_id)


def _not_written(ctx: Context, canary: Canary, refusal: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    what = f"PutObject on {canary.key}"
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id,
                             "policy": policy(s3.place, ctx.settings)}
    if refusal.code == "NoSuchBucket":
        return fail(f"{what} found no bucket {s3.place.bucket} {words(refusal)}.", **facts,
                    remedy="Correct the bucket's name, or make the bucket.")
    if refusal.is_region:
        return _wrong_region(what, refusal)
    if "Object Lock" in refusal.message:
        return fail(f"{what} was refused {words(refusal)}: the bucket has object lock, and the server did not take "
                    f"the Content-MD5 that was sent (“{refusal.message}”).", **facts,
                    remedy="Take the default retention off the bucket, or use a bucket without object lock for these "
                           "backups.")
    if refusal.code in ("QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "XMinioAdminBucketQuotaExceeded"):
        return fail(f"{what} was refused {words(refusal)}: the storage is full.", **facts,
                    remedy="Make room in the bucket, or raise its quota.")
    if refusal.is_denied and _demands_encryption(s3, canary):
        return fail(f"{what} was denied {words(refusal)}, and allowed once it asked for server-side encryption "
                    "(AES256): the bucket's policy demands the header x-amz-server-side-encryption, which backup "
                    "tools do not send.", **facts,
                    remedy="Turn on default encryption for the bucket, and drop the statement that denies PutObject "
                           "without the header from its policy.",
                    link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html")
    if refusal.is_denied or refusal.code.startswith("KMS"):
        verdict = denied(ctx, refusal, "s3:PutObject", what)
        if isinstance(asked(ctx), S3Refusal):
            both = " Listing was denied, too: the key may be for another bucket, or the bucket another account's."
            verdict = replace(verdict, evidence=verdict.evidence + both)
        return verdict
    return fail(f"{what} was refused {words(refusal)}{f': “{refusal.message}”' if refusal.message else ''}.", **facts,
                remedy="See that the endpoint is a full S3 API and that the bucket takes plain PutObject requests.")


def _wrong_region(what: str, refusal: S3Refusal) -> Verdict:
    return unknown(f"{what} was not tried: the region stood in the way {words(refusal)}.", cause=Cause.YOURS,
                   layer=Layer.BACKUP_ENDPOINT_REGION, remedy="Set the bucket's region in this integration first.",
                   code=refusal.code)


def _demands_encryption(s3: S3, canary: Canary) -> bool:
    """The same object once more, with the header; what was written is taken away at once."""
    try:
        version = s3.put(canary.key, canary.body, **SSE).version_id
    except (S3Refusal, ClientError):
        return False
    canary.is_there = not remove(s3, canary.key, version).is_gone
    return True


@backup_storage.check("The key can read back what it wrote", layer=Layer.BACKUP_BUCKET_POLICY,
                      needs=["object_writable"])
def object_readable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    canary = the_canary(ctx)
    try:
        body = s3.get(canary.key)
    except S3Refusal as refusal:
        if refusal.is_denied:
            return denied(ctx, refusal, "s3:GetObject", f"GetObject on {canary.key}")
        return fail(f"GetObject on {canary.key} was refused {words(refusal)}, right after it was written.",
                    code=refusal.code,
                    remedy="See that the endpoint leads to one server or one replicated store: what is written must "
                           "be readable at once.", request_id=refusal.request_id)
    mine, theirs = (hashlib.sha256(one).hexdigest() for one in (canary.body, body))
    if mine != theirs:
        return fail(f"GetObject on {canary.key} gave {len(body)} bytes that were not those that were written.",
                    remedy="Take out what changes bodies on the way (a proxy, a cache, a transforming rule), then "
                           "check again.",
                    sha256_written=mine, sha256_read=theirs)
    return passed(f"GetObject gave the {len(body)} bytes of {canary.key} back, with the same SHA-256.", sha256=mine)


@backup_storage.check("Large backups can be uploaded in parts",
                      layer=Layer.BACKUP_BUCKET_POLICY, needs=["object_writable"])
def multipart_supported(ctx: Context) -> Verdict:
    """Create, one part, complete; then create and abort. A last part may be small, so 1 KiB is enough.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """
    s3: S3 = ctx.client
    completed = _Upload(ctx)
    try:
        completed.create()
        completed.fill()
    except S3Refusal as refusal:
        completed.discard()
        return _no_multipart(ctx, refusal, completed.canary.key)
    left = completed.remove()
    aborted = _Upload(ctx)
    try:
        aborted.create()
        aborted.abort()
    except S3Refusal as refusal:
        aborted.discard()
        return _no_abort(ctx, refusal, aborted.canary.key)
    said = f"A multipart upload to {s3.place.bucket} was completed, and another one aborted."
    return passed(said + (f" {left}" if left else ""), left_behind=[completed.canary.key] if left else [])


class _Upload:
    """One multipart upload, written down before it is made and again once its id is known."""

    def __init__(self, ctx: Context) -> None:
        self._ctx, self._s3 = ctx, ctx.client
        self.canary = new_canary(ctx, UPLOAD)
        self._probe = self.canary.probe
        self._id = ""

    def create(self) -> None:
        self._id = self._s3.create_upload(self.canary.key)
        probe = ProbeRecord(str(uuid.uuid4()), UPLOAD, {**self.canary.probe.details, "upload_id": self._id})
        self._ctx.journal.record(probe)
        self._ctx.journal.done(self._probe)  # the new entry stands for it, with the id that an abort needs
        self._probe = probe

    def fill(self) -> None:
        etag = self._s3.upload_part(self.canary.key, self._id, self.canary.body)
        self.canary.version_id = self._s3.complete_upload(self.canary.key, self._id, etag).version_id

    def abort(self) -> None:
        self._s3.abort_upload(self.canary.key, self._id)
        self._done()

    def discard(self) -> None:
        """After a refusal: abort what was begun, if that is allowed; else it stays written down."""
        with suppress(S3Refusal):
            if self._id:
                self._s3.abort_upload(self.canary.key, self._id)
            self._done()

    def remove(self) -> str:
        """The completed object. Returns a sentence on what was left behind, "" when nothing was."""
        gone = remove(self._s3, self.canary.key, self.canary.version_id)
        if gone.is_gone:
            self._done()
            return ""
        return f"Its object {self.canary.key} was left behind: {gone.how}."

    def _done(self) -> None:
        self._ctx.journal.done(self._probe)


def _no_multipart(ctx: Context, refusal: S3Refusal, key: str) -> Verdict:
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id}
    if refusal.is_denied:
        return denied(ctx, refusal, "s3:PutObject", f"{refusal.operation} on {key}")
    return fail(f"{refusal.operation} on {key} was refused {words(refusal)}: the server does not take uploads in "
                "parts.",
                layer=Layer.BACKUP_ENDPOINT_REGION, **facts,
                remedy="Use an endpoint with multipart uploads: dumps above 5 GiB, and streamed ones, cannot be "
                       "stored without.")


def _no_abort(ctx: Context, refusal: S3Refusal, key: str) -> Verdict:
    if refusal.is_denied:
        return denied(ctx, refusal, "s3:AbortMultipartUpload", f"{refusal.operation} on {key}")
    return warn(f"{refusal.operation} on {key} was refused {words(refusal)}: uploads that were cut off stay and cost.",
                remedy="Let a lifecycle rule abort incomplete multipart uploads after a day.", code=refusal.code,
                link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html")
