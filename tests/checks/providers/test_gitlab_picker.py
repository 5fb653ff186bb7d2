"""What a token of GitLab lists, so that a form can offer it."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError
from checks.demo.git_repositories import Repository
from checks.providers.gitlab import gitlab
from checks.providers.pick import PAGE_SIZE, Choice
from tests.checks.providers.gitlab_run import PAGE, WEB, reply
from tests.peers.gitlab_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")


def listed(url, token="reader", query="", page=1):
    client = gitlab.connect({"base_url": url}, {"token": TOKENS[token].value})
    return gitlab.pick(client, query, page)


def test_it_offers_the_projects_that_the_user_is_a_member_of(gitlab_host):
    found = listed(gitlab_host.url)
    assert Choice(f"{gitlab_host.url}/{WEB}.git", WEB, "main") in found.choices
    assert "acme/secret" not in [choice.name for choice in found.choices]
    assert (found.more, found.note) == (False, "")
    assert "membership=true" in gitlab_host.seen[0].path


def test_a_search_narrows_it_and_may_find_nothing(gitlab_host):
    assert [choice.name for choice in listed(gitlab_host.url, query="both").choices] == ["acme/both"]
    assert listed(gitlab_host.url, query="nothing").choices == ()


def test_it_comes_in_pages(gitlab_hosts):
    host = gitlab_hosts(repositories=[Repository(f"acme/r{n:02}", readers=("deploy",)) for n in range(PAGE_SIZE + 3)])
    first, second = listed(host.url), listed(host.url, page=2)
    assert (len(first.choices), first.more) == (PAGE_SIZE, True)
    assert (len(second.choices), second.more) == (3, False)


@pytest.mark.parametrize(("token", "note"), [
    ("bare", "with the scope read_api only"), ("fine", "read_api only"), ("deploy", "has no API"),
    ("revoked", "did not accept this token"),
])
def test_a_token_that_cannot_list_says_why(gitlab_host, token, note):
    found = listed(gitlab_host.url, token)
    assert found.choices == ()
    assert note in found.note


def test_an_oauth_token_lists_as_bearer(gitlab_host):
    assert listed(gitlab_host.url, "oauth").choices


def test_a_user_without_projects_is_told(gitlab_hosts):
    assert "member of no project" in listed(gitlab_hosts(repositories=[]).url).note


@pytest.mark.parametrize("answer", [PAGE, reply(200, {"no": "list"}), reply(500, {}), reply(404, {"message": "no"})])
def test_what_is_no_list_is_the_hosts_trouble(scripted_host, answer):
    with pytest.raises(ClientError):
        listed(scripted_host(answer).url)
