"""What a VPC's parts let through: routes, network ACLs and security groups, read as EC2 applies them. Pure.

Routes: https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html; ACLs, by rule number, the first that
matches: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html; security groups, any that allows:
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html.
"""
from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
EVERYWHERE, EVERYWHERE_6 = "0.0.0.0/0", "::/0"
TCP = ("6", "tcp", "-1")
SSH, HTTP, HTTPS = 22, 80, 443
# Ports that callers, and the node itself, are answered on: https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html
OF_CALLERS, OF_THE_NODE = (1024, 32768, 49152, 65535), (32768, 60999)


def table_of(subnet: Row, tables: Iterable[Row]) -> Row | None:
    """The route table that a subnet is associated with, else the VPC's main one."""
    main = None
    for table in tables:
        for one in table.get("Associations") or ():
            if one.get("SubnetId") == subnet.get("SubnetId"):
                return table
            if one.get("Main") and table.get("VpcId") in (None, subnet.get("VpcId")):
                main = table
    return main


def no_way_out(table: Row | None, gateways: Sequence[Row] | None) -> str:
    """Why a subnet with this route table is not reached from the internet; "" when it is. gateways: None if not known."""
    if table is None:
        return "it has no route table"
    route = next((one for one in table.get("Routes") or () if one.get("DestinationCidrBlock") == EVERYWHERE), None)
    where = str(table.get("RouteTableId"))
    if route is None:
        return f"its route table {where} has no route for 0.0.0.0/0"
    gateway = str(route.get("GatewayId") or "")
    if not gateway.startswith("igw-"):
        to = gateway or route.get("NatGatewayId") or route.get("TransitGatewayId") or route.get("NetworkInterfaceId") or "?"
        return f"0.0.0.0/0 in its route table {where} leads to {to}, which lets nobody in"
    if route.get("State") not in (None, "active"):
        return f"the route to {gateway} in its route table {where} is a {route.get('State')}"
    known = next((one for one in gateways or () if one.get("InternetGatewayId") == gateway), None)
    if gateways is not None and gateways and known is None:
        return f"its internet gateway {gateway} is not attached to this VPC"
    return ""


def acl_of(subnet: Row, acls: Iterable[Row]) -> Row | None:
    """The network ACL that a subnet is associated with, else the VPC's default one."""
    default = None
    for acl in acls:
        if any(one.get("SubnetId") == subnet.get("SubnetId") for one in acl.get("Associations") or ()):
            return acl
        default = acl if acl.get("IsDefault") else default
    return default


def acl_stops(acl: Row | None) -> str:
    """What a network ACL keeps from a node, as half a sentence; "" when it lets all through that is needed."""
    if acl is None:
        return ""
    where = str(acl.get("NetworkAclId"))
    inward = [port for port in (HTTP, HTTPS) if not _acl_allows(acl, port, outward=False)]
    inward += [] if _acl_allows(acl, SSH, outward=False, from_anywhere=False) else [SSH]
    if inward:
        return f"its network ACL {where} lets nothing in on port {', '.join(map(str, sorted(inward)))}"
    if not all(_acl_allows(acl, port, outward=True) for port in OF_CALLERS):
        return f"its network ACL {where} lets no answers out on ports 1024 to 65535"
    if not all(_acl_allows(acl, port, outward=True) for port in (HTTP, HTTPS)):
        return f"its network ACL {where} lets nothing out on ports 80 and 443"
    if not all(_acl_allows(acl, port, outward=False) for port in OF_THE_NODE):
        return f"its network ACL {where} lets no answers in on ports 32768 to 60999"
    return ""


def _acl_allows(acl: Row, port: int, *, outward: bool, from_anywhere: bool = True) -> bool:
    """from_anywhere False: a rule for a smaller network is enough."""
    for rule in sorted(acl.get("Entries") or (), key=lambda one: int(one.get("RuleNumber") or 0)):
        if bool(rule.get("Egress")) is not outward or str(rule.get("Protocol")) not in TCP:
            continue
        ports = rule.get("PortRange") or {}
        if ports and not int(ports.get("From") or 0) <= port <= int(ports.get("To") or 0):
            continue
        allows = rule.get("RuleAction") == "allow"
        if rule.get("CidrBlock") == EVERYWHERE or (allows and not from_anywhere and rule.get("CidrBlock")):
            return allows
    return False


def sources(groups: Iterable[Row], port: int) -> list[str]:
    """From where these groups together let TCP in on a port: networks, and ids of groups and prefix lists."""
    found: list[str] = []
    for group in groups:
        for rule in group.get("IpPermissions") or ():
            if str(rule.get("IpProtocol")) not in TCP or not _covers(rule, port):
                continue
            found += [str(one.get("CidrIp")) for one in rule.get("IpRanges") or ()]
            found += [str(one.get("CidrIpv6")) for one in rule.get("Ipv6Ranges") or ()]
            found += [str(one.get("PrefixListId")) for one in rule.get("PrefixListIds") or ()]
            found += [str(one.get("GroupId")) for one in rule.get("UserIdGroupPairs") or ()]
    return list(dict.fromkeys(found))


def _covers(rule: Row, port: int) -> bool:
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if first is None or str(rule.get("IpProtocol")) == "-1":
        return True
    return int(first) <= port <= int(last if last is not None else first)


def is_from(address: str, networks: Iterable[str]) -> bool:
    """Whether an address is in one of the networks; ids of groups and prefix lists say nothing."""
    for one in networks:
        try:
            if ipaddress.ip_address(address) in ipaddress.ip_network(one, strict=False):
                return True
        except ValueError:
            continue
    return False
