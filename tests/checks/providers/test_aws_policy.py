"""The least policy and its forms, the grammar of denials, the form, and what the provider says of itself."""
from __future__ import annotations

import csv
import json
import shlex

import pytest

from checks.providers.aws import aws
from checks.providers.aws.actions import ACTIONS
from checks.providers.aws.denials import Denial, read
from checks.providers.aws.policy import (
    MANAGED_POLICY,
    USER_INLINE,
    Scope,
    as_command,
    least_policy,
    size,
)
from checks.providers.iam_texts import as_json, as_terraform
from tests.installation import ROOT

SCOPE = Scope("arn:aws", "eu-central-1", "123456789012", "arn:aws:iam::123456789012:user/team/deployer")
NAMES = [action.name for action in ACTIONS]


def granted(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


# The policy

def test_the_policy_grants_every_action_of_the_table_and_none_else():
    assert granted(least_policy(SCOPE)) == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_a_part_of_the_policy_grants_what_is_missing_and_nothing_else(name):
    assert granted(least_policy(SCOPE, [name])) == {name}


def test_everything_that_is_made_or_kept_is_of_this_account_and_region_and_tagged():
    for statement in least_policy(SCOPE)["Statement"]:
        if statement["Sid"] in ("Read", "Image", "AskItself"):
            continue
        assert all(arn.startswith("arn:aws:ec2:eu-central-1:") and arn.split(":")[4] in ("123456789012", "") for arn in statement["Resource"])
    by_sid = {one["Sid"]: one for one in least_policy(SCOPE)["Statement"]}
    assert by_sid["RunNew"]["Condition"] == by_sid["Make"]["Condition"] == {"StringEquals": {"aws:RequestTag/dflow:managed": "true"}}
    assert by_sid["Keep"]["Condition"] == {"StringEquals": {"aws:ResourceTag/dflow:managed": "true"}}
    assert by_sid["Read"]["Resource"] == ["*"] and "Condition" not in by_sid["Read"]
    assert not [a for a in by_sid["Read"]["Action"] if not a.split(":")[1].startswith(("Describe", "Get"))]
    assert by_sid["AskItself"]["Resource"] == ["arn:aws:iam::123456789012:user/team/deployer"]


def test_the_other_partitions_have_arns_of_their_own():
    document = least_policy(Scope("arn:aws-us-gov", "us-gov-west-1", "123456789012"))
    assert all(arn == "*" or arn.startswith("arn:aws-us-gov:") for statement in document["Statement"] for arn in statement["Resource"])
    assert "arn:aws-us-gov:iam::123456789012:user/${aws:username}" in as_json(document)


def test_the_whole_fits_a_managed_policy_and_no_inline_one_of_a_user():
    assert USER_INLINE < size(least_policy(SCOPE)) < MANAGED_POLICY


@pytest.mark.parametrize(("scope", "only", "begins"), [
    (SCOPE, None, ["aws", "iam", "create-policy", "--policy-name", "dflow-provisioning"]),
    (SCOPE, ["ec2:RunInstances"], ["aws", "iam", "put-user-policy", "--user-name", "deployer"]),
    (Scope("arn:aws", "eu-central-1", "123456789012", "arn:aws:iam::123456789012:role/Provisioner"), None,
     ["aws", "iam", "put-role-policy", "--role-name", "Provisioner"]),
    (Scope("arn:aws", "eu-central-1", "123456789012"), ["ec2:RunInstances"], ["aws", "iam", "put-user-policy", "--user-name", "USER"]),
])
def test_the_command_is_one_that_a_shell_and_iam_take(scope, only, begins):
    words = shlex.split(as_command(least_policy(scope, only), scope))
    assert words[:len(begins)] == begins
    document = json.loads(words[words.index("--policy-document") + 1])
    assert document == least_policy(scope, only)
    if "put-user-policy" in words:
        assert size(document) <= USER_INLINE
    if only is None and begins[2] == "create-policy":
        assert words[-7:] == ["aws", "iam", "attach-user-policy", "--user-name", "deployer", "--policy-arn",
                              "arn:aws:iam::123456789012:policy/dflow-provisioning"]


def test_two_parts_do_not_replace_each_other():
    one, other = (shlex.split(as_command(least_policy(SCOPE, [name]), SCOPE)) for name in ("ec2:RunInstances", "ec2:AllocateAddress"))
    assert one[one.index("--policy-name") + 1] != other[other.index("--policy-name") + 1]


def test_terraform_says_the_same():
    text = as_terraform(least_policy(Scope("arn:aws", "eu-central-1", "123456789012")), "dflow")
    assert text.startswith('data "aws_iam_policy_document" "dflow" {')
    assert text.count("statement {") == len(least_policy(SCOPE)["Statement"])
    assert all(f'"{name}"' in text for name in NAMES)
    assert "user/$${aws:username}" in text  # ${ would be Terraform's own
    assert 'variable = "aws:RequestTag/dflow:managed"' in text
    assert text.count("{") == text.count("}")


def test_the_server_that_enforces_iam_takes_the_policy_as_it_is(ministack):
    import secrets
    iam = ministack.client("iam")
    name = f"p{secrets.token_hex(4)}"
    document = as_json(least_policy(Scope("arn:aws", "eu-central-1", "000000000000")))
    arn = iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]["Statement"][0]["Sid"] == "Read"


def test_the_least_grant_of_an_integration_is_for_its_own_account_region_and_user():
    settings = {"region": "eu-central-1", "account_id": "123456789012"}
    grant = aws.policy(settings, {})
    assert list(grant.texts) == ["IAM policy", "Terraform", "AWS CLI"]
    assert "eu-central-1 of account 123456789012" in grant.said
    seen = {"key_accepted": {"account": "999999999999", "policies_of": "arn:aws:iam::999999999999:user/deployer"}}
    assert "--user-name deployer" in aws.policy(settings, seen).texts["AWS CLI"]
    assert "arn:aws:ec2:eu-central-1:999999999999:instance/*" in aws.policy(settings, seen).texts["IAM policy"]


# Denials

with (ROOT / "tests/data/aws_denials.tsv").open() as _file:
    MESSAGES = [row for row in csv.reader(_file, delimiter="\t") if row and not row[0].startswith("#")]


@pytest.mark.parametrize(("action", "by", "explicit", "policy", "through", "message"), MESSAGES)
def test_the_grammar_of_denials(action, by, explicit, policy, through, message):
    for text in (message, message.replace(" ", "\n  "), message.upper() if not policy else message):
        found = read(text)
        assert (found.action.lower(), found.by, found.explicit, found.policy, found.through) == (
            action.lower(), by, explicit == "yes", policy, through), text
        assert "BLOB" not in f"{found}"


def test_nothing_is_read_from_what_is_no_denial():
    assert read("") == Denial() == read("The vpc ID 'vpc-1' does not exist")


def test_the_encoded_part_is_never_looked_at():
    assert read("Encoded authorization failure message: with an explicit deny in a service control policy") == Denial()


# The form

GOOD = {"region": "eu-central-1", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


def form(**more):
    made = aws.form({**GOOD, **more})
    made.is_valid()
    return made


def test_the_form_has_its_defaults():
    made = form()
    assert made.errors == {}
    assert made.settings_values() == {"region": "eu-central-1", "instance_type": "t3.large", "nodes": 1, "account_id": "",
                                      "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    assert set(made.credential_values()) == {"secret_access_key"}
    assert form(account_id="1234-5678-9012", nodes="3").settings_values()["account_id"] == "123456789012"


@pytest.mark.parametrize(("field", "value", "words"), [
    ("region", "eu-central-1a", "would be a zone"), ("region", "Frankfurt", "written like eu-central-1"), ("region", "", "required"),
    ("region", "eu-central-1.evil.example/", "written like"), ("instance_type", "large", "a family, a dot and a size"),
    ("nodes", "0", "greater than or equal to 1"), ("nodes", "1001", "less than or equal to 1000"), ("account_id", "acme", "twelve digits"),
    ("access_key_id", "deployer", "capital letters and digits"), ("access_key_id", "arn:aws:iam::123456789012:user/x", "name or ARN"),
    ("secret_access_key", "two words here are not it", "no blanks"), ("secret_access_key", "AKIAIOSFODNN7EXAMPLE", "longer of the two"),
])
def test_what_cannot_be_right_is_refused_at_its_field(field, value, words):
    assert words in str(form(**{field: value}).errors[field])


def test_a_temporary_key_needs_its_session_token():
    assert "session token" in str(form(access_key_id="ASIAIOSFODNN7EXAMPLE").errors["session_token"])
    assert form(access_key_id="ASIAIOSFODNN7EXAMPLE", session_token="IQoJb3JpZ2luX2V\n  jEXAMPLE").errors == {}
    kept = aws.form({**GOOD, "access_key_id": "ASIAIOSFODNN7EXAMPLE"}, stored=frozenset({"session_token"}))
    assert kept.is_valid()


# The provider

def test_the_key_is_bound_to_its_partition_and_not_to_one_region(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert aws.endpoint({"region": "eu-central-1"}) == aws.endpoint({"region": "us-east-1"}) == "https://amazonaws.com"
    assert aws.endpoint({"region": "cn-north-1"}) == "https://amazonaws.com.cn"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    assert aws.endpoint({"region": "cn-north-1"}) == "http://127.0.0.1:4566"


def test_it_provisions_and_its_key_is_what_others_are_compared_with():
    assert (aws.provisions, aws.identity_fields, aws.serves) == (True, ("access_key_id",), ())
    assert aws.account({"account_id": "123456789012"}) == "AWS account 123456789012"
    assert aws.account({}) == ""
    assert aws.summary({"region": "eu-central-1", "instance_type": "t3.large", "nodes": 2}) == "2 × t3.large in eu-central-1"


def test_the_guide_links_to_the_very_pages_and_holds_the_policy():
    assert all(step.link.startswith(("https://console.aws.amazon.com/", "https://docs.aws.amazon.com/")) for step in aws.guide.steps)
    assert granted(json.loads(aws.guide.policy)) == set(NAMES)
    assert "arn:aws:ec2:REGION:ACCOUNT_ID:instance/*" in aws.guide.policy


@pytest.mark.django_db
def test_backup_storage_with_the_same_key_is_found_across_the_organisation(people, settings):
    """By fingerprint alone, through the engine: the key that provisions is not to write backups."""
    from django.utils import timezone

    from checks.engine import known
    from checks.engine.keys import keyring
    from checks.models import Integration
    from checks.providers import BY_SLUG
    from checks.providers.base import Context, OnceMemo

    def made(slug, values):
        one = Integration(organisation=people.acme, provider=slug, name=slug.replace("_", "-"), settings=values)
        one.seal({"secret_access_key": GOOD["secret_access_key"]}, BY_SLUG[slug].endpoint(values), keyring())
        one.save()
        return one
    made("aws", {"region": "eu-central-1", "access_key_id": GOOD["access_key_id"]})
    values = {"endpoint": "", "region": "eu-central-1", "bucket": "acme", "prefix": "", "access_key_id": GOOD["access_key_id"]}
    facts = known.facts(made("backup_storage", values))
    assert facts["others"][0]["provisions"] is True
    check = BY_SLUG["backup_storage"].checks["key_separate_from_aws"]
    verdict = check.run(Context(values, None, None, OnceMemo(), timezone.now(), known=facts))
    assert verdict.status in ("fail", "warn")
    assert "aws" in verdict.evidence
