"""What a token of Azure DevOps may do: scopes, the repository it sees, cloning and pushing; each by the host's own answer."""
from __future__ import annotations

import json

import pytest

from checks.clients.git import Git
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.azure_devops_run import at, at_beside, beside, own, reply, said
from tests.peers.azure_devops_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
SIGN_IN = "https://spsprodeus1.vssps.visualstudio.com/_signin?realm=dev.azure.com"
ENDED = "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."


# --- Scopes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "without", "options", "turned"), [
    ("reader", "work", {}, {"scopes_sufficient": Status.FAIL, "repository_visible": Status.FAIL,
                            "clone_permitted": Status.FAIL, "ref_exists": Status.SKIPPED}),
    ("entra_writes", "entra_reads", {"pushes": True}, {"scopes_sufficient": Status.FAIL, "pushes_permitted": Status.FAIL}),
], ids=["Code (Read)", "Code (Read & write)"])
def test_taking_away_any_single_scope_turns_exactly_the_rows_that_name_it(azure_host, token, without, options, turned):
    good, bad = (at(azure_host, token=name, ref="dev", **options) for name in (token, without))
    changed = {slug: bad[slug].status for slug in good if good[slug].status is not bad[slug].status}
    changed.pop("scopes_not_excessive", None)  # the token of the first case may do something else in its place
    assert changed == turned
    need = ["Code (Read & write)"] if options else ["Code (Read)"]
    for slug, status in turned.items():
        if status is Status.FAIL:
            assert said(bad[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
            assert bad[slug].facts["required"] == need
            assert f"required: {need[0]}." in bad[slug].evidence


def test_pushes_want_a_scope_that_a_personal_token_does_not_show(azure_host):
    rows = at(azure_host, token="writer", ref="dev", pushes=True)
    for slug in ("scopes_sufficient", "pushes_permitted"):
        assert (rows[slug].status, rows[slug].cause, rows[slug].required) == (Status.UNKNOWN, Cause.PROVIDER, False)
        assert "Code (Read & write)" in rows[slug].evidence


@pytest.mark.parametrize(("token", "surplus"), [
    ("broad", ["Work Items (Read)", "Agent Pools (Read)", "Build (Read)"]),
    ("full", ["Work Items (Read)", "Agent Pools (Read)", "Build (Read)"]),
    ("manager", ["Code (Read, write, & manage)"]), ("entra_writes", ["Code (Read & write)"]), ("entra", ["Full access"]),
])
def test_what_is_broader_than_a_deploy_needs_is_warned_of(azure_host, token, surplus):
    rows = at(azure_host, token=token, ref="dev")
    assert rows["scopes_sufficient"].status is Status.PASS
    assert said(rows["scopes_not_excessive"]) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert f"may do more than a deploy needs: {', '.join(surplus)}" in rows["scopes_not_excessive"].evidence
    assert "Make a token with Code (Read) alone" in rows["scopes_not_excessive"].remedy


def test_what_a_microsoft_entra_token_lists_is_the_whole(azure_host):
    rows = at(azure_host, token="entra_reads")
    assert rows["scopes_not_excessive"].status is Status.PASS
    rows = at(azure_host, token="entra_service", token_expires_on="")  # carries no scopes
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].required) == (Status.UNKNOWN, False)


def test_the_list_of_projects_tells_nothing_and_is_not_asked(azure_host):
    at(azure_host)
    assert not [seen for seen in azure_host.seen if seen.path.endswith("/_apis/projects")]


@pytest.mark.parametrize("answer", [own(503, {}), own(403, {"message": "no permission"}), own(404, {"message": "none"}),
                                    reply(429, {}), reply(200, b"<html>", "text/html")])
def test_trouble_with_what_no_deploy_needs_leaves_the_other_rows(azure_host, scripted_host, answer):
    beyond = ("/wit/", "/distributedtask/", "/build/", "/pipelinepermissions/")
    host = beside(azure_host, scripted_host, lambda seen: answer if any(part in seen.path for part in beyond) else None)
    rows = at_beside(host, azure_host)
    assert rows["scopes_sufficient"].status is rows["clone_permitted"].status is Status.PASS
    assert said(rows["scopes_not_excessive"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.GIT_TOKEN)


def test_an_outage_of_the_repositories_leaves_the_scopes_unknown(azure_host, scripted_host):
    host = beside(azure_host, scripted_host, lambda seen: own(503, {}) if "/git/repositories" in seen.path else None)
    rows = at_beside(host, azure_host)
    assert said(rows["scopes_sufficient"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)
    assert rows["token_accepted"].status is rows["clone_permitted"].status is Status.PASS


def test_of_a_long_list_only_the_beginning_is_read(azure_host, scripted_host):
    entry = {"id": "r-1", "name": "web", "project": {"id": "p-1", "name": "shop"}}
    body = json.dumps({"value": [entry] * 60_000, "count": 60_000}).encode()

    def decide(seen):
        return own(200, body) if seen.path.partition("?")[0].endswith("/_apis/git/repositories") else None
    host = beside(azure_host, scripted_host, decide)
    assert at_beside(host, azure_host)["scopes_sufficient"].status is Status.PASS
    assert [seen for seen in host.seen if "/p-1/_apis/build/definitions" in seen.path]


# --- repository_visible -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "status", "layer", "text"), [
    ("shop/web", Status.PASS, Layer.GIT_TOKEN, "of a private project, default branch main"),
    ("shop/empty", Status.WARN, Layer.BRANCH_MISSING, "is empty"),
    ("shop/off", Status.FAIL, Layer.REPO_ALLOW_LIST, "is disabled"),
    ("leaving/old", Status.WARN, Layer.REPO_ALLOW_LIST, "its project was deleting"),
    ("shop/denied", Status.FAIL, Layer.REPO_ALLOW_LIST, "lacks the permission Read"),
    ("shop/secret", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it (HTTP 404: “TF401019"),
    ("shop/missing", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it (HTTP 404: “TF401019"),
    ("nothing/web", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it (HTTP 404: “TF200016"),
])
def test_what_the_token_sees_of_a_repository(azure_host, path, status, layer, text):
    verdict = at(azure_host, path)["repository_visible"]
    assert said(verdict) == (status, None if status is Status.PASS else Cause.YOURS, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize(("old", "path"), [(("shop", "shop-web"), "shop/shop-web"), (("store", "web"), "store/web")])
def test_a_renamed_repository_or_project_is_told(azure_hosts, old, path):
    verdict = at(azure_hosts(moved={old: ("shop", "web")}), path)["repository_visible"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert verdict.facts["suggested"].endswith("/acme/shop/_git/web")


@pytest.mark.parametrize(("answer", "layer", "text"), [
    (own(200, []), Layer.PROVIDER_OUTAGE, "where a repository was due"),
    (own(200, {"name": "web"}), Layer.PROVIDER_OUTAGE, "where a repository was due"),
    (reply(403, b"<html>", "text/html"), Layer.NETWORK, "not Azure DevOps's own answer"),
    ((302, {"Location": "https://sso.example.com/"}, b""), Layer.NETWORK, "HTTP 302"),
    (own(409, {"message": "busy"}), Layer.GIT_TOKEN, "HTTP 409"), (own(502, {}), Layer.PROVIDER_OUTAGE, ""),
])
def test_a_repository_that_was_not_described_is_unknown(azure_host, scripted_host, answer, layer, text):
    host = beside(azure_host, scripted_host, lambda seen: answer if "/git/repositories/web" in seen.path else None)
    verdict = at_beside(host, azure_host)["repository_visible"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence


# --- clone_permitted, ref_exists ----------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "layer", "text"), [
    ("shop/secret", Layer.GIT_TOKEN, "does not exist, or this token cannot see it (HTTP 404: “TF401019"),
    ("shop/denied", Layer.REPO_ALLOW_LIST, "lacks the permission Read on shop/_git/denied (HTTP 403: “TF401027"),
    ("shop/off", Layer.REPO_ALLOW_LIST, "is disabled"),
])
def test_a_clone_that_is_refused_fails_in_the_hosts_words(azure_host, path, layer, text):
    verdict = at(azure_host, path)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize(("answer", "status", "layer", "text"), [
    (own(203, b"<html><title>Sign In</title>", "text/html"), Status.FAIL, Layer.GIT_TOKEN, "(HTTP 203)"),
    ((302, {"Location": SIGN_IN}, b""), Status.FAIL, Layer.GIT_TOKEN, "to its sign-in page (HTTP 302)"),
    (own(401, b"", "text/plain", X_TFS_ServiceError=ENDED), Status.FAIL, Layer.GIT_TOKEN,
     "The Personal Access Token used has expired"),
    (reply(203, b"<html>captive", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    (reply(401, b"<html>proxy", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    (reply(403, b"<html>firewall", "text/html"), Status.UNKNOWN, Layer.NETWORK, "not Azure DevOps's own"),
    ((302, {"Location": "https://sso.example.com/login"}, b""), Status.UNKNOWN, Layer.NETWORK, "sso.example.com"),
    (own(200, b"<html>", "text/html"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, "a web page"),
    (own(503, b"", "text/plain"), Status.UNKNOWN, Layer.PROVIDER_OUTAGE, ""),
], ids=["203", "302", "header", "captive", "proxy", "firewall", "SSO", "page", "outage"])
def test_other_answers_to_a_clone_are_told_apart(azure_host, scripted_host, answer, status, layer, text):
    def decide(seen):
        return answer if "/info/refs" in seen.path and "Authorization" in seen.headers else None
    host = beside(azure_host, scripted_host, decide)
    token = "revoked" if status is Status.FAIL else "reader"
    verdict = at_beside(host, azure_host, token=token)["clone_permitted"]
    assert said(verdict) == (status, Cause.YOURS if status is Status.FAIL else Cause.PROVIDER, layer)
    assert text in verdict.evidence


def test_a_refused_clone_stands_when_nobody_says_whose_token_it_is(azure_host, scripted_host):
    def decide(seen):
        return own(503, {}) if "/_apis/" in seen.path and "Authorization" in seen.headers else None
    rows = at_beside(beside(azure_host, scripted_host, decide), azure_host, token="work")
    assert rows["token_accepted"].status is Status.UNKNOWN
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)


@pytest.mark.parametrize(("ref", "path", "status", "text"), [
    ("v1", "shop/web", Status.PASS, "had the tag v1"), ("dev", "shop/web", Status.PASS, "had the branch dev"),
    ("v1", "shop/both", Status.WARN, "both a branch and a tag"), ("devel", "shop/web", Status.FAIL, "no branch and no tag"),
    ("main", "shop/empty", Status.FAIL, "is empty"),
])
def test_refs_are_read_from_the_older_protocol(azure_host, ref, path, status, text):
    verdict = at(azure_host, path, ref=ref)["ref_exists"]
    assert (verdict.status, verdict.layer) == (status, Layer.BRANCH_MISSING)
    assert text in verdict.evidence


# --- pushes_permitted ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token", "ref", "status", "layer", "text"), [
    ("manager", "dev", Status.PASS, Layer.GIT_TOKEN, "would take a push"),
    ("lead", "main", Status.PASS, Layer.GIT_TOKEN, "would take a push"),
    ("entra_writes", "dev", Status.PASS, Layer.GIT_TOKEN, "would take a push"),
    ("manager", "main", Status.FAIL, Layer.REPO_ALLOW_LIST, "through pull requests only (Minimum number of reviewers)"),
    ("reader", "dev", Status.FAIL, Layer.REPO_ALLOW_LIST, "lacks the permission Contribute"),
    ("writes_unheard", "dev", Status.FAIL, Layer.REPO_ALLOW_LIST, "lacks the permission Contribute"),
    ("entra_reads", "dev", Status.FAIL, Layer.GIT_TOKEN, "required: Code (Read & write)."),
    ("writer", "dev", Status.UNKNOWN, Layer.GIT_TOKEN, "tells a token's scopes to nobody"),
])
def test_whether_a_push_would_be_taken(azure_host, token, ref, status, layer, text):
    verdict = at(azure_host, token=token, ref=ref, pushes=True)["pushes_permitted"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize("answer", [own(401, {"message": "TF400813: The user 'x' is not authorized to access this resource."}),
                                    own(404, {"message": "none"}), own(200, {"value": []}), own(200, {"value": ["yes"]})])
def test_a_host_that_does_not_tell_the_users_permission_leaves_it_unknown(azure_host, scripted_host, answer):
    host = beside(azure_host, scripted_host, lambda seen: answer if "/_apis/permissions/" in seen.path else None)
    verdict = at_beside(host, azure_host, token="writer", ref="dev", pushes=True)["pushes_permitted"]
    assert (verdict.status, verdict.cause, verdict.required) == (Status.UNKNOWN, Cause.PROVIDER, False)
    assert "did not tell if the token's user may write" in verdict.evidence


def test_a_push_that_the_host_refuses_at_once_fails(azure_host, scripted_host):
    words = b"TF401027: You need the Git 'GenericContribute' permission to perform this action. Details: identity 'x', scope 'y'."
    host = beside(azure_host, scripted_host,
                  lambda seen: own(403, words, "text/plain") if "git-receive-pack" in seen.path else None)
    verdict = at_beside(host, azure_host, token="writer", ref="dev", pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REPO_ALLOW_LIST)
    assert "lacks the permission Contribute" in verdict.evidence


def test_nothing_is_pushed(azure_host):
    at(azure_host, token="lead", pushes=True)
    assert not [seen for seen in azure_host.seen if seen.method != "GET" and seen.path.endswith("/git-receive-pack")]


def test_a_reader_is_shown_the_push_advertisement_which_therefore_decides_nothing(azure_host):
    git = Git(azure_host.url, "pat", TOKENS["reader"].value)
    assert git.advertises_push(azure_host.clone_url("shop/web")) is None
