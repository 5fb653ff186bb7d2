"""Azure DevOps as a peer: the real `git http-backend` on loopback, with repositories and tokens of each kind."""
from __future__ import annotations

import base64
import json

import pytest

from checks.demo.azure_devops_answers import MANAGE, READ, WRITE, AzureRepository, AzureToken
from checks.demo.azure_devops_host import AzureDevOpsHost
from tests.peers.git_host import starting

REPOSITORIES = (
    AzureRepository("shop", "web", branches=("main", "dev", "develop", "feature/login"), tags=("v1", "v2"),
                    readers=("deploy",), writers=("writer", "lead"), bypass=("lead",),
                    closed={"main": ("Minimum number of reviewers",)}),
    AzureRepository("shop", "both", branches=("main", "v1"), tags=("v1",), readers=("deploy",)),
    AzureRepository("shop", "empty", branches=(), readers=("deploy",)),
    AzureRepository("shop", "off", readers=("deploy",), disabled=True),
    AzureRepository("shop", "denied", denied=("deploy",)),
    AzureRepository("shop", "secret"),
    AzureRepository("tools", "tools", readers=("deploy",)),
    AzureRepository("My Project", "web app", readers=("deploy",)),
    AzureRepository("leaving", "old", readers=("deploy",), state="deleting"),
)
OPEN = AzureRepository("open", "site", public=True, readers=("deploy",))  # makes the organization answer strangers


def pat(sign: str) -> str:
    return sign * 76 + "AZDO" + "0000"


def jwt(**claims) -> str:
    def part(document):
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


ENTRA = jwt(scp="user_impersonation", exp=1795435200)  # 2026-11-23T12:00:00Z
TOKENS = {
    "reader": AzureToken(pat("a"), "deploy"),
    "older": AzureToken("a2" * 26, "deploy"),
    "quiet": AzureToken(pat("b"), "deploy", says_nothing=True),
    "writer": AzureToken(pat("c"), "writer", (WRITE,)),
    "manager": AzureToken(pat("d"), "writer", (MANAGE,)),
    "lead": AzureToken(pat("e"), "lead", (MANAGE,)),
    "writes_unheard": AzureToken(pat("f"), "deploy", (WRITE,)),
    "work": AzureToken(pat("g"), "deploy", ("Work Items (Read)",)),
    "broad": AzureToken(pat("h"), "deploy", (READ, "Work Items (Read)", "Build (Read)", "Agent Pools (Read)")),
    "full": AzureToken(pat("i"), "deploy", ("Full access",)),
    "revoked": AzureToken(pat("j"), "deploy", revoked=True),
    "expired": AzureToken(pat("k"), "deploy", expired=True),
    "stranger": AzureToken(pat("m"), "somebody", stranger=True),
    "entra": AzureToken(ENTRA, "lead", ("Full access",)),
    "entra_writes": AzureToken(jwt(scp="vso.code_write", exp=1795435200), "writer", (WRITE,)),
    "entra_reads": AzureToken(jwt(scp="vso.code", exp=1795435200), "writer"),
    "entra_service": AzureToken(jwt(appid="x", exp=1795435200), "deploy"),
}


@pytest.fixture
def azure_hosts(tmp_path, loopback, shared_git_root):
    """Start hosts with options of AzureDevOpsHost; all are stopped at the end."""
    def make(*, own=False, **options) -> AzureDevOpsHost:
        options = {"repositories": REPOSITORIES, "tokens": TOKENS.values(), **options}
        return AzureDevOpsHost(tmp_path if own else shared_git_root / "azure_devops", **options)
    yield from starting(make)


@pytest.fixture
def azure_host(azure_hosts) -> AzureDevOpsHost:
    """One organization of Services with everything, private as a whole."""
    return azure_hosts()
