"""What a token of Bitbucket can list, so that a form offers it."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError
from checks.demo.bitbucket_answers import Credential
from checks.demo.git_repositories import Repository
from checks.providers.bitbucket import bitbucket
from checks.providers.pick import PAGE_SIZE, Choice
from tests.checks.providers.bitbucket_run import CREDENTIALS, DEFAULT_API, KINDS, PAGE, reply, settings_of
from tests.peers.bitbucket_host import TOKENS

pytestmark = pytest.mark.usefixtures("loopback")


def pick(host, token="api_lists", query="", page=1):
    credential = CREDENTIALS[token]
    client = bitbucket.connect(settings_of(host.url, token_kind=KINDS[credential.kind]), {"token": credential.value})
    return bitbucket.pick(client, query, page)


def names(picked):
    return [choice.name for choice in picked.choices]


def test_every_workspace_of_the_user_is_looked_into(bitbucket_host):
    picked = pick(bitbucket_host)
    assert names(picked) == ["acme/web", "acme/site", "acme/empty", "acme/old", "other/tool"]
    assert picked.choices[0] == Choice(f"{bitbucket_host.url}/acme/web.git", "acme/web", "main", private=True)
    assert (picked.choices[1].private, picked.choices[2].ref, picked.more, picked.note) == (False, "", False, "")


def test_a_part_of_the_name_or_one_workspace_narrows_the_list(bitbucket_host):
    assert names(pick(bitbucket_host, query="WE")) == ["acme/web"]
    assert names(pick(bitbucket_host, query="acme/e")) == ["acme/web", "acme/site", "acme/empty"]
    assert names(pick(bitbucket_host, query="other/")) == ["other/tool"]
    assert names(pick(bitbucket_host, query='we" OR name~"')) == []


@pytest.mark.parametrize("token", ["api", "repository", "workspace"])
def test_a_token_that_cannot_tell_its_workspaces_is_asked_for_one(bitbucket_host, token):
    picked = pick(bitbucket_host, token)
    assert (picked.choices, picked.more) == ((), False)
    assert "Type WORKSPACE/" in picked.note
    assert "acme/web" in names(pick(bitbucket_host, token, "acme/web"))


def test_a_token_that_may_not_read_is_told_so(bitbucket_host):
    picked = pick(bitbucket_host, "repository_pulls", "acme/")
    assert picked.choices == ()
    assert "acme was not listed (HTTP 403): “Your credentials lack" in picked.note


def test_pages_follow_each_other(bitbucket_hosts):
    many = [Repository(f"acme/r{i:02}", branches=()) for i in range(PAGE_SIZE + 3)]
    whole = Credential("ATCTT3x", "workspace_access_token", opens="acme")
    host = bitbucket_hosts(repositories=many, credentials=[whole])
    client = bitbucket.connect(settings_of(host.url), {"token": whole.value})
    first, second = (bitbucket.pick(client, "acme/", page) for page in (1, 2))
    assert (len(first.choices), first.more, len(second.choices), second.more) == (PAGE_SIZE, True, 3, False)
    assert len({c.url for c in (*first.choices, *second.choices)}) == PAGE_SIZE + 3


def test_of_many_workspaces_the_first_are_looked_into_and_it_is_said(bitbucket_hosts):
    spread = [Repository(f"team{i}/app", branches=(), readers=("deploy",)) for i in range(7)]
    picked = pick(bitbucket_hosts(repositories=spread))
    assert names(picked) == [f"team{i}/app" for i in range(5)]
    assert "Only the first 5 of 7 workspaces" in picked.note


def test_a_user_without_a_workspace_is_told_so(bitbucket_hosts):
    picked = pick(bitbucket_hosts(repositories=[]))
    assert (picked.choices, picked.note) == ((), "This token's user is in no workspace.")


def test_the_lists_across_workspaces_that_ended_are_not_asked(bitbucket_host):
    pick(bitbucket_host)
    paths = {seen.path.partition("?")[0] for seen in bitbucket_host.seen}
    assert paths == {"/2.0/user/workspaces", "/2.0/repositories/acme", "/2.0/repositories/other"}


@pytest.mark.parametrize("answer", [PAGE, reply(200, []), reply(503, {})])
def test_what_is_no_list_is_an_error_of_the_client(scripted_host, answer):
    with pytest.raises(ClientError):
        pick(scripted_host(answer))


def test_a_data_center_lists_what_the_token_may_read(data_center):
    client = bitbucket.connect(settings_of(data_center.url, api_url=DEFAULT_API, token_kind="api_token", email="deploy"),
                               {"token": TOKENS["own"].value})
    picked = bitbucket.pick(client, "", 1)
    assert [c.name for c in picked.choices] == ["ACME/web", "ACME/site", "ACME/empty", "ACME/old", "OTHER/tool"]
    assert picked.choices[0] == Choice(f"{data_center.url}/scm/ACME/web.git", "ACME/web", "", private=True)
    assert [c.archived for c in picked.choices] == [False, False, False, True, False]
    assert [c.name for c in bitbucket.pick(client, "ACME/we", 1).choices] == ["ACME/web"]
    refused = bitbucket.connect(settings_of(data_center.url, api_url=DEFAULT_API), {"token": "BBDC-bad"})
    assert "could not list repositories (HTTP 401)" in bitbucket.pick(refused, "", 1).note
