"""A GitHub on loopback for the demo and the tests: the API of an App, Git behind the real `git http-backend`, the pages
on which an App is made, installed and authorised, and webhooks that are really sent. It refuses what GitHub refuses.

One origin serves pages and Git, with the API below /api/v3, as an Enterprise Server has it; `api_origin=True` serves
the API at an origin of its own, as api.github.com is. Each module's docstring names the sources of its answers, and
says which are reconstructed: github_jwt (who asks), github_app_answers and github_token_answers (API),
github_git_answers (Git), github_manifest, github_install and github_oauth (pages), github_hooks and github_payloads
(webhooks), github_json (objects and lists), github_world (the data).
"""
from __future__ import annotations

import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from checks.demo.git_repositories import Answer, Repository, make
from checks.demo.github_app_answers import Api
from checks.demo.github_git_answers import SmartHttp, is_git
from checks.demo.github_hooks import Hooks
from checks.demo.github_json import ALLOW_LIST, SUSPENDED, Objects, answer_json, refuse
from checks.demo.github_pages import pages
from checks.demo.github_payloads import Payloads
from checks.demo.github_world import Account, App, Code, Delivery, Installation, InstallationRequest, InstallationToken
from checks.demo.loopback import LoopbackHost, Seen

Failure = tuple[int, Mapping[str, str], "str | bytes | dict[str, Any]"]
HOUR = 3600


class GitHubHost(LoopbackHost):
    """Plays GitHub. What is given may be changed while it runs: apps, installations (by id), requests (by id), accounts
    (by lower-case login), repositories (by lower-case path), moved, person, limited, failing, deliveries.

    person: who sits at the browser and is signed in; "" is nobody. moved: old path -> new path. clock: this host's.
    limited: "primary" or "secondary" refuses the whole API for its rate limit. old_tokens: of 40 characters, as an
    Enterprise Server has them. settles_after: that many requests with a fresh token are refused. public_hooks:
    refuse a manifest's webhook on a private address, as github.com does. make_key: the key of an App made here.
    announces: send the events of what is done on the pages, and a ping for a new App. enterprise: the version, "" for none.
    failing: path, or "METHOD path", below the API or of the web -> (status, headers, body), or a function of the request
    that may give None.
    """

    def __init__(
        self, root: Path, *, apps: Iterable[App] = (), installations: Iterable[Installation] = (),
        requests: Iterable[InstallationRequest] = (), accounts: Iterable[Account] = (),
        repositories: Iterable[Repository] = (), moved: Mapping[str, str] | None = None, person: str = "",
        api_origin: bool = False, enterprise: str = "3.18.1", clock: Callable[[], float] = time.time, limited: str = "",
        failing: Mapping[str, Failure | Callable[[Seen], Failure | None]] | None = None, old_tokens: bool = False,
        settles_after: int = 0, public_hooks: bool = False, announces: bool = False, hook_timeout: float = 10.0,
        make_key: Callable[[], rsa.RSAPrivateKey] | None = None, delay: float = 0.0,
    ) -> None:
        super().__init__(delay=delay)
        self.root, self.clock, self.person, self.limited = root, clock, person, limited
        self.moved, self.failing = {old.lower(): new for old, new in (moved or {}).items()}, dict(failing or {})
        self.old_tokens, self.settles_after, self.public_hooks = old_tokens, settles_after, public_hooks
        self.announces, self.hook_timeout, self.make_key = announces, hook_timeout, make_key or _new_key
        self.enterprise = "" if api_origin else enterprise
        self.api = _ApiOrigin(self) if api_origin else None
        self.apps = {app.id: app for app in apps}
        self._nothing_yet()
        self.objects, self.payloads, self.hooks = Objects(self), Payloads(self), Hooks(self)
        self._fill(accounts, repositories, installations, requests)

    def _nothing_yet(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.installations: dict[int, Installation] = {}
        self.requests: dict[int, InstallationRequest] = {}
        self.tokens: dict[str, InstallationToken] = {}
        self.user_tokens: dict[str, tuple[App, str]] = {}
        self.codes: dict[str, Code] = {}
        self.authorized: set[tuple[int, str]] = set()
        self.deliveries: list[Delivery] = []
        self._lock, self._ids = threading.Lock(), iter(range(5001, 1_000_000))
        self._repository_ids: dict[str, int] = {}

    def _fill(self, accounts: Iterable[Account], repositories: Iterable[Repository], installations: Iterable[Installation],
              requests: Iterable[InstallationRequest]) -> None:
        first = next(iter(self.apps), 0)
        for app in self.apps.values():
            app.hook_id = app.hook_id or self.next_id()
        for account in accounts:
            self.accounts[account.login.lower()] = account
            account.id = account.id or self.next_id()
        for repository in repositories:
            self.add_repository(repository)
        for installation in installations:
            installation.app_id = installation.app_id or first
            self.installations[installation.id] = installation
        for request in requests:
            request.app_id = request.app_id or first
            self.requests[request.id] = request

    @property
    def url(self) -> str:
        return self.origin

    @property
    def api_url(self) -> str:
        return self.api.origin if self.api else f"{self.origin}/api/v3"

    @property
    def apps_path(self) -> str:
        """An Enterprise Server has its Apps' public pages below another path than github.com."""
        return "github-apps" if self.enterprise else "apps"

    @property
    def app(self) -> App:
        """The first App, for a host that has one."""
        return next(iter(self.apps.values()))

    def now(self) -> float:
        return self.clock()

    def start(self) -> Self:
        if self.api:
            self.api.start()
        return super().start()

    def stop(self) -> None:
        self.wait()
        if self.api:
            self.api.stop()
        super().stop()

    def next_id(self) -> int:
        with self._lock:
            return next(self._ids)

    def add_repository(self, repository: Repository) -> None:
        make(self.root, repository)
        self.repositories[repository.path.lower()] = repository

    def account(self, login: str) -> Account:
        """An account that nobody described is made when it is asked for."""
        if login.lower() not in self.accounts:
            organisations = {one.account.lower() for one in self.installations.values() if one.account_type == "Organization"}
            kind = "Organization" if login.lower() in organisations else "User"
            self.accounts[login.lower()] = Account(login, "Organization" if kind == "Organization" else "User", self.next_id())
        return self.accounts[login.lower()]

    def id_of(self, path: str) -> int:
        """A repository's number, which it keeps when it is renamed."""
        here = self.moved.get(path.lower(), path).lower()
        if here not in self._repository_ids:
            self._repository_ids[here] = self.next_id()
        return self._repository_ids[here]

    def page_of(self, one: Installation) -> str:
        place = f"organizations/{one.account}/" if one.account_type == "Organization" else ""
        return f"{self.url}/{place}settings/installations/{one.id}"

    def clone_url(self, path: str) -> str:
        return f"{self.url}/{path}.git"

    def installation_on(self, app: App, account: str) -> Installation | None:
        return next((one for one in self.installations.values()
                     if one.app_id == app.id and one.account.lower() == account.lower()), None)

    def reached_by(self, one: Installation) -> list[Repository]:
        """The repositories that an installation may see, in the order of the host."""
        chosen = {path.lower() for path in one.repositories}
        return [repository for path, repository in self.repositories.items()
                if path.split("/")[0] == one.account.lower() and (one.selection == "all" or path in chosen)]

    def mint(self, one: Installation, permissions: Mapping[str, str], repositories: Iterable[str] | None = None,
             *, seconds: float = HOUR) -> InstallationToken:
        """A token, as the API makes it; a test may make one by itself, to spoil it."""
        value = f"ghs_{secrets.token_hex(18)}" if self.old_tokens else f"ghs_{one.app_id}_{_jwt_like()}"
        paths = None if repositories is None else [path.lower() for path in repositories]
        token = InstallationToken(value, one.id, {"metadata": "read", **permissions}, paths, self.now() + seconds)
        self.tokens[value] = token
        return token

    def living_token(self, value: str) -> InstallationToken | None:
        token = self.tokens.get(value)
        if token is None or token.revoked or token.expires_at <= self.now() or token.installation_id not in self.installations:
            return None
        token.uses += 1
        known = token.uses > self.settles_after and self.installations[token.installation_id].app_id in self.apps
        return token if known else None

    def blocked(self, token: InstallationToken) -> Answer | None:
        """Why a living token gets nothing at all."""
        one = self.installations[token.installation_id]
        if one.suspended_by:
            return refuse(403, SUSPENDED)
        return refuse(403, ALLOW_LIST.format(one.account)) if one.allow_list_blocks else None

    def sees(self, token: InstallationToken, repository: Repository) -> bool:
        """Whether a token was made for a repository that its installation still has."""
        path = repository.path.lower()
        within = any(one.path.lower() == path for one in self.reached_by(self.installations[token.installation_id]))
        return within and (token.repositories is None or path in token.repositories)

    def deliver(self, event: str, payload: Mapping[str, Any] | bytes, *, to: str | None = None, secret: str | None = None,
                guid: str | None = None, app: App | None = None) -> int:
        """Send one webhook now, whatever the App subscribed to, and log it. The status, 0 when nobody answered.

        to: instead of the App's address. secret: instead of the App's; "" sends it unsigned.
        """
        return self.hooks.deliver(app or self.app, event, payload, to=to, secret=secret, guid=guid).status_code

    def record(self, event: str, *, status: str = "OK", status_code: int = 200, ago: float = 60, app: App | None = None,
               **fields: Any) -> Delivery:
        """A line for the delivery log, of something that was never sent. ago: seconds before this host's now."""
        return self.hooks.record(app or self.app, event, status=status, status_code=status_code, ago=ago, **fields)

    def wait(self) -> None:
        """Until every webhook that was sent in the background has its line in the log."""
        self.hooks.wait()

    def answer(self, seen: Seen) -> Answer:
        path = unquote(urlsplit(seen.path).path)
        if not self.api and (path + "/").startswith("/api/v3/"):
            return self.answer_api(seen, path.removeprefix("/api/v3"))
        told = self._failure(seen, path)
        if told:
            return told
        segments = [part for part in path.split("/") if part]
        return SmartHttp(self, seen, segments).answer() if is_git(segments) else pages(self, seen, segments)

    def answer_api(self, seen: Seen, path: str) -> Answer:
        answer = self._failure(seen, path) or Api(self, seen, path or "/").answer()
        told = {"X-GitHub-Request-Id": secrets.token_hex(8).upper(), "X-GitHub-Media-Type": "github.v3; format=json"}
        if self.enterprise:
            told["X-GitHub-Enterprise-Version"] = self.enterprise
        return Answer(answer.status, {**told, **answer.headers}, answer.body)

    def _failure(self, seen: Seen, path: str) -> Answer | None:
        found = self.failing.get(f"{seen.method} {path}", self.failing.get(path))
        told = found(seen) if callable(found) else found
        if told is None:
            return None
        status, headers, body = told
        if isinstance(body, dict):
            answer = answer_json(status, body)
            return Answer(status, {**answer.headers, **headers}, answer.body)
        return Answer(status, headers, body.encode() if isinstance(body, str) else body)


class _ApiOrigin(LoopbackHost):
    """The API at an origin of its own; what it has seen is kept with what the web host has seen."""

    def __init__(self, host: GitHubHost) -> None:
        super().__init__(delay=host.delay)
        self.host, self.seen = host, host.seen

    def now(self) -> float:
        return self.host.now()

    def answer(self, seen: Seen) -> Answer:
        return self.host.answer_api(seen, unquote(urlsplit(seen.path).path))


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _jwt_like() -> str:
    """Three parts, some 510 characters, as GitHub's tokens have had since April 2026."""
    return ".".join(urlsafe_b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (27, 99, 256))
