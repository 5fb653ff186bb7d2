"""A GitHub App on the wire: as itself, by a signed JWT, and as one of its installations, by a token of an hour.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""
from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.git import Git, GitRefusal, Refs
from checks.clients.git_packets import first_lines, message_of
from checks.clients.http import Http, Response, redirect_target

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
BEFORE, AFTER = 60, 540  # seconds: issued a minute ago, for clocks that are a little slow; GitHub's limit is ten minutes
READ = {"contents": "read", "metadata": "read"}
WRITE = {"contents": "write", "metadata": "read"}
GIT_USER = "x-access-token"
MOVED = re.compile(r"/repositories/(\d+)\b")
NO_REPOSITORY = re.compile(r"repository that does not exist or is not accessible")
Answer = TypeVar("Answer")
SETTLE = (0.5, 1.0, 2.0)  # seconds between tries: a fresh token may be unknown for a moment


@dataclass(frozen=True)
class Minted:
    """An installation token. permissions and repositories: as GitHub granted them, which may be less than was asked."""

    token: str = field(repr=False)
    permissions: Mapping[str, str]
    repositories: tuple[str, ...]


class GitHubApp:
    """api_url: such as https://api.github.com, or https://HOST/api/v3 of an Enterprise Server. app_id: its number."""

    def __init__(self, api_url: str, app_id: str, key: RSAPrivateKey, *, clock: Callable[[], float] = time.time) -> None:
        self.api = Http(api_url, headers=HEADERS)
        self._app_id, self._key, self._clock = app_id, key, clock

    def ask(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, document: Mapping[str, Any] | None = None,
        skew: float = 0.0,
    ) -> Response:
        """One request as the App. skew: seconds by which GitHub's clock is ahead of ours, for a second try."""
        return self._send(method, path, f"Bearer {self._jwt(skew)}", params, document)

    def ask_as(
        self, token: str, method: str, path: str, *, params: Mapping[str, Any] | None = None, fresh: bool = False,
    ) -> Response:
        """One request as an installation. fresh: the token was made a moment ago, so a 401 is asked again."""
        def ask() -> Response:
            return self._send(method, path, f"Bearer {token}", params, None)
        return settled(ask, lambda response: response.status == 401) if fresh else ask()

    @contextmanager
    def minted(
        self, installation_id: str, permissions: Mapping[str, str], repositories: Sequence[str] = (), *,
        repository_ids: Sequence[int] = (),
    ) -> Iterator[Minted | Response]:
        """A token for these repositories alone (all of the installation's when none is named), revoked at the end.

        repositories: names without their owner. The Response, when GitHub refused to make one.
        """
        asked: dict[str, Any] = {"permissions": dict(permissions)}
        if repositories:
            asked["repositories"] = list(repositories)
        if repository_ids:
            asked["repository_ids"] = list(repository_ids)
        response = self.ask("POST", f"/app/installations/{installation_id}/access_tokens", document=asked)
        if response.status != 201:
            yield response
            return
        minted = _minted(response)
        try:
            yield minted
        finally:
            with suppress(ClientError):  # it ends within the hour by itself; what was seen with it stands
                self.ask_as(minted.token, "DELETE", "/installation/token")

    def skew(self, response: Response) -> float | None:
        """Seconds by which the answering host's clock is ahead of ours, by its Date header; None without one."""
        try:
            return parsedate_to_datetime(response.headers["Date"]).timestamp() - self._clock()
        except (KeyError, ValueError, TypeError):
            return None

    def _jwt(self, skew: float) -> str:
        now = int(self._clock() + skew)
        return jwt.encode({"iat": now - BEFORE, "exp": now + AFTER, "iss": self._app_id}, self._key, algorithm="RS256")

    def _send(
        self, method: str, path: str, authorization: str, params: Mapping[str, Any] | None,
        document: Mapping[str, Any] | None,
    ) -> Response:
        headers = {"Authorization": authorization}
        data = None
        if document is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(document).encode()
        return self.api.request(method, path, params=params, headers=headers, data=data)


class AppGit:
    """Git as a deploy does it: each question with a token of its own, for that repository and no more.

    The same questions as clients.git.Git answers; a refusal to make the token is a GitRefusal, too.
    """

    def __init__(self, app: GitHubApp, base_url: str, installation_id: str) -> None:
        self._app, self._base_url, self._installation_id = app, base_url, installation_id

    def list_refs(self, clone_url: str, *, prefixes: Sequence[str], anonymous: bool = False) -> Refs | GitRefusal:
        if anonymous:
            return Git(self._base_url, "", "").list_refs(clone_url, prefixes=prefixes, anonymous=True)
        return self._with_token(clone_url, READ, lambda git: git.list_refs(clone_url, prefixes=prefixes))

    def advertises_push(self, clone_url: str) -> GitRefusal | None:
        return self._with_token(clone_url, WRITE, lambda git: git.advertises_push(clone_url))

    def _with_token(
        self, clone_url: str, permissions: Mapping[str, str], ask: Callable[[Git], Answer | GitRefusal],
    ) -> Answer | GitRefusal:
        with self._made(clone_url, permissions) as made:
            if isinstance(made, Response):
                message = "" if made.is_html else first_lines(message_of(made.text))
                return GitRefusal(made.status, message, made.is_html, headers=made.headers)
            git = Git(self._base_url, GIT_USER, made.token)
            return settled(lambda: ask(git), lambda answer: isinstance(answer, GitRefusal) and answer.status == 401)

    @contextmanager
    def _made(self, clone_url: str, permissions: Mapping[str, str]) -> Iterator[Minted | Response]:
        """A token for the repository of this URL; by its number, where the name in the URL is one of before a renaming."""
        below = clone_url.removeprefix(self._base_url).strip("/").removesuffix(".git")
        with self._app.minted(self._installation_id, permissions, [below.rpartition("/")[2]]) as made:
            number = self._number(below) if isinstance(made, Response) and NO_REPOSITORY.search(made.text) else 0
            if not number:
                yield made
                return
        with self._app.minted(self._installation_id, permissions, repository_ids=[number]) as made:
            yield made

    def _number(self, repository: str) -> int:
        """The number that GitHub points to where a repository of this name has moved; 0 where it has not."""
        return number_of_moved(self._app.ask("GET", f"/repos/{quote(repository)}/installation"))


def settled(ask: Callable[[], Answer], is_refused: Callable[[Answer], bool]) -> Answer:
    """What a token of a moment ago is answered: asked again while it is not known everywhere yet, as octokit does it.

    https://github.com/octokit/auth-app.js/blob/main/src/hook.ts
    """
    answer = ask()
    for seconds in SETTLE:
        if not is_refused(answer) or deadline.remaining() < seconds + 1:
            break
        time.sleep(seconds)
        answer = ask()
    return answer


def number_of_moved(response: Response) -> int:
    """The repository's number in a redirect to /repositories/NUMBER/…; 0 for every other answer.

    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    where = redirect_target(response) or response.text  # its body names the same address
    found = MOVED.search(where) if response.status in (301, 302, 307, 308) else None
    return int(found[1]) if found else 0


def _minted(response: Response) -> Minted:
    told = response.json()
    if not isinstance(told, dict) or not isinstance(told.get("token"), str):
        host = urlsplit(response.url).hostname or ""
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered something else where an installation token was due.",
                          host=host, status=response.status)
    names = tuple(str(item.get("full_name") or "") for item in told.get("repositories") or () if isinstance(item, dict))
    return Minted(told["token"], dict(told.get("permissions") or {}), names)

