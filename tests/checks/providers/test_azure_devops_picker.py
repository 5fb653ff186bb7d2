"""The repositories that a token of Azure DevOps can list: all come at once, and are searched and paged here."""
from __future__ import annotations

import pytest

from checks.clients.errors import ClientError, Kind
from checks.demo.azure_devops_answers import AzureRepository
from checks.providers.azure_devops import azure_devops
from checks.providers.pick import PAGE_SIZE
from tests.checks.providers.azure_devops_run import own, reply
from tests.peers.azure_devops_host import OPEN, REPOSITORIES, TOKENS

pytestmark = pytest.mark.usefixtures("loopback")


def pick(base, query="", page=1, token="reader", organisation="acme"):
    client = azure_devops.connect({"base_url": base, "azure_organisation": organisation}, {"token": TOKENS[token].value})
    return azure_devops.pick(client, query, page)


def test_what_the_token_sees_is_offered_by_name(azure_hosts):
    host = azure_hosts(repositories=[*REPOSITORIES, OPEN])
    picked = pick(host.base)
    assert [choice.name for choice in picked.choices] == ["leaving/old", "My Project/web app", "open/site", "shop/both",
                                                          "shop/empty", "shop/off", "shop/web", "tools/tools"]
    by_name = {choice.name: choice for choice in picked.choices}
    assert by_name["My Project/web app"].url == f"{host.url}/My%20Project/_git/web%20app"
    assert (by_name["shop/web"].ref, by_name["shop/web"].private, by_name["shop/web"].archived) == ("main", True, False)
    assert (by_name["shop/empty"].ref, by_name["shop/off"].archived, by_name["open/site"].private) == ("", True, False)
    assert (picked.more, picked.note) == (False, "")


@pytest.mark.parametrize(("query", "names"), [
    ("WEB", ["My Project/web app", "shop/web"]), ("shop/", ["shop/both", "shop/empty", "shop/off", "shop/web"]),
    ("secret", []), (" tools ", ["tools/tools"])])
def test_a_search_is_in_project_and_name(azure_host, query, names):
    assert [choice.name for choice in pick(azure_host.base, query).choices] == names


def test_a_long_list_comes_in_pages(azure_hosts):
    many = [AzureRepository("many", f"r{n:02}", branches=(), readers=("deploy",)) for n in range(2 * PAGE_SIZE + 1)]
    host = azure_hosts(repositories=many, own=True)
    pages = [pick(host.base, page=number) for number in (1, 2, 3, 4)]
    assert [len(page.choices) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1, 0]
    assert [page.more for page in pages] == [True, True, False, False]
    assert len({choice.url for page in pages for choice in page.choices}) == len(many)


def test_an_older_server_is_asked_in_its_version(azure_hosts):
    host = azure_hosts(organisation="tfs/DefaultCollection", hosted=False, newest="6.0")
    assert pick(host.base, "both", organisation="DefaultCollection").choices[0].name == "shop/both"


@pytest.mark.parametrize(("token", "text"), [
    ("work", "it lacks Code (Read), or is not accepted at all"), ("revoked", "not accepted at all"), ("expired", "has expired"),
    ("entra_service", "")])
def test_a_list_that_is_refused_says_why(azure_host, token, text):
    picked = pick(azure_host.base, token=token)
    assert text in picked.note
    assert bool(picked.choices) is (text == "")


def test_a_user_of_no_project_is_told_so(azure_hosts):
    picked = pick(azure_hosts(repositories=()).base)
    assert (picked.choices, picked.more) == ((), False)
    assert "member of no project" in picked.note


@pytest.mark.parametrize(("answer", "text"), [
    (own(203, b"<html>Sign In", "text/html"), "sign-in page"), (own(403, {"message": "policy"}), "(HTTP 403): “policy”"),
    (own(404, {"message": "gone"}), "HTTP 404")])
def test_other_refusals_are_notes(scripted_host, answer, text):
    assert text in pick(scripted_host(answer).url).note


@pytest.mark.parametrize(("answer", "kind"), [
    (own(200, {"value": {}}), Kind.NOT_PROTOCOL), (own(200, b"<html>", "text/html"), None),
    (reply(200, b"x"), Kind.NOT_PROTOCOL), (reply(203, b"<html>", "text/html"), Kind.NOT_PROTOCOL),
    (reply(503, b""), Kind.OUTAGE), (reply(429, b""), Kind.RATE_LIMITED),
    ((302, {"Location": "https://sso.example.com/"}, b""), Kind.NOT_PROTOCOL)])
def test_what_is_no_answer_is_an_error(scripted_host, answer, kind):
    if kind is None:
        assert "sign-in page" in pick(scripted_host(answer).url).note
        return
    with pytest.raises(ClientError) as error:
        pick(scripted_host(answer).url)
    assert error.value.kind is kind


def test_entries_that_name_nothing_are_left_out(scripted_host):
    host = scripted_host(own(200, {"value": [None, {}, {"name": "x"}, {"name": "x", "project": {"name": "p"}}]}))
    assert [choice.name for choice in pick(host.url).choices] == ["p/x"]
