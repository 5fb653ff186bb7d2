"""GitHub's pages, as far as somebody who sets an App up sees them: which page an address is, and how a page looks."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from checks.demo import github_install, github_manifest, github_oauth
from checks.demo.git_repositories import Answer
from checks.demo.github_html import page, redirect
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

Page = Callable[..., Answer]
APPS = r"/(?:apps|github-apps)/([^/]+)"
PUBLIC: tuple[tuple[str, Page], ...] = ((r"/login/oauth/access_token", github_oauth.access_token),)
PAGES: tuple[tuple[str, Page], ...] = (
    (r"(?:/organizations/([^/]+))?/settings/apps/new", github_manifest.proposed),
    (r"(?:/organizations/([^/]+))?/settings/apps/manifest", github_manifest.created),
    (r"(?:/organizations/([^/]+))?/settings/apps", github_manifest.listed),
    (r"(?:/organizations/([^/]+))?/settings/apps/([^/]+)(?:/(?:permissions|installations|advanced))?", github_manifest.shown),
    (APPS, github_install.about),
    (APPS + r"/installations/(?:new|new/permissions|select_target)", github_install.choose),
    (APPS + r"/installations", github_install.install),
    (r"(?:/organizations/([^/]+))?/settings/installations", github_install.listed),
    (r"(?:/organizations/([^/]+))?/settings/installations/(\d+)", github_install.configure),
    (r"/organizations/([^/]+)/settings/installations/requests/(\d+)", github_install.approve),
    (r"/login/oauth/authorize", github_oauth.authorize),
)


def pages(host: GitHubHost, seen: Seen, segments: list[str]) -> Answer:
    path = "/" + "/".join(segments)
    for known, signed_in in ((PUBLIC, False), (PAGES, True)):
        for form, make in known:
            if found := re.fullmatch(form, path):
                if signed_in and not host.person:
                    return redirect(f"{host.url}/login", return_to=seen.path)
                return make(host, seen, *(part or "" for part in found.groups()))
    if path == "/login":
        return page(200, "Sign in to GitHub", "<p>Somebody has to sign in here.")
    return _repository(host, path) or page(404, "Page not found", "<p>This is not the web page you are looking for.")


def _repository(host: GitHubHost, path: str) -> Answer | None:
    """The front page, and the page of a repository that the person at the browser may see."""
    if path == "/":
        return page(200, "GitHub", "")
    name = path.strip("/").lower()
    if name in host.moved:
        return redirect(f"{host.url}/{host.moved[name]}", status=301)
    repository = host.repositories.get(name.removesuffix(".git"))
    if repository and (not repository.private or host.account(name.split("/")[0]).known_to(host.person)):
        return page(200, repository.path, "")
    return None
