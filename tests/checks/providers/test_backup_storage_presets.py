"""Every vendor × every mistake: the evidence, and the corrected values, which are judged again and must be right."""
from __future__ import annotations

import json
import socket
from dataclasses import dataclass

import pytest

from checks.clients.s3 import place
from checks.providers.backup_storage import backup_storage
from checks.providers.backup_storage.consoles import ELSEWHERE
from checks.providers.backup_storage.endpoint_lint import Typed, problems, suggested
from checks.providers.backup_storage.presets import PRESETS
from tests.checks.providers.backup_run import look, settings

ACCOUNT = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Vendor:
    """endpoint and region as they are right. other: another region of the vendor. console: an address of a bucket's page,
    and what it gives away."""

    endpoint: str
    region: str
    other: str
    console: str
    gives: tuple[str, ...]


VENDORS = {
    "AWS S3": Vendor("https://s3.eu-west-1.amazonaws.com", "eu-west-1", "eu-central-1",
                     "https://eu-west-1.console.aws.amazon.com/s3/buckets/found?region=eu-west-1&tab=objects",
                     ("endpoint", "bucket", "region")),
    "Cloudflare R2": Vendor(f"https://{ACCOUNT}.r2.cloudflarestorage.com", "auto", "eu-central-1",
                            f"https://dash.cloudflare.com/{ACCOUNT}/r2/default/buckets/found", ("endpoint", "bucket", "region")),
    "Backblaze B2": Vendor("https://s3.us-west-004.backblazeb2.com", "us-west-004", "eu-central-003",
                           "https://f004.backblazeb2.com/file/found", ("endpoint", "bucket")),
    "MinIO": Vendor("https://minio.example.com:9000", "us-east-1", "", "https://minio.example.com:9001/browser/found",
                    ("endpoint", "bucket")),
    "Wasabi": Vendor("https://s3.eu-central-1.wasabisys.com", "eu-central-1", "eu-west-1",
                     "https://console.wasabisys.com/file_manager/found", ("endpoint", "bucket")),
    "DigitalOcean Spaces": Vendor("https://nyc3.digitaloceanspaces.com", "nyc3", "fra1",
                                  "https://found.nyc3.cdn.digitaloceanspaces.com", ("endpoint", "bucket", "region")),
    "Hetzner": Vendor("https://fsn1.your-objectstorage.com", "fsn1", "hel1",
                      "https://console.hetzner.com/projects/123/buckets/found/overview", ("endpoint", "bucket")),
    "Scaleway": Vendor("https://s3.fr-par.scw.cloud", "fr-par", "nl-ams",
                       "https://console.scaleway.com/object-storage/buckets/fr-par/found", ("endpoint", "bucket", "region")),
    "OVHcloud": Vendor("https://s3.gra.io.cloud.ovh.net", "gra", "bhs", "https://manager.eu.ovhcloud.com/#/public-cloud",
                       ("endpoint",)),
    "Akamai (Linode)": Vendor("https://us-iad-10.linodeobjects.com", "us-iad-10", "fr-par-1",
                              "https://cloud.linode.com/object-storage/buckets/us-iad-10/found", ("endpoint", "bucket", "region")),
    "Google Cloud Storage": Vendor("https://storage.googleapis.com", "auto", "",
                                   "https://console.cloud.google.com/storage/browser/found", ("endpoint", "bucket")),
}
ALL = pytest.mark.parametrize("name", VENDORS)


def all_but(*names):
    return pytest.mark.parametrize("name", [name for name in VENDORS if name not in names])



def judge(endpoint, region, bucket="dumps", addressing="auto"):
    typed = Typed(endpoint, region, bucket, place(endpoint, region, bucket, addressing))
    found = problems(typed)
    return found, suggested(found, typed)


def mended(name, endpoint, region, *words, bucket="dumps", addressing="auto"):
    """The mistake says these words, and with what it suggests nothing is wrong any more. Returns what it suggests."""
    found, right = judge(endpoint, region, bucket, addressing)
    assert found, (name, endpoint, region)
    for word in words:
        assert word in " ".join(f"{problem.evidence} {problem.remedy}" for problem in found)
    now = {"endpoint": endpoint, "region": region, "bucket": bucket, "addressing": addressing, **right}
    left, _ = judge(now["endpoint"], now["region"], now["bucket"], now["addressing"])
    assert left == [], (name, right)
    json.dumps(right)
    return right


def right_endpoint(name):
    return "" if name == "AWS S3" else VENDORS[name].endpoint


def test_the_table_has_every_vendor():
    assert set(VENDORS) == {preset.name for preset in PRESETS} | {"MinIO"}
    assert {page.vendor for page in ELSEWHERE} - {""} == {preset.name for preset in PRESETS}


@ALL
def test_what_is_right_is_right(name):
    vendor = VENDORS[name]
    assert judge(right_endpoint(name), vendor.region) == ([], {})


@ALL
def test_a_bucket_before_the_host_is_taken_off(name):
    endpoint = VENDORS[name].endpoint.replace("://", "://dumps.")
    right = mended(name, endpoint, VENDORS[name].region, "begins with the bucket's name (dumps)")
    assert right == {"endpoint": right_endpoint(name)}


@all_but("MinIO")  # a host of one's own may be called anything
def test_another_bucket_before_the_host_is_offered_for_the_bucket(name):
    endpoint = VENDORS[name].endpoint.replace("://", "://found.")
    right = mended(name, endpoint, VENDORS[name].region, "names the bucket found")
    assert right == {"endpoint": right_endpoint(name), "bucket": "found"}


@ALL
@pytest.mark.parametrize("path", ["/dumps", "/dumps/dflow/backups/", "/elsewhere"])
def test_a_path_is_taken_off(name, path):
    right = mended(name, VENDORS[name].endpoint + path, VENDORS[name].region, "the bucket has its own field" if "dumps" in path else
                   "a prefix has its own field")
    assert right == {"endpoint": right_endpoint(name)}


@ALL
def test_the_address_of_a_console_is_told_and_gives_the_endpoint_away(name):
    vendor = VENDORS[name]
    typed = vendor.region if "region" not in vendor.gives or vendor.region == "auto" else vendor.other
    right = mended(name, vendor.console, typed if name != "Cloudflare R2" else "eu-west-1")
    expected = {"endpoint": right_endpoint(name), "bucket": "found", "region": vendor.region}
    assert right == {key: value for key, value in expected.items() if key in vendor.gives}


@all_but("MinIO", "Google Cloud Storage")  # their hosts name no region, and any is taken
def test_a_region_that_is_not_the_host_s_is_put_right(name):
    vendor = VENDORS[name]
    right = mended(name, vendor.endpoint, vendor.other)
    assert right == {"region": vendor.region, **({"endpoint": ""} if name == "AWS S3" else {})}


@all_but("AWS S3", "MinIO", "Wasabi")  # AWS has such a region, too
def test_a_region_typed_with_a_blank_endpoint_gives_the_endpoint(name):
    region, endpoint = VENDORS[name].region, VENDORS[name].endpoint
    if region == "auto":
        found, right = judge("", region)
        assert (endpoint.replace(ACCOUNT, "ACCOUNT_ID") in found[0].remedy, right) == (True, {})
    else:
        assert mended(name, "", region, f"is one of {name}") == {"endpoint": endpoint}


@ALL
def test_plain_http_is_put_right_where_the_vendor_is_known(name):
    endpoint = VENDORS[name].endpoint.replace("https", "http", 1)
    if name == "MinIO":
        found, right = judge(endpoint, "us-east-1")
        assert ("unencrypted" in found[0].evidence, found[0].is_fatal, right) == (True, False, {})
    else:
        assert mended(name, endpoint, VENDORS[name].region, "unencrypted") == {"endpoint": right_endpoint(name)}


@ALL
@pytest.mark.parametrize("bucket", ["acme.dumps", "Acme_Dumps"])
def test_a_bucket_that_cannot_stand_before_the_host_is_addressed_by_path(name, bucket):
    right = mended(name, right_endpoint(name), VENDORS[name].region, "Set the addressing of this integration to path.",
                   bucket=bucket, addressing="virtual")
    assert right == {"addressing": "path"}


@all_but("MinIO")
def test_several_mistakes_at_once_are_put_right_together(name):
    vendor = VENDORS[name]
    endpoint = vendor.endpoint.replace("https://", "http://dumps.") + "/dumps"
    right = mended(name, endpoint, vendor.other or vendor.region, bucket="dumps")
    assert right["endpoint"] == right_endpoint(name)


@pytest.mark.parametrize(("endpoint", "region", "right"), [
    ("", "eu-central-1a", {"region": "eu-central-1"}),
    (f"https://{ACCOUNT}.r2.cloudflarestorage.com", "eu",
     {"region": "auto", "endpoint": f"https://{ACCOUNT}.eu.r2.cloudflarestorage.com"}),
    (f"https://{ACCOUNT}.us.r2.cloudflarestorage.com/dumps", "auto", {"endpoint": f"https://{ACCOUNT}.us.r2.cloudflarestorage.com"}),
    ("https://s3.wasabisys.com", "eu-central-1", {"region": "us-east-1"}),
    ("https://s3.nl-1.wasabisys.com", "eu-west-1", {"region": "eu-central-1"}),
    ("https://s3.gra.io.cloud.ovh.net", "gra11", {"region": "gra"}),
    ("https://us-east-1.linodeobjects.com", "us-east", {"region": "us-east-1"}),
    ("https://dumps.s3-website.eu-west-1.amazonaws.com", "us-east-1", {"endpoint": "", "region": "eu-west-1"}),
    ("https://dumps.s3-website-us-west-2.amazonaws.com", "us-west-2", {"endpoint": ""}),
    ("https://found.s3-accelerate.amazonaws.com", "us-west-2", {"endpoint": "", "bucket": "found"}),
    ("https://s3.amazonaws.com", "us-west-2", {"endpoint": ""}),
    ("http://127.0.0.1:9001", "us-east-1", {"endpoint": "http://127.0.0.1:9000"}),
    ("https://storage.cloud.google.com/found/dumps", "auto", {"endpoint": "https://storage.googleapis.com", "bucket": "found"}),
])
def test_the_special_ones(endpoint, region, right):
    assert mended("special", endpoint, region) == right


@pytest.mark.parametrize(("endpoint", "region"), [
    ("https://pub-0a.r2.dev", "auto"), ("https://secure.backblaze.com", "mars"), ("https://account_id.r2.cloudflarestorage.com", "auto"),
    ("", "mars"), ("", "auto"), ("https://acme.r2.cloudflarestorage.com", "auto"),
])
def test_nothing_is_suggested_that_does_not_follow(endpoint, region):
    found, right = judge(endpoint, region)
    assert (found[0].is_fatal, right) == (True, {})
    assert found[0].remedy


def test_the_verdict_carries_what_is_suggested_and_the_form_takes_it(loopback):
    chosen = settings("https://found.nyc3.digitaloceanspaces.com/x", "dumps", "AKIDTEST", region="fra1")
    verdict = look(chosen["endpoint"], "dumps", region="fra1")["endpoint_well_formed"]
    assert verdict.facts["suggested"] == {"endpoint": "https://nyc3.digitaloceanspaces.com", "bucket": "found", "region": "nyc3"}
    form = backup_storage.form({**chosen, **verdict.facts["suggested"], "secret_access_key": "s" * 40})
    assert form.is_valid(), form.errors


def test_virtual_addressing_of_a_server_without_such_a_name_offers_path(loopback, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    seen = look("http://nothing.invalid:9000", "dumps", addressing="virtual")["endpoint_reachable"]
    assert (seen.status, seen.layer, seen.facts.get("suggested")) == ("fail", "dns", {"addressing": "path"})
    assert "dumps.nothing.invalid:9000 does not exist" in seen.evidence
