"""The S3 client on the wire: through egress alone, nothing ambient, no server's choice of where to go, all within time."""
from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from checks.clients import deadline
from checks.clients.aws_wire import Keys, ambient_endpoint
from checks.clients.errors import ClientError, Kind
from checks.clients.s3 import S3, S3Refusal, place
from tests.faults.plugin import tls_of
from tests.installation import ROOT, environment
from tests.peers.s3_script import Answer, error

SECRET = "the-secret-of-this-test-0123456789"


def s3_at(url: str, *, bucket: str = "dumps", addressing: str = "auto", region: str = "us-east-1") -> S3:
    return S3(place(url, region, bucket, addressing), "AKIDTEST", SECRET)


def fails(kind: Kind, ask) -> ClientError:
    with pytest.raises(ClientError) as raised:
        ask()
    assert raised.value.kind is kind, raised.value
    assert SECRET not in f"{raised.value.detail} {raised.value.body} {raised.value!r}"
    return raised.value


def test_a_request_is_signed_by_path_and_carries_nothing_but_what_was_asked(s3_script):
    host = s3_script()
    assert s3_at(host.url).list_below("dflow/").keys == ()
    asked = host.seen[0]
    assert asked.operation == "ListObjectsV2"
    assert "/us-east-1/s3/aws4_request" in asked.headers["Authorization"]
    assert asked.query["prefix"] == ["dflow/"]
    assert asked.headers["User-Agent"] == "dflow-integrations"
    assert SECRET not in str(host.seen)


def test_virtual_addressing_puts_the_bucket_before_the_host(s3_script):
    host = s3_script()
    s3_at(f"http://localhost:{host.port}", addressing="virtual").put("a/b", b"x")
    assert host.seen[0].headers["Host"] == f"dumps.localhost:{host.port}"
    assert host.objects == {"a/b": b"x"}


def test_nothing_ambient_is_read(s3_script, monkeypatch, tmp_path):
    host, other = s3_script(), s3_script()
    config = tmp_path / "config"
    config.write_text(f"[default]\nendpoint_url = {other.url}\nmax_attempts = 9\ns3 =\n  addressing_style = virtual\n")
    credentials = tmp_path / "credentials"
    credentials.write_text("[default]\naws_access_key_id = AMBIENT\naws_secret_access_key = AMBIENT\n")
    ambient = {
        "AWS_PROFILE": "not-there", "AWS_ACCESS_KEY_ID": "AMBIENT", "AWS_SECRET_ACCESS_KEY": "AMBIENT",
        "AWS_SESSION_TOKEN": "AMBIENT", "AWS_CONFIG_FILE": str(config), "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_ENDPOINT_URL_S3": other.url, "AWS_ENDPOINT_URL": other.url, "AWS_REGION": "eu-west-9", "AWS_DEFAULT_REGION": "eu-west-9",
        "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true", "HTTP_PROXY": other.url, "http_proxy": other.url,
        "AWS_MAX_ATTEMPTS": "9", "AWS_CA_BUNDLE": "/not/there"}
    for name, value in ambient.items():
        monkeypatch.setenv(name, value)
    s3_at(host.url).list_below("")
    assert "AMBIENT" not in str(host.seen)
    assert "/us-east-1/" in host.seen[0].headers["Authorization"]
    assert other.seen == []


def test_a_process_that_never_read_the_settings_of_aws_ignores_them_too():
    """The session is made once, so the environment of its making is what counts."""
    code = ("import django; django.setup()\n"
            "from checks.clients.s3 import S3, place\nfrom checks.clients.errors import ClientError\n"
            "try:\n    S3(place('http://127.0.0.1:9', 'us-east-1', 'dumps', 'auto'), 'AKID', 'x').list_below('')\n"
            "except ClientError as error:\n    print(error.kind)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env={
        **environment("sqlite:///:memory:"), "AWS_PROFILE": "not-there", "AWS_CONFIG_FILE": "/etc/passwd",
        "AWS_DEFAULTS_MODE": "nonsense", "AWS_RETRY_MODE": "nonsense"})
    assert done.stdout.strip() == "refused", done.stderr[-1000:]


def test_the_ambient_endpoint_comes_from_the_environment_or_a_file(monkeypatch, tmp_path):
    assert ambient_endpoint() == ""
    file = tmp_path / "endpoint"
    file.write_text("https://file.example.com/\n")
    monkeypatch.setenv("AWS_ENDPOINT_URL_FILE", str(file))
    assert place("", "us-east-1", "dumps", "auto").origin == "https://file.example.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://env.example.com")
    where = place("", "us-east-1", "dumps", "auto")
    assert (where.origin, where.style, where.is_aws) == ("https://env.example.com", "path", False)
    assert place("https://own.example.com", "us-east-1", "dumps", "auto").origin == "https://own.example.com"


@pytest.mark.parametrize("operation", ["ListObjectsV2", "HeadBucket", "HeadObject", "GetObject", "PutObject"])
@pytest.mark.parametrize("status", [301, 307])
def test_no_redirect_is_followed_and_the_region_is_only_text(s3_script, operation, status):
    other = s3_script()
    headers = {"Location": f"{other.url}/dumps", "x-amz-bucket-region": "eu-west-1"}
    host = s3_script({operation: error(status, "PermanentRedirect", headers=headers, Endpoint=other.url.partition("://")[2],
                                       Region="eu-west-1")})
    s3 = s3_at(host.url)
    ask = {"ListObjectsV2": lambda: s3.list_below(""), "HeadBucket": s3.bucket_region, "HeadObject": lambda: s3.head("k"),
           "GetObject": lambda: s3.get("k"), "PutObject": lambda: s3.put("k", b"x")}[operation]
    with pytest.raises(S3Refusal) as raised:
        ask()
    assert (raised.value.is_region, raised.value.region) == (True, "eu-west-1")
    assert (other.seen, len(host.seen)) == ([], 1)


def test_an_address_that_egress_refuses_is_never_asked(s3_script, settings):
    host = s3_script()
    settings.EGRESS_ALLOW_NETWORKS = []
    assert "Nothing was sent" in fails(Kind.BLOCKED, lambda: s3_at(host.url).list_below("")).detail
    fails(Kind.BLOCKED, lambda: s3_at("http://169.254.169.254").list_below(""))
    assert host.seen == []


@pytest.mark.parametrize(("status", "kind"), [(500, Kind.OUTAGE), (503, Kind.OUTAGE), (429, Kind.RATE_LIMITED)])
def test_a_failing_server_is_asked_once(s3_script, status, kind):
    host = s3_script({"*": error(status, "InternalError")})
    fails(kind, lambda: s3_at(host.url).list_below(""))
    assert len(host.seen) == 1


def test_a_server_that_drips_or_says_nothing_is_cut_at_the_deadline(fault_server):
    for mode in ("drip", "drip_headers", "silent"):
        server = fault_server(mode)
        with deadline.within(0.6):
            fails(Kind.TIMEOUT, lambda server=server: s3_at(server.url).list_below(""))


@pytest.mark.parametrize(("mode", "kind"), [
    ("rst_mid_body", Kind.RESET), ("truncate", Kind.TRUNCATED), ("close_without_answer", Kind.RESET), ("not_http", Kind.NOT_PROTOCOL),
    ("html_login", Kind.NOT_PROTOCOL), ("bomb", Kind.TOO_LARGE), ("badjson", Kind.NOT_PROTOCOL),
])
def test_what_goes_wrong_on_the_wire_is_told_apart(fault_server, mode, kind):
    server = fault_server(mode)
    fails(kind, lambda: s3_at(server.url).list_below(""))


def test_a_certificate_that_cannot_be_trusted_gets_no_byte(fault_server, authority):
    server = fault_server("ok", tls=tls_of(authority))
    fails(Kind.TLS, lambda: s3_at(f"https://localhost:{server.port}").list_below(""))
    assert server.received == b""


def test_a_trusted_certificate_is_spoken_to(s3_script, trusted):
    host = s3_script(tls=tls_of(trusted))
    s3 = s3_at(f"https://localhost:{host.port}")
    s3.put("k", b"x" * 1024)
    assert s3.get("k") == b"x" * 1024


def test_a_refusal_keeps_the_code_the_words_and_the_request(s3_script):
    s3 = s3_at(s3_script({"PutObject": error(403, "AccessDenied", "Access\n  Denied")}).url)
    with pytest.raises(S3Refusal) as raised:
        s3.put("k", b"x")
    refusal = raised.value
    assert (refusal.operation, refusal.code, refusal.status, refusal.message) == ("PutObject", "AccessDenied", 403, "Access Denied")
    assert (refusal.request_id, refusal.is_denied, refusal.is_missing) == ("REQ1", True, False)


def test_a_head_that_fails_has_its_status_for_a_code(s3_script):
    s3 = s3_at(s3_script({"HeadObject": Answer(404)}).url)
    with pytest.raises(S3Refusal) as raised:
        s3.head("k")
    assert (raised.value.code, raised.value.is_missing) == ("404", True)


def test_an_error_inside_a_200_is_not_taken_for_success(s3_script):
    broken = Answer(200, b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>")
    s3 = s3_at(s3_script({"CompleteMultipartUpload": broken}).url)
    number = s3.create_upload("k")
    fails(Kind.OUTAGE, lambda: s3.complete_upload("k", number, '"p"'))


def test_threads_share_one_client(s3_script):
    host = s3_script()
    s3, troubles = s3_at(host.url), []

    def work(number: int) -> None:
        try:
            s3.put(f"k{number}", str(number).encode())
            assert s3.get(f"k{number}") == str(number).encode()
        except Exception as error:
            troubles.append(error)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (troubles, len(host.objects)) == ([], 12)


def test_the_secret_is_in_no_text_of_a_key_or_client():
    keys = Keys("AKIDTEST", SECRET, "a-token")
    assert SECRET not in repr(keys)
    assert "a-token" not in repr(keys)
    assert SECRET not in repr(s3_at("https://minio.example.com"))
    assert "AWS_ACCESS_KEY_ID" not in os.environ


def test_a_put_with_sdk_checksums_is_the_one_that_botocore_sends_by_itself(s3_script):
    """Header for header, but for the moment and what is signed over it."""
    import boto3
    from botocore.config import Config
    host = s3_script()
    s3_at(host.url).put("k", b"x" * 1024, md5=False, sdk_checksums=True)
    boto3.session.Session().client(
        "s3", endpoint_url=host.url, region_name="us-east-1", aws_access_key_id="AKIDTEST", aws_secret_access_key=SECRET,
        config=Config(proxies={}, s3={"addressing_style": "path"})).put_object(Bucket="dumps", Key="k", Body=b"x" * 1024)
    ours, theirs = ({name.lower(): value for name, value in asked.headers.items()} for asked in host.seen)
    of_both = {name for name in theirs if name.startswith(("x-amz-", "content-"))} - {"x-amz-date"}
    assert {"x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm"} <= of_both
    assert {name: ours.get(name) for name in of_both} == {name: theirs[name] for name in of_both}
    assert not {name for name in ours if name.startswith("x-amz-")} - set(theirs)
