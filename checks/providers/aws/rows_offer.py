"""The rows of what can be had in the region: the instance type, and an image for it."""
from __future__ import annotations

from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.providers.aws import console
from checks.providers.aws.reads import UBUNTU, architecture, asked, image, image_of_parameter, instance_type, rows
from checks.providers.aws.remedies import not_seen
from checks.providers.aws.rows_network import aws
from checks.providers.base import Context
from checks.verdict import Layer, Verdict, fail, passed, warn

NO_SUCH_IMAGE = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidAMIID.Malformed")


@aws.check("The instance type is offered", layer=Layer.AWS_QUOTA, needs=["region_enabled"])
def instance_type_offered(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    kind, region = instance_type(ctx), client.region
    answer = asked(ctx, "offers")
    page = console.ec2(region, f"InstanceTypes:instanceType={kind}")
    if isinstance(answer, AwsRefusal):
        return not_seen(ctx, answer, "ec2:DescribeInstanceTypeOfferings", f"The offers of {kind} in {region}")
    offered = sorted(str(one.get("Location")) for one in answer)
    if not offered:
        why = "" if _is_known(ctx) else "; EC2 there knows no type of that name (InvalidInstanceType)"
        return fail(f"The instance type {kind} was offered in no zone of {region}{why}.", link=page,
                    remedy=f"Choose another instance type in the settings: aws ec2 describe-instance-type-offerings --region "
                           f"{region} lists those of this region. Or choose another region.")
    subnets = {str(one.get("AvailabilityZone")) for one in rows(ctx, "subnets")}
    facts: dict[str, Any] = {"zones": offered}
    without = sorted(subnets - set(offered))
    if subnets and not subnets & set(offered):
        return fail(f"The instance type {kind} was offered in {', '.join(offered)}, and the subnets were in "
                    f"{', '.join(sorted(subnets))}.", link=console.vpc(region, "subnets:"), **facts,
                    remedy=f"Make a subnet in {offered[0]}, or choose another instance type.")
    if without:
        return warn(f"The instance type {kind} was offered in {', '.join(offered)}, and not in {', '.join(without)}, where "
                    "there are subnets too.", link=page, **facts,
                    remedy=f"Name a subnet in {offered[0]} when instances are made, or choose another instance type.")
    return passed(f"The instance type {kind} was offered in {region}: {', '.join(offered)}.", **facts)


def _is_known(ctx: Context) -> bool:
    types = asked(ctx, "types")
    return not (isinstance(types, AwsRefusal) and types.code == "InvalidInstanceType")


@aws.check("An image is available", layer=Layer.AWS_QUOTA, needs=["region_enabled"], required=False)
def image_available(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    arch, region, answer = architecture(ctx), client.region, asked(ctx, "images")
    what = f"Ubuntu {UBUNTU} for {arch}"
    named = image_of_parameter(ctx)
    if isinstance(answer, AwsRefusal):
        if answer.code not in NO_SUCH_IMAGE:
            return not_seen(ctx, answer, "ec2:DescribeImages", f"The images of {what} in {region}")
        return _none(ctx, f"Canonical's parameter named {named} for {what}, which {region} does not have ({answer.code})")
    found = image(ctx)
    if found is None:
        return _none(ctx, f"Canonical's image of {what} was not found in {region}")
    how = "named by Canonical's parameter" if named else "the newest of Canonical's"
    return passed(f"The image {found['ImageId']} ({what}) was available in {region}, {how}.", image=str(found["ImageId"]),
                  architecture=arch)


def _none(ctx: Context, what: str) -> Verdict:
    client: Aws = ctx.client
    return fail(f"{what}.", link=console.ec2(client.region, "Images:visibility=public-images;owner=099720109477"),
                remedy="Choose an instance type of another architecture, or another region; image ids of one region are not "
                       "those of another.")
