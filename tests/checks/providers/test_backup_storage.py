"""The rows against real servers: SeaweedFS with actions by identity, and moto with IAM enforced."""
from __future__ import annotations

import json
from datetime import date

import pytest

from checks.demo.s3_host import FULL, READ_ONLY, WITHOUT_DELETE
from checks.providers.backup_storage import backup_storage
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.backup_run import look

pytestmark = pytest.mark.usefixtures("loopback")
ROWS = ["endpoint_well_formed", "endpoint_reachable", "key_accepted", "bucket_found", "region_matches", "prefix_listable",
        "object_writable", "object_readable", "multipart_supported", "object_deletable", "bucket_not_public",
        "key_separate_from_aws"]


def failing(seen, slug, layer, *words):
    verdict = seen[slug]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.FAIL, Cause.YOURS, layer), verdict
    for word in words:
        assert word in f"{verdict.evidence} {verdict.remedy}"
    return verdict


def test_the_rows_are_those_of_the_checklist_in_its_order():
    assert list(backup_storage.checks) == ROWS


def test_a_key_that_may_do_it_all_passes_and_nothing_is_left(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("full"))
    assert seen.bad == {}
    assert (seen.status, seen.left) == (Status.PASS, [])
    assert [probe.kind for probe in seen.put] == ["object", *["multipart"] * 4]  # each upload again once it has its id
    assert seaweedfs.keys_in("dumps") == []
    assert seaweedfs.uploads_in("dumps") == []
    assert seen["object_deletable"].facts["granted"] == ["s3:DeleteObject"]


@pytest.mark.parametrize("prefix", ["", "/dflow/backups/", "Sicherung für Böhm/a+b~c (1)"])
def test_a_prefix_may_be_blank_have_slashes_around_it_or_unusual_letters(seaweedfs, prefix):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("full"), prefix=prefix)
    assert seen.bad == {}
    key = seen.put[0].details["key"]
    assert key.startswith((prefix.strip("/") + "/" if prefix.strip("/") else "") + ".dflow-probe/")
    assert seaweedfs.keys_in("dumps") == []


def test_an_unknown_key_id_and_a_wrong_secret_are_told_apart(seaweedfs):
    unknown = look(seaweedfs.url, "dumps", ("NOSUCHKEY", "x" * 20))
    failing(unknown, "key_accepted", Layer.BACKUP_KEYS, "does not know the access key id", "InvalidAccessKeyId")
    wrong = look(seaweedfs.url, "dumps", (seaweedfs.key("full")[0], "x" * 20))
    failing(wrong, "key_accepted", Layer.BACKUP_KEYS, "secret access key did not fit", "SignatureDoesNotMatch")
    for seen in (unknown, wrong):
        assert seen["endpoint_reachable"].status is Status.PASS
        assert seen["object_writable"].status is Status.SKIPPED
        assert seen.put == []


def test_a_key_that_may_only_read_fails_at_writing_with_what_is_granted_and_required(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("reader"))
    verdict = failing(seen, "object_writable", Layer.BACKUP_BUCKET_POLICY, "was denied (AccessDenied",
                      "Allow s3:PutObject on arn:aws:s3:::dumps/dflow/backups/*.")
    assert "s3:PutObject" in set(verdict.facts["required"]) - set(verdict.facts["granted"])
    statements = json.loads(verdict.facts["policy"])["Statement"]
    assert statements[2]["Resource"] == "arn:aws:s3:::dumps/dflow/backups/*"
    assert (seen["prefix_listable"].status, seen.left, seen.status) == (Status.PASS, [], Status.FAIL)


def test_a_key_that_may_only_write_fails_at_listing_and_reading_and_cleans_up(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("writer"))
    assert seen["bucket_found"].status is Status.PASS
    assert "denied to list it" in seen["bucket_found"].evidence
    failing(seen, "prefix_listable", Layer.BACKUP_BUCKET_POLICY, "Allow s3:ListBucket on arn:aws:s3:::dumps.")
    failing(seen, "object_readable", Layer.BACKUP_BUCKET_POLICY, "Allow s3:GetObject on arn:aws:s3:::dumps/dflow/backups/*.")
    assert seen["object_deletable"].status is Status.PASS
    assert "may neither list nor read" in seen["object_deletable"].evidence
    assert (seen.left, seaweedfs.keys_in("dumps")) == ([], [])


def test_where_reading_is_denied_the_listing_confirms_that_the_canary_is_gone(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("lister"))
    assert "the listing then no longer showed it" in seen["object_deletable"].evidence
    assert seen.bad == {"object_readable": "fail"}


def test_write_once_does_not_need_the_list(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("writer"), intent="write_once")
    assert not backup_storage.checks["prefix_listable"].is_required({"intent": "write_once"})
    assert seen["prefix_listable"].status is Status.FAIL
    assert seen["object_deletable"].status is Status.WARN


def test_a_key_for_another_bucket_is_said_to_be_one(seaweedfs):
    seen = look(seaweedfs.url, "dumps", seaweedfs.key("elsewhere"))
    failing(seen, "object_writable", Layer.BACKUP_BUCKET_POLICY, "the key may be for another bucket")
    assert seen.left == []


def test_a_bucket_that_is_not_there_is_not_made(seaweedfs):
    """SeaweedFS makes a bucket for an administrator who puts an object into one that is not there."""
    seen = look(seaweedfs.url, "never-made", seaweedfs.key("admin"))
    assert seen["key_accepted"].status is Status.PASS
    failing(seen, "bucket_found", Layer.BACKUP_BUCKET_POLICY, "has no bucket never-made (NoSuchBucket")
    assert seen.put == []
    assert "never-made" not in {one["Name"] for one in seaweedfs.client().list_buckets()["Buckets"]}


def test_in_a_bucket_with_versions_the_version_is_removed_too(seaweedfs):
    seen = look(seaweedfs.url, "versions", seaweedfs.key("full"))
    assert seen.bad == {}
    assert "the version itself was removed" in seen["object_deletable"].evidence
    assert seaweedfs.versions_in("versions", "dflow/") == []


def test_a_locked_bucket_takes_the_canary_and_keeps_its_version(seaweedfs):
    seen = look(seaweedfs.url, "locked", seaweedfs.key("admin"))
    assert seen["object_writable"].status is Status.PASS
    verdict = seen["object_deletable"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.WARN, Cause.YOURS, Layer.BACKUP_BUCKET_POLICY)
    assert f"It is locked until {date.today().year}" in verdict.evidence
    assert "lifecycle rule" in verdict.remedy
    assert verdict.facts["left_behind"] == [seen.put[0].details["key"]]
    assert seen.put[0] in seen.left  # not gone, so not said to be
    assert seen.status is Status.WARN


def test_a_public_bucket_fails_without_breaking_the_storage(seaweedfs):
    seen = look(seaweedfs.url, "public", seaweedfs.key("admin"))
    failing(seen, "bucket_not_public", Layer.BACKUP_BUCKET_POLICY, "Anybody could read", "Make the bucket private")
    assert seen.status is Status.WARN
    assert seaweedfs.keys_in("public") == []


def test_with_iam_enforced_the_full_policy_passes(s3_host):
    s3_host.make_bucket("full-bucket")
    seen = look(s3_host.url, "full-bucket", s3_host.make_user("full-user", "full-bucket", FULL))
    assert (seen.bad, seen.left, s3_host.keys_in("full-bucket")) == ({}, [], [])
    assert "was refused (403)" in seen["bucket_not_public"].evidence


def test_a_policy_without_delete_fails_and_names_what_was_left_behind(s3_host):
    s3_host.make_bucket("no-delete")
    seen = look(s3_host.url, "no-delete", s3_host.make_user("no-delete-user", "no-delete", WITHOUT_DELETE))
    verdict = failing(seen, "object_deletable", Layer.BACKUP_BUCKET_POLICY, "DeleteObject on dflow/backups/.dflow-probe/",
                      "was denied (AccessDenied", "Allow s3:DeleteObject on arn:aws:s3:::no-delete/dflow/backups/*.")
    left = verdict.facts["left_behind"][0]
    assert f"left behind: {left} in no-delete" in verdict.evidence
    assert left in s3_host.keys_in("no-delete")
    assert verdict.facts["granted"] == ["s3:ListBucket", "s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"]
    assert seen.put[0] in seen.left
    assert set(s3_host.keys_in("no-delete")) == {probe.details["key"] for probe in seen.left}


def test_declared_write_once_the_same_denial_is_a_pass(s3_host):
    s3_host.make_bucket("once")
    seen = look(s3_host.url, "once", s3_host.make_user("once-user", "once", WITHOUT_DELETE), intent="write_once")
    assert (seen["object_deletable"].status, seen.status) == (Status.PASS, Status.PASS)
    assert "as it should be for write once" in seen["object_deletable"].evidence
    assert seen.put[0] in seen.left


def test_declared_write_once_a_key_that_can_delete_is_a_warning(s3_host):
    s3_host.make_bucket("once-full")
    seen = look(s3_host.url, "once-full", s3_host.make_user("once-full-user", "once-full", FULL), intent="write_once")
    assert seen.bad == {"object_deletable": "warn"}
    assert "s3:DeleteObject" in seen["object_deletable"].remedy
    assert s3_host.keys_in("once-full") == []


def test_a_policy_that_only_reads_is_told_by_moto_as_well(s3_host):
    s3_host.make_bucket("read-only")
    seen = look(s3_host.url, "read-only", s3_host.make_user("read-only-user", "read-only", READ_ONLY))
    failing(seen, "object_writable", Layer.BACKUP_BUCKET_POLICY, "Allow s3:PutObject")


def test_a_deleted_key_is_an_unknown_one(s3_host):
    s3_host.make_bucket("deleted-key")
    key = s3_host.make_user("deleted-user", "deleted-key", FULL)
    s3_host.delete_key("deleted-user", key[0])
    failing(look(s3_host.url, "deleted-key", key), "key_accepted", Layer.BACKUP_KEYS, "InvalidAccessKeyId")


def test_a_bucket_policy_that_denies_the_delete_is_told(s3_host):
    s3_host.make_bucket("policed")
    key = s3_host.make_user("policed-user", "policed", FULL)
    s3_host.bucket_policy("policed", {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject",
                                      "Resource": "arn:aws:s3:::policed/*"})
    failing(look(s3_host.url, "policed", key), "object_deletable", Layer.BACKUP_BUCKET_POLICY, "was denied")


def test_a_blank_endpoint_follows_aws_endpoint_url(s3_host, monkeypatch):
    s3_host.make_bucket("ambient")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_host.url)
    seen = look("", "ambient", s3_host.make_user("ambient-user", "ambient", FULL))
    assert seen.bad == {}
    assert s3_host.url in seen["endpoint_well_formed"].evidence


OWN = {"access_key_id": "f1", "secret_access_key": "f2"}


@pytest.mark.parametrize(("others", "status", "words"), [
    ([], Status.PASS, "No AWS integration"),
    ([{"integration": "cloud", "provisions": True, "fingerprints": {"access_key_id": "f9"}}], Status.PASS, "compared with 1 AWS"),
    ([{"integration": "cloud", "provisions": True, "fingerprints": {"access_key_id": "f1"}}], Status.WARN,
     "The access key id of this storage and of the AWS integration cloud were the same"),
    ([{"integration": "cloud", "provisions": True, "fingerprints": {"secret_access_key": "f2"}}], Status.WARN,
     "The secret access key of"),
    ([{"integration": "second", "provisions": False, "fingerprints": OWN}], Status.PASS, "No AWS integration"),
])
def test_the_key_is_compared_by_fingerprint_with_those_that_provision(s3_script, others, status, words):
    seen = look(s3_script().url, "dumps", known={"own": OWN, "others": others})
    verdict = seen["key_separate_from_aws"]
    assert (verdict.status, verdict.layer) == (status, Layer.BACKUP_KEYS)
    assert words in verdict.evidence
