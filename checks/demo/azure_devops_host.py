"""Azure DevOps on loopback for the demo and the tests: real repositories behind the real `git http-backend`, and as much of
the REST API as a checklist asks. It refuses what Azure DevOps refuses, in its words.

Seen in threads and quoted: the bodies TF400813 (both), TF401019, TF401027, of an expired token (azure-pipelines-tasks#18732)
and its header X-TFS-ServiceError (azure-pipelines-agent#1559); the sign-in page with 203 (azure-devops-auth-samples#52), 401 in
its place with X-TFS-FedAuthRedirect: Suppress (azure-pipelines-agent). Which scope opens which route: the reference's page of
each route, and the server's table of patterns as published in decompiled form.
Reconstructed, not seen in a source: WWW-Authenticate over Git, TF200016, VssVersionOutOfRangeException, VS403463, the refusal of
a disabled repository, what an old name of a renamed repository is answered, and that Git is spoken in version 0 only.
"""
from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from checks.demo.azure_devops_answers import (
    ANONYMOUS,
    PAGE,
    AzureRepository,
    AzureToken,
    Rest,
    SmartHttp,
    trouble,
)
from checks.demo.git_repositories import Answer, make
from checks.demo.loopback import LoopbackHost, Seen

TENANT = "7a3c1d9e-52f0-4d41-9d5a-0f3f5c1b8a11"
SIGN_IN = "https://spsprodeus1.vssps.visualstudio.com/_signin?realm=dev.azure.com"
NOBODY = "TF400813: Resource not available for anonymous access. Client authentication required."
EXPIRED = "Access Denied: The Personal Access Token used has expired."
POLICY = "VS403463: The conditional access policy defined by your Microsoft Entra administrator has failed."


class AzureDevOpsHost(LoopbackHost):
    """Plays one organization of Services, or one collection of a server.

    hosted: False leaves out what only Services sends. newest: the newest version of the API that is known here.
    suppresses: False sends the sign-in page whatever the request's header says. redirects: the way to that page, not the page.
    policy: a conditional access policy refuses every token. moved: (project, name) -> (project, name) of today.
    """

    def __init__(
        self, root: Path, *, repositories: Iterable[AzureRepository] = (), tokens: Iterable[AzureToken] = (),
        organisation: str = "acme", hosted: bool = True, newest: str = "7.1", suppresses: bool = True,
        redirects: bool = False, policy: bool = False, moved: Mapping[tuple[str, str], tuple[str, str]] | None = None,
        delay: float = 0.0,
    ) -> None:
        super().__init__(delay=delay)
        self.root, self.organisation, self.hosted, self.newest = root, organisation, hosted, float(newest)
        self.suppresses, self.redirects, self.policy, self.moved = suppresses, redirects, policy, dict(moved or {})
        self.repositories = list(repositories)
        self.tokens = {token.value: token for token in tokens if not token.revoked}
        for repository in self.repositories:
            make(root, repository.git)

    @property
    def base(self) -> str:
        """The address before the organization, as an integration's base_url has it."""
        return f"{self.origin}/{self.organisation}".rpartition("/")[0]

    @property
    def url(self) -> str:
        return f"{self.origin}/{self.organisation}"

    def clone_url(self, path: str) -> str:
        """Of PROJECT/NAME, both as they stand in a URL."""
        project, _, name = path.partition("/")
        return f"{self.url}/{project}/_git/{name}"

    def answer(self, seen: Seen) -> Answer:
        parts = urlsplit(seen.path)
        home = f"/{self.organisation}/"
        if not parts.path.startswith(home):
            return self._own(Answer(404, {"Content-Type": "text/html; charset=utf-8"}, PAGE.format("Page not found").encode()))
        segments = [unquote(part) for part in parts.path[len(home):].split("/") if part]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._own(self._decide(seen, segments, query))

    def _decide(self, seen: Seen, segments: list[str], query: Mapping[str, str]) -> Answer:
        who = self.authenticate(seen.headers.get("Authorization", ""))
        over_git = "_git" in segments
        if isinstance(who, AzureToken) and (who.expired or who.stranger or self.policy):
            return self._turned_away(who)
        if who is False:
            return self._nobody(seen, over_git)
        known = who if isinstance(who, AzureToken) else None
        if known and not known.opens(seen.method, "/".join(segments)):
            return trouble(401, "UnauthorizedRequestException",
                           f"TF400813: The user '{known.id}' is not authorized to access this resource.")
        if over_git:
            return SmartHttp(self, seen, segments, query, known).answer() or self._nobody(seen, over_git)
        return Rest(self, segments, query, known).answer() or self._nobody(seen, over_git)

    def _turned_away(self, who: AzureToken) -> Answer:
        if who.expired:
            answer = trouble(401, "AccessCheckException", EXPIRED)
            header = "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."
            return Answer(401, {**answer.headers, "X-TFS-ServiceError": header}, answer.body)
        if who.stranger:
            return trouble(401, "UnauthorizedRequestException",
                           f"TF400813: The user '{who.id}' is not authorized to access this resource.")
        return trouble(401, "UnauthorizedRequestException", POLICY)

    def _nobody(self, seen: Seen, over_git: bool) -> Answer:
        """A 401 for Git and for those who ask for it; the sign-in page, or the way to it, for everybody else."""
        asked_for_401 = self.suppresses and seen.headers.get("X-Tfs-Fedauthredirect") == "Suppress"
        if over_git or asked_for_401:
            answer = trouble(401, "UnauthorizedRequestException", NOBODY)
            challenge = {"WWW-Authenticate": 'Basic realm="https://tfsprodeus1.visualstudio.com/"'}
            return Answer(401, {**answer.headers, **challenge}, answer.body)
        if self.redirects:
            return Answer(302, {"Location": SIGN_IN}, b"")
        page = PAGE.format("Azure DevOps Services | Sign In").encode()
        return Answer(203, {"Content-Type": "text/html; charset=utf-8"}, page)

    def _own(self, answer: Answer) -> Answer:
        """With the headers that Azure DevOps puts on everything."""
        own = {"X-TFS-ProcessId": "5f1f7c1c-2f3e-4d53-9f5e-3f5e2d1c0b9a", "ActivityId": "0c6f8a52-1b7e-4a53-8a6d-6d1f1f0e9c11",
               "X-VSS-E2EID": "0c6f8a52-1b7e-4a53-8a6d-6d1f1f0e9c11"}
        if self.hosted:
            own["X-VSS-ResourceTenant"] = TENANT
        return Answer(answer.status, {**answer.headers, **own}, answer.body)

    def authenticate(self, header: str) -> AzureToken | bool | None:
        """The token, None for a stranger, False for credentials that are not known here."""
        kind, _, value = header.partition(" ")
        if kind.lower() == "bearer":
            return self.tokens.get(value.strip(), False)
        if kind.lower() == "basic":
            return self.tokens.get(base64.b64decode(value).decode("utf-8", "replace").partition(":")[2], False)
        return False if header else None

    def connection(self, who: AzureToken | None) -> dict[str, Any]:
        user = {"id": who.id, "providerDisplayName": who.user} if who else {"id": ANONYMOUS, "providerDisplayName": "Anonymous"}
        return {"authenticatedUser": user, "authorizedUser": user, "instanceId": "d1f0e5a4-0a5d-4b62-9d1b-3a3f8f2f5c70",
                "deploymentType": "hosted" if self.hosted else "onPremises"}

