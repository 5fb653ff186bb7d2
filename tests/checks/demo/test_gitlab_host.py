"""The demo's GitLab against the real `git` client, and its API against what GitLab answers."""
from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.peers.git_host import run_git
from tests.peers.gitlab_host import DEEP, TOKENS

pytestmark = pytest.mark.peer("git")
WEB = "acme/team/web"


def git(*words, token=None, name="oauth2", expect=0):
    credential = {"user": name, "password": TOKENS[token].value} if token else {}
    return run_git(*words, **credential, expect=expect)


def api(host, path, token=None, *, bearer=False):
    parts = urlsplit(host.url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=60)
    value = TOKENS[token].value if token else ""
    headers = {} if not token else {"Authorization": f"Bearer {value}"} if bearer else {"PRIVATE-TOKEN": value}
    connection.request("GET", f"{parts.path}/{path}", headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    document = json.loads(body) if "json" in response.headers["Content-Type"] else body.decode()
    return response.status, document, response.headers


def test_a_reader_clones_a_private_project(gitlab_host, tmp_path):
    git("clone", "--quiet", "--branch", "feature/login", gitlab_host.clone_url(WEB), str(tmp_path / "web"), token="reader")
    assert (tmp_path / "web" / "README.md").read_text() == f"{WEB}\n"


@pytest.mark.parametrize("options", [{}, {"speaks_v2": False}, {"sub_path": "/gitlab"}], ids=["v2", "v0", "sub-path"])
def test_ls_remote_lists_the_refs_in_every_protocol(gitlab_hosts, options):
    host = gitlab_hosts(**options)
    told = git("ls-remote", "--symref", host.clone_url(WEB), token="reader")
    assert "ref: refs/heads/main\tHEAD" in told
    assert "refs/tags/v2^{}" in told
    assert "refs/heads/main" in git("ls-remote", host.clone_url(DEEP), token="reader")


def test_the_real_client_follows_the_redirect_that_adds_git(gitlab_host):
    assert "refs/heads/main" in git("ls-remote", f"{gitlab_host.url}/{WEB}", token="reader")


def test_a_stranger_clones_what_is_public_and_is_asked_for_credentials_elsewhere(gitlab_host):
    assert "refs/heads/main" in git("ls-remote", gitlab_host.clone_url("acme/site"))
    assert "could not read Username" in git("ls-remote", gitlab_host.clone_url(WEB), expect=128)


def test_a_deploy_token_needs_its_own_name_and_its_own_project(gitlab_host):
    mine = {"token": "deploy", "name": TOKENS["deploy"].username}
    assert "refs/heads/main" in git("ls-remote", gitlab_host.clone_url(WEB), **mine)
    assert "Authentication failed" in git("ls-remote", gitlab_host.clone_url("acme/both"), expect=128, **mine)
    assert "Authentication failed" in git("ls-remote", gitlab_host.clone_url(WEB), token="deploy", expect=128)


@pytest.mark.parametrize(("token", "path", "text"), [
    ("revoked", WEB, "Authentication failed"), ("expired", WEB, "Authentication failed"),
    ("project", "acme/both", "Authentication failed"), ("registry", WEB, "You are not allowed to download code."),
    ("blocked", WEB, "Your account has been blocked."), ("reader", "acme/guests", "download code from this project"),
    ("reader", "acme/sso", "Cannot find valid SSO session"), ("reader", "acme/secret", "not found"),
    ("reader", "acme/bare", "not found"), ("reader", "acme/missing", "not found"),
])
def test_the_real_client_is_refused_as_by_gitlab(gitlab_host, token, path, text):
    assert text in git("ls-remote", gitlab_host.clone_url(path), token=token, expect=128)


@pytest.mark.parametrize(("token", "path", "text"), [
    ("reader", WEB, "You are not allowed to upload code."), ("api", WEB, "You are not allowed to push code to this project."),
    ("writer", "acme/old", "You can't push code to an archived project."),
])
def test_a_push_is_refused_before_anything_is_sent(gitlab_host, tmp_path, token, path, text):
    place = str(tmp_path / "web")
    git("clone", "--quiet", gitlab_host.clone_url(WEB), place, token="reader")
    assert text in git("-C", place, "push", gitlab_host.clone_url(path), "HEAD:refs/heads/new", token=token, expect=128)


@pytest.mark.parametrize(("path", "token", "status", "told"), [
    ("version", None, 401, {"message": "401 Unauthorized"}),
    ("personal_access_tokens/self", "deploy", 401, {"message": "401 Unauthorized"}),
    ("personal_access_tokens/self", "oauth", 401, {"message": "401 Unauthorized"}),
    ("personal_access_tokens/self", "expired", 401, {"error": "invalid_token", "error_description":
     "Token is expired. You can either do re-authorization or token refresh."}),
    ("personal_access_tokens/self", "blocked", 403, {"message": "403 Forbidden - Your account has been blocked."}),
    ("personal_access_tokens/self", "dpop", 401, {"error": "dpop_error", "error_description":
     "DPoP validation error: DPoP header is missing"}),
    ("user", "bare", 403, {"error": "insufficient_scope", "error_description":
     "The request requires higher privileges than provided by the access token.", "scope": "api read_user read_api"}),
    ("projects/acme%2Fsecret", "reader", 404, {"message": "404 Project Not Found"}),
    ("projects/acme%2Fsecret", None, 404, {"message": "404 Project Not Found"}),
    ("projects/1/repository/branches/none", "reader", 404, {"message": "404 Branch Not Found"}),
    ("groups/1", "reader", 404, {"error": "404 Not Found"}),
    ("projects/1/hooks", "reader", 404, {"error": "404 Not Found"}),
])
def test_the_api_refuses_in_gitlabs_words(gitlab_host, path, token, status, told):
    assert api(gitlab_host, f"api/v4/{path}", token)[:2] == (status, told)


def test_the_api_describes_what_it_has(gitlab_host):
    assert api(gitlab_host, "api/v4/version", "reader")[1]["version"].startswith("19.")
    assert api(gitlab_host, "api/v4/personal_access_tokens/self", "bare")[1]["scopes"] == ["read_repository"]
    assert api(gitlab_host, "api/v4/user", "project")[1]["bot"] is True
    web = api(gitlab_host, "api/v4/projects/acme%2Fteam%2Fweb", "writer")[1]
    assert (web["path_with_namespace"], web["permissions"]["project_access"]["access_level"]) == (WEB, 30)
    assert api(gitlab_host, "api/v4/projects/1/repository/branches/main", "writer")[1]["can_push"] is False
    assert api(gitlab_host, "api/v4/projects/acme%2Fsite")[1]["visibility"] == "public"
    status, _, headers = api(gitlab_host, "api/v4/projects/acme%2Fwas", "reader")
    assert (status, headers["Location"]) == (301, f"{gitlab_host.url}/api/v4/projects/1")


def test_oauth_tokens_have_a_route_of_their_own(gitlab_host):
    assert api(gitlab_host, "oauth/token/info", "oauth", bearer=True)[1]["scope"] == ["read_repository", "read_api"]
    assert api(gitlab_host, "oauth/token/info", "reader", bearer=True)[0] == 401
    status, told, _ = api(gitlab_host, "api/v4/personal_access_tokens/self", "oauth", bearer=True)
    assert (status, "token type to be a personal access token" in told["message"]) == (400, True)


def test_a_sub_path_serves_nothing_at_the_root_and_a_ban_bars_all(gitlab_hosts):
    host = gitlab_hosts(sub_path="/gitlab")
    assert api(host, "api/v4/version", "reader")[0] == 200
    host.sub_path = ""
    assert api(host, "gitlab/nothing")[0] == 404
    assert api(gitlab_hosts(banned=True), "api/v4/version", "reader")[:2] == (403, "Forbidden\n")
