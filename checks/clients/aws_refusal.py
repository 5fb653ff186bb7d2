"""What a service of AWS said instead of yes, and what is no answer of it at all.

Codes that every service shares: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html; those of EC2:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import HTML, Response

CLOCK = ("RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture")
SIGNATURE = ("SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure", "IncompleteSignature")
SAYS_CLOCK = re.compile(r"signature expired|signature not yet current|is now (earlier|later) than", re.IGNORECASE)
LIMITS = ("RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestThrottled",
          "PriorRequestNotComplete", "EC2ThrottledException")
OUTAGES = ("InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable", "ServiceException")
DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "UnauthorizedException")
CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,80})</Code>")
TYPE = re.compile(r"\"__type\"\s*:\s*\"(?:[^\"#]{0,80}#)?([A-Za-z0-9.]{1,80})")
WITH_RESULT = ("sts", "iam")
BLOB = re.compile(r"\s*Encoded authorization failure message:.*", re.IGNORECASE | re.DOTALL)
ALLOWED_MINUTES = 5  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
SHOWN = 1200  # a denial names up to three ARNs


class AwsRefusal(Exception):
    """The service answered, and said no. code: its own. message: its own words, on one line and without the blob that
    only an administrator can decode."""

    def __init__(self, service: str, operation: str, code: str, status: int, message: str = "", *,
                 request_id: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{service} {operation}: {code}")
        self.service, self.operation, self.code, self.status = service, operation, code, status
        self.message = " ".join(BLOB.sub("", message).split())[:SHOWN]
        self.request_id, self.headers = request_id, dict(headers or {})

    @property
    def is_denied(self) -> bool:
        """The key is known, and may not do this. EC2 writes UnauthorizedOperation, and on some ways a plain
        AccessDenied."""
        return self.code in DENIED

    @property
    def is_dry(self) -> bool:
        """The yes of a dry run: it would have been done.

        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (DryRunOperation)
        """
        return self.code == "DryRunOperation"


def told(error: Any, service: str, operation: str, host: str) -> Exception:
    """A botocore ClientError as an AwsRefusal; or as a ClientError where it is no answer to the question."""
    answer, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    headers = meta.get("HTTPHeaders", {})
    code, status = str(answer.get("Code") or "?"), int(meta.get("HTTPStatusCode") or 0)
    message = str(answer.get("Message") or "")
    request_id = str(meta.get("RequestId") or headers.get("x-amzn-requestid") or "")
    about: dict[str, Any] = {"host": host, "status": status, "request_id": request_id}
    if code in LIMITS:
        return ClientError(Kind.RATE_LIMITED, f"{host} limited our requests ({code}).", **about)
    if code in OUTAGES:
        return ClientError(Kind.OUTAGE, f"{host} answered HTTP {status} ({code}).", **about)
    apart = _minutes_apart(headers)
    if code in CLOCK or (code in SIGNATURE and (SAYS_CLOCK.search(message) or apart >= ALLOWED_MINUTES)):
        by = f": its clock and ours were {apart} minutes apart" if apart else ""
        return ClientError(Kind.CLOCK, f"{host} refused the time of day of our request ({code}){by}.", **about)
    return AwsRefusal(service, operation, code, status, message, request_id=request_id, headers=headers)


def of_outage(error: ClientError) -> ClientError:
    """A 5xx by the code in its body: EC2 limits requests with a 503, RequestLimitExceeded.

    https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
    """
    found = CODE.search(error.body) or TYPE.search(error.body)
    if error.kind is not Kind.OUTAGE or found is None:
        return error
    kind = Kind.RATE_LIMITED if found[1] in LIMITS else Kind.OUTAGE
    detail = f"{error.host} limited our requests ({found[1]})." if kind is Kind.RATE_LIMITED else \
        f"{error.host} answered HTTP {error.status} ({found[1]})."
    return ClientError(kind, detail, host=error.host, status=error.status, body=error.body,
                       retry_after=error.retry_after, request_id=error.request_id)


def look(service: str, operation: str, response: Response) -> None:
    """Raises ClientError NOT_PROTOCOL for what no service of AWS answers: a web page, a redirect, another program's words.

    Judged by the first element, whatever the type says: an answer of XML is called by its operation, and STS and IAM put
    what they found into a result of its own (https://docs.aws.amazon.com/IAM/latest/APIReference/CommonParameters.html).
    """
    host = response.url.partition("://")[2].partition("/")[0]
    body = response.body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    is_page = HTML.match(body) is not None
    elsewhere = 300 <= response.status < 400
    fine = body.startswith((b"<", b"{")) and not is_page and not elsewhere
    if fine and body.startswith(b"<"):
        wanted = [f"<{operation}Response", *([f"<{operation}Result"] if service in WITH_RESULT else [])]
        fine = all(one.encode() in body for one in (wanted if response.status < 300 else ["<Error"]))
    if fine:
        return
    where = response.headers.get("location", "").partition("://")[2].partition("/")[0] if elsewhere else ""
    what = "a web page" if is_page else "nothing" if not body else "something else"
    detail = f"{host} answered with {what} where an answer of AWS was due (HTTP {response.status})"
    raise ClientError(Kind.NOT_PROTOCOL, f"{detail}{f' and pointed to {where}' if where else ''}.", host=host,
                      status=response.status, body=response.text[:300])


def _minutes_apart(headers: Mapping[str, str]) -> int:
    """Between the service's clock, by its Date header, and ours; 0 where it sent none."""
    try:
        theirs = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return 0
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    return round(abs((datetime.now(UTC) - theirs).total_seconds()) / 60)
