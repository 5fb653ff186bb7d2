"""What to do about a denial: for each kind of policy its own words, page and layer."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.providers.aws import console
from checks.providers.aws.actions import ACTIONS
from checks.providers.aws.denials import BOUNDARY, ENDPOINT, RCP, RESOURCE, SESSION, Denial, read
from checks.providers.aws.identity import known_identity
from checks.providers.aws.policy import as_command, least_policy
from checks.providers.aws.simulation import scope_of
from checks.providers.base import Context
from checks.providers.iam_texts import as_json, as_terraform
from checks.verdict import Cause, Layer, Verdict, unknown

SHOWN = 6


def remedy(ctx: Context, names: Sequence[str], denial: Denial) -> tuple[str, str, Layer]:
    """The imperative, the page, and whose layer it is. names: the actions that are denied in that way."""
    aws: Aws = ctx.client
    who = known_identity(ctx)
    region, what = aws.region, listed(names)
    policy = f" {denial.policy}" if denial.policy else ""
    if denial.is_of_the_organization:
        kind, page = ("RCP", "resource-control-policy") if denial.by == RCP else ("SCP", "service-control-policy")
        return (f"Have an administrator of the AWS Organization allow {what} for account {who.account} in {region} in the "
                f"{kind}{policy}: nothing that is edited in this account's IAM changes it.",
                console.organization(region, page), Layer.AWS_SCP)
    say, page = _in_this_account(ctx, what, denial)
    return say, page, Layer.AWS_IAM


def _in_this_account(ctx: Context, what: str, denial: Denial) -> tuple[str, str]:
    who, page = known_identity(ctx), _page(ctx)
    policy = f" {denial.policy}" if denial.policy else ""
    if denial.by == BOUNDARY:
        return (f"Add {what} to the permissions boundary{policy} of {who.said}; its other policies do not widen it.",
                page)
    if denial.by == SESSION:
        return (f"Make the temporary credentials anew with a session policy that allows {what}, or enter an access key of "
                "an IAM user.", page)
    if denial.by == ENDPOINT:
        return (f"Allow {what} in the policy of the VPC endpoint that our requests go through.",
                console.vpc(ctx.client.region, "Endpoints:"))
    if denial.by == RESOURCE:
        return f"Allow {what} in the policy of the resource itself.", page
    if denial.explicit:
        return f"Take {what} out of the explicit deny in the policy{policy} of {who.said}.", page
    return f"Attach the policy below to {who.said}: it allows {what}.", page


def _page(ctx: Context) -> str:
    aws: Aws = ctx.client
    who = known_identity(ctx)
    if ":assumed-role/" in who.arn:
        return console.roles(aws.region, who.name)
    return console.users(aws.region, who.name if who.policies_of else "")


def listed(names: Sequence[str]) -> str:
    """A few by name, the rest by number: the table beside it has them all."""
    if len(names) <= SHOWN:
        return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
    return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def policy_facts(ctx: Context, only: Sequence[str] | None = None) -> dict[str, Any]:
    """The least policy, whole or for these actions only, in the three forms that can be copied."""
    scope = scope_of(ctx, known_identity(ctx))
    document = least_policy(scope, only)
    return {"policy": as_json(document), "policy_terraform": as_terraform(document, "dflow"),
            "policy_command": as_command(document, scope)}


def words(refusal: AwsRefusal) -> str:
    """The code and the request id, as they stand in brackets behind a sentence."""
    number = f", request {refusal.request_id}" if refusal.request_id else ""
    return f"({refusal.code}{number})"


def not_seen(ctx: Context, refusal: AwsRefusal, action: str, what: str) -> Verdict:
    """A row could not read what it judges. what: as in "The VPCs of eu-central-1"."""
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id}
    if refusal.is_denied:
        denial = read(refusal.message)
        action = next((one.name for one in ACTIONS if one.name.lower() == denial.action.lower()), action)
        say, link, layer = remedy(ctx, [action], denial)
        return unknown(f"{what} could not be read: {action} was denied {words(refusal)}. {denial.said()}".strip(),
                       cause=Cause.YOURS, layer=layer, remedy=say, link=link, **facts, **policy_facts(ctx, [action]))
    return unknown(f"{what} could not be read: {action} was refused {words(refusal)}.", cause=Cause.PROVIDER, **facts,
                   remedy="Nothing to mend here yet: it is asked again by itself, or check again now.")
