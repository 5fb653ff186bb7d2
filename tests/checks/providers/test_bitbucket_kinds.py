"""The kinds of token: what their form and the host's answer tell, what has ended, and what needs a plan."""
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checks.providers.deprecations import APP_PASSWORDS
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.bitbucket_run import CREDENTIALS, PUBLIC, USER, at, error, landed, reply, run, said, scripted

pytestmark = pytest.mark.usefixtures("loopback")
APP_PASSWORD = "ATBB" + "a" * 28
ENDED = datetime.combine(APP_PASSWORDS.ends, datetime.min.time(), UTC)


def of(host, token, kind, path="acme/web", **settings):
    return run(host.url, token, host.clone_url(path), token_kind=kind, **settings)


@pytest.mark.parametrize(("token", "kind", "form", "choose"), [
    ("repository", "api_token", "an access token of a repository, project or workspace", "made as: repository, project or"),
    ("workspace", "api_token", "an access token of a repository, project or workspace", "made as: repository, project or"),
    ("api", "repository_access_token", "an API token", "“API token (of a user)” and enter the e-mail address"),
])
def test_the_wrong_kind_is_named_with_what_to_choose(bitbucket_hosts, token, kind, form, choose):
    rows = of(bitbucket_hosts(tells=False), CREDENTIALS[token].value, kind)
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert f"has the form of {form}" in rows["token_kind_supported"].evidence
    assert choose in rows["token_kind_supported"].remedy
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert choose in rows["clone_permitted"].remedy


def test_an_api_token_that_the_api_takes_as_bearer_still_fails_over_git(bitbucket_host):
    rows = of(bitbucket_host, CREDENTIALS["api"].value, "workspace_access_token")
    assert rows["token_accepted"].status is Status.PASS
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "took the token for an API token" in rows["token_kind_supported"].evidence
    assert "Set the kind of token to “API token (of a user)”" in rows["clone_permitted"].remedy


@pytest.mark.parametrize(("token", "kind"), [
    ("repository", "workspace_access_token"), ("workspace", "project_access_token"), ("project", "repository_access_token")])
def test_another_access_token_than_was_said_works_and_is_corrected(bitbucket_host, token, kind):
    rows = of(bitbucket_host, CREDENTIALS[token].value, kind)
    assert said(rows["token_kind_supported"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert rows["token_kind_supported"].facts["told"].startswith(token)
    assert rows["clone_permitted"].status is Status.PASS


@pytest.mark.parametrize("kind", ["api_token", "repository_access_token"])
def test_an_app_password_has_ended_by_the_dated_table(bitbucket_host, kind):
    rows = of(bitbucket_host, APP_PASSWORD, kind)
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert APP_PASSWORDS.sentence(ENDED.date()) in rows["token_kind_supported"].evidence
    assert APP_PASSWORDS.instead in rows["token_kind_supported"].remedy
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "This is an app password" in rows["token_accepted"].remedy
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "(HTTP 410: “CHANGE-3222 - Functionality has been deprecated" in rows["clone_permitted"].evidence
    assert APP_PASSWORDS.sentence(ENDED.date()) in rows["clone_permitted"].evidence


@pytest.mark.parametrize(("now", "status", "text"), [
    (ENDED, Status.FAIL, "ended on"), (ENDED - timedelta(days=1), Status.WARN, "end on")])
def test_an_app_password_is_judged_by_the_day_of_the_run(bitbucket_host, now, status, text):
    rows = landed(bitbucket_host.url, APP_PASSWORD, [], now=now)
    assert rows["token_kind_supported", None].status is status
    assert text in rows["token_kind_supported", None].evidence


@pytest.mark.parametrize("token", ["project", "workspace"])
def test_a_token_of_a_project_or_workspace_works_and_needs_premium(bitbucket_host, token):
    rows = at(bitbucket_host, token=token)
    assert said(rows["token_kind_supported"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "it works now, and stops when that plan ends" in rows["token_kind_supported"].evidence
    assert "a repository access token, which is on all plans" in rows["token_kind_supported"].remedy
    assert rows["clone_permitted"].status is Status.PASS
    refused = of(bitbucket_host, "ATCTT3x99", "workspace_access_token")["token_kind_supported"]
    assert (refused.status, "as one is whose plan has ended" in refused.evidence) == (Status.WARN, True)


def test_an_api_token_without_scopes_is_named(bitbucket_host, scripted_host):
    for token in ("api_unscoped", "api_revoked"):  # the host says the same of both
        verdict = at(bitbucket_host, token=token)["token_kind_supported"]
        assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
        assert "made without scopes" in verdict.evidence
        assert "Create API token with scopes" in verdict.remedy
    told = reply(200, {"type": "user", "uuid": "{1}", "nickname": "deploy"}, **{"X-OAuth-Scopes": ""})
    rows = run(scripted(scripted_host, hook_events=PUBLIC, user=told).url, "ATATT3x", token_kind="api_token")
    assert rows["token_kind_supported"].status is Status.WARN
    assert rows["scopes_sufficient"].status is Status.FAIL


@pytest.mark.parametrize(("token", "text"), [
    ("ghp_" + "a" * 36, "a token of GitHub"), ("glpat-" + "a" * 20, "a token of GitLab"),
    ("AKIA" + "A" * 16, "an AWS access key id"), ("a" * 76 + "AZDO" + "a" * 4, "a token of Azure DevOps")])
def test_anothers_token_is_recognised_when_it_is_refused(bitbucket_host, token, text):
    rows = run(bitbucket_host.url, token)
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert text in rows["token_kind_supported"].evidence
    assert text in rows["token_accepted"].remedy


def test_an_unusual_form_warns_when_refused_and_passes_when_not(bitbucket_host, scripted_host):
    refused = run(bitbucket_host.url, "correct-horse")["token_kind_supported"]
    assert said(refused) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "may be a password" in refused.evidence
    host = scripted(scripted_host, hook_events=PUBLIC, user=USER)
    assert run(host.url, "NEWFORM1")["token_kind_supported"].status is Status.PASS


def test_an_outage_says_nothing_of_the_kind(scripted_host):
    host = scripted(scripted_host, hook_events=PUBLIC, user=error(503, "Service unavailable"))
    verdict = run(host.url, "ATCTT3x")["token_kind_supported"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)
