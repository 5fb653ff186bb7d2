"""Git over HTTP, as GitHub answers it; behind it is the real `git http-backend`.

Seen as people paste them: `Invalid username or token. Password authentication is not supported for Git operations.`,
`Repository not found.`, `Write access to repository not granted.` (for a clone, too, when contents are not granted:
moghtech/komodo#1482), `Permission to O/R.git denied to APP[bot].`, `No anonymous write access.`, `This repository was
archived so it is read-only.`, `Please upgrade your git client. GitHub.com no longer supports git over dumb-http: …`.
Reconstructed: the body a stranger gets for a private repository, that a wrong token is refused for a public repository
too, the realm, what a suspended installation's token and one outside the IP allow list get, and that a renamed
repository's redirect comes after the credentials were judged and for the first request alone: the real client keeps
the old address when it was asked for credentials in between, and clones none the less.
"""
from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checks.demo.git_repositories import Answer, Repository, http_backend
from checks.demo.github_json import query_of
from checks.demo.github_world import InstallationToken
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

SERVICES = ("git-upload-pack", "git-receive-pack")
WRONG = "Invalid username or token. Password authentication is not supported for Git operations.\n"
GONE = "Repository not found.\n"
NOT_GRANTED = "Write access to repository not granted.\n"
DUMB = ("Please upgrade your git client.\nGitHub.com no longer supports git over dumb-http: "
        "https://github.com/blog/809-git-dumb-http-transport-to-be-turned-off-in-90-days\n")


def is_git(segments: list[str]) -> bool:
    return len(segments) >= 3 and (segments[2:] == ["info", "refs"] or segments[2] in SERVICES)


class SmartHttp:
    def __init__(self, host: GitHubHost, seen: Seen, segments: list[str]) -> None:
        self.host, self.seen, self.name = host, seen, segments[1]
        self.path = f"{segments[0]}/{segments[1].removesuffix('.git')}"
        self.rest = "/".join(segments[2:])
        self.service = query_of(seen).get("service", "") if self.rest == "info/refs" else self.rest
        self.pushes = self.service == "git-receive-pack"
        self.here = host.moved.get(self.path.lower(), self.path)
        self.repository = host.repositories.get(self.here.lower())

    def answer(self) -> Answer:
        if self.service not in SERVICES:
            return _text(403, DUMB)
        header = self.seen.headers.get("Authorization", "")
        token = self._token(header)
        if header and token is None:
            return _who(WRONG)
        return self._refusal(token) or self._moved() or self._serve(token)

    def _token(self, header: str) -> InstallationToken | None:
        kind, _, value = header.partition(" ")
        if kind.lower() == "basic":
            try:
                name, _, password = base64.b64decode(value).decode("utf-8", "replace").partition(":")
            except binascii.Error:
                return None
            value = name if password in ("", "x-oauth-basic") else password
        return self.host.living_token(value.strip())

    def _refusal(self, token: InstallationToken | None) -> Answer | None:
        repository = self.repository
        if token is None:
            if repository is None or repository.private:
                return _who(GONE)
            return _who("No anonymous write access.\n") if self.pushes else None
        if blocked := self._blocked(token):
            return blocked
        if repository is None or not (self.host.sees(token, repository) or not repository.private):
            return _text(404, GONE)
        if not repository.private and not self.pushes:
            return None
        return self._refused(token, repository)

    def _refused(self, token: InstallationToken, repository: Repository) -> Answer | None:
        """For a repository that the token may know of."""
        if not token.may("contents", "read"):
            return _text(403, NOT_GRANTED)
        if self.pushes and not (token.may("contents", "write") and self.host.sees(token, repository)):
            app = self.host.apps[self.host.installations[token.installation_id].app_id]
            return _text(403, f"Permission to {repository.path}.git denied to {app.slug}[bot].\n")
        if self.pushes and repository.archived:
            return _text(403, "This repository was archived so it is read-only.\n")
        return None

    def _blocked(self, token: InstallationToken) -> Answer | None:
        one = self.host.installations[token.installation_id]
        if one.suspended_by:
            return _text(403, "This installation has been suspended\n")
        if one.allow_list_blocks:
            return _text(403, f"The `{one.account}' organization has an IP allow list enabled, and your IP address is not "
                              "permitted to access this resource.\n")
        return None

    def _moved(self) -> Answer | None:
        if self.path.lower() not in self.host.moved or self.seen.method != "GET":
            return None
        ending = ".git" if self.name.endswith(".git") else ""
        query = urlsplit(self.seen.path).query
        there = f"{self.host.url}/{self.here}{ending}/{self.rest}" + (f"?{query}" if query else "")
        return Answer(301, {"Location": there, "Content-Type": "text/html; charset=utf-8"}, b"")

    def _serve(self, token: InstallationToken | None) -> Answer:
        assert self.repository is not None
        protocol = self.seen.headers.get("Git-Protocol", "")
        answer = http_backend(self.host.root, self.repository, method=self.seen.method, rest=self.rest,
                              user="x-access-token" if token else "", query=urlsplit(self.seen.path).query,
                              headers=self.seen.headers, body=self.seen.body, protocol=protocol)
        if answer.body.startswith(b"000eversion 2"):  # GitHub says which service it is before it says so
            line = f"# service={self.service}\n"
            return Answer(answer.status, answer.headers, f"{len(line) + 4:04x}{line}0000".encode() + answer.body)
        return answer


def _text(status: int, words: str, **headers: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **headers}, words.encode())


def _who(words: str) -> Answer:
    return _text(401, words, **{"WWW-Authenticate": 'Basic realm="GitHub"'})
