"""What a server of S3 said instead of yes; and what is no answer of S3 at all.

Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree

from checks.clients.errors import ClientError, Kind

CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}
LIMITS = {"SlowDown", "TooManyRequests", "Throttling", "ThrottlingException", "RequestLimitExceeded",
          "BandwidthLimitExceeded"}
OUTAGES = {"InternalError", "ServiceUnavailable", "ServerBusy", "OperationAborted"}
CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,80})</Code>")
EXPECTING = re.compile(r"expecting '([a-z0-9-]{2,40})'")
REGION = re.compile(r"[a-z0-9-]{2,40}")
ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<(?:\w+:)?(\w+)", re.DOTALL)
SHOWN = 300
REGIONS = {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
           "IllegalLocationConstraintException"}
LISTS = ("ListObjectsV2", "ListBuckets")  # every server of S3 says why, where it refuses these


class S3Refusal(Exception):
    """The server answered, and said no.

    code: S3's own (NoSuchBucket), or the HTTP status as text where the server sent none (every HEAD does). message: its
    own words, short. region: where it says that the bucket is, as text; nothing is sent there.
    """

    def __init__(
        self, operation: str, code: str, status: int, message: str = "", *, request_id: str = "", region: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation, self.code, self.status, self.message = operation, code, status, message
        self.request_id, self.region, self.headers = request_id, region, dict(headers or {})

    @property
    def is_denied(self) -> bool:
        return self.status == 403 or self.code in ("AccessDenied", "AllAccessDisabled", "Forbidden")

    @property
    def is_missing(self) -> bool:
        """The object is not there; not said of a bucket that is not there."""
        return self.status == 404 and self.code not in ("NoSuchBucket", "NoSuchUpload")

    @property
    def clocks_apart(self) -> int:
        """Minutes between the server's clock, by its Date header, and ours; 0 where it sent none."""
        theirs = _moment(self.headers.get("date", ""))
        return round(abs((datetime.now(UTC) - theirs).total_seconds()) / 60) if theirs else 0

    @property
    def is_region(self) -> bool:
        """The bucket, or the signature, belongs to another region."""
        return self.status in (301, 307) or self.code in REGIONS


def told(error: Any, operation: str, host: str) -> Exception:
    """A botocore ClientError as an S3Refusal; or as a ClientError where it is no answer to the question."""
    answer, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    headers = meta.get("HTTPHeaders", {})
    code, status = str(answer.get("Code") or "?"), int(meta.get("HTTPStatusCode") or 0)
    message = " ".join(str(answer.get("Message") or "").split())[:SHOWN]
    request_id = str(meta.get("RequestId") or headers.get("x-amz-request-id") or headers.get("x-amzn-requestid") or "")
    about: dict[str, Any] = {"host": host, "status": status, "body": message, "request_id": request_id}
    if code in CLOCK:
        return ClientError(Kind.CLOCK, _clocks(host, code, answer, headers), **about)
    if code in LIMITS:
        return ClientError(Kind.RATE_LIMITED, f"{host} limited our requests ({code}).", **about)
    if code == "RequestTimeout":
        return ClientError(Kind.TIMEOUT, f"{host} did not read our request in time (RequestTimeout).", **about)
    if code in OUTAGES or (status >= 500 and code != "NotImplemented"):
        return ClientError(Kind.OUTAGE, f"{host} answered HTTP {status} ({code}).", **about)
    return S3Refusal(operation, code, status, message, request_id=request_id, headers=headers,
                     region=_region(answer, message, headers))


def of_outage(error: ClientError, operation: str) -> Exception:
    """A 5xx by the code in its body: NotImplemented is an answer, and SlowDown is a limit."""
    found = CODE.search(error.body)
    code = found[1] if found else ""
    if error.status == 501 and code == "NotImplemented":
        return S3Refusal(operation, code, 501, request_id=error.request_id)
    if code in LIMITS:
        return ClientError(Kind.RATE_LIMITED, f"{error.host} limited our requests ({code}).", host=error.host,
                           status=error.status, body=error.body, retry_after=error.retry_after,
                           request_id=error.request_id)
    return error


WANTED = {"ListObjectsV2": (b"ListBucketResult",), "ListBuckets": (b"ListAllMyBucketsResult",),
          # without its ending: as gofakes3 writes it, the server of `rclone serve s3` (gofakes3, messages.go)
          "CreateMultipartUpload": (b"InitiateMultipartUploadResult", b"InitiateMultipartUpload"),
          "CompleteMultipartUpload": (b"CompleteMultipartUploadResult",)}


def look(host: str, operation: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Raises ClientError NOT_PROTOCOL for what no server of S3 answers: a web page, or another program's words.

    Judged by the first element: several servers of S3 call their XML text/html.
    """
    found = ROOT.match(body[:2000])
    root = found[1] if found else b""
    if status < 300:
        wanted = WANTED.get(operation)
        fine = (root in (*wanted, b"Error") and _is_whole(body)) if wanted else root.lower() not in (b"html", b"head", b"body")
        fine = fine and not body[:200].lstrip().lower().startswith(b"<!doctype")
    else:
        fine = root in (b"Error", b"ErrorResponse") or (not body.strip() and operation not in LISTS)
    if fine:
        return
    what = "a web page" if b"<html" in body[:2000].lower() or b"<!doctype" in body[:200].lower() else "something"
    where = headers.get("location", "")
    elsewhere = where.partition("://")[2].partition("/")[0] if 300 <= status < 400 else ""
    to = f" and pointed to {elsewhere}" if elsewhere else ""
    detail = f"{host} answered with {what} that is not the S3 protocol (HTTP {status}){to}."
    raise ClientError(Kind.NOT_PROTOCOL, detail, host=host, status=status, body=body[:SHOWN].decode("utf-8", "replace"))


def _is_whole(body: bytes) -> bool:
    try:
        ElementTree.fromstring(body)  # noqa: S314 -- capped, and expat itself stops entities that explode
    except ElementTree.ParseError:
        return False
    return True


def _region(answer: Mapping[str, Any], message: str, headers: Mapping[str, str]) -> str:
    """Where the server says that the bucket is. x-amz-bucket-region comes with 301, 400 and 403, even unsigned."""
    expecting = EXPECTING.search(message)
    for text in (headers.get("x-amz-bucket-region"), answer.get("Region"), expecting[1] if expecting else ""):
        if text and REGION.fullmatch(str(text)):
            return str(text)
    return ""


def _clocks(host: str, code: str, answer: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    theirs = _moment(str(answer.get("ServerTime") or "")) or _moment(headers.get("date", ""))
    if theirs is None:
        return f"{host} refused the time of day of our request ({code})."
    apart = round(abs((datetime.now(UTC) - theirs).total_seconds()) / 60)
    return f"{host} refused the time of day of our request ({code}): its clock and ours were {apart} minutes apart."


def _moment(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text)
        except (ValueError, TypeError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
