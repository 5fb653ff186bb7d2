"""Where requests for a bucket go: worked out from the settings alone, so that nothing a server says can change it."""
from __future__ import annotations

import re
from dataclasses import dataclass

from checks.clients.aws_wire import ambient_endpoint

# https://docs.aws.amazon.com/general/latest/gr/s3.html
AWS_SUFFIXES = (("cn-", "amazonaws.com.cn"), ("eusc-", "amazonaws.eu"))
AWS_HOST = re.compile(r"\.amazonaws\.(com|com\.cn|eu)(:\d+)?$")
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Place:
    """origin: scheme, host and port that are asked (in virtual style with the bucket before the host)."""

    origin: str
    region: str
    bucket: str
    style: str  # path or virtual
    is_aws: bool

    @property
    def host(self) -> str:
        """As people read it, with its port where it is unusual."""
        return self.origin.partition("://")[2]

    @property
    def arn(self) -> str:
        """Of the bucket. Other vendors write theirs as in the main partition of AWS."""
        partition = next((name for name in ("cn", "us-gov") if self.is_aws and self.region.startswith(f"{name}-")), "")
        return f"arn:aws{partition and '-'}{partition}:s3:::{self.bucket}"


def place(endpoint: str, region: str, bucket: str, addressing: str) -> Place:
    """endpoint: as typed; blank is AWS S3 of that region, or what AWS_ENDPOINT_URL names.

    addressing: path, virtual, or auto, which is path on an endpoint of one's own and for a bucket with dots (no
    certificate of AWS covers BUCKET.WITH.DOTS.s3…), else virtual.
    """
    given = endpoint.strip().rstrip("/") or ambient_endpoint()
    region = region.strip() or DEFAULT_REGION
    suffix = next((suffix for prefix, suffix in AWS_SUFFIXES if region.startswith(prefix)), "amazonaws.com")
    style = addressing
    if addressing not in ("path", "virtual"):
        style = "path" if given or "." in bucket else "virtual"
    scheme, _, rest = given.partition("://")
    origin = f"{scheme.lower()}://{rest.partition('/')[0].lower()}" if given else f"https://s3.{region}.{suffix}"
    default = ":443" if origin.startswith("https") else ":80"
    is_aws = AWS_HOST.search(origin) is not None
    return Place(origin.removesuffix(default), region, bucket, style, is_aws)
