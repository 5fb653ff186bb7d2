"""The checks of the bucket: whether it is there, in which region, and what may be listed."""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.s3 import S3, Listing, S3Refusal
from checks.providers.backup_storage.checks_access import asked, backup_storage, vendor_of
from checks.providers.backup_storage.grants import allow, denied, policy_text, proven, words
from checks.providers.backup_storage.policy import arn_of
from checks.providers.backup_storage.where import is_write_once, prefix_of
from checks.providers.base import Context
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

ANY_REGION = ("auto", "us-east-1")  # what servers take that have no regions, whatever they call their own


@backup_storage.check("The bucket is there", layer=Layer.BACKUP_BUCKET_POLICY, needs=["key_accepted"])
def bucket_found(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, name, host = asked(ctx), s3.place.bucket, s3.place.host
    if isinstance(answer, Listing):
        return passed(f"The bucket {name} was found at {host}.")
    if answer.code in ("NoSuchBucket", "404") or (answer.code == "AccessDenied" and _is_missing(ctx)):
        return _no_bucket(ctx, answer)
    if answer.code == "InvalidBucketName":
        return fail(f"{host} does not take {name} for a bucket's name {words(answer)}.",
                    remedy="Write the bucket's name as the provider shows it, without a prefix.", code=answer.code)
    if answer.is_denied:
        return passed(f"The bucket {name} was there: {host} denied to list it {words(answer)}, where S3 says "
                      "NoSuchBucket of one that is not.", code=answer.code)
    if answer.is_region:
        return passed(f"The bucket {name} was there, though in another region {words(answer)}.", code=answer.code)
    return unknown(f"{host} answered {words(answer)} when the bucket {name} was listed.", cause=Cause.PROVIDER,
                   remedy="Look the code up in the provider's documentation, then check again.", code=answer.code)


def _is_missing(ctx: Context) -> bool:
    """Some servers deny before they look for the bucket; a HEAD then still says 404."""
    try:
        region_of_bucket(ctx)
    except S3Refusal as refusal:
        return refusal.status == 404
    except ClientError:
        return False
    return False


def _no_bucket(ctx: Context, answer: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    vendor = vendor_of(ctx)
    page = f"https://s3.console.aws.amazon.com/s3/buckets?region={s3.place.region}" if s3.place.is_aws else ""
    if vendor is not None and vendor.name == "Cloudflare R2":
        extra = ", in the jurisdiction that the endpoint names"
    else:
        extra = ", in this region" if vendor or s3.place.is_aws else ""
    return fail(f"{s3.place.host} has no bucket {s3.place.bucket} {words(answer)}.", link=page, code=answer.code,
                request_id=answer.request_id,
                remedy=f"Correct the bucket's name, or make a private bucket with this name{extra}, in the account "
                       "that the access key belongs to.")


def region_of_bucket(ctx: Context) -> str:
    """What HeadBucket says, asked once a run. Raises S3Refusal, which has the region where the server names it."""
    s3: S3 = ctx.client
    found: str = ctx.once("head bucket", s3.bucket_region)
    return found


@backup_storage.check("The region is the bucket's", layer=Layer.BACKUP_ENDPOINT_REGION, needs=["bucket_found"])
def region_matches(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, place = asked(ctx), s3.place
    if isinstance(answer, S3Refusal) and answer.is_region:
        return _refused(ctx, answer)
    right = answer.region or (_hinted(ctx) if _is_worth_asking(ctx) else "")
    if not right:
        return passed(f"{place.host} served the bucket {place.bucket} with the region {place.region}; the server told "
                      "no region.",
                      region=place.region)
    if right == place.region:
        return passed(f"The bucket {place.bucket} was in {right}, as entered.", region=right)
    if not place.is_aws and place.region in ANY_REGION:
        return passed(f"{place.host} took the region {place.region} for the bucket {place.bucket}, which it calls "
                      f"{right}.",
                      region=right)
    return warn(f"Requests for the region {place.region} were served, and the bucket {place.bucket} is in {right}: "
                "other tools may be redirected or refused.",
                region=place.region, expected_region=right, link=_console(ctx), suggested=_right(ctx, right),
                remedy=f"Set the region of this integration to {right}.")


def _refused(ctx: Context, answer: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    place, right = s3.place, answer.region or _hinted(ctx)
    where = f": the bucket {place.bucket} is in {right}" if right else ""
    offered = _right(ctx, right) if right else {}
    endpoint = offered.get("endpoint") or "" if place.is_aws else offered.get("endpoint") or "the one of that region"
    facts: dict[str, Any] = {"suggested": offered} if offered else {}
    return fail(f"{place.host} refused requests for the region {place.region} {words(answer)}{where}.",
                code=answer.code, expected_region=right, region=place.region, link=_console(ctx), **facts,
                remedy=f"Set the region of this integration to {right or 'the one that the provider shows'}"
                       f"{endpoint and f', and the endpoint to {endpoint}'}.")


def _right(ctx: Context, region: str) -> dict[str, str]:
    """The settings for a bucket of this region: at a vendor whose hosts name the region the endpoint, too."""
    vendor = vendor_of(ctx)
    endpoint = vendor.at(region) if vendor is not None and vendor.label and ctx.settings.get("endpoint") else ""
    s3: S3 = ctx.client
    return {"region": region, **({"endpoint": endpoint} if endpoint and not s3.place.is_aws else {})}


def _is_worth_asking(ctx: Context) -> bool:
    """Whether HeadBucket could still say something that the listing did not. On an endpoint of one's own it changes
    nothing where the region is the one that such servers take for any, or the host of a vendor names it."""
    s3: S3 = ctx.client
    vendor = vendor_of(ctx)
    return s3.place.is_aws or not ctx.settings.get("endpoint") or (s3.place.region not in ANY_REGION and vendor is None)


def _hinted(ctx: Context) -> str:
    try:
        return region_of_bucket(ctx)
    except S3Refusal as refusal:
        return refusal.region
    except ClientError as error:
        if error.kind is Kind.CLOSED:
            raise
        return ""


def _console(ctx: Context) -> str:
    s3: S3 = ctx.client
    if s3.place.is_aws:
        return f"https://s3.console.aws.amazon.com/s3/buckets/{s3.place.bucket}?tab=properties"
    vendor = vendor_of(ctx)
    return vendor.page if vendor else ""


@backup_storage.check("The key can list the prefix", layer=Layer.BACKUP_BUCKET_POLICY, needs=["bucket_found"],
                      optional_when=is_write_once)
def prefix_listable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, prefix = asked(ctx), prefix_of(ctx.settings)
    below = f"{prefix}/ in {s3.place.bucket}" if prefix else f"the bucket {s3.place.bucket}"
    if isinstance(answer, Listing):
        return proven(passed(f"The key listed {below}."), "s3:ListBucket")
    if answer.is_denied:
        return denied(ctx, answer, "s3:ListBucket", f"ListObjectsV2 on {below}")
    if answer.is_region:
        return unknown(f"{below} could not be listed {words(answer)}: the region stood in the way.", cause=Cause.YOURS,
                       layer=Layer.BACKUP_ENDPOINT_REGION, remedy="Set the right region first.", code=answer.code)
    remedy, link = allow(s3.place, ("s3:ListBucket",), arn_of(s3.place, "s3:ListBucket", prefix))
    return fail(f"ListObjectsV2 on {below} was refused {words(answer)}.", remedy=remedy, link=link, code=answer.code,
                policy=policy_text(ctx))
