"""How the canary is put: as the SDKs of AWS put an object, and where that is refused, as everything else does.

Since January 2025 the SDKs send a CRC32 with every PutObject, over TLS in a trailer, and several servers refuse that
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html, https://github.com/boto/boto3/issues/4392).
One PUT with both Content-MD5 and the CRC32 proves that either is taken; only where it is refused are they put one by one.
All of them go to the canary's one key, with the same bytes: it is written down once and removed once.
"""
from __future__ import annotations

from dataclasses import dataclass

from checks.clients.errors import ClientError, Kind
from checks.clients.s3 import S3, S3Refusal, Stored
from checks.providers.backup_storage.canary import Canary
from checks.providers.backup_storage.grants import words

# How servers that do not know a checksum or a trailer fail, besides refusing it.
MAY_BE_CHECKSUMS = (Kind.OUTAGE, Kind.RESET, Kind.TRUNCATED, Kind.NOT_PROTOCOL)
SAYS_WHY = "is not authorized to perform"  # AWS's denial in full: it is no checksum


@dataclass(frozen=True)
class Written:
    """refused: what was answered to the SDK's checksums, where the object was taken without them."""

    stored: Stored
    refused: str = ""


def write(s3: S3, canary: Canary) -> Written:
    """Put the canary. Raises S3Refusal and ClientError of the PUT that no checksum is to blame for."""
    if s3.place.is_aws:
        return Written(_put(s3, canary))
    try:
        return Written(_put(s3, canary, sdk_checksums=True))
    except S3Refusal as refusal:
        if refusal.is_region or refusal.code == "NoSuchBucket" or SAYS_WHY in refusal.message:
            raise
    except ClientError as error:
        canary.may_be_there = True
        if error.kind not in MAY_BE_CHECKSUMS:
            raise
    stored = _put(s3, canary)
    return Written(stored, _refused_alone(s3, canary))


def _refused_alone(s3: S3, canary: Canary) -> str:
    """What is answered to the SDK's own PUT, without Content-MD5; "" when it is taken, or when nobody can tell."""
    try:
        _put(s3, canary, md5=False, sdk_checksums=True)
    except S3Refusal as refusal:
        return words(refusal)
    except ClientError as error:
        canary.may_be_there = True
        return f"({error.detail.rstrip('.')})" if error.kind in MAY_BE_CHECKSUMS else ""
    return ""


def _put(s3: S3, canary: Canary, *, md5: bool = True, sdk_checksums: bool = False) -> Stored:
    stored = s3.put(canary.key, canary.body, md5=md5, sdk_checksums=sdk_checksums)
    canary.wrote(stored.version_id)
    return stored
