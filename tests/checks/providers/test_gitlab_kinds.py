"""Which kinds of token GitLab has, how each is told, and when each ends; by answers over a socket."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.peers.gitlab_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
from tests.checks.providers.gitlab_run import STRANGER, at, reply, run, said, scripted


# --- token_kind_supported -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "status", "text"), [
    ("reader", Status.PASS, "a personal access token. GitLab's tokens without fine-grained permissions are on their way"),
    ("bare", Status.PASS, "it may not read which"), ("project", Status.PASS, "the access token of a project"),
    ("group", Status.PASS, "these need Premium or Ultimate"), ("fine", Status.PASS, "fine-grained"),
    ("fine_told", Status.PASS, "fine-grained"), ("no_prefix", Status.PASS, "a personal access token"),
    ("oauth", Status.WARN, "ends within two hours"), ("deploy", Status.PASS, "a deploy token"),
    ("expired", Status.PASS, "has the form"),
])
def test_the_kind_is_told_by_the_hosts_answer(gitlab_host, token, status, text):
    verdict = at(gitlab_host, token=token)["token_kind_supported"]
    assert verdict.status is status
    assert text in verdict.evidence


@pytest.mark.parametrize(("token", "status", "text"), [
    ("ghp_" + "a" * 36, Status.FAIL, "a token of GitHub"), ("ATBB" + "a" * 28, Status.FAIL, "a token of Atlassian"),
    ("a" * 52, Status.FAIL, "a token of Azure DevOps"), ("ab" * 20, Status.FAIL, "Gitea or Forgejo"),
    ("glcbt-64_" + "a" * 20, Status.FAIL, "ends with its job"), ("glrt-" + "a" * 20, Status.FAIL, "opens no repository"),
    ("gloas-" + "a" * 64, Status.FAIL, "opens no repository"), ("correct-horse", Status.WARN, "may be a password"),
])
def test_what_is_no_access_token_is_recognised_when_it_is_refused(gitlab_host, token, status, text):
    rows = run(gitlab_host.url, token)
    assert said(rows["token_kind_supported"]) == (status, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in rows["token_kind_supported"].evidence
    assert rows["token_accepted"].status is Status.FAIL


def test_an_unusual_form_passes_while_the_host_does_not_refuse_it(scripted_host):
    rows = run(scripted(scripted_host, self=reply(403, {"message": "403 Forbidden"})).url, "unusual")
    assert rows["token_kind_supported"].status is Status.PASS


# --- Deploy tokens, OAuth tokens, fine-grained tokens -------------------------------------------------------------
def test_a_deploy_token_is_asked_of_git_and_never_of_the_api(gitlab_host):
    rows = at(gitlab_host, token="deploy")
    unsure = {"token_not_expiring", "scopes_not_excessive", "repository_visible"}
    assert {s for s, v in rows.items() if v.status is not Status.PASS} == unsure
    assert all(rows[slug].status is Status.UNKNOWN for slug in unsure)
    assert rows["scopes_sufficient"].facts["granted"] == ["read_repository"]
    assert not [s for s in gitlab_host.seen if "Private-Token" in s.headers]
    assert at(gitlab_host, token="deploy", token_expires_on="2026-12-01")["token_not_expiring"].status is Status.WARN


def test_a_deploy_token_wants_its_own_user_name(gitlab_host):
    rows = at(gitlab_host, token="deploy", username="oauth2")
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "with the user name oauth2 (HTTP 401)" in rows["token_accepted"].evidence
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "user name is the one that GitLab showed" in rows["clone_permitted"].remedy


def test_a_deploy_token_of_another_project_is_refused_there(gitlab_host):
    rows = at(gitlab_host, "acme/both", token="deploy")
    assert rows["token_accepted"].status is Status.PASS
    assert "is one of acme/both or of its group" in rows["clone_permitted"].remedy


def test_a_deploy_token_without_read_repository_lacks_it(gitlab_host):
    rows = at(gitlab_host, token="deploy_registry")
    for slug in ("scopes_sufficient", "clone_permitted"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert "required: read_repository" in rows[slug].evidence


def test_a_deploy_token_can_never_push(gitlab_host):
    rows = at(gitlab_host, token="deploy", pushes=True)
    for slug in ("token_kind_supported", "pushes_permitted"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)


@pytest.mark.parametrize(("answer", "text"), [
    (reply(403, b"Forbidden\n", "text/plain"), "bars for a while"), (reply(401, b"<html>", "text/html"), "HTTP 401"),
    ((302, {"Location": "https://sso.example.com/"}, b""), "HTTP 302"),
], ids=["ban", "proxy", "sign-in"])
def test_a_deploy_token_that_git_did_not_judge_is_unknown(scripted_host, answer, text):
    host = scripted_host(lambda seen: STRANGER if seen.path.endswith("/version") else answer)
    verdict = run(host.url, TOKENS["deploy"].value)["token_accepted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert text in verdict.evidence


def test_an_oauth_token_is_known_as_bearer_and_ends_today(gitlab_host):
    rows = at(gitlab_host, token="oauth")
    assert "as an OAuth token" in rows["token_accepted"].evidence
    assert rows["scopes_sufficient"].facts["granted"] == ["read_api", "read_repository"]
    assert "ends today" in rows["token_not_expiring"].evidence
    assert rows["repository_visible"].status is Status.PASS


@pytest.mark.parametrize(("token", "end", "visible"), [
    ("fine", Status.UNKNOWN, Status.UNKNOWN), ("fine_told", Status.PASS, Status.PASS)])
def test_a_fine_grained_token_is_valid_and_tells_what_it_was_allowed_to(gitlab_host, token, end, visible):
    rows = at(gitlab_host, token=token)
    assert rows["token_accepted"].status is Status.PASS
    assert rows["token_not_expiring"].status is end
    assert rows["repository_visible"].status is visible
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].required) == (Status.UNKNOWN, False)
    assert rows["clone_permitted"].status is Status.PASS


# --- token_not_expiring -------------------------------------------------------------------------------------------
def test_the_reported_end_wins_over_the_entered_one(gitlab_host):
    verdict = at(gitlab_host, token="soon", token_expires_on="2027-05-05")["token_not_expiring"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "in 8 days, on 2026-12-01, reported by the provider (you entered 2027-05-05)" in verdict.evidence
    assert verdict.facts["threshold"] == 14


def test_a_token_without_an_end_is_told_and_an_entered_date_counts(gitlab_host):
    assert "reported no end" in at(gitlab_host, token="endless")["token_not_expiring"].evidence
    entered = at(gitlab_host, token="endless", token_expires_on="2026-11-01")["token_not_expiring"]
    assert said(entered) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
