"""Fixtures around the hostile server, and certificates of the tests' own authority."""
from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import pytest
import trustme

from tests.faults.server import FaultServer


@pytest.fixture
def fault_server(loopback) -> Iterator[Callable[..., FaultServer]]:
    """Start servers by mode; loopback and plain HTTP are open, and all are stopped at the end."""
    running: list[FaultServer] = []

    def start(mode: str, **options) -> FaultServer:
        running.append(FaultServer(mode, **options))
        return running[-1]

    try:
        yield start
    finally:
        for server in running:
            server.stop()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority of the tests' own."""
    return trustme.CA()


@pytest.fixture
def trusted(authority, tmp_path, settings) -> trustme.CA:
    """The authority, trusted by this program through EGRESS_CA_BUNDLE."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    settings.EGRESS_CA_BUNDLE = str(bundle)
    return authority


def tls_of(authority: trustme.CA, *names: str, **options) -> ssl.SSLContext:
    """A server's context with a certificate for `names` (localhost); options as trustme's issue_cert takes them."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost",)), **options).configure_cert(context)
    return context
