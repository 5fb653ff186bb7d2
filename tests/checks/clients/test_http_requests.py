"""What the HTTP client sends, to whom, and over which connection; and what of a body it reads."""
from __future__ import annotations

import json
import logging
import socket

import pytest
import responses

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Http, Response, redirect_target
from tests.faults.asking import SECRET, client, fails, sent
from tests.faults.server import JSON


# --- Headers and addresses ------------------------------------------------------------------------------------------
def test_a_request_says_who_it_is_and_asks_for_a_plain_body(fault_server):
    server = fault_server("ok")
    answer = client(f"{server.url}/gitea/").get("/api/v1/repos/search?limit=1", params={"page": 2}, headers={"Accept": "application/json"})
    first, headers = sent(server)
    assert first == "GET /gitea/api/v1/repos/search?limit=1&page=2 HTTP/1.1"
    assert (headers["user-agent"], headers["accept"], headers["accept-encoding"]) == ("dflow-integrations", "application/json", "identity")
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["authorization"].startswith("Basic ")
    assert headers["private-token"] == SECRET
    assert (answer.json(), answer.url) == (json.loads(JSON), f"{server.url}/gitea/api/v1/repos/search?limit=1&page=2")


def test_without_credential_means_without_any_header_of_one(fault_server):
    server = fault_server("ok")
    client(server.url).get("/x", auth=None)
    assert not {"authorization", "private-token"} & set(sent(server)[1])
    assert SECRET.encode() not in server.received


def test_another_credential_goes_in_the_place_of_the_own_one(fault_server):
    server = fault_server("ok")
    client(server.url).get("/x", auth=("other", "pässword"))
    headers = sent(server)[1]
    assert headers["authorization"] == "Basic b3RoZXI6cMOkc3N3b3Jk"
    assert SECRET.encode() not in server.received


def test_a_header_of_the_request_wins_over_the_clients(fault_server):
    server = fault_server("ok")
    client(server.url, user_agent="git/2.45").get("/x", headers={"authorization": "token abc "})
    headers = sent(server)[1]
    assert (headers["authorization"], headers["user-agent"]) == ("token abc", "git/2.45")


def test_a_post_carries_its_body(fault_server):
    server = fault_server("ok")
    client(server.url).post("/git-upload-pack", data=b"0014command=ls-refs\n", headers={"Content-Type": "x/y"})
    assert server.received.endswith(b"\r\n\r\n0014command=ls-refs\n")
    assert sent(server)[1]["content-length"] == "20"


@pytest.mark.parametrize("value", [f"{SECRET}\r\nX-Injected: 1", f"{SECRET}\n", f"a\x00{SECRET}"])
def test_a_credential_with_a_line_break_is_not_sent_and_not_quoted(fault_server, value):
    server = fault_server("ok")
    with pytest.raises(ClientError) as raised:
        Http(server.url, headers={"Authorization": value}).get("/x")
    assert raised.value.kind is Kind.BLOCKED
    assert raised.value.detail == ("The value of the header Authorization holds a line break or another control character; "
                                   "nothing was sent.")
    assert SECRET not in repr(raised.value.__cause__)
    assert server.connections == 0


def test_a_credential_that_is_not_ascii_is_sent_as_utf8(fault_server):
    server = fault_server("ok")
    Http(server.url, headers={"Authorization": "token clé"}).get("/x")
    assert "token clé".encode() in server.received


@pytest.mark.parametrize("path", [
    "{other}/api", "{other}", "http://127.0.0.2:{port}/gitea/x", "https://127.0.0.1:{port}/gitea/x", "http://localhost:{port}/gitea/x",
    "http://user@127.0.0.1:{port}/gitea/x", "http://127.0.0.1:{port}/other", "http://127.0.0.1:{port}/giteax", "http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/gitea/../admin", "http://127.0.0.1:{port}/gitea/%2e%2e/admin", "http://127.0.0.1:{port}\\@evil.example/",
    "http://127.0.0.1:{port}#@evil.example/gitea/", "http://169.254.169.254/latest/", "ftp://127.0.0.1/x", "/../admin", "/a/%2E%2e/%2e%2e/b",
    "/a\\b", "/a\r\nHost: evil.example", "/a b", "file:///etc/passwd", "gopher://127.0.0.1:{port}/x",
])
def test_a_path_that_leads_elsewhere_gets_no_byte(fault_server, path):
    server, other = fault_server("ok"), fault_server("ok")
    with pytest.raises(ClientError) as raised:
        client(f"{server.url}/gitea").get(path.format(other=other.url, port=server.port))
    assert raised.value.kind is Kind.BLOCKED
    assert "othing was sent" in raised.value.detail
    assert (server.connections, other.connections) == (0, 0)


@pytest.mark.parametrize(("path", "asked"), [
    ("", "/gitea"), ("/", "/gitea"), ("/v2/", "/gitea/v2/"), ("x", "/gitea/x"), ("//evil.example/x", "/gitea/evil.example/x"),
    ("{url}/gitea/x?page=2", "/gitea/x?page=2"), ("{url}/gitea?page=2", "/gitea?page=2"), ("/a%2Fb/c", "/gitea/a%2Fb/c"),
    ("/x?q=a%0d%0ab c", "/gitea/x?q=a%0D%0Ab%20c"), ("?a=1", "/gitea?a=1"), ("/ünï", "/gitea/%C3%BCn%C3%AF"),
])
def test_a_path_is_joined_below_the_base(fault_server, path, asked):
    server = fault_server("ok")
    client(f"{server.url}/gitea/").get(path.format(url=server.url))
    assert sent(server)[0] in (f"GET {asked} HTTP/1.1", f"GET {asked.replace('%0D%0A', '%0d%0a')} HTTP/1.1")


def test_a_redirect_is_returned_and_its_target_gets_no_byte(fault_server):
    other = fault_server("ok")
    server = fault_server("redirect", location=f"{other.url}/stolen")
    answer = client(server.url).get("/x")
    assert (answer.status, redirect_target(answer)) == (302, f"{other.url}/stolen")
    assert other.connections == 0


@pytest.mark.parametrize(("location", "target"), [
    ("/sign-in", "https://git.example.com/sign-in"), ("", ""), ("//evil.example/x", "https://evil.example/x"),
    ("http://[bad", ""), ("sign-in?a=1", "https://git.example.com/a/sign-in?a=1"),
])
def test_a_redirects_target_is_absolute(location, target):
    assert redirect_target(Response(302, {"location": location}, b"", "https://git.example.com/a/b")) == target


def test_a_base_that_egress_refuses_sends_nothing(fault_server, settings):
    server = fault_server("ok")
    settings.EGRESS_ALLOW_NETWORKS = []
    for url in (server.url, "http://169.254.169.254/", "https://[::1]/", "ftp://git.example.com", "https://a@git.example.com"):
        error = fails(url)
        assert error.kind is Kind.BLOCKED
        assert error.detail.endswith("Nothing was sent.")
    assert server.connections == 0
    assert Http("nonsense").peer_certificate_expiry is None


def test_a_name_that_leads_inside_is_blocked_and_one_that_leads_nowhere_is_told(fault_server, monkeypatch, settings):
    server = fault_server("ok")
    settings.EGRESS_ALLOW_NETWORKS = []
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda name, port, *a, **kw: real("127.0.0.1", port, *a, **kw))
    error = fails(f"http://git.example.com:{server.port}")
    assert (error.kind, server.connections) == (Kind.BLOCKED, 0)
    assert error.detail == "git.example.com resolves to 127.0.0.1, a loopback address. Nothing was sent."
    for number, kind in ((socket.EAI_NONAME, Kind.NO_SUCH_NAME), (socket.EAI_AGAIN, Kind.NAME_TROUBLE)):
        def nothing(*args, number=number, **kwargs):
            raise socket.gaierror(number, "x")

        monkeypatch.setattr(socket, "getaddrinfo", nothing)
        assert fails("https://git.example.com").kind is kind


def test_proxies_and_netrc_of_the_environment_are_not_used(fault_server, monkeypatch, tmp_path):
    server, proxy = fault_server("ok"), fault_server("ok")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login thief password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert Http(server.url).get("/x").status == 200
    assert "authorization" not in sent(server)[1]
    assert proxy.connections == 0


def test_a_cookie_that_was_set_does_not_come_back(fault_server):
    server = fault_server("ok", headers=("Set-Cookie: session=1; Path=/",))
    there = client(server.url)
    there.get("/a")
    there.get("/b")
    assert server.requests == 2
    assert b"ookie" not in server.received


# --- Bodies and connections -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip"])
def test_a_compressed_body_is_read_although_nobody_asked_for_one(fault_server, encoding):
    assert client(fault_server("zipped", encoding=encoding).url).get("/x").json() == json.loads(JSON)


def test_early_hints_and_continue_are_passed_over(fault_server):
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    answer = client(fault_server("raw", data=data).url).get("/x")
    assert (answer.status, answer.json()) == (200, [])


def test_http_1_0_without_a_length_is_read_to_its_end(fault_server):
    assert client(fault_server("raw", data=b"HTTP/1.0 200 OK\r\n\r\n[1]").url).get("/x").json() == [1]


def test_a_smaller_or_larger_cap_can_be_asked_for(fault_server):
    server = fault_server("ok", body=b"x" * 3_000_000)
    assert fails(server.url).kind is Kind.TOO_LARGE
    assert fails(server.url, max_bytes=1000).kind is Kind.TOO_LARGE
    assert len(client(server.url).get("/x", max_bytes=4_000_000).body) == 3_000_000


@pytest.mark.parametrize("chunked", [False, True])
def test_a_stream_ends_when_its_reader_has_enough(fault_server, chunked):
    told = []
    answer = client(fault_server("endless", chunked=chunked).url).get("/x", stream_until=lambda body: told.append(len(body)) or len(body) > 100_000)
    assert 100_000 < len(answer.body) < 300_000
    assert told == sorted(told)


def test_a_stream_that_never_satisfies_its_reader_is_cut_at_the_cap(fault_server):
    with pytest.raises(ClientError) as raised:
        client(fault_server("endless").url).get("/x", stream_until=lambda body: False, max_bytes=500_000)
    assert raised.value.kind is Kind.TOO_LARGE


def test_a_connection_is_used_again_by_the_same_client_alone(fault_server):
    server = fault_server("ok")
    first, second = client(server.url), client(server.url)
    for there in (first, first, first, second):
        assert there.get("/x").status == 200
    assert (server.requests, server.connections) == (4, 2)
    first.close()
    assert first.get("/x").status == 200


def test_a_server_that_closes_after_each_answer_is_asked_anew(fault_server):
    server = fault_server("ok", idle_close=True)
    there = client(server.url)
    for _ in range(3):
        assert there.get("/x").status == 200
    assert server.connections == 3


def test_no_time_left_asks_nothing(fault_server):
    server = fault_server("ok")
    error = fails(server.url, seconds=0)
    assert (error.kind, server.connections) == (Kind.TIMEOUT, 0)
    assert error.detail == f"No time was left to ask 127.0.0.1:{server.port}."


def test_an_error_raised_while_another_is_handled_is_its_own(fault_server):
    refused, limited = fault_server("refuse"), fault_server("ratelimit")
    try:
        client(limited.url).get("/x")
    except ClientError:
        assert fails(refused.url).kind is Kind.REFUSED
        assert fails(fault_server("truncate").url).kind is Kind.TRUNCATED


def test_nothing_of_a_credential_is_logged(fault_server, caplog):
    caplog.set_level(logging.DEBUG)
    for mode in ("ok", "rst_mid_body", "not_http", "many_headers"):
        try:
            client(fault_server(mode).url).get("/x", headers={"X-Registry-Auth": SECRET})
        except ClientError:
            continue
    assert SECRET not in caplog.text


def test_texts_are_read_by_their_charset():
    def text(body, kind):
        return Response(200, {"content-type": kind}, body, "https://git.example.com/").text

    assert text("é".encode("latin-1"), "text/plain; charset=ISO-8859-1") == "é"
    assert text("é".encode(), "text/plain") == "é"
    assert text(b"\xff", 'text/plain; charset="no-such"') == "\ufffd"
    assert text(b"\xff", "text/plain; charset=hex") == "\ufffd"


def test_a_response_does_not_show_its_body_or_headers_when_printed():
    shown = repr(Response(200, {"set-cookie": SECRET}, SECRET.encode(), "https://git.example.com/"))
    assert SECRET not in shown


def test_recorded_answers_can_be_served_by_responses():
    with responses.RequestsMock() as recorded:
        recorded.get("https://api.github.com/user", json={"login": "acme"}, headers={"X-GitHub-Request-Id": "1"})
        recorded.get("https://api.github.com/limit", status=429, headers={"Retry-After": "7"})
        there = Http("https://api.github.com", headers={"Authorization": "Bearer x"})
        assert there.get("/user").json() == {"login": "acme"}
        assert recorded.calls[0].request.headers["Authorization"] == "Bearer x"
        with pytest.raises(ClientError) as raised:
            there.get("/limit")
        assert (raised.value.kind, raised.value.retry_after) == (Kind.RATE_LIMITED, 7.0)


def test_a_client_that_will_not_read_is_not_waited_for(loopback):
    """A server that takes no byte of a large body."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ClientError) as raised, deadline.within(0.7):
            client(url).post("/x", data=b"x" * 50_000_000)
        assert raised.value.kind is Kind.TIMEOUT
