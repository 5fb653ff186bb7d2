"""What the rows read of the account: each asked once a run, and shared with the table of actions.

A refusal is an answer here: it is kept, and each row says what it means for it.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Answer, Aws
from checks.clients.errors import ClientError, Kind
from checks.providers.aws.actions import TAG, TAG_VALUE
from checks.providers.aws.families import family_of
from checks.providers.aws.identity import known_identity
from checks.providers.base import Context

Row = Mapping[str, Any]
UBUNTU = "24.04"
CODENAME = "noble"
# https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/
PARAMETER = f"/aws/service/canonical/ubuntu/server/{UBUNTU}/stable/current/{{arch}}/hvm/ebs-gp3/ami-id"
IMAGE_NAME = f"ubuntu/images/hvm-ssd-gp3/ubuntu-{CODENAME}-{UBUNTU}-{{arch}}-server-*"
CANONICAL = {"arn:aws": "099720109477", "arn:aws-cn": "837727238323", "arn:aws-us-gov": "513442679011"}
ADDRESSES_QUOTA = "L-0263D0A3"
DEBIAN_NAMES = {"x86_64": "amd64", "arm64": "arm64"}


def asked(ctx: Context, name: str) -> Any:
    """The rows of an answer, or the AwsRefusal in their place. Raises ClientError."""
    def ask() -> Any:
        try:
            return READS[name](ctx)
        except AwsRefusal as refusal:
            return refusal
    return ctx.once(name, ask)


def rows(ctx: Context, name: str) -> Sequence[Row]:
    """The rows of an answer, none where it was refused or did not come: for a row that rests on another answer."""
    answer = _beside(ctx, name)
    return answer if isinstance(answer, list) else []


def _beside(ctx: Context, name: str) -> Any:
    try:
        return asked(ctx, name)
    except ClientError as error:
        if error.kind is Kind.CLOSED:
            raise
        return None


def vpc(ctx: Context) -> Row | None:
    """Where instances would go: the default VPC, or one that is tagged for us."""
    found = rows(ctx, "vpcs")
    return next((one for one in found if one.get("IsDefault")), None) or next(
        (one for one in found if is_ours(one)), None)


def is_ours(thing: Row) -> bool:
    return any(tag.get("Key") == TAG and tag.get("Value") == TAG_VALUE for tag in thing.get("Tags") or ())


def named(thing: Row) -> str:
    return next((str(tag.get("Value")) for tag in thing.get("Tags") or () if tag.get("Key") == "Name"), "")


def instance_type(ctx: Context) -> str:
    return str(ctx.settings.get("instance_type") or "t3.large")


def nodes(ctx: Context) -> int:
    return int(ctx.settings.get("nodes") or 1)


def architecture(ctx: Context) -> str:
    """Of the instance type, as EC2 writes it; the usual one where the type is not known."""
    found = rows(ctx, "types")
    offered = ((found[0].get("ProcessorInfo") or {}).get("SupportedArchitectures") or []) if found else []
    return next((one for one in ("x86_64", "arm64") if one in offered), "x86_64")


def vcpus(ctx: Context) -> int:
    """Of one instance of the type, 0 where that is not known."""
    found = rows(ctx, "types")
    return int((found[0].get("VCpuInfo") or {}).get("DefaultVCpus") or 0) if found else 0


def _rows_of(operation: str, key: str, **params: Any) -> Callable[[Context], Any]:
    def ask(ctx: Context) -> Any:
        aws: Aws = ctx.client
        return aws.ask_all("ec2", operation, key, **params)
    return ask


def _in_the_vpc(operation: str, key: str, name: str = "vpc-id") -> Callable[[Context], Any]:
    """Only what belongs to that VPC; everything where no VPC could be seen."""
    def ask(ctx: Context) -> Any:
        aws: Aws = ctx.client
        found = vpc(ctx)
        return aws.ask_all("ec2", operation, key, **({"Filters": [_is(name, found["VpcId"])]} if found else {}))
    return ask


def _regions(ctx: Context) -> Any:
    """At home where the integration's own region refuses the key."""
    aws: Aws = ctx.client
    return aws.ask("ec2", "DescribeRegions", region=known_identity(ctx).region, AllRegions=True).get("Regions") or []


def _types(ctx: Context) -> Any:
    aws: Aws = ctx.client
    return aws.ask("ec2", "DescribeInstanceTypes", InstanceTypes=[instance_type(ctx)]).get("InstanceTypes") or []


def _offers(ctx: Context) -> Any:
    aws: Aws = ctx.client
    return aws.ask_all("ec2", "DescribeInstanceTypeOfferings", "InstanceTypeOfferings",
                       LocationType="availability-zone", Filters=[_is("instance-type", instance_type(ctx))])


def _parameter(ctx: Context) -> Any:
    aws: Aws = ctx.client
    return aws.ask("ssm", "GetParameter", Name=PARAMETER.format(arch=DEBIAN_NAMES[architecture(ctx)]))


def _images(ctx: Context) -> Any:
    """The image that Canonical's parameter names; where it names none, all of its images of that release."""
    aws: Aws = ctx.client
    by_parameter = image_of_parameter(ctx)
    if by_parameter:
        return aws.ask("ec2", "DescribeImages", ImageIds=[by_parameter]).get("Images") or []
    name = IMAGE_NAME.format(arch=DEBIAN_NAMES[architecture(ctx)])
    owner = CANONICAL.get(aws.partition.arn, CANONICAL["arn:aws"])
    return aws.ask("ec2", "DescribeImages", Owners=[owner], Filters=[_is("name", name), _is("state", "available")]
                   ).get("Images") or []


def image_of_parameter(ctx: Context) -> str:
    answer = _beside(ctx, "image parameter")
    return str((answer.get("Parameter") or {}).get("Value") or "") if isinstance(answer, Mapping) else ""


def image(ctx: Context) -> Row | None:
    """The newest that can be launched."""
    found = [one for one in rows(ctx, "images") if one.get("State") in (None, "available")
             and one.get("Architecture") in (None, architecture(ctx))]
    return max(found, key=lambda one: str(one.get("CreationDate") or ""), default=None)


def _quota(code: Callable[[Context], str]) -> Callable[[Context], Answer]:
    """The value that applies here; AWS's default where nobody has ever changed it."""
    def ask(ctx: Context) -> Answer:
        aws: Aws = ctx.client
        which = {"ServiceCode": "ec2", "QuotaCode": code(ctx)}
        try:
            return aws.ask("service-quotas", "GetServiceQuota", **which)
        except AwsRefusal as refusal:
            if refusal.code != "NoSuchResourceException":
                raise
        return aws.ask("service-quotas", "GetAWSDefaultServiceQuota", **which)
    return ask


def _is(name: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}


READS: Mapping[str, Callable[[Context], Any]] = {
    "regions": _regions, "types": _types, "offers": _offers, "images": _images, "image parameter": _parameter,
    "vpcs": _rows_of("DescribeVpcs", "Vpcs"),
    "subnets": _in_the_vpc("DescribeSubnets", "Subnets"),
    "routes": _in_the_vpc("DescribeRouteTables", "RouteTables"),
    "gateways": _in_the_vpc("DescribeInternetGateways", "InternetGateways", "attachment.vpc-id"),
    "acls": _in_the_vpc("DescribeNetworkAcls", "NetworkAcls"),
    "groups": _in_the_vpc("DescribeSecurityGroups", "SecurityGroups"),
    "instances": _rows_of("DescribeInstances", "Reservations",
                          Filters=[_is("instance-state-name", "pending", "running")]),
    "addresses": _rows_of("DescribeAddresses", "Addresses"),
    "quota of vCPUs": _quota(lambda ctx: family_of(instance_type(ctx)).code),
    "quota of addresses": _quota(lambda ctx: ADDRESSES_QUOTA),
}
