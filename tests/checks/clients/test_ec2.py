"""The client of AWS: where it asks, what it says of a refusal, and what it never reads or follows."""
from __future__ import annotations

import pytest

from checks.clients.aws_places import keys_go_to, origin_of, partition_of, signed_for
from checks.clients.aws_refusal import AwsRefusal
from checks.clients.aws_wire import Keys
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError, Kind
from checks.demo.git_repositories import Answer
from tests.peers.aws_script import ACCOUNT, HERE, REGION, USER, refusal

KEYS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
REGIONS = ("us-east-1", "eu-central-1", "af-south-1", "cn-north-1", "us-gov-west-1", "us-gov-east-1", "eusc-de-east-1")
SERVICES = ("sts", "ec2", "iam", "service-quotas", "ssm")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", SERVICES)
def test_every_origin_is_the_one_that_botocore_resolves(monkeypatch, service, region):
    import botocore.session
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = botocore.session.Session().create_client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    assert origin_of(service, region) == client.meta.endpoint_url
    signer = client._request_signer
    assert signed_for(service, region) == (signer._region_name if service != "iam" else partition_of(region).home)


def test_one_address_stands_for_all_where_the_operator_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    assert {origin_of(service, region) for service in SERVICES for region in REGIONS} == {"http://127.0.0.1:4566"}
    assert keys_go_to("eu-central-1") == "http://127.0.0.1:4566"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    (tmp_path / "url").write_text("http://127.0.0.1:4567\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_FILE", str(tmp_path / "url"))
    assert origin_of("ec2", "eu-central-1") == "http://127.0.0.1:4567"


def test_partitions_have_their_own_names():
    assert [partition_of(region).name for region in REGIONS] == ["aws"] * 3 + ["aws-cn", "aws-us-gov", "aws-us-gov", "aws-eusc"]


def test_nothing_ambient_is_read(aws_script, monkeypatch, tmp_path):
    """No profile, key, region, proxy or metadata service of whoever runs this; nor an endpoint for one service alone."""
    host = aws_script()
    (tmp_path / "config").write_text("[default]\nregion = us-west-2\nendpoint_url = http://127.0.0.1:1\n[profile x]\naws_access_key_id = OTHER\n")
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIAAMBIENTAMBIENT00", "AWS_SECRET_ACCESS_KEY": "ambient", "AWS_SESSION_TOKEN": "ambient",
                        "AWS_PROFILE": "x", "AWS_DEFAULT_REGION": "us-west-2", "AWS_REGION": "us-west-2", "AWS_CONFIG_FILE": str(tmp_path / "config"),
                        "AWS_ENDPOINT_URL_EC2": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
                        "HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    client = Aws(REGION, KEYS)
    assert client.ask("sts", "GetCallerIdentity")["Account"] == ACCOUNT
    client.ask("ec2", "DescribeVpcs")
    assert {(one.key_id, one.region) for one in host.seen_as} == {(KEYS.id, REGION)}
    assert all("X-Amz-Security-Token" not in one.headers for one in host.seen)


def test_the_session_token_goes_along_and_shows_in_no_repr(aws_script):
    host = aws_script()
    client = Aws(REGION, Keys("ASIAIOSFODNN7EXAMPLE", "secret-of-the-tests", "token-of-the-tests"))
    client.ask("sts", "GetCallerIdentity")
    assert host.seen[0].headers["X-Amz-Security-Token"] == "token-of-the-tests"
    assert client.is_temporary
    assert "of-the-tests" not in f"{client.__dict__}"


@pytest.mark.parametrize(("service", "operation", "params"), [
    ("ec2", "DescribeVpcs", {}), ("sts", "GetCallerIdentity", {}), ("ssm", "GetParameter", {"Name": "x"}),
    ("service-quotas", "GetServiceQuota", {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"})])
def test_a_refusal_has_its_code_status_words_and_request_id_in_each_protocol(aws_script, service, operation, params):
    aws_script({operation: refusal("AccessDeniedException", "User: arn:x is not\n   authorized. Encoded authorization failure message: BLOB", 400)})
    with pytest.raises(AwsRefusal) as caught:
        Aws(REGION, KEYS).ask(service, operation, **params)
    said = caught.value
    assert (said.service, said.operation, said.code, said.status, said.request_id) == (service, operation, "AccessDeniedException", 400, "req-1")
    assert said.message == "User: arn:x is not authorized."
    assert said.is_denied and not said.is_dry


def test_a_dry_run_says_yes_by_a_refusal(aws_script):
    aws_script()
    with pytest.raises(AwsRefusal) as caught:
        Aws(REGION, KEYS).ask("ec2", "DescribeKeyPairs", DryRun=True)
    assert (caught.value.is_dry, caught.value.status) == (True, 412)


@pytest.mark.parametrize(("answer", "kind"), [
    (Answer(503, {}, b"<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>"), Kind.RATE_LIMITED),
    (Answer(500, {}, b"<Response><Errors><Error><Code>InternalError</Code></Error></Errors></Response>"), Kind.OUTAGE),
    (Answer(502, {}, b"bad gateway"), Kind.OUTAGE), (Answer(429, {}, b""), Kind.RATE_LIMITED),
    (refusal("ThrottlingException", "Rate exceeded", 400), Kind.RATE_LIMITED), (refusal("Unavailable", "", 400), Kind.OUTAGE),
    (refusal("RequestExpired", "", 400), Kind.CLOCK), (refusal("RequestTimeTooSkewed", "", 403), Kind.CLOCK),
    (Answer(302, {"Location": "https://sso.example.com/login"}, b""), Kind.NOT_PROTOCOL),
    (Answer(200, {"Content-Type": "text/xml"}, b"<html><body>hello</body></html>"), Kind.NOT_PROTOCOL),
    (Answer(403, {"Content-Type": "text/html"}, b"<!doctype html><html>blocked by policy</html>"), Kind.NOT_PROTOCOL),
    (Answer(403, {}, b"<denied/>"), Kind.NOT_PROTOCOL), (Answer(200, {}, b"plain"), Kind.NOT_PROTOCOL), (Answer(200, {}, b""), Kind.NOT_PROTOCOL),
    (Answer(200, {}, b"<DescribeInstancesResponse/>"), Kind.NOT_PROTOCOL), (Answer(200, {}, b"<DescribeVpcsResponse><vpcSet>"), Kind.NOT_PROTOCOL),
])
def test_what_is_no_answer_is_a_client_error_of_its_kind(aws_script, answer, kind):
    aws_script({"DescribeVpcs": answer})
    with pytest.raises(ClientError) as caught:
        Aws(REGION, KEYS).ask("ec2", "DescribeVpcs")
    assert caught.value.kind is kind
    assert KEYS.secret not in f"{caught.value.detail}{caught.value.body}"


def test_no_redirect_carries_the_credential_elsewhere(aws_script):
    other = aws_script()
    aws_script({"DescribeVpcs": Answer(307, {"Location": f"{other.origin}/"}, b"")})
    with pytest.raises(ClientError):
        Aws(REGION, KEYS).ask("ec2", "DescribeVpcs")
    assert other.seen == []


def test_pages_are_followed_to_their_end(aws_script):
    aws_script({"DescribeVpcs": lambda asked: {"Vpcs": [{"VpcId": "vpc-2"}]} if asked.params.get("NextToken") == "t"
                else {"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "t"}})
    assert [one["VpcId"] for one in Aws(REGION, KEYS).ask_all("ec2", "DescribeVpcs", "Vpcs")] == ["vpc-1", "vpc-2"]


def test_our_address_is_told_without_a_credential_or_not_at_all(aws_script, monkeypatch):
    host = aws_script()
    assert Aws(REGION, KEYS, address_origin=host.origin).address() == HERE
    assert "Authorization" not in host.seen[0].headers
    assert Aws(REGION, KEYS).address() == ""  # nobody is asked behind AWS_ENDPOINT_URL
    monkeypatch.setattr("tests.peers.aws_script.HERE", "<html>")
    assert Aws(REGION, KEYS, address_origin=host.origin).address() == ""
    assert Aws(REGION, KEYS, address_origin="http://127.0.0.1:1").address() == ""


def test_what_threads_share_is_made_once(aws_script, monkeypatch):
    from concurrent.futures import ThreadPoolExecutor

    from checks.clients import ec2
    made = []
    make = ec2.make_client
    monkeypatch.setattr(ec2, "make_client", lambda *a, **k: made.append(a) or make(*a, **k))
    aws_script()
    client = Aws(REGION, KEYS)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: client.ask("ec2", "DescribeVpcs"), range(16)))
    assert len(made) == 1


def test_a_wrong_parameter_is_a_bug_of_ours_and_no_answer(aws_script):
    from botocore.exceptions import ParamValidationError
    aws_script()
    with pytest.raises(ParamValidationError):
        Aws(REGION, KEYS).ask("ec2", "DescribeVpcs", Nonsense=1)
    assert USER.startswith("arn:aws:iam:")
