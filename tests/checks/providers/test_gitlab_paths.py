"""What people paste where GitLab's clone URL is due. Offline."""
from __future__ import annotations

import pytest

from checks.providers.clone_url import read
from checks.providers.gitlab.paths import layout

BASE = "https://gitlab.com"
WEB = f"{BASE}/acme/team/web"
DEEP = "/".join(f"g{number}" for number in range(21))


def judged(text, base=BASE):
    return read(text, base, layout)


@pytest.mark.parametrize("text", [
    f"{BASE}/acme/web.git", f"{WEB}.git", f"{BASE}/{DEEP}/web.git", f"{BASE}/acme.io/_web-2.0.git",
    f"{BASE}/acme/groups.git", f"{BASE}/acme/blob.git"])
def test_a_clone_url_is_one(text):
    found = judged(text)
    assert (found.problem, found.url) == ("", text)


def test_a_relative_path_belongs_to_the_address():
    found = judged("https://git.example.com/gitlab/acme/web.git", "https://git.example.com/gitlab")
    assert (found.problem, found.repository) == ("", "acme/web")


@pytest.mark.parametrize(("text", "problem", "suggested", "ref", "kind"), [
    (WEB, "lacked .git", f"{WEB}.git", "", ""),
    (f"{WEB}/", "lacked .git", f"{WEB}.git", "", ""),
    (f"{WEB}/-/tree/main", "browser page", f"{WEB}.git", "main", ""),
    (f"{WEB}/-/tree/main/src/app", "browser page", f"{WEB}.git", "main", ""),
    (f"{WEB}/-/tree/feature/login?ref_type=heads", "browser page", f"{WEB}.git", "feature/login", "branch"),
    (f"{WEB}/-/tree/feature%2Flogin", "browser page", f"{WEB}.git", "feature/login", ""),
    (f"{WEB}/-/tree/v1?ref_type=tags", "browser page", f"{WEB}.git", "v1", "tag"),
    (f"{WEB}/-/blob/dev/README.md?ref_type=heads", "browser page", f"{WEB}.git", "dev", "branch"),
    (f"{WEB}/-/commits/release/1.2", "browser page", f"{WEB}.git", "release/1.2", ""),
    (f"{WEB}/-/commits/topic/src/app.py", "browser page", f"{WEB}.git", "topic", ""),
    (f"{WEB}/-/tags/v1.0", "browser page", f"{WEB}.git", "v1.0", "tag"),
    (f"{WEB}/-/releases/v1.0", "browser page", f"{WEB}.git", "v1.0", "tag"),
    (f"{WEB}/-/commit/{'a' * 40}", "browser page", f"{WEB}.git", "a" * 40, "commit"),
    (f"{WEB}/-/tree/{'a' * 40}", "browser page", f"{WEB}.git", "a" * 40, "commit"),
    (f"{WEB}/-/raw/main/README.md", "address of a file", f"{WEB}.git", "main", ""),
    (f"{WEB}/-/archive/main/web-main.zip", "address of a file", f"{WEB}.git", "main", ""),
    (f"{WEB}/-/merge_requests/7", "browser page", f"{WEB}.git", "", ""),
    (f"{WEB}/-/tree/a%20b", "browser page", f"{WEB}.git", "", ""),
    (f"{WEB}/-/settings/repository", "browser page", f"{WEB}.git", "", ""),
    (f"{WEB}/tree/main", "browser page", f"{WEB}.git", "main", ""),
    (f"{WEB}/-/wikis/home", "the wiki", f"{WEB}.git", "", ""),
    (f"{WEB}.wiki.git", "the wiki", f"{WEB}.git", "", ""),
    (f"{WEB}.git/info/refs?service=git-upload-pack", "Git's own protocol", f"{WEB}.git", "", ""),
    (f"{WEB}/info/refs", "Git's own protocol", f"{WEB}.git", "", ""),
    (f"{BASE}/api/v4/projects/acme%2Fteam%2Fweb", "address of the API", f"{WEB}.git", "", ""),
    (f"{BASE}/api/v4/projects/acme%2Fteam%2Fweb/repository/branches/feature%2Flogin", "address of the API",
     f"{WEB}.git", "feature/login", "branch"),
    (f"{BASE}/api/v4/projects/acme%2Fteam%2Fweb/repository/tags/v1", "address of the API", f"{WEB}.git", "v1", "tag"),
    (f"{BASE}/api/v4/projects/278964", "address of the API", "", "", ""),
    (f"{BASE}/api/graphql", "a page of the host itself", "", "", ""),
    ("git@gitlab.com:acme/team/web.git", "an SSH address", f"{WEB}.git", "", ""),
    ("ssh://git@gitlab.com:22/acme/team/web.git", "an SSH address", f"{WEB}.git", "", ""),
    ("gitlab.com/acme/team/web.git", "had no scheme", f"{WEB}.git", "", ""),
    ("acme/team/web", "was no URL", f"{WEB}.git", "", ""),
    (f"http{WEB[5:]}.git", "began with http://", f"{WEB}.git", "", ""),
    ("https://oauth2:secret@gitlab.com/acme/team/web.git", "had a user name or password", f"{WEB}.git", "", ""),
    (f"{WEB}.git?x=1", "with a ? or #", f"{WEB}.git", "", ""),
    (BASE, "front page", "", "", ""),
    (f"{BASE}/acme", "the page of a user or group, acme", "", "", ""),
    (f"{BASE}/groups/acme/team/-/settings", "the page of a group, acme/team", "", "", ""),
    (f"{BASE}/acme/-/shared", "the page of a user or group", "", "", ""),
    (f"{BASE}/users/sign_in", "a page of the host itself", "", "", ""),
    (f"{BASE}/-/profile", "a page of the host itself", "", "", ""),
    (f"{BASE}/{DEEP}/g21/web.git", "more groups than GitLab nests", "", "", ""),
    (f"{BASE}/acme/we b.git", "a blank", "", "", ""),
    (f"{BASE}/acme/-web.git", "one of its names", "", "", ""),
    (f"{BASE}/acme/..%2fweb.git", "leads elsewhere", "", "", ""),
    (f"{BASE}/api/v4/projects/..%2F..", "leads elsewhere", "", "", ""),
    (f"{BASE}/../acme/web.git", "leads elsewhere", "", "", ""),
    ("https://github.com/acme/web.git", "was of another host, github.com", "", "", ""),
])
def test_what_is_no_clone_url_is_named_with_the_right_one(text, problem, suggested, ref, kind):
    found = judged(text)
    assert problem in found.problem
    assert (found.suggested, found.ref, found.kind) == (suggested, ref, kind)
    assert "secret" not in found.shown
    assert bool(found.url) is ("lacked .git" in problem)
