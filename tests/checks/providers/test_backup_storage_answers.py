"""Answers that no server here gives by itself: regions, clocks, KMS, policies, outages, and what is not S3 at all."""
from __future__ import annotations

import json

import pytest

from checks.clients.s3 import S3Refusal
from checks.providers.backup_storage import backup_storage
from checks.providers.backup_storage.checks_access import key_accepted
from checks.providers.backup_storage.checks_bucket import region_matches
from checks.providers.base import Context, OnceMemo
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.backup_run import look, settings
from tests.peers.s3_script import Answer, error, wrong_region

DENIED = "User: arn:aws:iam::123456789012:user/b is not authorized to perform: {} on resource: \"arn:aws:s3:::dumps/x\" {}"


def expect(verdict, status, cause, layer, *words):
    assert (verdict.status, verdict.cause, verdict.layer) == (status, cause, layer), verdict
    for word in words:
        assert word in f"{verdict.evidence} {verdict.remedy}"


def test_a_signature_for_another_region_fails_the_region_and_nothing_before_it(s3_script):
    host = s3_script({"*": lambda asked: wrong_region(asked, "eu-central-1")})
    seen = look(host.url, "dumps")
    assert [seen[slug].status for slug in ("endpoint_reachable", "key_accepted", "bucket_found")] == [Status.PASS] * 3
    expect(seen["region_matches"], Status.FAIL, Cause.YOURS, Layer.BACKUP_ENDPOINT_REGION,
           "refused requests for the region us-east-1 (AuthorizationHeaderMalformed", "is in eu-central-1",
           "Set the region of this integration to eu-central-1")
    assert seen["region_matches"].facts["expected_region"] == "eu-central-1"
    assert seen["region_matches"].facts["suggested"] == {"region": "eu-central-1"}
    assert seen.put == []
    assert "PutObject" not in host.operations


def test_a_redirect_to_another_region_is_read_and_never_followed(s3_script):
    other = s3_script()
    moved = error(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified "
                  "endpoint. Please send all future requests to this endpoint.", Endpoint=other.url.partition("://")[2],
                  Bucket="dumps", headers={"x-amz-bucket-region": "eu-west-3", "Location": f"{other.url}/dumps"})
    host = s3_script({"ListObjectsV2": moved, "HeadBucket": Answer(301, headers={"x-amz-bucket-region": "eu-west-3"})})
    seen = look(host.url, "dumps")
    expect(seen["region_matches"], Status.FAIL, Cause.YOURS, Layer.BACKUP_ENDPOINT_REGION, "PermanentRedirect", "eu-west-3")
    assert other.seen == []
    assert host.operations.count("ListObjectsV2") == 1
    assert seen.put == []


@pytest.mark.parametrize(("told", "region", "status", "words"), [
    ("us-east-1", "us-east-1", Status.PASS, "as entered"), ("eu-west-1", "eu-west-2", Status.WARN, "is in eu-west-1"),
    ("garage", "us-east-1", Status.PASS, "which it calls garage"), ("", "us-east-1", Status.PASS, "the server told no region"),
    ("", "eu-west-2", Status.PASS, "the server told no region"),
])
@pytest.mark.parametrize("operation", ["ListObjectsV2", "HeadBucket"])
def test_the_region_that_the_server_names_is_compared(s3_script, operation, told, region, status, words):
    """MinIO names it with every answer (cmd/generic-handlers.go, setCommonHeaders), AWS with HeadBucket's, too."""
    if operation == "HeadBucket" and region == "us-east-1":
        words = "the server told no region"  # not asked: whatever it said, us-east-1 is taken there
    headers = {"x-amz-bucket-region": told} if told else {}
    host = s3_script({operation: Answer(200, b"<ListBucketResult></ListBucketResult>" if operation != "HeadBucket" else b"", headers)})
    verdict = look(host.url, "dumps", region=region)["region_matches"]
    assert (verdict.status, verdict.layer) == (status, Layer.BACKUP_ENDPOINT_REGION)
    assert words in verdict.evidence
    assert verdict.facts.get("suggested") == ({"region": "eu-west-1"} if status is Status.WARN else None)
    assert host.operations.count("HeadBucket") == (region != "us-east-1" and not (told and operation == "ListObjectsV2"))


@pytest.mark.parametrize(("endpoint", "region", "right"), [
    ("https://s3.eu-central-003.backblazeb2.com", "us-west-004",
     {"region": "us-west-004", "endpoint": "https://s3.us-west-004.backblazeb2.com"}),
    ("https://minio.example.com", "eu-2", {"region": "eu-2"}), ("", "eu-west-3", {"region": "eu-west-3"}),
])
def test_where_the_host_names_the_region_the_endpoint_is_offered_with_it(endpoint, region, right):
    """No such host stands here: the answer is given to the run as its listing, and nothing is asked."""
    chosen = settings(endpoint, "dumps", "AKIDTEST")
    client, memo = backup_storage.connect(chosen, {"secret_access_key": "x"}), OnceMemo()
    memo.get("list", lambda: S3Refusal("ListObjectsV2", "AuthorizationHeaderMalformed", 400, region=region))
    verdict = region_matches(Context(chosen, client, None, memo, None))
    expect(verdict, Status.FAIL, Cause.YOURS, None, f"is in {region}", f"Set the region of this integration to {region}", *right.values())
    assert verdict.facts["suggested"] == right


def test_a_refused_clock_is_ours_and_says_by_how_much(s3_script):
    host = s3_script({"*": error(403, "RequestTimeTooSkewed", "The difference between the request time and the current time "
                                 "is too large.", ServerTime="2020-01-01T00:00:00Z")})
    seen = look(host.url, "dumps")
    assert seen["endpoint_reachable"].status is Status.PASS
    expect(seen["key_accepted"], Status.UNKNOWN, Cause.OURS, Layer.CLOCK, "RequestTimeTooSkewed", "minutes apart")


def test_a_wrong_signature_beside_a_clock_that_differs_is_not_blamed_on_the_secret(s3_script):
    host = s3_script({"*": error(403, "SignatureDoesNotMatch", headers={"Date": "Wed, 01 Jan 2020 00:00:00 GMT"})})
    expect(look(host.url, "dumps")["key_accepted"], Status.UNKNOWN, Cause.OURS, Layer.CLOCK, "SignatureDoesNotMatch", "NTP")


@pytest.mark.parametrize(("code", "status", "message", "words"), [
    ("InvalidAccessKeyId", 403, "", "does not know the access key id"),
    ("SignatureDoesNotMatch", 403, "", "secret access key did not fit"),
    ("ExpiredToken", 400, "The provided token has expired.", "has expired"),
    ("InvalidToken", 400, "", "needs a session token"), ("AccountProblem", 403, "", "closed the account"),
    ("Unauthorized", 401, "Unauthorized", "did not accept the access key"),
    ("InvalidArgument", 400, "Credential access key has length 20, should be 32", "has length 20, should be 32"),
])
def test_what_is_wrong_with_a_key_is_told_apart(s3_script, code, status, message, words):
    seen = look(s3_script({"*": error(status, code, message)}).url, "dumps")
    expect(seen["key_accepted"], Status.FAIL, Cause.YOURS, Layer.BACKUP_KEYS, words, code, "request REQ1")
    assert seen["endpoint_reachable"].status is Status.PASS


def test_a_temporary_key_of_aws_is_refused_for_what_it_is(s3_script):
    chosen = settings("", "dumps", "ASIAEXAMPLE")
    client = backup_storage.connect(chosen, {"secret_access_key": "x"})
    verdict = key_accepted(Context(chosen, client, None, OnceMemo(), None))  # asks nothing, so nothing of AWS's is needed
    expect(verdict, Status.FAIL, Cause.YOURS, None, "temporary key", "Make a permanent access key")


@pytest.mark.parametrize("key", ["AKIAEXAMPLE", "ASIAEXAMPLE"])
@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "Unauthorized"])
def test_a_key_of_aws_at_a_server_that_is_not_aws_is_named(s3_script, key, code):
    host = s3_script({"*": error(403, code)})
    verdict = look(host.url, "dumps", (key, "a-secret-of-the-tests"))["key_accepted"]
    kind = "temporary key" if key.startswith("ASIA") else "key"
    expect(verdict, Status.FAIL, Cause.YOURS, Layer.BACKUP_KEYS, f"Its form ({key[:4]}) is that of a {kind} of AWS, and 127.0.0.1:",
           "is not AWS.")


def test_where_such_a_server_takes_it_only_a_temporary_one_is_warned_of(s3_script):
    host = s3_script()
    warned = look(host.url, "dumps", ("ASIAEXAMPLE", "a-secret-of-the-tests"))
    expect(warned["key_accepted"], Status.WARN, Cause.YOURS, Layer.BACKUP_KEYS, "temporary key of AWS (STS), which ends by itself")
    assert warned["object_writable"].status is Status.PASS
    taken = look(host.url, "dumps", ("AKIAEXAMPLE", "a-secret-of-the-tests"))["key_accepted"]
    assert (taken.status, "that of a key of AWS" in taken.evidence) == (Status.PASS, True)


def test_a_bucket_that_only_a_head_knows_to_be_missing_is_missing(s3_script):
    host = s3_script({"ListObjectsV2": error(403, "AccessDenied"), "HeadBucket": Answer(404)})
    expect(look(host.url, "dumps")["bucket_found"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "has no bucket dumps")


def test_a_missing_bucket_proves_nothing_of_the_key_until_the_key_is_asked_alone(s3_script):
    missing = error(404, "NoSuchBucket", "The specified bucket does not exist")
    host = s3_script({"ListObjectsV2": missing, "ListBuckets": error(403, "InvalidAccessKeyId")})
    expect(look(host.url, "dumps")["key_accepted"], Status.FAIL, Cause.YOURS, Layer.BACKUP_KEYS, "does not know")


@pytest.mark.parametrize(("context", "layer", "words"), [
    ("because no identity-based policy allows the s3:PutObject action", Layer.BACKUP_BUCKET_POLICY,
     "No identity-based policy allows s3:PutObject."),
    ("because no permissions boundary allows the s3:PutObject action", Layer.BACKUP_BUCKET_POLICY,
     "No permissions boundary allows s3:PutObject."),
    ("with an explicit deny in a resource-based policy", Layer.BACKUP_BUCKET_POLICY,
     "An explicit deny in the resource-based policy refused it."),
    ("with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1", Layer.AWS_SCP,
     "administrator of your AWS organisation"),
])
def test_a_denial_in_full_says_who_denied(s3_script, context, layer, words):
    host = s3_script({"PutObject": error(403, "AccessDenied", DENIED.format("s3:PutObject", context))})
    seen = look(host.url, "dumps")
    expect(seen["object_writable"], Status.FAIL, Cause.YOURS, layer, words, "s3:PutObject on arn:aws:s3:::dumps/dflow/backups/*")
    assert seen.left == []  # a PUT that was refused has put nothing


def test_a_kms_key_that_may_not_be_used_is_named(s3_script):
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    message = DENIED.format("kms:GenerateDataKey", "because no identity-based policy allows the kms:GenerateDataKey action")
    seen = look(s3_script({"PutObject": error(403, "AccessDenied", message.replace("arn:aws:s3:::dumps/x", key))}).url, "dumps")
    expect(seen["object_writable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, f"the KMS key {key} (kms:GenerateDataKey)",
           f"Allow kms:GenerateDataKey and kms:Decrypt on the KMS key {key}", "Key policy → Key users")
    facts = seen["object_writable"].facts
    assert (facts["required"], facts["kms_key"]) == (["kms:GenerateDataKey", "kms:Decrypt"], key)
    assert json.loads(facts["policy"])["Statement"][-1]["Resource"] == key
    assert seen["object_writable"].link.endswith("region=eu-west-1#/kms/keys/1234abcd-12ab-34cd-56ef-1234567890ab")
    unnamed = look(s3_script({"PutObject": error(403, "AccessDenied", message)}).url, "dumps")["object_writable"]
    assert "the bucket's KMS key (kms:GenerateDataKey)" in unnamed.evidence
    disabled = look(s3_script({"PutObject": error(400, "KMS.DisabledException", "is disabled.")}).url, "dumps")
    expect(disabled["object_writable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "disabled, deleted or not there")


def demands(value):
    def rule(asked):
        sent = {name.lower(): text for name, text in asked.headers.items()}
        return None if sent.get("x-amz-server-side-encryption") == value else error(403, "AccessDenied")
    return rule


@pytest.mark.parametrize(("value", "setting"), [("AES256", "Default encryption → SSE-S3"), ("aws:kms", "Default encryption → SSE-KMS")])
def test_a_policy_that_demands_encryption_is_found_out_and_the_attempt_removed(s3_script, value, setting):
    host = s3_script({"PutObject": demands(value)})
    seen = look(host.url, "dumps")
    expect(seen["object_writable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "x-amz-server-side-encryption",
           "Turn on default encryption", setting, "the condition s3:x-amz-server-side-encryption", f"({value})")
    assert (host.objects, seen.left) == ({}, [])


def test_an_attempt_that_could_not_be_removed_stays_written_down(s3_script):
    host = s3_script({"PutObject": demands("AES256"), "DeleteObject": error(403, "AccessDenied")})
    assert [probe.details["key"] for probe in look(host.url, "dumps").left] == list(host.objects)


def test_object_lock_that_does_not_take_the_checksum_is_named(s3_script):
    message = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
    host = s3_script({"PutObject": error(400, "InvalidRequest", message)})
    expect(look(host.url, "dumps")["object_writable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "object lock")
    first, second = [asked for asked in host.seen if asked.operation == "PutObject"]
    for put in (first, second):
        assert {"Content-MD5", "Content-Length"} <= set(put.headers)
        assert "expect" not in {name.lower() for name in put.headers}
    assert "x-amz-checksum-crc32" in first.headers
    assert not [name for name in second.headers if "checksum" in name.lower()]


def test_bytes_that_come_back_changed_fail(s3_script):
    host = s3_script({"GetObject": Answer(200, b"not what was written")})
    expect(look(host.url, "dumps")["object_readable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY,
           "gave 20 bytes that were not those")


def test_a_server_without_multipart_uploads_fails_and_one_without_abort_names_the_action(s3_script):
    without = look(s3_script({"CreateMultipartUpload": error(405, "MethodNotAllowed")}).url, "dumps")
    expect(without["multipart_supported"], Status.FAIL, Cause.YOURS, Layer.BACKUP_ENDPOINT_REGION, "does not take uploads in parts")
    assert without.left == []
    broken = look(s3_script({"CreateMultipartUpload": error(501, "NotImplemented")}).url, "dumps")
    expect(broken["multipart_supported"], Status.FAIL, Cause.YOURS, Layer.BACKUP_ENDPOINT_REGION, "(NotImplemented")
    host = s3_script({"AbortMultipartUpload": error(403, "AccessDenied")})
    denied = look(host.url, "dumps")
    expect(denied["multipart_supported"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY,
           "Allow s3:AbortMultipartUpload on arn:aws:s3:::dumps/dflow/backups/*.")
    assert [probe.details["upload_id"] for probe in denied.left] == list(host.uploads)


def test_an_object_that_stays_after_its_deletion_fails(s3_script):
    seen = look(s3_script({"DeleteObject": Answer(204)}).url, "dumps")
    expect(seen["object_deletable"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "a HEAD then still found it")
    assert seen.put[0] in seen.left


def test_a_bucket_that_anybody_may_list_is_public(s3_script):
    listing = Answer(200, b"<ListBucketResult></ListBucketResult>")
    seen = look(s3_script({"UnsignedListObjectsV2": listing}).url, "dumps")
    expect(seen["bucket_not_public"], Status.FAIL, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY, "Anybody could list")


@pytest.mark.parametrize(("answer", "layer", "words"), [
    (error(503, "SlowDown", "Please reduce your request rate."), Layer.PROVIDER_OUTAGE, "limited our requests (SlowDown)"),
    (error(500, "InternalError"), Layer.PROVIDER_OUTAGE, "HTTP 500"), (Answer(502, b"<html>bad gateway"), Layer.PROVIDER_OUTAGE, "502"),
    (Answer(429), Layer.PROVIDER_OUTAGE, "limited our requests"),
    (Answer(200, b"<!doctype html><html><body>Sign in</body></html>"), Layer.PROVIDER_OUTAGE, "a web page that is not the S3 protocol"),
    (Answer(200, b"<html><body/></html>"), Layer.PROVIDER_OUTAGE, "a web page"),
    (Answer(404, b"<html><body>nginx</body></html>"), Layer.PROVIDER_OUTAGE, "(HTTP 404)"),
    (Answer(403, b"forbidden"), Layer.PROVIDER_OUTAGE, "not the S3 protocol"),
    (Answer(405), Layer.PROVIDER_OUTAGE, "(HTTP 405)"), (Answer(200, b"{}"), Layer.PROVIDER_OUTAGE, "not the S3 protocol"),
    (Answer(200, b"<ListBucketResult><Name>du"), Layer.PROVIDER_OUTAGE, "not the S3 protocol (HTTP 200)"),
    (Answer(302, b"", {"Location": "https://console.example.com/login"}), Layer.PROVIDER_OUTAGE, "pointed to console.example.com"),
])
def test_an_answer_that_is_none_is_unknown_and_never_blames(s3_script, answer, layer, words):
    seen = look(s3_script({"*": answer}).url, "dumps")
    verdict = seen["endpoint_reachable"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.PROVIDER, layer), verdict
    assert words in verdict.evidence
    assert seen.status is Status.UNKNOWN
    assert seen.put == []


def test_a_closed_port_is_unknown_and_a_closed_address_fails(settings, loopback):
    refused = look("http://127.0.0.1:9", "dumps")["endpoint_reachable"]
    assert (refused.status, refused.layer) == (Status.UNKNOWN, Layer.NETWORK)
    settings.EGRESS_ALLOW_NETWORKS = []
    blocked = look("http://127.0.0.1:9000", "dumps")["endpoint_reachable"]
    assert (blocked.status, blocked.cause, blocked.layer) == (Status.FAIL, Cause.YOURS, Layer.NETWORK)


def test_an_outage_while_writing_leaves_the_canary_written_down(s3_script):
    seen = look(s3_script({"PutObject": error(503, "ServiceUnavailable")}).url, "dumps")
    expect(seen["object_writable"], Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "503")
    assert [probe.kind for probe in seen.left] == ["object"]  # nobody knows whether it was put
