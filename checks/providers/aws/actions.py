"""What provisioning and its checks do in an account, and how each action can be proven. Values only.

Actions and what they are granted on:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html. An action that changes or ends what
is there is only ever simulated: an endpoint that ignores DryRun would carry it out.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TAG, TAG_VALUE = "dflow:managed", "true"
MANAGED = {"Key": TAG, "Value": TAG_VALUE}


class How(StrEnum):
    ROW = "row"  # a row asks it in earnest: the answer is shared
    DRY_READ = "dry read"
    DRY_NEW = "dry new"  # creates something of one's own
    SIMULATED = "simulated"


@dataclass(frozen=True)
class Action:
    """on: the types of resource that it is granted on. shared: the name of the answer that a row asked for.

    is_for_checks: nothing is provisioned by it; without it a row of the checklist sees nothing.
    """

    name: str
    how: How
    on: tuple[str, ...] = ("*",)
    shared: str = ""
    is_for_checks: bool = False

    @property
    def operation(self) -> str:
        return self.name.partition(":")[2]


INSTANCE, GROUP, KEY, ADDRESS, INTERFACE = "instance", "security-group", "key-pair", "elastic-ip", "network-interface"
SIMULATE = "iam:SimulatePrincipalPolicy"
RUN, TAGGING = "ec2:RunInstances", "ec2:CreateTags"


def _simulated(on: tuple[str, ...], *names: str) -> tuple[Action, ...]:
    return tuple(Action(f"ec2:{name}", How.SIMULATED, on) for name in names)


ACTIONS: tuple[Action, ...] = (
    Action("ec2:DescribeRegions", How.ROW, shared="regions"),
    Action("ec2:DescribeAvailabilityZones", How.DRY_READ, is_for_checks=True),
    Action("ec2:DescribeInstanceTypes", How.ROW, shared="types", is_for_checks=True),
    Action("ec2:DescribeInstanceTypeOfferings", How.ROW, shared="offers", is_for_checks=True),
    Action("ec2:DescribeImages", How.ROW, shared="images"),
    Action("ec2:DescribeVpcs", How.ROW, shared="vpcs"),
    Action("ec2:DescribeSubnets", How.ROW, shared="subnets"),
    Action("ec2:DescribeRouteTables", How.ROW, shared="routes", is_for_checks=True),
    Action("ec2:DescribeInternetGateways", How.ROW, shared="gateways", is_for_checks=True),
    Action("ec2:DescribeNetworkAcls", How.ROW, shared="acls", is_for_checks=True),
    Action("ec2:DescribeSecurityGroups", How.ROW, shared="groups"),
    Action("ec2:DescribeSecurityGroupRules", How.DRY_READ),
    Action("ec2:DescribeKeyPairs", How.DRY_READ),
    Action("ec2:DescribeInstances", How.ROW, shared="instances"),
    Action("ec2:DescribeInstanceStatus", How.DRY_READ),
    Action("ec2:DescribeAddresses", How.ROW, shared="addresses"),
    Action("ec2:DescribeVolumes", How.DRY_READ, is_for_checks=True),
    Action("ec2:DescribeTags", How.DRY_READ),
    Action("ec2:DescribeAccountAttributes", How.DRY_READ, is_for_checks=True),
    Action(RUN, How.DRY_NEW, (INSTANCE, "volume", "image", INTERFACE, "subnet", GROUP)),
    Action("ec2:ImportKeyPair", How.DRY_NEW, (KEY,)),
    Action("ec2:CreateKeyPair", How.DRY_NEW, (KEY,)),
    Action("ec2:CreateSecurityGroup", How.DRY_NEW, (GROUP, "vpc")),
    Action("ec2:AllocateAddress", How.DRY_NEW, (ADDRESS,)),
    *_simulated((INSTANCE, GROUP), "CreateTags", "DeleteTags", "ModifyInstanceAttribute"),
    *_simulated((INSTANCE,), "StartInstances", "StopInstances", "RebootInstances", "TerminateInstances", "GetConsoleOutput"),
    *_simulated((GROUP,), "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
                "RevokeSecurityGroupEgress", "ModifySecurityGroupRules", "DeleteSecurityGroup"),
    *_simulated((KEY,), "DeleteKeyPair"),
    *_simulated((ADDRESS,), "AssociateAddress", "DisassociateAddress", "ReleaseAddress"),
    Action("servicequotas:GetServiceQuota", How.ROW, shared="quota of vCPUs", is_for_checks=True),
    Action("servicequotas:GetAWSDefaultServiceQuota", How.SIMULATED, is_for_checks=True),
    Action("ssm:GetParameter", How.ROW, ("parameter",), shared="image parameter", is_for_checks=True),
    Action(SIMULATE, How.SIMULATED, ("user",), is_for_checks=True),
)
BY_NAME = {action.name: action for action in ACTIONS}
# Far outside of what provisioning needs. What may do these may do nearly everything.
OUTSIDE = ("iam:CreateUser", "iam:CreateAccessKey", "iam:AttachUserPolicy", "s3:DeleteBucket", "rds:DeleteDBInstance",
           "kms:ScheduleKeyDeletion")
OUTSIDE_DRY = "ec2:DeleteVpc"
