"""What the loopback Bitbucket answers: one class for Cloud's API, one for its Git; their sentences and where they stand.

Seen in threads where people quote them: the 401 and 403 bodies of the API and the two 403s
(bitbucket-cli issues 30 and 174; backstage/backstage#22383; gildas/bitbucket-cli#56), the 401 of Git
(Dokploy/dokploy#2726), the 403 for a scope over Git (community.atlassian.com qaa-p/3129221), the 410 for app passwords
(ba-p/3237429), what Git takes as a user name (dimileeh/agent-workspace-fabric#467: an e-mail address is refused there), the
headers x-oauth-scopes, x-accepted-oauth-scopes, x-credential-type (a Go client that reads them from GET /2.0/user, for 200
and 403 alike). Documented: GET /2.0/hook_events is open to all; an API token without scopes is refused.
Reconstructed: the 410 of retired lists, the sentence about an address that is not allowed, where a renamed repository leads,
WWW-Authenticate, that a bad token is refused on public routes and repositories too, and GET /2.0/user/workspaces' scope.
"""
from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from checks.demo.git_repositories import Answer, Repository, http_backend
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.bitbucket_host import BitbucketHost

SERVICES = ("git-upload-pack", "git-receive-pack")
INVALID = "Token is invalid, expired, or not supported for this endpoint."
LACKS = "Your credentials lack one or more required privilege scopes."
UNSEEN = ("You may not have access to this repository or it no longer exists in this workspace. If you think this "
          "repository exists and you have access, make sure you are authenticated.")
APP_PASSWORD = ("CHANGE-3222 - Functionality has been deprecated\nApp passwords are deprecated and must be replaced with API "
                "tokens.\nhttps://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-3222")
RETIRED = "CHANGE-2770 - Functionality has been deprecated"
NOT_ALLOWED = "To access this workspace, an admin must whitelist your IP."
HOOK_EVENTS = {name: {"links": {"events": {"href": f"https://api.bitbucket.org/2.0/hook_events/{name}"}}}
               for name in ("repository", "workspace")}
IMPLIED = {"repository:write": ("repository",), "pullrequest": ("repository",), "project": ("repository",),
           "pullrequest:write": ("pullrequest", "repository", "repository:write")}


@dataclass(frozen=True)
class Credential:
    """kind: as x-credential-type spells it. opens: a repository's or workspace's path, for access tokens; user: whose
    it is, for API tokens. Without scopes an API token is refused."""

    value: str = field(repr=False)
    kind: str = "repo_access_token"
    scopes: Sequence[str] = ("repository",)
    opens: str = "acme/web"
    user: str = "deploy"
    email: str = "deploy@example.com"
    writes: bool = True
    revoked: bool = False

    def covers(self, scope: str) -> bool:
        return scope in self.scopes or any(scope in IMPLIED.get(own, ()) for own in self.scopes)

    def repository_scope(self, *, write: bool) -> str:
        if self.kind == "api_token":
            return f"{'write' if write else 'read'}:repository:bitbucket"
        return "repository:write" if write else "repository"

    def may(self, repository: Repository, *, write: bool = False) -> bool:
        if self.kind == "api_token":
            return repository.may_write(self.user) if write else repository.may_read(self.user)
        inside = f"{repository.path}/".startswith(f"{self.opens}/")
        return (inside and (self.writes or not write)) or (not write and not repository.private)


class Api:
    """Cloud's REST API, version 2.0."""

    def __init__(self, host: BitbucketHost, seen: Seen, segments: list[str]) -> None:
        self.host, self.seen, self.segments = host, seen, segments
        self.who = host.by_api(seen.headers.get("Authorization", ""))

    def answer(self) -> Answer:
        if self.who is False:
            return self._refuse(401, INVALID)
        answer = self._route()
        if isinstance(self.who, Credential) and self.host.tells:
            told = {"X-OAuth-Scopes": ", ".join(self.who.scopes), "X-Credential-Type": self.who.kind}
            return Answer(answer.status, {**answer.headers, **told}, answer.body)
        return answer

    def _route(self) -> Answer:
        match self.segments:
            case ["hook_events"]:
                return document(200, HOOK_EVENTS)
            case ["workspaces"] | ["repositories"] | ["user", "permissions", *_]:
                return self._refuse(410, RETIRED)
            case ["user"] if self.host.user_retired:
                return self._refuse(410, RETIRED)
            case ["user"]:
                return self._of_the_user("read:user:bitbucket", self._user)
            case ["user", "workspaces"]:
                return self._of_the_user("read:workspace:bitbucket", self._workspaces)
            case ["repositories", workspace]:
                return self._repositories(workspace)
            case ["repositories", workspace, name]:
                return self._repository(f"{workspace}/{name}")
        return self._refuse(404, "Resource not found")

    def _of_the_user(self, scope: str, tell: Any) -> Answer:
        if self.who is None:
            return self._refuse(401, INVALID)
        assert isinstance(self.who, Credential)
        if self.who.kind != "api_token":
            return self._refuse(401, INVALID) if self.host.closed_by_401 else self._refuse(403, "Forbidden")
        return document(200, tell()) if self.who.covers(scope) else self._lacking(self.who, scope)

    def _user(self) -> dict[str, Any]:
        assert isinstance(self.who, Credential)
        return {"type": "user", "uuid": "{0f3c1d52-7b58-4c52-8c6e-3f1f6c1d9a10}", "nickname": self.who.user,
                "display_name": self.who.user.title()}

    def _workspaces(self) -> dict[str, Any]:
        assert isinstance(self.who, Credential)
        names = sorted({r.path.split("/")[0] for r in self.host.repositories.values() if r.may_read(self.who.user)})
        values = [{"type": "workspace_access", "administrator": False,
                   "workspace": {"type": "workspace_base", "slug": name}} for name in names]
        return {"pagelen": 100, "page": 1, "size": len(values), "values": values}

    def _repositories(self, workspace: str) -> Answer:
        if (no := self._without_scope()) is not None:
            return no
        query = parse_qs(urlsplit(self.seen.path).query)
        pagelen, page = int(query.get("pagelen", ["10"])[0]), int(query.get("page", ["1"])[0])
        wanted = re.fullmatch(r'name~"(.*)"', query.get("q", ['name~""'])[0])
        if wanted is None:
            return self._refuse(400, "Invalid filter")
        text = wanted[1].replace('\\"', '"').replace("\\\\", "\\").lower()
        found = [r for r in self.host.repositories.values() if r.path.split("/")[0] == workspace
                 and text in r.path.split("/")[1].lower() and self._may_read(r)]
        part = found[(page - 1) * pagelen:page * pagelen]
        more = {"next": f"{self.host.origin}/2.0/repositories/{workspace}?page={page + 1}"} if found[page * pagelen:] else {}
        return document(200, {"pagelen": pagelen, "page": page, "values": [self._described(r) for r in part], **more})

    def _repository(self, path: str) -> Answer:
        if path in self.host.moved:
            return Answer(301, {"Location": f"{self.host.api_url}/2.0/repositories/{self.host.moved[path]}"}, b"")
        repository = self.host.repositories.get(path.lower())
        if repository is not None and not repository.private:
            return document(200, self._described(repository))
        if (no := self._without_scope()) is not None:
            return no
        if self.host.allowlist:
            return self._refuse(403, NOT_ALLOWED)
        if repository is None or not self._may_read(repository):
            return self._refuse(404, UNSEEN)
        return document(200, self._described(repository))

    def _without_scope(self) -> Answer | None:
        if isinstance(self.who, Credential) and not self.who.covers(scope := self.who.repository_scope(write=False)):
            return self._lacking(self.who, scope)
        return None

    def _may_read(self, repository: Repository) -> bool:
        return self.who.may(repository) if isinstance(self.who, Credential) else not repository.private

    def _described(self, repository: Repository) -> dict[str, Any]:
        main = None if repository.empty else {"type": "branch", "name": repository.default}
        https = f"{self.host.url.replace('://', '://deploy@')}/{repository.path}.git"
        return {"type": "repository", "full_name": repository.path, "name": repository.path.split("/")[1],
                "is_private": repository.private, "mainbranch": main,
                "links": {"clone": [{"name": "https", "href": https}]}}

    def _lacking(self, who: Credential, scope: str) -> Answer:
        error = {"message": LACKS, "detail": {"required": [scope], "granted": list(who.scopes)}}
        answer = document(403, {"type": "error", "error": error})
        return Answer(answer.status, {**answer.headers, "X-Accepted-OAuth-Scopes": scope}, answer.body)

    def _refuse(self, status: int, message: str) -> Answer:
        return document(status, {"type": "error", "error": {"message": message}})


class CloudGit:
    """Git over HTTP, with or without .git at the repository's end."""

    def __init__(self, host: BitbucketHost, seen: Seen, segments: list[str]) -> None:
        self.host, self.seen = host, seen
        self.path, self.rest = f"{segments[0]}/{segments[1].removesuffix('.git')}", "/".join(segments[2:])
        asked = parse_qs(urlsplit(seen.path).query).get("service", [""])[0]
        self.service = asked if self.rest == "info/refs" else self.rest
        self.pushes = self.service == "git-receive-pack"
        self.repository = host.repositories.get(self.path.lower())
        self.who = host.by_git(seen.headers.get("Authorization", ""))

    def answer(self) -> Answer:
        if self.path in self.host.moved:
            there = self.seen.path.replace(f"/{self.path}", f"/{self.host.moved[self.path]}", 1)
            return Answer(301, {"Location": f"{self.host.origin}{there}"}, b"")
        return self._refusal() or self._serve()

    def _refusal(self) -> Answer | None:
        repository, who = self.repository, self.who
        if who == "app password":
            return words(410, APP_PASSWORD)
        if who is False or (who is None and (repository is None or repository.private or self.pushes)):
            return words(401, UNSEEN, **{"WWW-Authenticate": 'Basic realm="Bitbucket.org HTTP"'})
        if not isinstance(who, Credential) or (repository and not repository.private and not self.pushes):
            return None
        if self.host.allowlist:
            return words(403, NOT_ALLOWED)
        if not who.covers(who.repository_scope(write=self.pushes)):
            return words(403, LACKS)
        if repository is None or not who.may(repository):
            hidden = 401 if self.host.hides_by_401 else 404
            return words(hidden, UNSEEN, **{"WWW-Authenticate": 'Basic realm="Bitbucket.org HTTP"'})
        return words(403, "Forbidden") if self.pushes and not who.may(repository, write=True) else None

    def _serve(self) -> Answer:
        assert self.repository is not None
        return http_backend(self.host.root, self.repository, method=self.seen.method, rest=self.rest,
                            query=urlsplit(self.seen.path).query, headers=self.seen.headers, body=self.seen.body,
                            user="somebody" if self.who else "", protocol=self.seen.headers.get("Git-Protocol", ""))


def words(status: int, text: str, **headers: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8", **headers}, text.encode())


def document(status: int, body: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body).encode())
