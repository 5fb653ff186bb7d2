"""Bitbucket on loopback: Cloud with its API and its Git at one origin, and Data Center; real repositories behind the real
`git http-backend`. They refuse what the real ones refuse, in their words: what was seen where, and what is reconstructed,
stands in bitbucket_answers and bitbucket_data_center.
"""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from checks.demo.bitbucket_answers import SERVICES, Api, CloudGit, Credential, document, words
from checks.demo.git_repositories import Answer, Repository, make
from checks.demo.loopback import LoopbackHost, Seen

Who = Credential | Literal[False, "app password"] | None  # None: a stranger; False: a credential nobody knows


class BitbucketHost(LoopbackHost):
    """Plays Bitbucket Cloud.

    moved: old path -> new path. tells: False leaves out the headers about the token. user_retired: GET /2.0/user is
    410. closed_by_401: it is closed to access tokens by 401 and not 403. hides_by_401: how Git hides what a valid token may not
    see. allowlist: our address is not on the workspace's list.
    """

    def __init__(
        self, root: Path, *, repositories: Iterable[Repository] = (), credentials: Iterable[Credential] = (),
        moved: Mapping[str, str] | None = None, tells: bool = True, user_retired: bool = False,
        closed_by_401: bool = False, hides_by_401: bool = False, allowlist: bool = False, delay: float = 0.0,
    ) -> None:
        super().__init__(delay=delay)
        self.root = root
        self.repositories = {repository.path.lower(): repository for repository in repositories}
        self.credentials = {c.value: c for c in credentials if not c.revoked}
        self.moved, self.tells, self.user_retired = dict(moved or {}), tells, user_retired
        self.closed_by_401, self.hides_by_401, self.allowlist = closed_by_401, hides_by_401, allowlist
        for repository in self.repositories.values():
            make(root, repository)

    @property
    def url(self) -> str:
        return self.origin

    @property
    def api_url(self) -> str:
        return self.origin

    def clone_url(self, path: str) -> str:
        return f"{self.url}/{path}.git"

    def answer(self, seen: Seen) -> Answer:
        segments = [unquote(part) for part in urlsplit(seen.path).path.split("/") if part]
        if segments[:1] == ["2.0"]:
            return Api(self, seen, segments[1:]).answer()
        if len(segments) >= 3 and (segments[2:] == ["info", "refs"] or segments[2] in SERVICES):
            return CloudGit(self, seen, segments).answer()
        if segments[:1] == ["rest"]:
            return document(404, {"type": "error", "error": {"message": "Resource not found"}})
        return words(404, "Not found")

    def by_api(self, header: str) -> Who:
        """Basic with an API token and its account's e-mail address, Bearer with an access token. Bearer with an API
        token is reported to work, too."""
        kind, _, value = header.partition(" ")
        if kind.lower() == "bearer":
            return self._scoped(self.credentials.get(value.strip()))
        if kind.lower() == "basic":
            name, password = pair(value)
            found = self.credentials.get(password)
            fits = found is not None and found.kind == "api_token" and found.email == name
            return self._scoped(found) if fits else False
        return False if header else None

    def by_git(self, header: str) -> Who:
        """A fixed user name for each kind, or the user's own; an e-mail address is refused."""
        if not header:
            return None
        name, password = pair(header.partition(" ")[2])
        if password.startswith("ATBB"):
            return "app password"
        found = self.credentials.get(password)
        if found is None:
            return False
        names = ("x-bitbucket-api-token-auth", found.user) if found.kind == "api_token" else ("x-token-auth",)
        return self._scoped(found) if name in names else False

    @staticmethod
    def _scoped(found: Credential | None) -> Credential | Literal[False]:
        return found if found is not None and found.scopes else False


def pair(value: str) -> tuple[str, str]:
    name, _, password = base64.b64decode(value).decode("utf-8", "replace").partition(":")
    return name, password
