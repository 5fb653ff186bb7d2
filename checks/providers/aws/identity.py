"""Whose key it is, by STS, which answers any valid key whatever its permissions.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html. EC2 alone says AuthFailure to an unknown
key, a wrong secret, a skewed clock and a region that is not opted in; STS tells the first three apart, and a region that
the account has not opted in to refuses a valid key there and not at home:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from checks.clients.aws_refusal import AwsRefusal
from checks.clients.ec2 import Answer, Aws
from checks.clients.errors import ClientError, Kind
from checks.providers.aws.denials import read
from checks.providers.base import Context

ARN = re.compile(r"(?P<partition>arn:aws[\w-]*):(?:iam|sts)::(?P<account>\d{12}):(?P<rest>.+)")
UNKNOWN_KEY = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure",
               "InvalidUserID.NotFound")


@dataclass(frozen=True)
class Identity:
    """region: where STS gave the answer; another than the integration's own where that refused a valid key, and then
    refused_by says how."""

    account: str
    arn: str
    region: str
    refused_by: str = ""

    @property
    def partition(self) -> str:
        """As ARNs begin."""
        return self.arn.partition(":iam:")[0].partition(":sts:")[0]

    @property
    def partition_name(self) -> str:
        return self.partition.removeprefix("arn:")

    @property
    def is_root(self) -> bool:
        return self.arn.endswith(":root")

    @property
    def kind(self) -> str:
        rest = self.arn.rpartition(":")[2]
        known = {"root": "the root user", "user": "the IAM user", "assumed-role": "the role", "federated-user":
                 "the federated user"}
        return known.get(rest.partition("/")[0], "the principal")

    @property
    def name(self) -> str:
        """Of the user, or of the role without its session."""
        parts = self.arn.rpartition(":")[2].split("/")
        return parts[1] if parts[0] == "assumed-role" and len(parts) > 1 else parts[-1]

    @property
    def policies_of(self) -> str:
        """The ARN of the user or role whose policies can be simulated; "" for root and federated users, who have none.

        A role with a path cannot be named by its session: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
        """
        rest = self.arn.rpartition(":")[2]
        if rest.startswith("user/"):
            return self.arn
        return f"{self.partition}:iam::{self.account}:role/{self.name}" if rest.startswith("assumed-role/") else ""

    @property
    def said(self) -> str:
        """As in "the IAM user deployer (arn:…)"."""
        return self.kind if self.is_root else f"{self.kind} {self.name}"


def identity(ctx: Context) -> Identity | AwsRefusal:
    """Asked once a run. A refusal: nobody in AWS knows this key so. Raises ClientError."""
    answer: Identity | AwsRefusal = ctx.once("identity", lambda: _ask(ctx.client))
    return answer


def known_identity(ctx: Context) -> Identity:
    """For the rows that stand behind key_accepted."""
    who = identity(ctx)
    if isinstance(who, AwsRefusal):
        raise ClientError(Kind.CLOSED, "The access key was no longer accepted.")
    return who


def _ask(aws: Aws) -> Identity | AwsRefusal:
    try:
        return _identity(aws, aws.region)
    except AwsRefusal as said:
        if aws.region == aws.partition.home or said.code not in UNKNOWN_KEY:
            return said
        refusal, why = said, said.code
    except ClientError as error:
        if error.kind is not Kind.NO_SUCH_NAME:
            raise
        if aws.region == aws.partition.home:
            raise _our_names(error) from None
        refusal, why = None, "no such host"  # no region is called so
    try:
        return _identity(aws, aws.partition.home, why)
    except AwsRefusal as said:
        return refusal or said
    except ClientError as error:
        raise (_our_names(error) if error.kind is Kind.NO_SUCH_NAME else error) from None


def _our_names(error: ClientError) -> ClientError:
    """The home region's name is always there: it is our look-ups that do not reach the internet, and nobody's setting."""
    return ClientError(Kind.NAME_TROUBLE, error.detail, host=error.host)


def _identity(aws: Aws, region: str, why: str = "") -> Identity:
    try:
        answer = aws.ask("sts", "GetCallerIdentity", region=region)
    except AwsRefusal as refusal:
        principal = read(refusal.message).principal if refusal.is_denied else ""
        if not principal:
            raise
        return _parsed(aws, {"Arn": principal}, region, why)  # the key was good enough to be named
    return _parsed(aws, answer, region, why)


def _parsed(aws: Aws, answer: Answer, region: str, why: str) -> Identity:
    arn = str(answer.get("Arn") or "")
    found = ARN.fullmatch(arn)
    if found is None:
        host = aws.host("sts", region)
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered with something else where an identity was due.", host=host)
    return Identity(str(answer.get("Account") or found["account"]), arn, region, why)
