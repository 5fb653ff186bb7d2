"""The repositories that a token of Gitea can list, searched and paged by the host itself."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError, Kind
from checks.demo.git_repositories import Repository
from checks.providers.gitea import gitea
from checks.providers.pick import PAGE_SIZE
from tests.checks.providers.gitea_run import PAGE, reply
from tests.peers.git_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")


def pick(base_url, query="", page=1, token="reader"):
    client = gitea.connect({"base_url": base_url}, {"token": TOKENS[token].value})
    return gitea.pick(client, query, page)


def names(picked):
    return [choice.name for choice in picked.choices]


def test_what_the_user_may_read_is_offered(git_host):
    picked = pick(git_host.url)
    assert names(picked) == ["acme/both", "acme/copy", "acme/empty", "acme/new-hash", "acme/old", "acme/site", "acme/web"]
    by_name = {choice.name: choice for choice in picked.choices}
    web = by_name["acme/web"]
    assert (web.url, web.ref, web.private, web.archived) == (git_host.clone_url("acme/web"), "main", True, False)
    assert (by_name["acme/site"].private, by_name["acme/old"].archived) == (False, True)
    assert (picked.more, picked.note) == (False, "")


@pytest.mark.parametrize(("query", "found"), [
    ("WEB", ["acme/web"]), ("secret", []), (" site ", ["acme/site"]), ("acme/b", ["acme/both"]), ("acme", [])])
def test_the_host_searches(git_host, query, found):
    assert names(pick(git_host.url, query)) == found


def test_a_long_list_comes_in_pages(git_hosts):
    many = [Repository(f"many/r{n:02}", branches=(), readers=("deploy",)) for n in range(2 * PAGE_SIZE)]
    host = git_hosts(repositories=many, own=True)
    pages = [pick(host.url, page=number) for number in (1, 2, 3)]
    assert [(len(page.choices), page.more) for page in pages] == [(PAGE_SIZE, True), (PAGE_SIZE, False), (0, False)]
    assert len({choice.url for page in pages for choice in page.choices}) == len(many)
    asked = [seen for seen in host.seen if "/repos/search" in seen.path]
    assert [f"limit={PAGE_SIZE}&page={number}" in seen.path for number, seen in enumerate(asked, 1)] == [True] * 3


def test_a_sub_path_belongs_to_the_clone_urls(git_hosts):
    host = git_hosts(sub_path="/gitea")
    assert pick(host.url, "web").choices[0].url == f"{host.url}/acme/web.git"


def test_a_token_for_public_repositories_lists_those(git_host):
    assert names(pick(git_host.url, token="public_only")) == ["acme/site"]


@pytest.mark.parametrize(("token", "text"), [
    ("issues", "it lacks read:repository: “token does not have"), ("revoked", "refused the token (HTTP 401)"),
    ("disabled", "did not list repositories (HTTP 403): “This account is prohibited")])
def test_a_list_that_is_refused_says_why(git_host, token, text):
    picked = pick(git_host.url, token=token)
    assert picked.choices == ()
    assert text in picked.note


def test_a_host_without_a_total_has_more_while_pages_are_full(scripted_host):
    full = reply(200, {"ok": True, "data": [{"full_name": f"a/r{n}"} for n in range(PAGE_SIZE)]})
    host = scripted_host(full, reply(200, {"ok": True, "data": [{"full_name": "a/last"}, {"id": 1}, None]}))
    assert pick(host.url).more is True
    last = pick(host.url, page=2)
    assert (names(last), last.more, last.choices[0].private) == (["a/last"], False, None)


@pytest.mark.parametrize(("answer", "kind"), [
    (reply(200, {"data": {}}), Kind.NOT_PROTOCOL), (reply(200, []), Kind.NOT_PROTOCOL), (PAGE, Kind.NOT_PROTOCOL),
    (reply(401, b"<html>", "text/html"), Kind.NOT_PROTOCOL), (reply(403, b"<html>", "text/html"), Kind.NOT_PROTOCOL),
    (reply(404, {"message": "no"}), Kind.NOT_PROTOCOL), (reply(502, b""), Kind.OUTAGE), (reply(429, b""), Kind.RATE_LIMITED),
    ((302, {"Location": "https://sso.example.com/"}, b""), Kind.NOT_PROTOCOL)])
def test_what_is_no_answer_is_an_error(scripted_host, answer, kind):
    with pytest.raises(ClientError) as error:
        pick(scripted_host(answer).url)
    assert error.value.kind is kind
