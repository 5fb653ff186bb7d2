"""What the GitLab of the demo answers in its API: api_guard.rb and what stands behind it."""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from checks.demo.git_answers import json_answer
from checks.demo.git_repositories import Answer, Repository
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.gitlab_host import GitLabHost, GitLabToken

SCOPES = {"version": ("api", "read_user", "read_api"), "user": ("api", "read_user", "read_api"),
          "projects": ("api", "read_api")}
PERMISSIONS = {"personal_access_tokens": ("user", "Personal Access Token: Read"), "user": ("user", "User: Read"),
               "projects": ("project", "Project: Read"), "version": ("instance", "Metadata: Read")}
DEAD = {"expired": "Token is expired. You can either do re-authorization or token refresh.",
        "revoked": "Token was revoked. You have to re-authorize from the user.",
        "impersonation": "Token is an impersonation token but impersonation was disabled."}
HIGHER = "The request requires higher privileges than provided by the access token."


def token_info(host: GitLabHost, seen: Seen) -> Answer:
    """Doorkeeper's own route: it knows OAuth tokens only."""
    token = host.tokens.get(seen.headers.get("Authorization", "").partition(" ")[2])
    if token is None or token.kind != "oauth" or token.state != "active":
        return json_answer(401, {"error": "invalid_token", "error_description": "The access token is invalid",
                                 "state": "unauthorized"})
    return json_answer(200, {"resource_owner_id": 1, "scope": list(token.scopes), "expires_in": token.expires_in,
                             "application": {"uid": "demo"}, "created_at": 1767225600})


class Api:
    def __init__(self, host: GitLabHost, seen: Seen, segments: list[str], query: Mapping[str, list[str]]) -> None:
        self.host, self.seen, self.query = host, seen, query
        self.segments = [unquote(segment) for segment in segments]
        private = seen.headers.get("Private-Token", "")
        self.sent = private or seen.headers.get("Authorization", "").partition(" ")[2]
        token = host.tokens.get(self.sent)
        known = token is not None and token.kind != "deploy" and (token.kind != "oauth" or not private)
        self.token = token if known else None

    def answer(self) -> Answer:
        route = self.segments[0]
        if self.sent and self.token is None:
            return _message(401, "401 Unauthorized")
        if self.token is None and (route != "projects" or len(self.segments) < 2):
            return _message(401, "401 Unauthorized")
        if self.token is not None and (no := self._refused(self.token, route)):
            return no
        if route == "version":
            return json_answer(200, {"version": "19.5.1-ee", "revision": "demo"})
        if self.segments[:2] == ["personal_access_tokens", "self"]:
            return self._self()
        if route == "user":
            return self._user()
        return self._projects() if route == "projects" else json_answer(404, {"error": "404 Not Found"})

    def _refused(self, token: GitLabToken, route: str) -> Answer | None:
        """AccessTokenValidationService, then the account, then DPoP, then fine-grained permissions."""
        if token.state in ("expired", "revoked"):
            return _bearer(401, "invalid_token", DEAD[token.state])
        scopes = SCOPES.get(route)
        if scopes and not token.fine_grained and not set(scopes) & set(token.scopes):
            return _bearer(403, "insufficient_scope", HIGHER, scope=" ".join(scopes))
        if token.state == "impersonation":
            return _bearer(401, "invalid_token", DEAD[token.state])
        if token.denied:
            return _message(403, f"403 Forbidden - {token.denied}")
        if token.dpop:
            return _bearer(401, "dpop_error", "DPoP validation error: DPoP header is missing")
        boundary, permission = PERMISSIONS.get(route, ("", ""))
        if token.fine_grained and permission not in token.permissions:
            return _bearer(403, "insufficient_granular_scope", "Access denied: This operation requires a fine-grained "
                           f"personal access token with the following {boundary} permissions: [{permission}].")
        return None

    def _self(self) -> Answer:
        token = self.token
        assert token is not None
        if token.kind == "oauth":
            return _message(400, "400 Bad request - This endpoint requires token type to be a personal access token")
        return json_answer(200, {
            "id": 1 + list(self.host.tokens).index(token.value), "name": token.name, "revoked": False, "active": True,
            "created_at": "2026-10-01T08:00:00.000Z", "scopes": list(token.scopes), "user_id": 1,
            "last_used_at": None, "expires_at": token.expires_at})

    def _user(self) -> Answer:
        assert self.token is not None
        bot = self.token.kind in ("project", "group")
        name = f"{self.token.kind}_7_bot_4ffca233d8298ea1" if bot else self.token.user
        return json_answer(200, {"id": 1, "username": name, "state": "active", "bot": bot})

    def _projects(self) -> Answer:
        if len(self.segments) == 1:
            return self._list()
        asked = self.segments[1]
        repository = self._by_number(int(asked)) if asked.isdigit() else self.host.find(asked)
        if repository is None or not self.host.may_see(self.token, repository):
            return _message(404, "404 Project Not Found")
        if asked in self.host.moved:
            there = f"{self.host.url}/api/v4/projects/{self.host.number(repository)}"
            return Answer(301, {"Location": there, "Content-Type": "application/json"}, b'{"message":"moved"}')
        if self.segments[2:4] == ["repository", "branches"] and len(self.segments) == 5:
            return self._branch(repository, self.segments[4])
        if len(self.segments) > 2:
            return json_answer(404, {"error": "404 Not Found"})
        return json_answer(200, self._described(repository))

    def _by_number(self, number: int) -> Repository | None:
        return next((found for found in self.host.repositories.values() if self.host.number(found) == number), None)

    def _described(self, repository: Repository) -> dict[str, Any]:
        access = 30 if self.token and self.host.may_write(self.token, repository) else 20
        return {"id": self.host.number(repository), "path_with_namespace": repository.path,
                "visibility": "private" if repository.private else "public", "archived": repository.archived,
                "empty_repo": repository.empty, "default_branch": None if repository.empty else repository.default,
                "http_url_to_repo": self.host.clone_url(repository.path),
                "repository_access_level": "disabled" if repository.path in self.host.disabled else "enabled",
                "permissions": {"project_access": {"access_level": access}, "group_access": None}}

    def _branch(self, repository: Repository, name: str) -> Answer:
        if name not in repository.branches:
            return _message(404, "404 Branch Not Found")
        protected = name in repository.protected
        may = self.token is not None and self.host.may_write(self.token, repository) and not protected
        return json_answer(200, {"name": name, "protected": protected, "can_push": may,
                                 "default": name == repository.default})

    def _list(self) -> Answer:
        """membership=true&simple=true: the fields of BasicProjectDetails."""
        wanted, size = self._asked("search"), int(self._asked("per_page") or 20)
        first = (int(self._asked("page") or 1) - 1) * size
        mine = [found for found in self.host.repositories.values()
                if found.private and self.host.may_see(self.token, found) and wanted.lower() in found.path.lower()]
        shown = [{"id": self.host.number(found), "path_with_namespace": found.path, "default_branch": found.default,
                  "http_url_to_repo": self.host.clone_url(found.path)} for found in mine[first:first + size]]
        following = str(first // size + 2) if len(mine) > first + size else ""
        answer = json_answer(200, shown)
        return Answer(200, {**answer.headers, "X-Next-Page": following}, answer.body)

    def _asked(self, name: str) -> str:
        return self.query.get(name, [""])[0]


def _message(status: int, words: str) -> Answer:
    return json_answer(status, {"message": words})


def _bearer(status: int, error: str, description: str, **more: str) -> Answer:
    return json_answer(status, {"error": error, "error_description": description, **more})
