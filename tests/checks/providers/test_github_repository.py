"""Whether the installation reaches a service's repository, may clone it, has the ref and may push; over a socket."""
from __future__ import annotations

import pytest

from checks.clients import github_app
from checks.demo.git_repositories import Repository
from checks.demo.github_world import Installation
from checks.providers.github import github
from checks.verdict import Cause, Layer, Skip, Status
from tests.checks.providers.github_run import requested, rows_of, said
from tests.checks.providers.test_github_installation import ALLOW_LIST

pytestmark = pytest.mark.usefixtures("loopback")
NOT_LISTED = (Status.FAIL, Cause.YOURS, Layer.REPO_ALLOW_LIST)
OUTAGE = (Status.UNKNOWN, Cause.PROVIDER, Layer.PROVIDER_OUTAGE)
WRITES = {"contents": "write", "metadata": "read"}


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr(github_app, "SETTLE", (0.0, 0.0, 0.0))


def allowed(host, pem, repository, **options):
    return rows_of(host, pem, repository, **options)["repository_allowed"]


# --- repository_allowed -----------------------------------------------------------------------------------------------
def test_what_is_not_on_the_list_is_told_with_the_page_of_the_list(github_host, github_pem):
    rows = rows_of(github_host, github_pem, "acme/hidden")
    verdict = rows["repository_allowed"]
    assert said(verdict) == NOT_LISTED
    assert verdict.evidence == "acme/hidden was not on the list of the installation on acme, which has 5 repositories."
    assert verdict.link == f"{github_host.url}/organizations/acme/settings/installations/1"
    assert verdict.facts["candidates"] == ["repo-allow-list", "clone-url"]
    assert rows["clone_permitted"].status is Status.SKIPPED
    assert all(token.revoked and dict(token.permissions) == {"metadata": "read"} for token in github_host.tokens.values())


def test_a_misspelled_name_is_met_with_the_one_that_is_meant(github_host, github_pem):
    verdict = allowed(github_host, github_pem, "acme/webb")
    assert said(verdict) == NOT_LISTED
    assert verdict.facts["near"] == ["acme/web"]
    assert verdict.facts["suggested"] == github_host.clone_url("acme/web")
    assert "acme/web" in verdict.remedy


def test_an_owners_name_in_another_case_is_the_same(github_host, github_pem):
    assert rows_of(github_host, github_pem, "Acme/Web")["clone_permitted"].status is Status.PASS


def test_where_all_are_allowed_what_is_not_seen_does_not_exist(github_host, github_pem):
    verdict = allowed(github_host, github_pem, "alice/blag", installation=2)
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.CLONE_URL)
    assert "alice had no repository alice/blag that this installation can see, though it sees all of them." in verdict.evidence
    assert verdict.facts["suggested"] == github_host.clone_url("alice/blog")


def test_a_list_longer_than_a_page_is_read_to_its_end(github_host, github_pem, monkeypatch):
    github_host.failing["/installation/repositories"] = pages(230, github_host)
    verdict = allowed(github_host, github_pem, "acme/hidden")
    assert said(verdict) == NOT_LISTED
    assert "which has 230 repositories" in verdict.evidence
    assert len(requested(github_host, "GET", "/installation/repositories")) == 3


def pages(total, host, *, broken=0, told=None):
    """A list of as many repositories, a hundred a page; `broken`: the page that is cut."""
    def answer(seen):
        number = int(seen.path.partition("&page=")[2] or 1)
        if number == broken:
            return 200, {}, '{"total_count": '
        names = [{"full_name": f"acme/r{n}"} for n in range(total)][(number - 1) * 100:number * 100]
        return 200, {}, {"total_count": told or total, "repositories": names}
    return answer


@pytest.mark.parametrize(("options", "expected", "text"), [
    ({"broken": 2}, OUTAGE, "not JSON"),
    ({"told": 400}, (Status.UNKNOWN, Cause.PROVIDER, Layer.REPO_ALLOW_LIST), "read only in part: 230 of 400 repositories"),
])
def test_a_list_that_was_read_in_part_says_nothing_of_what_is_on_it(github_host, github_pem, options, expected, text):
    github_host.failing["/installation/repositories"] = pages(230, github_host, **options)
    verdict = allowed(github_host, github_pem, "acme/hidden")
    assert said(verdict) == expected
    assert text in verdict.evidence


def test_a_list_longer_than_is_read_says_nothing_either(github_host, github_pem):
    github_host.failing["/installation/repositories"] = pages(1200, github_host)
    verdict = allowed(github_host, github_pem, "acme/hidden")
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REPO_ALLOW_LIST)
    assert "1000 of 1200" in verdict.evidence
    assert len(requested(github_host, "GET", "/installation/repositories")) == 10


def test_two_answers_that_differ_are_unknown(github_hosts, github_pem):
    host = github_hosts(failing={"/repos/acme/web/installation": (404, {}, {"message": "Not Found"})})
    verdict = allowed(host, github_pem, "acme/web")
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REPO_ALLOW_LIST)
    assert "said at the same time" in verdict.evidence


@pytest.mark.parametrize("repository", ["alice/blog", "alice/none"])
def test_a_repository_of_another_installation_is_told(github_host, github_pem, repository):
    verdict = allowed(github_host, github_pem, repository)
    assert said(verdict) == NOT_LISTED
    assert "belongs to the App's installation 2 on alice, and this integration is the installation 1." in verdict.evidence
    assert verdict.facts["other"] == {"id": "2", "account": "alice"}
    assert verdict.link == f"{github_host.url}/settings/installations/2"


def test_an_account_without_the_app_is_told(github_host, github_pem):
    verdict = allowed(github_host, github_pem, "stranger/closed")
    assert said(verdict) == NOT_LISTED
    assert "The App was not installed on stranger at all; this integration's installation is that on acme." in verdict.evidence
    assert verdict.link == f"{github_host.url}/github-apps/dflow-deploys/installations/new"


def test_an_account_that_was_renamed_is_still_the_installations(github_hosts, github_pem):
    ours = {"id": 1, "account": {"login": "acme"}, "repository_selection": "selected"}
    host = github_hosts(failing={"/orgs/oldacme/installation": (200, {}, ours)})
    verdict = allowed(host, github_pem, "oldacme/web")
    assert said(verdict) == NOT_LISTED
    assert "was not on the list" in verdict.evidence


def test_a_renamed_repository_is_met_with_its_new_name(github_host, github_pem):
    rows = rows_of(github_host, github_pem, "acme/was")
    verdict = rows["repository_allowed"]
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert verdict.evidence == "acme/was is now acme/web, and this installation reaches it."
    assert verdict.facts["suggested"] == github_host.clone_url("acme/web")
    assert said(rows["clone_permitted"]) == (Status.WARN, Cause.YOURS, Layer.CLONE_URL)
    assert rows["ref_exists"].status is Status.PASS
    assert all(token.repositories == ["acme/web"] and token.revoked for token in github_host.tokens.values())


def test_a_renamed_repository_that_is_not_reached_any_more_fails(github_hosts, github_pem):
    host = github_hosts(moved={"acme/was": "stranger/closed"})
    verdict = allowed(host, github_pem, "acme/was")
    assert said(verdict) == NOT_LISTED
    assert "was renamed or given to another account, and this installation does not reach it" in verdict.evidence
    assert verdict.link == f"{host.url}/acme/was"


@pytest.mark.parametrize("path", ["/repos/acme/hidden/installation", "POST /app/installations/1/access_tokens",
                                  "/installation/repositories"])
@pytest.mark.parametrize(("answer", "expected", "text"), [
    ((403, {}, ALLOW_LIST), (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP), "The IP allow list of acme refused"),
    ((403, {"Content-Type": "text/html"}, "<html>"), (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK), "not GitHub's own answer"),
    ((503, {}, ""), OUTAGE, "HTTP 503"),
])
def test_trouble_on_the_way_to_the_list_is_told_apart(github_hosts, github_pem, path, answer, expected, text):
    verdict = allowed(github_hosts(failing={path: answer}), github_pem, "acme/hidden")
    assert said(verdict) == expected
    assert text in verdict.evidence


def test_trouble_about_an_account_is_told_apart(github_hosts, github_pem):
    host = github_hosts(failing={"/users/stranger/installation": (403, {}, {"message": "Forbidden"})})
    assert said(allowed(host, github_pem, "stranger/closed")) == (Status.UNKNOWN, Cause.PROVIDER, Layer.REPO_ALLOW_LIST)


def test_a_url_that_names_no_repository_of_ours_is_not_asked(github_host, github_pem):
    verdict = allowed(github_host, github_pem, "https://gitlab.com/acme/web.git")
    assert (verdict.status, verdict.skip) == (Status.SKIPPED, Skip.NEED)
    assert not [seen for seen in github_host.seen if "/repos/" in seen.path]


# --- clone_permitted --------------------------------------------------------------------------------------------------
def test_a_public_repository_proves_nothing_of_the_installation(github_host, github_pem):
    verdict = rows_of(github_host, github_pem, "acme/site")["clone_permitted"]
    assert verdict.status is Status.PASS
    assert "the repository is public and answered without the token too" in verdict.evidence


@pytest.mark.parametrize(("answer", "expected", "text"), [
    ((403, {}, {"message": "This installation has been suspended"}), Layer.GITHUB_APP, "The installation is suspended"),
    ((403, {}, ALLOW_LIST), Layer.GITHUB_APP, "The IP allow list of acme refused"),
    ((404, {}, {"message": "Not Found"}), Layer.GITHUB_APP, "The installation 1 was no longer there"),
    ((422, {}, {"message": "The permissions requested are not granted to this installation."}), Layer.GITHUB_APP, "Granted: "),
    ((422, {}, {"message": "Validation Failed"}), Layer.REPO_ALLOW_LIST, "is not among the repositories of this installation"),
])
def test_a_token_that_was_not_made_is_told_apart(github_hosts, github_pem, answer, expected, text):
    verdict = rows_of(github_hosts(failing={"POST /app/installations/1/access_tokens": answer}), github_pem)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, expected)
    assert text in verdict.evidence
    assert verdict.link.endswith(("/organizations/acme/settings/installations/1", "/organizations/acme/settings/security"))


@pytest.mark.parametrize(("status", "words", "layer", "text"), [
    (403, "Write access to repository not granted.", Layer.GITHUB_APP, "Granted: contents:read, metadata:read"),
    (403, "This installation has been suspended", Layer.GITHUB_APP, "The installation is suspended"),
    (404, "Repository not found.", Layer.REPO_ALLOW_LIST, "does not exist, or this installation cannot see it (HTTP 404"),
    (403, "Repository `acme/web' is disabled.\nPlease ask the owner to check their account.", Layer.GITHUB_APP, "GitHub closed"),
    (403, "The `acme' organization has an IP allow list enabled, and your IP address is not permitted.", Layer.GITHUB_APP,
     "The IP allow list of acme"),
])
def test_a_refusal_over_git_is_told_apart(github_hosts, github_pem, status, words, layer, text):
    refuse = lambda seen: (status, {}, words) if "Authorization" in seen.headers else None  # noqa: E731 -- reads in place
    verdict = rows_of(github_hosts(failing={"GET /acme/web.git/info/refs": refuse}), github_pem)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, layer)
    assert text in verdict.evidence
    assert verdict.remedy
    assert verdict.link


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize(("answer", "layer", "text"), [
    ((401, {}, "Invalid username or token."), Layer.PROVIDER_OUTAGE, "did not take the token that its API had just made"),
    ((403, {}, "Go away"), Layer.GITHUB_APP, "Go away"),
    ((403, {"Content-Type": "text/html"}, "<html>Blocked"), Layer.NETWORK, "not GitHub's own answer"),
    ((302, {"Location": "https://sso.example.com/login"}, ""), Layer.NETWORK, "sso.example.com"),
    ((200, {"Content-Type": "text/html"}, "<html>"), Layer.PROVIDER_OUTAGE, "a web page"),
    ((503, {}, ""), Layer.PROVIDER_OUTAGE, "HTTP 503"),
])
def test_what_is_no_refusal_of_the_clone_is_unknown(github_hosts, github_pem, answer, layer, text):
    spoil = lambda seen: answer if "Authorization" in seen.headers else None  # noqa: E731 -- reads in place
    host = github_hosts(failing={"GET /acme/web.git/info/refs": spoil})
    verdict = rows_of(host, github_pem)["clone_permitted"]
    assert said(verdict) == (Status.UNKNOWN, Cause.PROVIDER, layer)
    assert text in verdict.evidence
    assert all(token.revoked for token in host.tokens.values())


def test_a_list_that_lets_a_token_be_made_and_not_used_is_told(github_host, github_pem):
    github_host.installations[1].allow_list_blocks = "use"
    verdict = rows_of(github_host, github_pem)["clone_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert verdict.link == f"{github_host.url}/organizations/acme/settings/security"


# --- ref_exists -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("repository", "ref", "status", "text"), [
    ("acme/web", "dev", Status.PASS, "had the branch dev, at"), ("acme/web", "v1", Status.PASS, "had the tag v1, at"),
    ("acme/web", "deve", Status.FAIL, "had no branch and no tag named “deve”"),
    ("acme/both", "v1", Status.WARN, "both a branch and a tag named v1"), ("acme/empty", "main", Status.FAIL, "is empty"),
])
def test_the_ref_is_looked_for_exactly(github_host, github_pem, repository, ref, status, text):
    verdict = rows_of(github_host, github_pem, repository, ref)["ref_exists"]
    assert (verdict.status, verdict.layer) == (status, Layer.BRANCH_MISSING)
    assert text in verdict.evidence


# --- pushes_permitted -------------------------------------------------------------------------------------------------
def test_an_archived_repository_takes_no_push(github_hosts, github_pem):
    host = github_hosts(app={"permissions": WRITES}, installations=[Installation(1, "acme", permissions=WRITES)])
    verdict = rows_of(host, github_pem, "acme/old", pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert "acme/old takes no push (HTTP 403): “This repository was archived so it is read-only”." in verdict.evidence
    assert verdict.link == f"{host.url}/acme/old/settings"


def test_a_push_that_is_denied_shows_the_grant(github_hosts, github_pem):
    denied = lambda seen: (403, {}, "Permission to acme/web.git denied to dflow-deploys[bot].") if (  # noqa: E731 -- in place
        "git-receive-pack" in seen.path) else None
    host = github_hosts(app={"permissions": WRITES}, installations=[Installation(1, "acme", permissions=WRITES)],
                        failing={"GET /acme/web.git/info/refs": denied})
    verdict = rows_of(host, github_pem, pushes=True)["pushes_permitted"]
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.GITHUB_APP)
    assert verdict.facts["required"] == ["contents:write", "metadata:read"]


# --- The picker -------------------------------------------------------------------------------------------------------
def picked(host, pem, query="", page=1, installation=1):
    client = github.connect({"base_url": host.url, "api_url": host.api_url, "app_id": "123456",
                             "installation_id": str(installation)}, {"private_key": pem})
    assert github.pick is not None
    return github.pick(client, query, page)


def test_the_installations_repositories_are_offered(github_host, github_pem):
    found = picked(github_host, github_pem)
    assert [choice.name for choice in found.choices] == ["acme/web", "acme/site", "acme/both", "acme/old", "acme/empty"]
    web = found.choices[0]
    assert (web.url, web.ref, web.private, web.archived) == (github_host.clone_url("acme/web"), "main", True, False)
    assert found.choices[3].archived is True
    assert found.choices[1].private is False
    assert (found.more, found.note) == (False, "")
    token, = github_host.tokens.values()
    assert (dict(token.permissions), token.repositories, token.revoked) == ({"metadata": "read"}, None, True)


def test_a_query_is_found_in_any_case_and_anywhere(github_host, github_pem):
    assert [choice.name for choice in picked(github_host, github_pem, " WEB ").choices] == ["acme/web"]
    nothing = picked(github_host, github_pem, "hidden")
    assert nothing.choices == ()
    assert "“hidden”" in nothing.note


@pytest.mark.parametrize(("query", "page", "first", "number", "more"), [
    ("", 1, "acme/r0", 20, True), ("", 3, "acme/r40", 5, False), ("r1", 1, "acme/r1", 11, False), ("acme", 2, "acme/r20", 20, True),
    ("", 9, None, 0, False), ("", 0, "acme/r0", 20, True),
])
def test_there_is_a_page_at_a_time(github_hosts, github_pem, tmp_path, query, page, first, number, more):
    host = github_hosts(installations=[Installation(1, "acme")])
    names = [{"full_name": f"acme/r{n}"} for n in range(45)]

    def answer(seen):
        asked = dict(pair.split("=") for pair in seen.path.partition("?")[2].split("&"))
        start = (int(asked["page"]) - 1) * int(asked["per_page"])
        return 200, {}, {"total_count": 45, "repositories": names[start:start + int(asked["per_page"])]}
    host.failing["/installation/repositories"] = answer
    found = picked(host, github_pem, query, page)
    assert (len(found.choices), found.more) == (number, more)
    assert (found.choices[0].name if found.choices else None) == first


@pytest.mark.parametrize(("installation", "text"), [
    ("", "not installed yet"), (99, "knows no such installation"), (3, "This installation has been suspended"),
])
def test_a_list_that_cannot_be_had_says_why(github_host, github_pem, installation, text):
    found = picked(github_host, github_pem, installation=installation)
    assert found.choices == ()
    assert text in found.note


def test_an_empty_list_and_one_that_is_too_long_say_so(github_hosts, github_pem):
    host = github_hosts(installations=[Installation(1, "acme", selection="selected")])
    assert "has no repository" in picked(host, github_pem).note
    host.failing["/installation/repositories"] = pages(1500, host)
    assert "Only the first 1000 of 1500 repositories were searched." in picked(host, github_pem, "none").note


def test_a_list_that_is_refused_says_why(github_host, github_pem):
    github_host.installations[1].allow_list_blocks = "use"
    assert "IP allow list" in picked(github_host, github_pem).note


def test_repositories_are_named_as_their_own_host_has_them(github_hosts, github_pem):
    host = github_hosts(repositories=[Repository("acme/web")])
    assert picked(host, github_pem).choices[0].url.startswith(host.url)
