"""What the demo's Git host answers, as Gitea does: one class for its API, one for Git over HTTP."""
from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from checks.demo.git_repositories import Answer, Repository, http_backend
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.git_host import GitHost

ROUTES = {"user": "user", "notifications": "notification", "admin": "admin", "repos": "repository"}  # -> scope category
SERVICES = ("git-upload-pack", "git-receive-pack")
DISABLED = "This account is prohibited from signing in, please contact your site administrator."
PAGE = "<!doctype html><html lang=en><title>Demo</title><h1>{0}</h1><p>This is the demo's Git host, not a real Gitea."

@dataclass(frozen=True)
class Token:
    """One access token. A revoked one is as unknown as one that never was."""

    value: str = field(repr=False)
    user: str
    scopes: Sequence[str] = ("read:repository", "read:user")
    revoked: bool = False
    administrator: bool = False
    disabled: bool = False

    def covers(self, scope: str) -> bool:
        """As models/auth/access_token_scope.go: `all` is every write, write implies read."""
        return "all" in self.scopes or scope in self.scopes or scope.replace("read:", "write:") in self.scopes


class Api:
    def __init__(self, host: GitHost, seen: Seen, segments: list[str]) -> None:
        self.host, self.seen, self.segments = host, seen, segments
        self.who = host.authenticate(seen.headers.get("Authorization", ""))

    def answer(self) -> Answer:
        if self.who is False:
            return self._refuse(401, "invalid username, password or token")
        if isinstance(self.who, Token) and self.who.disabled:
            return self._refuse(403, DISABLED)
        if self.host.sign_in and self.who is None:
            return self._refuse(403, "Only signed in user is allowed to call APIs.")
        if self.segments == ["version"]:
            return json_answer(200, {"version": self.host.version})
        category = ROUTES.get(self.segments[0] if self.segments else "")
        if category is None:
            return self._missing()
        if isinstance(self.who, Token) and not self.who.covers(f"read:{category}"):
            return self._lacking(self.who, f"read:{category}")
        if self.who is None and category != "repository":
            return self._refuse(401, "token is required")
        return self._repositories() if category == "repository" else self._of_the_user()

    def _of_the_user(self) -> Answer:
        assert isinstance(self.who, Token)
        if self.segments == ["user"]:
            return json_answer(200, {"id": 1, "login": self.who.user, "is_admin": self.who.administrator})
        if self.segments == ["notifications", "new"]:
            return json_answer(200, {"new": 0})
        if self.segments == ["admin", "cron"]:
            if not self.who.administrator:
                return self._refuse(403, "user should be the site admin")
            return json_answer(200, [])
        return self._missing()

    def _repositories(self) -> Answer:
        if self.segments == ["repos", "search"]:
            return self._search()
        path = "/".join(self.segments[1:3])
        if path in self.host.moved:
            there = self.seen.path.replace(f"/{path}", f"/{self.host.moved[path]}", 1)
            return Answer(307, {"Location": there}, b"")
        repository = self.host.repositories.get(path.lower())
        user = self.who.user if isinstance(self.who, Token) else ""
        if repository is None or not repository.may_read(user):
            return self._missing()
        if repository.private and isinstance(self.who, Token) and "public-only" in self.who.scopes:
            return self._refuse(403, "token scope is limited to public repos")
        if self.segments[3:4] == ["branches"]:
            return self._branch(repository, "/".join(self.segments[4:]), user)
        if len(self.segments) > 3:
            return self._missing()
        return json_answer(200, repository.described(self.host.url, user))

    def _search(self) -> Answer:
        """Search() of routers/api/v1/repo/repo.go: by name (OWNER/NAME with a slash), only what the user may read, in pages."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.seen.path).query).items()}
        user = self.who.user if isinstance(self.who, Token) else ""
        public_only = isinstance(self.who, Token) and "public-only" in self.who.scopes
        wanted = asked.get("q", "").lower()
        found = sorted((r for r in self.host.repositories.values()
                        if wanted in (r.path if "/" in wanted else r.path.partition("/")[2]).lower()
                        and r.may_read(user) and not (r.private and public_only)), key=lambda r: r.path)
        limit, number = min(int(asked.get("limit", "10")), 50), max(int(asked.get("page", "1")), 1)
        shown = [r.described(self.host.url, user) for r in found[(number - 1) * limit:number * limit]]
        answer = json_answer(200, {"ok": True, "data": shown})
        return Answer(200, {**answer.headers, "X-Total-Count": str(len(found))}, answer.body)

    def _branch(self, repository: Repository, name: str, user: str) -> Answer:
        if name not in repository.branches:
            return self._missing()
        protected = name in repository.protected
        may = repository.may_write(user) and not protected
        return json_answer(200, {"name": name, "protected": protected, "user_can_push": may})

    def _lacking(self, token: Token, scope: str) -> Answer:
        lacks = "token does not have at least one of required scope(s)"
        if self.host.names_scopes:
            return self._refuse(403, f"{lacks}, required=[{scope}], token scope={','.join(token.scopes)}")
        return self._refuse(403, f"{lacks}: [{scope}]")

    def _missing(self) -> Answer:
        return json_answer(404, {"errors": None, "message": "not found", "url": f"{self.host.url}/api/swagger"})

    def _refuse(self, status: int, message: str) -> Answer:
        return json_answer(status, {"message": message, "url": f"{self.host.url}/api/swagger"})


class SmartHttp:
    """httpBase() of githttp.go, in its order."""

    def __init__(self, host: GitHost, seen: Seen, segments: list[str], query: Mapping[str, list[str]]) -> None:
        self.host, self.seen = host, seen
        self.path = f"{segments[0]}/{segments[1].removesuffix('.git')}"
        self.rest = "/".join(segments[2:])
        self.service = query.get("service", [""])[0] if self.rest == "info/refs" else self.rest
        self.pushes = self.service == "git-receive-pack"
        self.repository = host.repositories.get(self.path.lower())
        self.who = host.authenticate(seen.headers.get("Authorization", ""))

    def answer(self) -> Answer:
        owners = {path.split("/")[0] for path in self.host.repositories}
        if self.who is False:
            return self._who_are_you("Failed to authenticate user\n")
        if self.path in self.host.moved:
            typed = f"{self.path}.git" if f"{self.path}.git/" in self.seen.path else self.path
            there = self.seen.path.replace(typed, self.host.moved[self.path], 1)  # Gitea drops .git on this way
            return Answer(307, {"Location": there}, b"")
        if self.path.lower().split("/")[0] not in owners:
            return text(404, "Not found.\n")
        if self.service not in SERVICES:
            return text(400, "")
        return self._refusal() or self._serve()

    def _refusal(self) -> Answer | None:
        repository, who = self.repository, self.who
        if repository and repository.archived and self.pushes:
            return text(403, "This repo is archived. You can view files and clone it, but cannot push or open "
                              "issues/pull-requests.")
        if repository and not repository.private and not self.pushes and not self.host.sign_in:
            return None
        if not isinstance(who, Token):
            return self._who_are_you("Unauthorized\n")
        if not who.covers("write:repository" if self.pushes else "read:repository") or (
                "public-only" in who.scopes and repository and repository.private):
            return text(403, "Forbidden\n")
        if who.disabled:
            return text(403, "Your account is disabled.")
        if repository is None and self.pushes:
            return text(403, "Push to create is not enabled for users.")
        if repository is None or not repository.may_read(who.user):
            return text(404, "Repository not found")
        if self.pushes and repository.mirror:
            return text(403, "mirror repository is read-only")
        late = self.pushes and self.rest != "info/refs" and not repository.may_write(who.user)
        return text(403, "User permission denied for writing.") if late else None

    def _serve(self) -> Answer:
        assert self.repository is not None
        user = self.who.user if isinstance(self.who, Token) else ""
        protocol = self.seen.headers.get("Git-Protocol", "") if self.host.speaks_v2 else ""
        answer = http_backend(self.host.root, self.repository, method=self.seen.method, rest=self.rest, user=user,
                              query=urlsplit(self.seen.path).query, headers=self.seen.headers, body=self.seen.body,
                              protocol=protocol)
        if self.host.service_line and answer.body.startswith(b"000eversion 2"):
            line = f"# service={self.service}\n"
            answer = Answer(answer.status, answer.headers, f"{len(line) + 4:04x}{line}0000".encode() + answer.body)
        return answer

    def _who_are_you(self, words: str) -> Answer:
        return text(401, words, **{"WWW-Authenticate": 'Basic realm="Gitea"'})


def text(status: int, words: str, **headers: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **headers}, words.encode())


def json_answer(status: int, document: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json;charset=utf-8"}, json.dumps(document).encode())


def page(status: int, title: str) -> Answer:
    return Answer(status, {"Content-Type": "text/html; charset=utf-8"}, PAGE.format(title).encode())
