"""The demo's GitHub as a peer: the real `git http-backend` on loopback behind a GitHub App with installations of each kind.

The App's key is made once a session; none is stored.
"""
from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checks.demo.git_repositories import Repository
from checks.demo.github_host import GitHubHost
from checks.demo.github_world import Account, App, Installation, InstallationRequest
from tests.peers.git_host import starting

APP_ID, SLUG = 123456, "dflow-deploys"
CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET = "Iv23liDemoDemoDemo01", "c0ffee" * 6 + "cafe", "It's a Secret to Everybody"
SELECTED, PERSONAL, SUSPENDED = 1, 2, 3  # installations: of acme, of alice, of sleepy
REPOSITORIES = (
    Repository("acme/web", branches=("main", "dev", "develop", "feature/login"), tags=("v1", "v2")),
    Repository("acme/hidden"),  # not on the list of installation 1
    Repository("acme/site", private=False),
    Repository("acme/both", branches=("main", "v1"), tags=("v1",)),
    Repository("acme/old", archived=True),
    Repository("acme/empty", branches=()),
    Repository("alice/blog", branches=("main", "draft")),
    Repository("sleepy/app"),
    Repository("stranger/closed"),  # of an account without an installation
)
ALLOWED = ("acme/web", "acme/site", "acme/both", "acme/old", "acme/empty")
MOVED = {"acme/was": "acme/web"}


def an_app(key, **changes) -> App:
    """The App of the example world, with what a test changes."""
    return App(**{"id": APP_ID, "slug": SLUG, "name": "dFlow deploys", "public_key": key, "client_id": CLIENT_ID,
                  "client_secret": CLIENT_SECRET, "webhook_secret": WEBHOOK_SECRET, "owner": "acme", "public": True,
                  "hook_url": "http://127.0.0.1:9/webhooks/github/1", **changes})


def accounts() -> list[Account]:
    return [Account("acme", "Organization", owners=("olga",), members=("alice",)), Account("sleepy", "Organization"),
            Account("olga"), Account("alice"), Account("mallory"), Account("waiting", "Organization", owners=("olga",))]


def installations() -> list[Installation]:
    return [Installation(SELECTED, "acme", selection="selected", repositories=list(ALLOWED)),
            Installation(PERSONAL, "alice", "User"),
            Installation(SUSPENDED, "sleepy", suspended_by="olga")]


def requests() -> list[InstallationRequest]:
    return [InstallationRequest(71, "waiting", "alice")]


@pytest.fixture(scope="session")
def github_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    """Of another App."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def github_pem(github_key) -> str:
    """As GitHub lets people download it."""
    return pem_of(github_key)


def signed(key, **claims) -> str:
    """A JWT of the example App, as GitHub wants it, with the claims that a test changes."""
    now = int(time.time())
    return jwt.encode({"iat": now - 60, "exp": now + 540, "iss": str(APP_ID), **claims}, key, algorithm="RS256")


def pem_of(key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture(scope="session")
def shared_github_root(tmp_path_factory):
    return tmp_path_factory.mktemp("github")


@pytest.fixture
def github_hosts(tmp_path, loopback, shared_github_root, github_key):
    """Start GitHubs with options of GitHubHost and, as `app`, changes to the example App; all are stopped at the end.

    Their repositories are made once a session: a test that writes to them asks for `own=True`.
    """
    def make(*, own=False, app=None, **options) -> GitHubHost:
        options = {"apps": [an_app(github_key, **(app or {}))], "accounts": accounts(), "installations": installations(),
                   "requests": requests(), "repositories": REPOSITORIES, "moved": MOVED, "make_key": lambda: github_key,
                   "hook_timeout": 5.0, "person": "olga", **options}
        return GitHubHost(tmp_path if own else shared_github_root, **options)
    yield from starting(make)


@pytest.fixture
def github_host(github_hosts) -> GitHubHost:
    """One with everything, as an Enterprise Server: the API below /api/v3."""
    return github_hosts()
