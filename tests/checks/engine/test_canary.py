"""The canary of a real S3 server: a worker killed between its put and its delete leaves nothing in the bucket (T29)."""
from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from checks.providers.backup_storage import backup_storage
from tests.checks.engine.clockwork import Clockwork
from tests.faults.proxy import HoldingProxy

pytestmark = pytest.mark.slow


@pytest.fixture
def slow_s3(s3_host):
    """A proxy in front of the S3 server that holds every DELETE until it is told to let go."""
    address = urlsplit(s3_host.url)
    proxy = HoldingProxy(address.hostname, address.port, lambda chunk: chunk.startswith(b"DELETE "))
    try:
        yield proxy
    finally:
        proxy.stop()


@pytest.fixture
def clockwork(installation):
    running = Clockwork(installation)
    try:
        yield running
    finally:
        running.stop()


def test_a_worker_killed_between_put_and_delete_leaves_nothing_in_the_bucket(clockwork, s3_host, slow_s3):
    s3_host.make_bucket("killed-dumps")
    key_id, secret = s3_host.make_user("killed", "killed-dumps")
    s3_host.client("s3").put_object(Bucket="killed-dumps", Key="dflow/backups/monday.dump", Body=b"a backup")
    address = f"127.0.0.1:{slow_s3.port}"
    clockwork.there.json("connect", "acme", backup_storage.slug, "backups", stdin={
        "settings": {"endpoint": f"http://{address}", "region": "us-east-1", "bucket": "killed-dumps", "access_key_id": key_id},
        "credentials": {"secret_access_key": secret}})
    clockwork.start()
    clockwork.wait(slow_s3.held.is_set, "the canary is put, and its delete held")
    [(run_id,)] = clockwork.sql("SELECT id FROM checks_run")
    canaries = [key for key in s3_host.keys_in("killed-dumps") if ".dflow-probe/" in key]
    assert canaries
    assert clockwork.sql("SELECT count(*) > 0 FROM checks_probe WHERE gone_at IS NULL") == [(1,)]
    clockwork.busy_with(address).kill()
    slow_s3.release()
    clockwork.expire()
    assert clockwork.wait_for(run_id)["attempts"] == 2
    clockwork.expire()
    clockwork.wait(lambda: clockwork.sql("SELECT count(*) FROM checks_probe WHERE gone_at IS NULL") == [(0,)], "all is removed")
    assert s3_host.keys_in("killed-dumps") == ["dflow/backups/monday.dump"]
    assert secret not in clockwork.log
