"""What is wrong with an endpoint before anything is asked: offline, by its spelling and by what is known of vendors.

Each problem offers the settings that would be right, as far as they follow from what was typed.
"""
from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from checks.clients.s3 import Place
from checks.providers.backup_storage.consoles import elsewhere, given_away
from checks.providers.backup_storage.presets import (
    AWS_REGION,
    PLACEHOLDER,
    R2_JURISDICTIONS,
    R2_REGIONS,
    Preset,
    preset_of,
    vendor_with_region,
)

CONSOLE_PORT, S3_PORT = 9001, 9000  # MinIO's own defaults
CONSOLE_PATHS = re.compile(r"/(?:browser|login|s3/buckets|buckets|object-browser|minio)(?:/(?P<bucket>[\w.-]+)|/|$)")
S3_NAMES = re.compile(r"(s3|minio|objects?|storage|garage|ceph|rgw)[.-]")
ZONE = re.compile(r"(?P<region>[a-z]{2}(-[a-z]+)+-\d)[a-f]")
NO_HOST_NAME = re.compile(r"[A-Z_]")
ENDPOINT_FIELD = "Set the endpoint of this integration to"
ADDRESSING = "Set the addressing of this integration to path."


@dataclass(frozen=True)
class Problem:
    """is_fatal: a request there cannot be right. suggested: {setting: the value that would be right}."""

    evidence: str
    remedy: str
    is_fatal: bool = True
    link: str = ""
    suggested: Mapping[str, str] = field(default_factory=dict)


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

    @cached_property
    def named(self) -> str:
        """The bucket that stands before the endpoint's host, "" where none does."""
        known = preset_of(self.host)
        named = known[1]["bucket"] if known else ""
        return named or (self.bucket if self.host.startswith(f"{self.bucket}.") else "")

    @cached_property
    def mended(self) -> str:
        """The endpoint with all put right that can be seen: no path, no bucket before the host, the port of S3, TLS
        at a vendor that is known; "" for AWS, whose endpoint follows the region."""
        known = preset_of(self.host)
        if known is not None and known[0].name == "AWS S3":
            return ""
        origin = self.place.origin.replace(f"://{self.named}.", "://", 1) if self.named else self.place.origin
        if known is not None:
            return origin.replace("http://", "https://", 1)
        return origin.removesuffix(f":{CONSOLE_PORT}") + (f":{S3_PORT}" if origin.endswith(f":{CONSOLE_PORT}") else "")


def problems(typed: Typed) -> list[Problem]:
    """All that is wrong, the fatal ones first."""
    judges: Sequence[Callable[[Typed], Iterator[Problem]]] = (
        (_known_elsewhere, _path, _console, _placeholder, _bucket_in_host, _vendor, _plain, _virtual)
        if typed.endpoint else (_aws_region, _virtual))
    found = [problem for judge in judges for problem in judge(typed)]
    return sorted(found, key=lambda problem: not problem.is_fatal)


def suggested(found: Sequence[Problem], typed: Typed) -> dict[str, str]:
    """What all the problems together offer, without what is set so already."""
    offered = {name: value for problem in reversed(found) for name, value in problem.suggested.items()}
    now = {"endpoint": typed.endpoint.rstrip("/"), "region": typed.region, "bucket": typed.bucket}
    return {name: value for name, value in offered.items() if now.get(name) != value}


def _aws_region(typed: Typed) -> Iterator[Problem]:
    """A blank endpoint is AWS, so the region must be one of AWS; what AWS_ENDPOINT_URL names has its own regions."""
    if typed.region == "auto":
        yield Problem("The region is “auto”, and the endpoint is blank, which means AWS S3; AWS has no such region.",
                      "Set the region to the bucket's own, for example eu-central-1; for Cloudflare R2 enter its "
                      "endpoint, https://ACCOUNT_ID.r2.cloudflarestorage.com, and for Google Cloud Storage "
                      "https://storage.googleapis.com.")
    elif not typed.place.is_aws or AWS_REGION.fullmatch(typed.region):
        return
    elif (zone := ZONE.fullmatch(typed.region)) is not None:
        yield Problem(f"{typed.region} is an availability zone, not a region.",
                      f"Set the region of this integration to {zone['region']}.", suggested={"region": zone["region"]})
    elif (vendor := vendor_with_region(typed.region)) is not None:
        right = vendor.at(typed.region)
        yield Problem(f"The region {typed.region} is one of {vendor.name}, and the endpoint is blank, which means AWS "
                      "S3.",
                      f"{ENDPOINT_FIELD} {right}.", link=vendor.page, suggested={"endpoint": right})
    else:
        yield Problem(f"{typed.region} is no region of AWS, and the endpoint is blank, which means AWS S3.",
                      "Enter the endpoint of your vendor's S3 API, or set the region to the bucket's own at AWS.")


def _known_elsewhere(typed: Typed) -> Iterator[Problem]:
    page = elsewhere(typed.host)
    if page is None:
        return
    vendor, right = given_away(page, typed.host, typed.endpoint, typed.region)
    if vendor is not None and "endpoint" in right:
        blank = f"Leave the endpoint of this integration blank, and set the region to {right['region']}."
        remedy = f"{ENDPOINT_FIELD} {right['endpoint']}." if right["endpoint"] else blank
    else:
        form = f" It reads {vendor.endpoint}." if vendor is not None else ""
        remedy = f"{ENDPOINT_FIELD} the address of the S3 API, which your vendor shows beside the access keys.{form}"
    yield Problem(f"{typed.host} is {page.what}.", remedy, page.is_sure, vendor.page if vendor else "", right)


def _path(typed: Typed) -> Iterator[Problem]:
    path = urlsplit(typed.endpoint).path.rstrip("/")
    page = elsewhere(typed.host)
    if not path or (page is not None and page.is_sure):
        return
    first = path.strip("/").split("/")[0]
    right = {"endpoint": typed.mended}
    if (console := CONSOLE_PATHS.match(path)) is not None and first != typed.bucket:
        what = f"{typed.endpoint} is an address of a web console."
        right.update({"bucket": console["bucket"]} if console["bucket"] else {})
    elif first == typed.bucket:
        what = f"The endpoint ends in the bucket's name ({path}); the bucket has its own field."
    else:
        what = f"The endpoint has a path ({path}); an S3 endpoint has none, and a prefix has its own field."
    yield Problem(what, f"{ENDPOINT_FIELD} {typed.mended}." if typed.mended else
                  "Leave the endpoint of this integration blank: it then follows the region.", suggested=right)


def _console(typed: Typed) -> Iterator[Problem]:
    if urlsplit(typed.place.origin).port == CONSOLE_PORT:
        yield Problem(f"Port {CONSOLE_PORT} of {typed.host} is by MinIO's own default its web console.",
                      f"{ENDPOINT_FIELD} the port of the S3 API, which is {S3_PORT} unless it was changed: "
                      f"{typed.mended}.", is_fatal=False, suggested={"endpoint": typed.mended})


def _placeholder(typed: Typed) -> Iterator[Problem]:
    if PLACEHOLDER.search(typed.host):
        yield Problem(f"The host {typed.host} still holds a placeholder.",
                      "Replace it by your own value, as your vendor's page shows it.")


def _bucket_in_host(typed: Typed) -> Iterator[Problem]:
    named, known = typed.named, preset_of(typed.host)
    if not named or elsewhere(typed.host) is not None:
        return
    # A server of one's own may be called as the bucket is: sure only where what is left is a server of S3 by its name.
    is_sure = known is not None or S3_NAMES.match(typed.mended.partition("://")[2]) is not None
    evidence = f"The endpoint's host begins with the bucket's name ({named}), so it would be asked for twice."
    if named != typed.bucket:
        evidence = f"The endpoint's host names the bucket {named}, and this integration's bucket is {typed.bucket}."
    where = f"{ENDPOINT_FIELD} {typed.mended}" if typed.mended else "Leave the endpoint of this integration blank"
    yield Problem(evidence, f"{where}, and keep the bucket's name in its own field.", is_sure,
                  suggested={"endpoint": typed.mended, **({"bucket": named} if named != typed.bucket else {})})


def _vendor(typed: Typed) -> Iterator[Problem]:
    known = preset_of(typed.host)
    if known is None or elsewhere(typed.host) is not None:
        return
    preset, said = known
    special: dict[str, Callable[[Typed, Preset, dict[str, str]], Iterator[Problem]]] = {
        "AWS S3": _aws_host, "Cloudflare R2": _r2}
    yield from special.get(preset.name, _label)(typed, preset, said)


def _aws_host(typed: Typed, preset: Preset, said: dict[str, str]) -> Iterator[Problem]:
    region = said["region"]
    if region and region != typed.region:
        yield Problem(f"The endpoint is of the region {region}, and the region of this integration is {typed.region}.",
                      f"Leave the endpoint blank, and set the region to the bucket's own ({region} or {typed.region}).",
                      link=preset.page, suggested={"endpoint": "", "region": region})
    else:
        yield Problem(f"{typed.host} is AWS's own endpoint, typed as one of your own.",
                      "Leave the endpoint of this integration blank: it then follows the region.", is_fatal=False,
                      link=preset.page, suggested={"endpoint": ""})


def _r2(typed: Typed, preset: Preset, said: dict[str, str]) -> Iterator[Problem]:
    if not re.fullmatch(r"[0-9a-f]{32}", said["account"]) and not PLACEHOLDER.search(said["account"]):
        yield Problem(f"“{said['account']}” is no account id of Cloudflare: that is 32 hexadecimal digits.",
                      f"{ENDPOINT_FIELD} {preset.endpoint} with the account id that R2's overview page shows.",
                      link=preset.page)
    if typed.region in R2_REGIONS:
        return
    right = {"region": "auto"}
    if re.fullmatch(R2_JURISDICTIONS, typed.region) and f".{typed.region}.r2." not in typed.host:
        right["endpoint"] = typed.mended.replace(".r2.", f".{typed.region}.r2.", 1)
        yield Problem(f"Cloudflare R2 has no region {typed.region}: that is a jurisdiction, and stands in the endpoint.",
                      f"Set the region of this integration to auto, and the endpoint to {right['endpoint']}.",
                      link="https://developers.cloudflare.com/r2/reference/data-location/", suggested=right)
    else:
        yield Problem(f"Cloudflare R2 has no region {typed.region}.", "Set the region of this integration to auto.",
                      link=preset.page, suggested=right)


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
    other = preset.at(typed.region)
    instead = f", or the endpoint to {other} if the bucket is there" if other else ""
    yield Problem(f"The endpoint is {preset.name} in {label}, and the region of this integration is {typed.region}.",
                  f"Set the region to {offered}{instead}.", link=preset.page, suggested={"region": offered})


def _plain(typed: Typed) -> Iterator[Problem]:
    if typed.scheme == "http" and not typed.is_here:
        right = {"endpoint": typed.mended} if preset_of(typed.host) is not None else {}
        yield Problem(f"The endpoint {typed.place.origin} is plain HTTP: backups would cross the network unencrypted.",
                      "Serve the S3 API over TLS, and begin the endpoint with https://.", is_fatal=False, suggested=right)


def _virtual(typed: Typed) -> Iterator[Problem]:
    if typed.place.style != "virtual":
        return
    path = {"addressing": "path"}
    if typed.is_address or typed.host == "localhost":
        yield Problem(f"With virtual addressing the bucket stands before the host, and {typed.host} cannot have a "
                      "name before it.", ADDRESSING, suggested=path)
    elif NO_HOST_NAME.search(typed.bucket):
        yield Problem(f"With virtual addressing the bucket stands before the host, and {typed.bucket} cannot be part of a "
                      "host name: it has capitals or underscores.", ADDRESSING, suggested=path)
    elif "." in typed.bucket and typed.scheme == "https":
        whose = "AWS" if typed.place.is_aws else "its vendor"
        yield Problem(f"The bucket name {typed.bucket} has dots: no certificate of {whose} covers "
                      f"{typed.bucket}.{typed.host}.", ADDRESSING, is_fatal=False, suggested=path)
