"""What the loopback Azure DevOps answers: one class for its REST API, one for Git over HTTP."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

from checks.demo.git_repositories import Answer, Repository, http_backend
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.azure_devops_host import AzureDevOpsHost

ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
PAGE = "<!doctype html><html lang=en><title>{0}</title><p>This is a loopback host, not the real Azure DevOps."
SERVICES = ("git-upload-pack", "git-receive-pack")
READ, WRITE, MANAGE = "Code (Read)", "Code (Read & write)", "Code (Read, write, & manage)"
INHERITS = {WRITE: (READ,), MANAGE: (WRITE, READ)}
EVERY_SCOPE = ("GET _apis/connectionData", "GET _apis/permissions/.*")  # the base of them all
OPENS = {  # scope -> what it opens: method and path below the organization
    READ: ("GET _apis/projects", "GET (.+/)?_apis/git/.*", "GET (.+/)?_git/.*", "POST (.+/)?_git/.*/git-upload-pack"),
    WRITE: ("POST (.+/)?_git/.*",),
    MANAGE: ("GET [^/]+/_apis/pipelines/pipelinepermissions/repository/.*",),
    "Work Items (Read)": ("GET _apis/projects", "GET (.+/)?_apis/wit/.*"),
    "Agent Pools (Read)": ("GET _apis/distributedtask/.*",),
    "Build (Read)": ("GET _apis/projects", "GET (.+/)?_apis/build/.*", "GET [^/]+/_apis/pipelines/.*"),
}


@dataclass(frozen=True)
class AzureToken:
    """One personal access token. stranger: its user is no member of the organization, or it is for another one."""

    value: str = field(repr=False)
    user: str
    scopes: Sequence[str] = (READ,)
    revoked: bool = False
    expired: bool = False
    stranger: bool = False
    says_nothing: bool = False  # connectionData is refused to it, as some report of narrow tokens

    @property
    def id(self) -> str:
        return str(uuid5(NAMESPACE_URL, self.user))

    def opens(self, method: str, path: str) -> bool:
        if "Full access" in self.scopes:
            return True
        if self.says_nothing and path == "_apis/connectionData":
            return False
        held = {scope for name in self.scopes for scope in (name, *INHERITS.get(name, ()))}
        patterns = [*EVERY_SCOPE, *(pattern for scope in held for pattern in OPENS.get(scope, ()))]
        return any(re.fullmatch(pattern, f"{method} {path}") for pattern in patterns)


@dataclass(frozen=True)
class AzureRepository:
    """readers and writers: users; denied: members of the project without the permission GenericRead. closed: branch -> the
    required policies on it; bypass: who may push past them."""

    project: str
    name: str
    branches: Sequence[str] = ("main",)
    tags: Sequence[str] = ()
    default: str = "main"
    readers: Sequence[str] = ()
    writers: Sequence[str] = ()
    denied: Sequence[str] = ()
    bypass: Sequence[str] = ()
    closed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    public: bool = False
    disabled: bool = False
    state: str = "wellFormed"

    @property
    def git(self) -> Repository:
        return Repository(f"{self.project}/{self.name}", branches=self.branches, tags=self.tags, default=self.default)

    @property
    def id(self) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self.project}/{self.name}"))

    @property
    def project_id(self) -> str:
        return str(uuid5(NAMESPACE_URL, self.project))

    def may_read(self, user: str) -> bool:
        return self.public or user in self.readers or user in self.writers

    def described(self, url: str) -> dict[str, Any]:
        there = f"{url}/{quote(self.project)}/_git/{quote(self.name)}"
        about = {"id": self.id, "name": self.name, "isDisabled": self.disabled, "remoteUrl": there, "webUrl": there, "size": 725,
                 "project": {"id": self.project_id, "name": self.project, "state": self.state,
                             "visibility": "public" if self.public else "private"}}
        return about | ({"defaultBranch": f"refs/heads/{self.default}"} if self.branches else {})


class Rest:
    def __init__(self, host: AzureDevOpsHost, segments: list[str], query: Mapping[str, str], who: AzureToken | None) -> None:
        self.host, self.query, self.who = host, query, who
        at = segments.index("_apis") if "_apis" in segments else len(segments)
        self.project, self.route = "/".join(segments[:at]), segments[at + 1:]
        self.user = who.user if who else ""

    def answer(self) -> Answer | None:
        """None: this stranger is to sign in."""
        if self.who is None and not any(repository.public for repository in self.host.repositories):
            return None
        if self.route == ["connectionData"]:
            return json_answer(200, self.host.connection(self.who))
        asked = float(self.query.get("api-version", "1.0").partition("-")[0])
        if asked > self.host.newest:
            return trouble(400, "VssVersionOutOfRangeException", f"The requested REST API version of {asked} is out of range "
                           f"for this server. The latest REST API version this server supports is {self.host.newest}.")
        if self.project and not self._projects():
            return trouble(404, "ProjectDoesNotExistWithNameException", "TF200016: The following project does not exist: "
                           f"{self.project}. Verify that the name of the project is correct and that the project exists on "
                           "the specified Azure DevOps Server.")
        return self._routed()

    def _routed(self) -> Answer:
        route = "/".join(self.route)
        if route == "git/repositories":
            return listed([repository.described(self.host.url) for repository in self._visible()])
        if route.startswith("git/repositories/"):
            return self._repository(self.route[2])
        if route == "git/policy/configurations":
            return self._policies()
        if route.startswith("permissions/"):
            return self._permission(int(self.route[2]))
        lists = ("wit/workitemrelationtypes", "distributedtask/pools", "build/definitions", "projects")
        return listed([]) if route in lists else json_answer(200, {"resource": {"type": "repository"}, "pipelines": []})

    def _visible(self) -> list[AzureRepository]:
        return [r for r in self._projects() if r.may_read(self.user)]

    def _projects(self) -> list[AzureRepository]:
        """The repositories of the project that was named, by its name or id; those of all when none was."""
        named = self.project.casefold()
        return [r for r in self.host.repositories
                if not self.project or r.project.casefold() == named or r.project_id == named or self._was(r.project)]

    def _was(self, project: str) -> bool:
        return any(old[0] == self.project and new[0] == project for old, new in self.host.moved.items())

    def _repository(self, name: str) -> Answer:
        found = lookup(self.host, self.project, name)
        if found is not None and self.user in found.denied:
            return trouble(403, "GitNeedsPermissionException", lacking("GenericRead", self.who))
        if found is None or not found.may_read(self.user):
            return missing(name)
        return json_answer(200, found.described(self.host.url))

    def _policies(self) -> Answer:
        branch = self.query.get("refName", "").removeprefix("refs/heads/")
        found = next((r for r in self.host.repositories if r.id == self.query.get("repositoryId")), None)
        names = found.closed.get(branch, ()) if found else ()
        return listed([{"isEnabled": True, "isBlocking": True, "isDeleted": False, "type": {"displayName": name}}
                       for name in names])

    def _permission(self, bit: int) -> Answer:
        """https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions"""
        repository = self.query.get("tokens", "").rpartition("/")[2]
        found = next((r for r in self.host.repositories if r.id == repository), None)
        may = {2: found.may_read(self.user), 4: self.user in found.writers, 128: self.user in found.bypass} if found else {}
        return listed([may.get(bit, False)])


class SmartHttp:
    def __init__(self, host: AzureDevOpsHost, seen: Seen, segments: list[str], query: Mapping[str, str],
                 who: AzureToken | None) -> None:
        self.host, self.seen, self.who = host, seen, who
        at = segments.index("_git")
        after = [part for part in segments[at + 1:] if part not in ("_full", "_optimized")]
        self.name, self.rest = (after or [""])[0], "/".join(after[1:])
        self.project = "/".join(segments[:at]) or self.name
        self.service = query.get("service", "") if self.rest == "info/refs" else self.rest

    def answer(self) -> Answer | None:
        """None: this stranger is to sign in."""
        found = lookup(self.host, self.project, self.name)
        if self.service not in SERVICES:
            return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, PAGE.format(self.name).encode())
        pushes = self.service == "git-receive-pack"
        if self.who is None and (found is None or not found.public or pushes):
            return None
        user = self.who.user if self.who else ""
        if found is not None and user in found.denied:
            return plain(403, lacking("GenericRead", self.who))
        if found is None or not found.may_read(user):
            return plain(404, absent(self.name))
        if found.disabled:
            return plain(403, f"TF401019: The Git repository with name or identifier {self.name} is disabled.")
        if pushes and self.rest != "info/refs" and user not in found.writers:
            return plain(403, lacking("GenericContribute", self.who))
        return http_backend(self.host.root, found.git, method=self.seen.method, rest=self.rest, user=user, protocol="",
                            query=urlsplit(self.seen.path).query, headers=self.seen.headers, body=self.seen.body)


def lookup(host: AzureDevOpsHost, project: str, name: str) -> AzureRepository | None:
    """By names in any letters, by an older name, or by ids."""
    project, name = host.moved.get((project, name), (project, name))
    return next((r for r in host.repositories if project.casefold() in (r.project.casefold(), r.project_id)
                 and name.casefold() in (r.name.casefold(), r.id)), None)


def absent(name: str) -> str:
    return (f"TF401019: The Git repository with name or identifier {name} does not exist or you do not have permissions for the "
            "operation you are attempting.")


def missing(name: str) -> Answer:
    return trouble(404, "GitRepositoryNotFoundException", absent(name))


def lacking(permission: str, who: AzureToken | None) -> str:
    return (f"TF401027: You need the Git '{permission}' permission to perform this action. Details: identity "
            f"'{who.id if who else ANONYMOUS}', scope 'repository'.")


def trouble(status: int, type_key: str, message: str) -> Answer:
    return json_answer(status, {"$id": "1", "innerException": None, "message": message, "typeKey": type_key, "errorCode": 0,
                                "typeName": f"Microsoft.TeamFoundation.Framework.Server.{type_key}, "
                                            "Microsoft.TeamFoundation.Framework.Server", "eventId": 3000})


def listed(entries: Sequence[Any]) -> Answer:
    return json_answer(200, {"value": list(entries), "count": len(entries)})


def json_answer(status: int, document: Any) -> Answer:
    return Answer(status, {"Content-Type": "application/json; charset=utf-8; api-version=7.1"}, json.dumps(document).encode())


def plain(status: int, words: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain; charset=utf-8"}, words.encode())
