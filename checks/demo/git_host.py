"""A Git host on loopback for the demo and the tests: real repositories behind the real `git http-backend`, and as much
of Gitea's API as a checklist asks. It refuses what Gitea refuses, in Gitea's words.

Order and texts of the refusals over Git: go-gitea/gitea routers/web/repo/githttp.go, services/context/permission.go.
API: the bodies of routers/api/v1/api.go (`token is required`, `token does not have at least one of required scope(s)…`
in both wordings, `token scope is limited to public repos`, `user should be the site admin`).
Reconstructed, not seen in a source: what bad credentials get over Git ("Failed to authenticate user", for a public
repository too), the 404 body of the API, and the body for a disabled account. Simplified: a push by a user without
write access is refused with 403 when it arrives, where Gitea's hook writes "User permission denied for writing".
"""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from checks.demo.git_answers import SERVICES, Api, SmartHttp, Token, page, text
from checks.demo.git_repositories import Answer, Repository, make
from checks.demo.loopback import LoopbackHost, Seen

VERSION = "1.25.3+demo"


class GitHost(LoopbackHost):
    """Plays Gitea.

    sub_path: "/gitea" serves all below it. speaks_v2: False drops Git-Protocol, as old hosts do. names_scopes: False is
    the older wording, and Forgejo's, that names only what was required. service_line: Gitea writes `# service=` before
    a version 2 advertisement, git http-backend does not. moved: old path -> new path. sign_in: nothing for strangers.
    """

    def __init__(
        self, root: Path, *, repositories: Iterable[Repository] = (), tokens: Iterable[Token] = (), sub_path: str = "",
        version: str = VERSION, speaks_v2: bool = True, names_scopes: bool = True, service_line: bool = True,
        moved: Mapping[str, str] | None = None, sign_in: bool = False, delay: float = 0.0,
    ) -> None:
        super().__init__(delay=delay)
        self.root, self.sub_path, self.version = root, sub_path.rstrip("/"), version
        self.repositories = {repository.path.lower(): repository for repository in repositories}
        self.tokens = {token.value: token for token in tokens if not token.revoked}
        self.speaks_v2, self.names_scopes, self.service_line = speaks_v2, names_scopes, service_line
        self.moved, self.sign_in = dict(moved or {}), sign_in
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
        if not parts.path.startswith(self.sub_path + "/"):
            return page(404, "Not Found")
        segments = [unquote(part) for part in parts.path[len(self.sub_path):].split("/") if part]
        if segments[:2] == ["api", "v1"]:
            return Api(self, seen, segments[2:]).answer()
        if len(segments) >= 3 and (segments[2:] == ["info", "refs"] or segments[2:3][0] in SERVICES):
            return SmartHttp(self, seen, segments, parse_qs(parts.query)).answer()
        known = len(segments) == 2 and f"{segments[0]}/{segments[1].removesuffix('.git')}".lower() in self.repositories
        if not segments or known or segments[0] == "user":
            return page(200, "/".join(segments) or "Front page")
        return page(404, "Not Found") if "text/html" in seen.headers.get("Accept", "") else text(404, "Not found.\n")

    def authenticate(self, header: str) -> Token | bool | None:
        """The token, None for a stranger, False for credentials that are not known here."""
        kind, _, value = header.partition(" ")
        if kind.lower() in ("token", "bearer"):
            return self.tokens.get(value.strip(), False)
        if kind.lower() == "basic":
            name, _, password = base64.b64decode(value).decode("utf-8", "replace").partition(":")
            return self.tokens.get(name if password in ("", "x-oauth-basic") else password, False)
        return False if header else None
