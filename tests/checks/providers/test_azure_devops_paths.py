"""What people paste where a clone URL of Azure DevOps is due, and the one that is offered in its place."""
from __future__ import annotations

import pytest

from checks.providers.azure_devops.paths import project_and_name, read_url

BASE = "https://dev.azure.com/acme"
SERVER = "https://tfs.example.com/tfs/DefaultCollection"
GOOD = f"{BASE}/shop/_git/web"


@pytest.mark.parametrize(("text", "base"), [
    (GOOD, BASE), (f"{BASE}/_git/web", BASE), (f"{BASE}/My%20Project/_git/web%20app", BASE),
    (f"{BASE}/shop/_git/_full/web", BASE), (f"{BASE}/shop/_git/_optimized/web", BASE), (f"{BASE}/_git/_full/web", BASE),
    (f"{SERVER}/shop/_git/web", SERVER),
])
def test_a_clone_url_is_read_as_it_is(text, base):
    found = read_url(text, base)
    assert (found.problem, found.url, found.suggested) == ("", text, "")


@pytest.mark.parametrize(("text", "problem"), [
    ("https://acme@dev.azure.com/acme/shop/_git/web", "user name"), ("https://bob@dev.azure.com/acme/shop/_git/web", "user name"),
    ("https://dev.azure.com/Acme/shop/_git/web", "other letters"), (f"{GOOD}/", "too many"), (f" {GOOD}\n", "too many"),
    (f"{BASE}//shop/_git//web", "too many"),
])
def test_what_works_and_should_change_keeps_its_url(text, problem):
    found = read_url(text, BASE)
    assert (found.url, found.suggested) == (GOOD, GOOD)
    assert problem in found.problem


@pytest.mark.parametrize(("text", "suggested", "problem", "ref", "kind"), [
    (f"{GOOD}.git", GOOD, "ended in .git", "", ""),
    ("git@ssh.dev.azure.com:v3/acme/shop/web", GOOD, "SSH", "", ""),
    ("ssh://git@ssh.dev.azure.com/v3/acme/shop/web", GOOD, "SSH", "", ""),
    ("ssh://git@ssh.dev.azure.com:22/v3/acme/shop/web", GOOD, "SSH", "", ""),
    ("acme@vs-ssh.visualstudio.com:v3/acme/shop/web", GOOD, "SSH", "", ""),
    ("git@ssh.dev.azure.com:v3/acme/My%20Project/web%20app", f"{BASE}/My%20Project/_git/web%20app", "SSH", "", ""),
    ("https://acme.visualstudio.com/shop/_git/web", GOOD, "older address, acme.visualstudio.com", "", ""),
    ("https://acme.visualstudio.com/DefaultCollection/shop/_git/web", GOOD, "older address", "", ""),
    ("https://acme.visualstudio.com/_git/web", f"{BASE}/_git/web", "older address", "", ""),
    ("https://acme.visualstudio.com/shop/_git/web?version=GBdev", GOOD, "? or #", "dev", "branch"),
    (f"{GOOD}?path=/README.md&version=GBmain", GOOD, "? or #", "main", "branch"),
    (f"{GOOD}?version=GBfeature%2Flogin&_a=contents", GOOD, "? or #", "feature/login", "branch"),
    (f"{GOOD}?version=GTv1.2", GOOD, "? or #", "v1.2", "tag"),
    (f"{GOOD}?version=GC0123456789", GOOD, "? or #", "0123456789", "commit"),
    ("https://acme@dev.azure.com/acme/shop/_git/web?version=GBdev", GOOD, "? or #", "dev", "branch"),
    (f"{GOOD}/commit/0123456789", GOOD, "browser page", "0123456789", "commit"),
    (f"{GOOD}/pullrequest/12", GOOD, "browser page", "", ""), (f"{GOOD}/branches", GOOD, "browser page", "", ""),
    (f"{GOOD}/pushes?version=GBdev", GOOD, "browser page", "dev", "branch"),
    (f"{GOOD}/info/refs?service=git-upload-pack", GOOD, "Git's own protocol", "", ""),
    (f"{BASE}/shop/_apis/git/repositories/web", GOOD, "the API", "", ""),
    (f"{BASE}/shop/_apis/git/repositories/web/refs?api-version=7.1", GOOD, "the API", "", ""),
    (f"{BASE}/shop/web", GOOD, "lacked _git", "", ""), (f"{BASE}/shop/web.git", GOOD, "lacked _git", "", ""),
    ("http://dev.azure.com/acme/shop/_git/web", GOOD, "http://", "", ""),
    ("dev.azure.com/acme/shop/_git/web", GOOD, "no scheme", "", ""), ("acme/shop/_git/web", GOOD, "no URL", "", ""),
    ("shop/_git/web", GOOD, "no URL", "", ""), ("https://dev.azure.co/acme/shop/_git/web", GOOD, "another host", "", ""),
    (f"{BASE}/My Project/_git/web app", f"{BASE}/My%20Project/_git/web%20app", "blank", "", ""),
    ("https://bob:hunter2@dev.azure.com/acme/shop/_git/web", GOOD, "password", "", ""),
])
def test_what_must_not_be_asked_has_a_corrected_url(text, suggested, problem, ref, kind):
    found = read_url(text, BASE)
    assert (found.url, found.suggested, found.ref, found.kind) == ("", suggested, ref, kind)
    assert problem in found.problem
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(("text", "problem"), [
    ("", "was empty"), (BASE, "front page"), (f"{BASE}/", "front page"), (f"{BASE}/shop", "page of a project, shop"),
    (f"{BASE}/shop/_git", "list of repositories"), (f"{BASE}/shop/_git/_full", "list of repositories"),
    (f"{BASE}/shop/_build", "page of the project shop"), (f"{BASE}/shop/_versionControl", "page of the project shop"),
    (f"{BASE}/_usersSettings/tokens", "page of the organization"), (f"{BASE}/_apis/projects", "the API"),
    (f"{BASE}/_apis/git/repositories/5febef5a-833d-4e14-b9c0-14cb638f91e6", "the API"),
    (f"{BASE}/a/b/_git/web", "more than a project"), (f"{BASE}/a/b/c", "no repository"), (f"{BASE}/shop/_git/.git", "missing"),
    (f"{BASE}/shop/_git/%2e%2e", "leads elsewhere"), (f"{BASE}/shop/_git/a%2fb", "leads elsewhere"), ("web", "no URL"),
    ("https://[::1/acme/shop/_git/web", "no URL"),
])
def test_what_leads_to_no_repository_has_no_suggestion(text, problem):
    found = read_url(text, BASE)
    assert (found.url, found.suggested) == ("", "")
    assert problem in found.problem


@pytest.mark.parametrize(("text", "other"), [
    ("https://dev.azure.com/other/shop/_git/web", "dev.azure.com/other"),
    ("https://other@dev.azure.com/other/shop/_git/web", "dev.azure.com/other"),
    ("git@ssh.dev.azure.com:v3/other/shop/web", "dev.azure.com/other"),
    ("https://other.visualstudio.com/shop/_git/web", "dev.azure.com/other"),
    ("https://dev.azure.com/shop/_git/web", "dev.azure.com/shop"),
])
def test_another_organization_is_named_and_never_asked(text, other):
    found = read_url(text, BASE)
    assert (found.url, found.suggested, found.other_host) == ("", "", other)
    assert "another organization" in found.problem


@pytest.mark.parametrize(("text", "base", "host"), [
    ("https://github.com/acme/web.git", BASE, "github.com"), ("git@github.com:acme/web.git", BASE, "github.com"),
    ("https://dev.azure.com@evil.test/acme/shop/_git/web", BASE, "evil.test"),
    ("https://acme.visualstudio.com.evil.test/shop/_git/web", BASE, "acme.visualstudio.com.evil.test"),
    (GOOD, SERVER, "dev.azure.com"), ("https://acme.visualstudio.com/shop/_git/web", SERVER, "acme.visualstudio.com"),
    ("git@ssh.dev.azure.com:v3/acme/shop/web", SERVER, "ssh.dev.azure.com"),
])
def test_another_host_is_named_and_never_asked(text, base, host):
    found = read_url(text, base)
    assert (found.url, found.other_host) == ("", host)


@pytest.mark.parametrize(("text", "suggested", "problem"), [
    ("https://tfs.example.com/tfs/Other/shop/_git/web", "", "another organization, tfs/Other"),
    ("ssh://tfs.example.com:22/tfs/DefaultCollection/shop/_git/web", f"{SERVER}/shop/_git/web", "SSH"),
    ("https://bob@tfs.example.com/tfs/defaultcollection/shop/_git/web", f"{SERVER}/shop/_git/web", "user name"),
    ("https://tfs.example.com:8443/tfs/DefaultCollection/shop/_git/web", f"{SERVER}/shop/_git/web", "another port"),
])
def test_a_servers_collection_is_its_organization(text, suggested, problem):
    found = read_url(text, SERVER)
    assert found.suggested == suggested
    assert problem in found.problem


@pytest.mark.parametrize(("repository", "project", "name"), [
    ("shop/_git/web", "shop", "web"), ("_git/web", "web", "web"), ("My%20Project/_git/_full/web", "My%20Project", "web")])
def test_project_and_name_of_a_repository(repository, project, name):
    assert project_and_name(repository) == (project, name)
