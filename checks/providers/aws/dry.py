"""Dry runs of what would make something: with the tags, type, image, subnet and group of the provisioner.

An endpoint that ignores DryRun really makes it. So nothing of the kind is asked of one that was just seen to ignore it on a
read; and should it be carried out all the same, it is ended at once, by its id.
"""
from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.clients.errors import ClientError, Kind
from checks.providers.aws.actions import MANAGED, Action
from checks.providers.aws.reads import image, image_of_parameter, instance_type, is_ours, rows, vpc
from checks.providers.aws.removal import KIND, made_by, remove
from checks.providers.base import Context, ProbeRecord

# Its private half was never kept: it cannot open anything, should it ever be imported.
PUBLIC_KEY = b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEyhLhcyuCFRSHtEBzkHAHoax25JUrbKoVVtR34X4XQQ dflow-probe"
DISK_GIB = 80
DISK = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": DISK_GIB, "VolumeType": "gp3", "DeleteOnTermination": True}}
THREADS = 8


@dataclass
class Made:
    """Answers by action. ended, left: what was really made although it was asked dry, as sentences."""

    answers: dict[str, Any] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def at_once(calls: Sequence[Any]) -> list[Any]:
    """Each call's answer, or the AwsRefusal or ClientError in its place; all asked at once, within this check's time."""
    def one(call: Any) -> Any:
        try:
            return call()
        except AwsRefusal as refusal:
            return refusal
        except ClientError as error:
            if error.kind is Kind.CLOSED:
                raise
            return error
    with ThreadPoolExecutor(THREADS, thread_name_prefix="ask") as pool:
        under_way = [pool.submit(copy_context().run, one, call) for call in calls]
    return [future.result() for future in under_way]


def dry_read(aws: Aws, action: Action) -> Any:
    return aws.ask("ec2", action.operation, DryRun=True)


def ask_to_make(ctx: Context, actions: Sequence[Action]) -> Made:
    """The dry runs, written down before and struck out after. Raises ClientError CLOSED when this run is over."""
    aws: Aws = ctx.client
    number = str(uuid.uuid4())
    name = f"dflow-probe-{number}"
    asked = [(action, params) for action in actions if (params := _params(ctx, action.operation, name)) is not None]
    probe = ProbeRecord(number, KIND, {"region": aws.region, "name": name})
    ctx.journal.record(probe)
    answers = at_once([lambda a=action, p=params: aws.ask("ec2", a.operation, DryRun=True, **p) for action, params in asked])
    made = Made({action.name: answer for (action, _), answer in zip(asked, answers, strict=True)})
    for (action, _), answer in zip(asked, answers, strict=True):
        if not isinstance(answer, (AwsRefusal, ClientError)):
            _end(aws, action, answer, made)
    lost = any(isinstance(answer, ClientError) for answer in answers)  # what it did is not known: looked for later
    if not made.left and not lost:
        ctx.journal.done(probe)
    return made


def _end(aws: Aws, action: Action, answer: Any, made: Made) -> None:
    ids = made_by(action.operation, answer)
    what = f"{action.operation} was carried out although it was a dry run: {', '.join(ids) or 'something without an id'}"
    try:
        gone = bool(ids) and remove(aws, action.operation, ids)
        why = "" if gone else " and it could not be seen that it is gone"
    except (AwsRefusal, ClientError) as error:
        gone, why = False, f" and could not be removed ({error.code if isinstance(error, AwsRefusal) else error.kind})"
    if gone:
        made.ended.append(f"{what}; it was removed at once.")
    else:
        made.left.append(f"{what}{why}.")


def _params(ctx: Context, operation: str, name: str) -> dict[str, Any] | None:
    """As the provisioner sends them; None where it cannot be asked, for want of an image."""
    tags = [MANAGED, {"Key": "Name", "Value": name}]
    where = vpc(ctx)
    own_vpc = where is not None and not where.get("IsDefault")
    if operation == "RunInstances":
        return _run(ctx, tags, own_vpc)
    kind = {"CreateSecurityGroup": "security-group", "AllocateAddress": "elastic-ip"}.get(operation, "key-pair")
    params: dict[str, Any] = {"TagSpecifications": [{"ResourceType": kind, "Tags": tags}]}
    if operation == "CreateSecurityGroup":
        params |= {"GroupName": name, "Description": "A dry run of the checks."}
        return params | ({"VpcId": where["VpcId"]} if where is not None and own_vpc else {})
    if operation == "AllocateAddress":
        return params | {"Domain": "vpc"}
    return params | {"KeyName": name} | ({"PublicKeyMaterial": PUBLIC_KEY} if operation == "ImportKeyPair" else {})


def _run(ctx: Context, tags: list[dict[str, str]], own_vpc: bool) -> dict[str, Any] | None:
    found = image(ctx)
    which = str(found["ImageId"]) if found else image_of_parameter(ctx)
    if not which:
        return None
    params: dict[str, Any] = {
        "ImageId": which, "InstanceType": instance_type(ctx), "MinCount": 1, "MaxCount": 1, "BlockDeviceMappings": [DISK],
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")]}
    groups = [str(one["GroupId"]) for one in rows(ctx, "groups") if is_ours(one)]
    subnets = rows(ctx, "subnets")
    if own_vpc and subnets:
        params["SubnetId"] = str(subnets[0]["SubnetId"])
    return params | ({"SecurityGroupIds": groups[:5]} if groups else {})
