"""The last checks: the canary is deleted, nobody else could read it, and the key is not the one that provisions."""
from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from checks.clients.s3 import S3, S3Refusal
from checks.providers.backup_storage.canary import Canary, the_canary, unsigned
from checks.providers.backup_storage.checks_objects import backup_storage
from checks.providers.backup_storage.grants import allow, denied, excessive, policy_text, proven, words
from checks.providers.backup_storage.policy import DELETE, DELETE_VERSION, arn_of
from checks.providers.backup_storage.removal import confirm, remove_versions
from checks.providers.backup_storage.where import is_write_once, prefix_of
from checks.providers.base import Context
from checks.verdict import Layer, Verdict, fail, passed, warn

LOCK = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"
PUBLIC_ACCESS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
SHARED_FIELDS = {"access_key_id": "access key id", "secret_access_key": "secret access key"}


@backup_storage.check("The key can delete", layer=Layer.BACKUP_BUCKET_POLICY, needs=["object_writable"],
                      after=["object_readable", "multipart_supported"], optional_when=is_write_once)
def object_deletable(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    canary, write_once = the_canary(ctx), is_write_once(ctx.settings)
    try:
        marker = s3.delete(canary.key).marker
    except S3Refusal as refusal:
        return _not_deleted(ctx, canary, refusal)
    gone = confirm(s3, canary.key)
    if not gone.is_gone:
        return fail(f"DeleteObject on {canary.key} was answered with yes, and {gone.how}: the object is left behind.",
                    remedy="See that the endpoint leads to one server or one replicated store, and delete the object "
                           "by hand.",
                    left_behind=[canary.key])
    stays = _version_that_stays(ctx, canary, marker)
    if stays is not None:
        return stays
    ctx.journal.done(canary.probe)
    if write_once:
        return excessive(warn(
            f"The key could delete {canary.key} ({gone.how}), though this storage is declared write once.",
            remedy=f"Take {DELETE} on {arn_of(s3.place, DELETE, prefix_of(ctx.settings))} "
                   "away from the key, or declare that it may delete.", policy=policy_text(ctx)), DELETE)
    versions = " and the version itself was removed" if canary.versions else ""
    verdict = passed(f"DeleteObject removed {canary.key} from {s3.place.bucket}{versions}; {gone.how}.")
    return proven(verdict, DELETE, *([DELETE_VERSION] if canary.versions else []))


def _not_deleted(ctx: Context, canary: Canary, refusal: S3Refusal) -> Verdict:
    s3: S3 = ctx.client
    left = f"The canary of 1 KiB is left behind: {canary.key} in {s3.place.bucket}."
    if is_write_once(ctx.settings) and refusal.is_denied:
        return passed(f"DeleteObject on {canary.key} was denied {words(refusal)}, as it should be for write once. "
                      f"{left}",
                      left_behind=[canary.key], code=refusal.code)
    if refusal.is_denied:
        verdict = denied(ctx, refusal, DELETE, f"DeleteObject on {canary.key}")
        return replace(verdict, evidence=f"{verdict.evidence} {left}",
                       facts={**verdict.facts, "left_behind": [canary.key]})
    return fail(f"DeleteObject on {canary.key} was refused {words(refusal)}. {left}", code=refusal.code,
                remedy="Use an endpoint that deletes objects, and delete this one by hand.", left_behind=[canary.key])


def _version_that_stays(ctx: Context, canary: Canary, marker: str) -> Verdict | None:
    """In a bucket with versions the bytes are still there: each is removed by its id, if that is allowed."""
    s3: S3 = ctx.client
    stays = remove_versions(s3, canary.key, _versions(s3, canary, marker), marker)
    if not stays:
        return None
    ids = list(stays)
    mode, until = _retained(s3, canary, ids[0])
    which = f"the version {ids[0]} of 1 KiB stays" if len(ids) == 1 else f"the versions {', '.join(ids)} of 1 KiB stay"
    why = f" It is locked until {until}{mode and f', in {mode} mode'}." if until else ""
    arn = arn_of(s3.place, DELETE_VERSION, prefix_of(ctx.settings))
    expire = f"let a lifecycle rule expire noncurrent versions below {canary.key.rpartition('/')[0]}/ after a day"
    remedy, link = allow(s3.place, (DELETE_VERSION,), arn)
    if until:
        remedy, link = (f"Shorten the bucket's Properties → Object Lock → Default retention if backups need not be kept so "
                        f"long, and {expire}; while the lock lasts nothing else can remove it."), LOCK
    else:
        remedy = f"{remedy} Or {expire}. A bucket with object lock keeps it until its retention ends."
    return warn(f"DeleteObject hid {canary.key} behind a delete marker, and {which} in {s3.place.bucket}: removing it was "
                f"refused {words(stays[ids[0]])}.{why}", remedy=remedy, link=link, left_behind=[canary.key],
                version_id=ids[0], code=stays[ids[0]].code, policy=policy_text(ctx, version_id=ids[0]))


def _versions(s3: S3, canary: Canary, marker: str) -> list[str]:
    """Those that the server named as they were written; all that it lists, where one may have gone unnamed."""
    if (marker or canary.versions) and (canary.may_be_there or not canary.versions):
        with suppress(S3Refusal):
            return [one for one in s3.versions(canary.key) if one != marker]
    return canary.versions


def _retained(s3: S3, canary: Canary, version: str) -> tuple[str, str]:
    """The mode of its lock and the end of it, "" where the key may not read them or there is none."""
    try:
        headers = s3.head(canary.key, version)
    except S3Refusal:
        return "", ""
    return headers.get("x-amz-object-lock-mode", ""), headers.get("x-amz-object-lock-retain-until-date", "")


@backup_storage.check("Nobody else can read the bucket", layer=Layer.BACKUP_BUCKET_POLICY, needs=["object_writable"],
                      required=False)
def bucket_not_public(ctx: Context) -> Verdict:
    s3: S3 = ctx.client
    answer, key = unsigned(ctx), the_canary(ctx).key
    remedy = ("Turn on “Block all public access” for the bucket, and take statements with Principal * and public ACLs "
              "off it."
              if s3.place.is_aws else "Make the bucket private: take away its public or anonymous read policy and "
                                      "public ACLs.")
    link = (f"https://s3.console.aws.amazon.com/s3/buckets/{s3.place.bucket}?region={s3.place.region}&tab=permissions"
            if s3.place.is_aws else PUBLIC_ACCESS)
    if answer.readable:
        return fail(f"Anybody could read {key} in {s3.place.bucket}: a GET without any key gave its bytes.",
                    remedy=remedy,
                    link=link)
    if answer.listable:
        return fail(f"Anybody could list the bucket {s3.place.bucket} without a key, though not read {key}.",
                    remedy=remedy,
                    link=link)
    if answer.status == "200":
        return passed(f"A GET of {key} without any key gave something else than its bytes; nobody else could read it.")
    return passed(f"A GET of {key} without any key was refused ({answer.status}).", code=answer.status)


@backup_storage.check("The key is not the one that provisions", layer=Layer.BACKUP_KEYS, required=False)
def key_separate_from_aws(ctx: Context) -> Verdict:
    """By fingerprint, so that no secret is compared in the open."""
    own = ctx.known.get("own", {})
    others = [other for other in ctx.known.get("others", ()) if other.get("provisions")]
    for other in others:
        theirs = other.get("fingerprints", {})
        same = [name for field, name in SHARED_FIELDS.items() if own.get(field) and own[field] == theirs.get(field)]
        if same:
            return warn(f"The {' and the '.join(same)} of this storage and of the AWS integration "
                        f"{other['integration']} were the same: who can write backups could start machines, and the "
                        "reverse.",
                        remedy="Make an access key of its own for backups, with the least policy of this page, and "
                               "enter it here.",
                        link="https://console.aws.amazon.com/iam/home#/users", integration=str(other["integration"]))
    if not others:
        return passed("No AWS integration of this Organisation was there to compare the key with.", compared=0)
    count = f"{len(others)} AWS integration{'s' if len(others) > 1 else ''}"
    return passed(f"The key was compared with {count} of this Organisation, and shared with none.",
                  compared=len(others))
