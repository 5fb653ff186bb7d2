"""A loopback host in AWS's place: STS, EC2, IAM, Service Quotas and Systems Manager, for what no emulator does.

Answers are written by botocore's own service models (AWS publishes them with its SDKs), in the ec2, query and json protocols
that these services speak. Refusals are AWS's: codes and sentences of
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. It honours DryRun unless it is told not to,
denies what it is told to, and simulates by the same list.
"""
from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import pytest
from botocore import loaders
from botocore.model import ServiceModel

from checks.demo.git_repositories import Answer
from checks.demo.loopback import LoopbackHost, Seen
from checks.providers.aws.actions import MANAGED, OUTSIDE, OUTSIDE_DRY

ACCOUNT, REGION, HERE = "123456789012", "eu-central-1", "93.184.216.34"
USER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
NO_IDENTITY = "because no identity-based policy allows the {action} action"
DRY = "Request would have succeeded, but DryRun flag is set."
SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
PERMISSIONS = {"GetServiceQuota": "servicequotas", "GetAWSDefaultServiceQuota": "servicequotas", "GetParameter": "ssm",
               "SimulatePrincipalPolicy": "iam", "GetCallerIdentity": "sts"}


@dataclass(frozen=True)
class Asked:
    """One request. params: as they came, flat. region, key_id: of its signature."""

    operation: str
    service: str
    region: str
    key_id: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_dry(self) -> bool:
        return self.params.get("DryRun") == "true"

    @property
    def action(self) -> str:
        return f"{PERMISSIONS.get(self.operation, 'ec2')}:{self.operation}"

    def all(self, name: str) -> list[str]:
        """A list among the params."""
        return [value for key, value in self.params.items() if re.fullmatch(rf"{name}\.(member\.)?\d+", key)]


Rule = Mapping[str, Any] | Answer | Callable[[Asked], Any]


def refusal(code: str, message: str, status: int = 400, **headers: str) -> Callable[[Asked], Answer]:
    """A refusal in the protocol of whatever was asked."""
    def answer(asked: Asked) -> Answer:
        if asked.service in ("servicequotas", "ssm"):
            body = json.dumps({"__type": code, "message": message}).encode()
            return Answer(status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-requestid": "req-1", **headers}, body)
        inner = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>req-1</RequestID></Response>" \
            if asked.service == "ec2" else f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>req-1</RequestId></ErrorResponse>"
        return Answer(status, {"Content-Type": "text/xml", **headers}, text.encode())
    return answer


class AwsScript(LoopbackHost):
    """rules: by operation, what it answers instead of the usual: plain values, an Answer, or a function of what was asked
    that may return None for the usual. denied: action -> the words behind "is not authorized to perform: X". makes: operations
    that ignore DryRun, and make things. skew: seconds that its clock is ahead. seen_as: every request, read."""

    def __init__(self, rules: Mapping[str, Rule] | None = None, denied: Mapping[str, str] | Iterable[str] = (), *,
                 arn: str = USER, makes: Iterable[str] = (), delay: float = 0.0, skew: float = 0.0) -> None:
        super().__init__(delay=delay)
        self.rules, self.arn, self.makes = dict(rules or {}), arn, set(makes)
        self.denied = dict(denied) if isinstance(denied, Mapping) else dict.fromkeys(denied, NO_IDENTITY)
        self.seen_as: list[Asked] = []
        self.skew = skew
        self.world = usual(arn)
        self.made: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def now(self) -> float:
        return super().now() + self.skew

    @property
    def operations(self) -> list[str]:
        return [asked.operation for asked in self.seen_as]

    def answer(self, seen: Seen) -> Answer:
        if seen.method == "GET":
            return Answer(200, {"Content-Type": "text/plain"}, f"{HERE}\n".encode())
        asked = _read(seen)
        with self._lock:
            self.seen_as.append(asked)
            rule = self.rules.get(asked.operation, self.rules.get("*"))
            said = rule(asked) if callable(rule) else rule
            if said is None:
                said = self._usual(asked)
        return said if isinstance(said, Answer) else written(asked, said)

    def _usual(self, asked: Asked) -> Any:
        if asked.action in self.denied or (asked.action == OUTSIDE_DRY and OUTSIDE_DRY not in self.world["may"]):
            return self._deny(asked, asked.action)
        if asked.operation == "RunInstances" and "ec2:CreateTags" in self.denied:
            return self._deny(asked, "ec2:CreateTags")
        if asked.operation == "SimulatePrincipalPolicy":
            return {"EvaluationResults": [self._simulated(name) for name in asked.all("ActionNames")]}
        if asked.operation in self.makes:
            return self._make(asked)
        if asked.is_dry:
            return refusal("DryRunOperation", DRY, 412)(asked)
        return self._ended(asked) or self.world.get(asked.operation, {})

    def _deny(self, asked: Asked, action: str) -> Answer:
        said = self.denied.get(action, NO_IDENTITY).format(action=action)
        message = f"User: {self.arn} is not authorized to perform: {action} on resource: arn:aws:ec2:{REGION}:{ACCOUNT}:*/* {said}"
        if asked.service == "ec2":
            blob = base64.b64encode(b"secret of the administrator" * 9).decode()
            return refusal("UnauthorizedOperation", "You are not authorized to perform this operation. "
                           f"{message}. Encoded authorization failure message: {blob}", 403)(asked)
        code = "AccessDenied" if asked.service in ("iam", "sts") else "AccessDeniedException"
        return refusal(code, message, 403 if code == "AccessDenied" else 400)(asked)

    def _simulated(self, name: str) -> dict[str, Any]:
        if name in OUTSIDE and name not in self.world["may"]:
            return {"EvalActionName": name, "EvalDecision": "implicitDeny"}
        if name not in self.denied:
            return {"EvalActionName": name, "EvalDecision": "allowed"}
        said = self.denied[name]
        return {"EvalActionName": name, "EvalDecision": "explicitDeny" if "explicit" in said else "implicitDeny",
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": "service control" not in said},
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": "boundary" not in said}}

    def _make(self, asked: Asked) -> dict[str, Any]:
        """Really, and it stays until it is ended."""
        number = f"{len(self.made) + 1:017x}"
        name = next((v for k, v in asked.params.items() if v.startswith("dflow-probe-")), "")
        tags = [MANAGED, {"Key": "Name", "Value": name}]
        one = {"RunInstances": ("InstanceId", f"i-{number}"), "CreateSecurityGroup": ("GroupId", f"sg-{number}"),
               "AllocateAddress": ("AllocationId", f"eipalloc-{number}")}.get(asked.operation, ("KeyName", name))
        thing = {one[0]: one[1], "Tags": tags, "KeyName": name, "GroupName": name}
        self.made[one[1]] = thing
        return {"Instances": [{**thing, "State": {"Name": "pending"}}]} if asked.operation == "RunInstances" else thing

    def _ended(self, asked: Asked) -> dict[str, Any] | None:
        """What ends and what lists the things that were made."""
        ends = {"TerminateInstances": asked.all("InstanceId"), "DeleteSecurityGroup": [asked.params.get("GroupId", "")],
                "DeleteKeyPair": [asked.params.get("KeyName", "")], "ReleaseAddress": [asked.params.get("AllocationId", "")]}
        if asked.operation in ends:
            for one in ends[asked.operation]:
                self.made.pop(one, None)
            return {"Return": True}
        asks = [v for k, v in asked.params.items() if v.startswith("dflow-probe-")] or asked.all(
            "InstanceId") + asked.all("GroupId") + asked.all("AllocationId")
        if not asks or asked.operation not in ("DescribeInstances", "DescribeSecurityGroups", "DescribeKeyPairs", "DescribeAddresses"):
            return None
        found = [one for one in self.made.values() if set(asks) & {*map(str, one.values())}
                 or one["KeyName"] in asks]
        kinds = {"DescribeInstances": ("InstanceId", lambda rows: {"Reservations": [{"Instances": rows}]}),
                 "DescribeSecurityGroups": ("GroupId", lambda rows: {"SecurityGroups": rows}),
                 "DescribeAddresses": ("AllocationId", lambda rows: {"Addresses": rows}),
                 "DescribeKeyPairs": ("", lambda rows: {"KeyPairs": rows})}
        key, wrap = kinds[asked.operation]
        ids = ("InstanceId", "GroupId", "AllocationId")
        return wrap([one for one in found if (key in one if key else not set(ids) & set(one))])


def port(number: int, cidr: str = "0.0.0.0/0") -> dict[str, Any]:
    """A rule of a security group."""
    return {"IpProtocol": "tcp", "FromPort": number, "ToPort": number, "IpRanges": [{"CidrIp": cidr}]}


def usual(arn: str) -> dict[str, Any]:
    """An account where everything is right. may: what the simulation allows besides."""
    subnet, table, acl, vpc = "subnet-0a", "rtb-0a", "acl-0a", "vpc-0a"
    everywhere = {"RuleNumber": 100, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    return {
        "may": set(),
        "GetCallerIdentity": {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDAEXAMPLE"},
        "DescribeRegions": {"Regions": [
            {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": REGION, "OptInStatus": "opt-in-not-required"},
            {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}]},
        "DescribeInstanceTypes": {"InstanceTypes": [{
            "InstanceType": "t3.large", "VCpuInfo": {"DefaultVCpus": 2},
            "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}]},
        "DescribeInstanceTypeOfferings": {"InstanceTypeOfferings": [
            {"InstanceType": "t3.large", "LocationType": "availability-zone", "Location": f"{REGION}{zone}"} for zone in "ab"]},
        "GetParameter": {"Parameter": {"Name": "x", "Value": "ami-0aaaaaaaaaaaaaaaa"}},
        "DescribeImages": {"Images": [{"ImageId": "ami-0aaaaaaaaaaaaaaaa", "State": "available", "Architecture": "x86_64",
                                       "CreationDate": "2026-11-01T00:00:00.000Z"}]},
        "DescribeVpcs": {"Vpcs": [{"VpcId": vpc, "IsDefault": True, "State": "available"}]},
        "DescribeSubnets": {"Subnets": [{"SubnetId": subnet, "VpcId": vpc, "State": "available", "MapPublicIpOnLaunch": True,
                                         "AvailabilityZone": f"{REGION}a", "AvailableIpAddressCount": 4091}]},
        "DescribeRouteTables": {"RouteTables": [{
            "RouteTableId": table, "VpcId": vpc, "Associations": [{"Main": True}],
            "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a", "State": "active"}]}]},
        "DescribeInternetGateways": {"InternetGateways": [{"InternetGatewayId": "igw-0a"}]},
        "DescribeNetworkAcls": {"NetworkAcls": [{"NetworkAclId": acl, "IsDefault": True, "VpcId": vpc, "Entries": [
            {**everywhere, "Egress": False}, {**everywhere, "Egress": True}]}]},
        "DescribeSecurityGroups": {"SecurityGroups": [
            {"GroupId": "sg-0d", "GroupName": "default", "VpcId": vpc},
            {"GroupId": "sg-0a", "GroupName": "dflow", "VpcId": vpc, "Tags": [MANAGED],
             "IpPermissions": [port(22, f"{HERE}/32"), port(80), port(443)]}]},
        "DescribeInstances": {"Reservations": [{"Instances": [
            {"InstanceId": "i-0a", "InstanceType": "m5.xlarge", "State": {"Name": "running"},
             "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2}},
            {"InstanceId": "i-0b", "InstanceType": "m5.xlarge", "InstanceLifecycle": "spot", "State": {"Name": "running"},
             "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2}},
            {"InstanceId": "i-0c", "InstanceType": "g5.xlarge", "State": {"Name": "running"},
             "CpuOptions": {"CoreCount": 2, "ThreadsPerCore": 2}}]}]},
        "DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-0a", "Domain": "vpc"}]},
        "GetServiceQuota": {"Quota": {"Value": 32.0}},
        "GetAWSDefaultServiceQuota": {"Quota": {"Value": 5.0}},
    }


def _read(seen: Seen) -> Asked:
    found = SCOPE.search(seen.headers.get("Authorization", ""))
    key_id, region, service = found.groups() if found else ("", "", "")
    target = seen.headers.get("X-Amz-Target", "")
    if target:
        return Asked(target.rpartition(".")[2], service, region, key_id, json.loads(seen.body or b"{}"))
    params = dict(parse_qsl(seen.body.decode(), keep_blank_values=True))
    return Asked(params.pop("Action", ""), service, region, key_id, params)


@cache
def _model(service: str) -> ServiceModel:
    name = {"servicequotas": "service-quotas"}.get(service, service)
    return ServiceModel(loaders.create_loader().load_service_model(name, "service-2"))


def written(asked: Asked, value: Mapping[str, Any]) -> Answer:
    """Plain values, as botocore knows them, in the protocol of the service."""
    if asked.service in ("servicequotas", "ssm"):
        return Answer(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(value).encode())
    operation = _model(asked.service).operation_model(asked.operation)
    shape, is_ec2 = operation.output_shape, asked.service == "ec2"
    inner = _members(shape, value, is_ec2) if shape else ""
    if not is_ec2:
        inner = f"<{asked.operation}Result>{inner}</{asked.operation}Result><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata>"
    text = f"<{asked.operation}Response>{'<requestId>req-1</requestId>' if is_ec2 else ''}{inner}</{asked.operation}Response>"
    return Answer(200, {"Content-Type": "text/xml"}, text.encode())


def _members(shape, value: Mapping[str, Any], is_ec2: bool) -> str:
    return "".join(_element(member.serialization.get("name", name), member, value[name], is_ec2)
                   for name, member in shape.members.items() if value.get(name) is not None)


def _element(name: str, shape, value: Any, is_ec2: bool) -> str:
    if shape.type_name == "structure":
        inner = _members(shape, value, is_ec2)
    elif shape.type_name == "list":
        each = shape.member.serialization.get("name", "item" if is_ec2 else "member")
        inner = "".join(_element(each, shape.member, one, is_ec2) for one in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = escape(value.isoformat() if isinstance(value, datetime) else str(value))
    return f"<{name}>{inner}</{name}>"


@pytest.fixture
def aws_script(loopback, monkeypatch):
    """Start hosts in AWS's place; the last one is what AWS_ENDPOINT_URL names. All are stopped at the end."""
    running = []

    def start(rules: Mapping[str, Rule] | None = None, denied: Mapping[str, str] | Iterable[str] = (), **more: Any) -> AwsScript:
        running.append(AwsScript(rules, denied, **more).start())
        monkeypatch.setenv("AWS_ENDPOINT_URL", running[-1].origin)
        return running[-1]

    try:
        yield start
    finally:
        for host in running:
            host.stop()
