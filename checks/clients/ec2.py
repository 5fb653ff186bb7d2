"""A client of one AWS account in one region: EC2, and what of STS, IAM, Service Quotas and Systems Manager is asked with it.

`ask` raises AwsRefusal when the service says no, and ClientError when there is no answer to the question. A botocore
client is made once for each service and region, and is shared by the threads of a run.
"""
from __future__ import annotations

import ipaddress
import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from checks.clients.aws_places import MAIN, Partition, origin_of, partition_of, signed_for
from checks.clients.aws_refusal import look, of_outage, told
from checks.clients.aws_wire import Keys, ambient_endpoint, make_client, plain_error
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Http

Answer = Mapping[str, Any]
# AWS names it in https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/authorizing-access-to-an-instance.html; plain text.
ADDRESS_ORIGIN = "https://checkip.amazonaws.com"
MOST_PAGES = 5


class Aws:
    """Making it asks nothing of the network. Safe to share among threads.

    address_origin: tells a caller's public address; "" where none does (behind AWS_ENDPOINT_URL, unless one is named).
    """

    def __init__(self, region: str, keys: Keys, *, address_origin: str | None = None) -> None:
        self.region = region
        self._keys = keys
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        ours = partition_of(region) is MAIN and not ambient_endpoint()
        self._address_origin = (ADDRESS_ORIGIN if ours else "") if address_origin is None else address_origin

    @property
    def key_id(self) -> str:
        return self._keys.id

    @property
    def is_temporary(self) -> bool:
        return bool(self._keys.token)

    @property
    def partition(self) -> Partition:
        return partition_of(self.region)

    def host(self, service: str, region: str = "") -> str:
        """As people read it."""
        return origin_of(service, region or self.region).partition("://")[2]

    def ask(self, service: str, operation: str, *, region: str = "", **params: Any) -> Answer:
        """One request and its answer. region: another one of the same partition."""
        from botocore.exceptions import BotoCoreError, ParamValidationError  # noqa: PLC0415 -- slow import
        from botocore.exceptions import ClientError as Answered  # noqa: PLC0415 -- slow import
        from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- slow import
        host = self.host(service, region)
        client = self._client(service, region or self.region)
        try:
            answer: Answer = getattr(client, _snake(operation))(**params)
        except Answered as error:
            raise told(error, service, operation, host) from None
        except ClientError as error:
            raise of_outage(error) from None
        except (BotoCoreError, ResponseParserError) as error:
            if isinstance(error, ParamValidationError):
                raise
            raise plain_error(error, host) or error from None
        return answer

    def ask_all(self, service: str, operation: str, rows: str, **params: Any) -> list[Any]:
        """Every row of a paged answer. Raises ClientError TOO_LARGE after five pages: too many to judge in a check."""
        found: list[Any] = []
        token: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            answer = self.ask(service, operation, **params, **token)
            found += answer.get(rows) or []
            if not answer.get("NextToken"):
                return found
            token = {"NextToken": answer["NextToken"]}
        host = self.host(service)
        raise ClientError(Kind.TOO_LARGE, f"{host} had more than {len(found)} rows for {operation}.", host=host)

    def address(self) -> str:
        """The public IPv4 address that our requests come from, "" where it is not told. No credential is sent."""
        if not self._address_origin:
            return ""
        try:
            said = Http(self._address_origin).get("/", max_bytes=200).text.strip()
            return str(ipaddress.IPv4Address(said))
        except (ClientError, ValueError):
            return ""

    def _client(self, service: str, region: str) -> Any:
        where = signed_for(service, region)
        with self._lock:
            if (service, where) not in self._clients:
                self._clients[service, where] = make_client(
                    service, region=where, endpoint=origin_of(service, region), keys=self._keys,
                    look=partial(look, service))
            return self._clients[service, where]


def _snake(operation: str) -> str:
    from botocore import xform_name  # noqa: PLC0415 -- slow import
    name: str = xform_name(operation)
    return name
