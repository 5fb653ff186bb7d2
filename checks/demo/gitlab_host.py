"""A GitLab on loopback for the demo and the tests: real repositories behind the real `git http-backend`, and as much of
its API as a checklist asks. It refuses what GitLab refuses, in GitLab's words.

Read in github.com/gitlabhq/gitlabhq: lib/api/api_guard.rb and lib/gitlab/auth/auth_finders.rb (who is let in, the 401s
and insufficient_scope), lib/api/personal_access_tokens/self_information.rb, lib/gitlab/auth.rb (tokens and abilities
over Git), lib/gitlab/git_access.rb and ee/lib/ee/gitlab/git_access.rb (order and texts of the refusals over Git),
lib/gitlab/auth/user_access_denied_reason.rb, app/services/authz/tokens/authorize_granular_scopes_service.rb (the
sentence about fine-grained tokens), config/routes/git_http.rb (the redirect that adds .git).
Reconstructed, not seen in a source: the JSON around a dpop_error and an insufficient_granular_scope, the 404 bodies of
projects and branches, the redirect of a moved project to its number, Rack::Attack's “Forbidden”.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from checks.demo.git_answers import page, text
from checks.demo.git_repositories import Answer, Repository, make
from checks.demo.gitlab_answers import Api, token_info
from checks.demo.gitlab_git_answers import GIT, SmartHttp
from checks.demo.loopback import LoopbackHost, Seen


@dataclass(frozen=True)
class GitLabToken:
    """One credential. kind: personal, project, group, deploy or oauth.

    state: active, expired, revoked or impersonation (one that an administrator turned off). within: the project or group
    that a project, group or deploy token belongs to. username: what a deploy token must come with. denied: GitLab's
    sentence about an account that may not sign in. permissions: of a fine-grained one, whose scopes are `granular` alone.
    """

    value: str = field(repr=False)
    user: str = "deploy"
    kind: str = "personal"
    scopes: tuple[str, ...] = ("read_repository", "read_api")
    name: str = "deploys"
    expires_at: str | None = "2027-10-01"
    state: str = "active"
    within: str = ""
    username: str = ""
    denied: str = ""
    dpop: bool = False
    permissions: tuple[str, ...] = ()
    expires_in: int = 7000

    @property
    def fine_grained(self) -> bool:
        return self.scopes == ("granular",)

    def reaches(self, path: str) -> bool:
        return not self.within or path == self.within or path.startswith(self.within + "/")


class GitLabHost(LoopbackHost):
    """Plays GitLab.

    sub_path: the relative URL of the installation. moved: old path -> new path. guests: path -> users who see the
    project and not its code. disabled: projects whose repository is turned off; bare: projects without one. sso: paths
    whose group wants a session. http_off: Git over HTTP is not allowed. banned: bars every address.
    """

    def __init__(
        self, root: Path, *, repositories: Iterable[Repository] = (), tokens: Iterable[GitLabToken] = (),
        sub_path: str = "", moved: Mapping[str, str] | None = None, guests: Mapping[str, Collection[str]] | None = None,
        disabled: Collection[str] = (), bare: Collection[str] = (), sso: Collection[str] = (), http_off: bool = False,
        banned: bool = False, speaks_v2: bool = True, delay: float = 0.0,
    ) -> None:
        super().__init__(delay=delay)
        self.root, self.sub_path = root, sub_path.rstrip("/")
        self.repositories = {repository.path.lower(): repository for repository in repositories}
        self.tokens = {token.value: token for token in tokens}
        self.moved, self.guests = dict(moved or {}), dict(guests or {})
        self.disabled, self.bare, self.sso = disabled, bare, sso
        self.http_off, self.banned, self.speaks_v2 = http_off, banned, speaks_v2
        for repository in self.repositories.values():
            make(root, repository)

    @property
    def url(self) -> str:
        return f"{self.origin}{self.sub_path}"

    def clone_url(self, path: str) -> str:
        return f"{self.url}/{path}.git"

    def answer(self, seen: Seen) -> Answer:
        """What this host answers, whole: the handler only writes it out."""
        parts = urlsplit(seen.path)
        if self.banned:
            return text(403, "Forbidden\n")
        if not parts.path.startswith(self.sub_path + "/"):
            return page(404, "Not Found")
        path, query = parts.path[len(self.sub_path):], parse_qs(parts.query)
        if path.startswith("/api/v4/"):
            return Api(self, seen, path.removeprefix("/api/v4/").split("/"), query).answer()
        if path == "/oauth/token/info":
            return token_info(self, seen)
        if found := GIT.fullmatch(unquote(path)):
            return SmartHttp(self, seen, found, query).answer()
        return page(200 if path == "/" else 404, path.strip("/") or "Front page")

    def find(self, path: str) -> Repository | None:
        return self.repositories.get(self.moved.get(path, path).lower())

    def number(self, repository: Repository) -> int:
        return 1 + list(self.repositories).index(repository.path.lower())

    def may_see(self, token: GitLabToken | None, repository: Repository) -> bool:
        if not repository.private:
            return True
        guests = self.guests.get(repository.path, ())
        return token is not None and token.reaches(repository.path) and (
            bool(token.within) or token.user in guests or repository.may_read(token.user))

    def may_write(self, token: GitLabToken, repository: Repository) -> bool:
        return token.reaches(repository.path) and repository.may_write(token.user)
