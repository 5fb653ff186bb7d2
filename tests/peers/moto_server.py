"""moto's S3 server with IAM enforced: the demo's own, for one session of the tests."""
from __future__ import annotations

from importlib.util import find_spec

import pytest

from checks.demo.s3_host import S3Host
from tests.peers.ports import free_port


@pytest.fixture(scope="session")
def s3_host():
    """One server a session; a test makes buckets and users of its own."""
    if find_spec("moto") is None or find_spec("flask") is None:
        from tests.peers.plugin import missing
        missing("moto's server", "pip install 'moto[server]'")
    with S3Host(free_port) as host:
        yield host
