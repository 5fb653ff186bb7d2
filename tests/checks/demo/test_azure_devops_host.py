"""The loopback Azure DevOps against the real `git` client, and its API against what the real one answers."""
from __future__ import annotations

import base64
import http.client
import json

import pytest

from tests.peers.azure_devops_host import OPEN, REPOSITORIES, TOKENS
from tests.peers.git_host import run_git

pytestmark = pytest.mark.peer("git")


def git(*words, token=None, expect=0):
    credential = {"user": "any", "password": TOKENS[token].value} if token else {}
    return run_git(*words, **credential, expect=expect)


def api(host, path, token=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", int(host.origin.rpartition(":")[2]), timeout=60)
    if token:
        headers["Authorization"] = "Basic " + base64.b64encode(f":{TOKENS[token].value}".encode()).decode()
    connection.request("GET", f"/{host.organisation}/{path}", headers={"X-TFS-FedAuthRedirect": "Suppress", **headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    document = json.loads(body) if "json" in (response.headers["Content-Type"] or "") else body.decode()
    return response.status, document, response.headers


def test_a_reader_clones(azure_host, tmp_path):
    git("clone", "--quiet", "--branch", "feature/login", azure_host.clone_url("shop/web"), str(tmp_path / "web"), token="reader")
    assert (tmp_path / "web" / "README.md").read_text() == "shop/web\n"


@pytest.mark.parametrize("path", ["/My%20Project/_git/web%20app", "/_git/tools", "/tools/_git/_full/tools",
                                  "/tools/_git/_optimized/tools"])
def test_every_spelling_is_listed(azure_host, path):
    assert "refs/heads/main" in git("ls-remote", azure_host.url + path, token="reader")


def test_git_is_spoken_in_its_first_version_only(azure_host):
    git("-c", "protocol.version=2", "ls-remote", azure_host.clone_url("shop/web"), token="reader")
    assert not [seen for seen in azure_host.seen if seen.method == "POST"]


@pytest.mark.parametrize(("token", "path", "text"), [
    ("revoked", "shop/web", "Authentication failed"), ("expired", "shop/web", "Authentication failed"),
    ("work", "shop/web", "Authentication failed"), (None, "shop/web", "could not read Username"),
    ("reader", "shop/secret", "TF401019"), ("reader", "shop/web.git", "TF401019"), ("reader", "shop/denied", "TF401027"),
    ("reader", "shop/off", "is disabled"),
])
def test_the_real_client_is_refused(azure_host, token, path, text):
    assert text in git("ls-remote", azure_host.clone_url(path), token=token, expect=128)


def test_a_push_is_taken_from_a_writer_with_the_scope_and_from_nobody_else(azure_hosts, tmp_path):
    host = azure_hosts(own=True)
    url, place = host.clone_url("shop/web"), str(tmp_path / "web")
    git("clone", "--quiet", url, place, token="writer")
    git("-C", place, "push", "--quiet", url, "HEAD:refs/heads/new", token="writer")
    assert "refs/heads/new" in git("ls-remote", url, token="reader")
    assert "403" in git("-C", place, "push", url, "HEAD:refs/heads/newer", token="writes_unheard", expect=1)
    assert "401" in git("-C", place, "push", url, "HEAD:refs/heads/newer", token="reader", expect=1)


@pytest.mark.parametrize(("path", "token", "status", "message"), [
    ("_apis/connectionData", None, 401, "TF400813: Resource not available for anonymous access."),
    ("_apis/connectionData", "revoked", 401, "TF400813: Resource not available for anonymous access."),
    ("_apis/connectionData", "expired", 401, "Access Denied: The Personal Access Token used has expired."),
    ("_apis/connectionData", "stranger", 401, "is not authorized to access this resource."),
    ("_apis/git/repositories", "work", 401, "TF400813: The user '"),
    ("_apis/wit/workitemrelationtypes", "reader", 401, "TF400813: The user '"),
    ("_apis/distributedtask/pools", "reader", 401, "TF400813: The user '"),
    ("shop/_apis/build/definitions", "manager", 401, "TF400813: The user '"),
    ("shop/_apis/git/repositories/secret", "reader", 404, "TF401019: The Git repository with name or identifier secret"),
    ("none/_apis/git/repositories/web", "reader", 404, "TF200016: The following project does not exist: none."),
    ("shop/_apis/git/repositories/denied", "reader", 403, "TF401027: You need the Git 'GenericRead' permission"),
    ("_apis/git/repositories?api-version=7.2", "reader", 400, "The requested REST API version of 7.2 is out of range"),
])
def test_the_api_refuses_in_azures_words(azure_host, path, token, status, message):
    got, document, headers = api(azure_host, path, token)
    assert got == status
    assert message in document["message"]
    assert headers["X-VSS-E2EID"]
    assert set(document) == {"$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"}


def test_an_expired_token_is_told_in_a_header_too(azure_host):
    assert api(azure_host, "_apis/connectionData", "expired")[2]["X-TFS-ServiceError"].startswith("Access%20Denied%3A%20")


def test_without_suppress_a_stranger_gets_the_sign_in_page(azure_hosts):
    status, body, _ = api(azure_hosts(), "_apis/connectionData", **{"X-TFS-FedAuthRedirect": "Allow"})
    assert (status, "Sign In</title>" in body) == (203, True)
    status, _, headers = api(azure_hosts(redirects=True), "_apis/connectionData", **{"X-TFS-FedAuthRedirect": "Allow"})
    assert (status, headers["Location"].startswith("https://spsprod")) == (302, True)


def test_every_scope_opens_the_base_and_its_own_routes(azure_host):
    for token in ("reader", "work", "full"):
        assert api(azure_host, "_apis/connectionData", token)[1]["authenticatedUser"]["providerDisplayName"] == "deploy"
        assert api(azure_host, "_apis/projects", token)[0] == 200
    assert api(azure_host, "_apis/wit/workitemrelationtypes", "work")[0] == 200
    assert api(azure_host, "shop/_apis/pipelines/pipelinepermissions/repository/a.b", "manager")[0] == 200
    assert api(azure_host, "shop/_apis/build/definitions", "broad")[0] == 200


def test_it_describes_what_it_has(azure_host):
    status, web, headers = api(azure_host, "shop/_apis/git/repositories/web", "reader")
    assert (status, web["defaultBranch"], web["project"]["name"]) == (200, "refs/heads/main", "shop")
    assert headers["X-VSS-ResourceTenant"]
    assert "defaultBranch" not in api(azure_host, "shop/_apis/git/repositories/empty", "reader")[1]
    assert api(azure_host, "_apis/git/repositories", "reader")[1]["count"] == 7
    namespace = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
    asked = f"_apis/permissions/{namespace}/4?tokens=repoV2/{web['project']['id']}/{web['id']}"
    assert [api(azure_host, asked, token)[1]["value"] for token in ("reader", "writer")] == [[False], [True]]


def test_a_public_project_answers_strangers(azure_hosts):
    host = azure_hosts(repositories=[*REPOSITORIES, OPEN])
    assert api(host, "_apis/connectionData")[1]["authenticatedUser"]["id"].startswith("aaaaaaaa-")
    assert "refs/heads/main" in git("ls-remote", host.clone_url("open/site"))


def test_another_organization_is_not_there(azure_host):
    azure_host.organisation = "other"
    connection = http.client.HTTPConnection("127.0.0.1", int(azure_host.origin.rpartition(":")[2]), timeout=60)
    connection.request("GET", "/acme/_apis/connectionData")
    response = connection.getresponse()
    assert (response.status, response.headers["X-TFS-ProcessId"] is not None) == (404, True)
    connection.close()
