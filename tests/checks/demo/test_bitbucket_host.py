"""The loopback Bitbucket against the real `git` client, and its API against what Bitbucket answers."""
from __future__ import annotations

import base64
import http.client
import json

import pytest

from tests.peers.bitbucket_host import CREDENTIALS, TOKENS
from tests.peers.git_host import run_git

pytestmark = pytest.mark.peer("git")
API_USER, ACCESS_USER = "x-bitbucket-api-token-auth", "x-token-auth"


def get(host, path, authorization=""):
    connection = http.client.HTTPConnection("127.0.0.1", int(host.origin.split(":")[2]), timeout=60)
    connection.request("GET", path, headers={"Authorization": authorization} if authorization else {})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    document = json.loads(body) if "json" in response.headers.get("Content-Type", "") else body.decode()
    return response.status, document, response.headers


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def of(token):
    credential = CREDENTIALS[token]
    return basic(credential.email, credential.value) if credential.kind == "api_token" else f"Bearer {credential.value}"


def test_each_kind_clones_with_its_own_user_name(bitbucket_host, tmp_path):
    for token, user in (("api", API_USER), ("api", "deploy"), ("repository", ACCESS_USER), ("workspace", ACCESS_USER)):
        place = tmp_path / f"{token}-{user}"
        run_git("clone", "--quiet", "--branch", "feature/login", bitbucket_host.clone_url("acme/web"), str(place), user=user,
            password=CREDENTIALS[token].value)
        assert (place / "README.md").read_text() == "acme/web\n"
    assert "refs/tags/v2^{}" in run_git("ls-remote", bitbucket_host.clone_url("acme/web").removesuffix(".git"), user=ACCESS_USER,
                                    password=CREDENTIALS["repository"].value)


@pytest.mark.parametrize(("token", "user", "path", "text"), [
    ("api", ACCESS_USER, "acme/web", "Authentication failed"), ("api", "deploy@example.com", "acme/web", "Authentication failed"),
    ("repository", API_USER, "acme/web", "Authentication failed"),
    ("repository_revoked", ACCESS_USER, "acme/web", "Authentication failed"),
    ("api_unscoped", API_USER, "acme/web", "Authentication failed"),
    ("api_admin", API_USER, "acme/web", "The requested URL returned error: 403"),
    ("repository", ACCESS_USER, "other/tool", "not found"), ("api", API_USER, "acme/secret", "not found"),
    ("repository", ACCESS_USER, "acme/missing", "not found")])
def test_the_real_client_is_refused_as_by_bitbucket(bitbucket_host, token, user, path, text):
    assert text in run_git("ls-remote", bitbucket_host.clone_url(path), user=user, password=CREDENTIALS[token].value, expect=128)


def test_an_app_password_is_gone_and_a_stranger_reads_what_is_public(bitbucket_host):
    assert "refs/heads/main" in run_git("ls-remote", bitbucket_host.clone_url("acme/site"))
    assert "410" in run_git("ls-remote", bitbucket_host.clone_url("acme/web"), user="kim", password="ATBB" + "a" * 28, expect=128)
    assert "could not read Username" in run_git("ls-remote", bitbucket_host.clone_url("acme/web"), expect=128)


def test_a_push_is_taken_from_a_writer_alone(bitbucket_hosts, tmp_path):
    host = bitbucket_hosts()
    url, place = host.clone_url("acme/web"), str(tmp_path / "web")
    writer, reader = CREDENTIALS["api_writer"].value, CREDENTIALS["api"].value
    run_git("clone", "--quiet", url, place, user=API_USER, password=writer)
    run_git("-C", place, "push", "--quiet", "--dry-run", url, "HEAD:refs/heads/new", user=API_USER, password=writer)
    assert "403" in run_git("-C", place, "push", "--dry-run", url, "HEAD:refs/heads/new", user=API_USER, password=reader, expect=128)


@pytest.mark.parametrize(("path", "token", "status", "message"), [
    ("user", "repository", 403, "Forbidden"), ("user/workspaces", "workspace", 403, "Forbidden"),
    ("user", "api_revoked", 401, "Token is invalid, expired, or not supported for this endpoint."),
    ("user", "api_unscoped", 401, "Token is invalid, expired, or not supported for this endpoint."),
    ("user", "api_bare", 403, "Your credentials lack one or more required privilege scopes."),
    ("repositories/acme/web", "api_admin", 403, "Your credentials lack one or more required privilege scopes."),
    ("workspaces", "api", 410, "CHANGE-2770 - Functionality has been deprecated"),
    ("repositories?role=member", "api", 410, "CHANGE-2770 - Functionality has been deprecated"),
    ("user/permissions/repositories", "api", 410, "CHANGE-2770 - Functionality has been deprecated"),
    ("repositories/acme?q=nonsense", "api", 400, "Invalid filter"), ("nothing", "api", 404, "Resource not found")])
def test_the_api_refuses_in_bitbuckets_words(bitbucket_host, path, token, status, message):
    got, document, _ = get(bitbucket_host, f"/2.0/{path}", of(token))
    assert (got, document["type"], document["error"]["message"]) == (status, "error", message)


def test_the_headers_tell_of_the_token_whatever_the_answer(bitbucket_host):
    for token, kind in (("repository", "repo_access_token"), ("api_bare", "api_token")):
        status, _, headers = get(bitbucket_host, "/2.0/user", of(token))
        assert (status, headers["X-Credential-Type"]) == (403, kind)
        assert headers["X-OAuth-Scopes"] == ", ".join(CREDENTIALS[token].scopes)
    _, document, headers = get(bitbucket_host, "/2.0/user", of("api_bare"))
    assert document["error"]["detail"] == {"required": ["read:user:bitbucket"], "granted": ["read:repository:bitbucket"]}
    assert headers["X-Accepted-OAuth-Scopes"] == "read:user:bitbucket"


def test_the_api_describes_what_it_has(bitbucket_host):
    assert set(get(bitbucket_host, "/2.0/hook_events")[1]) == {"repository", "workspace"}
    assert get(bitbucket_host, "/2.0/user", of("api"))[1]["nickname"] == "deploy"
    web = get(bitbucket_host, "/2.0/repositories/acme/web", of("repository"))[1]
    assert (web["full_name"], web["is_private"], web["mainbranch"]["name"]) == ("acme/web", True, "main")
    assert get(bitbucket_host, "/2.0/repositories/acme/empty", of("api"))[1]["mainbranch"] is None
    assert get(bitbucket_host, "/2.0/repositories/acme/site")[0] == 200
    assert get(bitbucket_host, "/2.0/repositories/acme/web")[0] == 404
    assert get(bitbucket_host, "/nothing")[0] == 404


def test_a_renamed_repository_is_followed_by_the_real_client(bitbucket_hosts):
    host = bitbucket_hosts(moved={"acme/was": "acme/web"})
    told = run_git("ls-remote", host.clone_url("acme/was"), user=ACCESS_USER, password=CREDENTIALS["repository"].value)
    assert "refs/heads/main" in told


# --- Data Center --------------------------------------------------------------------------------------------------
def test_a_data_center_clones_with_the_users_own_name(data_center):
    url = data_center.clone_url("acme/web")
    assert "refs/heads/dev" in run_git("ls-remote", url, user="deploy", password=TOKENS["own"].value)
    assert "Authentication failed" in run_git("ls-remote", url, user="x-token-auth", password=TOKENS["own"].value, expect=128)
    assert "Authentication failed" in run_git("ls-remote", url, user="x-token-auth", password=TOKENS["project"].value, expect=128)
    bearer = f"http.extraHeader=Authorization: Bearer {TOKENS['project'].value}"
    assert "refs/heads/dev" in run_git("-c", bearer, "ls-remote", url)


def test_a_data_center_names_the_user_and_refuses_in_its_words(data_center):
    status, document, headers = get(data_center, "/rest/api/1.0/application-properties", f"Bearer {TOKENS['own'].value}")
    assert (status, document["displayName"], headers["X-AUSERNAME"]) == (200, "Bitbucket", "deploy")
    status, document, _ = get(data_center, "/rest/api/1.0/repos", "Bearer bad")
    assert (status, document["errors"][0]["message"]) == (
        401, "Authentication failed. Please check your credentials and try again.")
    assert get(data_center, "/rest/api/1.0/projects/acme/repos/none")[0] == 404
    assert get(data_center, "/rest/api/1.0/nothing")[0] == get(data_center, "/nothing")[0] == 404
