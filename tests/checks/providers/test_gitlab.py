"""What GitLab's host and token rows say, each verdict reached by an answer over a socket.

Bodies of single answers are those of lib/api/api_guard.rb and lib/api/helpers.rb unless marked reconstructed.
"""
from __future__ import annotations

import pytest

from checks.providers.gitlab import gitlab
from checks.verdict import Cause, Layer, Status
from tests.peers.gitlab_host import DEEP, TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
from tests.checks.providers.gitlab_run import (
    PAGE,
    ROWS,
    SELF,
    STRANGER,
    WEB,
    at,
    landed,
    reply,
    run,
    said,
    scripted,
)

TOKEN = "glpat-" + "t" * 20


# --- What it declares ---------------------------------------------------------------------------------------------
def test_the_rows_stand_in_the_order_of_the_checklist():
    assert list(gitlab.checks) == ROWS
    assert [c.slug for c in gitlab.rows({"pushes": False})] == ROWS[:-1]


def test_needs_required_and_per_service_are_as_the_checklist_says():
    needs = {slug: set(check.needs) for slug, check in gitlab.checks.items() if check.needs}
    assert needs == {
        "token_accepted": {"host_reachable"}, "token_not_expiring": {"token_accepted"},
        "token_kind_supported": {"host_reachable"}, "scopes_sufficient": {"token_accepted"},
        "scopes_not_excessive": {"token_accepted"}, "repository_visible": {"token_accepted", "url_well_formed"},
        "clone_permitted": {"url_well_formed", "host_reachable"}, "ref_exists": {"clone_permitted"},
        "pushes_permitted": {"clone_permitted"}}
    assert {s for s, c in gitlab.checks.items() if not c.required} == {
        "token_not_expiring", "scopes_not_excessive", "repository_visible"}
    assert {s for s, c in gitlab.checks.items() if c.per_service} == {
        "url_well_formed", "repository_visible", "clone_permitted", "ref_exists", "pushes_permitted"}


def test_the_endpoint_keeps_the_relative_path():
    assert gitlab.endpoint({"base_url": "HTTPS://Git.Example.com:443/gitlab/"}) == "https://git.example.com/gitlab"
    assert gitlab.addresses({"base_url": "https://gitlab.com"}) == {"base_url": "https://gitlab.com"}
    assert gitlab.summary({"base_url": "https://git.example.com/gitlab"}) == "git.example.com/gitlab"


@pytest.mark.parametrize(("pushes", "scopes"), [(False, "read_repository,read_api"), (True, "write_repository,read_api")])
def test_the_token_page_opens_with_name_and_scopes_filled_in(pushes, scopes):
    client = gitlab.connect({"base_url": "https://git.example.com/gitlab", "pushes": pushes}, {"token": TOKEN})
    assert client.token_page == ("https://git.example.com/gitlab/-/user_settings/personal_access_tokens"
                                 f"?name=dflow-integrations&scopes={scopes}")
    assert TOKEN not in repr(client)


# --- All well -----------------------------------------------------------------------------------------------------
def test_a_fitting_token_passes_every_row(gitlab_host):
    rows = at(gitlab_host, ref="feature/login")
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)
    assert rows["host_reachable"].evidence.endswith("answered as GitLab, which tells its version only to those signed in.")
    assert rows["token_accepted"].evidence.endswith("authenticated the token “deploys” as deploy.")
    assert rows["token_not_expiring"].facts["expires_on"] == "2027-10-01"
    assert rows["scopes_sufficient"].facts["granted"] == ["read_api", "read_repository"]
    assert rows["repository_visible"].evidence == f"{WEB} was visible as a private project, default branch main."
    assert rows["ref_exists"].evidence.startswith(f"{WEB} had the branch feature/login, at ")


def test_a_writer_passes_with_pushes(gitlab_host):
    rows = at(gitlab_host, token="writer", ref="dev", pushes=True)
    assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS, Status.PASS)
    assert "would take a push to dev" in rows["pushes_permitted"].evidence
    assert rows["pushes_permitted"].facts["role"] == "Developer"


def test_a_relative_path_twenty_subgroups_and_protocol_0_pass(gitlab_hosts):
    for options, path in (({"sub_path": "/gitlab"}, WEB), ({}, DEEP), ({"speaks_v2": False}, WEB)):
        rows = at(gitlab_hosts(**options), path)
        assert {slug: v.status for slug, v in rows.items()} == dict.fromkeys(ROWS[:-1], Status.PASS)


def test_without_git_at_its_end_a_url_is_warned_of_and_clones_and_pushes(gitlab_host):
    rows = run(gitlab_host.url, TOKENS["writer"].value, f"{gitlab_host.url}/{WEB}", "dev", pushes=True)
    others = {slug: v.status for slug, v in rows.items() if slug != "url_well_formed"}
    assert others == dict.fromkeys(ROWS[1:], Status.PASS)
    assert said(rows["url_well_formed"]) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert rows["url_well_formed"].facts["suggested"] == f"{gitlab_host.url}/{WEB}.git"


def test_one_run_with_five_services_asks_nothing_twice(gitlab_host):
    paths = (WEB, "acme/both", "acme/site", "acme/old", WEB)
    targets = [(gitlab_host.clone_url(path), "dev" if path == WEB else "main") for path in paths]
    rows = landed(gitlab_host.url, TOKENS["writer"].value, targets, pushes=True)
    assert len(rows) == 6 + 5 * 5
    asked = [(s.method, s.path, s.headers.get("Authorization"), s.body) for s in gitlab_host.seen]
    assert len(asked) == len(set(asked))


def test_no_evidence_holds_the_token(gitlab_host):
    for token in ("reader", "revoked", "deploy", "oauth", "user_only"):
        rows = at(gitlab_host, token=token)
        assert TOKENS[token].value not in "".join(repr(v) for v in rows.values())


def test_no_redirect_carries_the_credential_to_another_origin(scripted_host):
    other = scripted_host(reply(200, {}))

    def answer(seen):
        path = seen.path.partition("?")[0]
        if path.endswith("/version"):
            return STRANGER
        if path.endswith("/self"):
            return SELF
        return 302, {"Location": f"{other.url}{seen.path}"}, b""
    host = scripted_host(answer)
    rows = run(host.url, TOKEN, f"{host.url}/acme/web.git")
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert rows["repository_visible"].status is Status.UNKNOWN
    assert other.seen == []


# --- host_reachable -----------------------------------------------------------------------------------------------
def test_a_forgotten_relative_path_is_named(gitlab_hosts):
    host = gitlab_hosts(sub_path="/gitlab")
    verdict = run(host.origin, TOKEN)["host_reachable"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "/api/v4/version (HTTP 404)" in verdict.evidence
    assert "relative path" in verdict.remedy


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (reply(200, {"version": "15.0.0"}), Status.PASS, Layer.NETWORK, "GitLab 15.0.0"),
    (reply(200, {"hello": 1}), Status.FAIL, Layer.CLONE_URL, "no API of GitLab"),
    (reply(404, {"message": "not found"}), Status.FAIL, Layer.CLONE_URL, "no API of GitLab"),
    (PAGE, Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (reply(401, {"message": "who are you"}), Status.UNKNOWN, Layer.NETWORK, "not GitLab's own answer"),
    (reply(403, b"<html>Just a moment", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not GitLab's own answer"),
    (reply(403, b"Forbidden\n", "text/plain"), Status.UNKNOWN, Layer.NETWORK, "bars for a while"),
    (reply(502, b"<html>Bad gateway", "text/html"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((302, {"Location": "https://sso.example.com/login"}, b""), Status.UNKNOWN, Layer.NETWORK, "sso.example.com"),
    ((301, {"Location": "https://git.example.com/api/v4/version"}, b""), Status.FAIL, Layer.CLONE_URL,
     "https://git.example.com"),
], ids=["version", "other JSON", "404", "page", "other 401", "firewall", "ban", "outage", "sign-in", "moved"])
def test_what_answers_at_the_version_is_told_apart(scripted_host, answer, status, layer, text):
    host = scripted_host(answer)
    verdict = run(host.url, TOKEN)["host_reachable"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence
    assert "Private-Token" not in host.seen[0].headers


def test_a_barred_address_is_nobodys_fault(gitlab_hosts):
    verdict = at(gitlab_hosts(banned=True))["host_reachable"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert "Wait 15 minutes" in verdict.remedy


# --- token_accepted -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "text", "remedy"), [
    ("expired", "“Token is expired.", "It has ended"), ("revoked", "“Token was revoked.", "It was revoked"),
    ("impersonation", "impersonation was disabled", "an administrator turned those off"),
])
def test_a_dead_token_says_what_became_of_it(gitlab_host, token, text, remedy):
    rows = at(gitlab_host, token=token)
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in rows["token_accepted"].evidence
    assert remedy in rows["token_accepted"].remedy
    assert rows["token_accepted"].link.startswith(f"{gitlab_host.url}/-/user_settings/personal_access_tokens?name=")
    assert rows["scopes_sufficient"].status is Status.SKIPPED
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "(HTTP 401): “HTTP Basic: Access denied”." in rows["clone_permitted"].evidence


def test_an_unknown_token_is_refused(gitlab_host):
    verdict = run(gitlab_host.url, TOKEN)["token_accepted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "(HTTP 401): “401 Unauthorized”" in verdict.evidence
    assert "mistyped" in verdict.remedy


def test_a_token_with_read_repository_alone_is_all_that_a_deploy_needs(gitlab_host):
    rows = at(gitlab_host, token="bare")
    assert {s for s, v in rows.items() if v.status is not Status.PASS} == {"repository_visible"}
    assert "may not read whose it is" in rows["token_accepted"].evidence
    visible = rows["repository_visible"]
    assert (visible.status, visible.cause, visible.required) == (Status.UNKNOWN, Cause.PROVIDER, False)
    assert "With read_api too" in visible.remedy


@pytest.mark.parametrize("words", [
    "Your account has been blocked.", "Your account is pending approval from your administrator and hence blocked.",
    "You (@deploy) must accept the Terms of Service in order to perform this action. To accept these terms, please "
    "access GitLab from a web browser at https://gitlab.com.",
    "Your primary email address is not confirmed. Please check your inbox for the confirmation instructions.",
    "Your password expired. Please access GitLab from a web browser to update your password.",
])
def test_an_account_that_may_not_sign_in_fails_in_gitlabs_words(gitlab_hosts, words):
    token = TOKENS["blocked"]
    host = gitlab_hosts(tokens=[type(token)(token.value, denied=words)])
    rows = at(host, token="blocked")
    for slug in ("token_accepted", "clone_permitted"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert words[:28] in rows[slug].evidence


def test_a_token_that_wants_proof_of_possession_still_clones(gitlab_host):
    rows = at(gitlab_host, token="dpop")
    assert said(rows["token_accepted"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "DPoP" in rows["token_accepted"].evidence
    assert rows["clone_permitted"].status is Status.PASS
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].required) == (Status.UNKNOWN, False)


@pytest.mark.parametrize(("answer", "layer", "text"), [
    (reply(403, {"message": "403 Forbidden"}), Layer.NETWORK, "whatever the token"),
    (reply(403, b"Forbidden\n", "text/plain"), Layer.NETWORK, "bars for a while"),
    (reply(401, b"<html>nginx", "text/html"), Layer.NETWORK, "not GitLab's own answer"),
    ((302, {"Location": "https://sso.example.com/"}, b""), Layer.NETWORK, "HTTP 302"),
    (PAGE, Layer.NETWORK, "answered the token with a page"),
    (reply(404, {"error": "404 Not Found"}), Layer.GIT_TOKEN, "older than GitLab 15.5"),
    (reply(418, {}), Layer.PROVIDER_OUTAGE, "HTTP 418"),
    (reply(503, {}), Layer.PROVIDER_OUTAGE, ""),
    ((429, {"Retry-After": "30"}, b"Retry later\n"), Layer.PROVIDER_OUTAGE, ""),
], ids=["rule", "ban", "proxy", "sign-in", "page", "old", "teapot", "outage", "rate limit"])
def test_what_is_no_judgement_of_the_token_is_unknown(scripted_host, answer, layer, text):
    verdict = run(scripted(scripted_host, self=answer).url, TOKEN)["token_accepted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence


def test_a_version_that_keeps_the_route_from_some_scopes_accepted_the_token(scripted_host):
    no = reply(403, {"error": "insufficient_scope", "error_description": "The request requires higher privileges than "
                     "provided by the access token.", "scope": "api read_api"})
    rows = run(scripted(scripted_host, self=no).url, TOKEN)
    assert rows["token_accepted"].status is Status.PASS
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].required) == (Status.UNKNOWN, False)
