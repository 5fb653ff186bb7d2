"""TLS: what cannot be trusted is told by its reason, and gets no byte of a request."""
from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from checks.clients.errors import Kind
from tests.faults.asking import SECRET, client, fails, sent
from tests.faults.plugin import tls_of
from tests.faults.server import JSON


def test_a_trusted_certificate_is_spoken_to_and_its_end_is_known(fault_server, trusted):
    ends = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    server = fault_server("ok", tls=tls_of(trusted, "localhost", not_after=ends))
    there = client(server.url)
    assert there.peer_certificate_expiry is None
    assert there.get("/x").json() == json.loads(JSON)
    assert there.peer_certificate_expiry == ends
    assert SECRET.encode() in server.received
    assert sent(server)[1]["host"] == f"localhost:{server.port}"


@pytest.mark.parametrize(("case", "words"), [
    ("expired", "its certificate has expired"), ("early", "its certificate is not valid yet"),
    ("other host", "its certificate is for another host name"), ("unknown authority", "from an authority that is not trusted here"),
    ("self-signed", "its certificate is self-signed"),
])
def test_a_certificate_that_cannot_be_trusted_gets_no_byte_of_a_request(fault_server, trusted, tmp_path, case, words):
    now = datetime.now(UTC)
    tls = {
        "expired": lambda: tls_of(trusted, "localhost", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)),
        "early": lambda: tls_of(trusted, "localhost", not_before=now + timedelta(days=1), not_after=now + timedelta(days=9)),
        "other host": lambda: tls_of(trusted, "git.example.com"),
        "unknown authority": lambda: tls_of(trustme.CA(), "localhost"),
        "self-signed": lambda: self_signed(tmp_path),
    }[case]()
    server = fault_server("ok", tls=tls)
    error = fails(server.url)
    assert (error.kind, error.host) == (Kind.TLS, "localhost")
    assert error.detail == f"localhost:{server.port} could not be trusted: {error.detail.partition(': ')[2]}"
    assert words in error.detail
    assert error.detail.endswith("No credential was sent.")
    assert server.connections == 1
    assert server.received == b""


def self_signed(folder):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "own.pem")
    authority.private_key_pem.write_to_path(folder / "own.pem", append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


def test_a_certificate_that_is_itself_in_the_bundle_is_trusted(fault_server, settings, tmp_path):
    leaf = trustme.CA().issue_cert("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "leaf.pem")
    settings.EGRESS_CA_BUNDLE = str(tmp_path / "leaf.pem")
    assert client(fault_server("ok", tls=context).url).get("/x").status == 200


@pytest.mark.parametrize(("mode", "options", "kind", "words"), [
    ("not_http", {"banner": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}, Kind.TLS, "does not speak TLS on this port"),
    ("not_http", {}, Kind.TLS, "does not speak TLS on this port"),
    ("rst_on_accept", {}, Kind.RESET, "cut the connection during the TLS handshake"),
    ("silent", {}, Kind.TIMEOUT, "did not finish the TLS handshake in time"),
])
def test_what_does_not_speak_tls_gets_no_credential(fault_server, mode, options, kind, words):
    server = fault_server(mode, **options)
    error = fails(f"https://localhost:{server.port}", 3.0 if kind is Kind.TIMEOUT else 60.0)
    assert (error.kind, words in error.detail) == (kind, True)
    assert SECRET.encode() not in server.received


def test_an_old_tls_version_is_told(fault_server, trusted):
    context = tls_of(trusted, "localhost")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    server = fault_server("ok", tls=context)
    error = fails(server.url)
    assert (error.kind, server.received) == (Kind.TLS, b"")
    assert "TLS version older than 1.2" in error.detail


def test_a_demanded_client_certificate_is_told(fault_server, trusted):
    context = tls_of(trusted, "localhost")
    trusted.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # with 1.3 the alert comes after the handshake, or is lost in a reset
    error = fails(fault_server("ok", tls=context).url)
    assert (error.kind, "client certificate" in error.detail) == (Kind.TLS, True)


def test_tls_on_a_port_that_was_asked_in_plain_http_is_told(fault_server, trusted):
    server = fault_server("ok", tls=tls_of(trusted, "localhost"))
    assert fails(f"http://localhost:{server.port}").kind in (Kind.NOT_PROTOCOL, Kind.RESET)


def test_a_drip_over_tls_is_cut_at_the_deadline(fault_server, trusted):
    for mode in ("drip", "drip_headers", "hang"):
        assert fails(fault_server(mode, tls=tls_of(trusted, "localhost")).url, 0.7).kind is Kind.TIMEOUT
