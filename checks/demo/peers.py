"""The peers of the demo: what stands in its Git host and in its S3 server."""
from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from checks.demo.git_answers import Token
from checks.demo.git_host import GitHost
from checks.demo.git_repositories import Repository
from checks.demo.s3_host import S3Host

READER = Token("0f1e2d3c4b5a69788796a5b4c3d2e1f001234567", user="acme", scopes=("read:repository", "read:user"))
REPOSITORIES = (
    Repository("acme/shop", branches=("main", "develop", "release-2"), tags=("v1.0.0", "v1.1.0")),
    Repository("acme/website", private=False),
)


def start_peers(where: Path, ending: ExitStack) -> tuple[GitHost, S3Host]:
    """Start both; `ending` stops them."""
    git = ending.enter_context(GitHost(where / "repositories", repositories=REPOSITORIES, tokens=[READER]))
    s3 = ending.enter_context(S3Host())
    return git, s3
