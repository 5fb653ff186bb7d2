"""Amazon ECR's own way to a registry password: an access key is exchanged for one that lasts twelve hours.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html ·
https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_GetAuthorizationToken.html. The secret never leaves:
it signs. What comes back is Basic's USER:PASSWORD, in base64.
"""
from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Any

from checks.clients.aws_wire import Keys, ambient_endpoint, make_client, plain_error
from checks.clients.errors import ClientError, Kind
from checks.clients.oci import Credential

PRIVATE = re.compile(r"(?P<account>\d{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\."
                     r"(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn)")
PUBLIC_HOST = "public.ecr.aws"
PUBLIC_REGION = "us-east-1"  # the only one that gives tokens for public.ecr.aws
SUFFIXES = (("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu"))
SHOWN = 300
CLOCK = ("RequestExpired", "RequestTimeTooSkewed")


class EcrRefusal(Exception):
    """AWS said no. code: its own. message: its own words, short."""

    def __init__(self, code: str, status: int, message: str, request_id: str) -> None:
        super().__init__(code)
        self.code, self.status, self.message, self.request_id = code, status, message, request_id

    @property
    def is_denied(self) -> bool:
        """The key is known, and may not do this."""
        return self.code in ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")


@dataclass(frozen=True)
class Region:
    """Where one ECR host gives its tokens. account: the twelve digits of a private registry."""

    service: str
    name: str
    account: str = ""

    @property
    def endpoint(self) -> str:
        if ambient := ambient_endpoint():
            return ambient
        suffix = next((suffix for prefix, suffix in SUFFIXES if self.name.startswith(prefix)), "amazonaws.com")
        return f"https://api.{self.service}.{self.name}.{suffix}"


@dataclass(frozen=True)
class EcrKeys:
    """An access key for one ECR host, exchanged when it is asked."""

    region: Region
    id: str
    secret: str = field(repr=False)

    def exchange(self) -> Credential:
        """What Basic is to send for the next twelve hours. Raises EcrRefusal or ClientError."""
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 -- slow import
        from botocore.exceptions import ClientError as Answered  # noqa: PLC0415 -- slow import
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- slow import
        host = self.region.endpoint.partition("://")[2]
        client = make_client(self.region.service, region=self.region.name, endpoint=self.region.endpoint,
                             keys=Keys(self.id, self.secret))
        try:
            return _credential(client.get_authorization_token(), host)
        except Answered as error:
            raise _told(error, host) from None
        except (BotoCoreError, ResponseParserError) as error:
            raise plain_error(error, host) or error from None


def region_of(hostname: str) -> Region | None:
    """Of an ECR host; None for every other."""
    if hostname == PUBLIC_HOST:
        return Region("ecr-public", PUBLIC_REGION)
    found = PRIVATE.fullmatch(hostname)
    return Region("ecr", found["region"], found["account"]) if found else None


def _credential(answer: dict[str, Any], host: str) -> Credential:
    """ECR answers with a list of one, ECR Public with that one."""
    data = answer.get("authorizationData")
    first = data[0] if isinstance(data, list) and data else data
    value = first.get("authorizationToken") if isinstance(first, dict) else None
    try:
        user, colon, password = base64.b64decode(str(value or ""), validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        user, colon, password = "", "", ""
    if not (user and colon and password):
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered with something else where a token was due.", host=host)
    return Credential(user, password)


def _told(error: Any, host: str) -> Exception:
    answer, meta = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    code, status = str(answer.get("Code") or "?"), int(meta.get("HTTPStatusCode") or 0)
    message = " ".join(str(answer.get("Message") or "").split())[:SHOWN]
    if code in CLOCK or (code == "InvalidSignatureException" and "ignature expired" in message):
        return ClientError(Kind.CLOCK, f"{host} refused the time of day of our request ({code}).", host=host, status=status)
    if "Throttl" in code or code == "TooManyRequestsException":
        return ClientError(Kind.RATE_LIMITED, f"{host} limited our requests ({code}).", host=host, status=status)
    return EcrRefusal(code, status, message, str(meta.get("RequestId") or ""))
