"""What the key may do: action by action, by whom it is denied, what is left behind, and what is too much.

tests/checks/providers/test_aws.py has the table of which peer says what.
"""
from __future__ import annotations

import json

import pytest

from checks.clients.aws_wire import Keys
from checks.clients.ec2 import Aws
from checks.providers.aws import aws
from checks.providers.aws.actions import ACTIONS, BY_NAME, RUN, SIMULATE, TAGGING, How
from checks.providers.aws.removal import clean_up
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.aws_run import KEY, look
from tests.checks.providers.test_aws import failing, moto_user, open_
from tests.peers.aws_script import ACCOUNT, REGION, USER, AwsScript, refusal
from tests.peers.ministack import NOTHING

NAMES = [action.name for action in ACTIONS]
SIMULATED = {action.name for action in ACTIONS if action.how is How.SIMULATED} - {SIMULATE}
NEW = [action.name for action in ACTIONS if action.how is How.DRY_NEW]
SCP_ARN = f"arn:aws:organizations::{ACCOUNT}:policy/o-abcde12345/service_control_policy/p-abcde123"


def changed(before, after):
    return {name for name in NAMES if before[name][0] != after[name][0]}


# Taking away one action

@pytest.mark.parametrize("name", NAMES)
def test_taking_away_any_single_action_turns_exactly_its_answer(aws_script, name):
    aws_script(denied=[name])
    seen = look()
    denied, unknown = seen.of("denied"), seen.of("unknown")
    assert denied == {name}
    # what only a simulation can tell is open without it; tags were asked for with RunInstances
    assert unknown == (SIMULATED - {TAGGING} if name == SIMULATE else set())
    verdict = seen["actions_allowed"]
    assert verdict.status is (Status.UNKNOWN if unknown else Status.WARN if BY_NAME[name].is_for_checks else Status.FAIL)
    assert (verdict.cause, verdict.layer, verdict.required) == (Cause.YOURS, Layer.AWS_IAM, False if unknown else None)
    told = f"{name} was denied." + ("" if unknown else " No identity-based policy allowed it.")
    assert told.rstrip(".") in verdict.evidence
    assert set(verdict.facts["required"]) - set(verdict.facts["granted"]) - unknown == {name}
    assert {a for s in json.loads(verdict.facts["policy"])["Statement"] for a in s["Action"]} == {name}
    assert f'"{name}"' in verdict.facts["policy_terraform"]
    assert verdict.facts["policy_command"].startswith("aws iam put-user-policy --user-name deployer --policy-name dflow-")
    assert seen.left == []


@pytest.mark.parametrize("name", NAMES)
def test_taking_it_away_in_a_server_that_enforces_iam_turns_exactly_its_answer(ministack, name, whole_answer):
    """ministack judges each call and each simulation by the user's policies."""
    seen = look(ministack.user_who_may(set(NAMES) - {name}))
    assert changed(whole_answer, seen.actions) == ({name} | SIMULATED | set(NEW) | NOT_THERE if name == SIMULATE else {name})
    assert seen.actions[name][0] == "denied"


# What ministack has no such action for, or ignores DryRun on: a simulation tells, so it is open without one.
NOT_THERE = {"ec2:DescribeInstanceTypeOfferings", "ec2:DescribeAccountAttributes", "servicequotas:GetServiceQuota"}


@pytest.fixture
def whole_answer(ministack, request):
    """What a user who may do it all gets; asked once for all tests."""
    found = request.config.stash.get(WHOLE, None)
    if found is None:
        seen = look(ministack.user_who_may(NAMES))
        assert seen.of("allowed") == set(NAMES)
        found = request.config.stash[WHOLE] = seen.actions
    return found


WHOLE = pytest.StashKey()


# Of the services that speak JSON moto's denials are XML, which no SDK reads.
ASKED_OF_MOTO = [a.name for a in ACTIONS if a.how is not How.SIMULATED and a.name.startswith("ec2:") and a.name != RUN]


@pytest.mark.parametrize("name", ASKED_OF_MOTO)
def test_plain_access_denied_means_denied(s3_host, loopback, monkeypatch, name):
    """moto's word for it, and sometimes EC2's own. It has no simulation, no image and no EC2 quota: those stay open."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_host.url)
    key = moto_user(s3_host, f"without-{name.replace(':', '-')}", set(NAMES) - {name})
    seen = look(key)
    assert seen.of("denied") == {name}
    assert seen.of("allowed") == {*ASKED_OF_MOTO, "ssm:GetParameter"} - {name}
    assert seen["actions_allowed"].facts["actions"][NAMES.index(name)] == {
        "action": name, "state": "denied", "proof": "asked" if BY_NAME[name].how is How.ROW else "dry run", "by": "",
        "explicit": False, "policy": ""}


# Who denied

@pytest.mark.parametrize(("said", "by", "explicit", "policy", "layer", "words"), [
    ("because no identity-based policy allows the {action} action", "identity policy", False, "", Layer.AWS_IAM,
     "Attach the policy below to the IAM user deployer"),
    ("with an explicit deny in an identity-based policy: arn:aws:iam::123456789012:policy/Guard", "identity policy", True,
     "arn:aws:iam::123456789012:policy/Guard", Layer.AWS_IAM, "out of the explicit deny in the policy arn:aws:iam::123456789012:policy/Guard"),
    ("because no permissions boundary allows the {action} action", "boundary", False, "", Layer.AWS_IAM,
     "to the permissions boundary of the IAM user deployer"),
    ("with an explicit deny in a permissions boundary, with policy ARN: arn:aws:iam::123456789012:policy/Edge", "boundary",
     True, "arn:aws:iam::123456789012:policy/Edge", Layer.AWS_IAM, "permissions boundary arn:aws:iam::123456789012:policy/Edge"),
    ("because no service control policy allows the {action} action", "SCP", False, "", Layer.AWS_SCP,
     "Have an administrator of the AWS Organization allow"),
    (f"with an explicit deny in a service control policy: {SCP_ARN}", "SCP", True, SCP_ARN, Layer.AWS_SCP,
     "nothing that is edited in this account's IAM changes it"),
    ("with an explicit deny in a resource control policy", "RCP", True, "", Layer.AWS_SCP, "resource-control-policy"),
    ("because no session policy allows the {action} action", "session", False, "", Layer.AWS_IAM, "with a session policy that allows"),
    ("because no VPC endpoint policy allows the {action} action", "VPC endpoint", False, "", Layer.AWS_IAM, "policy of the VPC endpoint"),
    ("with an explicit deny in a VPC endpoint policy transitively through a service control policy", "VPC endpoint", True, "",
     Layer.AWS_SCP, "administrator of the AWS Organization"),
    ("with an explicit deny in a resource-based policy", "resource policy", True, "", Layer.AWS_IAM, "policy of the resource itself"),
    ("", "", False, "", Layer.AWS_IAM, "Attach the policy below"),
])
def test_each_kind_of_policy_has_its_own_remedy(aws_script, said, by, explicit, policy, layer, words):
    aws_script(denied={"ec2:RunInstances": said})
    verdict = failing(look(), "actions_allowed", layer, words, "ec2:RunInstances was denied")
    line = next(one for one in verdict.facts["actions"] if one["action"] == "ec2:RunInstances")
    assert line == {"action": "ec2:RunInstances", "state": "denied", "proof": "dry run", "by": by, "explicit": explicit, "policy": policy}


@pytest.mark.parametrize(("said", "by", "layer"), [
    ("because no identity-based policy allows the {action} action", "identity policy", Layer.AWS_IAM),
    ("because no service control policy allows the {action} action", "SCP", Layer.AWS_SCP),
    ("because no permissions boundary allows the {action} action", "boundary", Layer.AWS_IAM),
])
def test_a_simulation_tells_the_kinds_apart_too(aws_script, said, by, layer):
    aws_script(denied={"ec2:TerminateInstances": said})
    verdict = failing(look(), "actions_allowed", layer, "ec2:TerminateInstances was denied")
    line = next(one for one in verdict.facts["actions"] if one["action"] == "ec2:TerminateInstances")
    assert (line["proof"], line["by"]) == ("simulation", by)


def test_an_explicit_deny_in_a_simulation_names_its_policy(aws_script):
    result = {"EvaluationResults": [{"EvalActionName": "ec2:StopInstances", "EvalDecision": "explicitDeny",
                                     "MatchedStatements": [{"SourcePolicyId": "Guard", "SourcePolicyType": "IAM Policy"}]}]}
    aws_script({"SimulatePrincipalPolicy": lambda asked: result if "ec2:StopInstances" in asked.all("ActionNames") else None})
    line = next(one for one in look()["actions_allowed"].facts["actions"] if one["action"] == "ec2:StopInstances")
    assert (line["state"], line["explicit"], line["policy"]) == ("denied", True, "Guard")


def test_the_worst_resource_of_a_simulation_counts(aws_script):
    """Since 2026 one result for each action, with a part for each resource."""
    def parts(asked):
        if "ec2:DeleteTags" not in asked.all("ActionNames"):
            return None
        return {"EvaluationResults": [
            {"EvalActionName": name, "EvalDecision": "allowed", "ResourceSpecificResults": [
                {"EvalResourceName": "a", "EvalResourceDecision": "allowed"},
                {"EvalResourceName": "b", "EvalResourceDecision": "implicitDeny" if name == "ec2:DeleteTags" else "allowed"}]}
            for name in asked.all("ActionNames")]}
    aws_script({"SimulatePrincipalPolicy": parts})
    assert look().of("denied") == {"ec2:DeleteTags"}


def test_a_simulation_that_lacks_a_value_proves_nothing(aws_script):
    lacking = {"EvaluationResults": [{"EvalActionName": "ec2:ReleaseAddress", "EvalDecision": "allowed", "MissingContextValues": ["aws:SourceVpc"]},
                                     {"EvalActionName": "ec2:AssociateAddress", "EvalDecision": "allowed"},
                                     {"EvalActionName": "ec2:DisassociateAddress", "EvalDecision": "allowed"}]}
    aws_script({"SimulatePrincipalPolicy": lambda asked: lacking if "ec2:ReleaseAddress" in asked.all("ActionNames") else None})
    seen = look()
    assert seen.of("unknown") == {"ec2:ReleaseAddress"}
    verdict = open_(seen, "actions_allowed", Cause.PROVIDER, Layer.AWS_IAM, "a policy asks for aws:SourceVpc")
    assert verdict.required is False


def test_without_the_simulation_what_only_it_can_tell_is_unknown_and_in_nobodys_way(aws_script):
    aws_script({"SimulatePrincipalPolicy": refusal("NoSuchEntity", "The role with name Provisioner cannot be found.", 404)},
               arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Provisioner/x")
    seen = look()
    verdict = open_(seen, "actions_allowed", Cause.PROVIDER, Layer.AWS_IAM, "a role with a path has another")
    assert (verdict.required, verdict.facts["told_in_full"]) == (False, False)
    assert seen.of("unknown") == SIMULATED - {TAGGING} | {SIMULATE}
    assert seen.actions[TAGGING] == ("allowed", "dry run")  # RunInstances was asked with tags


def test_a_role_is_simulated_as_the_role_and_not_as_its_session(aws_script):
    host = aws_script(arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Provisioner/x", denied=["ec2:RunInstances"])
    verdict = failing(look(), "actions_allowed", Layer.AWS_IAM, "the role Provisioner", "roles/details/Provisioner")
    assert {one.params["PolicySourceArn"] for one in host.seen_as if one.operation == "SimulatePrincipalPolicy"} == {
        f"arn:aws:iam::{ACCOUNT}:role/Provisioner"}
    assert verdict.facts["policy_command"].startswith("aws iam put-role-policy --role-name Provisioner")


def test_what_several_policies_deny_has_a_remedy_for_each_and_the_organizations_comes_first(aws_script):
    aws_script(denied={"ec2:RunInstances": "because no identity-based policy allows the {action} action",
                       "ec2:AllocateAddress": "because no identity-based policy allows the {action} action",
                       "ec2:CreateKeyPair": "because no service control policy allows the {action} action"})
    verdict = failing(look(), "actions_allowed", Layer.AWS_SCP, "No service control policy (SCP) allowed it.")
    assert "allow ec2:CreateKeyPair for account" in verdict.remedy.partition("Attach")[0]
    assert "ec2:RunInstances and ec2:AllocateAddress" in verdict.remedy.partition("Attach")[2]


def test_a_long_list_of_denials_is_cut_and_the_whole_policy_is_offered(aws_script):
    aws_script(denied=NAMES)
    verdict = failing(look(), "actions_allowed", Layer.AWS_IAM, "more were denied")
    assert len(verdict.facts["actions"]) == len(NAMES)


def test_the_encoded_part_of_a_denial_is_shown_nowhere(aws_script):
    aws_script(denied=NAMES)
    assert "c2VjcmV0IG9m" not in f"{look().rows}"  # how the host's blob begins


# The request

def test_a_dry_run_carries_what_the_provisioner_sends(aws_script):
    host = aws_script()
    look(instance_type="t3.xlarge")
    asked = next(one for one in host.seen_as if one.operation == "RunInstances")
    sent = asked.params
    assert (sent["InstanceType"], sent["ImageId"], sent["MaxCount"], sent["DryRun"]) == ("t3.xlarge", "ami-0aaaaaaaaaaaaaaaa", "1", "true")
    assert sent["SecurityGroupId.1"] == "sg-0a"
    assert "SubnetId" not in sent  # EC2 chooses one of the default VPC, as for the provisioner
    tags = {value for key, value in sent.items() if key.startswith("TagSpecification")}
    assert {"instance", "volume", "dflow:managed", "true"} <= tags
    for name in NEW:
        one = next(a for a in host.seen_as if a.action == name)
        assert one.is_dry and "dflow:managed" in one.params.values()


def test_without_a_default_vpc_the_tagged_one_and_its_subnet_are_named(aws_script):
    tags = [{"Key": "dflow:managed", "Value": "true"}]
    host = aws_script({"DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-0b", "IsDefault": False, "Tags": tags}]}})
    look()
    assert next(one for one in host.seen_as if one.operation == "RunInstances").params["SubnetId"] == "subnet-0a"
    assert next(one for one in host.seen_as if one.operation == "CreateSecurityGroup").params["VpcId"] == "vpc-0b"


def test_what_changes_or_ends_something_is_never_asked_of_ec2(aws_script):
    host = aws_script()
    look()
    ends = {action.operation for action in ACTIONS if action.how is How.SIMULATED and action.name.startswith("ec2:")}
    assert not ends & set(host.operations)


def test_an_image_that_nobody_has_leaves_run_instances_to_the_simulation(aws_script):
    aws_script({"GetParameter": refusal("ParameterNotFound", "", 400), "DescribeImages": {"Images": []}})
    seen = look()
    assert seen.actions[RUN] == ("allowed", "simulation")
    assert seen.actions["ssm:GetParameter"] == ("allowed", "asked")


@pytest.mark.parametrize("code", ["InvalidParameterValue", "VcpuLimitExceeded", "VPCIdNotSpecified", "InvalidAMIID.NotFound"])
def test_any_other_code_of_a_dry_run_proves_nothing(aws_script, code):
    aws_script({"RunInstances": refusal(code, "…", 400)})
    assert look().actions[RUN] == ("allowed", "simulation")
    aws_script({"RunInstances": refusal(code, "…", 400)}, denied=[SIMULATE])
    seen = look()
    assert seen.actions[RUN] == ("unknown", "none")
    verdict = open_(seen, "actions_allowed", Cause.YOURS, Layer.AWS_IAM, "iam:SimulatePrincipalPolicy")
    assert verdict.required is None  # the launch itself was not proven


def test_a_limit_in_the_middle_leaves_the_others_answered(aws_script):
    from checks.demo.git_repositories import Answer
    limited = Answer(503, {}, b"<Response><Errors><Error><Code>RequestLimitExceeded</Code></Error></Errors></Response>")
    aws_script({"DescribeKeyPairs": limited, "AllocateAddress": limited})
    seen = look()
    assert seen.of("unknown") == set()  # the simulation stood in for both
    aws_script({"DescribeKeyPairs": limited, "AllocateAddress": limited, "SimulatePrincipalPolicy": limited})
    seen = look()
    assert {"ec2:DescribeKeyPairs", "ec2:AllocateAddress"} <= seen.of("unknown")
    open_(seen, "actions_allowed", Cause.PROVIDER, Layer.AWS_IAM, "limited our requests")


# Dry runs that are carried out

def test_a_server_that_ignores_dry_run_is_asked_to_make_nothing(ministack):
    seen = look(ministack.user_who_may(NAMES))
    assert ministack.left() == NOTHING
    assert (seen.put, seen.left) == ([], [])
    assert {seen.actions[name] for name in NEW} == {("allowed", "simulation")}


class Mediator(AwsScript):
    """Honours DryRun on reads, and passes what makes and ends things to ministack, which does not."""

    def __init__(self, server):
        super().__init__()
        self.server = server

    def _usual(self, asked):
        if asked.service != "ec2" or (asked.is_dry and asked.operation.startswith("Describe")) or asked.operation in (
                "DescribeRegions", "DescribeInstanceTypes", "DescribeInstanceTypeOfferings", "DescribeImages", "DeleteVpc"):
            return super()._usual(asked)
        if asked.operation in ("DescribeSecurityGroups", "DescribeVpcs", "DescribeSubnets") and "dflow-probe" not in f"{asked.params}":
            return super()._usual(asked) if asked.operation != "DescribeSecurityGroups" or "Filter.1.Name" in asked.params else self.passed(asked)
        return self.passed(asked)

    def passed(self, asked):
        import requests
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        from checks.demo.git_repositories import Answer
        data = {"Action": asked.operation, **{k: v for k, v in asked.params.items() if k != "SecurityGroupId.1"}}
        request = AWSRequest("POST", f"{self.server.url}/", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"})
        SigV4Auth(Credentials(*self.server.root), "ec2", REGION).add_auth(request)
        prepared = request.prepare()
        said = requests.post(prepared.url, data=prepared.body, headers=dict(prepared.headers), timeout=20)
        return Answer(said.status_code, {"Content-Type": "text/xml"}, said.content)


def test_what_a_real_server_made_although_it_was_asked_dry_is_ended_at_once(ministack, monkeypatch):
    with Mediator(ministack) as host:
        monkeypatch.setenv("AWS_ENDPOINT_URL", host.origin)
        seen = look()
        verdict = seen["actions_allowed"]
        assert {"RunInstances", "TerminateInstances", "CreateSecurityGroup", "DeleteSecurityGroup", "AllocateAddress",
                "ReleaseAddress", "CreateKeyPair", "DeleteKeyPair"} <= set(host.operations)
    assert ministack.left() == NOTHING
    assert seen.left == []
    assert (verdict.status, verdict.cause) == (Status.WARN, Cause.YOURS), verdict
    assert "RunInstances was carried out although it was a dry run: i-" in verdict.evidence
    assert "it was removed at once" in verdict.evidence
    assert "ignores DryRun" in verdict.remedy


def test_what_was_made_and_cannot_be_ended_fails_and_stays_written_down(aws_script):
    host = aws_script({"TerminateInstances": refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)},
                      makes=["RunInstances", "AllocateAddress"])
    seen = look()
    verdict = failing(seen, "actions_allowed", Layer.AWS_IAM, "could not be removed (UnauthorizedOperation)", "by hand, now",
                      "eipalloc-", "it was removed at once")
    assert [next(iter(one)) for one in host.made.values()] == ["InstanceId"]
    assert [probe.kind for probe in seen.left] == ["dry-run"]
    assert next(iter(host.made)) in verdict.evidence


def test_the_sweep_finds_what_a_dead_run_left_by_its_name_and_ends_only_that(aws_script):
    host = aws_script({"TerminateInstances": refusal("UnauthorizedOperation", "No.", 403)}, makes=[BY_NAME[name].operation for name in NEW])
    seen = look()
    assert len(host.made) == 1
    host.made["i-0another"] = {"InstanceId": "i-0another", "Tags": [{"Key": "Name", "Value": "shop"}], "KeyName": "shop", "GroupName": "shop"}
    client = aws.connect({"region": REGION, "access_key_id": KEY[0]}, {"secret_access_key": KEY[1]})
    probe = seen.left[0]
    assert not clean_up(client, probe.kind, probe.details)  # still denied
    del host.rules["TerminateInstances"]
    assert clean_up(client, probe.kind, probe.details)
    assert list(host.made) == ["i-0another"]


def test_the_sweep_ends_on_a_real_server_only_what_bears_the_name(ministack):
    ec2 = ministack.client("ec2")
    name = "dflow-probe-0d394442-5c7b-456b-b1f4-45edd2d60b6b"

    def tagged(kind, value):
        return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": value}]}]
    made = [ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, InstanceType="t3.micro",
                              TagSpecifications=tagged("instance", value))["Instances"][0]["InstanceId"] for value in (name, "shop")]
    ec2.create_key_pair(KeyName=name)
    ec2.create_security_group(GroupName=name, Description="x")
    ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", name))
    client = Aws(REGION, Keys(*ministack.root))
    try:
        assert clean_up(client, "dry-run", {"region": REGION, "name": name})
        assert ministack.left() == {**NOTHING, "instances": [made[1]]}
    finally:
        ec2.terminate_instances(InstanceIds=made)


@pytest.mark.parametrize(("kind", "details"), [
    ("object", {"name": "dflow-probe-0d394442-5c7b-456b-b1f4-45edd2d60b6b"}), ("dry-run", {"name": "shop"}), ("dry-run", {}),
    ("dry-run", {"name": "dflow-probe-0d394442-5c7b-456b-b1f4-45edd2d60b6b", "region": "evil.example/"}),
])
def test_the_sweep_asks_nothing_for_what_is_not_ours(aws_script, kind, details):
    host = aws_script()
    client = Aws(REGION, Keys(*KEY))
    assert not clean_up(client, kind, details)
    assert host.seen == []


def test_a_dry_run_whose_answer_never_came_stays_written_down_for_the_sweep(aws_script):
    from checks.demo.git_repositories import Answer
    aws_script({"RunInstances": Answer(502, {}, b"")})
    seen = look()
    assert [probe.kind for probe in seen.left] == ["dry-run"]
    client = Aws(REGION, Keys(*KEY))
    assert clean_up(client, "dry-run", seen.left[0].details)  # nothing of that name is there


# Too much

@pytest.mark.parametrize(("name", "proof"), [("iam:CreateUser", "simulation"), ("s3:DeleteBucket", "simulation"), ("ec2:DeleteVpc", "dry run")])
def test_what_provisioning_never_does_is_warned_of_with_its_proof(aws_script, name, proof):
    host = aws_script()
    host.world["may"].add(name)
    verdict = look()["privileges_not_excessive"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.WARN, Cause.YOURS, Layer.AWS_IAM)
    assert f"{name} ({proof})" in verdict.evidence
    assert verdict.link.endswith("users/details/deployer?section=permissions")
    assert json.loads(verdict.facts["policy"])["Statement"][0]["Sid"] == "Read"
    sent = next(one for one in host.seen_as if one.operation == "DeleteVpc").params
    assert sent == {"VpcId": "vpc-00000000000000000", "DryRun": "true", "Version": sent["Version"]}  # there is none, should it be carried out


def test_a_key_that_may_do_everything_is_seen_by_a_server_that_enforces_iam(ministack):
    seen = look(ministack.user([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
    assert "iam:CreateUser (simulation)" in seen["privileges_not_excessive"].evidence
    assert look(ministack.user_who_may(NAMES))["privileges_not_excessive"].status is Status.PASS


def test_excess_that_cannot_be_asked_is_unknown(aws_script):
    aws_script({"DeleteVpc": refusal("InvalidVpcID.NotFound", "The vpc ID does not exist", 400)}, denied=[SIMULATE])
    open_(look(), "privileges_not_excessive", Cause.YOURS, Layer.AWS_IAM, "iam:SimulatePrincipalPolicy was denied")
    aws_script(denied=[SIMULATE])
    verdict = look()["privileges_not_excessive"]
    assert verdict.status is Status.PASS
    assert "ec2:DeleteVpc (dry run). (iam:SimulatePrincipalPolicy was denied)" in verdict.evidence


def test_the_user_of_the_script_is_the_one_of_the_policies():
    assert USER.endswith("user/deployer")
