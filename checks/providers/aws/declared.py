"""The form and the provider, as values."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.aws_places import keys_go_to, partition_of
from checks.clients.aws_wire import Keys
from checks.clients.ec2 import Aws
from checks.providers.aws.policy import Scope, least_policy, texts
from checks.providers.aws.removal import REGION, clean_up
from checks.providers.base import Guide, JsonMap, LeastGrant, Provider, ProviderForm, SecretField, Step, Told
from checks.providers.guide import Rotation
from checks.providers.iam_texts import as_json

TYPE = re.compile(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}")
ACCOUNT = re.compile(r"\d{12}")
KEY_ID = re.compile(r"[A-Z0-9]{16,128}")
SECRET = re.compile(r"[!-~]{16,256}")
TEMPORARY = "ASIA"  # how AWS's temporary access key ids begin; permanent ones begin with AKIA
MOST_NODES = 1000
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class AwsForm(ProviderForm):
    region = forms.CharField(label="Region", max_length=40, help_text="Where nodes are made, such as eu-central-1.")
    instance_type = forms.CharField(label="Instance type", required=False, initial="t3.large", max_length=60,
                                    help_text="Of the nodes that will be made.")
    nodes = forms.IntegerField(label="Nodes", required=False, initial=1, min_value=1, max_value=MOST_NODES,
                               help_text="How many of them: the quotas are asked for so many.")
    account_id = forms.CharField(label="Account id", required=False, max_length=20, help_text=(
        "Twelve digits. When given, a key of another account is refused."))
    access_key_id = forms.CharField(label="Access key id", max_length=128, widget=forms.TextInput(attrs=PLAIN), help_text=(
        "Of an IAM user for provisioning alone. Not the key of the backup storage."))
    secret_access_key = SecretField(label="Secret access key", max_length=256)
    session_token = SecretField(label="Session token", required=False, max_length=8192, help_text=(
        "Of temporary credentials only; their access key id begins with ASIA."))

    def clean_region(self) -> str:
        typed: str = self.cleaned_data["region"].strip()
        if not REGION.fullmatch(typed):
            raise ValidationError("A region is written like eu-central-1; eu-central-1a would be a zone of it.")
        return typed

    def clean_instance_type(self) -> str:
        typed: str = self.cleaned_data["instance_type"].strip() or str(self.fields["instance_type"].initial)
        if not TYPE.fullmatch(typed):
            raise ValidationError("An instance type is written like t3.large: a family, a dot and a size.")
        return typed

    def clean_nodes(self) -> int:
        return int(self.cleaned_data["nodes"] or 1)

    def clean_account_id(self) -> str:
        typed: str = re.sub(r"[\s-]", "", self.cleaned_data["account_id"])
        if typed and not ACCOUNT.fullmatch(typed):
            raise ValidationError("An account id has twelve digits; an alias or an ARN is something else.")
        return typed

    def clean_access_key_id(self) -> str:
        typed: str = self.cleaned_data["access_key_id"].strip()
        if not KEY_ID.fullmatch(typed):
            raise ValidationError("An access key id has at least 16 capital letters and digits, such as AKIA…; the user's "
                                  "name or ARN is something else.")
        return typed

    def clean_secret_access_key(self) -> str:
        typed: str = self.cleaned_data["secret_access_key"].strip()
        if typed and not SECRET.fullmatch(typed):
            raise ValidationError("A secret access key has no blanks or line breaks inside: paste it alone, in one piece.")
        return typed

    def clean_session_token(self) -> str:
        return re.sub(r"\s", "", self.cleaned_data["session_token"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        key_id, secret = cleaned.get("access_key_id"), cleaned.get("secret_access_key")
        if secret and secret == key_id:
            self.add_error("secret_access_key", "This is the access key id once more; the secret is the longer of the two.")
        has_token = bool(cleaned.get("session_token")) or "session_token" in self.stored
        if key_id and key_id.startswith(TEMPORARY) and not has_token:
            self.add_error("session_token", "A key that begins with ASIA is temporary and works only with its session token.")
        return cleaned


def connect(settings: JsonMap, credentials: JsonMap) -> Aws:
    keys = Keys(str(settings["access_key_id"]), str(credentials["secret_access_key"]),
                str(credentials.get("session_token") or ""))
    return Aws(str(settings["region"]), keys)


def _account(settings: JsonMap) -> str:
    number = str(settings.get("account_id") or "")
    return f"AWS account {number}" if number else ""


def _summary(settings: JsonMap) -> str:
    number = str(settings.get("account_id") or "")
    of = f" of account {number}" if number else ""
    return f"{settings.get('nodes') or 1} × {settings.get('instance_type') or 't3.large'} in {settings.get('region')}{of}"


def least_grant(settings: JsonMap, facts: Mapping[str, JsonMap]) -> LeastGrant:
    """For the pages. facts: of the rows of the last run, by their slugs; they know the account and who the key is of."""
    seen = facts.get("key_accepted") or {}
    region = str(settings.get("region") or "REGION")
    account = str(seen.get("account") or settings.get("account_id") or "ACCOUNT_ID")
    scope = Scope(partition_of(region).arn, region, account, str(seen.get("policies_of") or ""))
    return LeastGrant(f"All that the key needs is to make, tag, keep and end what carries dflow:managed=true in {region} of "
                      f"account {account}, and to read what is there.", texts(least_policy(scope), scope))


aws = Provider(
    token_kinds=("aws-access-key-id", "aws-secret-key", "aws-session-token"),
    slug="aws", name="AWS (EC2)", section="AWS (EC2)", form=AwsForm, connect=connect, clean_up=clean_up,
    # A region is no part of it: all of them are AWS's own, and hold the same keys.
    endpoint=lambda settings: keys_go_to(str(settings.get("region") or "")),
    addresses=lambda settings: {},  # no field holds an address
    summary=_summary, account=_account, provisions=True, identity_fields=("access_key_id",),
    told=Told("key_accepted", "account", "AWS account {told}"), policy=least_grant,
    links={"iam": "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_create.html",
           "quotas": "https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html"},
    guide=Guide(
        needs="An AWS account whose quotas have room for the nodes, a region with a default VPC, and an access key of an IAM "
              "user that may do nothing else than provision there.", minutes=15,
        least_grant="EC2's read actions on everything; making and tagging instances, key pairs, security groups and elastic "
                    "addresses with the tag dflow:managed=true; changing and ending only what carries it; "
                    "servicequotas:GetServiceQuota, ssm:GetParameter for Canonical's images, and "
                    "iam:SimulatePrincipalPolicy on the user itself",
        policy=as_json(least_policy(Scope("arn:aws", "REGION", "ACCOUNT_ID"))),
        rotation=Rotation(
            Step("On the user's page open “Security credentials” and make a second access key: a user holds two at once.",
                 "https://console.aws.amazon.com/iam/home#/users"),
            Step("Deactivate the old key, see under “Last used” that nothing needs it any more, and delete it then.",
                 "https://console.aws.amazon.com/iam/home#/users"),
            "The access key id changes with its secret: enter both. A session token goes with the one key that it was "
            "issued for."),
        steps=(
            Step("Note the account id (twelve digits, at the top right) and choose a region; one that the account has not "
                 "opted in to is enabled on the account's page.", "https://console.aws.amazon.com/billing/home#/account"),
            Step("Make a managed policy: choose JSON, and paste the policy below with your region and account id.",
                 "https://console.aws.amazon.com/iam/home#/policies/create"),
            Step("Make an IAM user for provisioning alone, without access to the console, and attach the policy. Do not use "
                 "the root user, and no user of people.", "https://console.aws.amazon.com/iam/home#/users/create"),
            Step("On the user's page open “Security credentials”, make an access key (“Application running outside AWS”), and "
                 "enter its id and secret here. Backups get a key of another user.",
                 "https://console.aws.amazon.com/iam/home#/users"),
            Step("See that the region has a default VPC: “Your VPCs”, column “Default VPC”. Without one choose Actions, “Create "
                 "default VPC”.", "https://console.aws.amazon.com/vpc/home#vpcs:"),
            Step("See that “Running On-Demand Standard” has room for the vCPUs of all nodes; a new account may have a small "
                 "quota, and an increase takes hours to days.",
                 "https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/L-1216C47A"),
            Step("Let the security group of the nodes take port 22 from dFlow's addresses only, and 80 and 443 from everywhere.",
                 "https://console.aws.amazon.com/ec2/home#SecurityGroups:"),
            Step("Where an AWS Organization has service control policies, have its administrator allow EC2 in that region.",
                 "https://console.aws.amazon.com/organizations/v2/home/policies/service-control-policy"),
        )))
