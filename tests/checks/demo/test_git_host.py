"""The demo's Git host against the real `git` client, and its API against what Gitea answers."""
from __future__ import annotations

import gzip
import http.client
import json

import pytest

from tests.peers.git_host import TOKENS, run_git

pytestmark = pytest.mark.peer("git")


def git(*words, token=None, expect=0):
    credential = {"user": "any", "password": TOKENS[token].value} if token else {}
    return run_git(*words, **credential, expect=expect)


def api(host, path, token=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", int(host.url.split(":")[2].split("/")[0]), timeout=60)
    if token:
        headers["Authorization"] = f"token {TOKENS[token].value}"
    connection.request("GET", f"{host.sub_path}{path}", headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    document = json.loads(body) if "json" in response.headers["Content-Type"] else body.decode()
    return response.status, document, response.headers


def test_a_reader_clones_a_private_repository(git_host, tmp_path):
    words = ("clone", "--quiet", "--branch", "feature/login")
    git(*words, git_host.clone_url("acme/web"), str(tmp_path / "web"), token="reader")
    assert (tmp_path / "web" / "README.md").read_text() == "acme/web\n"


@pytest.mark.parametrize("options", [{}, {"speaks_v2": False}, {"service_line": False}, {"sub_path": "/gitea"}],
                         ids=["v2", "v0", "no service line", "sub-path"])
def test_ls_remote_lists_the_refs_in_every_protocol(git_hosts, options):
    host = git_hosts(**options)
    told = git("ls-remote", "--symref", host.clone_url("acme/web"), token="reader")
    assert "ref: refs/heads/main\tHEAD" in told
    assert "refs/heads/feature/login" in told
    assert "refs/tags/v2^{}" in told


def test_a_stranger_clones_what_is_public_and_is_asked_for_credentials_elsewhere(git_host):
    assert "refs/heads/main" in git("ls-remote", git_host.clone_url("acme/site"))
    assert "could not read Username" in git("ls-remote", git_host.clone_url("acme/web"), expect=128)


@pytest.mark.parametrize(("token", "path", "text"), [
    ("revoked", "acme/web", "Authentication failed"),
    ("issues", "acme/web", "The requested URL returned error: 403"),
    ("public_only", "acme/web", "The requested URL returned error: 403"),
    ("disabled", "acme/web", "The requested URL returned error: 403"),
    ("reader", "acme/secret", "not found"),
    ("reader", "acme/missing", "not found"),
])
def test_the_real_client_is_refused_as_by_gitea(git_host, token, path, text):
    assert text in git("ls-remote", git_host.clone_url(path), token=token, expect=128)


def test_an_empty_repository_clones_and_has_nothing(git_host):
    assert git("ls-remote", git_host.clone_url("acme/empty"), token="reader").strip() == ""


def test_a_push_is_taken_from_a_writer_and_from_nobody_else(git_hosts, tmp_path):
    host = git_hosts(own=True)
    url, place = host.clone_url("acme/web"), str(tmp_path / "web")
    git("clone", "--quiet", url, place, token="writer")
    git("-C", place, "push", "--quiet", url, "HEAD:refs/heads/new", token="writer")
    assert "refs/heads/new" in git("ls-remote", url, token="reader")
    assert "403" in git("-C", place, "push", url, "HEAD:refs/heads/newer", token="writes_unheard", expect=1)
    assert "403" in git("-C", place, "push", url, "HEAD:refs/heads/newer", token="reader", expect=128)
    archived = host.clone_url("acme/old")
    assert "403" in git("-C", place, "push", archived, "HEAD:refs/heads/newer", token="owner", expect=128)


def test_a_renamed_repository_is_followed_by_the_real_client(git_hosts):
    host = git_hosts(moved={"acme/was": "acme/web"})
    assert "refs/heads/main" in git("ls-remote", host.clone_url("acme/was"), token="reader")


def test_it_says_that_it_is_a_demo(git_host):
    status, document, headers = api(git_host, "/api/v1/version")
    assert (status, document["version"]) == (200, "1.25.3+demo")
    assert "demo" in headers["Server"]


@pytest.mark.parametrize(("path", "token", "status", "message"), [
    ("user", None, 401, "token is required"),
    ("user", "revoked", 401, "invalid username, password or token"),
    ("user", "bare", 403, "token does not have at least one of required scope(s), required=[read:user], "
                          "token scope=read:repository"),
    ("notifications/new", "reader", 403, "token does not have at least one of required scope(s), "
                                         "required=[read:notification], token scope=read:repository,read:user"),
    ("admin/cron", "all", 403, "user should be the site admin"),
    ("repos/acme/secret", "reader", 404, "not found"),
    ("repos/acme/web", None, 404, "not found"),
    ("repos/acme/web", "public_only", 403, "token scope is limited to public repos"),
    ("repos/acme/web", "issues", 403, "token does not have at least one of required scope(s), "
                                      "required=[read:repository], token scope=read:issue,read:user"),
    ("user", "disabled", 403, "This account is prohibited from signing in, please contact your site administrator."),
])
def test_the_api_refuses_in_giteas_words(git_host, path, token, status, message):
    got, document, _ = api(git_host, f"/api/v1/{path}", token)
    assert (got, document["message"]) == (status, message)


def test_the_api_describes_what_it_has(git_host):
    assert api(git_host, "/api/v1/user", "root")[1] == {"id": 1, "login": "deploy", "is_admin": True}
    status, web, _ = api(git_host, "/api/v1/repos/acme/web", "writer")
    assert status == 200
    assert (web["full_name"], web["private"], web["permissions"]["push"]) == ("acme/web", True, True)
    assert api(git_host, "/api/v1/repos/acme/web/branches/main", "writer")[1]["user_can_push"] is False
    assert api(git_host, "/api/v1/repos/acme/web/branches/none", "writer")[0] == 404
    assert api(git_host, "/api/v1/admin/cron", "root")[0] == 200


def test_the_older_wording_names_only_what_was_required(git_hosts):
    host = git_hosts(names_scopes=False)
    assert api(host, "/api/v1/user", "bare")[1]["message"] == (
        "token does not have at least one of required scope(s): [read:user]")


def test_a_sub_path_serves_nothing_at_the_root(git_hosts):
    host = git_hosts(sub_path="/gitea")
    assert api(host, "/api/v1/version")[0] == 200
    host.sub_path = ""
    assert api(host, "/nothing/at/all")[0] == 404


def test_bodies_may_be_gzipped_or_chunked(git_host):
    body = b"0014command=ls-refs\n00010014ref-prefix HEAD\n0000"
    for encoding, data in (("gzip", gzip.compress(body)), ("", iter([body[:10], body[10:]]))):
        connection = http.client.HTTPConnection("127.0.0.1", int(git_host.url.split(":")[2]), timeout=60)
        connection.request("POST", "/acme/site.git/git-upload-pack", data, encode_chunked=not encoding, headers={
            "Content-Type": "application/x-git-upload-pack-request", "Git-Protocol": "version=2",
            **({"Content-Encoding": encoding} if encoding else {"Transfer-Encoding": "chunked"})})
        response = connection.getresponse()
        assert (response.status, b" HEAD" in response.read()) == (200, True)
        connection.close()
