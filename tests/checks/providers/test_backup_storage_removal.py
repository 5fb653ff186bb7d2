"""What a run that died left behind is found again by what was written down, and removed; nothing else ever is."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError, Kind
from checks.providers.backup_storage import backup_storage
from tests.checks.providers.backup_run import settings
from tests.peers.s3_script import error

pytestmark = pytest.mark.usefixtures("loopback")
KEY = "dflow/backups/.dflow-probe/0b6f0a52-5d0c-4f6e-9f5c-0f2f6c1f8e11"


def client(url, bucket, key=("AKIDTEST", "a-secret-of-the-tests")):
    return backup_storage.connect(settings(url, bucket, key[0]), {"secret_access_key": key[1]})


def test_an_object_is_removed_and_seen_to_be_gone(seaweedfs):
    s3 = client(seaweedfs.url, "dumps", seaweedfs.key("full"))
    s3.put(KEY, b"left")
    assert backup_storage.clean_up(s3, "object", {"bucket": "dumps", "key": KEY})
    assert seaweedfs.keys_in("dumps") == []


def test_a_version_and_its_marker_are_removed(seaweedfs):
    s3 = client(seaweedfs.url, "versions", seaweedfs.key("full"))
    s3.put(KEY, b"left")
    assert backup_storage.clean_up(s3, "object", {"bucket": "versions", "key": KEY})
    assert seaweedfs.versions_in("versions", KEY) == []


def test_a_version_behind_a_marker_is_found_and_removed(seaweedfs):
    """The worker died between the delete and the removal of the version."""
    s3 = client(seaweedfs.url, "versions", seaweedfs.key("full"))
    s3.put(KEY, b"left")
    s3.delete(KEY)
    assert backup_storage.clean_up(s3, "object", {"bucket": "versions", "key": KEY})
    assert seaweedfs.versions_in("versions", KEY) == []


def test_what_was_never_put_is_gone_and_leaves_no_marker(seaweedfs):
    s3 = client(seaweedfs.url, "versions", seaweedfs.key("full"))
    assert backup_storage.clean_up(s3, "object", {"bucket": "versions", "key": KEY})
    assert seaweedfs.versions_in("versions", KEY) == []


def test_an_open_upload_is_aborted_with_and_without_its_id(seaweedfs):
    s3 = client(seaweedfs.url, "dumps", seaweedfs.key("full"))
    number = s3.create_upload(KEY)
    assert backup_storage.clean_up(s3, "multipart", {"bucket": "dumps", "key": KEY, "upload_id": number})
    assert backup_storage.clean_up(s3, "multipart", {"bucket": "dumps", "key": KEY, "upload_id": number})  # again: gone is gone
    s3.create_upload(KEY)
    assert backup_storage.clean_up(s3, "multipart", {"bucket": "dumps", "key": KEY})
    assert seaweedfs.uploads_in("dumps") == []


def test_a_locked_version_is_not_gone(seaweedfs):
    s3 = client(seaweedfs.url, "locked", seaweedfs.key("admin"))
    key = KEY + "-locked"
    s3.put(key, b"left")
    assert not backup_storage.clean_up(s3, "object", {"bucket": "locked", "key": key})


def test_without_the_right_to_delete_it_is_not_gone(s3_script):
    host = s3_script({"DeleteObject": error(403, "AccessDenied")})
    s3 = client(host.url, "dumps")
    s3.put(KEY, b"left")
    assert not backup_storage.clean_up(s3, "object", {"bucket": "dumps", "key": KEY})
    assert KEY in host.objects


@pytest.mark.parametrize("details", [
    {"bucket": "dumps", "key": "dflow/backups/nightly.dump"}, {"bucket": "dumps", "key": ""}, {"bucket": "dumps"},
    {"bucket": "another", "key": KEY}, {"bucket": "dumps", "key": "x.dflow-probe/1"},
])
def test_what_is_not_ours_or_in_another_bucket_is_never_touched(s3_script, details):
    host = s3_script()
    assert not backup_storage.clean_up(client(host.url, "dumps"), "object", details)
    assert host.seen == []


def test_a_server_that_is_down_is_asked_another_time(s3_script):
    s3 = client(s3_script({"*": error(503, "ServiceUnavailable")}).url, "dumps")
    with pytest.raises(ClientError) as raised:
        backup_storage.clean_up(s3, "object", {"bucket": "dumps", "key": KEY})
    assert raised.value.kind is Kind.OUTAGE
