"""The rows of the network that instances would be in: reached from the internet, on the ports that are needed."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError
from checks.providers.aws import console
from checks.providers.aws.dry import at_once
from checks.providers.aws.network import (
    EVERYWHERE,
    EVERYWHERE_6,
    HTTP,
    HTTPS,
    SSH,
    Row,
    acl_of,
    acl_stops,
    is_from,
    no_way_out,
    sources,
    table_of,
)
from checks.providers.aws.reads import asked, is_ours, nodes, rows, vpc
from checks.providers.aws.remedies import not_seen
from checks.providers.aws.rows_quota import aws
from checks.providers.base import Context
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

PARTS = {"subnets": "ec2:DescribeSubnets", "routes": "ec2:DescribeRouteTables", "acls": "ec2:DescribeNetworkAcls"}


@aws.check("The network is ready for instances", layer=Layer.AWS_NETWORKING, needs=["region_enabled"], required=False)
def network_ready(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    answer, region = asked(ctx, "vpcs"), client.region
    if isinstance(answer, AwsRefusal):
        return not_seen(ctx, answer, "ec2:DescribeVpcs", f"The VPCs of {region}")
    where = vpc(ctx)
    if where is None:
        return fail(f"There was no default VPC in {region}, and none of the {len(answer)} others carried the tag "
                    "dflow:managed=true: an instance would be refused with VPCIdNotSpecified.",
                    link=console.vpc(region, "vpcs:"),
                    remedy=f"Make the default VPC: aws ec2 create-default-vpc --region {region}. Or tag the VPC to use with "
                           "dflow:managed=true.")
    parts = at_once([lambda n=name: asked(ctx, n) for name in (*PARTS, "gateways")])
    for (name, action), part in zip(PARTS.items(), parts, strict=False):
        if isinstance(part, ClientError):
            raise part
        if isinstance(part, AwsRefusal):
            return not_seen(ctx, part, action, f"The {name} of {where['VpcId']}")
    return _judged(ctx, where, parts)


def _judged(ctx: Context, where: Row, parts: Sequence[Any]) -> Verdict:
    """One subnet that is right is enough, but EC2 chooses any subnet of a default VPC."""
    client: Aws = ctx.client
    subnets, tables, acls, gateways = parts
    known = None if isinstance(gateways, (AwsRefusal, ClientError)) else gateways
    page = console.vpc(client.region, "subnets:")
    what = f"{'default ' if where.get('IsDefault') else ''}VPC {where['VpcId']}"
    if not subnets:
        return fail(f"The {what} had no subnet.", link=page,
                    remedy=f"Make one: aws ec2 create-default-subnet --availability-zone {client.region}a.")
    wrong = {str(one["SubnetId"]): _wrong(ctx, one, tables, acls, known) for one in subnets}
    right = [one for one in subnets if not wrong[str(one["SubnetId"])]]
    bad = [f"{name}: {why}" for name, why in wrong.items() if why]
    facts: dict[str, Any] = {"vpc": where["VpcId"], "subnets": [str(one["SubnetId"]) for one in right]}
    zones = ", ".join(sorted({str(one.get("AvailabilityZone")) for one in right}))
    if not right:
        return fail(f"No subnet of the {what} was ready: {'; '.join(bad[:3])}.", link=page, **facts,
                    remedy="Give one subnet a public IPv4 address by default, a route 0.0.0.0/0 to an internet gateway, a "
                           "network ACL that lets ports 22, 80 and 443 in and answers out, and enough free addresses.")
    if bad:
        return warn(f"{len(right)} of {len(subnets)} subnets of the {what} were ready ({zones}), and these were not: "
                    f"{'; '.join(bad[:3])}.", link=page, **facts,
                    remedy="Mend these subnets, or name one that is ready when instances are made: EC2 may choose any.")
    return passed(f"The internet reached {len(right)} of {len(subnets)} subnets of the {what} ({zones}): public IPv4, a route to "
                  "an internet gateway, open network ACLs.", **facts)


def _wrong(ctx: Context, subnet: Row, tables: Sequence[Row], acls: Sequence[Row], gateways: Sequence[Row] | None) -> str:
    if subnet.get("State") not in (None, "available"):
        return f"its state is {subnet.get('State')}"
    if int(subnet.get("AvailableIpAddressCount") or 0) < nodes(ctx):
        return f"it has {subnet.get('AvailableIpAddressCount') or 0} free addresses, and {nodes(ctx)} are needed"
    if not subnet.get("MapPublicIpOnLaunch"):
        return "it gives no public IPv4 address by itself"
    return no_way_out(table_of(subnet, tables), gateways) or acl_stops(acl_of(subnet, acls))


@aws.check("The ports are open", layer=Layer.AWS_NETWORKING, needs=["network_ready"], required=False)
def ports_open(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    answer = asked(ctx, "groups")
    if isinstance(answer, AwsRefusal):
        return not_seen(ctx, answer, "ec2:DescribeSecurityGroups", f"The security groups of {client.region}")
    where = vpc(ctx)
    here = ctx.once("address", client.address)
    groups = _groups(rows(ctx, "groups"), here)
    if not groups:
        return fail(f"No security group of {where['VpcId'] if where else client.region} let port 22 in; a node would get the "
                    "default group, which nobody outside reaches.", link=console.ec2(client.region, "SecurityGroups:"),
                    remedy=_make_one(client.region, here))
    return _open_to(ctx, groups, here)


def _open_to(ctx: Context, groups: Sequence[Row], here: str) -> Verdict:
    """here: our address, "" where it was not told."""
    client: Aws = ctx.client
    what = ", ".join(f"{one['GroupId']} ({one.get('GroupName')})" for one in groups)
    closed = [port for port in (HTTP, HTTPS) if EVERYWHERE not in sources(groups, port)]
    from_ = sources(groups, SSH)
    wide = [one for one in from_ if one in (EVERYWHERE, EVERYWHERE_6)]
    facts: dict[str, Any] = {"groups": [str(one["GroupId"]) for one in groups], "ssh_from": from_, "here": here}
    if closed or not from_ or (here and not wide and not is_from(here, from_)):
        return _closed(ctx, groups, closed, facts)
    if wide:
        return warn(f"The security group {what} let port 22 in from everywhere ({', '.join(wide)}).", **facts,
                    link=console.ec2(client.region, "SecurityGroups:"),
                    remedy=f"Let port 22 in from {_network(here)} only: edit the inbound rules of {groups[0]['GroupId']}.")
    if not here:
        return unknown(f"The security group {what} let port 22 in from {', '.join(from_[:5])}, and 80 and 443 from everywhere; "
                       "which address we come from was not told.", cause=Cause.OURS, required=False, **facts,
                       remedy="Compare these networks with the addresses that this program's requests come from.")
    return passed(f"The security group {what} let port 22 in from here ({here}) and not from everywhere, and 80 and 443 from "
                  "everywhere.", **facts)


def _groups(every: Sequence[Row], here: str) -> list[Row]:
    """Those that are tagged for us, which a node gets together; else the one that comes nearest to what is needed."""
    ours = [one for one in every if is_ours(one)]
    if ours:
        return ours

    def fits(one: Row) -> tuple[bool, int, bool]:
        open_ = sum(EVERYWHERE in sources([one], port) for port in (HTTP, HTTPS))
        from_ = sources([one], SSH)
        return not here or is_from(here, from_), open_, EVERYWHERE not in from_

    able = [one for one in every if any("." in source or ":" in source for source in sources([one], SSH))]
    return [max(able, key=fits)] if able else []


def _closed(ctx: Context, groups: Sequence[Row], closed: Sequence[int], facts: dict[str, Any]) -> Verdict:
    client: Aws = ctx.client
    here, from_ = facts["here"], facts["ssh_from"]
    parts = [f"port {port} was not open to everywhere" for port in closed]
    if not from_:
        parts.append("port 22 was open to nobody")
    elif here and not is_from(here, from_):
        parts.append(f"port 22 was open to {', '.join(from_[:5])} and not to here ({here})")
    group = groups[0]["GroupId"]
    lines = [(port, EVERYWHERE) for port in closed]
    lines += [(SSH, _network(here))] if len(parts) > len(closed) else []
    commands = " && ".join(f"aws ec2 authorize-security-group-ingress --region {client.region} --group-id {group} --protocol "
                           f"tcp --port {port} --cidr {cidr}" for port, cidr in lines)
    return fail(f"In the security group {', '.join(str(one['GroupId']) for one in groups)} {'; '.join(parts)}.", **facts,
                link=console.ec2(client.region, f"SecurityGroup:groupId={group}"), remedy=f"Open what is closed: {commands}.")


def _network(here: str) -> str:
    return f"{here}/32" if here else "ADDRESS/32"


def _make_one(region: str, here: str) -> str:
    rules = " ".join(f"IpProtocol=tcp,FromPort={port},ToPort={port},IpRanges=[{{CidrIp={cidr}}}]" for port, cidr in (
        (SSH, _network(here)), (HTTP, EVERYWHERE), (HTTPS, EVERYWHERE)))
    return (f"Make a group for the nodes: aws ec2 create-security-group --region {region} --group-name dflow --description "
            "dFlow --tag-specifications 'ResourceType=security-group,Tags=[{Key=dflow:managed,Value=true}]' && aws ec2 "
            f"authorize-security-group-ingress --region {region} --group-name dflow --ip-permissions {rules}.")
