"""The least policy: for this bucket, prefix and intent; enough for every row, and with nothing in it that could go."""
from __future__ import annotations

import copy
import json
import uuid

import pytest

from checks.providers.backup_storage import backup_storage
from checks.providers.backup_storage.policy import ANY_KEY, Seen, least_grant, least_policy, seen_in
from checks.providers.iam_texts import as_terraform
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.backup_run import look, settings

pytestmark = pytest.mark.usefixtures("loopback")
BASE = settings("", "dumps", "AKIDTEST")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALL = Seen(versions=True, kms_key=KEY)
# What each action's absence turns. The last ones serve tools and the sweep: to resume, to find uploads, to learn the region.
TURNS = {
    "s3:ListBucket": {"prefix_listable": "fail"}, "s3:GetObject": {"object_readable": "fail"},
    "s3:PutObject": {"object_writable": "fail"}, "s3:DeleteObject": {"object_deletable": "fail"},
    "s3:AbortMultipartUpload": {"multipart_supported": "fail"}, "s3:DeleteObjectVersion": {"object_deletable": "warn"},
    "s3:ListBucketMultipartUploads": {}, "s3:GetBucketLocation": {}, "s3:ListMultipartUploadParts": {},
    "s3:GetBucketVersioning": {}, "s3:ListBucketVersions": {},
}


def actions(policy):
    found = []
    for statement in policy["Statement"]:
        found += [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
    return found


def test_it_is_for_this_bucket_and_prefix_and_no_other():
    policy = least_policy(BASE)
    assert policy["Version"] == "2012-10-17"
    listing, bucket, objects = policy["Statement"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["dflow/backups/*", "dflow/backups"]}}
    assert (listing["Resource"], bucket["Resource"]) == ("arn:aws:s3:::dumps", "arn:aws:s3:::dumps")
    assert objects["Resource"] == "arn:aws:s3:::dumps/dflow/backups/*"
    assert not [action for action in actions(policy) if "*" in action]
    assert set(actions(policy)) == set(TURNS) - {"s3:DeleteObjectVersion", "s3:GetBucketVersioning", "s3:ListBucketVersions"}


def test_without_a_prefix_it_is_for_the_whole_bucket():
    listing, _, objects = least_policy({**BASE, "prefix": "/"})["Statement"]
    assert ("Condition" in listing, objects["Resource"]) == (False, "arn:aws:s3:::dumps/*")


@pytest.mark.parametrize(("region", "arn"), [("cn-north-1", "arn:aws-cn:s3:::dumps"), ("us-gov-west-1", "arn:aws-us-gov:s3:::dumps")])
def test_the_partition_is_the_region_s(region, arn):
    assert least_policy({**BASE, "region": region})["Statement"][0]["Resource"] == arn


def test_versions_and_kms_are_there_only_when_they_were_seen():
    assert actions(least_policy(BASE, ALL)) == [*actions(least_policy(BASE, Seen(versions=True))), "kms:GenerateDataKey", "kms:Decrypt"]
    assert {"s3:DeleteObjectVersion", "s3:GetBucketVersioning"} <= set(actions(least_policy(BASE, Seen(versions=True))))
    assert least_policy(BASE, ALL)["Statement"][-1]["Resource"] == KEY
    assert "s3:DeleteObjectVersion" not in actions(least_policy(BASE, Seen(kms_key=KEY)))


def test_write_once_may_delete_nothing():
    for seen in (Seen(), ALL):
        assert not [action for action in actions(least_policy({**BASE, "intent": "write_once"}, seen)) if "Delete" in action]


def test_what_was_seen_is_read_from_the_facts_of_the_rows():
    assert seen_in([]) == Seen()
    assert seen_in([{"version_id": ""}, {"code": "AccessDenied"}]) == Seen()
    assert seen_in([{"version_id": "v1"}, {"kms_key": ANY_KEY}]) == Seen(True, ANY_KEY)


def test_terraform_says_the_same():
    text = as_terraform(least_policy({**BASE, "prefix": 'a"b${c}'}, ALL), "backups")
    assert text.startswith('data "aws_iam_policy_document" "backups" {\n  statement {\n    sid       = "List"')
    assert text.count("statement {") == 4
    assert 'values   = ["a\\"b$${c}/*", "a\\"b$${c}"]' in text
    for action in actions(least_policy(BASE, ALL)):
        assert f'"{action}"' in text
    assert text.count("{") - text.count("${") == text.count("}") - 3  # three literal ${c}


def test_a_vendor_without_such_policies_gets_its_own_words():
    grant = least_grant({**BASE, "endpoint": "https://s3.us-west-004.backblazeb2.com", "region": "us-west-004"}, {})
    assert ("an application key with “Read and Write” for this bucket" in grant.said, grant.texts) == (True, {})
    here = least_grant({**BASE, "endpoint": "https://minio.example.com"}, {"object_writable": {"version_id": "v1", "kms_key": KEY}})
    assert list(here.texts) == ["IAM policy", "Terraform"]
    assert "it keeps versions" in here.said
    assert KEY in here.texts["IAM policy"]


def test_the_guide_shows_it_with_names_to_fill_in():
    policy = json.loads(backup_storage.guide.policy)
    assert policy["Statement"][2]["Resource"] == "arn:aws:s3:::BUCKET/PREFIX/*"
    assert actions(policy) == actions(least_policy(BASE))


def without(policy, action):
    """The document without one action; a statement that is left with none goes."""
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [one for one in statement["Action"] if one != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    return less


def run_with(s3_host, policy_of, **bucket):
    """A run by a user of its own with policy_of(settings) on a bucket of its own. Returns it and the bucket's name."""
    name = f"b{uuid.uuid4().hex[:12]}"
    s3_host.make_bucket(name, **bucket)
    chosen = settings(s3_host.url, name, "")
    seen = look(s3_host.url, name, s3_host.make_user_with(name, policy_of(chosen)))
    return seen, name


@pytest.mark.parametrize("versioned", [False, True])
def test_applied_as_it_is_every_row_passes_and_nothing_is_left(s3_host, versioned):
    seen, name = run_with(s3_host, lambda chosen: least_policy(chosen, Seen(versions=versioned)), versioned=versioned)
    assert (seen.bad, seen.status, seen.left) == ({}, Status.PASS, [])
    assert (s3_host.keys_in(name), s3_host.uploads_in(name), s3_host.versions_in(name)) == ([], [], [])


@pytest.mark.parametrize("action", TURNS)
def test_taking_away_any_single_action_turns_exactly_the_row_that_needs_it(s3_host, action):
    seen, name = run_with(s3_host, lambda chosen: without(least_policy(chosen, Seen(versions=True)), action), versioned=True)
    assert seen.bad == TURNS[action]
    for slug, status in TURNS[action].items():
        verdict = seen[slug]
        assert (verdict.cause, verdict.layer) == (Cause.YOURS, Layer.BACKUP_BUCKET_POLICY)
        assert action in verdict.remedy
        if status == "fail":
            assert action in set(verdict.facts["required"]) - set(verdict.facts["granted"])
        assert action in verdict.facts["policy"], "the policy to copy has what was missing"
    deletion = seen["object_deletable"]
    if action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert deletion.facts["left_behind"] == [seen.put[0].details["key"]]
        assert seen.put[0].details["key"] in deletion.evidence
    else:
        assert s3_host.versions_in(name) == []
    if action == "s3:AbortMultipartUpload":
        assert {probe.details["key"] for probe in seen.left} == set(s3_host.uploads_in(name))
    else:
        assert s3_host.uploads_in(name) == []


def test_what_a_run_saw_of_versions_is_in_the_policy_of_the_page(s3_host):
    seen, _ = run_with(s3_host, least_policy, versioned=True)
    assert seen.bad == {"object_deletable": "warn"}
    facts = {slug: verdict.facts for slug, verdict in seen.rows.items()}
    text = backup_storage.policy(settings(s3_host.url, "dumps", ""), facts).texts["IAM policy"]
    assert "s3:DeleteObjectVersion" in text
    assert "kms:" not in text
