"""What Bitbucket declares, a run where all is well, and whether the host answers and takes the token."""
from __future__ import annotations

import pytest

from checks.providers.bitbucket import bitbucket
from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.providers.bitbucket_run import (
    CREDENTIALS,
    KINDS,
    PAGE,
    PUBLIC,
    ROWS,
    USER,
    at,
    error,
    landed,
    reply,
    run,
    said,
    scripted,
)

pytestmark = pytest.mark.usefixtures("loopback")
INVALID = "Token is invalid, expired, or not supported for this endpoint."  # bitbucket-cli issues 30 and 174


# --- What it declares ---------------------------------------------------------------------------------------------
def test_the_rows_stand_in_the_order_of_the_checklist():
    assert list(bitbucket.checks) == ROWS
    assert [c.slug for c in bitbucket.rows({"pushes": False})] == ROWS[:-1]
    assert [c.slug for c in bitbucket.rows({"pushes": True})] == ROWS


def test_needs_required_and_per_service_are_as_the_checklist_says():
    needs = {slug: set(check.needs) for slug, check in bitbucket.checks.items() if check.needs}
    assert needs == {
        "token_accepted": {"host_reachable"}, "token_not_expiring": {"token_accepted"},
        "token_kind_supported": {"host_reachable"}, "scopes_sufficient": {"token_accepted"},
        "scopes_not_excessive": {"token_accepted"}, "repository_visible": {"token_accepted", "url_well_formed"},
        "clone_permitted": {"url_well_formed", "host_reachable"}, "ref_exists": {"clone_permitted"},
        "pushes_permitted": {"clone_permitted"}}
    assert {s for s, c in bitbucket.checks.items() if not c.required} == {
        "token_not_expiring", "scopes_not_excessive", "repository_visible"}
    assert {s for s, c in bitbucket.checks.items() if c.per_service} == {
        "url_well_formed", "repository_visible", "clone_permitted", "ref_exists", "pushes_permitted"}


# --- All well -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "named"), [
    ("api", "authenticated the token as deploy."), ("api_bare", "accepted the token as an API token, and named no user."),
    ("repository", "accepted the token as a repository access token, and named no user.")])
def test_a_fitting_token_passes_every_row(bitbucket_host, token, named):
    rows = at(bitbucket_host, token=token, ref="feature/login")
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)
    assert rows["host_reachable"].evidence.endswith("answered as Bitbucket Cloud.")
    assert rows["token_accepted"].evidence.endswith(named)
    assert rows["repository_visible"].evidence == "acme/web was visible as a private repository, default branch main."
    assert rows["clone_permitted"].evidence == (
        "acme/web let this token clone it, default branch main; the repository is private, so the token was needed.")
    assert rows["ref_exists"].evidence.startswith("acme/web had the branch feature/login, at ")


@pytest.mark.parametrize("token", ["api_writer", "repository_writes"])
def test_a_writer_passes_with_pushes(bitbucket_host, token):
    rows = at(bitbucket_host, token=token, pushes=True)
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS, Status.PASS)
    assert "restrictions of a branch are looked at only when a push arrives" in rows["pushes_permitted"].evidence
    assert not [seen for seen in bitbucket_host.seen if seen.path.endswith("/git-receive-pack")]


@pytest.mark.parametrize("ending", ["", "/", "/2.0", "/2.0/"])
def test_git_and_api_may_live_at_two_origins(bitbucket_hosts, ending):
    git, api = bitbucket_hosts(), bitbucket_hosts()
    rows = at(git, token="api", api_url=api.url + ending)
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)
    assert {seen.path.split("/")[1] for seen in api.seen} == {"2.0"}
    assert {seen.path.split("/")[1] for seen in git.seen} == {"acme"}


def test_five_services_of_one_run_ask_nothing_twice(bitbucket_host):
    services = [(f"s{i}", bitbucket_host.clone_url("acme/web"), "main") for i in range(3)] + [
        ("tool", bitbucket_host.clone_url("other/tool"), "main"), ("missing", bitbucket_host.clone_url("acme/none"), "main")]
    rows = landed(bitbucket_host.url, CREDENTIALS["api"].value, services, token_kind="api_token")
    assert rows["clone_permitted", "tool"].status is Status.PASS
    asked = [(s.method, s.path, s.headers.get("Authorization")) for s in bitbucket_host.seen]
    assert len(asked) == len(set(asked))


def test_no_evidence_holds_the_token(bitbucket_host):
    for token in CREDENTIALS:
        rows = at(bitbucket_host, token=token, pushes=True)
        assert CREDENTIALS[token].value not in "".join(repr(v) for v in rows.values())


def test_each_kind_is_sent_as_the_host_takes_it(bitbucket_host):
    at(bitbucket_host, token="api")
    at(bitbucket_host, token="repository")
    sent = {seen.headers["Authorization"].split(" ")[0] for seen in bitbucket_host.seen
            if seen.path.startswith("/2.0") and "Authorization" in seen.headers}
    assert sent == {"Basic", "Bearer"}


# --- host_reachable -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (reply(200, {"hello": 1}), Status.FAIL, Layer.CLONE_URL, "no API of Bitbucket"),
    (error(404, "Resource not found"), Status.FAIL, Layer.CLONE_URL, "/2.0/hook_events (HTTP 404)"),
    (PAGE, Status.UNKNOWN, Layer.NETWORK, "answered with a page (HTTP 200)"),
    (reply(403, b"<html>Just a moment", "text/html"), Status.UNKNOWN, Layer.NETWORK, "HTTP 403"),
    (reply(502, b"<html>Bad gateway", "text/html"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((302, {"Location": "https://sso.example.com/login"}, b""), Status.UNKNOWN, Layer.NETWORK, "sso.example.com"),
    ((301, {"Location": "https://api.example.com/2.0/hook_events"}, b""), Status.FAIL, Layer.CLONE_URL,
     "https://api.example.com"),
], ids=["JSON of another", "404", "page", "firewall", "outage", "sign-in", "moved"])
def test_what_is_not_bitbucket_is_told_apart(scripted_host, answer, status, layer, text):
    rows = run(scripted_host(answer).url, "ATCTT3x")
    assert (rows["host_reachable"].status, rows["host_reachable"].layer) == (status, layer)
    assert text in rows["host_reachable"].evidence
    assert rows["token_accepted"].skip is Skip.NEED


@pytest.mark.parametrize(("answer", "text"), [
    ((429, {"Retry-After": "3600"}, b""), "limited requests without a token"),
    (error(401, "Sign in first"), "tells strangers nothing")])
def test_a_host_that_is_short_with_strangers_is_reachable(bitbucket_host, scripted_host, answer, text):
    def answers(seen):
        if "/hook_events" in seen.path:
            return answer
        real = bitbucket_host.answer(seen)
        return real.status, dict(real.headers), real.body
    rows = run(scripted_host(answers).url, CREDENTIALS["repository"].value)
    assert rows["host_reachable"].status is Status.PASS
    assert text in rows["host_reachable"].evidence
    assert rows["token_accepted"].status is Status.PASS


@pytest.mark.parametrize("base", ["https://www.bitbucket.org", "https://bitbucket.org/acme", "https://api.bitbucket.org"])
def test_another_address_of_the_hosted_one_is_corrected_without_asking(base):
    verdict = run(base, "ATCTT3x", api_url="https://api.bitbucket.org")["host_reachable"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert verdict.facts["suggested"] == "https://bitbucket.org"


def test_a_closed_port_is_unknown(bitbucket_hosts):
    host = bitbucket_hosts()
    url = host.url
    host.stop()
    assert said(run(url, "ATCTT3x")["host_reachable"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)


# --- token_accepted -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "remedy"), [
    ("api_revoked", "the e-mail address is that of the Atlassian account"), ("api_unscoped", "made without scopes"),
    ("repository_revoked", "It has ended, was revoked, or is not the whole token")])
def test_a_refused_token_fails_with_its_likeliest_reason(bitbucket_host, token, remedy):
    rows = at(bitbucket_host, token=token)
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert f"(HTTP 401): “{INVALID.rstrip('.')}”" in rows["token_accepted"].evidence
    assert remedy in rows["token_accepted"].remedy
    assert rows["scopes_sufficient"].skip is Skip.NEED
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "refused this token for acme/web (HTTP 401" in rows["clone_permitted"].evidence


@pytest.mark.parametrize("token", ["api", "repository"])
def test_a_retired_route_says_nothing_of_the_token(bitbucket_hosts, token):
    rows = at(bitbucket_hosts(user_retired=True, tells=False), token=token)
    assert rows["token_accepted"].status is (Status.PASS if token == "api" else Status.UNKNOWN)
    assert rows["token_accepted"].required is (None if token == "api" else False)
    assert rows["clone_permitted"].status is Status.PASS
    assert at(bitbucket_hosts(user_retired=True), token=token)["token_accepted"].status is Status.PASS


def test_a_route_that_is_closed_to_the_kind_says_nothing_of_the_token(bitbucket_hosts):
    host = bitbucket_hosts(closed_by_401=True)
    assert at(host)["token_accepted"].status is Status.PASS
    assert at(host, token="repository_revoked")["token_accepted"].status is Status.FAIL
    silent = at(bitbucket_hosts(closed_by_401=True, tells=False))
    assert said(silent["token_accepted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.GIT_TOKEN)
    assert (silent["token_accepted"].required, silent["clone_permitted"].status) == (False, Status.PASS)


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (error(401, "Access token expired."), Status.FAIL, Layer.GIT_TOKEN, "one of OAuth"),  # coveralls#1541
    (reply(401, b"Login failed due to incorrect login credentials or method.\nFor information on authentication methods",
           "text/plain"), Status.FAIL, Layer.GIT_TOKEN, "incorrect login credentials"),  # renovate#20533
    (error(403, "To access this workspace, an admin must whitelist your IP."), Status.UNKNOWN, Layer.NETWORK,  # reconstructed
     "refused this program's address, whatever the token"),
    (error(403, "Forbidden"), Status.UNKNOWN, Layer.GIT_TOKEN, "did not tell if this token is valid"),
    (error(403, "Your credentials lack one or more required privilege scopes."), Status.PASS, Layer.GIT_TOKEN, "accepted"),
    (reply(401, b"<html>nginx", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Bitbucket's own answer"),
    ((302, {"Location": "https://sso.example.com/"}, b""), Status.UNKNOWN, Layer.NETWORK, "HTTP 302"),
    (reply(200, {"id": 1}), Status.UNKNOWN, Layer.GIT_TOKEN, "did not tell"),
    (reply(200, b"{", "application/json"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (error(404, "no"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "HTTP 404"),
    (error(500, "no"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((429, {"Retry-After": "30"}, b""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
], ids=["OAuth", "plain text", "address", "forbidden", "scope", "proxy", "sign-in", "shape", "bad JSON", "404", "outage",
        "limit"])
def test_each_answer_about_the_token_is_told_apart(scripted_host, answer, status, layer, text):
    host = scripted(scripted_host, hook_events=PUBLIC, user=answer)
    verdict = run(host.url, "ATATT3x", token_kind="api_token")["token_accepted"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


def test_an_address_that_is_not_allowed_is_nobodys_bad_token(bitbucket_hosts):
    rows = at(bitbucket_hosts(allowlist=True))
    for slug in ("repository_visible", "clone_permitted"):
        assert said(rows[slug]) == (Status.UNKNOWN, Cause.YOURS, Layer.NETWORK)
        assert "Access controls" in rows[slug].remedy


# --- token_not_expiring -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "status", "text"), [
    ("2026-11-22", Status.FAIL, "was 1 day ago"), ("2026-11-30", Status.WARN, "ends in 7 days"),
    ("2026-12-24", Status.PASS, "ends in 31 days"), ("", Status.UNKNOWN, "Bitbucket tells no token's end date")])
def test_the_entered_date_is_all_that_is_known_of_the_end(bitbucket_host, day, status, text):
    verdict = at(bitbucket_host, token_expires_on=day)["token_not_expiring"]
    assert verdict.status is status
    assert text in verdict.evidence
    assert bool(verdict.remedy) is (status is not Status.PASS)


def test_an_api_token_without_a_date_lives_a_year_at_most(bitbucket_host):
    verdict = at(bitbucket_host, token="api", token_expires_on="")["token_not_expiring"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.YOURS)
    assert "lives a year at most" in verdict.evidence


# --- The credential stays at home ---------------------------------------------------------------------------------
@pytest.mark.parametrize("token", ["api", "repository"])
def test_no_redirect_carries_the_credential_to_another_origin(scripted_host, token):
    other = scripted_host(USER)
    away = (302, {"Location": f"{other.url}/2.0/user"}, b"")
    to_git = (301, {"Location": f"{other.url}/acme/web.git/info/refs?service=git-upload-pack"}, b"")

    def answer(seen):
        if "/hook_events" in seen.path:
            return PUBLIC
        return to_git if "/info/refs" in seen.path else away
    host = scripted_host(answer)
    credential = CREDENTIALS[token]
    rows = run(host.url, credential.value, f"{host.url}/acme/web.git", token_kind=KINDS[credential.kind], pushes=True)
    assert rows["token_accepted"].status is Status.UNKNOWN
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert other.seen == []
