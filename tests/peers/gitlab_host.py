"""The demo's GitLab as a peer: the real `git http-backend` on loopback, with projects and tokens of each kind."""
from __future__ import annotations

import pytest

from checks.demo.git_repositories import Repository
from checks.demo.gitlab_host import GitLabHost, GitLabToken
from tests.peers.git_host import starting

DEEP = "acme/" + "/".join(f"g{number}" for number in range(1, 21)) + "/web"
PROJECTS = (
    Repository("acme/team/web", branches=("main", "dev", "develop", "feature/login"), tags=("v1", "v2"),
               readers=("deploy",), writers=("writer",), protected=("main",)),
    Repository("acme/site", private=False),
    Repository(DEEP, readers=("deploy",)),
    Repository("acme/both", branches=("main", "v1"), tags=("v1",), readers=("deploy",)),
    Repository("acme/empty", branches=(), readers=("deploy",)),
    Repository("acme/bare", branches=(), readers=("deploy",)),
    Repository("acme/old", archived=True, readers=("deploy",), writers=("writer",)),
    Repository("acme/off", readers=("deploy",)),
    Repository("acme/guests"),
    Repository("acme/sso", readers=("deploy",)),
    Repository("acme/secret"),
)
BLOCKED = "Your account has been blocked."
DEPLOY_NAME = "gitlab+deploy-token-7"


def value(letters: str) -> str:
    return f"glpat-{letters * 10}"


TOKENS = {
    "reader": GitLabToken(value("aa")),
    "bare": GitLabToken(value("ab"), scopes=("read_repository",)),
    "api": GitLabToken(value("ac"), scopes=("api",)),
    "read_api": GitLabToken(value("ad"), scopes=("read_api",)),
    "user_only": GitLabToken(value("ae"), scopes=("read_user",)),
    "registry": GitLabToken(value("af"), scopes=("read_registry",)),
    "writer": GitLabToken(value("ag"), "writer", scopes=("write_repository", "read_api")),
    "writer_bare": GitLabToken(value("ah"), "writer", scopes=("write_repository",)),
    "writes_unheard": GitLabToken(value("ai"), scopes=("write_repository", "read_api")),
    "expired": GitLabToken(value("aj"), state="expired"),
    "revoked": GitLabToken(value("ak"), state="revoked"),
    "impersonation": GitLabToken(value("al"), state="impersonation"),
    "blocked": GitLabToken(value("am"), denied=BLOCKED),
    "dpop": GitLabToken(value("an"), dpop=True),
    "endless": GitLabToken(value("ao"), expires_at=None),
    "soon": GitLabToken(value("ap"), expires_at="2026-12-01"),
    "fine": GitLabToken(value("aq"), scopes=("granular",), permissions=("Code: Read",)),
    "fine_told": GitLabToken(value("ar"), scopes=("granular",), permissions=(
        "Code: Read", "Personal Access Token: Read", "User: Read", "Project: Read")),
    "root": GitLabToken(value("as"), scopes=("api", "sudo", "admin_mode", "read_repository")),
    "project": GitLabToken(value("at"), "project_bot", "project", within="acme/team/web"),
    "group": GitLabToken(value("au"), "group_bot", "group", within="acme/team"),
    "project_bare": GitLabToken(value("av"), "project_bot", "project", ("read_repository",), within="acme/team/web"),
    "deploy": GitLabToken("gldt-" + "b" * 20, "", "deploy", ("read_repository",), within="acme/team/web",
                          username=DEPLOY_NAME),
    "deploy_registry": GitLabToken("gldt-" + "c" * 20, "", "deploy", ("read_registry",), within="acme/team/web",
                                   username=DEPLOY_NAME),
    "oauth": GitLabToken("d" * 64, kind="oauth", scopes=("read_repository", "read_api")),
    "no_prefix": GitLabToken("custom_" + "e" * 20),
}


@pytest.fixture
def gitlab_hosts(loopback, shared_git_root):
    """Start GitLabs with options of GitLabHost; all are stopped at the end. Their repositories are shared: read only."""
    def make(**options) -> GitLabHost:
        options = {"repositories": PROJECTS, "tokens": TOKENS.values(), "guests": {"acme/guests": ("deploy",)},
                   "disabled": ("acme/off",), "bare": ("acme/bare",), "sso": ("acme/sso",),
                   "moved": {"acme/was": "acme/team/web"}, **options}
        return GitLabHost(shared_git_root / "gitlab", **options)
    yield from starting(make)


@pytest.fixture
def gitlab_host(gitlab_hosts) -> GitLabHost:
    return gitlab_hosts()
