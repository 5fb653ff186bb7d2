"""The demo's GitHub against PyJWT, our own client and the real `git`: what its API and Git answer, and how they refuse."""
from __future__ import annotations

import http.client
import re
import time
from email.utils import parsedate_to_datetime

import jwt
import pytest
import requests

from checks.clients.github_app import AppGit, GitHubApp, Minted
from checks.demo.github_world import Installation
from tests.peers.git_host import run_git
from tests.peers.github_host import ALLOWED, APP_ID, CLIENT_ID, SLUG, signed

pytestmark = pytest.mark.peer("git")


def ask(host, method, path, authorization="", **options):
    headers = {"Accept": "application/vnd.github+json", **({"Authorization": authorization} if authorization else {})}
    return requests.request(method, f"{host.api_url}{path}", headers=headers, allow_redirects=False, timeout=60, **options)


@pytest.fixture
def as_app(github_host, github_key):
    """Ask the usual host as its App."""
    return lambda method, path, **options: ask(github_host, method, path, f"Bearer {signed(github_key)}", **options)


def git(host, *words, token="", expect=0):
    return run_git(*words, user="x-access-token" if token else "", password=token, expect=expect)


@pytest.mark.parametrize("options", [{}, {"api_origin": True}, {"old_tokens": True}], ids=["enterprise", "api origin", "old tokens"])
def test_our_own_client_mints_clones_and_revokes(github_hosts, github_key, options):
    host = github_hosts(**options)
    app = GitHubApp(host.api_url, str(APP_ID), github_key)
    assert app.ask("GET", "/app").json()["slug"] == SLUG
    with app.minted("1", {"contents": "read", "metadata": "read"}, ["web"]) as made:
        assert isinstance(made, Minted), made.text
        assert (made.repositories, made.permissions) == (("acme/web",), {"contents": "read", "metadata": "read"})
        seen = app.ask_as(made.token, "GET", "/installation/repositories").json()
        assert (seen["total_count"], seen["repositories"][0]["full_name"]) == (1, "acme/web")
    dead = ask(host, "GET", "/installation/repositories", f"Bearer {made.token}")
    assert (dead.status_code, dead.json()["message"]) == (401, "Bad credentials")
    refs = AppGit(app, host.url, "1").list_refs(host.clone_url("acme/web"), prefixes=["refs/heads/dev"])
    assert "refs/heads/dev" in refs.names
    assert all(token.revoked for token in host.tokens.values())


def test_tokens_are_long_or_of_forty_characters(github_hosts):
    new, old = github_hosts(), github_hosts(old_tokens=True)
    assert re.fullmatch(rf"ghs_{APP_ID}_[\w-]+\.[\w-]+\.[\w-]+", value := new.mint(new.installations[1], {}).value)
    assert 500 < len(value) < 540
    assert len(old.mint(old.installations[1], {}).value) == 40


NOT_DECODED = "A JSON web token could not be decoded"
PAST = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"


@pytest.mark.parametrize(("claims", "status", "message"), [
    ({"exp": 5000}, 401, "'Expiration time' claim ('exp') is too far in the future"),
    ({"exp": -5}, 401, PAST), ({"exp": "soon"}, 401, PAST),
    ({"iat": 300}, 401,
     "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"),
    ({"iss": "999"}, 404, "Integration not found"), ({"iss": ""}, 401, "'Issuer' claim ('iss') must be an Integer"),
])
def test_a_jwt_is_refused_for_its_claims(github_host, github_key, claims, status, message):
    """A number is so many seconds from now: from when the test runs, not from when it was collected."""
    claims = {name: int(time.time()) + value if isinstance(value, int) else value for name, value in claims.items()}
    response = ask(github_host, "GET", "/app", f"Bearer {signed(github_key, **claims)}")
    assert (response.status_code, response.json()["message"]) == (status, message)
    assert response.json()["documentation_url"].startswith("https://docs.github.com/rest")


def test_a_jwt_is_refused_for_its_signature_and_its_form(github_host, github_hosts, github_key, other_key):
    good = signed(github_key)
    for header in (f"Bearer {signed(other_key)}", "Bearer nonsense", f"token {good}", "Bearer ",
                   f"Bearer {jwt.encode({'iss': str(APP_ID), 'exp': time.time() + 60}, 's' * 32)}"):
        response = ask(github_host, "GET", "/app", header)
        assert (response.status_code, response.json()["message"]) == (401, NOT_DECODED), header
    assert ask(github_host, "GET", "/app").status_code == 401
    assert ask(github_host, "GET", "/app", f"Bearer {signed(github_key, iss=CLIENT_ID)}").status_code == 200
    keyless = github_hosts(app={"public_key": None})
    assert ask(keyless, "GET", "/app", f"Bearer {good}").json()["message"] == "Integration must generate a public key"


def test_the_key_may_be_given_as_pem(github_hosts, github_key, github_pem):
    host = github_hosts(app={"public_key": github_pem})
    assert ask(host, "GET", "/app", f"Bearer {signed(github_key)}").status_code == 200


def test_a_shifted_clock_shows_in_the_date_header_and_in_what_is_refused(github_hosts, github_key):
    for skew, message in ((3600, PAST), (-3600, "'Expiration time' claim ('exp') is too far in the future")):
        host = github_hosts(clock=lambda skew=skew: time.time() + skew)
        app = GitHubApp(host.api_url, str(APP_ID), github_key)
        refused = app.ask("GET", "/app")
        assert refused.json()["message"] == message
        assert app.ask("GET", "/app", skew=skew).status == 200
        told = parsedate_to_datetime(refused.headers["Date"]).timestamp() - time.time()
        assert told == pytest.approx(skew, abs=60)


def test_the_app_and_its_installations_are_described(github_host, as_app):
    told = as_app("GET", "/app").json()
    assert (told["id"], told["permissions"]["contents"], told["events"], told["owner"]["login"]) == (APP_ID, "read", ["push"], "acme")
    one = as_app("GET", "/app/installations/1").json()
    assert (one["account"]["login"], one["target_type"], one["repository_selection"]) == ("acme", "Organization", "selected")
    assert one["html_url"] == f"{github_host.url}/organizations/acme/settings/installations/1"
    assert (one["suspended_at"], one["suspended_by"]) == (None, None)
    assert as_app("GET", "/app/installations/3").json()["suspended_by"]["login"] == "olga"
    assert as_app("GET", "/app/installations/2").json()["html_url"] == f"{github_host.url}/settings/installations/2"
    assert as_app("GET", "/app/installations/99").json()["message"] == "Not Found"
    waiting = as_app("GET", "/app/installation-requests").json()
    assert [(one["account"]["login"], one["requester"]["login"]) for one in waiting] == [("waiting", "alice")]


def test_lists_are_paged_with_links(github_hosts, github_key):
    host = github_hosts(installations=[Installation(number, f"org{number}") for number in range(1, 8)])
    header = f"Bearer {signed(github_key)}"
    page = ask(host, "GET", "/app/installations?per_page=3&page=2", header)
    assert [one["id"] for one in page.json()] == [4, 5, 6]
    assert set(page.links) == {"prev", "next", "last", "first"}
    assert "next" not in ask(host, "GET", page.links["last"]["url"].removeprefix(host.api_url), header).links


@pytest.mark.parametrize(("path", "status"), [
    ("/repos/acme/web/installation", 200), ("/repos/ACME/Web/installation", 200), ("/repos/acme/hidden/installation", 404),
    ("/repos/alice/blog/installation", 200), ("/repos/stranger/closed/installation", 404), ("/repos/acme/was/installation", 301),
    ("/orgs/acme/installation", 200), ("/orgs/stranger/installation", 404), ("/users/alice/installation", 200),
    ("/users/acme/installation", 404), ("/orgs/alice/installation", 404),
])
def test_a_repository_or_an_account_leads_to_its_installation(as_app, path, status):
    assert as_app("GET", path).status_code == status


def test_a_renamed_repository_is_told_by_its_number(github_host, as_app):
    response = as_app("GET", "/repos/acme/was/installation")
    assert (response.json()["message"], response.json()["url"]) == ("Moved Permanently", response.headers["Location"])
    there = as_app("GET", response.headers["Location"].removeprefix(github_host.api_url))
    assert there.json()["id"] == 1


@pytest.mark.parametrize(("number", "asked", "status", "message"), [
    (1, {"repositories": ["hidden"]}, 422, "There is at least one repository that does not exist or is not accessible to the parent installation."),
    (1, {"repositories": ["acme/web"]}, 422, "There is at least one repository that does not exist or is not accessible to the parent installation."),
    (1, {"permissions": {"contents": "write"}}, 422, "The permissions requested are not granted to this installation."),
    (1, {"permissions": {"issues": "read"}}, 422, "The permissions requested are not granted to this installation."),
    (3, {}, 403, "This installation has been suspended"), (99, {}, 404, "Not Found"),
])
def test_a_token_is_refused(as_app, number, asked, status, message):
    response = as_app("POST", f"/app/installations/{number}/access_tokens", json=asked)
    assert (response.status_code, response.json()["message"]) == (status, message)


def test_the_ip_allow_list_refuses_the_token_or_its_use(github_host, as_app):
    github_host.installations[1].allow_list_blocks = True
    refused = as_app("POST", "/app/installations/1/access_tokens")
    assert (refused.status_code, "the `acme` organization has an IP allow list enabled" in refused.text) == (403, True)
    github_host.installations[1].allow_list_blocks = "use"
    token = as_app("POST", "/app/installations/1/access_tokens").json()["token"]
    assert "IP allow list" in ask(github_host, "GET", "/installation/repositories", f"Bearer {token}").text
    assert "403" in git(github_host, "ls-remote", github_host.clone_url("acme/web"), token=token, expect=128)


def test_a_token_sees_what_it_was_made_for_and_no_more(github_host, as_app):
    whole = as_app("POST", "/app/installations/1/access_tokens").json()
    assert (whole["repository_selection"], "repositories" in whole) == ("selected", False)
    header = f"Bearer {whole['token']}"
    names = ask(github_host, "GET", "/installation/repositories?per_page=2", header)
    assert (names.json()["total_count"], len(names.json()["repositories"])) == (len(ALLOWED), 2)
    web = ask(github_host, "GET", "/repos/acme/web", header).json()
    assert (web["private"], web["default_branch"], web["permissions"]["push"]) == (True, "main", False)
    assert ask(github_host, "GET", "/repos/acme/old", header).json()["archived"] is True
    assert ask(github_host, "GET", "/repos/acme/empty", header).json()["size"] == 0
    assert ask(github_host, "GET", "/repos/acme/hidden", header).status_code == 404
    assert ask(github_host, "GET", "/repos/acme/was", header).status_code == 301
    assert ask(github_host, "GET", "/repos/acme/web/keys", header).json()["message"] == "Resource not accessible by integration"
    one = as_app("POST", "/app/installations/1/access_tokens", json={"repository_ids": [web["id"]]}).json()
    assert [item["full_name"] for item in one["repositories"]] == ["acme/web"]
    assert ask(github_host, "GET", "/repos/acme/old", f"Bearer {one['token']}").status_code == 404


def test_a_token_dies_by_revocation_by_age_and_with_its_installation(github_hosts):
    ahead = [0.0]
    host = github_hosts(clock=lambda: time.time() + ahead[0])
    web = host.clone_url("acme/web")
    revoked, old, orphan = (host.mint(host.installations[1], {"contents": "read"}).value for _ in range(3))
    assert ask(host, "DELETE", "/installation/token", f"Bearer {revoked}").status_code == 204
    host.installations[1].suspended_by = "olga"
    assert ask(host, "GET", "/installation/repositories", f"Bearer {old}").json()["message"] == "This installation has been suspended"
    host.installations[1].suspended_by = ""
    assert "refs/heads/main" in git(host, "ls-remote", web, token=old)
    ahead[0] = 3601
    young = host.mint(host.installations[1], {"contents": "read"}).value
    assert "refs/heads/main" in git(host, "ls-remote", web, token=young)
    del host.installations[1]
    for token in (revoked, old, orphan, young):
        assert ask(host, "GET", "/installation/repositories", f"token {token}").json()["message"] == "Bad credentials"
        assert "Authentication failed" in git(host, "ls-remote", web, token=token, expect=128)


@pytest.mark.parametrize(("permissions", "repositories", "path", "text"), [
    ({"contents": "read"}, None, "acme/hidden", "Repository not found."),
    ({"contents": "read"}, None, "acme/nothing", "Repository not found."),
    ({"contents": "read"}, ["acme/web"], "acme/old", "Repository not found."),
    ({}, None, "acme/web", "Write access to repository not granted."),
])
def test_the_real_client_is_refused_as_by_github(github_host, permissions, repositories, path, text):
    token = github_host.mint(github_host.installations[1], permissions, repositories).value
    assert f"remote: {text}" in git(github_host, "ls-remote", github_host.clone_url(path), token=token, expect=128)


def test_a_stranger_clones_what_is_public_only(github_host):
    assert "refs/heads/main" in git(github_host, "ls-remote", github_host.clone_url("acme/site"))
    refused = requests.get(f"{github_host.clone_url('acme/web')}/info/refs?service=git-upload-pack", timeout=60)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="GitHub"')
    wrong = requests.get(f"{github_host.clone_url('acme/site')}/info/refs?service=git-upload-pack", auth=("x", "ghs_no"), timeout=60)
    assert (wrong.status_code, "Invalid username or token." in wrong.text) == (401, True)
    push = requests.get(f"{github_host.clone_url('acme/site')}/info/refs?service=git-receive-pack", timeout=60)
    assert (push.status_code, push.text) == (401, "No anonymous write access.\n")
    dumb = requests.get(f"{github_host.clone_url('acme/site')}/info/refs", timeout=60)
    assert (dumb.status_code, dumb.text.startswith("Please upgrade your git client.")) == (403, True)


def test_git_is_cloned_with_and_without_its_ending_and_under_its_old_name(github_host, tmp_path):
    token = github_host.mint(github_host.installations[1], {"contents": "read"}).value
    for number, path in enumerate(("acme/web.git", "acme/web", "acme/was.git", "ACME/was")):
        git(github_host, "clone", "--quiet", "-b", "feature/login", f"{github_host.url}/{path}", str(tmp_path / str(number)), token=token)
        assert (tmp_path / str(number) / "README.md").read_text() == "acme/web\n"
    assert git(github_host, "ls-remote", github_host.clone_url("acme/empty"), token=token).strip() == ""
    first = requests.get(f"{github_host.url}/acme/was/info/refs?service=git-upload-pack", auth=("x", token), timeout=60)
    assert [answer.status_code for answer in first.history] == [301]


def test_a_push_is_taken_with_contents_write_only(github_hosts, tmp_path):
    host = github_hosts(own=True)
    host.installations[1].permissions["contents"] = "write"
    writer, reader = (host.mint(host.installations[1], {"contents": level}).value for level in ("write", "read"))
    url, place = host.clone_url("acme/web"), str(tmp_path / "clone")
    git(host, "clone", "--quiet", url, place, token=reader)
    denied = git(host, "-C", place, "push", url, "HEAD:refs/heads/new", token=reader, expect=128)
    assert f"remote: Permission to acme/web.git denied to {SLUG}[bot]." in denied
    git(host, "-C", place, "push", "--quiet", url, "HEAD:refs/heads/new", token=writer)
    assert "refs/heads/new" in git(host, "ls-remote", url, token=reader)
    archived = git(host, "-C", place, "push", host.clone_url("acme/old"), "HEAD:refs/heads/new", token=writer, expect=128)
    assert "remote: This repository was archived so it is read-only." in archived


def test_a_fresh_token_may_be_unknown_for_a_moment(github_hosts):
    host = github_hosts(settles_after=1)
    token = host.mint(host.installations[1], {"contents": "read"}).value
    address = f"{host.clone_url('acme/web')}/info/refs?service=git-upload-pack"
    assert [requests.get(address, auth=("x", token), timeout=60).status_code for _ in range(2)] == [401, 200]


def test_the_api_is_limited_fails_and_wants_a_user_agent(github_host, as_app):
    github_host.limited = "primary"
    assert (as_app("GET", "/app").status_code, as_app("GET", "/app").headers["X-RateLimit-Remaining"]) == (403, "0")
    assert as_app("GET", "/rate_limit").status_code == 200
    github_host.limited = "secondary"
    assert (as_app("GET", "/app").status_code, as_app("GET", "/app").headers["Retry-After"]) == (429, "60")
    github_host.limited = ""
    github_host.failing["GET /app"] = (502, {"Content-Type": "text/html"}, "<html>Unicorn")
    github_host.failing["/acme/site"] = lambda seen: (503, {}, {"message": "busy"}) if seen.method == "GET" else None
    assert (as_app("GET", "/app").status_code, as_app("GET", "/app").text) == (502, "<html>Unicorn")
    assert requests.get(f"{github_host.url}/acme/site", timeout=60).json() == {"message": "busy"}
    connection = http.client.HTTPConnection(github_host.url.removeprefix("http://"), timeout=60)
    connection.request("GET", "/api/v3/meta")
    assert connection.getresponse().status == 403
    connection.close()
    assert as_app("GET", "/meta").json()["installed_version"] == "3.18.1"


def test_an_api_origin_serves_no_api_on_the_web_origin(github_hosts):
    host = github_hosts(api_origin=True)
    assert requests.get(f"{host.api_url}/meta", timeout=60).status_code == 200
    assert requests.get(f"{host.url}/api/v3/meta", timeout=60).status_code == 404
    assert [seen.headers["Host"] for seen in host.seen] == [host.api_url.removeprefix("http://"), host.url.removeprefix("http://")]
