"""What the key must be granted, what it was seen to have, and what a denial says of who denied.

Grammar of AWS's denials: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from checks.clients.s3 import S3, Place, S3Refusal
from checks.providers.backup_storage.policy import (
    ANY_KEY,
    DELETE,
    DELETE_VERSION,
    KMS_ACTIONS,
    arn_of,
    least_policy,
    seen_in,
)
from checks.providers.backup_storage.presets import preset_of
from checks.providers.backup_storage.where import is_write_once, prefix_of
from checks.providers.base import Context
from checks.providers.grants import grant_facts, with_facts
from checks.providers.iam_texts import as_json
from checks.verdict import Layer, Status, Verdict, fail

PROVEN_BY = {
    "prefix_listable": "s3:ListBucket", "object_writable": "s3:PutObject", "object_readable": "s3:GetObject",
    "multipart_supported": "s3:AbortMultipartUpload", "object_deletable": "s3:DeleteObject"}
NEEDED_FOR = {
    "s3:ListBucket": "find backups, and prune old ones", "s3:PutObject": "write a backup", "s3:GetObject": "restore",
    "s3:AbortMultipartUpload": "end a large upload that was cut off", DELETE: "prune old backups",
    DELETE_VERSION: "prune their versions", "kms:GenerateDataKey": "write, encrypted", "kms:Decrypt": "restore"}
LETS = "delete every backup below the prefix"
DENIED_BY = re.compile(
    r"because no (?P<missing>[\w -]+?) (?:policy |)allows the (?P<action>\S+) action"
    r"|with an explicit deny in (?:an?|the) (?P<by>[\w -]+?policy|permissions boundary)", re.IGNORECASE)
KMS = re.compile(r"\bkms:\w+", re.IGNORECASE)
KMS_CODES = ("KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException", "KMSDisabledException")
KMS_KEY = re.compile(r"arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")


def seen_granted(ctx: Context) -> list[str]:
    """The actions that this run has already seen to work."""
    worked = (Status.PASS, Status.WARN)
    return [action for slug, action in PROVEN_BY.items() if slug in ctx.seen and ctx.seen[slug].status in worked]


def policy_text(ctx: Context, **facts: Any) -> str:
    """The least policy for what was seen so far, this verdict's own facts among it, as text to copy."""
    return as_json(least_policy(ctx.settings, seen_in([*(verdict.facts for verdict in ctx.seen.values()), facts])))


def with_grants(verdict: Verdict, required: Sequence[str], granted: Sequence[str], **told: Any) -> Verdict:
    """The verdict with its table of granted against required. told: see grant_facts."""
    return with_facts(verdict, grant_facts({action: NEEDED_FOR.get(action, "") for action in required}, granted, **told))


def proven(verdict: Verdict, *actions: str) -> Verdict:
    """The verdict of a row that saw these actions work."""
    return with_grants(verdict, actions, actions)


def excessive(verdict: Verdict, action: str) -> Verdict:
    """The verdict of a row that saw an action work which no backup of this intent needs."""
    return with_grants(verdict, (), (action,), lets={action: LETS})


def operations(ctx: Context) -> list[str]:
    """Every action that the rows prove, for this intent."""
    return [action for action in PROVEN_BY.values() if not (is_write_once(ctx.settings) and action == DELETE)]


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
    facts: dict[str, Any] = {"policy": policy_text(ctx), "code": refusal.code, "request_id": refusal.request_id}
    if (kms := KMS.search(refusal.message)) is not None or refusal.code in KMS_CODES:
        lacking = [kms[0]] if kms else []
        return with_grants(_kms(ctx, refusal, kms[0] if kms else "", what), KMS_ACTIONS, (), missing=lacking, told=False)
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
    every = operations(ctx)
    return with_grants(verdict, every if action in every else [*every, action], seen_granted(ctx), missing=[action], told=False)


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


def _kms(ctx: Context, refusal: S3Refusal, action: str, what: str) -> Verdict:
    """The bucket encrypts with a key of KMS, and that key is not to be had."""
    named = KMS_KEY.search(refusal.message)
    key = named[0] if named else ANY_KEY
    facts: dict[str, Any] = {"policy": policy_text(ctx, kms_key=key), "kms_key": key, "code": refusal.code,
                             "request_id": refusal.request_id}
    which = f"the KMS key {key}" if named else "the bucket's KMS key"
    where, _, number = key.partition(":key/")
    link = (f"https://console.aws.amazon.com/kms/home?region={where.split(':')[3]}#/kms/keys/{number}" if named
            else "https://console.aws.amazon.com/kms/home")
    allow_it = (f"Allow kms:GenerateDataKey and kms:Decrypt on {which}, in its key policy (KMS → Customer managed keys → "
                "Key policy → Key users) and in the policy of this user")
    if refusal.code in KMS_CODES:
        return fail(f"{what} was denied {words(refusal)}: {which} is disabled, deleted or not there.", link=link,
                    layer=Layer.BACKUP_BUCKET_POLICY, **facts,
                    remedy="Enable that key (KMS → Customer managed keys → Key actions → Enable), or choose another one in "
                           f"the bucket's Properties → Default encryption. {allow_it}.")
    return fail(f"{what} was denied {words(refusal)}: the key may not use {which} ({action}).", link=link,
                layer=Layer.BACKUP_BUCKET_POLICY, **facts, remedy=f"{allow_it}, and see that it is enabled.")
