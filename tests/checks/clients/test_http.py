"""The HTTP client against a hostile server on a real socket: each fault is its own kind, each status what it means."""
from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.clients.errors import ClientError, Kind
from checks.clients.retry_after import parse, seconds_to_wait
from tests.faults.asking import client, fails
from tests.faults.server import PAGE

GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


# --- Every fault is its own kind --------------------------------------------------------------------------------------
@pytest.mark.parametrize(("mode", "options", "kind", "words"), [
    ("refuse", {}, Kind.REFUSED, "refused the connection"),
    ("rst_on_accept", {}, Kind.RESET, "cut the connection"),
    ("rst_mid_headers", {}, Kind.RESET, "cut the connection"),
    ("rst_mid_body", {}, Kind.RESET, "cut the connection"),
    ("close_without_answer", {}, Kind.RESET, "without an answer"),
    ("truncate", {}, Kind.TRUNCATED, "before its end"),
    ("truncate", {"zipped": True}, Kind.TRUNCATED, "before its end"),
    ("truncate_headers", {}, Kind.TRUNCATED, "before its end"),
    ("chunk_cut", {}, Kind.TRUNCATED, "before its end"),
    ("chunk_cut", {"data": b"5\r\n[1, 2\r\n"}, Kind.TRUNCATED, "before its end"),
    ("chunk_cut", {"data": b"5\r\n[1, 2\r\nzz\r\n"}, Kind.NOT_PROTOCOL, "broke the HTTP protocol"),
    ("chunk_cut", {"data": b"-5\r\n[1, 2\r\n"}, Kind.NOT_PROTOCOL, "the HTTP protocol"),
    ("not_http", {}, Kind.NOT_PROTOCOL, "did not answer in the HTTP protocol"),
    ("raw", {"data": b"<html>"}, Kind.NOT_PROTOCOL, "did not answer in the HTTP protocol"),
    ("raw", {"data": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]x"}, Kind.NOT_PROTOCOL, "did not"),
    ("raw", {"data": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}, Kind.NOT_PROTOCOL, "switched"),
    ("drip", {"seconds": 0.05}, Kind.TIMEOUT, "in time"),
    ("drip_headers", {"seconds": 0.05}, Kind.TIMEOUT, "in time"),
    ("hang", {}, Kind.TIMEOUT, "in time"),
    ("endless", {}, Kind.TOO_LARGE, "more than 2048 KiB"),
    ("endless", {"chunked": True}, Kind.TOO_LARGE, "more than 2048 KiB"),
    ("endless_continue", {}, Kind.TOO_LARGE, "headers"),
    ("bomb", {}, Kind.TOO_LARGE, "more than 2048 KiB"),
    ("bomb", {"encoding": "br", "megabytes": 1}, Kind.NOT_PROTOCOL, "encoding that was not asked for"),
    ("bomb", {"encoding": "gzip, gzip", "megabytes": 1}, Kind.NOT_PROTOCOL, "encoding that was not asked for"),
    ("raw", {"data": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain"}, Kind.NOT_PROTOCOL, "compressed body that is broken"),
    ("raw", {"data": GZIPPED + gzip.compress(b"[]") + b"more" * 40_000}, Kind.NOT_PROTOCOL, "compressed body that is broken"),
    ("raw", {"data": GZIPPED + b"\x1f\x8b\x08" + b"\0" * 7 + b"\0\0\0\xff\xff" * 600_000}, Kind.TOO_LARGE, "more than 2048 KiB"),
    ("raw", {"data": b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n["}, Kind.TOO_LARGE, "more than 2048 KiB"),
    ("huge_header", {}, Kind.TOO_LARGE, "headers"),
    ("many_headers", {}, Kind.TOO_LARGE, "headers"),
    ("wide_headers", {}, Kind.TOO_LARGE, "headers"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_fault_is_told_as_what_it_is(fault_server, mode, options, kind, words):
    server = fault_server(mode, **options)
    error = fails(server.url, 3.0 if kind is Kind.TIMEOUT else 60.0)
    assert (error.kind, error.host) == (kind, "127.0.0.1")
    assert words in error.detail
    assert error.detail.startswith(f"127.0.0.1:{server.port} ")


@pytest.mark.parametrize(("body", "words"), [
    (b'{"name": ', "a body that is not JSON"), (b"", "an empty body"), (b" \n", "an empty body"), (PAGE, "a web page"),
    (b"[" * 100_000, "a body that is not JSON"), (b"\xff\xfe", "a body that is not JSON"), (b"9" * 5000, "a body that is not JSON"),
], ids=["cut", "empty", "blank", "page", "deep", "binary", "number"])
def test_a_body_that_is_no_json_is_told_with_its_beginning(fault_server, body, words):
    answer = client(fault_server("badjson", body=body).url).get("/api")
    with pytest.raises(ClientError) as raised:
        answer.json()
    error = raised.value
    assert (error.kind, error.status, error.detail) == (
        Kind.NOT_PROTOCOL, 200, f"127.0.0.1 answered with {words} where JSON was due (HTTP 200).")
    assert error.body == body.decode("utf-8", "replace")[:300]


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json", "application/xhtml+xml"])
def test_a_sign_in_page_is_a_page_whatever_it_calls_itself(fault_server, kind):
    answer = client(fault_server("html_login", kind=kind).url).get("/api")
    assert (answer.status, answer.is_html) == (200, True)
    with pytest.raises(ClientError, match="a web page where JSON was due"):
        answer.json()


# --- Statuses ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [200, 201, 203, 204, 301, 302, 304, 307, 400, 401, 403, 404, 410, 418, 422, 451])
def test_an_answer_is_returned_with_its_words(fault_server, code):
    body = b"" if code in (204, 304) else b'{"message": "Bad credentials"}'
    answer = client(fault_server("status", code=code, body=body, headers=("X-GitHub-Request-Id: AB:12",)).url).get("/x")
    assert (answer.status, answer.body, answer.headers["x-github-REQUEST-id"], answer.request_id) == (code, body, "AB:12", "AB:12")


@pytest.mark.parametrize(("code", "words"), [(500, " (Internal Server Error)"), (502, " (Bad Gateway)"), (503, " (Service Unavailable)"),
                                             (504, " (Gateway Timeout)"), (522, ""), (599, "")])
def test_5xx_is_an_outage_with_the_providers_words(fault_server, code, words):
    server = fault_server("status", code=code, body=b"<h1>Down for maintenance</h1>" + b"x" * 5000, kind="text/html",
                          headers=("Retry-After: 120", "CF-RAY: 8a1"))
    error = fails(server.url)
    assert (error.kind, error.status, error.retry_after, error.request_id) == (Kind.OUTAGE, code, 120.0, "8a1")
    assert error.detail == f"127.0.0.1:{server.port} answered HTTP {code}{words}."
    assert error.body.startswith("<h1>Down for maintenance")
    assert len(error.body) == 300


@pytest.mark.parametrize("mode", ["endless", "raw"])
def test_an_outage_stays_one_whatever_its_body_does(fault_server, mode):
    options = {"code": 503} if mode == "endless" else {"data": b"HTTP/1.1 503 x\r\nContent-Length: 900\r\n\r\nDown"}
    assert fails(fault_server(mode, **options).url).kind is Kind.OUTAGE


@pytest.mark.parametrize(("asked", "wait"), [
    (None, None), ("30", 30.0), ("0", 1.0), ("-5", 1.0), ("1e9", 3600.0), ("99999999999999999999", 3600.0), ("soon", None), ("", None),
    ("179.767µs", 1.0), ("1m30s", 90.0), ("2.5", 2.5), ("Mon, 23 Nov 2015 12:00:00 GMT", 1.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
])
def test_a_rate_limit_says_how_long_to_wait(fault_server, asked, wait):
    server = fault_server("ratelimit", retry_after=asked)
    error = fails(server.url)
    assert (error.kind, error.status, error.retry_after) == (Kind.RATE_LIMITED, 429, wait)
    assert error.body == '{"message": "slow down"}'
    assert error.detail.startswith(f"127.0.0.1:{server.port} limited our requests (HTTP 429)")
    assert ("asked to wait" in error.detail) is (wait is not None)


@pytest.mark.parametrize(("headers", "body", "limited"), [
    (("Retry-After: 60",), b"{}", True), (("X-RateLimit-Remaining: 0",), b"{}", True), (("RateLimit-Remaining: 0;w=21600",), b"{}", True),
    ((), b'{"message": "You have exceeded a secondary rate limit."}', True), (("X-RateLimit-Remaining: 4999",), b"{}", False),
    ((), b'{"message": "Resource not accessible by integration"}', False), (("X-RateLimit-Remaining: 10",), b"", False),
])
def test_a_403_is_a_rate_limit_only_when_it_says_so(fault_server, headers, body, limited):
    server = fault_server("status", code=403, body=body, headers=headers, kind="application/json")
    if limited:
        error = fails(server.url)
        assert (error.kind, error.status) == (Kind.RATE_LIMITED, 403)
    else:
        assert client(server.url).get("/x").status == 403


@pytest.mark.parametrize(("headers", "wait"), [
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90.0),
    ({"ratelimit-remaining": "0", "ratelimit-reset": "45"}, 45.0), ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": "45"}, None),
    ({"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, 5.0),
    ({"retry-after": "Mon, 23 Nov 2026 12:05:00 GMT"}, 300.0), ({"retry-after": "Mon, 23 Nov 2026 12:05:00"}, 300.0), ({}, None),
])
def test_the_wait_is_the_providers_own(headers, wait):
    assert seconds_to_wait(headers, NOW) == wait


@given(text=st.text(max_size=40) | st.from_regex(r"[0-9.]{1,20}(h|m|s|ms|us|ns)?", fullmatch=True))
def test_any_retry_after_is_read_or_left(text):
    wait = seconds_to_wait({"retry-after": text}, NOW)
    assert wait is None or 1 <= wait <= 3600
    assert parse("nan", NOW) is None
    assert parse("inf", NOW) is None
