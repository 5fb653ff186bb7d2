"""The rows of a GitHub App: what is declared, all well, the host and the key; each verdict by an answer over a socket.

Bodies that a test writes itself are quoted where they stand; the rest are the loopback host's (see its docstrings).
"""
from __future__ import annotations

import json
import time

import pytest

from checks.providers.github import github
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.gitea_run import reply
from tests.checks.providers.github_run import ROWS, requested, rows_of, run, said
from tests.peers.github_host import APP_ID, pem_of

pytestmark = pytest.mark.usefixtures("loopback")
UNTOLD = ("webhook_delivered",)  # nothing was pushed yet
# In people's reports, with GitHub's own documentation_url: backstage/backstage#12887
NOT_DECODED = {"message": "A JSON web token could not be decoded", "documentation_url": "https://docs.github.com/rest"}
EXPIRED = {"message": "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                      "assertion expires", "documentation_url": "https://docs.github.com/rest"}  # PyGithub's replay data


# --- What it declares ---------------------------------------------------------------------------------------------
def test_the_rows_stand_in_the_order_of_the_checklist():
    assert list(github.checks) == ROWS
    assert [c.slug for c in github.rows({"pushes": False})] == ROWS[:-1]
    assert [c.slug for c in github.rows({"pushes": True})] == ROWS


def test_needs_required_and_per_service_are_as_the_checklist_says():
    needs = {slug: set(check.needs) for slug, check in github.checks.items() if check.needs}
    assert needs == {
        "app_key_accepted": {"host_reachable"}, "installation_active": {"app_key_accepted"},
        "permissions_granted": {"installation_active"}, "permissions_not_excessive": {"installation_active"},
        "repository_allowed": {"installation_active"}, "clone_permitted": {"repository_allowed", "url_well_formed"},
        "ref_exists": {"clone_permitted"}, "push_event_subscribed": {"app_key_accepted"},
        "webhook_configured": {"app_key_accepted"}, "webhook_delivered": {"webhook_configured"},
        "pushes_permitted": {"clone_permitted"}}
    assert {s for s, c in github.checks.items() if not c.required} == {
        "permissions_not_excessive", "push_event_subscribed", "webhook_configured", "webhook_delivered"}
    assert {s for s, c in github.checks.items() if c.per_service} == {
        "url_well_formed", "repository_allowed", "clone_permitted", "ref_exists", "pushes_permitted"}


# --- All well -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("options", [{}, {"api_origin": True}, {"old_tokens": True}], ids=["server", "github.com", "old tokens"])
def test_a_fitting_installation_passes_every_row(github_hosts, github_pem, options):
    rows = rows_of(github_hosts(**options), github_pem, ref="feature/login")
    assert {slug: v.status for slug, v in rows.items() if slug not in UNTOLD} == dict.fromkeys(
        [slug for slug in ROWS[:-1] if slug not in UNTOLD], Status.PASS)
    server = "GitHub" if "api_origin" in options else "GitHub Enterprise Server 3.18.1"
    assert rows["host_reachable"].evidence.endswith(f"answered as {server}.")
    assert "knew the key as that of the App “dFlow deploys” (dflow-deploys), owned by acme." in rows["app_key_accepted"].evidence
    assert rows["clone_permitted"].evidence == (
        "acme/web let this token clone it, default branch main; the repository is private, so the token was needed.")
    assert rows["ref_exists"].evidence.startswith("acme/web had the branch feature/login, at ")
    assert rows["repository_allowed"].evidence == "acme/web was on the list of the installation 1 on acme."


def test_an_installation_that_may_write_passes_with_pushes(github_hosts, github_pem):
    writes = {"contents": "write", "metadata": "read"}
    host = github_hosts(app={"permissions": writes})
    host.installations[1].permissions = writes
    rows = rows_of(host, github_pem, ref="v1", pushes=True)
    assert {slug: v.status for slug, v in rows.items() if slug not in UNTOLD} == dict.fromkeys(
        [slug for slug in ROWS if slug not in UNTOLD], Status.PASS)
    assert "would take a push" in rows["pushes_permitted"].evidence
    assert "a rule protects v1 does not" in rows["pushes_permitted"].evidence
    assert not [seen for seen in host.seen if seen.path.endswith("/git-receive-pack")]


def test_five_services_ask_nothing_twice_but_for_their_tokens(github_host, github_pem):
    repositories = ["acme/web", "acme/site", "acme/both", "acme/old", "acme/hidden"]
    verdicts = run(github_host, github_pem, repositories)
    assert len([key for key in verdicts if key[1]]) == 5 * 4
    asked = [(seen.method, seen.path, seen.body, seen.headers.get("Authorization", "").partition(" ")[0])
             for seen in github_host.seen if not seen.path.endswith(("/access_tokens", "/installation/token"))]
    assert len(asked) == len(set(asked))
    made = [json.loads(seen.body).get("repositories") for seen in requested(github_host, "POST", "/app/installations/1/access_tokens")]
    assert sorted(made, key=str) == [None, ["both"], ["old"], ["site"], ["web"]]  # the first read the list, for acme/hidden


def test_two_services_of_one_repository_share_its_answers(github_host, github_pem):
    run(github_host, github_pem, ["acme/web", "acme/web"])
    assert len(github_host.tokens) == 1
    assert len(requested(github_host, "GET", "/repos/acme/web/installation")) == 1


def test_every_token_covers_one_repository_and_the_least_and_is_revoked(github_host, github_pem):
    run(github_host, github_pem, ["acme/web", "acme/site", "acme/was"])
    made = github_host.tokens.values()
    assert {tuple(token.repositories or ()) for token in made} == {("acme/web",), ("acme/site",)}
    allowed = ({"contents": "read", "metadata": "read"}, {"metadata": "read"})
    assert all(dict(token.permissions) in allowed for token in made)
    assert all(token.revoked for token in made)


def test_no_verdict_holds_the_key_or_a_token(github_host, github_pem):
    told = ""
    for options in ({}, {"repository": "acme/hidden"}, {"installation": 3}, {"pushes": True}, {"ref": "none"}):
        told += repr(rows_of(github_host, github_pem, **options))
    assert github_host.tokens
    assert not [token.value for token in github_host.tokens.values() if token.value in told]
    assert not [line for line in github_pem.splitlines()[1:-1] if line in told]


def test_without_a_service_the_rows_of_services_are_skipped(github_host, github_pem):
    rows = rows_of(github_host, github_pem, None)
    skipped = {"url_well_formed", "repository_allowed", "clone_permitted", "ref_exists"}
    assert {slug for slug, v in rows.items() if v.status is Status.SKIPPED} == skipped
    assert not github_host.tokens


def test_an_outage_blames_nobody(github_hosts, github_pem):
    host = github_hosts(failing={"/meta": (503, {}, "<html>Unicorn!")})
    rows = rows_of(host, github_pem)
    assert said(rows["host_reachable"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)
    assert {v.status for slug, v in rows.items() if slug not in ("host_reachable", "url_well_formed")} == {Status.SKIPPED}


@pytest.mark.parametrize("limited", ["primary", "secondary"])
def test_a_limited_app_is_unknown_and_never_a_fail(github_hosts, github_pem, limited):
    rows = rows_of(github_hosts(limited=limited), github_pem)
    assert said(rows["host_reachable"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)
    assert Status.FAIL not in {v.status for v in rows.values()}


# --- url_well_formed ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("url", "text", "suggested"), [
    ("https://github.com/acme/web/tree/dev", "was a browser page of the repository", "https://github.com/acme/web.git"),
    ("https://api.github.com/repos/acme/web", "was an address of the API", "https://github.com/acme/web.git"),
    ("https://raw.githubusercontent.com/acme/web/dev/x", "was the address of a file", "https://github.com/acme/web.git"),
    ("https://gist.github.com/alice/0123", "was a gist", ""), ("https://gitlab.com/acme/web.git", "was of another host", ""),
])
def test_what_is_no_clone_url_is_never_asked_over_git(github_host, github_pem, url, text, suggested):
    rows = rows_of(github_host, github_pem, url, base_url="https://github.com")
    verdict = rows["url_well_formed"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert text in verdict.evidence
    assert verdict.facts["suggested"] == suggested
    assert (suggested or "/OWNER/REPOSITORY.git" in verdict.remedy or "below https://github.com" in verdict.remedy)
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert not github_host.tokens


# --- host_reachable -------------------------------------------------------------------------------------------------
PRIVATE = (401, {"X-GitHub-Request-Id": "1"}, {"message": "Must authenticate to access this API."})  # reconstructed


def test_a_server_in_private_mode_is_reached(github_hosts, github_pem):
    rows = rows_of(github_hosts(failing={"/meta": PRIVATE}), github_pem)
    assert said(rows["host_reachable"]) == (Status.PASS, None, Layer.NETWORK)
    assert "tells about itself only to those it knows" in rows["host_reachable"].evidence
    assert rows["clone_permitted"].status is Status.PASS


def test_strangers_may_be_limited_where_the_app_is_not(github_hosts, github_pem):
    limit = (403, {"X-RateLimit-Remaining": "0"}, {"message": "API rate limit exceeded for 203.0.113.7."})  # docs.github.com/rest
    host = github_hosts(failing={"/meta": limit})
    rows = rows_of(host, github_pem)
    assert rows["host_reachable"].status is Status.PASS
    assert "limited strangers at this program's address" in rows["host_reachable"].evidence
    assert rows["clone_permitted"].status is Status.PASS
    assert len(requested(host, "GET", "/app")) == 1


@pytest.mark.parametrize(("answer", "expected", "text"), [
    (reply(404, {"message": "404 Not Found"}), (Status.FAIL, Cause.YOURS, Layer.CLONE_URL), "There was no API of GitHub"),
    (reply(404, b"<html>", "text/html"), (Status.FAIL, Cause.YOURS, Layer.CLONE_URL), "There was no API of GitHub"),
    (reply(200, {"version": "18.1"}), (Status.FAIL, Cause.YOURS, Layer.CLONE_URL), "There was no API of GitHub"),
    (reply(200, b"<html>Welcome", "text/html"), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "a web page"),
    (reply(403, b"<html>Blocked", "text/html"), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "not GitHub's own answer"),
    ((302, {"Location": "https://sso.example.com/login?to=x"}, b""), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "sso.example.com"),
    ((301, {"Location": "https://api.example.com/api/v3/meta"}, b""), (Status.FAIL, Cause.YOURS, Layer.CLONE_URL),
     "https://api.example.com/api/v3"),
])
def test_what_is_no_github_is_told(scripted_host, github_pem, answer, expected, text):
    verdict = run_at(scripted_host(answer), github_pem)["host_reachable"]
    assert said(verdict) == expected
    assert text in verdict.evidence
    assert verdict.remedy


def run_at(host, pem):
    """The rows at a host that only has an address."""
    host.api_url = host.url
    return rows_of(host, pem, None)


def test_no_redirect_takes_the_signature_elsewhere(scripted_host, github_pem):
    other = scripted_host(reply(200, {}))
    host = scripted_host(lambda seen: (307, {"Location": other.url + seen.path}, b"") if seen.path != "/meta"
                         else reply(200, {"verifiable_password_authentication": False}))
    rows = run_at(host, github_pem)
    assert said(rows["app_key_accepted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert not other.seen


# --- app_key_accepted -----------------------------------------------------------------------------------------------
def test_another_apps_key_is_told(github_host, other_key):
    verdict = rows_of(github_host, pem_of(other_key))["app_key_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert "A JSON web token could not be decoded" in verdict.evidence
    assert str(APP_ID) in verdict.evidence
    assert verdict.link == f"{github_host.url}/settings/apps"
    assert "another App's" in verdict.remedy


def test_an_app_that_is_not_there_is_told(github_host, github_pem):
    verdict = rows_of(github_host, github_pem, app_id="777")["app_key_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert "knew no App with the ID 777 (HTTP 404): “Integration not found”." in verdict.evidence
    assert "Enterprise Server" in verdict.remedy


def test_an_app_without_a_key_is_told(github_hosts, github_pem):
    verdict = rows_of(github_hosts(app={"public_key": None}), github_pem)["app_key_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert "has no private key any more" in verdict.evidence
    assert "Generate a private key" in verdict.remedy


@pytest.mark.parametrize(("answer", "expected", "text"), [
    ((401, {}, {"message": "Bad credentials"}), (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP), "did not take the key"),
    ((401, {}, {"message": "Requires authentication"}), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "saw no signature"),
    ((401, {"Content-Type": "text/html"}, "<html>Sign in"), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "not GitHub's own"),
    ((403, {}, {"message": "Although you appear to have the correct authorization credentials, the `acme` organization has an IP "
                           "allow list enabled, and your IP address is not permitted to access this resource."}),
     (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP), "The IP allow list refused this program's address"),  # aquasecurity/trivy#10567
    ((403, {}, {"message": "Forbidden"}), (Status.UNKNOWN, Cause.PROVIDER, Layer.GITHUB_APP), "HTTP 403"),
    ((200, {}, {"message": "hello"}), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "where the App was due"),
    ((200, {"Content-Type": "text/html"}, "<html>"), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "a web page"),
    ((500, {}, ""), (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE), "HTTP 500"),
])
def test_other_answers_to_the_key_are_told_apart(github_hosts, github_pem, answer, expected, text):
    rows = rows_of(github_hosts(failing={"/app": answer}), github_pem)
    assert said(rows["app_key_accepted"]) == expected
    assert text in rows["app_key_accepted"].evidence
    assert rows["installation_active"].status is Status.SKIPPED


# --- The clock ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("ahead", "text"), [(3600, "seconds behind its own"), (-3600, "seconds ahead of its own"),
                                             (-70, "seconds ahead of its own"), (600, "seconds behind its own")])
def test_a_clock_out_of_step_is_ours_and_the_key_is_told_to_be_right(github_hosts, github_pem, ahead, text):
    host = github_hosts(clock=lambda: time.time() + ahead)
    verdict = rows_of(host, github_pem)["app_key_accepted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.OURS, Layer.CLOCK)
    assert text in verdict.evidence
    assert "with the time corrected the key was accepted, as that of the App “dFlow deploys”." in verdict.evidence
    assert verdict.facts["skew_seconds"] == pytest.approx(ahead, abs=30)
    assert verdict.facts["key_accepted"] is True
    assert "NTP" in verdict.remedy
    assert len(requested(host, "GET", "/app")) == 2


@pytest.mark.parametrize("ahead", [-45, 300])
def test_a_clock_that_is_a_little_off_does_no_harm(github_hosts, github_pem, ahead):
    verdict = rows_of(github_hosts(clock=lambda: time.time() + ahead), github_pem)["app_key_accepted"]
    assert verdict.status is Status.PASS
    assert verdict.facts["skew_seconds"] == pytest.approx(ahead, abs=30)


def test_a_clock_out_of_step_may_hide_a_wrong_key(github_hosts, github_pem):
    answers = [(401, {}, EXPIRED), (401, {}, NOT_DECODED)]
    host = github_hosts(clock=lambda: time.time() + 3600, failing={"/app": lambda seen: answers.pop(0)})
    verdict = rows_of(host, github_pem)["app_key_accepted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.OURS, Layer.CLOCK)
    assert "the key itself was refused, too (HTTP 401): “A JSON web token could not be decoded”." in verdict.evidence
    assert verdict.facts["key_accepted"] is False


def test_a_clock_that_turns_during_a_run_is_ours_too(github_hosts, github_pem):
    host = github_hosts(failing={"/app/installations/1": (401, {}, EXPIRED)})
    verdict = rows_of(host, github_pem)["installation_active"]
    assert said(verdict) == (Status.UNKNOWN, Cause.OURS, Layer.CLOCK)
    host = github_hosts(failing={"POST /app/installations/1/access_tokens": (401, {}, EXPIRED)})
    assert said(rows_of(host, github_pem)["clone_permitted"]) == (Status.UNKNOWN, Cause.OURS, Layer.CLOCK)
