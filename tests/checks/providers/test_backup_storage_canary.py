"""The canary's whole way: how often the server is asked, checksums, overwriting, a run that dies, TLS."""
from __future__ import annotations

import json
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import trustme

from checks.providers.backup_storage import backup_storage
from checks.providers.backup_storage.canary import Canary
from checks.providers.backup_storage.writing import write
from checks.providers.base import ProbeRecord
from checks.runner import Landed, run
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.backup_run import look, settings
from tests.faults.plugin import tls_of
from tests.faults.proxy import HoldingProxy
from tests.peers.s3_script import XML, Answer, error

pytestmark = pytest.mark.usefixtures("loopback")
MOST = 12
METHODS = (b"GET ", b"HEAD ", b"PUT ", b"POST ", b"DELETE ")


@pytest.fixture
def counted():
    """A way to a server that counts the requests that pass: (its url, their first lines)."""
    running = []

    def start(url):
        lines = []

        def note(chunk):
            if chunk.startswith(METHODS):
                lines.append(chunk.partition(b" HTTP/")[0].decode())
            return False
        there = urlsplit(url)
        running.append(HoldingProxy(there.hostname, there.port, note))
        return f"http://127.0.0.1:{running[-1].port}", lines

    yield start
    for proxy in running:
        proxy.stop()


# --- How much is asked ------------------------------------------------------------------------------------------
def test_a_healthy_run_asks_seaweedfs_twelve_times_at_most(seaweedfs, counted):
    url, lines = counted(seaweedfs.url)
    seen = look(url, "dumps", seaweedfs.key("full"))
    assert (seen.bad, seen.left) == ({}, [])
    assert len(lines) <= MOST, lines


def test_a_healthy_run_asks_moto_twelve_times_at_most(s3_host, counted):
    s3_host.make_bucket("counted")
    url, lines = counted(s3_host.url)
    assert look(url, "counted", s3_host.make_user("counted-user", "counted")).bad == {}
    assert len(lines) <= MOST, lines


def test_these_are_the_requests_and_only_two_are_unsigned(s3_script):
    host = s3_script()
    assert look(host.url, "dumps").bad == {}
    assert host.operations == [
        "ListObjectsV2", "PutObject", "UnsignedListObjectsV2", "UnsignedGetObject", "GetObject", "CreateMultipartUpload", "UploadPart",
        "CompleteMultipartUpload", "CreateMultipartUpload", "AbortMultipartUpload", "DeleteObject", "HeadObject"]
    assert len({asked.key for asked in host.seen if asked.key}) == 1, "one key, so one removal"
    assert (host.objects, host.uploads) == ({}, {})


# --- Checksums ----------------------------------------------------------------------------------------------------
def has_checksum(asked):
    return any(name.lower().startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer")) for name in asked.headers)


def refusing(answer):
    return {"PutObject": lambda asked: answer if has_checksum(asked) else None}


# The words: R2 as it was in 2025 (boto/boto3#4392), B2 (boto/s3transfer#327), and a server that chokes (reconstructed).
@pytest.mark.parametrize(("answer", "words"), [
    (error(501, "NotImplemented", "Header 'x-amz-checksum-crc32' with value 'AAAAAA==' not implemented"), "(NotImplemented"),
    (error(400, "InvalidArgument", "Unsupported header 'x-amz-sdk-checksum-algorithm' received for this API call."), "(InvalidArgument"),
    (error(400, "XAmzContentSHA256Mismatch", "The Content-SHA256 you specified did not match what we received"), "(XAmzContentSHA256Mis"),
    (error(403, "SignatureDoesNotMatch"), "(SignatureDoesNotMatch"), (error(403, "AccessDenied"), "(AccessDenied"),
    (error(500, "InternalError"), "HTTP 500"), (Answer(502, b"<html>bad gateway"), "502"),
])
def test_an_endpoint_that_rejects_sdk_checksums_works_and_is_warned_of(s3_script, answer, words):
    host = s3_script(refusing(answer))
    seen = look(host.url, "dumps")
    verdict = seen["object_writable"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.WARN, Cause.YOURS, Layer.BACKUP_ENDPOINT_REGION)
    assert "The endpoint rejects SDK-default checksums" in verdict.evidence
    assert words in verdict.evidence
    assert "AWS_REQUEST_CHECKSUM_CALCULATION=when_required and AWS_RESPONSE_CHECKSUM_VALIDATION=when_required" in verdict.remedy
    assert set(verdict.facts["environment"].values()) == {"when_required"}
    assert (seen.bad, seen.status) == ({"object_writable": "warn"}, Status.WARN)
    assert (host.objects, host.uploads, seen.left) == ({}, {}, [])
    plain = [asked for asked in host.seen if asked.operation == "PutObject" and not has_checksum(asked)]
    alone = [asked for asked in host.seen if asked.operation == "PutObject" and "Content-MD5" not in asked.headers]
    assert (len(plain), len(alone)) == (1, 1), "each way was put by itself before it was blamed"


def test_a_passing_trouble_of_the_first_put_is_not_blamed_on_checksums(s3_script):
    once = [error(503, "ServiceUnavailable")]
    host = s3_script({"PutObject": lambda asked: once.pop() if once else None})
    seen = look(host.url, "dumps")
    assert (seen.bad, seen.left, host.objects) == ({}, [], {})


def test_both_at_once_may_be_refused_where_each_alone_is_taken(s3_script):
    host = s3_script({"PutObject": lambda asked: error(400, "BadDigest") if has_checksum(asked) and "Content-MD5" in asked.headers else None})
    assert look(host.url, "dumps").bad == {}


@pytest.mark.parametrize("code", ["SlowDown", "RequestTimeTooSkewed"])
def test_a_limit_or_a_clock_is_no_checksum_and_is_asked_once(s3_script, code):
    host = s3_script({"PutObject": error(503 if code == "SlowDown" else 403, code)})
    assert look(host.url, "dumps")["object_writable"].status is Status.UNKNOWN
    assert host.operations.count("PutObject") == 1


def test_over_tls_the_checksum_goes_in_a_trailer_as_the_sdk_sends_it(s3_script, trusted):
    """The framing that aws-chunked puts around the bytes, which a server that does not know it would store."""
    bodies = []

    def unframe(asked):
        bodies.append((asked.headers.get("Content-Encoding", ""), asked.body))
    host = s3_script({"PutObject": unframe}, tls=tls_of(trusted, "127.0.0.1", "localhost"))
    seen = look(f"https://localhost:{host.port}", "dumps")
    encoding, body = bodies[0]
    assert (encoding, body.partition(b"\r\n")[0], b"x-amz-checksum-crc32:" in body) == ("aws-chunked", b"400", True)
    verdict = seen["object_readable"]  # this host stored the framing: what came back was not what was written
    assert (verdict.status, "were not those that were written" in verdict.evidence) == (Status.FAIL, True)


def test_aws_itself_is_not_asked_about_them(s3_script):
    """Its own SDKs' defaults are taken there, and the plain PUT is one request less to reason about."""
    class Aws:
        place = SimpleNamespace(is_aws=True)

        def __init__(self):
            self.asked = []

        def put(self, key, body, **how):
            self.asked.append(how)
            return SimpleNamespace(version_id="")
    s3 = Aws()
    assert write(s3, Canary("k", b"x", ProbeRecord("1", "object", {}))).refused == ""
    assert s3.asked == [{"md5": True, "sdk_checksums": False}]


# --- Versions, locks, keys of KMS -----------------------------------------------------------------------------------
def test_a_bucket_that_may_not_be_overwritten_gets_its_parts_elsewhere(s3_script):
    """A retention policy of the bucket's, where overwriting counts as deleting (Google's retentionPolicyNotMet; reconstructed)."""
    def keep(asked):
        there = asked.key in host.objects
        return error(403, "AccessDenied", "Object is subject to bucket's retention policy") if there else None
    host = s3_script({"CompleteMultipartUpload": keep})
    seen = look(host.url, "dumps")
    assert (seen.bad, seen.left, host.objects, host.uploads) == ({}, [], {}, {})
    assert len({asked.key for asked in host.seen if asked.operation == "CompleteMultipartUpload"}) == 2


def test_a_kms_key_that_encrypted_the_canary_is_named_and_goes_into_the_policy(s3_script):
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

    def encrypt(asked):
        host.objects[asked.key] = asked.body
        return Answer(200, headers={"ETag": '"e"', "x-amz-server-side-encryption": "aws:kms",
                                    "x-amz-server-side-encryption-aws-kms-key-id": key})
    denied = f'User: arn:aws:iam::123456789012:user/b is not authorized to perform: kms:Decrypt on resource: "{key}"'
    host = s3_script({"PutObject": encrypt, "GetObject": error(403, "AccessDenied", denied)})
    seen = look(host.url, "dumps")
    assert f"It was encrypted with the KMS key {key}." in seen["object_writable"].evidence
    readable = seen["object_readable"]
    assert (readable.status, readable.layer) == (Status.FAIL, Layer.BACKUP_BUCKET_POLICY)
    assert f"the key may not use the KMS key {key} (kms:Decrypt)" in readable.evidence
    assert json.loads(readable.facts["policy"])["Statement"][-1] == {
        "Sid": "Key", "Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key}


def test_on_moto_a_locked_bucket_keeps_its_versions_and_they_are_named(s3_host):
    s3_host.make_bucket("locked-moto", locked=True)
    actions = ("s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:DeleteObjectVersion")
    seen = look(s3_host.url, "locked-moto", s3_host.make_user("locked-user", "locked-moto", actions))
    verdict = seen["object_deletable"]
    assert (seen.bad, verdict.layer) == ({"object_deletable": "warn"}, Layer.BACKUP_BUCKET_POLICY)
    assert "in COMPLIANCE mode" in verdict.evidence
    assert "Properties → Object Lock → Default retention" in verdict.remedy
    kept = s3_host.client("s3").list_object_versions(Bucket="locked-moto")["Versions"]
    assert kept
    for version in kept:
        assert (version["Key"], version["VersionId"] in verdict.evidence) == (seen.put[0].details["key"], True)
    assert verdict.facts["left_behind"] == [seen.put[0].details["key"]]
    assert s3_host.uploads_in("locked-moto") == []


# --- A run that dies --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("after", ["endpoint_well_formed", "object_writable", "object_readable", "multipart_supported"])
@pytest.mark.parametrize("bucket", ["dumps", "versions"])
def test_whatever_a_dead_run_left_is_found_by_what_was_written_down(seaweedfs, bucket, after):
    chosen = settings(seaweedfs.url, bucket, seaweedfs.key("full")[0])
    client = backup_storage.connect(chosen, {"secret_access_key": seaweedfs.key("full")[1]})
    written, gone = {}, set()
    with closing(run(backup_storage, settings=chosen, client=client, services=[], known={}, secrets=[], now=datetime.now(UTC))) as items:
        for item in items:
            if isinstance(item, Landed):
                if item.check.slug == after:
                    break
            elif item.gone:
                gone.add(item.probe.id)
            else:
                written[item.probe.id] = item.probe
    for number, probe in written.items():
        if number not in gone:
            assert backup_storage.clean_up(client, probe.kind, probe.details)
    assert (seaweedfs.keys_in(bucket), seaweedfs.uploads_in(bucket)) == ([], [])
    if bucket == "versions":
        assert seaweedfs.versions_in(bucket, "dflow/") == []


def test_it_is_written_down_before_it_is_put(s3_script):
    host = s3_script()
    chosen = settings(host.url, "dumps", "AKIDTEST")
    client = backup_storage.connect(chosen, {"secret_access_key": "a-secret"})
    for item in run(backup_storage, settings=chosen, client=client, services=[], known={}, secrets=[], now=datetime.now(UTC)):
        if not isinstance(item, Landed) and not item.gone:
            key = item.probe.details["key"]
            if item.probe.kind == "object":
                assert key not in host.objects
            elif not item.probe.details.get("upload_id"):
                assert key not in host.uploads.values()


# --- TLS ------------------------------------------------------------------------------------------------------------------
def self_signed(folder):
    own = trustme.CA()
    own.cert_pem.write_to_path(folder / "own.pem")
    own.private_key_pem.write_to_path(folder / "own.pem", append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


@pytest.mark.parametrize(("case", "words"), [
    ("expired", "its certificate has expired"), ("self-signed", "its certificate is self-signed"),
    ("wrong host", "its certificate is for another host name"),
])
def test_a_certificate_that_cannot_be_trusted_is_unknown_and_no_byte_of_the_credential_is_sent(fault_server, trusted, tmp_path, case, words):
    now = datetime.now(UTC)
    context = {
        "expired": lambda: tls_of(trusted, "localhost", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)),
        "self-signed": lambda: self_signed(tmp_path), "wrong host": lambda: tls_of(trusted, "s3.example.com"),
    }[case]()
    server = fault_server("ok", tls=context)
    seen = look(f"https://localhost:{server.port}", "dumps")
    verdict = seen["endpoint_reachable"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.PROVIDER, Layer.TLS)
    assert words in verdict.evidence
    assert verdict.remedy
    assert server.received == b""
    others = {slug: row.status for slug, row in seen.rows.items()} | {"endpoint_well_formed": Status.SKIPPED}
    assert set(others.values()) <= {Status.UNKNOWN, Status.SKIPPED, Status.PASS}
    assert seen.put == []
    assert XML not in str(seen.rows)
