"""The rows of AWS: the key, the account, the region, and a run as a whole.

Which peer says what:

| what | scripted host | moto | ministack | why not the others |
|---|---|---|---|---|
| unknown, deleted and inactive key, wrong secret | yes | yes (not inactive) | yes | moto takes an inactive key for active |
| clock, expired session, region not opted in | yes | no | no | neither enforces regions nor clocks |
| denial by UnauthorizedOperation with its reason | yes | no | yes | moto says AccessDenied, without a reason |
| denial by plain AccessDenied | yes | yes | no | |
| boundary, SCP, RCP, session, VPC endpoint, blob | yes | no | no | moto ignores them; ministack calls all of them identity-based |
| dry run, yes and no | yes | yes | no | ministack ignores DryRun |
| simulation, yes and no | yes | no | yes | moto has none (500) |
| a dry run that is carried out | yes | no | yes | |
| quotas, network, images, zones | yes | zones | no | moto has no EC2 quotas and no gateway; ministack no offers |

The scripted host's bodies are written by botocore's service models; its codes and sentences are AWS's own documentation's
(tests/peers/aws_script.py names the pages).
"""
from __future__ import annotations

import pytest

from checks.clients import ec2
from checks.demo.git_repositories import Answer
from checks.providers.aws import aws
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.aws_run import KEY, look
from tests.peers.aws_script import ACCOUNT, HERE, REGION, refusal

ROWS = ["key_accepted", "account_expected", "principal_not_root", "region_enabled", "actions_allowed",
        "privileges_not_excessive", "vcpu_quota_sufficient", "address_quota_sufficient", "network_ready", "ports_open",
        "instance_type_offered", "image_available"]
INVALID = ("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
SIGNATURE = ("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check "
             "your AWS Secret Access Key and signing method. Consult the service documentation for details.", 403)


def failing(seen, slug, layer, *words):
    verdict = seen[slug]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.FAIL, Cause.YOURS, layer), verdict
    for word in words:
        assert word in f"{verdict.evidence} {verdict.remedy} {verdict.link}"
    return verdict


def open_(seen, slug, cause, layer, *words):
    verdict = seen[slug]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, cause, layer), verdict
    for word in words:
        assert word in f"{verdict.evidence} {verdict.remedy} {verdict.link}"
    return verdict


def at(region, answer):
    """That answer to what is signed for one region, the usual for every other."""
    return lambda asked: answer(asked) if asked.region == region else None


def test_the_rows_are_those_of_the_checklist_in_its_order():
    assert list(aws.checks) == ROWS


def test_an_account_that_is_right_passes_all_and_nothing_is_left(aws_script):
    host = aws_script()
    seen = look(address_origin=host.origin, account_id=ACCOUNT)
    assert seen.bad == {}
    assert (set(seen.rows), seen.status, seen.left) == (set(ROWS), Status.PASS, [])
    assert [probe.kind for probe in seen.put] == ["dry-run"]
    assert host.made == {}


def test_a_run_asks_nothing_twice_and_no_more_than_forty_times(aws_script, monkeypatch):
    made = []
    make = ec2.make_client
    monkeypatch.setattr(ec2, "make_client", lambda service, **more: made.append(service) or make(service, **more))
    host = aws_script()
    look(address_origin=host.origin)
    asked = [(one.method, one.path, one.body) for one in host.seen]
    assert len(asked) == len(set(asked)) <= 40
    assert sorted(made) == ["ec2", "iam", "service-quotas", "ssm", "sts"]


def test_every_request_is_signed_for_the_region_and_iam_for_its_home(aws_script):
    host = aws_script()
    look(address_origin=host.origin)
    assert {(one.service, one.region) for one in host.seen_as} == {
        ("sts", REGION), ("ec2", REGION), ("iam", "us-east-1"), ("servicequotas", REGION), ("ssm", REGION)}
    assert all("Authorization" not in one.headers for one in host.seen if one.method == "GET")  # it tells our address only


# The key

def test_an_unknown_key_and_a_wrong_secret_are_told_apart(aws_script):
    aws_script({"GetCallerIdentity": refusal(*INVALID)})
    seen = look()
    failing(seen, "key_accepted", Layer.AWS_KEYS, "does not know the access key id (InvalidClientTokenId, request req-1)",
            "deleted or made inactive", "and in us-east-1", "iam/home#/users")
    assert {v.status for slug, v in seen.rows.items() if slug != "key_accepted"} == {Status.SKIPPED}
    aws_script({"GetCallerIdentity": refusal(*SIGNATURE)})
    failing(look(), "key_accepted", Layer.AWS_KEYS, "knows the access key id", "secret access key did not fit it")


def test_the_home_region_is_asked_before_a_key_is_called_deleted(aws_script):
    host = aws_script({"GetCallerIdentity": refusal(*INVALID)})
    look()
    assert [(one.operation, one.region) for one in host.seen_as] == [
        ("GetCallerIdentity", REGION), ("GetCallerIdentity", "us-east-1")]


@pytest.mark.parametrize(("code", "message", "status", "words"), [
    ("ExpiredToken", "The security token included in the request is expired", 403, "session token: it has expired"),
    ("ExpiredTokenException", "The security token included in the request is expired", 400, "session token: it has expired"),
    ("Blocked", "Your account is currently blocked.", 403, "refused the account itself"),
    ("PendingVerification", "Your account is currently being verified.", 403, "refused the account itself"),
    ("OptInRequired", "You are not authorized to use the requested service.", 403, "refused the account itself"),
])
def test_an_expired_session_and_an_account_that_is_held_are_told_apart(aws_script, code, message, status, words):
    aws_script({"GetCallerIdentity": refusal(code, message, status)})
    failing(look(("ASIAIOSFODNN7EXAMPLE", KEY[1], "a-session-token-of-the-tests")), "key_accepted", Layer.AWS_KEYS, words, code)


@pytest.mark.parametrize(("said", "skew"), [
    # the sentence of the SDKs' own tests; AWS writes the times of both clocks
    (refusal("SignatureDoesNotMatch", "Signature expired: 20261124T101500Z is now earlier than 20261124T104500Z "
            "(20261124T105000Z - 5 min.)", 403), 0),
    (refusal("RequestExpired", "Request has expired.", 400), 0),
    (refusal(*SIGNATURE), 3600), (refusal(*SIGNATURE), -600),
])
def test_a_skewed_clock_is_ours_and_no_verdict_on_the_key(aws_script, said, skew):
    aws_script({"GetCallerIdentity": said}, skew=skew)
    open_(look(), "key_accepted", Cause.OURS, Layer.CLOCK, "refused the time of day of our request", "NTP")


@pytest.mark.parametrize(("answer", "layer", "words"), [
    (Answer(503, {}, b"<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>"),
     Layer.PROVIDER_OUTAGE, "limited our requests (RequestLimitExceeded)"),
    (Answer(503, {}, b"<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>"),
     Layer.PROVIDER_OUTAGE, "answered HTTP 503 (ServiceUnavailable)"),
    (Answer(200, {"Content-Type": "text/html"}, b"<html><body>Sign in</body></html>"), Layer.PROVIDER_OUTAGE, "a web page"),
    (Answer(302, {"Location": "https://login.example.com/x"}, b""), Layer.PROVIDER_OUTAGE, "pointed to login.example.com"),
    (Answer(200, {"Content-Type": "text/xml"}, b"<GetCallerIdentityResponse><GetCallerIdentityResult>"), Layer.PROVIDER_OUTAGE, "not its protocol"),
    (Answer(200, {"Content-Type": "text/xml"}, b"<GetCallerIdentityResponse/>"), Layer.PROVIDER_OUTAGE, "something else"),
    (Answer(200, {"Content-Type": "text/xml"}, b""), Layer.PROVIDER_OUTAGE, "with nothing"),
    ({"Account": ACCOUNT}, Layer.PROVIDER_OUTAGE, "where an identity was due"),
])
def test_an_outage_a_limit_and_a_web_page_are_unknown(aws_script, answer, layer, words):
    aws_script({"GetCallerIdentity": answer})
    open_(look(), "key_accepted", Cause.PROVIDER, layer, words)


def test_an_answer_that_nobody_knows_is_unknown_with_its_code(aws_script):
    aws_script({"GetCallerIdentity": refusal("Peculiar", "What?", 400)})
    open_(look(), "key_accepted", Cause.PROVIDER, Layer.AWS_KEYS, "refused to say whose key it is (Peculiar")


def test_a_temporary_key_works_and_says_that_it_ends(aws_script):
    aws_script(arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Provisioner/session-1")
    seen = look(("ASIAIOSFODNN7EXAMPLE", KEY[1], "a-session-token-of-the-tests"))
    assert (seen["key_accepted"].status, seen["key_accepted"].layer) == (Status.WARN, Layer.AWS_KEYS)
    assert "as the role Provisioner" in seen["key_accepted"].evidence
    assert "a-session-token" not in f"{seen.rows}"


def test_a_temporary_key_without_its_token_is_told(aws_script):
    aws_script({"GetCallerIdentity": refusal(*INVALID)})
    failing(look(("ASIAIOSFODNN7EXAMPLE", KEY[1])), "key_accepted", Layer.AWS_KEYS, "works only with its session token")


def test_a_denied_identity_names_the_principal_all_the_same(aws_script):
    """What moto says under IAM enforcement; AWS itself always answers."""
    aws_script({"GetCallerIdentity": refusal("AccessDenied", f"User: arn:aws:iam::{ACCOUNT}:user/ro is not authorized to "
                                             "perform: sts:GetCallerIdentity", 403)})
    assert "as the IAM user ro of account" in look()["key_accepted"].evidence


def test_the_access_key_id_and_the_secret_are_in_no_verdict(aws_script):
    host = aws_script()
    assert KEY[0] not in f"{look(address_origin=host.origin).rows}"


# The account

@pytest.mark.parametrize(("arn", "kind", "partition"), [
    (f"arn:aws:iam::{ACCOUNT}:user/team/deployer", "the IAM user deployer", "aws"),
    (f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/Admin/x", "the role Admin", "aws-us-gov"),
    (f"arn:aws-cn:sts::{ACCOUNT}:federated-user/bob", "the federated user bob", "aws-cn"),
    (f"arn:aws:iam::{ACCOUNT}:root", "the root user", "aws"),
])
def test_account_principal_and_partition_are_named(aws_script, arn, kind, partition):
    aws_script(arn=arn)
    verdict = look(account_id=ACCOUNT)["account_expected"]
    assert verdict.status is Status.PASS
    for word in (f"account {ACCOUNT}", f"(partition {partition})", kind, arn):
        assert word in verdict.evidence


def test_a_key_of_another_account_fails(aws_script):
    aws_script()
    failing(look(account_id="999999999999"), "account_expected", Layer.AWS_KEYS, ACCOUNT, "account 999999999999 was expected",
            "Enter an access key of account 999999999999")


def test_the_root_user_is_warned_of_and_its_actions_are_not_simulated(aws_script):
    host = aws_script(arn=f"arn:aws:iam::{ACCOUNT}:root")
    seen = look(address_origin=host.origin)
    for slug in ("principal_not_root", "privileges_not_excessive"):
        assert (seen[slug].status, seen[slug].cause, seen[slug].layer) == (Status.WARN, Cause.YOURS, Layer.AWS_IAM)
        assert '"Sid": "RunNew"' in seen[slug].facts["policy"]
    open_(seen, "actions_allowed", Cause.PROVIDER, Layer.AWS_IAM, "cannot be simulated")
    assert seen["actions_allowed"].required is False
    assert "SimulatePrincipalPolicy" not in host.operations


# The region

def test_a_region_that_is_not_opted_in_is_not_a_deleted_key(aws_script):
    host = aws_script({"GetCallerIdentity": at("af-south-1", refusal(*INVALID))})
    seen = look(region="af-south-1")
    assert seen["key_accepted"].status is Status.PASS
    assert "in us-east-1; af-south-1 refused it (InvalidClientTokenId)" in seen["key_accepted"].evidence
    failing(seen, "region_enabled", Layer.AWS_QUOTA, "af-south-1 was not opted in to", "aws account enable-region --region-name "
            "af-south-1", "billing/home#/account")
    assert [one.region for one in host.seen_as if one.operation == "DescribeRegions"] == ["us-east-1"]
    assert seen["actions_allowed"].status is Status.SKIPPED


def test_a_region_that_was_enabled_a_moment_ago_is_unknown(aws_script):
    listed = {"Regions": [{"RegionName": "af-south-1", "OptInStatus": "opted-in"}]}
    aws_script({"GetCallerIdentity": at("af-south-1", refusal(*INVALID)), "DescribeRegions": listed})
    open_(look(region="af-south-1"), "region_enabled", Cause.PROVIDER, Layer.AWS_QUOTA, "takes some minutes")


def test_a_region_that_is_listed_as_not_opted_in_fails_even_where_its_sts_answers(aws_script):
    aws_script()
    failing(look(region="af-south-1"), "region_enabled", Layer.AWS_QUOTA, "af-south-1 was not opted in to")


def test_a_region_that_aws_does_not_list_fails(aws_script):
    aws_script()
    failing(look(region="eu-central-9"), "region_enabled", Layer.AWS_QUOTA, "AWS listed no region eu-central-9")


def test_where_the_regions_may_not_be_listed_sts_has_answered_for_its_own(aws_script):
    aws_script(denied=["ec2:DescribeRegions"])
    verdict = look()["region_enabled"]
    assert verdict.status is Status.PASS
    assert "so the region was enabled" in verdict.evidence
    aws_script({"GetCallerIdentity": at("af-south-1", refusal(*INVALID))}, denied=["ec2:DescribeRegions"])
    failing(look(region="af-south-1"), "region_enabled", Layer.AWS_QUOTA, "us-east-1 accepted it")


@pytest.mark.parametrize(("code", "status"), [("OptInRequired", Status.FAIL), ("AuthFailure", Status.UNKNOWN)])
def test_ec2_alone_refusing_is_no_word_on_the_key(aws_script, code, status):
    aws_script({"DescribeRegions": refusal(code, "AWS was not able to validate the provided access credentials", 401)})
    seen = look()
    assert (seen["key_accepted"].status, seen["region_enabled"].status) == (Status.PASS, status)


def test_a_name_that_does_not_resolve_here_blames_nobody(loopback, monkeypatch):
    """Without AWS_ENDPOINT_URL AWS's own hosts are asked, and this machine may not find them."""
    from checks.clients.errors import ClientError, Kind
    from checks.providers.aws.identity import _our_names
    error = _our_names(ClientError(Kind.NO_SUCH_NAME, "Two look-ups said so.", host="sts.us-east-1.amazonaws.com"))
    assert error.kind is Kind.NAME_TROUBLE


# Real servers

def test_moto_knows_a_deleted_key_and_a_wrong_secret(s3_host, loopback, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_host.url)
    key = moto_user(s3_host, "aws-keys", ["ec2:*"])
    assert look(key)["key_accepted"].status is Status.PASS
    failing(look((key[0], "x" * 40)), "key_accepted", Layer.AWS_KEYS, "SignatureDoesNotMatch")
    s3_host.delete_key("aws-keys", key[0])
    failing(look(key), "key_accepted", Layer.AWS_KEYS, "InvalidClientTokenId")


def test_ministack_knows_an_inactive_key_too(ministack):
    key = ministack.user_who_may(["ec2:DescribeRegions"])
    assert look(key)["key_accepted"].status is Status.PASS
    failing(look((key[0], "x" * 40)), "key_accepted", Layer.AWS_KEYS, "SignatureDoesNotMatch")
    iam = ministack.client("iam")
    user = next(u["UserName"] for u in iam.list_users()["Users"]
                if key[0] in [k["AccessKeyId"] for k in iam.list_access_keys(UserName=u["UserName"])["AccessKeyMetadata"]])
    iam.update_access_key(UserName=user, AccessKeyId=key[0], Status="Inactive")
    failing(look(key), "key_accepted", Layer.AWS_KEYS, "InvalidClientTokenId", "made inactive")


def moto_user(s3_host, name, actions):
    import json
    iam = s3_host.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}]}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_here_is_what_the_host_of_addresses_tells(aws_script):
    host = aws_script()
    assert look(address_origin=host.origin)["ports_open"].facts["here"] == HERE
