"""Addresses that people paste and that are no S3 endpoint: what each is, and the settings that it gives away. Data.

The forms of the consoles' own addresses: as their address bars show a bucket's page.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.providers.backup_storage.presets import PRESETS, R2_REGIONS, Preset

NAME = r"(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])"
AWS_ZONE = r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)"


@dataclass(frozen=True)
class Elsewhere:
    """host, path: of the address; their groups bucket, region and account say what it gives away.

    vendor: the preset's name. is_sure: no S3 API can be there.
    """

    host: re.Pattern[str]
    what: str
    vendor: str = ""
    path: re.Pattern[str] | None = None
    is_sure: bool = True


def _page(host: str, what: str, vendor: str = "", path: str = "") -> Elsewhere:
    return Elsewhere(re.compile(host), what, vendor, re.compile(path) if path else None)


ELSEWHERE = (
    _page(rf"(?:(?:{AWS_ZONE}|s3)\.)?console\.aws\.amazon\.com|console\.amazonaws\.cn", "the web console of AWS", "AWS S3",
          rf"/s3/(?:buckets|object|upload)/{NAME}"),
    _page(r"dash\.cloudflare\.com", "the dashboard of Cloudflare", "Cloudflare R2",
          rf"/(?P<account>[0-9a-f]{{32}})(?:/r2(?:/(?:default|eu|us|fedramp))?(?:/buckets)?/{NAME})?"),
    _page(r".+\.r2\.dev", "the public web address of an R2 bucket", "Cloudflare R2"),
    _page(r"(secure|www)\.backblaze\.com", "the web site of Backblaze", "Backblaze B2"),
    _page(r"api\d*\.backblazeb2\.com|f\d{3}\.backblazeb2\.com", "an address of B2's own API, which is not S3",
          "Backblaze B2", rf"/file/{NAME}"),
    _page(r"console\.wasabisys\.com", "the web console of Wasabi", "Wasabi", rf"/file_manager/{NAME}"),
    _page(r"cloud\.digitalocean\.com", "the control panel of DigitalOcean", "DigitalOcean Spaces", rf"/spaces/{NAME}"),
    _page(rf"{NAME}\.(?P<region>[a-z]{{3}}\d)\.cdn\.digitaloceanspaces\.com", "the CDN of a Spaces bucket, which only reads",
          "DigitalOcean Spaces"),
    _page(r"console\.hetzner\.(com|cloud)", "the console of Hetzner", "Hetzner", rf"/projects/\d+/buckets/{NAME}"),
    _page(r"console\.scaleway\.com", "the console of Scaleway", "Scaleway",
          rf"/object-storage/buckets/(?P<region>[a-z]{{2}}-[a-z]{{3}})/{NAME}"),
    _page(r"(www|manager(\.\w+)?)\.(ovh|ovhcloud|ovhtelecom)\.(com|net|\w{2})", "the Control Panel of OVHcloud", "OVHcloud"),
    _page(r"cloud\.linode\.com", "the Cloud Manager of Linode", "Akamai (Linode)",
          rf"/object-storage/buckets/(?P<region>[a-z]{{2}}-[a-z]+-\d+)/{NAME}"),
    _page(r"console\.cloud\.google\.com", "the web console of Google Cloud", "Google Cloud Storage",
          rf"/storage/browser/(?:_details/)?{NAME}"),
    _page(r"storage\.cloud\.google\.com", "a web page of Google Cloud", "Google Cloud Storage", rf"/{NAME}"),
    _page(r"(www|firebasestorage)\.googleapis\.com", "an API of Google's own, which is not S3", "Google Cloud Storage"),
    _page(rf"(?:{NAME}\.)?s3-website[.-]{AWS_ZONE}\.amazonaws\.com", "the web site of a bucket, which only reads", "AWS S3"),
    _page(r"(.+\.)?s3-website[.-].+", "the web site of a bucket, which only reads"),
    _page(rf"(?:{NAME}\.)?s3-accelerate(\.dualstack)?\.amazonaws\.com", "S3's transfer acceleration, which knows no region",
          "AWS S3"),
    Elsewhere(re.compile(r"console\..+"), "a console by its name, not the S3 API", is_sure=False),
)


def elsewhere(host: str) -> Elsewhere | None:
    return next((one for one in ELSEWHERE if one.host.fullmatch(host)), None)


def given_away(page: Elsewhere, host: str, address: str, region: str) -> tuple[Preset | None, dict[str, str]]:
    """The vendor, and what would be right: endpoint, region and bucket as far as they are known.

    address: as pasted. region: as typed, for an endpoint whose host names it.
    """
    vendor = next((preset for preset in PRESETS if preset.name == page.vendor), None)
    if vendor is None:
        return None, {}
    said = _said(page, host, address)
    region = said.get("region") or region
    if vendor.name == "Cloudflare R2" and region not in R2_REGIONS:
        region = "auto"
    endpoint = "" if vendor.name == "AWS S3" else vendor.at(region, said.get("account", ""))
    found = {"bucket": said.get("bucket", "")}
    if endpoint or vendor.name == "AWS S3":
        found.update(endpoint=endpoint, region=region)
    return vendor, {name: value for name, value in found.items() if value or name == "endpoint"}


def _said(page: Elsewhere, host: str, address: str) -> dict[str, str]:
    parts = urlsplit(address)
    in_host, in_path = page.host.fullmatch(host), page.path.match(parts.path) if page.path else None
    query = re.search(rf"(?:^|&)region={AWS_ZONE}(?:&|$)", parts.query)
    groups = [found.groupdict() for found in (query, in_host, in_path) if found is not None]
    return {name: value for group in groups for name, value in group.items() if value}
