"""Bitbucket Data Center on loopback: as much of its REST API as a checklist asks, and its Git below /scm.

Seen: the bodies of 401 and 404 (drone/go-scm scm/driver/stash/testdata/error.json; the message of the 401 in issue
threads). Documented: X-AUSERNAME, the clone URLs, that tokens of projects and repositories are for Bearer alone
(confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html). Reconstructed: Git's plain bodies, the
exception names, WWW-Authenticate, what application-properties holds besides its documented fields.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checks.demo.bitbucket_answers import SERVICES, document, words
from checks.demo.bitbucket_host import pair
from checks.demo.git_repositories import Answer, Repository, http_backend, make
from checks.demo.loopback import LoopbackHost, Seen

BAD = "Authentication failed. Please check your credentials and try again."
UNSEEN = "The requested repository does not exist, or you do not have permission to access it."
READ_ONLY = "You are not permitted to push to this repository."


@dataclass(frozen=True)
class HttpToken:
    """own: whether it is a user's, which Git takes with the user's name; others are for Bearer alone."""

    value: str = field(repr=False)
    user: str = "deploy"
    own: bool = True
    writes: bool = False


class DataCenterHost(LoopbackHost):
    """context: "/bitbucket" serves all below it. names_users: False leaves X-AUSERNAME out."""

    def __init__(
        self, root: Path, *, repositories: Iterable[Repository] = (), tokens: Iterable[HttpToken] = (), context: str = "",
        names_users: bool = True, version: str = "9.4.12",
    ) -> None:
        super().__init__()
        self.root, self.context, self.names_users, self.version = root, context, names_users, version
        self.repositories = {repository.path.lower(): repository for repository in repositories}
        self.tokens = {token.value: token for token in tokens}
        for repository in self.repositories.values():
            make(root, repository)

    @property
    def url(self) -> str:
        return f"{self.origin}{self.context}"

    def clone_url(self, path: str) -> str:
        return f"{self.url}/scm/{path}.git"

    def answer(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        if not parts.path.startswith(self.context + "/"):
            return words(404, "Not found")
        segments = [unquote(part) for part in parts.path[len(self.context):].split("/") if part]
        if segments[:3] == ["rest", "api", "1.0"]:
            return self._api(seen, segments[3:], parse_qs(parts.query))
        if segments[:1] == ["scm"] and len(segments) >= 4:
            return self._git(seen, segments[1:])
        return words(404, "Not found")

    def _api(self, seen: Seen, segments: list[str], query: dict[str, list[str]]) -> Answer:
        header = seen.headers.get("Authorization", "")
        who = self.tokens.get(header.removeprefix("Bearer ")) if header.startswith("Bearer ") else None
        if header and who is None:
            return _errors(401, BAD, "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException")
        answer = self._route(segments, query, who)
        named = {"X-AUSERNAME": who.user} if who and self.names_users else {}
        return Answer(answer.status, {**answer.headers, **named}, answer.body)

    def _route(self, segments: list[str], query: dict[str, list[str]], who: HttpToken | None) -> Answer:
        match segments:
            case ["application-properties"]:
                return document(200, {"version": self.version, "buildNumber": "9004012", "displayName": "Bitbucket"})
            case ["repos"]:
                return self._listed(query, who)
            case ["projects", key, "repos", name]:
                found = self.repositories.get(f"{key}/{name}".lower())
                if found is None or not found.may_read(who.user if who else ""):
                    return _errors(404, f"Repository {key}/{name} does not exist.",
                                   "com.atlassian.bitbucket.repository.NoSuchRepositoryException")
                return document(200, self._described(found))
        return _errors(404, "Not found", None)

    def _listed(self, query: dict[str, list[str]], who: HttpToken | None) -> Answer:
        start, limit = int(query.get("start", ["0"])[0]), int(query.get("limit", ["25"])[0])
        name = query.get("name", [""])[0].lower()
        found = [r for r in self.repositories.values()
                 if name in r.path.split("/")[1].lower() and r.may_read(who.user if who else "")]
        part, last = found[start:start + limit], start + limit >= len(found)
        return document(200, {"start": start, "limit": limit, "size": len(part), "isLastPage": last,
                              "nextPageStart": None if last else start + limit, "values": [self._described(r) for r in part]})

    def _described(self, repository: Repository) -> dict[str, Any]:
        key, name = repository.path.split("/")
        return {"slug": name, "name": name, "state": "AVAILABLE", "public": not repository.private,
                "archived": repository.archived, "project": {"key": key.upper()}}

    def _git(self, seen: Seen, segments: list[str]) -> Answer:
        repository = self.repositories.get(f"{segments[0]}/{segments[1].removesuffix('.git')}".lower())
        rest = "/".join(segments[2:])
        service = parse_qs(urlsplit(seen.path).query).get("service", [""])[0] if rest == "info/refs" else rest
        if service not in SERVICES:
            return words(404, "Not found")
        pushes = service == "git-receive-pack"
        who = self._by_git(seen.headers.get("Authorization", ""))
        stranger = who is None and (repository is None or repository.private or pushes)
        if who is False or stranger:
            return words(401, BAD, **{"WWW-Authenticate": 'Basic realm="Atlassian Bitbucket"'})
        user = who.user if isinstance(who, HttpToken) else ""
        if repository is None or not repository.may_read(user):
            return words(404, f"Repository not found\n{UNSEEN}")
        if pushes and not (isinstance(who, HttpToken) and who.writes and repository.may_write(user)):
            return words(403, READ_ONLY)
        return http_backend(self.root, repository, method=seen.method, rest=rest, query=urlsplit(seen.path).query, user=user,
                            headers=seen.headers, body=seen.body, protocol=seen.headers.get("Git-Protocol", ""))

    def _by_git(self, header: str) -> HttpToken | bool | None:
        """Basic with a user's name and token; the token of a project or repository only as Bearer."""
        if not header:
            return None
        kind, _, value = header.partition(" ")
        if kind == "Bearer":
            return self.tokens.get(value, False)
        name, password = pair(value)
        found = self.tokens.get(password)
        return found if found is not None and found.own and found.user == name else False


def _errors(status: int, message: str, exception: str | None) -> Answer:
    return document(status, {"errors": [{"context": None, "message": message, "exceptionName": exception}]})
