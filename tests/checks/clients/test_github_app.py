"""A GitHub App on the wire: what its JWT says, and that a token is for one repository and gone afterwards."""
from __future__ import annotations

import json
import time

import jwt
import pytest

from checks.clients import deadline, github_app
from checks.clients.errors import ClientError, Kind
from checks.clients.git import GitRefusal, Refs
from checks.clients.github_app import HEADERS, AppGit, GitHubApp, Minted, number_of_moved
from checks.clients.http import Response
from tests.peers.github_host import APP_ID, PERSONAL, SELECTED, SUSPENDED

HEADS = ("refs/heads/", "refs/tags/")
METADATA = {"metadata": "read"}


@pytest.fixture
def app(github_host, github_key):
    return GitHubApp(github_host.api_url, str(APP_ID), github_key)


@pytest.fixture
def no_waiting(monkeypatch):
    """The tries of a fresh token follow at once; how many there were is kept."""
    monkeypatch.setattr(github_app, "SETTLE", (0.0, 0.0, 0.0))


def git_of(host, key, installation=SELECTED):
    return AppGit(GitHubApp(host.api_url, str(APP_ID), key), host.url, str(installation))


def sent(host, method, path):
    return [seen for seen in host.seen if (seen.method, seen.path.partition("?")[0]) == (method, path)]


# --- The JWT --------------------------------------------------------------------------------------------------------
def test_a_jwt_is_a_minute_old_and_ends_before_ten(github_host, github_key):
    app = GitHubApp(github_host.api_url, str(APP_ID), github_key, clock=lambda: 1_790_000_000.9)
    app.ask("GET", "/app")
    app.ask("GET", "/app", skew=100)
    first, second = (jwt.decode(seen.headers["Authorization"].removeprefix("Bearer "), github_key.public_key(), ["RS256"],
                                options={"verify_exp": False, "verify_iat": False}) for seen in github_host.seen)
    assert first == {"iat": 1_790_000_000 - 60, "exp": 1_790_000_000 + 540, "iss": str(APP_ID)}
    assert second["exp"] - first["exp"] == 100


def test_each_request_names_the_version_and_takes_no_other_credential(app, github_host):
    assert app.ask("GET", "/app").json()["slug"] == "dflow-deploys"
    told = github_host.seen[0].headers
    assert {told["Accept"], told["X-Github-Api-Version"]} == set(HEADERS.values())
    assert told["User-Agent"]
    assert "Cookie" not in told


@pytest.mark.parametrize("ahead", [90, -90, 0])
def test_the_skew_is_how_far_the_host_is_ahead(github_hosts, github_key, ahead):
    host = github_hosts(clock=lambda: time.time() + ahead)
    app = GitHubApp(host.api_url, str(APP_ID), github_key)
    assert app.skew(app.ask("GET", "/meta")) == pytest.approx(ahead, abs=30)


@pytest.mark.parametrize("headers", [{}, {"Date": ""}, {"Date": "today"}])
def test_without_a_date_there_is_no_skew(app, headers):
    assert app.skew(Response(200, headers, b"", "")) is None


# --- Tokens ---------------------------------------------------------------------------------------------------------
def test_a_token_is_asked_for_one_repository_and_the_least_and_is_revoked(app, github_host):
    with app.minted(str(SELECTED), METADATA, ["web"]) as made:
        assert isinstance(made, Minted)
        assert (dict(made.permissions), made.repositories) == (METADATA, ("acme/web",))
        assert app.ask_as(made.token, "GET", "/repos/acme/web").status == 200
        assert app.ask_as(made.token, "GET", "/repos/acme/old").status == 404
    asked = json.loads(sent(github_host, "POST", "/api/v3/app/installations/1/access_tokens")[0].body)
    assert asked == {"permissions": METADATA, "repositories": ["web"]}
    assert app.ask_as(made.token, "GET", "/repos/acme/web").status == 401
    assert [token.revoked for token in github_host.tokens.values()] == [True]


def test_a_token_is_revoked_when_what_used_it_fails(app, github_host):
    with pytest.raises(ZeroDivisionError), app.minted(str(SELECTED), METADATA, ["web"]):
        raise ZeroDivisionError
    assert [token.revoked for token in github_host.tokens.values()] == [True]


def test_a_revocation_that_fails_changes_nothing(github_hosts, github_key):
    host = github_hosts(failing={"DELETE /installation/token": (503, {}, "down")})
    answer = git_of(host, github_key).list_refs(host.clone_url("acme/web"), prefixes=HEADS)
    assert isinstance(answer, Refs)


@pytest.mark.parametrize("old_tokens", [False, True])
def test_a_token_may_have_any_length_and_is_never_shown(github_hosts, github_key, old_tokens):
    host = github_hosts(old_tokens=old_tokens)
    app = GitHubApp(host.api_url, str(APP_ID), github_key)
    with app.minted(str(SELECTED), METADATA) as made:
        assert isinstance(made, Minted)
        assert (len(made.token) > 500) is not old_tokens
        assert made.token not in repr(made)
        assert app.ask_as(made.token, "GET", "/installation/repositories").json()["total_count"] == 5
    assert isinstance(git_of(host, github_key).list_refs(host.clone_url("acme/web"), prefixes=HEADS), Refs)


@pytest.mark.parametrize(("installation", "permissions", "names", "status", "text"), [
    (99, METADATA, ["web"], 404, "Not Found"), (SUSPENDED, METADATA, ["app"], 403, "has been suspended"),
    (SELECTED, {"contents": "write"}, ["web"], 422, "not granted"), (SELECTED, METADATA, ["hidden"], 422, "at least one"),
])
def test_a_refused_token_is_the_answer(app, github_host, installation, permissions, names, status, text):
    with app.minted(str(installation), permissions, names) as made:
        assert isinstance(made, Response)
        assert made.status == status
        assert text in made.text
    assert not github_host.tokens


@pytest.mark.parametrize("body", [[], {}, {"token": 5}])
def test_a_token_that_is_none_is_no_answer(github_hosts, github_key, body):
    host = github_hosts(failing={"POST /app/installations/1/access_tokens": (201, {}, json.dumps(body))})
    app = GitHubApp(host.api_url, str(APP_ID), github_key)
    with pytest.raises(ClientError) as trouble, app.minted("1", METADATA):
        pass
    assert trouble.value.kind is Kind.NOT_PROTOCOL


# --- Git ------------------------------------------------------------------------------------------------------------
def test_each_question_over_git_has_a_token_of_its_own(github_host, github_key):
    git = git_of(github_host, github_key)
    answer = git.list_refs(github_host.clone_url("acme/web"), prefixes=HEADS)
    assert isinstance(answer, Refs)
    assert set(answer.branches) == {"main", "dev", "develop", "feature/login"}
    made = list(github_host.tokens.values())
    assert [(token.repositories, dict(token.permissions)) for token in made] == [
        (["acme/web"], {"contents": "read", "metadata": "read"})]
    assert git.advertises_push(github_host.clone_url("acme/web")) is not None
    assert all(token.revoked for token in github_host.tokens.values())


def test_a_strangers_question_makes_no_token(github_host, github_key):
    answer = git_of(github_host, github_key).list_refs(github_host.clone_url("acme/web"), prefixes=HEADS, anonymous=True)
    assert isinstance(answer, GitRefusal)
    assert answer.status == 401
    assert not github_host.tokens
    assert all("Authorization" not in seen.headers for seen in github_host.seen)


def test_a_push_is_asked_with_a_token_that_may_write(github_host, github_key):
    github_host.installations[PERSONAL].permissions = {"contents": "write", "metadata": "read"}
    git = git_of(github_host, github_key, PERSONAL)
    assert git.advertises_push(github_host.clone_url("alice/blog")) is None
    token, = github_host.tokens.values()
    assert dict(token.permissions) == {"contents": "write", "metadata": "read"}
    assert not [seen for seen in github_host.seen if seen.path.endswith("/git-receive-pack")]


def test_a_refusal_to_make_the_token_is_a_refusal_of_the_clone(github_host, github_key):
    answer = git_of(github_host, github_key).list_refs(github_host.clone_url("acme/hidden"), prefixes=HEADS)
    assert isinstance(answer, GitRefusal)
    assert (answer.status, answer.is_page) == (422, False)
    assert answer.message.startswith("There is at least one repository")


def test_a_page_in_the_tokens_place_is_told_as_one(github_hosts, github_key):
    page = (403, {"Content-Type": "text/html"}, "<html>Sign in")
    host = github_hosts(failing={"POST /app/installations/1/access_tokens": page})
    answer = git_of(host, github_key).list_refs(host.clone_url("acme/web"), prefixes=HEADS)
    assert isinstance(answer, GitRefusal)
    assert (answer.status, answer.message, answer.is_page) == (403, "", True)


def test_a_renamed_repository_gets_its_token_by_number(github_host, github_key):
    answer = git_of(github_host, github_key).list_refs(github_host.clone_url("acme/was"), prefixes=HEADS)
    assert isinstance(answer, Refs)
    assert answer.moved_to == github_host.clone_url("acme/web")
    asked = [json.loads(seen.body) for seen in sent(github_host, "POST", "/api/v3/app/installations/1/access_tokens")]
    assert [sorted(one) for one in asked] == [["permissions", "repositories"], ["permissions", "repository_ids"]]
    assert [token.repositories for token in github_host.tokens.values()] == [["acme/web"]]


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(("late", "accepted"), [(1, True), (3, True), (50, False)])
def test_a_fresh_token_may_be_unknown_for_a_moment(github_hosts, github_key, late, accepted):
    host = github_hosts(settles_after=late)
    answer = git_of(host, github_key).list_refs(host.clone_url("acme/web"), prefixes=HEADS)
    assert isinstance(answer, Refs) is accepted
    if not accepted:
        assert isinstance(answer, GitRefusal)
        assert answer.status == 401
        assert len(sent(host, "GET", "/acme/web.git/info/refs")) == 1 + len(github_app.SETTLE)


@pytest.mark.usefixtures("no_waiting")
def test_a_fresh_token_is_asked_again_over_the_api_too(github_hosts, github_key):
    answers = [(401, {}, {"message": "Bad credentials"}), None]
    host = github_hosts(failing={"GET /installation/repositories": lambda seen: answers.pop(0)})
    app = GitHubApp(host.api_url, str(APP_ID), github_key)
    with app.minted("1", METADATA) as made:
        assert isinstance(made, Minted)
        assert app.ask_as(made.token, "GET", "/installation/repositories", fresh=True).status == 200


def test_it_is_not_asked_again_once_there_is_no_time(github_hosts, github_key, monkeypatch):
    monkeypatch.setattr(github_app, "SETTLE", (300.0, 300.0, 300.0))
    host = github_hosts(settles_after=50)
    with deadline.within(120):  # less than the first wait and a second to ask in
        answer = git_of(host, github_key).list_refs(host.clone_url("acme/web"), prefixes=HEADS)
    assert isinstance(answer, GitRefusal)
    assert len(sent(host, "GET", "/acme/web.git/info/refs")) == 1


# --- Where a renamed repository is ------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "headers", "body", "number"), [
    (301, {"location": "https://api.github.com/repositories/42/installation"}, b"", 42),
    (307, {"location": "/repositories/42"}, b"", 42),
    (301, {}, b'{"message":"Moved Permanently","url":"https://api.github.com/repositories/42"}', 42),
    (301, {"location": "https://sign-in.example.com/"}, b"", 0),
    (200, {}, b'{"url":"https://api.github.com/repositories/42"}', 0), (404, {}, b"", 0),
])
def test_the_number_of_a_moved_repository_is_read_from_a_redirect(status, headers, body, number):
    assert number_of_moved(Response(status, headers, body, "https://api.github.com/repos/a/b/installation")) == number
