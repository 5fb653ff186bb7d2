"""What people paste where a clone URL is due, and the one that is offered in its place."""
from __future__ import annotations

import pytest

from checks.providers.clone_url import normal_base, read, ref_name_problem
from checks.providers.gitea.paths import layout

BASE = "https://git.example.com"
SUB = "https://git.example.com:8443/gitea"
GOOD = f"{BASE}/acme/web.git"


def of(text, base=BASE):
    return read(text, base, layout)


@pytest.mark.parametrize(("text", "base", "url"), [
    (GOOD, BASE, GOOD),
    ("HTTPS://GIT.example.COM/acme/web.git", BASE, GOOD),
    ("https://git.example.com:443/acme/web.git", BASE, GOOD),
    ("https://git.example.com/acme/web.git", "https://git.example.com/", GOOD),
    (f"{SUB}/acme/web.git", SUB, f"{SUB}/acme/web.git"),
    (f"{BASE}/Acme.Inc/web-2.0_x.git", BASE, f"{BASE}/Acme.Inc/web-2.0_x.git"),
])
def test_a_clone_url_is_read_as_it_is(text, base, url):
    found = of(text, base)
    assert (found.problem, found.url, found.suggested) == ("", url, "")


@pytest.mark.parametrize(("text", "url", "suggested", "problem"), [
    (f"{BASE}/acme/web", f"{BASE}/acme/web", GOOD, "lacked .git"),
    (f"{BASE}/acme/web/", f"{BASE}/acme/web", GOOD, "lacked .git"),
    (f"{GOOD}/", GOOD, GOOD, "too many"),
    (f" {GOOD}\n", GOOD, GOOD, "too many"),
    (f"{BASE}//acme//web.git", GOOD, GOOD, "too many"),
])
def test_what_works_and_should_change_keeps_its_url(text, url, suggested, problem):
    found = of(text)
    assert (found.url, found.suggested) == (url, suggested)
    assert problem in found.problem


@pytest.mark.parametrize(("text", "suggested", "problem", "ref"), [
    ("git@git.example.com:acme/web.git", GOOD, "SSH", ""),
    ("git.example.com:acme/web.git", GOOD, "SSH", ""),
    ("ssh://git@git.example.com:2222/acme/web.git", GOOD, "SSH", ""),
    ("ssh://git.example.com/acme/web", GOOD, "SSH", ""),
    ("git@ssh.git.example.com:acme/web.git", GOOD, "SSH", ""),
    ("git://git.example.com/acme/web.git", GOOD, "git:// address", ""),
    ("ftp://git.example.com/acme/web.git", GOOD, "ftp:// address", ""),
    ("http://git.example.com/acme/web.git", GOOD, "http://", ""),
    ("https://www.git.example.com/acme/web.git", GOOD, "another host", ""),
    ("https://git.exmaple.com/acme/web.git", GOOD, "another host", ""),
    ("https://git.example.com:8443/acme/web.git", GOOD, "another port, 8443", ""),
    ("https://bob@git.example.com/acme/web.git", GOOD, "user name or password", ""),
    ("https://bob:hunter2@git.example.com/acme/web.git", GOOD, "user name or password", ""),
    ("git.example.com/acme/web.git", GOOD, "no scheme", ""),
    ("acme/web", GOOD, "was no URL", ""),
    (f"{BASE}/acme/web/src/branch/dev", GOOD, "browser page", "dev"),
    (f"{BASE}/acme/web/src/branch/feature/login", GOOD, "browser page", "feature/login"),
    (f"{BASE}/acme/web/src/branch/dev/docs/README.md", GOOD, "browser page", "dev"),
    (f"{BASE}/acme/web/src/tag/v1.2", GOOD, "browser page", "v1.2"),
    (f"{BASE}/acme/web/src/commit/0123456789", GOOD, "browser page", "0123456789"),
    (f"{BASE}/acme/web/commits/branch/dev", GOOD, "browser page", "dev"),
    (f"{BASE}/acme/web/tree/dev", GOOD, "browser page", "dev"),
    (f"{BASE}/acme/web/blob/dev/README.md", GOOD, "browser page", "dev"),
    (f"{BASE}/acme/web/releases/tag/v1", GOOD, "browser page", "v1"),
    (f"{BASE}/acme/web/releases", GOOD, "browser page", ""),
    (f"{BASE}/acme/web/pulls/3", GOOD, "browser page", ""),
    (f"{BASE}/acme/web/issues", GOOD, "browser page", ""),
    (f"{BASE}/acme/web/settings", GOOD, "browser page", ""),
    (f"{BASE}/acme/web/what/ever", GOOD, "path below the repository", ""),
    (f"{BASE}/acme/web?tab=readme", GOOD, "? or #", ""),
    (f"{BASE}/acme/web.git#readme", GOOD, "? or #", ""),
    (f"{BASE}/acme/web/raw/branch/dev/README.md", GOOD, "a file", "dev"),
    (f"{BASE}/acme/web.git/info/refs", GOOD, "Git's own protocol", ""),
    (f"{BASE}/acme/web/wiki", GOOD, "wiki", ""),
    (f"{BASE}/acme/web.wiki.git", GOOD, "wiki", ""),
    (f"{BASE}/api/v1/repos/acme/web", GOOD, "the API", ""),
    (f"{BASE}/api/v1/repos/acme/web/branches/dev", GOOD, "the API", "dev"),
])
def test_what_must_not_be_asked_has_a_corrected_url(text, suggested, problem, ref):
    found = of(text)
    assert (found.url, found.suggested, found.ref) == ("", suggested, ref)
    assert problem in found.problem


@pytest.mark.parametrize(("text", "problem"), [
    ("", "was empty"), ("   ", "was empty"), (f"{BASE}/acme/my web.git", "blank"), (f"{BASE}\\acme\\web", "backslash"),
    (BASE, "front page"), (f"{BASE}/acme", "page of an owner"), (f"{BASE}/user/settings", "host itself"),
    (f"{BASE}/explore/repos", "host itself"), (f"{BASE}/api/v1/version", "the API"), (f"{BASE}/acme/w%20b", "neither"),
    (f"{BASE}/acme/.git", "neither"), (f"{BASE}/acme/../web.git", "leads elsewhere"),
    (f"{BASE}/acme/%2e%2e/web.git", "leads elsewhere"), (f"{BASE}/acme%2fweb/x.git", "leads elsewhere"),
    ("https://[::1/acme/web.git", "no URL"), ("https://git.example.com:99999/a/b.git", "no URL"),
    ("https:///acme/web.git", "no host"), ("web", "no URL"),
])
def test_what_leads_to_no_repository_has_no_suggestion(text, problem):
    found = of(text)
    assert (found.url, found.suggested) == ("", "")
    assert problem in found.problem


@pytest.mark.parametrize(("text", "host"), [
    ("https://github.com/acme/web.git", "github.com"), ("git@github.com:acme/web.git", "github.com"),
    ("https://git.example.com.evil.test/acme/web.git", "git.example.com.evil.test"),
    ("https://git.example.com@evil.test/acme/web.git", "evil.test"),
])
def test_another_host_is_named_and_never_asked(text, host):
    found = of(text)
    assert (found.url, found.other_host) == ("", host)


@pytest.mark.parametrize(("text", "suggested"), [
    ("https://git.example.com:8443/acme/web.git", f"{SUB}/acme/web.git"),
    ("https://git.example.com:8443/gitea-old/web.git", f"{SUB}/gitea-old/web.git"),
    ("git@git.example.com:acme/web.git", f"{SUB}/acme/web.git"),
    ("https://git.example.com/gitea/acme/web.git", f"{SUB}/acme/web.git"),
])
def test_a_sub_path_belongs_to_the_origin(text, suggested):
    found = of(text, SUB)
    assert (found.url, found.suggested) == ("", suggested)


def test_neither_password_nor_query_is_shown():
    for text in ("https://bob:hunter2@git.example.com/acme/web.git?token=hunter2",
                 "bob:hunter2@git.example.com/acme/web"):
        assert "hunter2" not in repr(of(text))


@pytest.mark.parametrize(("typed", "base"), [
    ("HTTPS://Git.Example.COM:443/", "https://git.example.com"), ("http://h:80/x/", "http://h/x"),
    ("http://h:8080", "http://h:8080"), ("https://[::1]:3000/", "https://[::1]:3000"), (" https://h. ", "https://h"),
])
def test_a_base_url_has_one_normal_form(typed, base):
    assert normal_base(typed) == base


@pytest.mark.parametrize("name", ["main", "feature/login", "v1.0", "a-b_c", "ünïcode", "release@2", "x{y}"])
def test_names_that_git_allows(name):
    assert ref_name_problem(name) == ""


@pytest.mark.parametrize(("name", "why"), [
    ("", "empty"), ("a b", "a blank"), ("a~1", "~"), ("a^", "^"), ("a:b", ":"), ("a?", "?"), ("a*", "*"), ("a[", "["),
    ("a\\b", "\\"), ("a..b", ".."), ("a@{1}", "@{"), ("@", "@"), ("-a", "-"), ("/a", "/"), ("a/", "/"), ("a.", "."),
    ("a.lock", ".lock"), ("a/.b", "dot"), ("a//b", "//"), ("a\x07", "control"), ("x.lock/y", ".lock"),
])
def test_names_that_git_cannot_have(name, why):
    assert why in ref_name_problem(name)
