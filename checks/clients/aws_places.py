"""Where each service of AWS answers for a region: worked out from the region alone, so that nothing said there changes it.

https://docs.aws.amazon.com/general/latest/gr/rande.html · https://docs.aws.amazon.com/general/latest/gr/iam-service.html.
Every name below is the one that botocore resolves too (a test compares them).
"""
from __future__ import annotations

from dataclasses import dataclass

from checks.clients.aws_wire import ambient_endpoint


@dataclass(frozen=True)
class Partition:
    """A part of AWS with keys of its own. home: the region that no account has to opt in to, where IAM is signed for."""

    arn: str  # how every ARN of it begins
    suffix: str
    home: str
    iam: str
    console: str

    @property
    def name(self) -> str:
        return self.arn.removeprefix("arn:")


MAIN = Partition("arn:aws", "amazonaws.com", "us-east-1", "iam.amazonaws.com", "console.aws.amazon.com")
OTHERS = {
    "cn-": Partition("arn:aws-cn", "amazonaws.com.cn", "cn-north-1", "iam.cn-north-1.amazonaws.com.cn",
                     "console.amazonaws.cn"),
    "us-gov-": Partition("arn:aws-us-gov", "amazonaws.com", "us-gov-west-1", "iam.us-gov.amazonaws.com",
                         "console.amazonaws-us-gov.com"),
    "eusc-": Partition("arn:aws-eusc", "amazonaws.eu", "eusc-de-east-1", "iam.eusc-de-east-1.amazonaws.eu",
                       "console.amazonaws-eusc.eu"),
}
HOSTS = {"service-quotas": "servicequotas"}  # where the host's first label is not the service's name in botocore


def partition_of(region: str) -> Partition:
    return next((one for prefix, one in OTHERS.items() if region.startswith(prefix)), MAIN)


def origin_of(service: str, region: str) -> str:
    """Scheme and host of one service; AWS_ENDPOINT_URL stands for all of them."""
    if ambient := ambient_endpoint():
        return ambient
    where = partition_of(region)
    if service == "iam":
        return f"https://{where.iam}"
    return f"https://{HOSTS.get(service, service)}.{region}.{where.suffix}"


def signed_for(service: str, region: str) -> str:
    """The region of the signature: IAM is one a partition, and is signed for its home."""
    return partition_of(region).home if service == "iam" else region


def keys_go_to(region: str) -> str:
    """What a key of this region's partition is bound to: AWS_ENDPOINT_URL, or every service of that partition."""
    return ambient_endpoint() or f"https://{partition_of(region).suffix}"
