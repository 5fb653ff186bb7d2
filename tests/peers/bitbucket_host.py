"""Bitbucket Cloud and Data Center as peers on loopback, with repositories and credentials of each kind."""
from __future__ import annotations

import pytest

from checks.demo.bitbucket_answers import Credential
from checks.demo.bitbucket_data_center import DataCenterHost, HttpToken
from checks.demo.bitbucket_host import BitbucketHost
from checks.demo.git_repositories import Repository
from tests.peers.git_host import starting

REPOSITORIES = (
    Repository("acme/web", branches=("main", "dev", "develop", "feature/login"), tags=("v1", "v2"), readers=("deploy",),
               writers=("writer",)),
    Repository("acme/site", private=False),
    Repository("acme/empty", branches=(), readers=("deploy",)),
    Repository("acme/old", archived=True, readers=("deploy",)),
    Repository("acme/secret"),
    Repository("other/tool", readers=("deploy",)),
)
READS, USER = "read:repository:bitbucket", "read:user:bitbucket"
WRITES, SPACES = "write:repository:bitbucket", "read:workspace:bitbucket"
CREDENTIALS = {
    "api": Credential("ATATT3x01reader", "api_token", (READS, USER)),
    "api_bare": Credential("ATATT3x02bare", "api_token", (READS,)),
    "api_lists": Credential("ATATT3x03lists", "api_token", (READS, SPACES)),
    "api_writer": Credential("ATATT3x04writer", "api_token", (READS, WRITES, USER), user="writer"),
    "api_writes_unheard": Credential("ATATT3x05unheard", "api_token", (READS, WRITES)),
    "api_admin": Credential("ATATT3x06admin", "api_token", ("admin:repository:bitbucket", USER)),
    "api_only_writes": Credential("ATATT3x07only", "api_token", (WRITES, USER), user="writer"),
    "api_unscoped": Credential("ATATT3x08unscoped", "api_token", ()),
    "api_revoked": Credential("ATATT3x09revoked", "api_token", (READS,), revoked=True),
    "repository": Credential("ATCTT3x01repository"),
    "repository_writes": Credential("ATCTT3x02writes", scopes=("repository:write",)),
    "repository_admin": Credential("ATCTT3x03admin", scopes=("repository", "repository:admin", "webhook")),
    "repository_pulls": Credential("ATCTT3x04pulls", scopes=("pipeline",)),
    "repository_read_only": Credential("ATCTT3x05readonly", scopes=("repository:write",), writes=False),
    "repository_revoked": Credential("ATCTT3x06revoked", revoked=True),
    "project": Credential("ATCTT3x07project", "project_access_token", opens="acme"),
    "workspace": Credential("ATCTT3x08workspace", "workspace_access_token", opens="acme"),
}
TOKENS = {"own": HttpToken("BBDC-own"), "writer": HttpToken("BBDC-writer", user="writer", writes=True),
          "project": HttpToken("BBDC-project", own=False)}


@pytest.fixture(scope="session")
def shared_bitbucket_root(tmp_path_factory):
    return tmp_path_factory.mktemp("bitbucket")


@pytest.fixture
def bitbucket_hosts(loopback, shared_bitbucket_root):
    """Start hosts of Cloud with options of BitbucketHost; all are stopped at the end."""
    yield from _starting(BitbucketHost, shared_bitbucket_root, credentials=CREDENTIALS.values())


@pytest.fixture
def data_centers(loopback, shared_bitbucket_root):
    """Start Data Centers with options of DataCenterHost; all are stopped at the end."""
    yield from _starting(DataCenterHost, shared_bitbucket_root, tokens=TOKENS.values())


def _starting(kind, root, **usual):
    yield from starting(lambda **options: kind(root, **{"repositories": REPOSITORIES, **usual, **options}))


@pytest.fixture
def bitbucket_host(bitbucket_hosts) -> BitbucketHost:
    return bitbucket_hosts()


@pytest.fixture
def data_center(data_centers) -> DataCenterHost:
    return data_centers()
