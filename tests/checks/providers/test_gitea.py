"""Every verdict that a row of Gitea can give, reached by an answer over a socket."""
from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks.providers.gitea import gitea
from checks.verdict import Cause, Layer, Status
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
from tests.checks.providers.gitea_run import PAGE, ROWS, VERSION, at, reply, run, said, scripted


# --- What it declares ---------------------------------------------------------------------------------------------
def test_the_rows_stand_in_the_order_of_the_checklist():
    assert list(gitea.checks) == ROWS
    assert [c.slug for c in gitea.rows({"pushes": False})] == ROWS[:-1]
    assert [c.slug for c in gitea.rows({"pushes": True})] == ROWS


def test_needs_required_and_per_service_are_as_the_checklist_says():
    needs = {slug: set(check.needs) for slug, check in gitea.checks.items() if check.needs}
    assert needs == {
        "token_accepted": {"host_reachable"}, "token_not_expiring": {"token_accepted"},
        "token_kind_supported": {"host_reachable"}, "scopes_sufficient": {"token_accepted"},
        "scopes_not_excessive": {"token_accepted"}, "repository_visible": {"token_accepted", "url_well_formed"},
        "clone_permitted": {"url_well_formed", "host_reachable"}, "ref_exists": {"clone_permitted"},
        "pushes_permitted": {"clone_permitted"}}
    assert {s for s, c in gitea.checks.items() if not c.required} == {
        "token_not_expiring", "scopes_not_excessive", "repository_visible"}
    assert {s for s, c in gitea.checks.items() if c.per_service} == {
        "url_well_formed", "repository_visible", "clone_permitted", "ref_exists", "pushes_permitted"}


def test_the_endpoint_is_the_normal_form_of_what_was_typed():
    assert gitea.endpoint({"base_url": "HTTPS://Git.Example.com:443/gitea/"}) == "https://git.example.com/gitea"
    assert gitea.addresses({"base_url": "https://git.example.com"}) == {"base_url": "https://git.example.com"}
    assert gitea.summary({"base_url": "https://git.example.com/gitea"}) == "git.example.com/gitea"


# --- All well -----------------------------------------------------------------------------------------------------
def test_a_fitting_token_passes_every_row(git_host):
    rows = at(git_host, ref="feature/login")
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)
    assert rows["host_reachable"].evidence.endswith("answered as Gitea 1.25.3+demo.")
    assert "authenticated the token as deploy." in rows["token_accepted"].evidence
    assert "no end date of their own" in rows["token_not_expiring"].evidence
    assert rows["scopes_sufficient"].facts["granted"] == ["read:repository", "read:user"]
    assert rows["scopes_sufficient"].facts["required"] == ["read:repository"]
    assert rows["repository_visible"].evidence == "acme/web was visible as a private repository, default branch main."
    assert rows["clone_permitted"].evidence == (
        "acme/web let this token clone it, default branch main; the repository is private, so the token was needed.")
    assert rows["ref_exists"].evidence.startswith("acme/web had the branch feature/login, at ")


def test_a_writer_passes_with_pushes(git_host):
    rows = at(git_host, token="writer", ref="dev", pushes=True)
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS, Status.PASS)
    assert "would take a push" in rows["pushes_permitted"].evidence


@pytest.mark.parametrize("options", [{"sub_path": "/gitea"}, {"speaks_v2": False}, {"service_line": False}],
                         ids=["sub-path", "v0", "http-backend's own v2"])
def test_every_shape_of_the_host_passes(git_hosts, options):
    rows = at(git_hosts(**options), ref="v1")
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)
    assert rows["ref_exists"].facts["kind"] == "tag"


def test_one_run_asks_each_thing_once(git_host):
    at(git_host)
    asked = [(s.method, s.path, "Authorization" in s.headers) for s in git_host.seen]
    assert len(asked) == len(set(asked))


def test_no_evidence_holds_the_token(git_host):
    for token in ("reader", "revoked", "issues"):
        rows = at(git_host, token=token)
        assert TOKENS[token].value not in "".join(repr(v) for v in rows.values())


def test_without_a_service_the_rows_of_services_are_skipped(git_host):
    rows = run(git_host.url, TOKENS["reader"].value)
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert rows["scopes_sufficient"].status is Status.PASS


# --- host_reachable -----------------------------------------------------------------------------------------------
def test_forgejo_is_named(git_hosts):
    verdict = at(git_hosts(version="11.0.1+gitea-1.22.0"))["host_reachable"]
    assert (verdict.status, verdict.facts["server"]) == (Status.PASS, "Forgejo")


def test_a_host_that_wants_everybody_signed_in_is_reachable(git_hosts):
    rows = at(git_hosts(sign_in=True))
    assert rows["host_reachable"].status is Status.PASS
    assert "only to those signed in" in rows["host_reachable"].evidence
    assert rows["clone_permitted"].status is Status.PASS


def test_a_wrong_sub_path_is_named(git_hosts):
    host = git_hosts(sub_path="/gitea")
    verdict = run(host.url.removesuffix("/gitea"), TOKENS["reader"].value)["host_reachable"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "/api/v1/version (HTTP 404)" in verdict.evidence
    assert "sub-path" in verdict.remedy


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (reply(200, {"hello": 1}), Status.FAIL, Layer.CLONE_URL, "no API of Gitea"),
    (PAGE, Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (reply(403, b"<html>Just a moment", "text/html"), Status.UNKNOWN, Layer.NETWORK, "HTTP 403"),
    (reply(502, b"<html>Bad gateway", "text/html"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((302, {"Location": "https://sso.example.com/login"}, b""), Status.UNKNOWN, Layer.NETWORK, "sso.example.com"),
    ((301, {"Location": "https://git.example.com/api/v1/version"}, b""), Status.FAIL, Layer.CLONE_URL,
     "https://git.example.com"),
], ids=["JSON without version", "page", "firewall", "outage", "sign-in", "moved"])
def test_what_is_not_gitea_is_told_apart(scripted_host, answer, status, layer, text):
    rows = run(scripted_host(answer).url, "t" * 40, "https://git.example.com/acme/web.git")
    verdict = rows["host_reachable"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence
    assert rows["token_accepted"].status is Status.SKIPPED


def test_a_closed_port_is_unknown(git_hosts):
    host = git_hosts()
    url = host.url
    host.stop()
    verdict = run(url, "t" * 40)["host_reachable"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)


@pytest.fixture
def certificate(tmp_path, settings):
    """A TLS context for 127.0.0.1 whose certificate is trusted here and ends in so many days."""
    def make(days):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        now = datetime.now(UTC)
        built = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                 .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                 .not_valid_after(now + timedelta(days=days, hours=1)).add_extension(address, critical=False)
                 .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                 .sign(key, hashes.SHA256()))
        pem, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
        pem.write_bytes(built.public_bytes(serialization.Encoding.PEM))
        secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))
        settings.EGRESS_CA_BUNDLE = str(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem, secret)
        return context
    return make


@pytest.mark.parametrize(("days", "status", "text"), [
    (20, Status.WARN, "its certificate ends in 20 days"), (60, Status.PASS, "with a certificate until ")])
def test_a_certificate_that_ends_soon_is_warned_of(scripted_host, certificate, days, status, text):
    host = scripted_host(VERSION, tls=certificate(days))
    verdict = run(host.url, "t" * 40, now=datetime.now(UTC))["host_reachable"]
    assert verdict.status is status
    assert text in verdict.evidence
    assert verdict.facts["certificate_days"] == days
    assert verdict.layer is (Layer.TLS if status is Status.WARN else Layer.NETWORK)


def test_a_certificate_that_nobody_vouches_for_is_unknown_and_gets_no_token(scripted_host, certificate, settings):
    host = scripted_host(VERSION, tls=certificate(60))
    settings.EGRESS_CA_BUNDLE = ""
    rows = run(host.url, "t" * 40, f"{host.url}/acme/web.git")
    assert (rows["host_reachable"].status, rows["host_reachable"].layer) == (Status.UNKNOWN, Layer.TLS)
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert host.seen == []


# --- token_accepted, token_kind_supported -------------------------------------------------------------------------
def test_a_revoked_token_fails_and_its_repository_says_so_too(git_host):
    rows = at(git_host, token="revoked")
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "(HTTP 401): “invalid username, password or token”" in rows["token_accepted"].evidence
    assert rows["token_accepted"].link == f"{git_host.url}/user/settings/applications"
    assert rows["token_kind_supported"].status is Status.PASS
    assert rows["scopes_sufficient"].status is Status.SKIPPED
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)


def test_a_valid_token_that_may_not_read_its_user_is_accepted(git_host):
    verdict = at(git_host, token="bare")["token_accepted"]
    assert (verdict.status, verdict.facts["user"]) == (Status.PASS, "")
    assert "lacks read:user" in verdict.evidence


def test_a_disabled_account_fails(git_host):
    rows = at(git_host, token="disabled")
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "prohibited from signing in" in rows["token_accepted"].evidence
    assert "account is disabled" in rows["clone_permitted"].evidence


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (reply(403, {"message": "your address is not on the list"}), Status.UNKNOWN, Layer.NETWORK, "not on the list"),
    (reply(401, b"<html>nginx", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Gitea's own answer"),
    ((302, {"Location": "https://sso.example.com/"}, b""), Status.UNKNOWN, Layer.NETWORK, "HTTP 302"),
    (reply(200, {"id": 1}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "where a user was due"),
    (reply(200, b"{", "application/json"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (reply(404, {"message": "no"}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "HTTP 404"),
    (reply(500, {}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((429, {"Retry-After": "30"}, b""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
], ids=["address policy", "proxy", "sign-in", "wrong shape", "bad JSON", "404", "outage", "rate limit"])
def test_what_is_no_judgement_of_the_token_is_unknown(scripted_host, answer, status, layer, text):
    verdict = run(scripted(scripted_host, version=VERSION, user=answer).url, "t" * 40)["token_accepted"]
    assert (verdict.status, verdict.cause, verdict.layer) == (status, Cause.PROVIDER, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize(("token", "text"), [
    ("ghp_" + "a" * 36, "a token of GitHub"), ("github_pat_" + "a" * 70, "a token of GitHub"),
    ("glpat-" + "a" * 20, "a token of GitLab"), ("ATBB" + "a" * 28, "a token of Atlassian"),
    ("ATATT3" + "a" * 28, "a token of Atlassian"), ("dckr_pat_" + "a" * 20, "a token of Docker Hub"),
    ("AKIA" + "A" * 16, "an AWS access key id"), ("a" * 52, "a token of Azure DevOps"),
    ("a" * 76 + "AZDO" + "a" * 4, "a token of Azure DevOps"),
])
def test_anothers_token_is_recognised_when_it_is_refused(git_host, token, text):
    rows = run(git_host.url, token)
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in rows["token_kind_supported"].evidence
    assert text in rows["token_accepted"].remedy


def test_an_unusual_form_warns_when_refused_and_passes_when_not(git_host, scripted_host):
    refused = run(git_host.url, "correct-horse")["token_kind_supported"]
    assert (refused.status, refused.cause) == (Status.WARN, Cause.YOURS)
    assert "may be a password" in refused.evidence
    user = reply(200, {"login": "deploy"})
    accepted = scripted(scripted_host, version=VERSION, user=user).url
    assert run(accepted, "gta_new_form")["token_kind_supported"].status is Status.PASS
    oauth = run(accepted, "eyJhbGciOi")["token_kind_supported"]
    assert (oauth.status, "within the hour" in oauth.evidence) == (Status.WARN, True)


# --- token_not_expiring ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "status", "text", "threshold"), [
    ("2026-11-22", Status.FAIL, "was 1 day ago", 1), ("2026-11-23", Status.WARN, "ends today", 1),
    ("2026-11-24", Status.WARN, "ends in 1 day", 1), ("2026-11-30", Status.WARN, "ends in 7 days", 7),
    ("2026-12-07", Status.WARN, "ends in 14 days", 14), ("2026-12-23", Status.WARN, "ends in 30 days", 30),
    ("2026-12-24", Status.PASS, "ends in 31 days", None),
])
def test_the_entered_date_is_told_in_time(git_host, day, status, text, threshold):
    verdict = at(git_host, token_expires_on=day)["token_not_expiring"]
    assert (verdict.status, verdict.facts["threshold"]) == (status, threshold)
    assert text in verdict.evidence
    assert "entered by you" in verdict.evidence


# --- scopes ---------------------------------------------------------------------------------------------------------
