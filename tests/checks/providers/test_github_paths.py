"""What people paste as a repository of GitHub, and what is read in it."""
from __future__ import annotations

import pytest

from checks.providers.clone_url import read
from checks.providers.github.paths import layout, other_host_page

BASE, SERVER = "https://github.com", "https://git.example.com"
CLONE = "https://github.com/acme/web.git"


@pytest.mark.parametrize(("text", "repository"), [
    (CLONE, "acme/web"), ("https://github.com/mona_acme/web.git", "mona_acme/web"),
    ("https://github.com/acme/.github.git", "acme/.github"), ("https://github.com/a/b.c_d-e.git", "a/b.c_d-e"),
    ("https://github.com/acme/tree.git", "acme/tree"),
])
def test_a_clone_url_is_one(text, repository):
    found = read(text, BASE, layout)
    assert (found.url, found.repository, found.problem) == (text, repository, "")


PASTED = [  # what, its problem, the suggestion, the ref and its kind
    ("https://github.com/acme/web", "lacked .git", CLONE, "", ""),
    ("https://github.com/acme/web/", "lacked .git", CLONE, "", ""),
    ("https://www.github.com/acme/web.git", "another host", CLONE, "", ""),
    ("http://github.com/acme/web.git", "began with http://", CLONE, "", ""),
    ("git@github.com:acme/web.git", "SSH", CLONE, "", ""),
    ("ssh://git@github.com/acme/web.git", "SSH", CLONE, "", ""),
    ("ssh://git@ssh.github.com:443/acme/web.git", "SSH", CLONE, "", ""),
    ("git://github.com/acme/web.git", "git://", CLONE, "", ""),
    ("github.com/acme/web", "no scheme", CLONE, "", ""),
    ("acme/web", "no URL", CLONE, "", ""),
    ("https://x-access-token:ghs_abc@github.com/acme/web.git", "user name or password", CLONE, "", ""),
    ("https://github.com/acme/web/tree/dev", "browser page", CLONE, "dev", "branch"),
    ("https://github.com/acme/web/tree/feature/login", "browser page", CLONE, "feature/login", "branch"),
    ("https://github.com/acme/web/tree/main/docs/README.md", "browser page", CLONE, "main", "branch"),
    ("https://github.com/acme/web/tree/refs/tags/v1.0", "browser page", CLONE, "v1.0", "tag"),
    ("https://github.com/acme/web/blob/main/Dockerfile", "browser page", CLONE, "main", "branch"),
    ("https://github.com/acme/web/blob/main/src/app.py#L3-L9", "browser page", CLONE, "main", "branch"),
    ("https://github.com/acme/web/commits/dev", "browser page", CLONE, "dev", "branch"),
    ("https://github.com/acme/web/commits/refs/heads/dev/x", "browser page", CLONE, "dev/x", "branch"),
    ("https://github.com/acme/web/commit/1234567", "browser page", CLONE, "1234567", "commit"),
    ("https://github.com/acme/web/releases/tag/v1", "browser page", CLONE, "v1", "tag"),
    ("https://github.com/acme/web/releases", "browser page", CLONE, "", ""),
    ("https://github.com/acme/web/pull/7/files", "browser page", CLONE, "", ""),
    ("https://github.com/acme/web/actions/workflows/ci.yml", "browser page", CLONE, "", ""),
    ("https://github.com/acme/web/settings", "browser page", CLONE, "", ""),
    ("https://github.com/acme/web?tab=readme-ov-file", "address of a page", CLONE, "", ""),
    ("https://github.com/acme/web/what", "a path below", CLONE, "", ""),
    ("https://github.com/acme/web/archive/refs/heads/dev.zip", "a file", CLONE, "dev", "branch"),
    ("https://github.com/acme/web/archive/refs/tags/v1.tar.gz", "a file", CLONE, "v1", "tag"),
    ("https://github.com/acme/web/archive/main.zip", "a file", CLONE, "", ""),
    ("https://github.com/acme/web/raw/main/x.sh", "a file", CLONE, "", ""),
    ("https://github.com/acme/web.git/info/refs", "Git's own protocol", CLONE, "", ""),
    ("https://github.com/acme/web/wiki/Home", "the wiki", CLONE, "", ""),
    ("https://github.com/acme/web.wiki.git", "the wiki", CLONE, "", ""),
    ("https://github.com/acme", "the page of an owner, acme", "", "", ""),
    ("https://github.com/orgs/acme/repositories", "the host itself", "", "", ""),
    ("https://github.com/settings/installations/5", "the host itself", "", "", ""),
    ("https://github.com/apps/dflow/installations/new", "the host itself", "", "", ""),
    ("https://github.com/", "front page", "", "", ""),
    ("https://github.com/-acme/web.git", "neither can hold", "", "", ""),
    ("https://github.com/acme/we$b.git", "neither can hold", "", "", ""),
    ("https://gitlab.com/acme/web.git", "another host", "", "", ""),
    ("", "empty", "", "", ""),
]


@pytest.mark.parametrize(("text", "problem", "suggested", "ref", "kind"), PASTED, ids=[row[0] or "empty" for row in PASTED])
def test_what_is_pasted_in_its_place_is_told(text, problem, suggested, ref, kind):
    found = read(text, BASE, layout)
    assert problem in found.problem
    assert (found.suggested, found.ref, found.kind) == (suggested, ref, kind)
    assert "ghs_abc" not in found.shown + found.problem


@pytest.mark.parametrize(("text", "suggested", "ref", "kind"), [
    ("https://git.example.com/api/v3/repos/acme/web", "acme/web.git", "", ""),
    ("https://git.example.com/api/v3/repos/acme/web/branches/dev", "acme/web.git", "dev", "branch"),
    ("https://git.example.com/api/v3/repos/acme/web/git/ref/tags/v1", "acme/web.git", "v1", "tag"),
    ("https://git.example.com/raw/acme/web/main/x.sh", "acme/web.git", "main", "branch"),
    ("https://git.example.com/codeload/acme/web/zip/refs/heads/dev", "acme/web.git", "dev", "branch"),
    ("https://git.example.com/gist/alice/0123", "", "", ""), ("https://git.example.com/api/v3/user", "", "", ""),
])
def test_a_servers_own_paths_are_told(text, suggested, ref, kind):
    found = read(text, SERVER, layout)
    assert found.url == ""
    assert (found.suggested, found.ref, found.kind) == (f"{SERVER}/{suggested}" if suggested else "", ref, kind)


@pytest.mark.parametrize(("text", "base", "what", "repository", "ref"), [
    ("https://api.github.com/repos/acme/web", BASE, "the API", "acme/web", ""),
    ("https://api.github.com/repos/acme/web/branches/dev", BASE, "the API", "acme/web", "dev"),
    ("https://raw.githubusercontent.com/acme/web/main/x.sh", BASE, "a file", "acme/web", "main"),
    ("https://raw.githubusercontent.com/acme/web/refs/heads/dev/x.sh", BASE, "a file", "acme/web", "dev"),
    ("https://codeload.github.com/acme/web/tar.gz/refs/tags/v1", BASE, "an archive", "acme/web", "v1"),
    ("https://gist.github.com/alice/0123", BASE, "a gist", "", ""),
    ("https://gist.githubusercontent.com/alice/0123/raw/x", BASE, "a gist", "", ""),
    ("https://raw.githubusercontent.com/acme", BASE, "a file", "", ""),
    ("https://raw.git.example.com/acme/web/main/x.sh", SERVER, "a file", "acme/web", "main"),
])
def test_githubs_other_hosts_are_known(text, base, what, repository, ref):
    page = other_host_page(text, base)
    assert page is not None
    assert what in page.what
    assert (page.repository, page.ref) == (repository, ref)


@pytest.mark.parametrize(("text", "base"), [
    ("https://gitlab.com/acme/web.git", BASE), ("https://raw.githubusercontent.com/acme/web/main/x", SERVER),
    ("https://api.example.com/repos/acme/web", SERVER), ("https://[::1", BASE), ("acme/web", BASE),
])
def test_a_strange_host_is_not_githubs(text, base):
    assert other_host_page(text, base) is None
