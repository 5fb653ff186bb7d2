"""The peers of the demo: what stands in its three Git hosts and in its S3 server."""
from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checks.demo.git_answers import Token
from checks.demo.git_host import GitHost
from checks.demo.git_repositories import Repository
from checks.demo.github_host import GitHubHost
from checks.demo.github_world import Account, App, Installation
from checks.demo.gitlab_host import GitLabHost, GitLabToken
from checks.demo.s3_host import S3Host

READER = Token("0f1e2d3c4b5a69788796a5b4c3d2e1f001234567", user="acme", scopes=("read:repository", "read:user"))
REPOSITORIES = (
    Repository("acme/shop", branches=("main", "develop", "release-2"), tags=("v1.0.0", "v1.1.0")),
    Repository("acme/website", private=False),
)
ENDING_IN = timedelta(days=9)
PROJECTS = (Repository("acme/mobile/app-backend", branches=("main", "staging"), readers=("deploy",)),)
APP_ID, INSTALLATION = 123456, 501
ALLOWED, NOT_ALLOWED = "acme/storefront", "acme/billing"
WEBHOOK_SECRET = "demo-webhook-secret"


@dataclass(frozen=True)
class Peers:
    """app_key: the private key of the App at the demo's GitHub, as GitHub hands it out."""

    git: GitHost
    gitlab: GitLabHost
    gitlab_token: str
    github: GitHubHost
    app_key: str
    s3: S3Host


def start_peers(where: Path, ending: ExitStack) -> Peers:
    """Start them all; `ending` stops them."""
    root, start = where / "repositories", ending.enter_context
    ends = (datetime.now(UTC) + ENDING_IN).date().isoformat()
    token = GitLabToken("glpat-demo" + "x" * 16, expires_at=ends)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return Peers(
        start(GitHost(root / "gitea", repositories=REPOSITORIES, tokens=[READER])),
        start(GitLabHost(root / "gitlab", repositories=PROJECTS, tokens=[token])), token.value,
        start(_github(root / "github", key)), pem, start(S3Host()))


def _github(root: Path, key: rsa.RSAPrivateKey) -> GitHubHost:
    app = App(id=APP_ID, slug="dflow-demo", name="dFlow demo", public_key=key.public_key(), owner="acme",
              webhook_secret=WEBHOOK_SECRET)
    return GitHubHost(
        root, apps=[app], person="olive", accounts=[Account("acme", "Organization", owners=("olive",)), Account("olive")],
        installations=[Installation(INSTALLATION, "acme", selection="selected", repositories=[ALLOWED])],
        repositories=[Repository(ALLOWED, branches=("main", "preview")), Repository(NOT_ALLOWED)], announces=True)
