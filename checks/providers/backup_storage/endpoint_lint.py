"""What is wrong with an endpoint before anything is asked: offline, by its spelling and by what is known of vendors."""
from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.clients.s3 import Place
from checks.providers.backup_storage.presets import (
    AWS_REGION,
    NO_ENDPOINTS,
    PLACEHOLDER,
    R2_REGIONS,
    Preset,
    preset_of,
    vendor_with_region,
)

CONSOLE_PORT = 9001  # MinIO's own default for its console, beside 9000 for S3
CONSOLE_PATHS = re.compile(r"/(browser|login|buckets|s3/buckets|object-browser|minio)(/|$)")
S3_NAMES = re.compile(r"(s3|minio|objects?|storage|garage|ceph|rgw)[.-]")
ZONE = re.compile(r"(?P<region>[a-z]{2}(-[a-z]+)+-\d)[a-f]")
ENDPOINT_FIELD = "Set the endpoint of this integration to"


@dataclass(frozen=True)
class Problem:
    """is_fatal: a request there cannot be right."""

    evidence: str
    remedy: str
    is_fatal: bool = True
    link: str = ""


@dataclass(frozen=True)
class Typed:
    """What the settings say. endpoint: "" for AWS. place: what will be asked."""

    endpoint: str
    region: str
    bucket: str
    place: Place

    @property
    def host(self) -> str:
        return urlsplit(self.place.origin).hostname or ""

    @property
    def scheme(self) -> str:
        return urlsplit(self.place.origin).scheme

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address, which cannot carry a bucket before it."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return True

    @property
    def is_here(self) -> bool:
        """Whether the host is this very machine: nothing leaves it."""
        return self.host == "localhost" or (self.is_address and ipaddress.ip_address(self.host).is_loopback)


def problems(typed: Typed) -> list[Problem]:
    """All that is wrong, the fatal ones first."""
    judges = (_known_elsewhere, _path, _console, _placeholder, _bucket_in_host, _vendor, _plain, _virtual) \
        if typed.endpoint else (_aws_region, _dots)
    found = [problem for judge in judges for problem in judge(typed)]
    return sorted(found, key=lambda problem: not problem.is_fatal)


def _aws_region(typed: Typed) -> Iterator[Problem]:
    """A blank endpoint is AWS, so the region must be one of AWS; what AWS_ENDPOINT_URL names has its own regions."""
    if typed.region == "auto":
        yield Problem("The region is “auto”, and the endpoint is blank, which means AWS S3; AWS has no such region.",
                      "Set the region to the bucket's own, for example eu-central-1; for Cloudflare R2 enter its "
                      "endpoint, https://ACCOUNT_ID.r2.cloudflarestorage.com.")
    elif not typed.place.is_aws or AWS_REGION.fullmatch(typed.region):
        return
    elif (zone := ZONE.fullmatch(typed.region)) is not None:
        yield Problem(f"{typed.region} is an availability zone, not a region.",
                      f"Set the region of this integration to {zone['region']}.")
    elif (vendor := vendor_with_region(typed.region)) is not None:
        yield Problem(f"The region {typed.region} is one of {vendor.name}, and the endpoint is blank, which means AWS "
                      "S3.",
                      f"{ENDPOINT_FIELD} {vendor.endpoint.replace('REGION', typed.region)}.", link=vendor.page)
    else:
        yield Problem(f"{typed.region} is no region of AWS, and the endpoint is blank, which means AWS S3.",
                      "Enter the endpoint of your vendor's S3 API, or set the region to the bucket's own at AWS.")


def _dots(typed: Typed) -> Iterator[Problem]:
    if "." in typed.bucket and typed.place.style == "virtual":
        yield Problem(f"The bucket name {typed.bucket} has dots: no certificate of AWS covers "
                      f"{typed.bucket}.{typed.host}.",
                      "Set the addressing of this integration to path.", is_fatal=False)


def _known_elsewhere(typed: Typed) -> Iterator[Problem]:
    what = next((what for host, what in NO_ENDPOINTS if host.fullmatch(typed.host)), "")
    if what:
        is_sure = not what.startswith("a console by its name")
        yield Problem(f"{typed.host} is {what}.", f"{ENDPOINT_FIELD} the address of the S3 API, which your vendor "
                                                  "shows beside the access keys.", is_fatal=is_sure)


def _path(typed: Typed) -> Iterator[Problem]:
    path = urlsplit(typed.endpoint).path.rstrip("/")
    if not path:
        return
    first = path.strip("/").split("/")[0]
    if CONSOLE_PATHS.match(path) and first != typed.bucket:
        what = f"{typed.endpoint} is an address of a web console."
    elif first == typed.bucket:
        what = f"The endpoint ends in the bucket's name ({path}); the bucket has its own field."
    else:
        what = f"The endpoint has a path ({path}); an S3 endpoint has none, and a prefix has its own field."
    yield Problem(what, f"{ENDPOINT_FIELD} {typed.place.origin}.")


def _console(typed: Typed) -> Iterator[Problem]:
    if urlsplit(typed.place.origin).port == CONSOLE_PORT:
        yield Problem(f"Port {CONSOLE_PORT} of {typed.host} is by MinIO's own default its web console.",
                      f"{ENDPOINT_FIELD} the port of the S3 API, which is 9000 unless it was changed.", is_fatal=False)


def _placeholder(typed: Typed) -> Iterator[Problem]:
    if PLACEHOLDER.search(typed.host):
        yield Problem(f"The host {typed.host} still holds a placeholder.",
                      "Replace it by your own value, as your vendor's page shows it.")


def _bucket_in_host(typed: Typed) -> Iterator[Problem]:
    known = preset_of(typed.host)
    named = known[1]["bucket"] if known else ""
    if not named and typed.host.startswith(f"{typed.bucket}."):
        named = typed.bucket
    if not named:
        return
    origin = typed.place.origin.replace(f"://{named}.", "://", 1)
    # A server of one's own may be called as the bucket is: sure only where what is left is a server of S3 by its name.
    is_sure = known is not None or S3_NAMES.match(origin.partition("://")[2]) is not None
    evidence = f"The endpoint's host begins with the bucket's name ({named}), so it would be asked for twice."
    if named != typed.bucket:
        evidence = f"The endpoint's host names the bucket {named}, and this integration's bucket is {typed.bucket}."
    yield Problem(evidence, f"{ENDPOINT_FIELD} {origin}, and keep the bucket's name in its own field.", is_sure)


def _vendor(typed: Typed) -> Iterator[Problem]:
    known = preset_of(typed.host)
    if known is None:
        return
    preset, said = known
    special: dict[str, Callable[[Typed, Preset, dict[str, str]], Iterator[Problem]]] = {
        "AWS S3": _aws_host, "Cloudflare R2": _r2}
    yield from special.get(preset.name, _label)(typed, preset, said)


def _aws_host(typed: Typed, preset: Preset, said: dict[str, str]) -> Iterator[Problem]:
    region = said["region"] or "us-east-1"
    if region != typed.region and said["region"]:
        yield Problem(f"The endpoint is of the region {region}, and the region of this integration is {typed.region}.",
                      f"Leave the endpoint blank, and set the region to the bucket's own ({region} or {typed.region}).",
                      link=preset.page)
    else:
        yield Problem(f"{typed.host} is AWS's own endpoint, typed as one of your own.",
                      "Leave the endpoint of this integration blank: it then follows the region.", is_fatal=False,
                      link=preset.page)


def _r2(typed: Typed, preset: Preset, said: dict[str, str]) -> Iterator[Problem]:
    if not re.fullmatch(r"[0-9a-f]{32}", said["account"]) and not PLACEHOLDER.search(said["account"]):
        yield Problem(f"“{said['account']}” is no account id of Cloudflare: that is 32 hexadecimal digits.",
                      f"{ENDPOINT_FIELD} {preset.endpoint} with the account id that R2's overview page shows.",
                      link=preset.page)
    if typed.region not in R2_REGIONS:
        yield Problem(f"Cloudflare R2 has no region {typed.region}.", "Set the region of this integration to auto.",
                      link=preset.page)


def _label(typed: Typed, preset: Preset, said: dict[str, str]) -> Iterator[Problem]:
    """The region that the host names is the one that requests must be signed for."""
    label = said.get("region") or ("us-east-1" if preset.aliases else "")
    if not preset.label or not label:
        return
    right = {label, *preset.also, *(long for long, short in preset.aliases.items() if short == label)}
    right |= {preset.aliases[label]} if label in preset.aliases else set()
    if typed.region in right:
        return
    offered = next((long for long, short in preset.aliases.items() if short == label), label)
    yield Problem(f"The endpoint is {preset.name} in {label}, and the region of this integration is {typed.region}.",
                  f"Set the region to {offered}, or the endpoint to {preset.endpoint.replace('REGION', typed.region)} "
                  "if the bucket is there.", link=preset.page)


def _plain(typed: Typed) -> Iterator[Problem]:
    if typed.scheme == "http" and not typed.is_here:
        yield Problem(f"The endpoint {typed.place.origin} is plain HTTP: backups would cross the network unencrypted.",
                      "Serve the S3 API over TLS, and begin the endpoint with https://.", is_fatal=False)


def _virtual(typed: Typed) -> Iterator[Problem]:
    if typed.place.style == "virtual" and (typed.is_address or typed.host == "localhost"):
        yield Problem(f"With virtual addressing the bucket stands before the host, and {typed.host} cannot have a "
                      "name before it.", "Set the addressing of this integration to path.")
