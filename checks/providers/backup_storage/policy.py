"""The least IAM policy for one bucket, prefix and intent: as JSON, as Terraform, or in the vendor's own words. Pure.

What a bucket needs besides (versions, a key of KMS) is put in only where a run saw that it is needed. Actions and what
they are granted on: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html; the condition
s3:prefix: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html; versions and objects of a
prefix: https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html; KMS:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.clients.s3 import Place
from checks.providers.backup_storage.presets import preset_of
from checks.providers.backup_storage.where import below, is_write_once, place_of, prefix_of
from checks.providers.base import JsonMap, LeastGrant
from checks.providers.iam_texts import as_json, as_terraform

DELETE = "s3:DeleteObject"
DELETE_VERSION = "s3:DeleteObjectVersion"
# What the rows ask for, then what a tool asks for besides: to resume an upload, to find one that was cut off (as the
# sweep behind a check does), and to learn the region.
UPLOADS = ("s3:ListBucketMultipartUploads", "s3:GetBucketLocation")
OBJECTS = ("s3:GetObject", "s3:PutObject", DELETE, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
OF_VERSIONS = ("s3:GetBucketVersioning", "s3:ListBucketVersions")
ON_THE_BUCKET = ("s3:ListBucket", *UPLOADS, *OF_VERSIONS)
KMS_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
ANY_KEY = "arn:aws:kms:REGION:ACCOUNT_ID:key/KEY_ID"  # as long as no answer named the key


@dataclass(frozen=True)
class Seen:
    """What a run saw of the bucket. kms_key: the ARN, or ANY_KEY where the server named none; "" without KMS."""

    versions: bool = False
    kms_key: str = ""


NOTHING = Seen()


def seen_in(rows: Iterable[JsonMap]) -> Seen:
    """From the facts of a run's verdicts."""
    every = list(rows)
    return Seen(any(facts.get("version_id") for facts in every),
                next((str(facts["kms_key"]) for facts in every if facts.get("kms_key")), ""))


def arn_of(place: Place, action: str, prefix: str) -> str:
    """What an action is granted on: the bucket itself, or the objects below the prefix."""
    return place.arn if action in ON_THE_BUCKET else f"{place.arn}/{below(prefix, '*')}"


def least_policy(settings: JsonMap, seen: Seen = NOTHING) -> dict[str, Any]:
    """The IAM policy document for this bucket, prefix and intent; for write once without any right to delete."""
    where, prefix, keeps = place_of(settings), prefix_of(settings), is_write_once(settings)
    below_it: dict[str, Any] = {"Condition": {"StringLike": {"s3:prefix": [f"{prefix}/*", prefix]}}} if prefix else {}
    listing = ["s3:ListBucket", *(["s3:ListBucketVersions"] if seen.versions and not keeps else [])]
    about = [*UPLOADS, *(["s3:GetBucketVersioning"] if seen.versions else [])]
    objects = [one for one in OBJECTS if not (keeps and one == DELETE)]
    objects += [DELETE_VERSION] if seen.versions and not keeps else []
    statements = [
        {"Sid": "List", "Effect": "Allow", "Action": listing, "Resource": where.arn, **below_it},
        {"Sid": "Bucket", "Effect": "Allow", "Action": about, "Resource": where.arn},
        {"Sid": "Objects", "Effect": "Allow", "Action": objects, "Resource": arn_of(where, DELETE, prefix)},
    ]
    if seen.kms_key:
        statements.append({"Sid": "Key", "Effect": "Allow", "Action": list(KMS_ACTIONS), "Resource": seen.kms_key})
    return {"Version": "2012-10-17", "Statement": statements}


def least_grant(settings: JsonMap, facts: Mapping[str, JsonMap]) -> LeastGrant:
    """For the pages: what to give the key of this integration, and the texts to copy.

    facts: of the rows of the last run, by their slugs.
    """
    where, seen = place_of(settings), seen_in(facts.values())
    prefix = prefix_of(settings)
    known = preset_of(where.host.partition(":")[0])
    if known is not None and known[0].grant:
        return LeastGrant(f"At {known[0].name} the least grant is {known[0].grant}; policies of IAM are not taken there.", {})
    what = f"below {prefix}/ of the bucket {where.bucket}" if prefix else f"in the bucket {where.bucket}"
    may = "write, read and list" if is_write_once(settings) else "write, read, list and delete"
    besides = [text for text, is_so in (
        ("it keeps versions, so the policy has their actions, too", seen.versions),
        ("it encrypts with a key of KMS, so the policy has that key, too", bool(seen.kms_key))) if is_so]
    extra = f" As the last run saw, {' and '.join(besides)}." if besides else ""
    policy = least_policy(settings, seen)
    return LeastGrant(f"All that the key needs is to {may} {what}.{extra}",
                      {"IAM policy": as_json(policy), "Terraform": as_terraform(policy, "backups")})
