"""A loopback host that speaks as much of S3 as the checks ask, holds objects in memory, and refuses what a test says.

For what neither SeaweedFS nor moto does: regions, clocks, KMS, encryption by policy, outages. Its refusals are AWS's own
bodies (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html); the 301 and 400 of a wrong region are those
that botocore's S3RegionRedirectorv2 reads (botocore/utils.py).
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

XML = '<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One request. operation: S3's own name of it, with "Unsigned" before it where it carried no signature."""

    operation: str
    key: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


Rule = Answer | Callable[[Asked], Answer | None]


def error(status: int, code: str, message: str = "", *, headers: Mapping[str, str] | None = None, **more: str) -> Answer:
    """A refusal as S3 writes it."""
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in more.items())
    body = f"{XML}<Error><Code>{code}</Code><Message>{escape(message)}</Message>{inner}<RequestId>REQ1</RequestId></Error>"
    return Answer(status, body.encode(), {"Content-Type": "application/xml", "x-amz-request-id": "REQ1", **(headers or {})})


def wrong_region(asked: Asked, region: str) -> Answer | None:
    """What AWS says to a signature for another region than the bucket's."""
    scope = asked.headers.get("Authorization", "").partition("Credential=")[2].split("/")
    if len(scope) < 3 or scope[2] == region:
        return None
    return error(400, "AuthorizationHeaderMalformed",
                 f"The authorization header is malformed; the region '{scope[2]}' is wrong; expecting '{region}'",
                 Region=region, headers={"x-amz-bucket-region": region})


class S3Script:
    """rules: operation -> answer, or a function that returns one, or None for the usual. seen: all requests."""

    def __init__(self, rules: Mapping[str, Rule], tls=None) -> None:
        self.rules, self.objects, self.seen = dict(rules), {}, []
        self.uploads: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                answer = outer.answer(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
                self.send_response_only(answer.status)
                told = {"Date": formatdate(usegmt=True), "Server": "Script", **answer.headers}
                if self.command != "HEAD":
                    told.setdefault("Content-Length", str(len(answer.body)))
                for name, value in told.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    with suppress(OSError):
                        self.wfile.write(answer.body)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *args: None  # a client that has had enough is no trouble
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def operations(self) -> list[str]:
        return [asked.operation for asked in self.seen]

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        _, _, rest = parts.path.partition("/")
        bucket, _, key = rest.partition("/")
        if headers.get("Host", "").startswith("dumps."):  # virtual-hosted style
            bucket, key = "dumps", rest
        asked = Asked(_operation(method, bucket, key, query, headers), unquote(key), query, headers, body)
        self.seen.append(asked)
        rule = self.rules.get(asked.operation, self.rules.get("*"))
        answer = rule(asked) if callable(rule) else rule
        return answer if answer is not None else self._usual(asked)

    def _usual(self, asked: Asked) -> Answer:
        if asked.operation.startswith("Unsigned"):
            return error(403, "AccessDenied", "Access Denied")
        return getattr(self, f"_{asked.operation}")(asked)

    def _ListBuckets(self, asked: Asked) -> Answer:
        return error(403, "AccessDenied", "Access Denied")

    def _ListObjectsV2(self, asked: Asked) -> Answer:
        prefix = asked.query.get("prefix", [""])[0]
        found = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in self.objects if key.startswith(prefix))
        return Answer(200, f"{XML}<ListBucketResult><Name>dumps</Name>{found}</ListBucketResult>".encode())

    def _HeadBucket(self, asked: Asked) -> Answer:
        return Answer(200)

    def _PutObject(self, asked: Asked) -> Answer:
        self.objects[asked.key] = asked.body
        return Answer(200, headers={"ETag": '"e"'})

    def _GetObject(self, asked: Asked) -> Answer:
        if asked.key not in self.objects:
            return error(404, "NoSuchKey", "The specified key does not exist.")
        return Answer(200, self.objects[asked.key])

    def _HeadObject(self, asked: Asked) -> Answer:
        return Answer(200 if asked.key in self.objects else 404)

    def _DeleteObject(self, asked: Asked) -> Answer:
        self.objects.pop(asked.key, None)
        return Answer(204)

    def _CreateMultipartUpload(self, asked: Asked) -> Answer:
        number = f"upload-{len(self.uploads)}"
        self.uploads[number] = asked.key
        return Answer(200, f"{XML}<InitiateMultipartUploadResult><UploadId>{number}</UploadId>"
                           "</InitiateMultipartUploadResult>".encode())

    def _UploadPart(self, asked: Asked) -> Answer:
        return Answer(200, headers={"ETag": '"p"'})

    def _CompleteMultipartUpload(self, asked: Asked) -> Answer:
        self.uploads.pop(asked.query["uploadId"][0], None)
        self.objects[asked.key] = b"parts"
        return Answer(200, f"{XML}<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>".encode())

    def _AbortMultipartUpload(self, asked: Asked) -> Answer:
        if self.uploads.pop(asked.query["uploadId"][0], None) is None:
            return error(404, "NoSuchUpload", "The specified upload does not exist.")
        return Answer(204)

    def _ListMultipartUploads(self, asked: Asked) -> Answer:
        found = "".join(f"<Upload><Key>{key}</Key><UploadId>{one}</UploadId></Upload>" for one, key in self.uploads.items())
        return Answer(200, f"{XML}<ListMultipartUploadsResult>{found}</ListMultipartUploadsResult>".encode())

    def _ListObjectVersions(self, asked: Asked) -> Answer:
        return error(403, "AccessDenied", "Access Denied")


def _operation(method: str, bucket: str, key: str, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> str:
    if not bucket:
        name = "ListBuckets"
    elif not key:
        plain = "ListObjectVersions" if "versions" in query else "ListMultipartUploads" if "uploads" in query else "ListObjectsV2"
        name = "HeadBucket" if method == "HEAD" else plain
    elif "uploadId" in query:
        name = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}[method]
    elif method == "POST":
        name = "CreateMultipartUpload"
    else:
        name = {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}[method]
    return name if "Authorization" in headers else f"Unsigned{name}"


@pytest.fixture
def s3_script(loopback):
    """Start hosts with rules; all are stopped at the end."""
    running = []

    def start(rules: Mapping[str, Rule] | None = None, tls=None) -> S3Script:
        running.append(S3Script(rules or {}, tls))
        return running[-1]

    try:
        yield start
    finally:
        for host in running:
            host.stop()
