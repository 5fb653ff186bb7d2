"""What is known of the vendors of S3-compatible storage by the host of their endpoints. Data, no network.

Hosts: rclone's table of S3 providers (https://rclone.org/s3/) and each vendor's own page, given as `page`.
Addresses that are no S3 endpoint stand in consoles.py.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

BUCKET = r"(?:(?P<bucket>.+)\.)?"
AWS_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
R2_JURISDICTIONS = "eu|us|fedramp"  # https://developers.cloudflare.com/r2/reference/data-location/
R2_REGIONS = ("auto", "us-east-1", "wnam", "enam", "weur", "eeur", "apac", "oc")
WASABI_ALIASES = {"eu-central-1": "nl-1", "eu-central-2": "de-1", "eu-west-1": "uk-1", "eu-west-2": "fr-1",
                  "eu-west-3": "uk-2", "eu-south-1": "it-1", "ca-central-1": "ca-1"}


@dataclass(frozen=True)
class Preset:
    """host: matches a host of this vendor, with the groups bucket, region and account where it holds them.

    endpoint: how it is written, REGION, ACCOUNT_ID where they go. label: whether the region must be the host's label.
    region_form: what its regions look like, to recognise one that was typed with a blank endpoint. regions: all that
    can stand in the endpoint, where those include ones that look like AWS's. also: regions that are taken besides the
    label. grant: the vendor's own words for the least grant, where it takes no policies of IAM. keys: the page where
    keys are made.
    """

    name: str
    host: re.Pattern[str]
    endpoint: str
    page: str
    grant: str = ""
    keys: str = ""
    label: bool = True
    region_form: str = ""
    regions: str = ""
    also: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)

    def at(self, region: str, account: str = "") -> str:
        """The endpoint of a region or an account; "" where the one that it needs is not among this vendor's."""
        fits = "REGION" not in self.endpoint or re.fullmatch(self.regions or self.region_form, region)
        if not fits or ("ACCOUNT_ID" in self.endpoint and not account):
            return ""
        return self.endpoint.replace("REGION", region).replace("ACCOUNT_ID", account)


def _host(pattern: str) -> re.Pattern[str]:
    return re.compile(BUCKET + pattern)


PRESETS = (
    Preset("AWS S3",
           _host(r"s3(?:[.-](?:dualstack\.|fips\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?"),
           "https://s3.REGION.amazonaws.com", "https://docs.aws.amazon.com/general/latest/gr/s3.html",
           regions=AWS_REGION.pattern,
           keys="https://console.aws.amazon.com/iam/home#/users"),
    Preset("Cloudflare R2",
           _host(rf"(?P<account>(?!(?:{R2_JURISDICTIONS})\.r2\.)[^.]+)(?:\.(?:{R2_JURISDICTIONS}))?\.r2\.cloudflarestorage\.com"),
           "https://ACCOUNT_ID.r2.cloudflarestorage.com", "https://developers.cloudflare.com/r2/api/s3/api/",
           grant="an R2 API token with “Object Read & Write” for this bucket",
           keys="https://dash.cloudflare.com/?to=/:account/r2/api-tokens", label=False),
    Preset("Backblaze B2", _host(r"s3\.(?P<region>[a-z0-9-]+)\.backblazeb2\.com"),
           "https://s3.REGION.backblazeb2.com", "https://www.backblaze.com/docs/cloud-storage-s3-compatible-api",
           grant="an application key with “Read and Write” for this bucket (not the master key)",
           keys="https://secure.backblaze.com/app_keys.htm", region_form=r"(us|eu|ca)-(west|east|central)-\d{3}"),
    Preset("Wasabi", _host(r"s3(?:\.(?P<region>[a-z0-9-]+))?\.wasabisys\.com"), "https://s3.REGION.wasabisys.com",
           "https://docs.wasabi.com/docs/service-urls-for-wasabis-storage-regions",
           keys="https://console.wasabisys.com/access_keys", region_form=r"(nl|de|uk|fr|it)-\d",
           regions=rf"{AWS_REGION.pattern}|(nl|de|uk|fr|it|ca)-\d", aliases=WASABI_ALIASES),
    Preset("DigitalOcean Spaces", _host(r"(?P<region>[a-z]{3}\d)\.digitaloceanspaces\.com"),
           "https://REGION.digitaloceanspaces.com",
           "https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/",
           grant="a Spaces access key with Read/Write/Delete for this bucket",
           keys="https://cloud.digitalocean.com/spaces/access_keys",
           region_form="nyc3|ams3|sgp1|fra1|sfo[23]|blr1|syd1|lon1|tor1|atl1", also=("us-east-1",)),
    Preset("Hetzner", _host(r"(?P<region>fsn1|nbg1|hel1)\.your-objectstorage\.com"),
           "https://REGION.your-objectstorage.com", "https://docs.hetzner.com/storage/object-storage/overview/",
           keys="https://console.hetzner.com/", region_form="fsn1|nbg1|hel1"),
    Preset("Scaleway", _host(r"s3\.(?P<region>[a-z]{2}-[a-z]{3})\.scw\.cloud"), "https://s3.REGION.scw.cloud",
           "https://www.scaleway.com/en/docs/object-storage/concepts/", keys="https://console.scaleway.com/iam/api-keys",
           region_form="fr-par|nl-ams|pl-waw|it-mil"),
    Preset("OVHcloud", _host(r"s3\.(?P<region>[a-z0-9-]+)(?:\.(?:io|perf))?\.cloud\.ovh\.(?:net|us|ca)"),
           "https://s3.REGION.io.cloud.ovh.net",
           "https://help.ovhcloud.com/csm/en-public-cloud-storage-s3-location",
           region_form="gra|rbx|sbg|de|uk|waw|bhs|eu-west-par"),
    Preset("Akamai (Linode)", _host(r"(?P<region>[a-z]{2}-[a-z]+-\d+)\.linodeobjects\.com"),
           "https://REGION.linodeobjects.com",
           "https://techdocs.akamai.com/cloud-computing/docs/access-buckets-and-files-through-urls",
           keys="https://cloud.linode.com/object-storage/access-keys",
           region_form=r"(us|fr|nl|se|it|jp|br|id|in|es|de|sg|au|gb)-[a-z]{3}-\d+",
           regions=r"[a-z]{2}-[a-z]+-\d+"),
    Preset("Google Cloud Storage", _host(r"storage\.googleapis\.com"), "https://storage.googleapis.com",
           "https://cloud.google.com/storage/docs/interoperability", label=False,
           grant="an HMAC key of a service account with the role Storage Object User on this bucket",
           keys="https://console.cloud.google.com/storage/settings;tab=interoperability"),
)
PLACEHOLDER = re.compile(r"account[_-]?id|your[_-](account|bucket|region|endpoint)|xxxx", re.IGNORECASE)


def preset_of(host: str) -> tuple[Preset, dict[str, str]] | None:
    """The vendor of a host, and what the host says: bucket, region, account, each "" where it does not."""
    for preset in PRESETS:
        if (found := preset.host.fullmatch(host)) is not None:
            return preset, {name: value or "" for name, value in found.groupdict().items()}
    return None


def vendor_with_region(region: str) -> Preset | None:
    """The vendor whose regions look like this one: of a region that is none of AWS."""
    return next((preset for preset in PRESETS if preset.region_form and re.fullmatch(preset.region_form, region)), None)
