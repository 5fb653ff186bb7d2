"""What the principal's policies say of actions that cannot be asked without doing them.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html: identity policies, the boundary and
SCPs without conditions are looked at, and neither RCPs nor session or VPC endpoint policies; so its yes is weaker than a
dry run's.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.providers.aws.actions import TAG, TAG_VALUE
from checks.providers.aws.identity import Identity
from checks.providers.aws.policy import Scope
from checks.providers.aws.reads import instance_type
from checks.providers.base import Context

Results = dict[str, list[Any]]


def simulate(ctx: Context, who: Identity, names: Sequence[str], on: Sequence[str] = ("*",)) -> Results:
    """The results by action. on: types of resource of this region. Raises AwsRefusal and ClientError."""
    aws: Aws = ctx.client
    scope = scope_of(ctx, who)
    arns = ["*"] if "*" in on else [who.policies_of] if "user" in on else scope.arns(*on)
    answer = aws.ask("iam", "SimulatePrincipalPolicy", PolicySourceArn=who.policies_of, ActionNames=list(names),
                     ResourceArns=arns, ContextEntries=_context(ctx))
    found: Results = {}
    for one in answer.get("EvaluationResults") or []:
        found.setdefault(str(one.get("EvalActionName") or "").lower(), []).append(one)
    return found


def scope_of(ctx: Context, who: Identity) -> Scope:
    aws: Aws = ctx.client
    return Scope(who.partition, aws.region, who.account, who.policies_of)


def _context(ctx: Context) -> list[dict[str, Any]]:
    """What a request of the provisioner has: its tag on what is made and on what is kept, its region and type."""
    aws: Aws = ctx.client
    values = {f"aws:RequestTag/{TAG}": TAG_VALUE, f"aws:ResourceTag/{TAG}": TAG_VALUE, f"ec2:ResourceTag/{TAG}": TAG_VALUE,
              "aws:RequestedRegion": aws.region, "ec2:Region": aws.region, "ec2:InstanceType": instance_type(ctx),
              "ec2:CreateAction": "RunInstances"}
    entries = [{"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
               for key, value in values.items()]
    return [*entries, {"ContextKeyName": "aws:TagKeys", "ContextKeyValues": [TAG, "Name"], "ContextKeyType": "stringList"}]


def refused(error: AwsRefusal) -> str:
    """Why nothing was simulated, as half a sentence."""
    if error.is_denied:
        return "iam:SimulatePrincipalPolicy was denied"
    if error.code == "NoSuchEntity":
        return "IAM did not find the principal by its ARN (a role with a path has another)"
    return f"IAM answered {error.code}"
