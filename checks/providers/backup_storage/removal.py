"""Taking away what a check has put, and seeing that it is gone: only ever keys and uploads of our own.

In a bucket with versions a DeleteObject only hides the object behind a marker
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html), so the version is removed by its id, and the
marker only after it: the other way round would show the object again.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checks.clients.s3 import S3, S3Refusal
from checks.providers.base import JsonMap

PROBE_FOLDER = ".dflow-probe"
OBJECT, UPLOAD = "object", "multipart"


@dataclass(frozen=True)
class Gone:
    """is_gone: confirmed. how: what confirmed it, or what stands against it, as half a sentence."""

    is_gone: bool
    how: str


def is_ours(key: str) -> bool:
    """Whether a key can be one that a check has put. Nothing else is ever deleted."""
    return f"/{PROBE_FOLDER}/" in f"/{key}"


def confirm(s3: S3, key: str) -> Gone:
    """Whether an object is hidden or gone. A key that may not list gets 403 for what is not there: then the list is
    asked, and where that is denied, too, the server's own answer to the DeleteObject stands alone."""
    try:
        s3.head(key)
    except S3Refusal as refusal:
        if refusal.is_missing:
            return Gone(True, "a HEAD then said 404")
        if not refusal.is_denied:
            return Gone(False, f"a HEAD then said {refusal.code}")
    else:
        return Gone(False, "a HEAD then still found it")
    try:
        found = s3.list_below(key).keys
    except S3Refusal:
        return Gone(True, "the server said so; a HEAD then said 403, as it does to a key that may neither list nor "
                          "read")
    return Gone(not found, "the listing then still showed it" if found else "the listing then no longer showed it "
                                                                            "(HEAD said 403)")


def remove_versions(s3: S3, key: str, versions: Sequence[str], marker: str = "") -> dict[str, S3Refusal]:
    """These versions of one of our objects, and once none of them is left the marker that hides it.

    Returns what stays, each with its refusal.
    """
    stays: dict[str, S3Refusal] = {}
    for one in [*versions, marker]:
        if one and not (stays and one == marker):
            try:
                s3.delete(key, one)
            except S3Refusal as refusal:
                if not refusal.is_missing:
                    stays[one] = refusal
    return stays


def remove(s3: S3, key: str, *versions: str) -> Gone:
    """Delete one of our objects with its versions, and confirm it. versions: those that are known."""
    try:
        removed = s3.delete(key)
    except S3Refusal as refusal:
        return Gone(refusal.is_missing, f"DeleteObject was refused ({refusal.code})")
    gone = confirm(s3, key)
    known = [one for one in versions if one]
    if not gone.is_gone or not (known or removed.marker):
        return gone
    try:
        every = [one for one in s3.versions(key) if one != removed.marker] or known
    except S3Refusal as refusal:
        if not known:
            return Gone(False, f"its versions could not be listed ({refusal.code})")
        every = known
    stays = remove_versions(s3, key, every, removed.marker)
    if stays:
        first = next(iter(stays))
        return Gone(False, f"the version {first} stays ({stays[first].code})")
    return gone


def clean_up(client: Any, kind: str, details: JsonMap) -> bool:
    """What a dead run left: True once it is confirmed gone. Raises ClientError when it cannot be asked now."""
    s3: S3 = client
    key, bucket = str(details.get("key") or ""), str(details.get("bucket") or s3.place.bucket)
    if not is_ours(key) or bucket != s3.place.bucket:
        return False  # the integration was pointed at another bucket since: nothing of ours is reachable by this key
    if kind == UPLOAD and not _aborted(s3, key, str(details.get("upload_id") or "")):
        return False
    try:
        version = s3.head(key).get("x-amz-version-id", "")
    except S3Refusal as refusal:
        if refusal.is_missing:
            return _hidden_removed(s3, key, refusal)
        version = ""
    return remove(s3, key, "" if version == "null" else version).is_gone


def _hidden_removed(s3: S3, key: str, missing: S3Refusal) -> bool:
    """The object is not there: its versions may be, behind a marker. A DeleteObject would only add another marker."""
    try:
        versions = s3.versions(key)
    except S3Refusal:
        return "x-amz-delete-marker" not in missing.headers
    return not remove_versions(s3, key, versions)


def _aborted(s3: S3, key: str, upload_id: str) -> bool:
    """Abort the uploads of one of our keys: the one that is known, or those that the list names."""
    try:
        for one in [upload_id] if upload_id else s3.uploads(key):
            s3.abort_upload(key, one)
    except S3Refusal as refusal:
        return refusal.code == "NoSuchUpload" or refusal.is_missing
    return True
