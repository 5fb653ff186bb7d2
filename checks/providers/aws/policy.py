"""The least IAM policy for one account, region and principal: whole, or only what is missing; as JSON, Terraform and a
line for the AWS CLI. Pure.

Reads name no resource (EC2 has none for them). What is made must carry the tag dflow:managed=true, and only what carries it
may be changed or ended: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html. Limits of
size: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
"""
from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checks.providers.aws.actions import ACTIONS, SIMULATE, TAG, TAG_VALUE, TAGGING, How
from checks.providers.iam_texts import Document, as_json, as_terraform

USER_INLINE, ROLE_INLINE, MANAGED_POLICY = 2048, 10_240, 6144  # characters, white space not counted
NAME = "dflow-provisioning"
MADE = {"StringEquals": {f"aws:RequestTag/{TAG}": TAG_VALUE}}
KEPT = {"StringEquals": {f"aws:ResourceTag/{TAG}": TAG_VALUE}}
CREATING = ("RunInstances", "CreateKeyPair", "ImportKeyPair", "CreateSecurityGroup", "AllocateAddress")


@dataclass(frozen=True)
class Scope:
    """Whose policy it is. partition: as ARNs begin (arn:aws). principal: the ARN of the IAM user or role, "" if unknown."""

    partition: str
    region: str
    account: str
    principal: str = ""

    def arns(self, *types: str) -> list[str]:
        """Of EC2 in this region; a public image has no account."""
        return [f"{self.partition}:ec2:{self.region}:{'' if one == 'image' else self.account}:{one}/*" for one in types]

    @property
    def itself(self) -> str:
        return self.principal or f"{self.partition}:iam::{self.account}:user/${{aws:username}}"

    @property
    def user(self) -> str:
        """The name of the IAM user, "" for anybody else."""
        return self.principal.rpartition("/")[2] if ":user/" in self.principal else ""

    @property
    def role(self) -> str:
        return self.principal.rpartition("/")[2] if ":role/" in self.principal else ""


def least_policy(scope: Scope, only: Collection[str] | None = None) -> dict[str, Any]:
    """The whole document, or the part of it that grants these actions."""
    statements = []
    for sid, actions, resources, condition in _parts(scope):
        kept = [action for action in actions if only is None or action in only]
        if kept:
            one: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": kept, "Resource": resources}
            statements.append({**one, "Condition": condition} if condition else one)
    return {"Version": "2012-10-17", "Statement": statements}


def _parts(scope: Scope) -> list[tuple[str, Sequence[str], list[str], Mapping[str, Any]]]:
    kept = [a.name for a in ACTIONS if a.how is How.SIMULATED and a.name.startswith("ec2:")]
    on_kept = scope.arns("instance", "security-group", "key-pair", "elastic-ip")
    reads = [a.name for a in ACTIONS if a.on == ("*",)]
    tagging = {"StringEquals": {"ec2:CreateAction": list(CREATING)}}
    return [
        ("Read", reads, ["*"], {}),
        ("Image", ["ssm:GetParameter"], [f"{scope.partition}:ssm:{scope.region}::parameter/aws/service/canonical/*"], {}),
        ("RunNew", ["ec2:RunInstances"], scope.arns("instance", "volume"), MADE),
        ("RunWith", ["ec2:RunInstances"],
         scope.arns("image", "network-interface", "subnet", "security-group", "key-pair"), {}),
        ("Make", [f"ec2:{name}" for name in CREATING[1:]], scope.arns("key-pair", "security-group", "elastic-ip"), MADE),
        ("MakeInVpc", ["ec2:CreateSecurityGroup"], scope.arns("vpc"), {}),
        ("TagWhatIsMade", [TAGGING], scope.arns("*"), tagging),
        ("Keep", kept, on_kept, KEPT),
        ("Interface", ["ec2:AssociateAddress", "ec2:DisassociateAddress"], scope.arns("network-interface"), {}),
        ("AskItself", [SIMULATE], [scope.itself], {}),
    ]


def size(document: Document) -> int:
    """As IAM counts it: without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def as_command(document: Document, scope: Scope) -> str:
    """For a shell with an administrator's AWS CLI: inline where the user or role has room for it, else a managed policy.

    An inline policy replaces the one of its name, so each part has a name of its own.
    """
    text = json.dumps(document, separators=(",", ":"))
    is_whole = any(SIMULATE in statement["Action"] for statement in document["Statement"])
    name = NAME if is_whole else f"{NAME}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
    kind, who, room = ("role", scope.role, ROLE_INLINE) if scope.role else ("user", scope.user or "USER", USER_INLINE)
    if size(document) <= room:
        return f"aws iam put-{kind}-policy --{kind}-name {who} --policy-name {name} --policy-document '{text}'"
    arn = f"{scope.partition}:iam::{scope.account}:policy/{name}"
    return (f"aws iam create-policy --policy-name {name} --policy-document '{text}' && "
            f"aws iam attach-{kind}-policy --{kind}-name {who} --policy-arn {arn}")


def texts(document: Document, scope: Scope) -> dict[str, str]:
    """By their titles."""
    return {"IAM policy": as_json(document), "Terraform": as_terraform(document, "dflow"), "AWS CLI": as_command(document, scope)}
