"""What a token of Gitea may do: scopes, the repository it sees, and pushing; each verdict by the host's own answer."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")
from tests.checks.providers.gitea_run import PAGE, VERSION, at, reply, run, said, scripted


def test_a_missing_scope_shows_granted_against_required(git_host):
    rows = at(git_host, token="issues")
    assert said(rows["scopes_sufficient"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert rows["scopes_sufficient"].facts["granted"] == ["read:issue", "read:user"]
    assert rows["scopes_sufficient"].facts["required"] == ["read:repository"]
    assert "Granted: read:issue, read:user; required: read:repository." in rows["scopes_sufficient"].evidence
    for slug in ("clone_permitted", "repository_visible"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert rows[slug].facts["granted"] == ["read:issue", "read:user"]


def test_pushes_want_the_writing_scope(git_host):
    rows = at(git_host, pushes=True)
    assert rows["scopes_sufficient"].status is Status.FAIL
    assert rows["scopes_sufficient"].facts["required"] == ["write:repository"]
    assert said(rows["pushes_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert rows["clone_permitted"].status is Status.PASS


def test_writing_that_nobody_needs_is_warned_of(git_host):
    rows = at(git_host, token="writer")
    assert rows["scopes_sufficient"].status is Status.PASS
    assert (rows["scopes_not_excessive"].status, rows["scopes_not_excessive"].cause) == (Status.WARN, Cause.YOURS)
    assert "write:repository" in rows["scopes_not_excessive"].evidence
    assert "read:repository alone" in rows["scopes_not_excessive"].remedy
    assert at(git_host, token="writer", ref="dev", pushes=True)["scopes_not_excessive"].status is Status.PASS


@pytest.mark.parametrize("token", ["all", "root"])
def test_a_token_that_no_route_refuses_is_excessive(git_host, token):
    rows = at(git_host, token=token)
    assert rows["scopes_sufficient"].status is Status.PASS
    assert rows["scopes_not_excessive"].status is Status.WARN
    assert "read:admin" in rows["scopes_not_excessive"].evidence


def test_a_host_that_does_not_name_scopes_is_asked_by_its_routes(git_hosts):
    host = git_hosts(names_scopes=False)
    rows = at(host)
    assert rows["scopes_sufficient"].status is Status.PASS
    assert rows["scopes_sufficient"].facts["told_in_full"] is False
    assert said(rows["scopes_not_excessive"]) == (Status.UNKNOWN, Cause.PROVIDER, Layer.GIT_TOKEN)
    rows = at(host, token="issues")
    assert rows["scopes_sufficient"].status is Status.FAIL
    pushes = at(host, token="writer", ref="dev", pushes=True)
    assert (pushes["scopes_sufficient"].status, pushes["scopes_sufficient"].required) == (Status.UNKNOWN, False)
    assert pushes["pushes_permitted"].status is Status.PASS


def test_a_host_that_tells_nothing_leaves_the_clone_to_decide(scripted_host):
    host = scripted(scripted_host, version=VERSION, user=reply(403, {
        "message": "token does not have at least one of required scope(s): [read:user]"}))
    verdict = run(host.url, "t" * 40)["scopes_sufficient"]
    assert (verdict.status, verdict.cause, verdict.required) == (Status.UNKNOWN, Cause.PROVIDER, False)
    assert "cloning" in verdict.remedy


def test_a_token_for_public_repositories_only_is_explained(git_host):
    rows = at(git_host, token="public_only")
    assert (rows["scopes_sufficient"].status, rows["scopes_sufficient"].cause) == (Status.WARN, Cause.YOURS)
    for slug in ("clone_permitted", "repository_visible"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert "limited to public repositories" in rows[slug].evidence
    assert at(git_host, "acme/site", token="public_only")["clone_permitted"].status is Status.PASS


# --- repository_visible ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "status", "layer", "text"), [
    ("acme/old", Status.WARN, Layer.GIT_TOKEN, "is archived"),
    ("acme/empty", Status.WARN, Layer.BRANCH_MISSING, "is empty"),
    ("acme/copy", Status.PASS, Layer.GIT_TOKEN, "a private mirror"),
    ("acme/site", Status.PASS, Layer.GIT_TOKEN, "a public repository"),
    ("acme/secret", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
    ("acme/missing", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
])
def test_what_the_token_sees_of_a_repository(git_host, path, status, layer, text):
    verdict = at(git_host, path)["repository_visible"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


def test_a_renamed_repository_is_told(git_hosts, scripted_host):
    rows = at(git_hosts(moved={"acme/was": "acme/web"}), "acme/was")
    assert (rows["repository_visible"].status, rows["repository_visible"].layer) == (Status.WARN, Layer.CLONE_URL)
    assert (rows["clone_permitted"].status, rows["clone_permitted"].layer) == (Status.WARN, Layer.CLONE_URL)
    assert rows["clone_permitted"].facts["suggested"].endswith("/acme/web.git")
    assert rows["ref_exists"].status is Status.PASS
    host = scripted(scripted_host, version=VERSION, user=reply(200, {"login": "deploy"}),
                    **{"acme/was": reply(200, {"full_name": "acme/web"})})
    verdict = run(host.url, "t" * 40, f"{host.url}/acme/was.git")["repository_visible"]
    assert (verdict.status, verdict.facts["suggested"]) == (Status.WARN, f"{host.url}/acme/web.git")


@pytest.mark.parametrize(("answer", "layer", "text"), [
    (PAGE, Layer.PROVIDER_OUTAGE, ""), (reply(403, b"<html>", "text/html"), Layer.NETWORK, "not Gitea's own answer"),
    (reply(451, {"message": "gone"}), Layer.GIT_TOKEN, "HTTP 451"), (reply(200, []), Layer.PROVIDER_OUTAGE, "was due"),
])
def test_a_repository_that_was_not_described_is_unknown(scripted_host, answer, layer, text):
    host = scripted(scripted_host, version=VERSION, user=reply(200, {"login": "deploy"}), **{"acme/web": answer})
    verdict = run(host.url, "t" * 40, f"{host.url}/acme/web.git")["repository_visible"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence


# --- pushes_permitted -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("asked", "layer", "text"), [
    (("acme/web", "reader", "dev"), Layer.GIT_TOKEN, "required: write:repository."),
    (("acme/web", "writes_unheard", "dev"), Layer.REPO_ALLOW_LIST, "may read acme/web and not write"),
    (("acme/web", "writer", "main"), Layer.REPO_ALLOW_LIST, "The branch main of acme/web is protected"),
    (("acme/old", "owner", "main"), Layer.GIT_TOKEN, "archived"),
    (("acme/copy", "owner", "main"), Layer.GIT_TOKEN, "mirror"),
])
def test_a_push_that_would_be_refused_fails(git_host, asked, layer, text):
    verdict = at(git_host, *asked, pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence


def test_a_push_is_unknown_where_the_users_right_is_not_told(git_host, scripted_host):
    def answer(seen):
        parts = seen.path.partition("?")[0]
        if parts.endswith("/version"):
            return VERSION
        if parts.startswith("/api/"):
            return reply(404, {"message": "not found"})
        real = git_host.answer(seen)
        return real.status, dict(real.headers), real.body
    host = scripted_host(answer)
    verdict = run(host.url, TOKENS["writer"].value, f"{host.url}/acme/web.git", pushes=True)["pushes_permitted"]
    assert (verdict.status, verdict.cause, verdict.required) == (Status.UNKNOWN, Cause.PROVIDER, False)
    assert "decides nothing" in verdict.evidence


def test_nothing_is_pushed(git_host):
    at(git_host, token="writer", ref="dev", pushes=True)
    assert not [seen for seen in git_host.seen if seen.path.endswith("/git-receive-pack")]
