"""What the GitLab of the demo answers over Git: git_http_client_controller.rb, then GitAccess#check, in its order."""
from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from checks.demo.git_answers import page, text
from checks.demo.git_repositories import Answer, Repository, http_backend
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.gitlab_host import GitLabHost, GitLabToken

GIT = re.compile(r"/(?P<path>.+?)(?P<suffix>\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
DOWNLOADS = {"api", "read_api", "read_repository", "write_repository"}
UPLOADS = {"api", "write_repository"}
NO_PROJECT = "The project you were looking for could not be found or you don't have permission to view it."
DENIED = ("HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or "
          "you're required to use a token instead of a password. If a token was provided, it was either incorrect, "
          "expired, or improperly scoped. See {0}/help/topics/git/troubleshooting_git.md"
          "#error-on-git-fetch-http-basic-access-denied")


class SmartHttp:
    def __init__(self, host: GitLabHost, seen: Seen, found: re.Match[str], query: Mapping[str, list[str]]) -> None:
        self.host, self.seen = host, seen
        self.path, self.suffix, self.rest = found["path"], found["suffix"], found["rest"]
        self.service = query.get("service", [""])[0] if self.rest == "info/refs" else self.rest
        self.pushes = self.service == "git-receive-pack"
        self.repository = host.find(self.path)
        self.token: GitLabToken | None = None

    def answer(self) -> Answer:
        if not self.suffix:
            return self._with_suffix()
        if self.seen.method == "HEAD":
            return text(403, "")
        header = self.seen.headers.get("Authorization", "")
        if header:
            name, _, password = base64.b64decode(header.partition(" ")[2]).decode("utf-8", "replace").partition(":")
            self.token = self._find(name, password)
            if self.token is None:
                return self._denied()
        elif self.pushes or self.host.http_off or self.repository is None or self.repository.private or (
                self.repository.path in self.host.disabled):
            return self._denied()
        return self._refusal() or self._serve()

    def _with_suffix(self) -> Answer:
        if self.rest != "info/refs":
            return page(404, "Not Found")
        query = urlsplit(self.seen.path).query
        return Answer(301, {"Location": f"{self.host.url}/{self.path}.git/info/refs?{query}"}, b"")

    def _find(self, name: str, password: str) -> GitLabToken | None:
        """find_for_git_client: a project's or group's token counts only where it may read, a deploy token only with
        its own name, and an ended or revoked one not at all."""
        token = self.host.tokens.get(password)
        if token is None or token.state != "active":
            return None
        repository = self.repository
        if token.kind in ("project", "group") and repository and not self.host.may_see(token, repository):
            return None
        if token.kind == "deploy" and (name != token.username or (repository and not token.reaches(repository.path))):
            return None
        return token

    def _refusal(self) -> Answer | None:
        if self.host.http_off:
            return text(403, "Git access over HTTP is not allowed")
        token = self.token
        if token and token.denied:
            return text(403, token.denied)
        if token and not self._abilities(token):
            return text(403, f"You are not allowed to {'upload' if self.pushes else 'download'} code.")
        repository = self.repository
        if repository is None or not self.host.may_see(token, repository):
            return text(404, NO_PROJECT)
        if repository.path in self.host.bare:
            return text(404, "A repository for this project does not exist yet.")
        no = self._push_refused(token, repository) if self.pushes else self._download_refused(token, repository)
        if no is None and token and token.kind == "personal" and repository.path in self.host.sso:
            group = repository.path.split("/")[0]
            no = ("Cannot find valid SSO session. Please login via your group's SSO at "
                  f"{self.host.url}/groups/{group}/-/saml/sso?token=Zm9vYmFy")
        return text(403, no) if no else None

    def _abilities(self, token: GitLabToken) -> bool:
        if token.fine_grained:
            return ("Code: Push" if self.pushes else "Code: Read") in token.permissions
        return bool((UPLOADS if self.pushes else DOWNLOADS) & set(token.scopes))

    def _download_refused(self, token: GitLabToken | None, repository: Repository) -> str | None:
        guest = token is not None and token.user in self.host.guests.get(repository.path, ())
        if repository.path in self.host.disabled or guest:
            return "You are not allowed to download code from this project."
        return None

    def _push_refused(self, token: GitLabToken | None, repository: Repository) -> str | None:
        if repository.archived:
            return "You can't push code to an archived project."
        if token is None or token.kind == "deploy":
            return "You are not allowed to upload code for this project."
        return None if self.host.may_write(token, repository) else "You are not allowed to push code to this project."

    def _serve(self) -> Answer:
        """Gitaly writes `# service=` before every advertisement, version 2 too."""
        assert self.repository is not None
        protocol = self.seen.headers.get("Git-Protocol", "") if self.host.speaks_v2 else ""
        answer = http_backend(self.host.root, self.repository, method=self.seen.method, rest=self.rest,
                              user=self.token.user if self.token else "", query=urlsplit(self.seen.path).query,
                              headers=self.seen.headers, body=self.seen.body, protocol=protocol)
        if answer.body.startswith(b"000eversion 2"):
            line = f"# service={self.service}\n"
            answer = Answer(answer.status, answer.headers, f"{len(line) + 4:04x}{line}0000".encode() + answer.body)
        return answer

    def _denied(self) -> Answer:
        return text(401, DENIED.format(self.host.url), **{"WWW-Authenticate": 'Basic realm="GitLab"'})
