"""Each Git provider beside its loopback host, ready for a run: what the benchmark and the tests of all of them share.

To add one: a function as below that makes its host (not started yet), with five repositories that its credential may
clone and push to, and its line in STANDS. The host is imported when its stand is made, so that one that is missing or
broken costs the others nothing.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks import runner
from checks.demo.git_repositories import Repository
from checks.demo.loopback import LoopbackHost
from checks.providers.base import Provider, ServiceFacts
from checks.runner import Landed
from checks.verdict import Verdict

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOOK = "http://127.0.0.1:9/webhooks/github/1"
NAMES = ("one", "two", "three", "four", "five")


@dataclass
class Stand:
    """settings(origin): for the host at this origin, `host.origin` or a stranger's. clone_url(origin, name): of one of
    NAMES. secrets: what must reach no other origin; the credentials, and what the host made from them."""

    provider: Provider
    host: LoopbackHost
    settings: Callable[[str], dict[str, Any]]
    credentials: Mapping[str, str]
    clone_url: Callable[[str, str], str]
    known: Mapping[str, Any] = field(default_factory=dict)

    @property
    def secrets(self) -> list[str]:
        return list(self.credentials.values())

    def services(self, names: Sequence[str] = NAMES, origin: str = "") -> list[ServiceFacts]:
        where = origin or self.host.origin
        return [ServiceFacts(name, "app", {"repository": self.clone_url(where, name), "ref": "main"}) for name in names]

    def run(
        self, names: Sequence[str] = NAMES, *, origin: str = "", provider: Provider | None = None, **settings: Any,
    ) -> dict[tuple[str, str], Verdict]:
        """All rows of one run: (slug, service's name or "") -> verdict."""
        values = {**self.settings(origin or self.host.origin), **settings}
        client = self.provider.connect(values, self.credentials)
        items = runner.run(provider or self.provider, settings=values, client=client, services=self.services(names, origin),
                           known=self.known, secrets=self.secrets, now=NOW)
        return {(item.check.slug, item.service.name if item.service else ""): item.verdict
                for item in items if isinstance(item, Landed)}


def gitea(root: Path, delay: float = 0.0) -> Stand:
    from checks.demo.git_answers import Token
    from checks.demo.git_host import GitHost
    from checks.providers.gitea import gitea as provider
    token = Token("b1" * 20, "deploy", ("write:repository", "read:user"))
    repositories = [Repository(f"acme/{name}", readers=("deploy",), writers=("deploy",)) for name in NAMES]
    return Stand(
        provider, GitHost(root, repositories=repositories, tokens=[token], delay=delay),
        settings=lambda origin: {"base_url": origin, "username": "", "token_expires_on": "", "pushes": True},
        credentials={"token": token.value}, clone_url=lambda origin, name: f"{origin}/acme/{name}.git")


def gitlab(root: Path, delay: float = 0.0) -> Stand:
    from checks.demo.gitlab_host import GitLabHost, GitLabToken
    from checks.providers.gitlab import gitlab as provider
    token = GitLabToken("glpat-" + "st" * 10, scopes=("write_repository", "read_api"))
    repositories = [Repository(f"acme/{name}", readers=("deploy",), writers=("deploy",)) for name in NAMES]
    return Stand(
        provider, GitLabHost(root, repositories=repositories, tokens=[token], delay=delay),
        settings=lambda origin: {"base_url": origin, "username": "oauth2", "token_expires_on": "", "pushes": True},
        credentials={"token": token.value}, clone_url=lambda origin, name: f"{origin}/acme/{name}.git")


def bitbucket(root: Path, delay: float = 0.0) -> Stand:
    from checks.demo.bitbucket_answers import Credential
    from checks.demo.bitbucket_host import BitbucketHost
    from checks.providers.bitbucket import bitbucket as provider
    token = Credential("ATCTT3xstand", "workspace_access_token", ("repository:write",), opens="acme")
    repositories = [Repository(f"acme/{name}") for name in NAMES]
    return Stand(
        provider, BitbucketHost(root, repositories=repositories, credentials=[token], delay=delay),
        settings=lambda origin: {"base_url": origin, "api_url": origin, "token_kind": "workspace_access_token", "email": "",
                                 "token_expires_on": "2027-06-01", "pushes": True},
        credentials={"token": token.value}, clone_url=lambda origin, name: f"{origin}/acme/{name}.git")


def azure_devops(root: Path, delay: float = 0.0) -> Stand:
    from checks.demo.azure_devops_answers import WRITE, AzureRepository, AzureToken
    from checks.demo.azure_devops_host import AzureDevOpsHost
    from checks.providers.azure_devops import azure_devops as provider
    token = AzureToken("s" * 76 + "AZDO0000", "deploy", (WRITE,))
    repositories = [AzureRepository("shop", name, readers=("deploy",), writers=("deploy",)) for name in NAMES]
    return Stand(
        provider, AzureDevOpsHost(root, repositories=repositories, tokens=[token], delay=delay),
        settings=lambda origin: {"base_url": origin, "azure_organisation": "acme", "token_expires_on": "2027-06-01",
                                 "pushes": True},
        credentials={"token": token.value}, clone_url=lambda origin, name: f"{origin}/acme/shop/_git/{name}")


def github(root: Path, delay: float = 0.0) -> Stand:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from checks.demo.github_host import GitHubHost
    from checks.demo.github_world import Account, App, Installation
    from checks.providers.github import github as provider
    from tests.peers.github_host import pem_of
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    writes = {"contents": "write", "metadata": "read"}
    app = App(7, "stand", "Stand", key, webhook_secret="a secret of the stand", permissions=dict(writes), hook_url=HOOK)
    host = GitHubHost(root, apps=[app], accounts=[Account("acme", "Organization")], delay=delay,
                      installations=[Installation(1, "acme", permissions=dict(writes), app_id=7)],
                      repositories=[Repository(f"acme/{name}") for name in NAMES])
    return Stand(
        provider, host,
        settings=lambda origin: {"base_url": origin, "api_url": f"{origin}/api/v3", "app_id": "7", "installation_id": "1",
                                 "pushes": True},
        credentials={"private_key": pem_of(key), "webhook_secret": app.webhook_secret},
        clone_url=lambda origin, name: f"{origin}/acme/{name}.git",
        known={"hook": {"url": HOOK, "received": [], "refused": None}})


STANDS: dict[str, Callable[..., Stand]] = {
    "github": github,
    "gitlab": gitlab,
    "bitbucket": bitbucket,
    "gitea": gitea,
    "azure_devops": azure_devops,
}
