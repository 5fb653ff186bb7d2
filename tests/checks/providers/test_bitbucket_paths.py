"""Everything that people paste in place of a Bitbucket clone URL, and what is offered for it."""
from __future__ import annotations

import pytest

from checks.providers.bitbucket.paths import data_center_layout, data_center_page, layout
from checks.providers.clone_url import read

BASE, GOOD = "https://bitbucket.org", "https://bitbucket.org/acme/web.git"
OWN, SCM = "https://git.example.com/bitbucket", "https://git.example.com/bitbucket/scm/ACME/web.git"
UUID = "%7B0f3c1d52-7b58-4c52-8c6e-3f1f6c1d9a10%7D"


def of(text):
    return read(text, BASE, layout)


def own(text):
    return read(text, OWN, data_center_layout)


@pytest.mark.parametrize(("text", "repository"), [
    (GOOD, "acme/web"), (f"{BASE}/my-team_1/web.app-2.git", "my-team_1/web.app-2"), (f"{BASE}/{UUID}/web.git", f"{UUID}/web"),
    (f"{BASE}/{UUID}/{UUID}.git", f"{UUID}/{UUID}"), ("https://BitBucket.org/acme/web.git", "acme/web")])
def test_clone_urls_are_taken_as_they_are(text, repository):
    found = of(text)
    assert (found.problem, found.repository, found.url) == ("", repository, f"{BASE}/{repository}.git")


@pytest.mark.parametrize("text", [f"{BASE}/acme/web", f"{BASE}/acme/web/", f"{GOOD}/"])
def test_what_works_and_should_change_is_asked_all_the_same(text):
    found = of(text)
    assert (bool(found.problem), found.url.removesuffix(".git"), found.suggested) == (True, GOOD[:-4], GOOD)


@pytest.mark.parametrize(("text", "problem", "ref"), [
    ("https://kim@bitbucket.org/acme/web.git", "had a user name", ""),
    ("https://x-token-auth:ATCTT3x@bitbucket.org/acme/web.git", "had a user name or password", ""),
    ("git@bitbucket.org:acme/web.git", "SSH address", ""), ("ssh://git@bitbucket.org/acme/web.git", "SSH address", ""),
    ("git@ssh.bitbucket.org:acme/web.git", "SSH address", ""),
    ("ssh://git@altssh.bitbucket.org:443/acme/web.git", "SSH address", ""),
    ("bitbucket.org/acme/web", "had no scheme", ""), ("acme/web", "was no URL", ""),
    ("http://bitbucket.org/acme/web.git", "http://", ""), ("https://www.bitbucket.org/acme/web.git", "another host", ""),
    (f"{BASE}/acme/web/src/dev/", "browser page", "dev"), (f"{BASE}/acme/web/src/dev/app/main.py", "browser page", "dev"),
    (f"{BASE}/acme/web/src/0a1b2c3d4e5f/?at=feature%2Flogin", "browser page", "feature/login"),
    (f"{BASE}/acme/web/src/0a1b2c3d4e5f/README.md", "browser page", ""),
    (f"{BASE}/acme/web/branch/feature/login", "browser page", "feature/login"),
    (f"{BASE}/acme/web/branches/", "browser page", ""), (f"{BASE}/acme/web/commits/", "browser page", ""),
    (f"{BASE}/acme/web/commits/branch/dev", "browser page", "dev"), (f"{BASE}/acme/web/commits/tag/v1", "browser page", "v1"),
    (f"{BASE}/acme/web/commits/0a1b2c3d", "browser page", ""), (f"{BASE}/acme/web/pull-requests/12/diff", "browser page", ""),
    (f"{BASE}/acme/web/pipelines", "browser page", ""), (f"{BASE}/acme/web/admin/access-tokens", "browser page", ""),
    (f"{BASE}/acme/web/what/ever", "path below the repository", ""), (f"{BASE}/acme/web/wiki/Home", "wiki", ""),
    (f"{BASE}/acme/web/raw/dev/README.md", "a file", ""), (f"{BASE}/acme/web/get/dev.zip", "a file", ""),
    (f"{BASE}/acme/web/downloads/", "a file", ""), (f"{BASE}/acme/web.git/info/refs", "Git's own protocol", ""),
    (f"{BASE}/acme/web?x=1", "? or #", ""),
    ("https://api.bitbucket.org/2.0/repositories/acme/web", "another host, api.bitbucket.org", ""),
    ("https://api.bitbucket.org/2.0/repositories/acme/web/refs/branches/dev", "another host", "dev"),
    (f"{BASE}/!api/2.0/repositories/acme/web", "address of the API", ""),
    (f"{BASE}/2.0/repositories/acme/web/refs/tags/v1", "address of the API", "v1")])
def test_what_must_not_be_asked_has_a_corrected_url(text, problem, ref):
    found = of(text)
    assert (found.url, found.suggested, found.ref) == ("", GOOD, ref)
    assert problem in found.problem
    assert "ATCTT3x" not in repr(found)


def test_bare_braces_are_written_as_a_url_has_them():
    found = of(f"{BASE}/{{{UUID[3:-3]}}}/web.git")
    assert (found.url, found.suggested) == ("", f"{BASE}/{UUID}/web.git")
    assert "bare braces" in found.problem


@pytest.mark.parametrize(("text", "problem"), [
    (BASE, "front page"), (f"{BASE}/acme", "page of a workspace, acme"), (f"{BASE}/dashboard/overview", "page of the host"),
    (f"{BASE}/acme/workspace/projects/WEB", "page of the workspace acme"), (f"{BASE}/acme/we$b.git", "neither can hold"),
    ("https://api.bitbucket.org/2.0/user", "another host"), (f"{BASE}/2.0/user", "the API"),
    ("https://gitlab.com/acme/web.git", "another host, gitlab.com"), ("git@github.com:acme/web.git", "of another host")])
def test_where_nothing_can_be_offered_the_problem_is_named(text, problem):
    found = of(text)
    assert (found.url, found.suggested) == ("", "")
    assert problem in found.problem


@pytest.mark.parametrize(("text", "repository"), [
    (SCM, "scm/ACME/web"), (f"{OWN}/scm/~kim/tool.git", "scm/~kim/tool")])
def test_clone_urls_of_a_data_center_are_taken(text, repository):
    found = own(text)
    assert (found.problem, found.url, found.repository) == ("", text, repository)


@pytest.mark.parametrize(("text", "problem", "ref"), [
    (f"{OWN}/projects/ACME/repos/web/browse?at=refs%2Fheads%2Ffeature%2Flogin", "browser page", "feature/login"),
    (f"{OWN}/projects/ACME/repos/web/commits?until=dev", "browser page", ""),
    (f"{OWN}/projects/ACME/repos/web/browse?at=refs%2Ftags%2Fv1", "browser page", "v1"),
    (f"{OWN}/rest/api/1.0/projects/ACME/repos/web", "address of the API", ""),
    (f"{OWN}/rest/api/latest/projects/ACME/repos/web/branches", "address of the API", ""),
    (f"{OWN}/ACME/web.git", "without /scm", ""), ("ssh://git@git.example.com:7999/ACME/web.git", "SSH address", ""),
    ("https://kim@git.example.com/bitbucket/scm/ACME/web.git", "had a user name", ""),
    (f"{OWN}/scm/ACME/web.git/info/refs", "Git's own protocol", ""),
    (f"{OWN}/scm/ACME/web/src", "path below the repository", ""),
    ("https://git.example.com/scm/ACME/web.git", "not below this integration's address", "")])
def test_what_people_paste_of_a_data_center_has_a_corrected_url(text, problem, ref):
    found = own(text)
    assert (found.url, found.suggested, found.ref) == ("", SCM, ref)
    assert problem in found.problem


@pytest.mark.parametrize(("text", "problem"), [
    (OWN, "front page"), (f"{OWN}/projects/ACME", "browser page, not a repository"), (f"{OWN}/dashboard", "page of the host"),
    (f"{OWN}/scm/ACME", "address of a project"), (f"{OWN}/scm/ACME/we$b.git", "neither can hold"),
    (f"{OWN}/rest/api/1.0/users", "the API, not a repository")])
def test_what_is_no_repository_of_a_data_center_is_named(text, problem):
    found = own(text)
    assert (found.url, found.suggested) == ("", "")
    assert problem in found.problem


def test_a_personal_repository_has_a_page_of_its_user():
    found = own(f"{OWN}/users/kim/repos/tool/browse")
    assert found.suggested == f"{OWN}/scm/~kim/tool.git"
    assert data_center_page(OWN, found.repository) == f"{OWN}/users/kim/repos/tool"
    assert data_center_page(OWN, "scm/ACME/web") == f"{OWN}/projects/ACME/repos/web"
