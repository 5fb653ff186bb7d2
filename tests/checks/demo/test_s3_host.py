"""The demo's S3 server refuses what S3 refuses, and ends when it is told to."""
from __future__ import annotations

import os

import pytest
import requests
from botocore.exceptions import ClientError

from checks.clients.s3 import S3, S3Refusal, place
from checks.demo.s3_host import FULL, WITHOUT_DELETE, S3Host

pytestmark = pytest.mark.usefixtures("loopback")


def client(host: S3Host, bucket: str, key: tuple[str, str]) -> S3:
    return S3(place(host.url, "us-east-1", bucket, "auto"), *key)


def code(ask) -> str:
    with pytest.raises(S3Refusal) as raised:
        ask()
    return raised.value.code


def test_a_user_may_do_what_its_policy_says_and_no_more(s3_host):
    s3_host.make_bucket("host-a")
    s3_host.make_bucket("host-b")
    full = client(s3_host, "host-a", s3_host.make_user("host-full", "host-a", FULL))
    limited = client(s3_host, "host-a", s3_host.make_user("host-limited", "host-a", WITHOUT_DELETE))
    full.put("k", b"x")
    assert limited.get("k") == b"x"
    assert code(lambda: limited.delete("k")) == "AccessDenied"
    assert code(lambda: client(s3_host, "host-b", (full.key_id, full._keys.secret)).put("k", b"x")) == "AccessDenied"
    assert s3_host.keys_in("host-a") == ["k"]
    full.delete("k")
    assert s3_host.keys_in("host-a") == []


def test_it_knows_its_keys_and_checks_their_signatures(s3_host):
    s3_host.make_bucket("host-c")
    key_id, _ = s3_host.make_user("host-c-user", "host-c")
    assert code(lambda: client(s3_host, "host-c", (key_id, "wrong")).list_below("")) == "SignatureDoesNotMatch"
    assert code(lambda: client(s3_host, "host-c", ("AKIANOSUCHKEY", "x")).list_below("")) == "InvalidAccessKeyId"


def test_a_bucket_is_private(s3_host):
    s3_host.make_bucket("host-d")
    s3_host.client("s3").put_object(Bucket="host-d", Key="k", Body=b"x")
    assert requests.get(f"{s3_host.url}/host-d/k", timeout=60).status_code == 403


def test_a_locked_bucket_keeps_a_version(s3_host):
    s3_host.make_bucket("host-e", locked=True)
    s3 = s3_host.client("s3")
    version = s3.put_object(Bucket="host-e", Key="k", Body=b"x")["VersionId"]
    with pytest.raises(ClientError):
        s3.delete_object(Bucket="host-e", Key="k", VersionId=version)


def test_it_ends_when_it_is_stopped_and_can_be_stopped_twice():
    host = S3Host().start()
    pid, url = host.pid, host.url
    assert url.startswith("http://127.0.0.1:")
    host.stop()
    host.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=2)
