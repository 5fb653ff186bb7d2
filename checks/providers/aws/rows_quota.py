"""The rows of what the account may still have: vCPUs and elastic addresses, as used and needed against allowed."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError
from checks.providers.aws import console
from checks.providers.aws.dry import at_once
from checks.providers.aws.families import family_of
from checks.providers.aws.reads import ADDRESSES_QUOTA, asked, instance_type, is_ours, nodes, vcpus
from checks.providers.aws.remedies import not_seen
from checks.providers.aws.rows_rights import aws
from checks.providers.base import Context
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown

ROOM_IS_MADE = "an increase takes hours to days"


@aws.check("The vCPU quota has room", layer=Layer.AWS_QUOTA, needs=["region_enabled"], required=False)
def vcpu_quota_sufficient(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    kind, family = instance_type(ctx), family_of(instance_type(ctx))
    quota, running, types = at_once([lambda n=name: asked(ctx, n) for name in ("quota of vCPUs", "instances", "types")])
    refused = _refused(ctx, (quota, "servicequotas:GetServiceQuota", f"The quota {family.code} of {client.region}"),
                       (running, "ec2:DescribeInstances", f"The instances of {client.region}"),
                       (types, "ec2:DescribeInstanceTypes", f"The instance type {kind}"))
    if refused is not None:
        return refused
    if not vcpus(ctx):
        return unknown(f"How many vCPUs {kind} has was not told.", cause=Cause.PROVIDER, instance_type=kind,
                       remedy="Look at the row of the instance type first.")
    instances = [one for row in running for one in row.get("Instances") or ()]
    used = sum(_vcpus_of(one) for one in instances if _counts(one, family.code))
    there = sum(1 for one in instances if is_ours(one) and one.get("InstanceType") == kind)
    needed = max(0, nodes(ctx) - there) * vcpus(ctx)
    name = f"Running On-Demand {family.name}"
    more = f" ({there} of {nodes(ctx)} nodes run already)" if there else ""
    return _judged(ctx, quota, used, needed, family.code, f"vCPUs of “{name}”", f"{nodes(ctx)} × {kind}{more}")


def _counts(one: Mapping[str, Any], code: str) -> bool:
    """Spot and dedicated hosts have quotas of their own."""
    host = (one.get("Placement") or {}).get("Tenancy") == "host"
    return not one.get("InstanceLifecycle") and not host and family_of(str(one.get("InstanceType") or "")).code == code


def _vcpus_of(one: Mapping[str, Any]) -> int:
    options = one.get("CpuOptions") or {}
    return int(options.get("CoreCount") or 1) * int(options.get("ThreadsPerCore") or 1)


@aws.check("The quota of elastic addresses has room", layer=Layer.AWS_QUOTA, needs=["region_enabled"], required=False)
def address_quota_sufficient(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    quota, addresses = at_once([lambda n=name: asked(ctx, n) for name in ("quota of addresses", "addresses")])
    refused = _refused(ctx, (quota, "servicequotas:GetServiceQuota", f"The quota {ADDRESSES_QUOTA} of {client.region}"),
                       (addresses, "ec2:DescribeAddresses", f"The elastic addresses of {client.region}"))
    if refused is not None:
        return refused
    used = [one for one in addresses if one.get("Domain") != "standard"]
    needed = max(0, nodes(ctx) - sum(map(is_ours, used)))
    return _judged(ctx, quota, len(used), needed, ADDRESSES_QUOTA, "elastic addresses", "one for each node")


def _refused(ctx: Context, *answers: tuple[Any, str, str]) -> Verdict | None:
    """What the first refusal among them means. An answer that is none is raised: the runner says what it means."""
    for answer, action, what in answers:
        if isinstance(answer, ClientError):
            raise answer
        if isinstance(answer, AwsRefusal):
            if answer.code == "InvalidInstanceType":
                return unknown(f"EC2 knew no instance type {instance_type(ctx)} ({answer.code}), so its vCPUs were not "
                               "counted.", cause=Cause.YOURS, remedy="Correct the instance type in the settings.")
            return not_seen(ctx, answer, action, what)
    return None


def _judged(ctx: Context, quota: Mapping[str, Any], used: int, needed: int, code: str, what: str, why: str) -> Verdict:
    client: Aws = ctx.client
    value = (quota.get("Quota") or {}).get("Value")
    if value is None:
        return unknown(f"Service Quotas named no value for {code} in {client.region}.", cause=Cause.PROVIDER, quota=code,
                       remedy="Nothing to mend here yet: it is asked again by itself, or check again now.")
    allowed = int(value)
    said = f"In {client.region} {used} of {allowed} {what} were in use, and {needed} more were needed ({why})"
    facts: dict[str, Any] = {"used": used, "needed": needed, "allowed": allowed, "quota": code}
    if used + needed > allowed:
        return fail(f"{said}: {used + needed - allowed} too many.", link=console.quota(client.region, code), **facts,
                    remedy=f"Ask for at least {used + needed} at the quota {code}: aws service-quotas "
                           f"request-service-quota-increase --region {client.region} --service-code ec2 --quota-code {code} "
                           f"--desired-value {used + needed}; {ROOM_IS_MADE}. Or free some, or need fewer.")
    return passed(f"{said}.", **facts)
