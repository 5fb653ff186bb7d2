"""botocore without its own way to the network, and without anything ambient.

botocore signs and parses; each request goes out by `Http`, and so through egress, with the deadline, the caps, no
proxies and no redirects. One botocore session a process, its clients made under a lock with explicit keys: no profile,
no key of the environment, no config file, no metadata service is ever read
(https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions).
"""
from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Http, Response

MAX_BYTES = 4 * 1024 * 1024
# None of them is signed, or Http writes it itself. A body in aws-chunked has its length, as the whole of it is known.
NOT_OURS = frozenset({"expect", "connection", "host", "user-agent", "transfer-encoding"})
Look = Callable[[str, Response], None]
_lock = threading.Lock()
_session: Any = None


@dataclass(frozen=True)
class Keys:
    """An access key. token: of temporary ones only."""

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def ambient_endpoint() -> str:
    """AWS_ENDPOINT_URL, or the content of the file that AWS_ENDPOINT_URL_FILE names; "" for AWS itself."""
    value = os.environ.get("AWS_ENDPOINT_URL", "")
    with suppress(OSError):
        value = value or (Path(path).read_text() if (path := os.environ.get("AWS_ENDPOINT_URL_FILE")) else "")
    return value.strip().rstrip("/")


def make_client(
    service: str, *, region: str, endpoint: str, keys: Keys | None, look: Look | None = None, **config: Any,
) -> Any:
    """A botocore client of one service at one origin. keys None: its requests are not signed.

    look: sees each answer, with the name of its operation, before botocore does, and may raise a ClientError.
    config: for botocore's Config. Safe to share among threads.
    """
    from botocore import UNSIGNED  # noqa: PLC0415 -- slow import
    from botocore.config import Config  # noqa: PLC0415 -- slow import
    if keys is None:
        config["signature_version"] = UNSIGNED
    settings = Config(retries={"total_max_attempts": 1, "mode": "legacy"}, user_agent="dflow-integrations",
                      proxies={}, ignore_configured_endpoint_urls=True, use_fips_endpoint=False,
                      use_dualstack_endpoint=False, **config)
    nobody = Keys("unsigned", "unsigned")  # explicit, so that no chain of ambient credentials is ever asked
    used = keys or nobody
    with _lock:
        client = _one_session().create_client(
            service, region_name=region, endpoint_url=endpoint, aws_access_key_id=used.id,
            aws_secret_access_key=used.secret, aws_session_token=used.token or None, config=settings)
    client.meta.events.register("before-call", _stay_here)
    client.meta.events.register("before-send", _Wire(look).send)
    return client


def _one_session() -> Any:
    """The process's session, whose every setting is botocore's built-in default."""
    global _session  # noqa: PLW0603 -- one a process: a new one costs 65 ms and 11 MB each
    if _session is None:
        from botocore import configprovider, session  # noqa: PLC0415 -- slow import
        made = session.Session()
        store = made.get_component("config_store")
        defaults = {name: row[2] for name, row in configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
        defaults.update(config_file=os.devnull, credentials_file=os.devnull, ec2_metadata_disabled=True, s3=None,
                        proxies_config=None)
        for name, value in defaults.items():
            store.set_config_provider(name, configprovider.ConstantProvider(value))
        _session = made
    return _session


def _stay_here(context: dict[str, Any], **kwargs: Any) -> None:  # noqa: ARG001 -- botocore's signature
    """Tells botocore's S3 redirector that it has redirected already: no server chooses where we go."""
    context.setdefault("s3_redirect", {})["redirected"] = True


class _Raw(io.BytesIO):
    """A body as botocore reads it: whole, in pieces, or by read()."""

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:  # noqa: ARG002 -- urllib3's signature
        yield self.read()


class _Wire:
    """Sends botocore's requests by Http, one for each origin."""

    def __init__(self, look: Look | None) -> None:
        self._look = look
        self._origins: dict[str, Http] = {}
        self._lock = threading.Lock()

    def send(self, request: Any, event_name: str, **kwargs: Any) -> Any:  # noqa: ARG002 -- botocore's signature
        """A handler of before-send: what it returns is the answer, and nothing is sent by botocore itself."""
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 -- slow import
        parts = urlsplit(request.url)
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in NOT_OURS}
        response = self._http(f"{parts.scheme}://{parts.netloc}").request(
            request.method, request.url, headers=headers, data=_body(request.body), max_bytes=MAX_BYTES)
        if self._look is not None:
            self._look(event_name.rpartition(".")[2], response)
        told = {name: value for name, value in response.headers.items()
                if name.lower() not in ("content-encoding", "transfer-encoding")}
        if request.method != "HEAD":
            told = {**{n: v for n, v in told.items() if n.lower() != "content-length"},
                    "content-length": str(len(response.body))}
        return AWSResponse(request.url, response.status, _headers(told), _Raw(response.body))

    def _http(self, origin: str) -> Http:
        with self._lock:
            return self._origins.setdefault(origin, Http(origin))


def _headers(headers: Mapping[str, str]) -> Any:
    from botocore.awsrequest import HeadersDict  # noqa: PLC0415 -- slow import
    return HeadersDict(headers)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Any) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    return bytes(body) if isinstance(body, bytearray) else body.encode() if isinstance(body, str) else body.read()


def plain_error(error: Exception, host: str) -> ClientError | None:
    """What botocore raises that is no refusal of the service, as a ClientError; None for anything else.

    An answer that is not the protocol's (broken XML, an empty body) is a ResponseParserError.
    """
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 -- slow import
    from botocore.parsers import ResponseParserError  # noqa: PLC0415 -- slow import
    if isinstance(error, ClientError):
        return error
    if isinstance(error, ResponseParserError):
        return ClientError(Kind.NOT_PROTOCOL, f"{host} answered with something that is not its protocol.", host=host)
    if isinstance(error, BotoCoreError):
        late = deadline.remaining() <= 0
        kind = Kind.TIMEOUT if late else Kind.NOT_PROTOCOL
        return ClientError(kind, f"{host} could not be asked ({type(error).__name__}).", host=host)
    return None
