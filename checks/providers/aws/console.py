"""The very pages of the AWS console, by partition and region."""
from __future__ import annotations

from urllib.parse import quote

from checks.clients.aws_places import partition_of


def users(region: str, name: str = "") -> str:
    """The IAM users, or one of them with its access keys and permissions."""
    one = f"/details/{quote(name, safe='')}?section=permissions" if name else ""
    return f"https://{partition_of(region).console}/iam/home#/users{one}"


def keys_of(region: str, name: str = "") -> str:
    """Where the access keys of a user are made, made inactive and deleted."""
    if not name:
        return users(region)
    return f"https://{partition_of(region).console}/iam/home#/users/details/{quote(name, safe='')}?section=security_credentials"


def roles(region: str, name: str) -> str:
    return f"https://{partition_of(region).console}/iam/home#/roles/details/{quote(name, safe='')}?section=permissions"


def account(region: str) -> str:
    """The account's own page, where its regions are opted in to."""
    return f"https://{partition_of(region).console}/billing/home#/account"


def organization(region: str, kind: str = "service-control-policy") -> str:
    """The policies of the AWS Organization; its administrator alone can open them."""
    return f"https://{partition_of(region).console}/organizations/v2/home/policies/{kind}"


def quota(region: str, code: str) -> str:
    return f"https://{partition_of(region).console}/servicequotas/home/services/ec2/quotas/{code}?region={region}"


def ec2(region: str, page: str) -> str:
    """page: as behind the # of the EC2 console (SecurityGroups:, InstanceTypes:)."""
    return f"https://{partition_of(region).console}/ec2/home?region={region}#{page}"


def vpc(region: str, page: str) -> str:
    """page: as behind the # of the VPC console (vpcs:, subnets:, acls:)."""
    return f"https://{partition_of(region).console}/vpc/home?region={region}#{page}"
