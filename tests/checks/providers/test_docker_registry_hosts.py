"""What may answer in a registry's place, and registries whose single answers no real one here gives.

[S]: read in a public source, named beside it; reconstructed: written after a vendor's documentation, not recorded.
"""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.checks.providers.registry_run import DIGEST, INDEX, NOW, error, manifest, reply, run, said
from tests.peers.registry_script import access

PAGE = reply(200, b"<!doctype html><html><form>Sign in</form>", "text/html")
IN_FRONT = "not a registry's own answer"


def at(host, image="team/app:1.0", username="user", password="a-password", **options):
    return run(host.url, username, password if username else "", f"{host.host}/{image}", **options)


# --- host_is_registry -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ping", "status", "cause", "layer", "text"), [
    (reply(404, b"404 page not found", "text/plain"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST, "There was no registry at"),
    (reply(404, b"<html>not here", "text/html"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST, "(HTTP 404)"),
    (reply(405, error(405, "UNSUPPORTED", "The operation is unsupported.")[2]), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST, "(HTTP 405)"),
    (PAGE, Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST, "answered with a web page where a registry says that it is one (HTTP 200)"),
    (reply(200, {"name": "something", "version": 1}), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST, "with something else"),
    (reply(200, b"", "text/plain"), Status.PASS, None, Layer.REGISTRY_HOST, "asks a stranger for nothing"),
    (reply(200, b"whatever", "text/plain", Docker_Distribution_Api_Version="registry/2.0"), Status.PASS, None, Layer.REGISTRY_HOST, "nothing"),
    (reply(401, b"<html>nginx", "text/html"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, IN_FRONT),
    (reply(401, b"", "text/plain"), Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_HOST, "in no way that container engines know"),
    (reply(401, b"", "text/plain", WWW_Authenticate='Negotiate, Digest realm="x"'), Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_HOST, "in no way"),
    (reply(403, b"<html>blocked", "text/html"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, IN_FRONT),
    (reply(403, b"error code: 1020", "text/plain"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, IN_FRONT),
    # reconstructed: Azure's registry behind its firewall
    (error(403, "DENIED", "client with IP '192.0.2.1' is not allowed access"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK,
     "before it asked for a credential (HTTP 403): DENIED, “client with IP '192.0.2.1' is not allowed access”"),
    (reply(302, b"", "text/plain", Location="https://sso.example.com/login"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, "redirected to sso.example.com"),
    (reply(301, b"", "text/plain", Location="https://registry.example.com/v2/"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST,
     "redirected its API to registry.example.com, which was not followed"),
    (reply(301, b"", "text/plain", Location="https://127.0.0.1/v2/"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST,
     "redirected plain HTTP to TLS, which was not followed"),
    (reply(418, b"short and stout", "text/plain"), Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_HOST, "HTTP 418: “short and stout”"),
    (reply(500, b""), Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "HTTP 500"),
    (reply(503, error(503, "UNAVAILABLE", "service unavailable")[2]), Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "HTTP 503"),
    (reply(429, error(429, "TOOMANYREQUESTS", "too many requests")[2], Retry_After="30"), Status.UNKNOWN, Cause.PROVIDER,
     Layer.REGISTRY_RATE_LIMIT, "“too many requests”. It asked to wait 30 seconds."),
])
def test_what_answers_at_the_api_is_told_apart(own_registry, ping, status, cause, layer, text):
    rows = at(own_registry(ping=ping))
    assert said(rows["host_is_registry"]) == (status, cause, layer)
    assert text in rows["host_is_registry"].evidence
    if status is not Status.PASS:
        assert rows["credential_accepted"].status is Status.SKIPPED


def test_nobody_at_the_port_is_unknown(own_registry):
    host = own_registry()
    host.stop()
    verdict = at(host)["host_is_registry"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)


def test_a_name_that_does_not_exist_fails(name_servers):
    assert said(run("registry.example.com")["host_is_registry"]) == (Status.FAIL, Cause.YOURS, Layer.DNS)


def test_an_address_inside_is_refused(settings):
    settings.EGRESS_ALLOW_NETWORKS = []
    assert said(run("10.0.0.5:5000")["host_is_registry"]) == (Status.FAIL, Cause.YOURS, Layer.NETWORK)


# --- The token service ----------------------------------------------------------------------------------------------------
def test_a_token_service_over_plain_http_fails_before_the_credential_is_sent(vendor_registry, scripted_registry):
    """Harbor behind a proxy whose external_url says http (realm and service: [S] goharbor/harbor's issues)."""
    plain = scripted_registry(lambda seen: reply(200, {"token": "t"}))
    host = vendor_registry("harbor.example.com", realm=f"http://127.0.0.1:{plain.port}/service/token", service="harbor-registry")
    rows = run("harbor.example.com", "robot$team+pull", "a-password", "harbor.example.com/team/app:1")
    verdict = rows["host_is_registry"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST)
    assert "is asked over TLS, and names a token service over plain HTTP, http://127.0.0.1:" in verdict.evidence
    assert verdict.evidence.endswith("No credential was sent there.")
    assert "external_url in harbor.yml" in verdict.remedy
    assert rows["credential_accepted"].status is rows["pull_permitted"].status is Status.SKIPPED
    assert plain.seen == []
    assert all("Authorization" not in seen.headers for seen in host.seen)


def test_a_token_service_inside_is_not_asked(vendor_registry, settings):
    vendor_registry("registry.example.com", realm="https://169.254.169.254/token")
    verdict = run("registry.example.com", "user", "a-password")["host_is_registry"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST)
    assert "named a token service that is not asked" in verdict.evidence


def test_a_token_service_whose_name_does_not_exist_is_told_where_the_credential_is_asked(vendor_registry):
    vendor_registry("registry.example.com", realm="https://tokens.example.com/token")
    rows = run("registry.example.com", "user", "a-password")
    assert rows["host_is_registry"].facts["realm"] == "https://tokens.example.com/token"
    assert said(rows["credential_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.DNS)


@pytest.mark.parametrize(("token", "status", "layer", "text"), [
    (reply(401, {"details": "incorrect username or password"}), Status.FAIL, Layer.REGISTRY_AUTH, "“incorrect username or password”"),
    (error(403, "DENIED", "denied"), Status.FAIL, Layer.REGISTRY_AUTH, "(HTTP 403): DENIED, “denied”"),
    (reply(401, b"", "text/plain"), Status.FAIL, Layer.REGISTRY_AUTH, "(HTTP 401)."),
    # [S] docker/hub-feedback#2181
    (reply(401, {"details": "please use personal access token to login when SSO is enforced"}), Status.FAIL, Layer.REGISTRY_AUTH, "when SSO is enforced"),
    # [S] dependabot/proxy#157: what public.ecr.aws says to Basic
    (error(400, "DENIED", "Your Authorization Token is invalid."), Status.FAIL, Layer.REGISTRY_AUTH, "(HTTP 400): DENIED, “Your Authorization Token is invalid”"),
    # reconstructed: Azure's registry behind its firewall
    (error(403, "DENIED", "client with IP '192.0.2.1' is not allowed access"), Status.UNKNOWN, Layer.NETWORK, "a rule on addresses, whatever the credential"),
    (reply(401, b"<html>nginx", "text/html"), Status.UNKNOWN, Layer.NETWORK, IN_FRONT),
    (PAGE, Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "with a web page where JSON was due"),
    (reply(200, b"{", "application/json"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "that is not JSON"),
    (reply(200, {"expires_in": 60}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "answered without a token"),
    (reply(404, b"nothing", "text/plain"), Status.UNKNOWN, Layer.REGISTRY_AUTH, "neither that it is good nor that it is not"),
    (reply(302, b"", "text/plain", Location="https://sso.example.com/"), Status.UNKNOWN, Layer.REGISTRY_AUTH, "HTTP 302"),
    (reply(500, b""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "HTTP 500"),
    (reply(429, b"Too Many Requests", "text/plain"), Status.UNKNOWN, Layer.REGISTRY_RATE_LIMIT, "“Too Many Requests”"),
], ids=["wrong", "denied", "silent", "SSO", "ECR public", "firewall", "proxy", "sign-in", "bad JSON", "no token", "404", "redirect", "outage", "limit"])
def test_what_the_token_service_says_to_the_credential(own_registry, token, status, layer, text):
    rows = at(own_registry(token=token, manifest=manifest()))
    verdict = rows["credential_accepted"]
    assert (verdict.status, verdict.layer, verdict.cause) == (status, layer, Cause.YOURS if status is Status.FAIL else Cause.PROVIDER)
    assert text in verdict.evidence
    if status is Status.FAIL:
        assert rows["pull_permitted"].status is Status.SKIPPED
    else:
        assert rows["pull_permitted"].status is not Status.FAIL


def test_a_page_in_place_of_basics_yes_is_unknown(own_registry):
    host = own_registry(manifest=manifest())
    script = host.script
    host.script = lambda seen: PAGE if seen.headers.get("Authorization") else (
        script(seen)[0], {"WWW-Authenticate": 'Basic realm="x"'}, b"")
    assert said(at(host)["credential_accepted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)


# --- The image ------------------------------------------------------------------------------------------------------------
def mine(seen):
    """A token for whoever has a credential, nothing for a stranger."""
    return reply(200, {"token": access("team/app", "pull")}) if "Authorization" in seen.headers else error(401, "UNAUTHORIZED", "no")


@pytest.mark.parametrize(("answer", "status", "cause", "layer", "text"), [
    (error(403, "DENIED", "requested access to the resource is denied"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE,
     "does not exist, or the credential of user may not pull it (HTTP 403: DENIED, “requested access to the resource is denied”). Granted: pull; required: pull."),
    (error(404, "NAME_UNKNOWN", "repository name not known to registry"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE, "NAME_UNKNOWN"),
    (error(400, "NAME_INVALID", "invalid repository name"), Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE, "does not take team/app for a repository's name"),
    (error(403, "DENIED", "Resource protected by organization SAML enforcement."), Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH,
     "the token is not authorised for single sign-on of team"),
    # [S] the sentence of Amazon ECR to an old token
    (error(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again."), Status.FAIL, Cause.YOURS, Layer.REGISTRY_AUTH, "the credential has ended"),
    (error(403, "DENIED", "client with IP '192.0.2.1' is not allowed access"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, "a rule on addresses"),
    (reply(403, b"<html>blocked", "text/html"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, IN_FRONT),
    (reply(404, b"<html>nginx", "text/html"), Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, IN_FRONT),
    (reply(307, b"", "text/plain", Location="https://other.example.com/v2/team/app/manifests/1.0"), Status.UNKNOWN, Cause.PROVIDER,
     Layer.REGISTRY_HOST, "redirected team/app to https://other.example.com/v2/team/app/manifests/1.0 (HTTP 307), which was not followed"),
    (reply(406, b""), Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_NAMESPACE, "answered for team/app (HTTP 406)"),
    (PAGE, Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK, "something that is no manifest"),
    (reply(500, b""), Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE, "HTTP 500"),
    (reply(429, error(429, "TOOMANYREQUESTS", "too many requests")[2]), Status.UNKNOWN, Cause.PROVIDER, Layer.REGISTRY_RATE_LIMIT, "(HTTP 429)"),
], ids=["denied", "no repository", "bad name", "SSO", "ended", "firewall", "page", "page 404", "redirect", "406", "page 200", "outage", "limit"])
def test_what_the_registry_says_to_a_pull(own_registry, answer, status, cause, layer, text):
    rows = at(own_registry(token=mine, manifest=answer))
    assert rows["credential_accepted"].status is Status.PASS
    assert said(rows["pull_permitted"]) == (status, cause, layer)
    assert text in rows["pull_permitted"].evidence
    assert rows["image_exists"].status is Status.SKIPPED
    assert rows["push_not_granted"].status is Status.PASS


def test_the_reason_of_a_head_is_asked_for_once(own_registry):
    host = own_registry(token=mine, manifest=error(403, "DENIED", "no"))
    at(host)
    assert [(m, p) for m, p, _ in host.asked if "manifests" in p] == [("HEAD", "/v2/team/app/manifests/1.0"), ("GET", "/v2/team/app/manifests/1.0")]


def test_a_registry_that_knows_no_head_is_believed_by_its_get(own_registry):
    def answer(seen):
        return reply(405, b"") if seen.method == "HEAD" else manifest()
    rows = at(own_registry(token=mine, manifest=answer))
    assert rows["pull_permitted"].status is rows["image_exists"].status is Status.PASS


def test_an_opaque_token_tells_nothing_of_pushing_and_the_control_is_a_request(own_registry):
    def answer(seen):
        return manifest() if seen.headers["Authorization"] == "Bearer own" else None
    host = own_registry(token=lambda seen: reply(200, {"token": "own" if "Authorization" in seen.headers else "strangers"}), manifest=answer)
    rows = at(host)
    assert said(rows["push_not_granted"])[:2] == (Status.UNKNOWN, Cause.PROVIDER)
    assert "does not tell what it was granted" in rows["push_not_granted"].evidence
    assert rows["pull_permitted"].facts["public"] is False
    assert len(host.seen) == 6


@pytest.mark.parametrize("trouble", [reply(503, b""), reply(429, b""), PAGE, reply(200, {})], ids=["outage", "limit", "page", "no token"])
def test_trouble_with_the_control_takes_nothing_from_the_credentials_own_answer(own_registry, trouble):
    def token(seen):
        return reply(200, {"token": access("team/app", "pull")}) if "Authorization" in seen.headers else trouble
    rows = at(own_registry(token=token, manifest=manifest()))
    assert rows["pull_permitted"].status is Status.PASS
    assert rows["pull_permitted"].evidence.endswith("whether a stranger could pull it too was not seen.")


def test_a_public_index_behind_opaque_tokens_is_read_by_the_control(own_registry):
    body = {"manifests": [{"platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}, {"platform": None}, "x"]}
    host = own_registry(token=reply(200, {"token": "opaque"}), manifest=reply(200, body, INDEX, Docker_Content_Digest=DIGEST))
    rows = at(host, known={"node_architecture": {"s0": "armv7l"}})
    assert (rows["pull_permitted"].facts["public"], rows["image_exists"].facts["platforms"]) == (True, ["linux/arm/v7"])
    assert rows["image_exists"].status is Status.PASS
    assert len(host.seen) == 6


def test_an_index_that_is_no_index_is_unknown(own_registry):
    def answer(seen):
        return reply(200, b"" if seen.method == "HEAD" else b"{", INDEX, Docker_Content_Digest=DIGEST)
    assert said(at(own_registry(token=mine, manifest=answer))["image_exists"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)


def test_an_old_manifest_is_warned_of(own_registry):
    answer = manifest("application/vnd.docker.distribution.manifest.v1+prettyjws")
    verdict = at(own_registry(token=mine, manifest=answer))["image_exists"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert "schema 1" in verdict.evidence


@pytest.mark.parametrize("tags", [reply(401, b""), reply(200, {"tags": None}), PAGE, reply(500, b""), reply(200, b"{")])
def test_a_list_of_tags_that_cannot_be_had_takes_nothing_from_the_verdict(own_registry, tags):
    verdict = at(own_registry(token=mine, manifest=error(404, "MANIFEST_UNKNOWN", "manifest unknown"), tags=tags))["image_exists"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert verdict.evidence == "team/app has no tag 1.0 (HTTP 404): MANIFEST_UNKNOWN, “manifest unknown”."
    assert verdict.facts["repository_exists"] is None


def test_a_registry_that_challenges_at_the_image_alone_is_answered_there(own_registry):
    def answer(seen):
        return manifest() if seen.headers.get("Authorization", "").startswith("Bearer") else None
    host = own_registry(ping=reply(200, {}), token=mine, manifest=answer)
    rows = at(host)
    assert (rows["credential_accepted"].status, rows["pull_permitted"].status) == (Status.UNKNOWN, Status.PASS)
    assert rows["pull_permitted"].facts["public"] is False
    assert len(host.seen) == 4


def test_no_redirect_carries_the_credential_to_another_origin(own_registry):
    other = own_registry(token=mine, manifest=manifest())
    host = own_registry(ping=None, manifest=(302, {"Location": f"{other.url}/v2/team/app/manifests/1.0"}, b""), token=mine)
    at(host)
    host.script = lambda seen: (301, {"Location": f"{other.url}{seen.path}"}, b"")
    at(host)
    assert other.seen == []


# --- credential_not_expiring ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "status", "text", "threshold"), [
    ("2026-11-22", Status.FAIL, "was 1 day ago", 1), ("2026-11-23", Status.WARN, "ends today", 1),
    ("2026-11-24", Status.WARN, "ends in 1 day", 1), ("2026-11-30", Status.WARN, "ends in 7 days", 7),
    ("2026-12-07", Status.WARN, "ends in 14 days", 14), ("2026-12-23", Status.WARN, "ends in 30 days", 30),
    ("2026-12-24", Status.PASS, "ends in 31 days", None),
])
def test_the_entered_date_is_told_in_time(own_registry, day, status, text, threshold):
    verdict = at(own_registry(), token_expires_on=day)["credential_not_expiring"]
    assert (verdict.status, verdict.facts["threshold"]) == (status, threshold)
    assert text in verdict.evidence
    assert "entered by you" in verdict.evidence
    assert verdict.cause is (None if status is Status.PASS else Cause.YOURS)


def test_the_credentials_own_date_wins_over_the_entered_one(own_registry):
    from tests.peers.registry_script import unsigned
    password = unsigned(exp=NOW.timestamp() + 3 * 86400)
    verdict = at(own_registry(), password=password, token_expires_on="2027-11-23")["credential_not_expiring"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_AUTH)
    assert "ends in 3 days, on 2026-11-26, by its own words (you entered 2027-11-23)" in verdict.evidence


def test_a_date_that_nobody_knows_is_unknown(own_registry):
    verdict = at(own_registry())["credential_not_expiring"]
    assert said(verdict) == (Status.UNKNOWN, Cause.YOURS, Layer.REGISTRY_AUTH)


