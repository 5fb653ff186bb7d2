"""What a token of Bitbucket Cloud may do: scopes, the repository it sees, cloning and pushing, by the host's own answers."""
from __future__ import annotations

import pytest

from checks.demo.bitbucket_answers import Credential
from checks.verdict import Cause, Layer, Status
from tests.checks.clients.test_git import pkt
from tests.checks.providers.bitbucket_run import (
    CREDENTIALS,
    PAGE,
    PUBLIC,
    USER,
    at,
    beside,
    error,
    landed,
    reply,
    run,
    said,
    scripted,
)

pytestmark = pytest.mark.usefixtures("loopback")
READ, WRITE = "read:repository:bitbucket", "write:repository:bitbucket"
FAILS = (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
LACKS = "Your credentials lack one or more required privilege scopes"


# --- Scopes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "granted", "required"), [
    ("api_admin", ["admin:repository:bitbucket", "read:user:bitbucket"], [READ]),
    ("api_only_writes", ["read:user:bitbucket", WRITE], [READ]), ("repository_pulls", ["pipeline"], ["repository"])])
def test_a_missing_scope_shows_granted_against_required(bitbucket_host, token, granted, required):
    rows = at(bitbucket_host, token=token)
    for slug in ("scopes_sufficient", "repository_visible", "clone_permitted"):
        assert said(rows[slug]) == FAILS, slug
        assert (rows[slug].facts["granted"], rows[slug].facts["required"]) == (granted, required)
        assert f"Granted: {', '.join(granted)}; required: {', '.join(required)}." in rows[slug].evidence
    for slug in ("repository_visible", "clone_permitted"):
        assert LACKS in rows[slug].evidence


def test_scopes_of_access_tokens_imply_and_those_of_api_tokens_do_not(bitbucket_host):
    assert at(bitbucket_host, token="repository_writes")["scopes_sufficient"].status is Status.PASS
    assert at(bitbucket_host, token="api_only_writes")["scopes_sufficient"].status is Status.FAIL


TAKEN = [("api_token", (READ, WRITE), taken) for taken in (READ, WRITE)] + [
    ("repo_access_token", ("repository:write",), "repository:write"), ("repo_access_token", ("repository",), "repository")]
BROKEN = {READ: {"scopes_sufficient", "repository_visible", "clone_permitted"}, WRITE: {"scopes_sufficient", "pushes_permitted"},
          "repository:write": {"scopes_sufficient", "pushes_permitted"},
          "repository": {"scopes_sufficient", "repository_visible", "clone_permitted"}}


@pytest.mark.parametrize(("kind", "scopes", "taken"), TAKEN)
def test_taking_away_one_scope_turns_exactly_the_rows_that_name_it(bitbucket_hosts, kind, scopes, taken):
    """What is left of repository:write is repository, as when its box is unticked; another scope stays, so that an API
    token is not one without scopes."""
    pushes = taken != "repository"
    other = "read:user:bitbucket" if kind == "api_token" else "pipeline"
    left = tuple(s for s in scopes if s != taken) + (("repository",) if taken == "repository:write" else ())
    outcomes = []
    for held in ((*scopes, other), (*left, other)):
        credential = Credential("ATATT3x" if kind == "api_token" else "ATCTT3x", kind, held, user="writer")
        host = bitbucket_hosts(credentials=[credential])
        rows = run(host.url, credential.value, host.clone_url("acme/web"), pushes=pushes,
                   token_kind="api_token" if kind == "api_token" else "repository_access_token")
        outcomes.append({slug: verdict.status for slug, verdict in rows.items()})
    before, after = outcomes
    assert set(before.values()) == {Status.PASS}
    assert {slug for slug, status in after.items() if status is Status.FAIL} == BROKEN[taken]


@pytest.mark.parametrize(("token", "named"), [
    ("api_writer", WRITE), ("api_admin", "admin:repository:bitbucket"), ("repository_writes", "repository:write"),
    ("repository_admin", "repository:admin, webhook")])
def test_what_a_deploy_does_not_need_is_warned_of(bitbucket_host, token, named):
    verdict = at(bitbucket_host, token=token)["scopes_not_excessive"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert f"more than a deploy needs: {named}." in verdict.evidence
    assert "alone on" in verdict.remedy


def test_a_host_that_tells_no_scopes_leaves_the_clone_to_decide(bitbucket_hosts):
    rows = at(bitbucket_hosts(tells=False), token="api")
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].required) == (Status.UNKNOWN, False)
    assert rows["scopes_not_excessive"].status is Status.UNKNOWN
    assert rows["clone_permitted"].status is Status.PASS
    told = at(bitbucket_hosts(tells=False), token="api_bare")["scopes_sufficient"]  # by the 403's own list
    assert (told.status, told.facts["granted"]) == (Status.PASS, [READ])


# --- repository_visible -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "status", "layer", "text"), [
    ("acme/empty", Status.WARN, Layer.BRANCH_MISSING, "is empty"),
    ("acme/site", Status.PASS, Layer.GIT_TOKEN, "a public repository"),
    ("acme/secret", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
    ("acme/missing", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
])
def test_what_the_token_sees_of_a_repository(bitbucket_host, path, status, layer, text):
    verdict = at(bitbucket_host, path, token="api")["repository_visible"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


def test_a_renamed_repository_is_told(bitbucket_hosts, scripted_host):
    rows = at(bitbucket_hosts(moved={"acme/was": "acme/web"}), "acme/was", token="api")
    for slug in ("repository_visible", "clone_permitted"):
        assert said(rows[slug]) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert rows["clone_permitted"].facts["suggested"].endswith("/acme/web.git")
    assert rows["ref_exists"].status is Status.PASS
    host = scripted(scripted_host, hook_events=PUBLIC, user=USER, **{"acme/was": reply(200, {"full_name": "acme/web"})})
    verdict = run(host.url, "ATATT3x", f"{host.url}/acme/was.git", token_kind="api_token")["repository_visible"]
    assert (verdict.status, verdict.facts["suggested"]) == (Status.WARN, f"{host.url}/acme/web.git")


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (PAGE, Status.UNKNOWN, Layer.NETWORK, "not Bitbucket's own answer"),
    ((302, {"Location": "https://sso.example.com/"}, b""), Status.UNKNOWN, Layer.NETWORK, "HTTP 302"),
    (error(410, "CHANGE-2770 - Functionality has been deprecated"), Status.UNKNOWN, Layer.GIT_TOKEN, "HTTP 410"),
    (reply(200, []), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "was due"),
    (error(403, "Forbidden"), Status.FAIL, Layer.REPO_ALLOW_LIST, "“Forbidden”"),
    (error(403, f"{LACKS}."), Status.FAIL, Layer.GIT_TOKEN, "Granted: not told by the host; required: read:repository"),
    (error(404, "Repository acme/web not found"), Status.FAIL, Layer.GIT_TOKEN, "“Repository acme/web not found”"),
    (error(401, "Token is invalid, expired, or not supported for this endpoint."), Status.FAIL, Layer.GIT_TOKEN, "HTTP 401"),
    (error(502, ""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
])
def test_each_answer_about_a_repository_is_told_apart(scripted_host, answer, status, layer, text):
    host = scripted(scripted_host, hook_events=PUBLIC, user=USER, **{"acme/web": answer})
    verdict = run(host.url, "ATATT3x", f"{host.url}/acme/web.git", token_kind="api_token")["repository_visible"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


# --- clone_permitted ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("hides_by_401", [False, True])
def test_a_repository_that_the_token_cannot_see_is_no_bad_token(bitbucket_hosts, hides_by_401):
    host = bitbucket_hosts(hides_by_401=hides_by_401)
    for path in ("acme/secret", "acme/missing"):
        verdict = at(host, path, token="api")["clone_permitted"]
        assert said(verdict) == FAILS
        assert f"{path} does not exist, or this token cannot see it (HTTP {401 if hides_by_401 else 404}" in verdict.evidence
        assert verdict.facts["candidates"] == ["clone-url", "git-token", "repo-allow-list"]
        assert verdict.link == f"{host.url}/{path}"


def test_a_repository_access_token_opens_one_repository(bitbucket_host):
    """Where several services of an integration name several repositories, those that fail say why."""
    services = [(name, bitbucket_host.clone_url(path), "main") for name, path in (("web", "acme/web"), ("tool", "other/tool"))]
    rows = landed(bitbucket_host.url, CREDENTIALS["repository"].value, services)
    assert rows["clone_permitted", "web"].status is Status.PASS
    for slug in ("clone_permitted", "repository_visible"):
        assert said(rows[slug, "tool"]) == FAILS
        assert "connect one integration per repository" in rows[slug, "tool"].remedy


def test_where_the_api_is_silent_a_401_of_git_names_both_reasons(bitbucket_host, scripted_host):
    def outage(seen):
        return error(503, "") if seen.path.startswith("/2.0/user") else None
    host = beside(bitbucket_host, scripted_host, outage)
    verdict = run(host.url, "ATCTT3x99", f"{host.url}/acme/web.git")["clone_permitted"]
    assert said(verdict) == FAILS
    assert "or has no such repository to show (HTTP 401" in verdict.evidence
    assert verdict.facts["candidates"][0] == "git-token"
    assert f"{host.url}/acme/web/admin/access-tokens" in verdict.remedy


@pytest.mark.parametrize(("token", "page"), [
    ("repository_pulls", "/acme/web/admin/access-tokens"), ("api_admin", "https://id.atlassian.com/manage-profile/")])
def test_the_link_goes_to_where_such_a_token_is_made(bitbucket_host, token, page):
    assert page in at(bitbucket_host, token=token)["clone_permitted"].link


def test_a_public_repository_proves_nothing_of_the_token(bitbucket_host):
    verdict = at(bitbucket_host, "acme/site")["clone_permitted"]
    assert (verdict.status, verdict.facts["public"]) == (Status.PASS, True)
    refused = at(bitbucket_host, "acme/site", token="repository_revoked")["clone_permitted"]
    assert said(refused) == FAILS
    assert refused.evidence.startswith("acme/site is public and answered without a token, yet not with this one.")


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (PAGE, Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "a web page"),
    (reply(403, b"<html>Attention", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Bitbucket's own answer"),
    (reply(401, b"<html>Log in", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Bitbucket's own answer"),
    (reply(403, b"Forbidden", "text/plain"), Status.FAIL, Layer.REPO_ALLOW_LIST, "though its scopes suffice"),
    (reply(401, b"Invalid credentials", "text/plain"), Status.FAIL, Layer.GIT_TOKEN, "“Invalid credentials”"),
    (reply(410, b"gone", "text/plain"), Status.FAIL, Layer.GIT_TOKEN, "HTTP 410: “gone”"),
    (reply(503, b"", "text/plain"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    ((429, {"Retry-After": "9"}, b""), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
    (reply(200, pkt("ERR access denied"), "application/x-git-upload-pack-advertisement"), Status.FAIL, Layer.GIT_TOKEN,
     "access denied"),
])
def test_each_answer_of_git_is_told_apart(bitbucket_host, scripted_host, answer, status, layer, text):
    def to_the_token(seen):
        return answer if "/info/refs" in seen.path and "Authorization" in seen.headers else None
    host = beside(bitbucket_host, scripted_host, to_the_token)
    verdict = run(host.url, CREDENTIALS["repository"].value, f"{host.url}/acme/web.git")["clone_permitted"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


# --- pushes_permitted ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "layer", "text"), [
    ("api", Layer.GIT_TOKEN, f"required: {READ}, {WRITE}."), ("repository", Layer.GIT_TOKEN, "required: repository:write."),
    ("api_writes_unheard", Layer.REPO_ALLOW_LIST, "though its scopes suffice"),
    ("repository_read_only", Layer.REPO_ALLOW_LIST, "though its scopes suffice")])
def test_a_push_that_would_be_refused_fails(bitbucket_host, token, layer, text):
    verdict = at(bitbucket_host, token=token, pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence


def test_a_push_that_opens_without_the_scope_fails_all_the_same(bitbucket_host, scripted_host):
    def opens(seen):
        if "git-receive-pack" in seen.path:
            return reply(200, pkt("# service=git-receive-pack\n") + b"0000", "application/x-git-receive-pack-advertisement")
        return None
    host = beside(bitbucket_host, scripted_host, opens)
    verdict = run(host.url, CREDENTIALS["repository"].value, f"{host.url}/acme/web.git", pushes=True)["pushes_permitted"]
    assert said(verdict) == FAILS
    assert "Granted: repository; required: repository:write." in verdict.evidence


def test_a_push_is_told_as_far_as_it_goes_where_no_scope_is_told(bitbucket_hosts):
    verdict = at(bitbucket_hosts(tells=False), token="repository_writes", pushes=True)["pushes_permitted"]
    assert (verdict.status, verdict.facts["told_in_full"]) == (Status.PASS, False)
    assert "only when a push arrives" in verdict.evidence
