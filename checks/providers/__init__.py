"""Every provider, one line each, in the order of the checklist."""
from __future__ import annotations

from checks.providers.aws import aws
from checks.providers.azure_devops import azure_devops
from checks.providers.backup_storage import backup_storage
from checks.providers.base import Provider
from checks.providers.bitbucket import bitbucket
from checks.providers.docker_registry import docker_registry
from checks.providers.gitea import gitea
from checks.providers.github import github
from checks.providers.gitlab import gitlab
from checks.providers.worker_node import worker_node

PROVIDERS: tuple[Provider, ...] = (
    github,
    gitlab,
    bitbucket,
    gitea,
    azure_devops,
    docker_registry,
    backup_storage,
    aws,
    worker_node,
)

BY_SLUG: dict[str, Provider] = {provider.slug: provider for provider in PROVIDERS}
if len(BY_SLUG) != len(PROVIDERS):
    raise ValueError("Two providers share a slug.")
# Kind of secret, as the redactor names it → name and slug of the provider whose integrations hold it.
TOKEN_HOLDERS: dict[str, tuple[str, str]] = {
    kind: (provider.name, provider.slug) for provider in PROVIDERS for kind in provider.token_kinds}
