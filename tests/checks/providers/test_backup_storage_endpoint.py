"""What an endpoint says before anything is asked, and what the form refuses at its fields."""
from __future__ import annotations

import pytest

from checks.clients.s3 import place
from checks.providers.backup_storage import backup_storage
from checks.providers.backup_storage.endpoint_lint import Typed, problems
from checks.providers.backup_storage.presets import PRESETS, preset_of
from tests.checks.providers.backup_run import look, settings

ACCOUNT = "0123456789abcdef0123456789abcdef"


def judged(endpoint: str, region: str, bucket: str = "dumps", addressing: str = "auto"):
    found = problems(Typed(endpoint, region, bucket, place(endpoint, region, bucket, addressing)))
    return found[0] if found else None


@pytest.mark.parametrize(("endpoint", "region"), [
    ("", "eu-central-1"), ("", "us-gov-west-1"), ("", "cn-north-1"),
    (f"https://{ACCOUNT}.r2.cloudflarestorage.com", "auto"), (f"https://{ACCOUNT}.eu.r2.cloudflarestorage.com", "us-east-1"),
    ("https://s3.eu-central-003.backblazeb2.com", "eu-central-003"), ("https://s3.wasabisys.com", "us-east-1"),
    ("https://s3.eu-central-1.wasabisys.com", "eu-central-1"), ("https://s3.nl-1.wasabisys.com", "eu-central-1"),
    ("https://nyc3.digitaloceanspaces.com", "nyc3"), ("https://nyc3.digitaloceanspaces.com", "us-east-1"),
    ("https://fsn1.your-objectstorage.com", "fsn1"), ("https://s3.fr-par.scw.cloud", "fr-par"),
    ("https://s3.gra.io.cloud.ovh.net/", "gra"), ("https://us-iad-10.linodeobjects.com", "us-iad-10"),
    ("https://storage.googleapis.com", "auto"), ("https://minio.example.com:9000", "us-east-1"),
    ("http://127.0.0.1:9000", "us-east-1"),
])
def test_a_right_endpoint_has_no_problem(endpoint, region):
    assert judged(endpoint, region) is None


@pytest.mark.parametrize(("endpoint", "region", "evidence", "remedy"), [
    ("", "auto", "the endpoint is blank, which means AWS S3", "Set the region to the bucket's own"),
    ("", "eu-central-1a", "is an availability zone", "Set the region of this integration to eu-central-1."),
    ("", "us-west-004", "is one of Backblaze B2", "https://s3.us-west-004.backblazeb2.com"),
    ("", "fr-par", "is one of Scaleway", "https://s3.fr-par.scw.cloud"),
    ("", "mars", "is no region of AWS", "Enter the endpoint"),
    ("https://dumps.nyc3.digitaloceanspaces.com", "nyc3", "begins with the bucket's name (dumps)",
     "https://nyc3.digitaloceanspaces.com, and keep"),
    ("https://other.s3.eu-central-003.backblazeb2.com", "eu-central-003", "names the bucket other", "https://s3.eu-central-003"),
    ("https://dumps.minio.example.com", "us-east-1", "begins with the bucket's name", "https://minio.example.com"),
    ("https://minio.example.com/dumps", "us-east-1", "ends in the bucket's name (/dumps)", "https://minio.example.com."),
    ("https://minio.example.com/browser/dumps", "us-east-1", "is an address of a web console", "https://minio.example.com."),
    ("https://minio.example.com/api", "us-east-1", "has a path (/api)", "https://minio.example.com."),
    ("https://dash.cloudflare.com", "auto", "is the dashboard of Cloudflare", "the address of the S3 API"),
    ("https://s3.console.aws.amazon.com", "eu-west-1", "is the web console of AWS", "Leave the endpoint of this integration blank"),
    ("https://f004.backblazeb2.com", "us-west-004", "B2's own API", "https://s3.us-west-004.backblazeb2.com."),
    ("https://f004.backblazeb2.com", "mars", "B2's own API", "the address of the S3 API"),
    ("https://pub-0a.r2.dev", "auto", "public web address of an R2 bucket", "the address of the S3 API"),
    ("https://dumps.s3-website.eu-west-1.amazonaws.com", "eu-west-1", "web site of a bucket", "set the region to eu-west-1."),
    ("https://account_id.r2.cloudflarestorage.com", "auto", "still holds a placeholder", "Replace it"),
    ("https://acme.r2.cloudflarestorage.com", "auto", "is no account id of Cloudflare", "ACCOUNT_ID"),
    (f"https://{ACCOUNT}.r2.cloudflarestorage.com", "eu-central-1", "has no region eu-central-1", "to auto."),
    ("https://s3.eu-central-003.backblazeb2.com", "us-west-004", "Backblaze B2 in eu-central-003", "Set the region to eu-central-003"),
    ("https://s3.nl-1.wasabisys.com", "eu-west-1", "Wasabi in nl-1", "Set the region to eu-central-1"),
    ("https://hel1.your-objectstorage.com", "fsn1", "Hetzner in hel1", "https://fsn1.your-objectstorage.com"),
    ("https://s3.eu-west-1.amazonaws.com", "eu-central-1", "is of the region eu-west-1", "Leave the endpoint blank"),
])
def test_a_fatal_problem_names_itself_and_its_remedy(endpoint, region, evidence, remedy):
    found = judged(endpoint, region)
    assert found is not None
    assert found.is_fatal
    assert evidence in found.evidence
    assert remedy in found.remedy


@pytest.mark.parametrize(("endpoint", "region", "evidence"), [
    ("https://s3.eu-west-1.amazonaws.com", "eu-west-1", "is AWS's own endpoint, typed as one of your own"),
    ("https://minio.example.com:9001", "us-east-1", "Port 9001 of minio.example.com"),
    ("http://minio.example.com:9000", "us-east-1", "backups would cross the network unencrypted"),
    ("https://console.minio.example.com", "us-east-1", "a console by its name"),
    ("https://dumps.example.com", "us-east-1", "begins with the bucket's name (dumps)"),
])
def test_what_may_work_only_warns(endpoint, region, evidence):
    found = judged(endpoint, region)
    assert found is not None
    assert not found.is_fatal
    assert evidence in found.evidence


def test_a_bucket_with_dots_is_addressed_by_path_unless_virtual_is_demanded():
    assert place("", "eu-west-1", "acme.dumps", "auto").style == "path"
    assert place("", "eu-west-1", "dumps", "auto").style == "virtual"
    assert "no certificate of AWS covers" in judged("", "eu-west-1", "acme.dumps", "virtual").evidence
    assert "cannot have a name before it" in judged("http://127.0.0.1:9000", "us-east-1", "dumps", "virtual").evidence


def test_every_preset_recognises_its_own_endpoint():
    for preset in PRESETS:
        host = preset.endpoint.partition("://")[2].replace("REGION", "fr-par").replace("ACCOUNT_ID", ACCOUNT)
        regions = {"AWS S3": "eu-west-1", "DigitalOcean Spaces": "nyc3", "Hetzner": "fsn1", "Akamai (Linode)": "us-iad-10"}
        host = host.replace("fr-par", regions.get(preset.name, "fr-par"))
        assert preset_of(host)[0] is preset, preset.name


def test_a_fatal_endpoint_is_never_asked(loopback, s3_script):
    host = s3_script()
    seen = look(f"{host.url}/dumps", "dumps")
    assert seen.bad == {"endpoint_well_formed": "fail"}
    assert seen["endpoint_well_formed"].layer == "backup-endpoint-region"
    assert host.seen == []


GOOD = settings("https://minio.example.com", "dumps", "AKIDTEST")


def form(**changed: str):
    data = {**GOOD, "secret_access_key": "s" * 40, **changed}
    return backup_storage.form(data)


def test_the_form_takes_what_is_right_and_fills_what_is_blank():
    bound = form(addressing="", intent="", endpoint="")
    assert bound.is_valid(), bound.errors
    assert bound.settings_values() == {**GOOD, "endpoint": ""}
    assert bound.credential_values() == {"secret_access_key": "s" * 40}


@pytest.mark.parametrize(("field", "typed", "words"), [
    ("endpoint", "minio.example.com:9000", "https://minio.example.com:9000"),
    ("endpoint", "s3://minio.example.com", "https://minio.example.com"),
    ("region", "", "required"), ("region", "EU (Frankfurt)", "small letters"), ("bucket", "", "required"),
    ("bucket", "ab", "3 to 63 characters, and this has 2"), ("bucket", "arn:aws:s3:::dumps", "the bucket's name alone"),
    ("bucket", "dumps/daily", "a prefix has its own field"), ("bucket", "dümps", "letters, digits"),
    ("bucket", "a..b", "no two dots"), ("bucket", "192.168.1.1", "no IP address"), ("bucket", "dumps--euw1-az1--x-s3", "directory bucket"),
    ("prefix", "a/../b", "no part that is"), ("prefix", "a//b", "single slashes"), ("addressing", "host", "valid choice"),
    ("intent", "read", "valid choice"), ("access_key_id", "", "required"), ("access_key_id", "AKIA 123", "no blanks"),
    ("access_key_id", "dumps", "the bucket's name"), ("secret_access_key", "", "required"),
    ("secret_access_key", "abc def", "no blanks or line breaks"), ("secret_access_key", "AKIDTEST", "the access key id once more"),
])
def test_the_form_refuses_at_the_field(field, typed, words):
    bound = form(**{field: typed})
    assert not bound.is_valid()
    assert words in " ".join(bound.errors[field])


def test_the_credential_is_bound_to_where_it_is_sent(monkeypatch):
    assert backup_storage.endpoint({**GOOD, "endpoint": ""}) == "https://s3.us-east-1.amazonaws.com"
    assert backup_storage.endpoint({**GOOD, "endpoint": "", "region": "cn-north-1"}) == "https://s3.cn-north-1.amazonaws.com.cn"
    assert backup_storage.endpoint({**GOOD, "endpoint": "https://MinIO.example.com:443/"}) == "https://minio.example.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    assert backup_storage.endpoint({**GOOD, "endpoint": ""}) == "http://127.0.0.1:5000"
    assert backup_storage.endpoint(GOOD) == "https://minio.example.com"


def test_the_provider_says_what_it_is():
    assert backup_storage.summary(GOOD) == "bucket dumps/dflow/backups at minio.example.com"
    assert backup_storage.account(GOOD) == "bucket dumps at minio.example.com"
    assert backup_storage.addresses(GOOD) == {"endpoint": "https://minio.example.com"}
    assert backup_storage.addresses({**GOOD, "endpoint": ""}) == {}
    assert (backup_storage.serves, backup_storage.service_fields) == (("database",), {"database": ("engine", "backups")})
