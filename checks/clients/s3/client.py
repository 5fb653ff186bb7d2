"""A client of one bucket: the few operations that a backup tool needs, each one request.

Every method raises S3Refusal when the server says no, and ClientError when there is no answer to the question.
"""
from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from checks.clients.aws_wire import Keys, make_client, plain_error
from checks.clients.errors import ClientError
from checks.clients.http import Response
from checks.clients.s3.place import Place
from checks.clients.s3.refusal import look, of_outage, told


@dataclass(frozen=True)
class Listing:
    """keys: at most what was asked for. region: what the server calls the bucket's region, "" where it does not say."""

    keys: tuple[str, ...]
    region: str
    server: str


@dataclass(frozen=True)
class Stored:
    """version_id: "" in a bucket without versions. kms_key: the ARN of the key that it was encrypted with, "" for none."""

    version_id: str
    kms_key: str = ""


@dataclass(frozen=True)
class Removed:
    """marker: the version id of a delete marker that now hides the object, "" where none was made."""

    marker: str


class S3:
    """Making it asks nothing of the network. Safe to share among threads.

    Content-MD5 is sent with an object, and no other checksum unless that is asked for: it is taken everywhere, buckets
    with object lock demand it or a checksum, and botocore's own default (CRC32, over TLS in a trailer) is refused by
    several servers (https://github.com/boto/boto3/issues/4392).
    """

    def __init__(self, place: Place, key_id: str, secret: str) -> None:
        self.place = place
        self._keys = Keys(key_id, secret)
        self._clients: dict[tuple[str, bool], Any] = {}
        self._lock = threading.Lock()

    @property
    def key_id(self) -> str:
        return self._keys.id

    def list_below(self, prefix: str, *, region: str = "", signed: bool = True) -> Listing:
        """The first key below a prefix. region: signs for another one, at the same origin."""
        answer = self._ask("ListObjectsV2", region=region, signed=signed, Prefix=prefix, MaxKeys=1)
        headers = _headers(answer)
        return Listing(tuple(one["Key"] for one in answer.get("Contents", ())), headers.get("x-amz-bucket-region", ""),
                       headers.get("server", ""))

    def list_buckets(self, *, region: str = "") -> None:
        """Asks about the key alone: a server that knows it answers, if only with AccessDenied."""
        self._ask("ListBuckets", bucket=False, region=region)

    def bucket_region(self) -> str:
        """What HeadBucket says of the region, "" where it says nothing."""
        return _headers(self._ask("HeadBucket")).get("x-amz-bucket-region", "")

    def put(self, key: str, body: bytes, *, md5: bool = True, sdk_checksums: bool = False, **more: Any) -> Stored:
        """sdk_checksums: with what the SDKs of AWS send by themselves since January 2025
        (https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html); asked for in so many words, the
        request is the same, byte for byte (botocore/httpchecksum.py, resolve_request_checksum_algorithm)."""
        given: dict[str, Any] = {"ContentMD5": _md5(body)} if md5 else {}
        given.update({"ChecksumAlgorithm": "CRC32"} if sdk_checksums else {})
        answer = self._ask("PutObject", Key=key, Body=body, **given, **more)
        encrypted = str(answer.get("ServerSideEncryption") or "").startswith("aws:kms")
        return Stored(_version(answer), str(answer.get("SSEKMSKeyId") or "") if encrypted else "")

    def get(self, key: str, *, signed: bool = True) -> bytes:
        found: bytes = self._ask("GetObject", signed=signed, Key=key)["Body"].read()
        return found

    def head(self, key: str, version_id: str = "") -> Mapping[str, str]:
        """The headers of the object; they name the end of its retention where the key may read that."""
        return _headers(self._ask("HeadObject", Key=key, **_of(version_id)))

    def delete(self, key: str, version_id: str = "") -> Removed:
        answer = self._ask("DeleteObject", Key=key, **_of(version_id))
        return Removed(_version(answer) if answer.get("DeleteMarker") and not version_id else "")

    def create_upload(self, key: str) -> str:
        return str(self._ask("CreateMultipartUpload", Key=key)["UploadId"])

    def upload_part(self, key: str, upload_id: str, body: bytes) -> str:
        return str(self._ask("UploadPart", Key=key, UploadId=upload_id, PartNumber=1, Body=body,
                             ContentMD5=_md5(body))["ETag"])

    def complete_upload(self, key: str, upload_id: str, etag: str) -> Stored:
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        answer = self._ask("CompleteMultipartUpload", Key=key, UploadId=upload_id, MultipartUpload=parts)
        return Stored(_version(answer))

    def abort_upload(self, key: str, upload_id: str) -> None:
        self._ask("AbortMultipartUpload", Key=key, UploadId=upload_id)

    def uploads(self, key: str) -> list[str]:
        """The ids of the multipart uploads of one key that are still open."""
        answer = self._ask("ListMultipartUploads", Prefix=key, MaxUploads=20)
        return [row["UploadId"] for row in answer.get("Uploads", ()) if row.get("Key") == key]

    def versions(self, key: str) -> list[str]:
        """The version ids of one key, its delete markers last: with one removed first the object would show again."""
        answer = self._ask("ListObjectVersions", Prefix=key, MaxKeys=20)
        rows = [*answer.get("Versions", ()), *answer.get("DeleteMarkers", ())]
        return [row["VersionId"] for row in rows if row.get("Key") == key]

    def _ask(self, operation: str, *, bucket: bool = True, region: str = "", signed: bool = True, **params: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ParamValidationError  # noqa: PLC0415 -- slow import
        from botocore.exceptions import ClientError as Answered  # noqa: PLC0415 -- slow import
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- slow import
        where = {"Bucket": self.place.bucket} if bucket else {}
        call: Callable[..., Any] = getattr(self._client(region or self.place.region, signed), _snake(operation))
        try:
            return call(**where, **params)
        except Answered as error:
            raise told(error, operation, self.place.host) from None
        except ClientError as error:
            raise of_outage(error, operation) from None
        except (BotoCoreError, ResponseParserError) as error:
            if isinstance(error, ParamValidationError):
                raise
            raise plain_error(error, self.place.host) or error from None

    def _client(self, region: str, signed: bool) -> Any:
        with self._lock:
            if (region, signed) not in self._clients:
                self._clients[region, signed] = self._made(region, signed)
            return self._clients[region, signed]

    def _made(self, region: str, signed: bool) -> Any:
        return make_client(
            "s3", look=self._look, region=region, endpoint=self.place.origin, keys=self._keys if signed else None,
            s3={"addressing_style": self.place.style, "us_east_1_regional_endpoint": "regional"},
            request_checksum_calculation="when_required", response_checksum_validation="when_required",
            s3_disable_express_session_auth=True, **({"signature_version": "s3v4"} if signed else {}))

    def _look(self, operation: str, response: Response) -> None:
        look(self.place.host, operation, response.status, response.headers, response.body)


def _headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    headers: Mapping[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
    return headers


def _version(answer: Mapping[str, Any]) -> str:
    version = str(answer.get("VersionId") or "")
    return "" if version == "null" else version


def _of(version_id: str) -> dict[str, Any]:
    return {"VersionId": version_id} if version_id else {}


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode("ascii")


def _snake(operation: str) -> str:
    from botocore import xform_name  # noqa: PLC0415 -- slow import
    name: str = xform_name(operation)
    return name
