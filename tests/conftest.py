"""Fixtures that every part of the tests shares. Peers (real servers) are in tests/peers/."""
from __future__ import annotations

import pytest

pytest_plugins = ["tests.people", "tests.installation", "tests.peers.plugin"]


@pytest.fixture
def loopback(settings):
    """Open loopback and plain HTTP for one test: its peers live there."""
    settings.EGRESS_ALLOW_NETWORKS = ["127.0.0.0/8", "::1/128"]
    settings.EGRESS_ALLOW_PLAIN_HTTP = True
