"""The checks of one object: written, read back, and written in parts as backup tools do with large dumps."""
from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from checks.clients.errors import ClientError
from checks.clients.s3 import S3, S3Refusal, Stored
from checks.providers.backup_storage.canary import Canary, the_canary, unsigned
from checks.providers.backup_storage.checks_access import asked
from checks.providers.backup_storage.checks_bucket import backup_storage
from checks.providers.backup_storage.grants import denied, policy_text, proven, words
from checks.providers.backup_storage.removal import remove
from checks.providers.backup_storage.uploads import abort_one, complete_one
from checks.providers.backup_storage.writing import Written, write
from checks.providers.base import Context
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

WAYS_TO_ENCRYPT = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS"}  # the header's value, and what the console calls it
DEFAULT_ENCRYPTION = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html"
SDK_CHECKSUMS = "https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html"
WHEN_REQUIRED = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"}


@backup_storage.check("The key can write", layer=Layer.BACKUP_BUCKET_POLICY, needs=["bucket_found"])
def object_writable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    listed = asked(ctx)
    if isinstance(listed, S3Refusal) and listed.is_region:
        return _wrong_region("PutObject", listed)
    canary = the_canary(ctx)
    try:
        written = write(s3, canary)
    except S3Refusal as refusal:
        verdict = _not_written(ctx, canary, refusal)
        if not canary.may_be_there:
            ctx.journal.done(canary.probe)
        return verdict
    with suppress(ClientError, S3Refusal):
        unsigned(ctx)  # while it is there: bucket_not_public reads this answer later
    return _written(s3, canary, written)


def _written(s3: S3, canary: Canary, written: Written) -> Verdict:
    stored = written.stored
    facts: dict[str, Any] = {"key": canary.key, "version_id": stored.version_id}
    facts.update({"kms_key": stored.kms_key} if stored.kms_key else {})
    versions = " The bucket keeps versions." if stored.version_id else ""
    encrypted = f" It was encrypted with the KMS key {stored.kms_key}." if stored.kms_key else ""
    how = "Content-MD5" if s3.place.is_aws or written.refused else "Content-MD5 and the CRC32 of AWS's SDKs"
    said = f"PutObject wrote {len(canary.body)} bytes with {how} to {canary.key} in {s3.place.bucket}.{versions}{encrypted}"
    if not written.refused:
        return proven(passed(said, **facts), "s3:PutObject")
    settings = " and ".join(f"{name}={value}" for name, value in WHEN_REQUIRED.items())
    verdict = warn(f"{said} The endpoint rejects SDK-default checksums: the same object with the CRC32 that the SDKs and the "
                f"CLI of AWS send by themselves since 2025 was refused {written.refused}.",
                remedy=f"Set {settings} in the environment of what writes the backups, or update the server.",
                   link=SDK_CHECKSUMS, layer=Layer.BACKUP_ENDPOINT_REGION, environment=WHEN_REQUIRED, **facts)
    return proven(verdict, "s3:PutObject")


def _not_written(ctx: Context, canary: Canary, refusal: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    what = f"PutObject on {canary.key}"
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id, "policy": policy_text(ctx)}
    if refusal.code == "NoSuchBucket":
        return fail(f"{what} found no bucket {s3.place.bucket} {words(refusal)}.", **facts,
                    remedy="Correct the bucket's name, or make the bucket.")
    if refusal.is_region:
        return _wrong_region(what, refusal)
    if "Object Lock" in refusal.message:
        return fail(f"{what} was refused {words(refusal)}: the bucket has object lock, and the server did not take "
                    f"the Content-MD5 that was sent (“{refusal.message}”).", **facts,
                    link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html",
                    remedy="Turn the default retention off (the bucket's Properties → Object Lock → Default retention), or "
                           "use a bucket without object lock for these backups.")
    if refusal.code in ("QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "XMinioAdminBucketQuotaExceeded"):
        return fail(f"{what} was refused {words(refusal)}: the storage is full.", **facts,
                    remedy="Make room in the bucket, or raise its quota.")
    if refusal.is_denied and (way := _demanded_encryption(s3, canary)) is not None:
        return _encryption(what, refusal, *way, facts)
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


def _demanded_encryption(s3: S3, canary: Canary) -> tuple[str, Stored] | None:
    """The same object once more, with the header; what was written is taken away at once."""
    for value in WAYS_TO_ENCRYPT:
        try:
            stored = s3.put(canary.key, canary.body, ServerSideEncryption=value)
        except (S3Refusal, ClientError):
            continue
        canary.may_be_there = not remove(s3, canary.key, stored.version_id).is_gone
        return value, stored
    return None


def _encryption(what: str, refusal: S3Refusal, value: str, stored: Stored, facts: dict[str, Any]) -> Verdict:
    facts = {**facts, **({"kms_key": stored.kms_key} if stored.kms_key else {})}
    return fail(f"{what} was denied {words(refusal)}, and allowed once it asked for server-side encryption ({value}): the "
                "bucket's policy demands the header x-amz-server-side-encryption, which backup tools do not send.",
                link=DEFAULT_ENCRYPTION, **facts,
                remedy=f"Turn on default encryption for the bucket (Properties → Default encryption → "
                       f"{WAYS_TO_ENCRYPT[value]}), and drop from its policy (Permissions → Bucket policy) the statement "
                       "that denies s3:PutObject by the condition s3:x-amz-server-side-encryption.")


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
    verdict = passed(f"GetObject gave the {len(body)} bytes of {canary.key} back, with the same SHA-256.", sha256=mine)
    return proven(verdict, "s3:GetObject")


@backup_storage.check("Large backups can be uploaded in parts", layer=Layer.BACKUP_BUCKET_POLICY,
                      needs=["object_writable"], after=["object_readable"])
def multipart_supported(ctx: Context) -> Verdict:
    """Create, one part, complete; then create and abort. It writes the canary anew, so it comes after its reading.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
    """
    s3: S3 = ctx.client
    try:
        left = complete_one(ctx)
    except S3Refusal as refusal:
        return _no_multipart(ctx, refusal)
    try:
        abort_one(ctx)
    except S3Refusal as refusal:
        return _no_abort(ctx, refusal)
    said = f"A multipart upload to {s3.place.bucket} was completed, and another one aborted."
    return proven(passed(f"{said} {left}".rstrip()), "s3:PutObject", "s3:AbortMultipartUpload")


def _no_multipart(ctx: Context, refusal: S3Refusal) -> Verdict:
    key = the_canary(ctx).key
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id}
    if refusal.is_denied:
        return denied(ctx, refusal, "s3:PutObject", f"{refusal.operation} on {key}")
    return fail(f"{refusal.operation} on {key} was refused {words(refusal)}: the server does not take uploads in "
                "parts.",
                layer=Layer.BACKUP_ENDPOINT_REGION, **facts,
                remedy="Use an endpoint with multipart uploads: dumps above 5 GiB, and streamed ones, cannot be "
                       "stored without.")


def _no_abort(ctx: Context, refusal: S3Refusal) -> Verdict:
    key = the_canary(ctx).key
    if refusal.is_denied:
        return denied(ctx, refusal, "s3:AbortMultipartUpload", f"{refusal.operation} on {key}")
    return warn(f"{refusal.operation} on {key} was refused {words(refusal)}: uploads that were cut off stay and cost.",
                remedy="Let a lifecycle rule abort incomplete multipart uploads after a day.", code=refusal.code,
                link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html")
