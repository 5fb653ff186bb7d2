"""The client of a registry: where a credential goes, and where it does not."""
from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from checks.clients import oci_challenge
from checks.clients.ecr import EcrKeys, EcrRefusal, Region, region_of
from checks.clients.errors import ClientError, Kind
from checks.clients.oci import ACCEPT, Credential, Registry, budget_of
from checks.clients.oci_place import place
from tests.checks.providers.registry_run import manifest, reply
from tests.peers.registry_script import query_of

SECRET = "correct-horse-battery"
OWN = Credential("puller", SECRET)


def challenge(realm, service="registry.test"):
    return oci_challenge.chosen(oci_challenge.read(f'Bearer realm="{realm}",service="{service}"'))


def refused(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value


def test_the_token_service_is_asked_as_the_specification_says(own_registry):
    host = own_registry(token=reply(200, {"token": "t"}))
    registry = Registry(place(host.url))
    registry.ask_token(challenge(f"{host.url}/token?tenant=1"), ["repository:a/b:pull", "repository:c:pull,push"], OWN.header)
    seen = host.seen[-1]
    assert query_of(seen) == {"tenant": ["1"], "service": ["registry.test"], "client_id": ["dflow-integrations"],
                              "scope": ["repository:a/b:pull", "repository:c:pull,push"]}
    assert seen.headers["Authorization"] == OWN.header


def test_a_manifest_is_asked_for_in_every_present_format(own_registry):
    host = own_registry(manifest=manifest())
    registry = Registry(place(host.url))
    registry.manifest("team/app", "1.0", "Bearer t")
    registry.manifest("team/app", "sha256:" + "a" * 64, method="GET")
    first, second = host.seen
    assert (first.method, first.path, first.headers["Accept"]) == ("HEAD", "/v2/team/app/manifests/1.0", ACCEPT)
    assert ACCEPT.count("application/") == 4
    assert (second.method, second.path) == ("GET", "/v2/team/app/manifests/sha256:" + "a" * 64)
    assert "Authorization" not in second.headers


@pytest.mark.parametrize(("realm", "text"), [
    ("", "named no token service"), ("http://tokens.example.com/token", "a token service over plain HTTP"),
    ("HTTP://ghcr.io/token", "a token service over plain HTTP"), ("https://user:pw@tokens.example.com/", "a user before an @"),
    ("https://169.254.169.254/token", "that is not asked"), ("https://10.0.0.1/token", "that is not asked"),
    ("https://localhost:6379/token", "that is not asked"), ("ftp://x.example.com/", "The scheme ftp is not spoken here"),
    ("file:///etc/passwd", "that is not asked"), ("/token", "needs its scheme"), ("https://tokens.example.com/a b", "not asked"),
])
def test_a_realm_that_may_get_no_credential_is_told_before_anything_is_sent(settings, realm, text):
    settings.EGRESS_ALLOW_PLAIN_HTTP = True  # opened for others: a registry over TLS is never downgraded all the same
    registry = Registry(place("ghcr.io"))
    assert text in registry.realm_problem(challenge(realm))
    error = refused(lambda: registry.ask_token(challenge(realm), [], OWN.header))
    assert (error.kind, "Nothing was sent there." in error.detail) == (Kind.BLOCKED, True)


def test_a_realm_whose_name_leads_inside_is_not_asked(own_registry, name_servers, settings):
    host = own_registry(token=reply(200, {"token": "t"}))
    name_servers["tokens.example.com"] = host.port
    settings.EGRESS_ALLOW_NETWORKS = []
    error = refused(lambda: Registry(place("ghcr.io")).ask_token(challenge("https://tokens.example.com/token"), [], OWN.header))
    assert (error.kind, "loopback" in error.detail) == (Kind.BLOCKED, True)
    assert host.seen == []


def test_a_registry_over_plain_http_may_have_its_token_service_there_or_over_tls(loopback):
    registry = Registry(place("http://127.0.0.1:5000"))
    assert registry.realm_problem(challenge("http://127.0.0.1:5001/token")) == ""
    assert registry.realm_problem(challenge("https://tokens.example.com/token")) == ""


def test_a_redirect_is_not_followed_with_a_credential_nor_without(own_registry):
    other = own_registry(token=reply(200, {"token": "t"}), manifest=manifest())
    host = own_registry(token=(307, {"Location": f"{other.url}/token"}, b""), manifest=(302, {"Location": f"{other.url}/v2/a/manifests/1"}, b""))
    registry = Registry(place(host.url))
    assert registry.ask_token(challenge(f"{host.url}/token"), [], OWN.header).status == 307
    assert registry.manifest("a", "1", OWN.header).status == 302
    assert other.seen == []


@pytest.mark.parametrize(("case", "words"), [
    ("expired", "its certificate has expired"), ("early", "its certificate is not valid yet"),
    ("other host", "its certificate is for another host name"), ("unknown authority", "an authority that is not trusted here"),
    ("self-signed", "its certificate is self-signed"),
])
def test_no_credential_reaches_a_token_service_that_cannot_be_trusted(scripted_registry, name_servers, trusted, tmp_path, case, words):
    from tests.faults.plugin import tls_of
    now = datetime.now(UTC)
    tls = {
        "expired": lambda: tls_of(trusted, "tokens.example.com", not_before=now - timedelta(days=9), not_after=now - timedelta(days=1)),
        "early": lambda: tls_of(trusted, "tokens.example.com", not_before=now + timedelta(days=1), not_after=now + timedelta(days=9)),
        "other host": lambda: tls_of(trusted, "git.example.com"),
        "unknown authority": lambda: tls_of(trustme.CA(), "tokens.example.com"),
        "self-signed": lambda: self_signed(tmp_path),
    }[case]()
    host = scripted_registry(lambda seen: reply(200, {"token": "t"}), tls)
    name_servers["tokens.example.com"] = host.port
    error = refused(lambda: Registry(place("ghcr.io")).ask_token(challenge("https://tokens.example.com/token"), [], OWN.header))
    assert (error.kind, words in error.detail) == (Kind.TLS, True)
    assert host.seen == []


def self_signed(folder):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "own.pem")
    authority.private_key_pem.write_to_path(folder / "own.pem", append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "own.pem")
    return context


@pytest.mark.parametrize(("headers", "budget"), [
    ({"RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "76;w=21600", "Docker-RateLimit-Source": "192.0.2.1"}, (100, 76, 21600, "192.0.2.1")),
    ({"RateLimit-Limit": "200", "RateLimit-Remaining": "3"}, (200, 3, 0, "")),
    ({"RateLimit-Limit": "200"}, None), ({"RateLimit-Limit": "x", "RateLimit-Remaining": "y"}, None), ({}, None),
])
def test_what_is_left_of_the_pulls_is_read(own_registry, headers, budget):
    host = own_registry(manifest=(200, headers, b""))
    registry = Registry(place(host.url))
    found = budget_of(registry.manifest("a", "1"))
    assert (found and (found.limit, found.remaining, found.seconds, found.source)) == budget
    assert len(registry.budgets) == (budget is not None)
    registry.manifest("a", "1", control=True)
    assert len(registry.budgets) == (budget is not None)


# --- Amazon ECR ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("host", "found"), [
    ("123456789012.dkr.ecr.eu-central-1.amazonaws.com", Region("ecr", "eu-central-1", "123456789012")),
    ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", Region("ecr", "us-gov-west-1", "123456789012")),
    ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", Region("ecr", "cn-north-1", "123456789012")),
    ("123456789012.dkr-ecr.eu-west-1.on.aws", Region("ecr", "eu-west-1", "123456789012")),
    ("public.ecr.aws", Region("ecr-public", "us-east-1")),
    ("12345.dkr.ecr.eu-central-1.amazonaws.com", None), ("x.123456789012.dkr.ecr.eu-central-1.amazonaws.com", None),
    ("123456789012.dkr.ecr.eu-central-1.amazonaws.com.example.com", None), ("ghcr.io", None),
])
def test_an_ecr_host_names_its_region_and_account(host, found):
    assert region_of(host) == found


def test_the_exchange_is_asked_of_the_regions_own_endpoint(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert Region("ecr", "eu-central-1").endpoint == "https://api.ecr.eu-central-1.amazonaws.com"
    assert Region("ecr", "cn-north-1").endpoint == "https://api.ecr.cn-north-1.amazonaws.com.cn"
    assert Region("ecr-public", "us-east-1").endpoint == "https://api.ecr-public.us-east-1.amazonaws.com"


def test_moto_exchanges_a_key_for_a_credential(s3_host, loopback, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_host.url)
    root = s3_host._root
    own = EcrKeys(Region("ecr", "eu-central-1"), *root).exchange()
    assert own.username == "AWS"
    assert own.password
    with pytest.raises(EcrRefusal) as no:
        EcrKeys(Region("ecr", "eu-central-1"), "AKIA" + "X" * 16, "no").exchange()
    assert no.value.status == 403  # moto writes no code where ECR writes UnrecognizedClientException


@pytest.mark.parametrize(("answer", "kind"), [
    (reply(200, {"authorizationData": []}, "application/x-amz-json-1.1"), Kind.NOT_PROTOCOL),
    (reply(200, {"authorizationData": [{"authorizationToken": "!!"}]}, "application/x-amz-json-1.1"), Kind.NOT_PROTOCOL),
    (reply(500, {"__type": "ServerException"}, "application/x-amz-json-1.1"), Kind.OUTAGE),
    (reply(400, {"__type": "ThrottlingException", "message": "Rate exceeded"}, "application/x-amz-json-1.1"), Kind.RATE_LIMITED),
    (reply(400, {"__type": "InvalidSignatureException", "message": "Signature expired: 20261123T100000Z is now earlier than"},
           "application/x-amz-json-1.1"), Kind.CLOCK),
], ids=["nothing", "no base64", "outage", "throttled", "clock"])
def test_what_is_no_answer_of_aws_is_a_client_error(scripted_registry, monkeypatch, answer, kind):
    host = scripted_registry(lambda seen: answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    error = refused(lambda: EcrKeys(Region("ecr", "eu-central-1"), "AKIA" + "X" * 16, SECRET).exchange())
    assert error.kind is kind
    assert SECRET not in json.dumps([dict(seen.headers) for seen in host.seen]) + str(host.seen[0].body)


def test_ecr_public_answers_with_one(scripted_registry, monkeypatch):
    host = scripted_registry(lambda seen: reply(200, {"authorizationData": {"authorizationToken": "QVdTOnRvazpu"}}, "application/x-amz-json-1.1"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    own = EcrKeys(Region("ecr-public", "us-east-1"), "AKIA" + "X" * 16, SECRET).exchange()
    assert (own.username, own.password) == ("AWS", "tok:n")
