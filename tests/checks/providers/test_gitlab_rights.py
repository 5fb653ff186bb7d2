"""What a token of GitLab may do: scopes, the project it sees, cloning and pushing; each by the host's own answer."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.peers.gitlab_host import TOKENS, GitLabToken, value

pytestmark = pytest.mark.usefixtures("loopback")
from tests.checks.providers.gitlab_run import PAGE, SELF, WEB, at, reply, run, said, scripted

P, W, F, U, S = Status.PASS, Status.WARN, Status.FAIL, Status.UNKNOWN, Status.SKIPPED
ANY = value("zz")


# --- Scopes -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("scopes", "taken", "pushes", "changed"), [
    (("read_repository", "read_user"), "read_repository", False,
     {"scopes_sufficient": F, "clone_permitted": F, "ref_exists": S}),
    (("read_repository", "read_user"), "read_user", False, {}),
    (("read_repository", "read_api"), "read_api", False, {"repository_visible": U}),
    (("read_repository", "read_api"), "read_repository", False, {}),  # read_api downloads, too: abilities_for_scopes
    (("write_repository", "read_api"), "write_repository", True, {"scopes_sufficient": F, "pushes_permitted": F}),
    (("write_repository", "read_api"), "read_api", True, {"repository_visible": U}),
    (("api", "read_repository"), "api", False, {"scopes_not_excessive": P, "repository_visible": U}),
])
def test_taking_away_a_scope_turns_exactly_the_rows_that_name_it(gitlab_hosts, scopes, taken, pushes, changed):
    def statuses(granted):
        host = gitlab_hosts(tokens=[GitLabToken(ANY, "writer", scopes=granted)])
        rows = run(host.url, ANY, host.clone_url(WEB), "dev", pushes=pushes)
        return {slug: verdict.status for slug, verdict in rows.items()}
    before = statuses(scopes)
    after = statuses(tuple(scope for scope in scopes if scope != taken))
    assert {slug: status for slug, status in after.items() if status is not before[slug]} == changed


def test_a_missing_scope_shows_granted_against_required(gitlab_host):
    rows = at(gitlab_host, token="registry")
    for slug in ("scopes_sufficient", "clone_permitted"):
        assert said(rows[slug]) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
        assert rows[slug].facts["granted"] == ["read_registry"]
        assert rows[slug].facts["required"] == ["read_repository"]
        assert "Granted: read_registry; required: read_repository." in rows[slug].evidence
    assert "“You are not allowed to download code”" in rows["clone_permitted"].evidence


@pytest.mark.parametrize(("token", "pushes", "named"), [
    ("api", False, "api"), ("api", True, "api"), ("writer", False, "write_repository"),
    ("root", False, "admin_mode, api, sudo"),
])
def test_writing_and_administering_that_nobody_needs_is_warned_of(gitlab_host, token, pushes, named):
    verdict = at(gitlab_host, token=token, pushes=pushes)["scopes_not_excessive"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.GIT_TOKEN)
    assert f"more than a deploy needs: {named}." in verdict.evidence
    assert f"{'write' if pushes else 'read'}_repository alone" in verdict.remedy


@pytest.mark.parametrize("token", ["api", "read_api", "bare", "writer_bare"])
def test_every_scope_that_gitlab_takes_for_a_clone_is_sufficient(gitlab_host, token):
    rows = at(gitlab_host, token=token)
    assert rows["scopes_sufficient"].status is Status.PASS
    assert rows["clone_permitted"].status is Status.PASS


# --- repository_visible -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "status", "layer", "text"), [
    ("acme/old", Status.WARN, Layer.GIT_TOKEN, "is archived"),
    ("acme/empty", Status.WARN, Layer.BRANCH_MISSING, "is empty"),
    ("acme/off", Status.FAIL, Layer.REPO_ALLOW_LIST, "its repository is turned off"),
    ("acme/site", Status.PASS, Layer.GIT_TOKEN, "a public project"),
    ("acme/was", Status.WARN, Layer.CLONE_URL, f"acme/was is now {WEB}"),
    ("acme/secret", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
    ("acme/missing", Status.FAIL, Layer.GIT_TOKEN, "does not exist, or this token cannot see it"),
])
def test_what_the_token_sees_of_a_project(gitlab_host, path, status, layer, text):
    verdict = at(gitlab_host, path)["repository_visible"]
    assert (verdict.status, verdict.layer) == (status, layer)
    assert text in verdict.evidence


def test_a_moved_project_clones_at_its_old_path_and_is_told(gitlab_host):
    rows = at(gitlab_host, "acme/was")
    assert rows["repository_visible"].facts["suggested"] == f"{gitlab_host.url}/{WEB}.git"
    assert rows["clone_permitted"].status is Status.PASS
    assert rows["ref_exists"].status is Status.PASS


@pytest.mark.parametrize(("answer", "layer", "text"), [
    (PAGE, Layer.PROVIDER_OUTAGE, ""), (reply(403, b"<html>", "text/html"), Layer.NETWORK, "not GitLab's own answer"),
    (reply(403, b"Forbidden\n", "text/plain"), Layer.NETWORK, "bars for a while"),
    (reply(451, {"message": "gone"}), Layer.GIT_TOKEN, "HTTP 451"), (reply(200, []), Layer.PROVIDER_OUTAGE, "was due"),
    ((302, {"Location": "/users/sign_in"}, b""), Layer.NETWORK, "HTTP 302"),
])
def test_a_project_that_was_not_described_is_unknown(scripted_host, answer, layer, text):
    host = scripted(scripted_host, self=SELF, user=reply(200, {"username": "deploy"}), **{"acme%2Fweb": answer})
    verdict = run(host.url, ANY, f"{host.url}/acme/web.git")["repository_visible"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence


# --- clone_permitted ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("path", "layer", "text", "remedy"), [
    ("acme/bare", Layer.BRANCH_MISSING, "a project without a repository yet", "Push a first commit"),
    ("acme/guests", Layer.REPO_ALLOW_LIST, "may see acme/guests and not its code", "at least the Reporter role"),
    ("acme/off", Layer.REPO_ALLOW_LIST, "not its code", "turn Repository on"),
    ("acme/sso", Layer.GIT_TOKEN, "single sign-on session", "service account"),
    ("acme/secret", Layer.GIT_TOKEN, "(HTTP 404: “The project you were looking for", "IP restriction"),
])
def test_a_refusal_of_a_clone_is_explained_in_gitlabs_words(gitlab_host, path, layer, text, remedy):
    verdict = at(gitlab_host, path)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence
    assert remedy in verdict.remedy
    assert verdict.link.startswith(gitlab_host.url)
    assert "token=" not in repr(verdict)


def test_a_host_that_lets_nobody_clone_over_http_is_told(gitlab_hosts):
    verdict = at(gitlab_hosts(http_off=True))["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "lets nobody reach" in verdict.evidence
    assert "/admin/application_settings/general" in verdict.link


@pytest.mark.parametrize(("token", "text"), [
    ("project", "it is the access token of another project"), ("group", "it is the access token of another group"),
    ("project_bare", "most likely the access token of another project or group"),
])
def test_a_token_of_another_project_is_told_from_a_dead_one(gitlab_host, token, text):
    rows = at(gitlab_host, "acme/both", token=token)
    assert rows["token_accepted"].status is Status.PASS
    assert said(rows["clone_permitted"]) == (Status.FAIL, Cause.YOURS, Layer.REPO_ALLOW_LIST)
    assert text in rows["clone_permitted"].evidence
    assert rows["clone_permitted"].link.endswith("/acme/both/-/settings/access_tokens")


@pytest.mark.parametrize(("body", "layer", "text"), [
    ((403, b"Forbidden\n"), Layer.NETWORK, "bars for a while"),
    ((403, b"The repository is temporarily read-only. Please try again later."), Layer.PROVIDER_OUTAGE, "read-only"),
    ((503, b"The git server, Gitaly, is not available at this time. Please contact your administrator."),
     Layer.PROVIDER_OUTAGE, "HTTP 503"),
    ((429, b"Retry later\n"), Layer.PROVIDER_OUTAGE, "limited"),
], ids=["ban", "read-only", "Gitaly", "rate limit"])
def test_what_git_cannot_do_just_now_is_unknown(scripted_host, body, layer, text):
    refs = (body[0], {"Content-Type": "text/plain"}, body[1])
    host = scripted(scripted_host, self=SELF, user=reply(200, {"username": "deploy"}), refs=refs)
    verdict = run(host.url, ANY, f"{host.url}/acme/web.git")["clone_permitted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence


def test_a_group_that_enforces_fine_grained_tokens_is_told(scripted_host):
    """Reconstructed: GitAccess's sentence for that was not seen in a source; the API's own is used."""
    words = (b"Access denied: This operation requires a fine-grained personal access token with the following project "
             b"permissions: [Code: Read].")
    host = scripted(scripted_host, self=SELF, refs=(403, {"Content-Type": "text/plain"}, words))
    verdict = run(host.url, ANY, f"{host.url}/acme/web.git")["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "wants a fine-grained token with more permissions" in verdict.evidence


def test_a_public_project_proves_nothing_of_the_token(gitlab_host):
    assert "is public and answered without the token too" in at(gitlab_host, "acme/site")["clone_permitted"].evidence
    dead = at(gitlab_host, "acme/site", token="revoked")["clone_permitted"]
    assert said(dead) == (Status.FAIL, Cause.YOURS, Layer.GIT_TOKEN)
    assert "yet not with this one" in dead.evidence


def test_a_ref_that_is_both_and_one_that_is_none(gitlab_host):
    assert at(gitlab_host, "acme/both", ref="v1")["ref_exists"].status is Status.WARN
    missing = at(gitlab_host, ref="fature/login")["ref_exists"]
    assert said(missing) == (Status.FAIL, Cause.YOURS, Layer.BRANCH_MISSING)
    assert missing.facts["suggested"] == "feature/login"


# --- pushes_permitted ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("asked", "layer", "text"), [
    ((WEB, "reader", "dev"), Layer.GIT_TOKEN, "required: write_repository."),
    ((WEB, "writes_unheard", "dev"), Layer.REPO_ALLOW_LIST, "may read acme/team/web and not push to it"),
    ((WEB, "writer", "main"), Layer.REPO_ALLOW_LIST, "The branch main of acme/team/web is protected"),
    (("acme/old", "writer", "main"), Layer.GIT_TOKEN, "“You can't push code to an archived project”"),
])
def test_a_push_that_would_be_refused_fails(gitlab_host, asked, layer, text):
    verdict = at(gitlab_host, *asked, pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence


@pytest.mark.parametrize(("token", "ref"), [("writer_bare", "dev"), ("writer", "v1")])
def test_a_push_passes_as_far_as_the_host_tells(gitlab_host, token, ref):
    verdict = at(gitlab_host, token=token, ref=ref, pushes=True)["pushes_permitted"]
    assert verdict.status is Status.PASS
    assert f"what protects {ref} was not told" in verdict.evidence


def test_nothing_is_pushed_and_no_project_is_made(gitlab_host):
    at(gitlab_host, token="writer", ref="dev", pushes=True)
    at(gitlab_host, "writer/none", token="writer", pushes=True)
    assert not [seen for seen in gitlab_host.seen if seen.path.endswith("/git-receive-pack")]
    assert not [seen for seen in gitlab_host.seen if "none" in seen.path and "receive" in seen.path]
    assert TOKENS["writer"].scopes == ("write_repository", "read_api")
