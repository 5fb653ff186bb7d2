"""A GitHub App on the wire: as itself, by a signed JWT, and as one of its installations, by a token of an hour.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
"""
from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.git import Git, GitRefusal, Refs
from checks.clients.git_packets import message_of
from checks.clients.http import Http, Response

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
BEFORE, AFTER = 60, 540  # seconds: issued a minute ago, for clocks that are a little slow; GitHub's limit is ten minutes
READ = {"contents": "read", "metadata": "read"}
WRITE = {"contents": "write", "metadata": "read"}
GIT_USER = "x-access-token"
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

    def ask_as(self, token: str, method: str, path: str, *, params: Mapping[str, Any] | None = None) -> Response:
        """One request as an installation."""
        return self._send(method, path, f"Bearer {token}", params, None)

    @contextmanager
    def minted(
        self, installation_id: str, permissions: Mapping[str, str], repositories: Sequence[str] = (),
    ) -> Iterator[Minted | Response]:
        """A token for these repositories alone (all of the installation's when none is named), revoked at the end.

        The Response, when GitHub refused to make one.
        """
        asked: dict[str, Any] = {"permissions": dict(permissions)}
        if repositories:
            asked["repositories"] = list(repositories)
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
        name = urlsplit(clone_url).path.rstrip("/").removesuffix(".git").rpartition("/")[2]
        with self._app.minted(self._installation_id, permissions, [name]) as made:
            if isinstance(made, Response):
                return GitRefusal(made.status, message_of(made.text), made.is_html, headers=made.headers)
            git = Git(self._base_url, GIT_USER, made.token)
            answer = ask(git)
            for seconds in SETTLE:
                if not (isinstance(answer, GitRefusal) and answer.status == 401) or deadline.remaining() < seconds + 1:
                    break
                time.sleep(seconds)
                answer = ask(git)
            return answer


def _minted(response: Response) -> Minted:
    told = response.json()
    if not isinstance(told, dict) or not isinstance(told.get("token"), str):
        host = urlsplit(response.url).hostname or ""
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered something else where an installation token was due.",
                          host=host, status=response.status)
    names = tuple(str(item.get("full_name") or "") for item in told.get("repositories") or () if isinstance(item, dict))
    return Minted(told["token"], dict(told.get("permissions") or {}), names)


def skew_of(response: Response, now: float) -> float | None:
    """Seconds by which the answering host's clock is ahead of ours, by its Date header; None without one."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).timestamp() - now
    except (KeyError, ValueError, TypeError):
        return None
