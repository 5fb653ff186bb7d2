"""Fixtures that every part of the tests shares. Peers (real servers) are in tests/peers/."""
from __future__ import annotations

import hypothesis
import pytest

# A machine that is busy is slow, and no example is wrong for that; all else stays as it is (CI: the same examples each time).
hypothesis.settings.register_profile("busy", parent=hypothesis.settings.default, deadline=None,
                                     suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")
pytest_plugins = ["tests.people", "tests.installation", "tests.peers.plugin"]


@pytest.fixture
def loopback(settings):
    """Open loopback and plain HTTP for one test: its peers live there."""
    settings.EGRESS_ALLOW_NETWORKS = ["127.0.0.0/8", "::1/128"]
    settings.EGRESS_ALLOW_PLAIN_HTTP = True
