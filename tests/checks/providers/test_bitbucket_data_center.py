"""Bitbucket Data Center: HTTP access tokens, clone URLs below /scm, and what it does not tell."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.checks.providers.bitbucket_run import (
    DEFAULT_API,
    PAGE,
    ROWS,
    TOKENS,
    at_data_center,
    landed,
    reply,
    run,
    said,
    scripted,
)

pytestmark = pytest.mark.usefixtures("loopback")
VERSION = reply(200, {"version": "9.4.12", "buildNumber": "9004012", "displayName": "Bitbucket"})
# drone/go-scm scm/driver/stash/testdata/error.json; the message of the 401 from issue threads
BAD = reply(401, {"errors": [{"context": None, "message": "Authentication failed. Please check your credentials and try again.",
                              "exceptionName": "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException"}]})


@pytest.mark.parametrize("typed", [{}, {"api_url": ""}, {"context": "/bitbucket"}], ids=["default", "blank", "context"])
def test_a_users_token_passes_what_can_be_seen(data_centers, typed):
    host = data_centers(context=typed.get("context", ""))
    rows = at_data_center(host, ref="v1", api_url=typed.get("api_url", DEFAULT_API))
    unseen = {"scopes_sufficient", "scopes_not_excessive"}
    assert {slug: v.status for slug, v in rows.items() if slug not in unseen} == dict.fromkeys(
        [slug for slug in ROWS[:-1] if slug not in unseen], Status.PASS)
    assert rows["host_reachable"].evidence.endswith("answered as Bitbucket Data Center 9.4.12.")
    assert rows["token_accepted"].evidence.endswith("authenticated the token as deploy.")
    assert rows["repository_visible"].evidence == "ACME/web was visible as a private repository."
    for slug in unseen:
        assert said(rows[slug]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.GIT_TOKEN)
        assert "does not tell" in rows[slug].evidence
    assert rows["scopes_sufficient"].required is False
    assert all(seen.path.startswith(f"{host.context}/") for seen in host.seen)


@pytest.mark.parametrize("ending", ["/rest", "/rest/api/1.0", "/rest/api/latest/"])
def test_an_api_address_below_rest_means_data_center(data_center, ending):
    rows = at_data_center(data_center, api_url=data_center.url + ending)
    assert rows["host_reachable"].facts["server"] == "Bitbucket Data Center"
    assert rows["clone_permitted"].status is Status.PASS


def test_the_end_is_not_told(data_center):
    verdict = at_data_center(data_center, token_expires_on="")["token_not_expiring"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.YOURS)
    assert "does not tell a token when it ends" in verdict.evidence
    assert verdict.link == f"{data_center.url}/plugins/servlet/access-tokens/manage"


def test_a_token_that_git_takes_as_bearer_alone_is_explained(data_center):
    rows = at_data_center(data_center, token="project")
    assert (rows["token_accepted"].status, rows["repository_visible"].status) == (Status.PASS, Status.PASS)
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "sent with the user name x-token-auth (HTTP 401" in rows["clone_permitted"].evidence
    assert "only as a Bearer header, which no deploy sends" in rows["clone_permitted"].remedy


def test_a_wrong_user_name_is_explained(data_center):
    verdict = at_data_center(data_center, email="somebody")["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "Enter the user name of the token's own user" in verdict.remedy


def test_a_refused_token_fails_and_its_form_is_told(data_center):
    rows = run(data_center.url, "ATCTT3x", data_center.clone_url("acme/web"), api_url=DEFAULT_API)
    assert said(rows["token_accepted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "“Authentication failed. Please check your credentials and try again”" in rows["token_accepted"].evidence
    assert said(rows["token_kind_supported"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "a token of Atlassian, for Bitbucket" in rows["token_kind_supported"].evidence
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)


def test_there_are_no_workspaces(data_center):
    verdict = run(data_center.url, TOKENS["own"].value, api_url=DEFAULT_API, token_kind="workspace_access_token")
    assert said(verdict["token_kind_supported"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert "has no workspaces" in verdict["token_kind_supported"].evidence


def test_a_form_that_tells_nothing_passes(data_centers):
    plain = type(TOKENS["own"])("MDM0MjM5NDc2MDxx")
    host = data_centers(tokens=[plain])
    assert run(host.url, plain.value, api_url=DEFAULT_API)["token_kind_supported"].status is Status.PASS


def test_a_host_that_names_no_user_leaves_the_clone_to_decide(data_centers):
    rows = at_data_center(data_centers(names_users=False))
    assert said(rows["token_accepted"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.GIT_TOKEN)
    assert (rows["token_accepted"].required, rows["clone_permitted"].status) == (False, Status.PASS)


@pytest.mark.parametrize(("path", "status", "text"), [
    ("acme/old", Status.WARN, "is archived"), ("acme/site", Status.PASS, "a public repository"),
    ("acme/secret", Status.FAIL, "does not exist, or this token cannot see it")])
def test_what_the_token_sees_of_a_repository(data_center, path, status, text):
    verdict = at_data_center(data_center, path)["repository_visible"]
    assert verdict.status is status
    assert text in verdict.evidence
    assert verdict.link.startswith(f"{data_center.url}/projects/acme/repos/") or status is Status.PASS


@pytest.mark.parametrize(("about", "status", "layer", "text"), [
    ({"slug": "web", "project": {"key": "NEW"}}, Status.WARN, Layer.CLONE_URL, "acme/web is now scm/NEW/web"),
    ({"slug": "web", "project": {"key": "ACME"}, "state": "INITIALISATION_FAILED"}, Status.WARN, Layer.GIT_TOKEN,
     "its state was INITIALISATION_FAILED"),
    ([], Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "where a repository was due")])
def test_each_description_is_told_apart(scripted_host, about, status, layer, text):
    named = (VERSION[0], {**VERSION[1], "X-AUSERNAME": "deploy"}, VERSION[2])
    host = scripted(scripted_host, **{"application-properties": named, "repos/web": reply(200, about)})
    verdict = run(host.url, "BBDC-own", f"{host.url}/scm/acme/web.git", api_url=DEFAULT_API)["repository_visible"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize(("token", "status", "text"), [
    ("writer", Status.PASS, "only when a push arrives"), ("own", Status.FAIL, "You are not permitted to push")])
def test_pushing_is_told_as_far_as_it_goes(data_center, token, status, text):
    verdict = at_data_center(data_center, token=token, pushes=True)["pushes_permitted"]
    assert verdict.status is status
    assert text in verdict.evidence


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (reply(404, b"Not found", "text/plain"), Status.FAIL, Layer.CLONE_URL, "/rest/api/1.0/application-properties (HTTP 404)"),
    (PAGE, Status.UNKNOWN, Layer.NETWORK, "answered with a page"),
    ((302, {"Location": "https://git.example.com/rest/api/1.0/application-properties"}, b""), Status.FAIL, Layer.CLONE_URL,
     "https://git.example.com"),
    (BAD, Status.PASS, Layer.NETWORK, "tells strangers nothing"),
    (reply(503, b"", "text/plain"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "")])
def test_what_is_not_a_data_center_is_told_apart(scripted_host, answer, status, layer, text):
    verdict = run(scripted_host(answer).url, "BBDC-own", api_url=DEFAULT_API)["host_reachable"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


def test_five_services_of_one_run_ask_nothing_twice(data_center):
    services = [(f"s{i}", data_center.clone_url(path), "main")
                for i, path in enumerate(("acme/web", "acme/web", "acme/site", "other/tool", "acme/none"))]
    landed(data_center.url, TOKENS["own"].value, services, api_url=DEFAULT_API, token_kind="api_token", email="deploy")
    asked = [(s.method, s.path, s.headers.get("Authorization")) for s in data_center.seen]
    assert len(asked) == len(set(asked))
