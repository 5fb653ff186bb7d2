"""The token of an Azure DevOps integration: accepted or not, of which kind, until when; each by an answer over a socket."""
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from checks.providers.deprecations import GLOBAL_TOKENS
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.azure_devops_run import at, at_beside, beside, own, reply, run, said
from tests.peers.azure_devops_host import AzureToken, jwt, pat

pytestmark = pytest.mark.usefixtures("loopback")
PAGE = b"<!doctype html><html><title>Azure DevOps Services | Sign In</title>"
ENDED = "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."
AFTER = datetime(2026, 12, 2, tzinfo=UTC)
ASKED_OF_THE_TOKEN = ("/connectionData", "/repositories")


# --- token_accepted -----------------------------------------------------------------------------------------------
def test_a_narrow_token_that_may_not_ask_for_its_name_is_accepted_by_its_repositories(azure_host):
    rows = at(azure_host, token="quiet")
    assert (rows["token_accepted"].status, rows["token_accepted"].facts["user"]) == (Status.PASS, "")
    assert "did not name its user" in rows["token_accepted"].evidence
    assert not [slug for slug, verdict in rows.items() if verdict.status is Status.FAIL]


def test_a_token_for_something_else_is_accepted_and_lacks_its_scope(azure_host):
    rows = at(azure_host, token="work")
    assert rows["token_accepted"].status is Status.PASS
    for slug in ("scopes_sufficient", "repository_visible", "clone_permitted"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert "Granted: at least Work Items (Read); required: Code (Read)." in rows[slug].evidence
        assert rows[slug].link == f"{azure_host.url}/_usersSettings/tokens"


@pytest.mark.parametrize(("token", "words", "remedy"), [
    ("revoked", "Resource not available for anonymous access", "The token ended, was revoked or mistyped"),
    ("expired", "The Personal Access Token used has expired", "The token ended: make a new token"),
    ("stranger", "is not authorized to access this resource", "of another organization, or its user is no member"),
])
@pytest.mark.parametrize("slug", ["token_accepted", "clone_permitted"])
def test_a_dead_token_fails_in_the_hosts_words(azure_host, token, words, remedy, slug):
    verdict = at(azure_host, token=token)[slug]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert words in verdict.evidence
    assert remedy in verdict.remedy
    assert verdict.link.endswith("/acme/_usersSettings/tokens")


@pytest.mark.parametrize("options", [{"suppresses": False}, {"suppresses": False, "redirects": True}], ids=["203", "302"])
def test_the_sign_in_page_is_a_refusal_of_the_token_and_never_a_success(azure_hosts, options):
    rows = at(azure_hosts(**options), token="revoked")
    assert rows["host_reachable"].status is Status.PASS
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "with its sign-in page" in rows["token_accepted"].evidence


def test_a_token_that_is_passed_over_fails(azure_host, scripted_host):
    anonymous = own(200, {"authenticatedUser": {"id": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}})
    host = beside(azure_host, scripted_host, lambda seen: anonymous if seen.path.endswith("/connectionData") else None)
    verdict = at_beside(host, azure_host)["token_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "answered as to a stranger" in verdict.evidence


def test_a_conditional_access_policy_is_not_the_tokens_fault(azure_hosts):
    rows = at(azure_hosts(policy=True))
    for slug in ("token_accepted", "clone_permitted"):
        assert said(rows[slug]) == (Status.UNKNOWN, Cause.YOURS, Layer.NETWORK)
        assert "VS403463" in rows[slug].evidence
        assert "Microsoft Entra administrator" in rows[slug].remedy


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (own(401, {"message": "x", "typeKey": "AccessCheckException"}), Status.FAIL, Layer.GIT_TOKEN, "“x”"),
    (own(401, b"", "text/plain", X_TFS_ServiceError=ENDED), Status.FAIL, Layer.GIT_TOKEN,
     "“Access Denied: The Personal Access Token used has expired”"),
    (own(401, b"<html><title>Access Denied: The Personal Access Token used has expired.</title>", "text/html"),
     Status.FAIL, Layer.GIT_TOKEN, "used has expired"),
    (own(200, PAGE, "text/html"), Status.FAIL, Layer.GIT_TOKEN, "sign-in page (HTTP 200)"),
    ((302, {"Location": "https://login.microsoftonline.com/common/oauth2"}, b""), Status.FAIL, Layer.GIT_TOKEN, "HTTP 302"),
    ((302, {"Location": "/acme/_signin?x=1"}, b""), Status.FAIL, Layer.GIT_TOKEN, "HTTP 302"),
    ((302, {"Location": "https://sso.example.com/_signin"}, b""), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    ((302, {"Location": "https://evil-visualstudio.com/_signin"}, b""), Status.UNKNOWN, Layer.NETWORK, "HTTP 302"),
    (reply(203, b"<html>captive", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    (reply(401, b"<html>proxy", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    (reply(401, b"proxy", "text/plain"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    (own(403, {"message": "by your administrator's rule"}), Status.UNKNOWN, Layer.NETWORK, "whatever the token"),
    (own(404, {"message": "no"}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "HTTP 404"),
    (own(500, {}), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (reply(429, {}, Retry_After="30"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
], ids=["401", "header", "title", "200 page", "302 Entra", "302 own", "SSO", "look-alike", "captive", "proxy page", "proxy",
        "403", "404", "outage", "rate limit"])
def test_a_refusal_is_told_from_what_says_nothing_of_the_token(azure_host, scripted_host, answer, status, layer, text):
    def decide(seen):
        path = seen.path.partition("?")[0]
        return answer if path.endswith(ASKED_OF_THE_TOKEN) and "Authorization" in seen.headers else None
    verdict = run(beside(azure_host, scripted_host, decide).url, pat("a"))["token_accepted"]
    cause = Cause.YOURS if status is Status.FAIL else Cause.PROVIDER
    assert said(verdict) == (status, cause, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize("answer", [own(200, {"authenticatedUser": {}}), own(200, []), own(200, b"{", "application/json")])
def test_an_answer_that_names_nobody_is_unknown(azure_host, scripted_host, answer):
    def decide(seen):
        return answer if seen.path.endswith("/connectionData") and "Authorization" in seen.headers else None
    verdict = run(beside(azure_host, scripted_host, decide).url, pat("a"))["token_accepted"]
    assert (verdict.status, verdict.layer) == (Status.UNKNOWN, Layer.PROVIDER_OUTAGE)


@pytest.mark.parametrize(("token", "text"), [
    ("ghp_" + "a" * 36, "a token of GitHub"), ("glpat-" + "a" * 20, "a token of GitLab"), ("ATBB" + "a" * 28, "of Atlassian")])
def test_anothers_token_is_recognised_when_it_is_refused(azure_host, token, text):
    rows = run(azure_host.base, token)
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in rows["token_kind_supported"].evidence
    assert f"This looks like {text}" in rows["token_accepted"].remedy or text in rows["token_accepted"].remedy


# --- token_kind_supported, token_not_expiring ---------------------------------------------------------------------
def test_the_two_forms_of_a_token_are_known(azure_host):
    assert "as they were made until 2024" not in at(azure_host)["token_kind_supported"].evidence
    verdict = at(azure_host, token="older")["token_kind_supported"]
    assert (verdict.status, "as they were made until 2024" in verdict.evidence) == (Status.PASS, True)


def test_an_unusual_form_is_judged_by_the_answer(azure_hosts):
    host = azure_hosts(tokens=[AzureToken("odd-one", "deploy")])
    assert run(host.base, "odd-one")["token_kind_supported"].status is Status.PASS
    verdict = run(host.base, "odd-other")["token_kind_supported"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "may be a password" in verdict.evidence


def test_tokens_of_all_organizations_are_a_question_with_their_date(azure_host):
    verdict = at(azure_host)["token_kind_supported"]
    assert verdict.status is Status.PASS
    assert f"end on {GLOBAL_TOKENS.ends}" in verdict.evidence
    assert "One organization does not show whether this is such a token" in verdict.evidence


def test_after_their_end_an_accepted_token_is_none_of_them_and_a_refused_one_may_have_been(azure_host):
    assert date(2026, 12, 1) == GLOBAL_TOKENS.ends
    assert "organizations" not in at(azure_host, now=AFTER)["token_kind_supported"].evidence
    for token in ("revoked", "stranger"):
        rows = at(azure_host, token=token, now=AFTER)
        assert "All accessible organizations”, which ended on 2026-12-01" in rows["token_accepted"].remedy
        assert "ended on 2026-12-01" in rows["token_kind_supported"].evidence
    assert "All accessible" not in at(azure_host, token="expired", now=AFTER)["token_accepted"].remedy
    assert "All accessible" not in at(azure_host, token="revoked")["token_accepted"].remedy


def test_a_microsoft_entra_token_tells_its_own_scopes_and_end(azure_host):
    rows = at(azure_host, token="entra", pushes=True)
    assert said(rows["token_kind_supported"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "Microsoft Entra" in rows["token_kind_supported"].evidence
    assert rows["token_not_expiring"].facts["origin"] == "reported by the provider"
    assert (rows["token_not_expiring"].status, rows["token_not_expiring"].facts["expires_on"]) == (Status.WARN, "2026-11-23")
    assert rows["scopes_sufficient"].facts["granted"] == ["Full access"]
    assert "Full access" in rows["scopes_not_excessive"].evidence
    sent = {seen.headers["Authorization"].split()[0] for seen in azure_host.seen
            if "/_apis/" in seen.path and "Authorization" in seen.headers}
    assert sent == {"Bearer"}


def test_a_refused_entra_token_is_named(azure_host):
    verdict = run(azure_host.base, jwt(exp=1795435200))["token_accepted"]
    assert verdict.status is Status.FAIL
    assert verdict.remedy.startswith("This is a Microsoft Entra token")


@pytest.mark.parametrize(("entered", "status", "text"), [
    ("2027-06-01", Status.PASS, "ends in 190 days"), ("2026-12-20", Status.WARN, "ends in 27 days"),
    ("2026-11-01", Status.FAIL, "was 22 days ago"), ("", Status.UNKNOWN, "does not tell it to programs")])
def test_the_end_of_a_token_is_the_date_that_was_entered(azure_host, entered, status, text):
    verdict = at(azure_host, token_expires_on=entered)["token_not_expiring"]
    assert (verdict.status, verdict.layer) == (status, Layer.GIT_TOKEN)
    assert text in verdict.evidence
