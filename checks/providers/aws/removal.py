"""Ending what an endpoint has made although it was asked dry: by its id, and only what bears our probe's own name.

An emulator or a broken proxy may ignore DryRun. Everything that a dry run asks for has the name of its probe (as tag Name,
group name or key name), which is written down before; so it is found again even where a worker died in between.
"""
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.providers.aws.reads import named
from checks.providers.base import JsonMap

KIND = "dry-run"
NAME = re.compile(r"dflow-probe-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-\d{1,2}")
ENDED = ("shutting-down", "terminated")


def made_by(operation: str, answer: Mapping[str, Any]) -> list[str]:
    """The ids of what a call has made."""
    if operation == "RunInstances":
        return [str(one["InstanceId"]) for one in answer.get("Instances") or () if one.get("InstanceId")]
    key = {"CreateSecurityGroup": "GroupId", "AllocateAddress": "AllocationId", "CreateKeyPair": "KeyName",
           "ImportKeyPair": "KeyName"}.get(operation, "")
    return [str(answer[key])] if answer.get(key) else []


def remove(aws: Aws, operation: str, ids: list[str], region: str = "") -> bool:
    """End these; True once it is seen that they are ended. Raises AwsRefusal and ClientError."""
    for one in ids:
        end, params = ENDS[operation](one)
        try:
            aws.ask("ec2", end, region=region, **params)
        except AwsRefusal as refusal:
            if not refusal.code.endswith(".NotFound"):
                raise
    return not ids or _is_gone(aws, operation, ids, region)


ENDS: Mapping[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "RunInstances": lambda one: ("TerminateInstances", {"InstanceIds": [one]}),
    "CreateSecurityGroup": lambda one: ("DeleteSecurityGroup", {"GroupId": one}),
    "CreateKeyPair": lambda one: ("DeleteKeyPair", {"KeyName": one}),
    "ImportKeyPair": lambda one: ("DeleteKeyPair", {"KeyName": one}),
    "AllocateAddress": lambda one: ("ReleaseAddress", {"AllocationId": one}),
}
# operation -> (what lists them, its rows, the id of a row, the filter by name, the name of a row)
LISTS: Mapping[str, tuple[str, str, str, str, Callable[[Mapping[str, Any]], str]]] = {
    "RunInstances": ("DescribeInstances", "Reservations", "InstanceId", "tag:Name", named),
    "CreateSecurityGroup": ("DescribeSecurityGroups", "SecurityGroups", "GroupId", "group-name",
                            lambda row: str(row.get("GroupName"))),
    "CreateKeyPair": ("DescribeKeyPairs", "KeyPairs", "KeyName", "key-name", lambda row: str(row.get("KeyName"))),
    "AllocateAddress": ("DescribeAddresses", "Addresses", "AllocationId", "tag:Name", named),
}


def find(aws: Aws, operation: str, name: str, region: str = "") -> list[str]:
    """The ids of what bears this name and is not ended. A server that ignores the filter gives all: each is compared."""
    describe, key, id_key, by, name_of = LISTS[operation]
    answer = aws.ask("ec2", describe, region=region, Filters=[{"Name": by, "Values": [name]}])
    rows = answer.get(key) or []
    if key == "Reservations":
        rows = [one for row in rows for one in row.get("Instances") or ()]
    return [str(row[id_key]) for row in rows if row.get(id_key) and name_of(row) == name
            and (row.get("State") or {}).get("Name") not in ENDED]


def _is_gone(aws: Aws, operation: str, ids: list[str], region: str) -> bool:
    operation = "CreateKeyPair" if operation == "ImportKeyPair" else operation
    describe, key, id_key, _, _ = LISTS[operation]
    by = {"RunInstances": "InstanceIds", "CreateSecurityGroup": "GroupIds", "CreateKeyPair": "KeyNames",
          "AllocateAddress": "AllocationIds"}[operation]
    try:
        rows = aws.ask("ec2", describe, region=region, **{by: ids}).get(key) or []
    except AwsRefusal as refusal:
        return refusal.code.endswith(".NotFound")
    if key == "Reservations":
        rows = [one for row in rows for one in row.get("Instances") or ()]
    return not [row for row in rows if row.get(id_key) in ids and (row.get("State") or {}).get("Name") not in ENDED]


def clean_up(client: Any, kind: str, details: JsonMap) -> bool:
    """What a dead run may have left: True once it is seen that nothing of that name is there. Raises ClientError."""
    aws: Aws = client
    name, region = str(details.get("name") or ""), str(details.get("region") or aws.region)
    if kind != KIND or not NAME.fullmatch(name) or not REGION.fullmatch(region):
        return False  # nothing of ours is called so
    try:
        return all(remove(aws, operation, find(aws, operation, name, region), region) for operation in LISTS)
    except AwsRefusal:
        return False
