"""GitHub's API for an installation, with its token of an hour, and for a person who authorised the App.

https://docs.github.com/rest/apps/installations · https://docs.github.com/rest/repos/repos#get-a-repository
Seen elsewhere: `Bad credentials`, `Not Found` (PyGithub's replay data), `Resource not accessible by integration` (very
many reports). Reconstructed: the header X-Accepted-GitHub-Permissions beside it, and that a stranger is refused where
the real API would tell of a public repository.
"""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.demo import github_jwt
from checks.demo.git_repositories import Answer, Repository
from checks.demo.github_json import DOCS, answer_json, missing, page_of, refuse
from checks.demo.github_world import InstallationToken
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

REPOSITORY = f"{DOCS}/repos/repos#get-a-repository"


class AsInstallation:
    def __init__(self, host: GitHubHost, seen: Seen, path: str) -> None:
        self.host, self.seen, self.path = host, seen, path
        self.token: InstallationToken

    def answer(self) -> Answer:
        token = github_jwt.installation_token(self.host, self.seen.headers.get("Authorization", ""))
        if isinstance(token, Answer):
            return token
        self.token = token
        if (self.seen.method, self.path) == ("DELETE", "/installation/token"):
            token.revoked = True
            return Answer(204, {}, b"")
        if self.seen.method != "GET":
            return missing()
        if self.path == "/installation/repositories":
            return self._list()
        if found := re.fullmatch(r"/repos/([^/]+)/([^/]+)", self.path):
            return self._repository(f"{found[1]}/{found[2]}")
        if found := re.fullmatch(r"/repositories/(\d+)", self.path):
            here = next((path for path in self.host.repositories if self.host.id_of(path) == int(found[1])), "")
            return self._repository(here)
        if re.match(r"/repos/[^/]+/[^/]+/", self.path) or self.path.startswith("/orgs/"):
            return refuse(403, "Resource not accessible by integration", X_Accepted_GitHub_Permissions="administration=read")
        return missing()

    def _list(self) -> Answer:
        one = self.host.installations[self.token.installation_id]
        visible = [repository for repository in self.host.reached_by(one) if self.host.sees(self.token, repository)]
        shown, headers = page_of(self.seen, visible, f"{self.host.api_url}{self.path}")
        selection = one.selection if self.token.repositories is None else "selected"
        return answer_json(200, {"total_count": len(visible), "repository_selection": selection,
                                 "repositories": [self._shown(repository) for repository in shown]}, **headers)

    def _repository(self, path: str) -> Answer:
        old, here = path.lower(), self.host.moved.get(path.lower(), path).lower()
        repository = self.host.repositories.get(here)
        if repository is None or (repository.private and not self.host.sees(self.token, repository)):
            return missing(REPOSITORY)
        if old in self.host.moved:
            there = f"{self.host.api_url}/repositories/{self.host.id_of(path)}"
            return answer_json(301, {"message": "Moved Permanently", "url": there, "documentation_url": REPOSITORY},
                               Location=there)
        return answer_json(200, self._shown(repository))

    def _shown(self, repository: Repository) -> dict[str, object]:
        push = self.host.sees(self.token, repository) and self.token.may("contents", "write")
        return self.host.objects.repository(repository, push=push)


class AsPerson:
    """https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token"""

    def __init__(self, host: GitHubHost, seen: Seen, path: str) -> None:
        self.host, self.seen, self.path = host, seen, path

    def answer(self) -> Answer:
        found = github_jwt.person(self.host, self.seen.headers.get("Authorization", ""))
        if isinstance(found, Answer):
            return found
        app, login = found
        if (self.seen.method, self.path) == ("GET", "/user"):
            return answer_json(200, self.host.objects.account(login))
        if (self.seen.method, self.path) != ("GET", "/user/installations"):
            return missing()
        visible = [one for one in self.host.installations.values()
                   if one.app_id == app.id and self.host.account(one.account).known_to(login)]
        shown, headers = page_of(self.seen, visible, f"{self.host.api_url}{self.path}")
        return answer_json(200, {"total_count": len(visible),
                                 "installations": [self.host.objects.installation(one) for one in shown]}, **headers)
