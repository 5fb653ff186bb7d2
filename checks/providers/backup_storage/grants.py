"""What the key must be granted, what it was seen to have, and what a denial says of who denied.

Grammar of AWS's denials: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""
from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from checks.clients.s3 import S3, Place, S3Refusal
from checks.providers.backup_storage.presets import preset_of
from checks.providers.base import Context, JsonMap
from checks.verdict import Layer, Status, Verdict, fail

PROVEN_BY = {
    "prefix_listable": "s3:ListBucket", "object_writable": "s3:PutObject", "object_readable": "s3:GetObject",
    "multipart_supported": "s3:AbortMultipartUpload", "object_deletable": "s3:DeleteObject"}
DENIED_BY = re.compile(
    r"because no (?P<missing>[\w -]+?) (?:policy |)allows the (?P<action>\S+) action"
    r"|with an explicit deny in (?:an?|the) (?P<by>[\w -]+?policy|permissions boundary)", re.IGNORECASE)
KMS = re.compile(r"\bkms:\w+", re.IGNORECASE)
KMS_CODES = ("KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException", "KMSDisabledException")
KMS_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation")
OBJECT_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload",
                  "s3:ListMultipartUploadParts")


def prefix_of(settings: JsonMap) -> str:
    """The prefix without slashes around it; it may be blank, and is stored as it was typed."""
    return str(settings.get("prefix") or "").strip("/")


def below(prefix: str, name: str) -> str:
    """A key below the prefix."""
    return f"{prefix}/{name}" if prefix else name


def is_write_once(settings: JsonMap) -> bool:
    return settings.get("intent") == "write_once"


def arn_of(place: Place, action: str, prefix: str) -> str:
    """What an action is granted on: the bucket itself, or the objects below the prefix."""
    return place.arn if action in BUCKET_ACTIONS else f"{place.arn}/{below(prefix, '*')}"


def policy(place: Place, settings: JsonMap) -> str:
    """The least IAM policy for this bucket and prefix, as text to copy; for write once without the right to delete."""
    prefix, write_once = prefix_of(settings), is_write_once(settings)
    listing: dict[str, Any] = {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": place.arn}
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}/*", prefix]}}
    objects = [action for action in OBJECT_ACTIONS if not (write_once and action == "s3:DeleteObject")]
    return json.dumps({"Version": "2012-10-17", "Statement": [
        listing,
        {"Sid": "Uploads", "Effect": "Allow", "Action": list(BUCKET_ACTIONS[1:]), "Resource": place.arn},
        {"Sid": "Objects", "Effect": "Allow", "Action": objects, "Resource": arn_of(place, "s3:PutObject", prefix)},
    ]}, indent=2)


def seen_granted(ctx: Context) -> list[str]:
    """The actions that this run has already seen to work."""
    worked = (Status.PASS, Status.WARN)
    return [action for slug, action in PROVEN_BY.items() if slug in ctx.seen and ctx.seen[slug].status in worked]


def with_grants(verdict: Verdict, required: Sequence[str], granted: Sequence[str]) -> Verdict:
    """The verdict with its table of granted against required."""
    return replace(verdict, facts={**verdict.facts, "required": list(required), "granted": list(granted)})


def words(refusal: S3Refusal) -> str:
    """The code and the request id, as they stand in brackets behind a sentence."""
    number = f", request {refusal.request_id}" if refusal.request_id else ""
    return f"({refusal.code}{number})"


def who_denied(refusal: S3Refusal) -> str:
    """Which policy denied, as a sentence; "" when the server does not say, as most do not."""
    found = DENIED_BY.search(refusal.message)
    if found is None:
        return ""
    if found["by"]:
        return f" An explicit deny in the {found['by'].lower()} refused it."
    missing = found["missing"].lower()
    return f" No {missing}{'' if 'boundary' in missing else ' policy'} allows {found['action']}."


def denied(ctx: Context, refusal: S3Refusal, action: str, what: str) -> Verdict:
    """A verb was denied: what is granted against what is required, and the least policy to copy.

    what: begins the evidence, as in "PutObject on KEY".
    """
    s3: S3 = ctx.client
    prefix = prefix_of(ctx.settings)
    facts: dict[str, Any] = {"policy": policy(s3.place, ctx.settings), "code": refusal.code,
                             "request_id": refusal.request_id}
    if (kms := KMS.search(refusal.message)) is not None or refusal.code in KMS_CODES:
        return with_grants(_kms(refusal, kms[0] if kms else "", what, facts), KMS_ACTIONS, ())
    arn = arn_of(s3.place, action, prefix)
    remedy, link = allow(s3.place, (action,), arn)
    found = DENIED_BY.search(refusal.message)
    layer = Layer.BACKUP_BUCKET_POLICY
    if found is not None and "service control" in (found["by"] or found["missing"]).lower():
        remedy = f"Have the administrator of your AWS organisation allow {action} on {arn} there (SCP)."
        layer = Layer.AWS_SCP
    elif found is not None and found["by"]:
        remedy = f"Take {action} on {arn} out of the explicit deny, then check again. {remedy}"
    verdict = fail(f"{what} was denied {words(refusal)}.{who_denied(refusal)}", layer=layer, remedy=remedy, link=link,
                   **facts)
    granted = seen_granted(ctx)
    return with_grants(verdict, [action, *granted], granted)


def allow(place: Place, actions: Sequence[str], arn: str) -> tuple[str, str]:
    """The remedy for a missing grant, and the page where it is made."""
    remedy = f"Allow {' and '.join(actions)} on {arn}."
    known = preset_of(place.host.partition(":")[0])
    if place.is_aws:
        return remedy, f"https://s3.console.aws.amazon.com/s3/buckets/{place.bucket}?region={place.region}&tab=permissions"
    if known is None:
        return remedy, ""
    if known[0].grant:
        remedy = f"Give the key {' and '.join(actions)} on {arn}: at {known[0].name} that is {known[0].grant}."
    return remedy, known[0].keys


def _kms(refusal: S3Refusal, action: str, what: str, facts: dict[str, Any]) -> Verdict:
    """The bucket encrypts with a key of KMS, and that key is not to be had."""
    why = "the bucket's KMS key is disabled, deleted or not there" if refusal.code in KMS_CODES \
        else f"the key may not use the bucket's KMS key ({action})"
    return fail(f"{what} was denied {words(refusal)}: {why}.", layer=Layer.BACKUP_BUCKET_POLICY,
                link="https://console.aws.amazon.com/kms/home", **facts,
                remedy="Allow kms:GenerateDataKey and kms:Decrypt on the bucket's KMS key, in its key policy and to "
                       "this user, and see that the key is enabled.")
