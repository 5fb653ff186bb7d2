"""The rows of the key itself: that AWS knows it, whose it is, and that its region can be used."""
from __future__ import annotations

from typing import Any

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Aws
from checks.providers.aws import console
from checks.providers.aws.declared import TEMPORARY, aws
from checks.providers.aws.identity import UNKNOWN_KEY, identity, known_identity
from checks.providers.aws.reads import asked
from checks.providers.aws.remedies import not_seen, policy_facts, words
from checks.providers.base import Context
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

WRONG_SECRET = ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired")
OF_THE_ACCOUNT = ("Blocked", "PendingVerification", "OptInRequired", "SubscriptionRequiredException", "AccountProblem")
SUPPORT = "https://support.console.aws.amazon.com/support/home"


@aws.check("The access key is active", layer=Layer.AWS_KEYS)
def key_accepted(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    who = identity(ctx)
    if isinstance(who, AwsRefusal):
        return _not_accepted(ctx, who)
    elsewhere = f" in {who.region}; {client.region} refused it ({who.refused_by})" if who.refused_by else f" in {who.region}"
    facts: dict[str, Any] = {"account": who.account, "arn": who.arn, "partition": who.partition_name,
                             "policies_of": who.policies_of}
    said = f"AWS STS{elsewhere} knew the access key {client.key_id[:4]}… as {who.said} of account {who.account}."
    if client.is_temporary:
        return warn(f"{said} It is temporary, and ends by itself.", link=console.users(client.region), **facts,
                    remedy="Enter an access key of an IAM user (it begins with AKIA), or renew this one in time.")
    return passed(said, **facts)


def _not_accepted(ctx: Context, refusal: AwsRefusal) -> Verdict:
    client: Aws = ctx.client
    host, code = client.host(refusal.service), refusal.code
    facts: dict[str, Any] = {"code": code, "request_id": refusal.request_id}
    page = console.keys_of(client.region)
    if code in UNKNOWN_KEY:
        return fail(f"{host} does not know the access key id {words(refusal)}, {_where(client)}", link=page, **facts,
                    remedy="Open the user's “Security credentials”: make the key active again, or make a new one and enter "
                           "its id and secret here.")
    if code in WRONG_SECRET:
        return fail(f"{host} knows the access key id, and the secret access key did not fit it {words(refusal)}.",
                    link=page, **facts,
                    remedy="Enter the secret that was shown when this key was made; if it is lost, make a new key.")
    if code in EXPIRED:
        return fail(f"{host} refused the session token: it has expired {words(refusal)}.", link=page, **facts,
                    remedy="Enter new temporary credentials, or better the access key of an IAM user, which does not end.")
    if code in OF_THE_ACCOUNT:
        return fail(f"{host} refused the account itself {words(refusal)}: {refusal.message[:200].rstrip('.')}.",
                    link=SUPPORT, **facts, remedy="Complete the account's sign-up, or ask AWS Support why it is held.")
    return unknown(f"{host} refused to say whose key it is {words(refusal)}.", cause=Cause.PROVIDER, **facts,
                   remedy="Nothing to mend here yet: it is asked again by itself, or check again now.")


def _where(client: Aws) -> str:
    """Where a key was not known, and what that means."""
    also = f" and in {client.partition.home}" if client.region != client.partition.home else ""
    token = " Or the session token is not this key's own." if client.is_temporary else ""
    if client.key_id.startswith(TEMPORARY) and not client.is_temporary:
        token = " A key that begins with ASIA is temporary and works only with its session token."
    return (f"in {client.region}{also}: the key was deleted or made inactive, or is not one of this partition of AWS."
            f"{token}")


@aws.check("The account is the expected one", layer=Layer.AWS_KEYS, needs=["key_accepted"])
def account_expected(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    who = known_identity(ctx)
    wanted = str(ctx.settings.get("account_id") or "")
    said = f"account {who.account} (partition {who.partition_name}), as {who.said}, {who.arn}"
    facts: dict[str, Any] = {"account": who.account, "arn": who.arn, "partition": who.partition_name}
    if wanted and wanted != who.account:
        return fail(f"The key belonged to {said}, and account {wanted} was expected.", link=console.users(client.region),
                    remedy=f"Enter an access key of account {wanted}, or correct the account id in the settings.", **facts)
    if not wanted:
        return passed(f"The key belonged to {said}; no account id was entered to compare it with.", **facts)
    return passed(f"The key belonged to {said}, as expected.", **facts)


@aws.check("The key is not the root user's", layer=Layer.AWS_IAM, needs=["key_accepted"], required=False)
def principal_not_root(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    who = known_identity(ctx)
    if who.is_root:
        return warn(f"The key was the root user's of account {who.account}: no policy limits it, and whoever holds it holds "
                    "the account.", link=console.users(client.region), **policy_facts(ctx),
                    remedy="Make an IAM user for provisioning with the policy below, enter its access key here, and delete "
                           "the root user's access key.")
    return passed(f"The key was one of {who.said}, not of the root user.")


@aws.check("The region is enabled for the account", layer=Layer.AWS_QUOTA, needs=["key_accepted"])
def region_enabled(ctx: Context) -> Verdict:
    client: Aws = ctx.client
    who, answer, region = known_identity(ctx), asked(ctx, "regions"), client.region
    if isinstance(answer, AwsRefusal):
        return _without_a_list(ctx, answer)
    found = next((one for one in answer if one.get("RegionName") == region), None)
    if found is None:
        return fail(f"AWS listed no region {region} for account {who.account} (it listed {len(answer)}).",
                    remedy="Correct the region in the settings.", link=console.account(region))
    status = str(found.get("OptInStatus") or "opt-in-not-required")
    if status == "not-opted-in":
        return _not_opted_in(ctx, f"The region {region} was not opted in to by account {who.account}")
    if who.refused_by:
        return unknown(f"The region {region} was listed as {status}, and its own STS still refused the key "
                       f"({who.refused_by}): enabling it takes some minutes.", cause=Cause.PROVIDER,
                       remedy="Wait until the region's status on the account's page is Enabled, then check again.",
                       link=console.account(region))
    return passed(f"The region {region} was enabled for account {who.account} ({status}).", region=region, status=status)


def _without_a_list(ctx: Context, refusal: AwsRefusal) -> Verdict:
    """STS alone tells, then: it answers in a region that the account has enabled."""
    who, region = known_identity(ctx), ctx.client.region
    if who.refused_by:
        return _not_opted_in(ctx, f"{region} refused the key ({who.refused_by}), and {who.region} accepted it")
    if refusal.is_denied:
        return passed(f"STS in {region} answered account {who.account}, so the region was enabled; ec2:DescribeRegions was "
                      f"denied {words(refusal)}.", region=region)
    if refusal.code == "OptInRequired":
        return fail(f"EC2 in {region} refused the account {words(refusal)}: it is not subscribed to EC2.", code=refusal.code,
                    remedy="Complete the account's sign-up, with a payment method.", link=console.account(region))
    return not_seen(ctx, refusal, "ec2:DescribeRegions", f"The regions of account {who.account}")


def _not_opted_in(ctx: Context, what: str) -> Verdict:
    client: Aws = ctx.client
    return fail(f"{what}: nothing can be made there.", link=console.account(client.region), region=client.region,
                remedy=f"Enable {client.region} on the account's page (AWS Regions), or with an administrator's AWS CLI: "
                       f"aws account enable-region --region-name {client.region}. Or choose another region.")
