"""What a node is told of the services that run there, and their integrations of the node."""
from __future__ import annotations

import pytest
from django.utils import timezone

from checks.engine import known
from checks.models import Finding, Integration, Service
from checks.providers import BY_SLUG, PROVIDERS

pytestmark = pytest.mark.django_db
SETTINGS = {
    "gitea": {"base_url": "https://git.example.com/sub/"}, "gitlab": {"base_url": "https://gitlab.com"},
    "github": {"base_url": "https://github.com", "api_url": "https://api.github.com"},
    "bitbucket": {"base_url": "https://bitbucket.org", "api_url": "https://api.bitbucket.org"},
    "azure_devops": {"base_url": "https://dev.azure.com", "azure_organisation": "acme"},
    "docker_registry": {"host": "docker.io"},
    "backup_storage": {"endpoint": "", "region": "eu-central-1", "bucket": "dumps", "addressing": "auto"},
}
REACHED = {
    "gitea": "https://git.example.com/sub/", "gitlab": "https://gitlab.com/", "github": "https://github.com/",
    "bitbucket": "https://bitbucket.org/", "azure_devops": "https://dev.azure.com/acme/",
    "docker_registry": "https://registry-1.docker.io/v2/", "backup_storage": "https://s3.eu-central-1.amazonaws.com/",
}


@pytest.fixture
def node(people):
    return Integration.objects.create(organisation=people.acme, provider="worker_node", name="node-1",
                                      settings={"host": "203.0.113.7", "port": 22, "username": "deploy", "host_key": ""})


def service(node, slug, name=None):
    used = Integration.objects.create(organisation=node.organisation, provider=slug, name=slug.replace("_", "-"), settings=SETTINGS[slug])
    return Service.objects.create(organisation=node.organisation, name=name or used.name, kind="app", integration=used, node=node)


def test_every_provider_that_serves_something_says_where_its_node_has_to_get():
    assert {p.slug for p in PROVIDERS if p.serves} == set(REACHED)


def test_a_node_is_told_the_address_of_each_services_host(node):
    for slug in SETTINGS:
        service(node, slug)
    assert known.facts(node)["upstream"] == {slug.replace("_", "-"): url for slug, url in REACHED.items()}


def test_a_service_whose_integration_is_gone_is_left_out(node):
    kept, gone, orphan = service(node, "gitea"), service(node, "gitlab"), service(node, "github")
    Integration.objects.filter(pk=gone.integration_id).update(removed_at=timezone.now())
    Integration.objects.filter(pk=orphan.integration_id).delete()
    unknown = service(node, "bitbucket")
    Integration.objects.filter(pk=unknown.integration_id).update(provider="no-longer")
    assert known.facts(node)["upstream"] == {kept.name: REACHED["gitea"]}


def test_what_is_no_node_is_told_the_architecture_of_its_services_nodes(node):
    one = service(node, "docker_registry", "shop")
    Service.objects.create(organisation=node.organisation, name="elsewhere", kind="docker", integration=one.integration)
    facts = known.facts(one.integration)
    assert facts["node_architecture"] == {}
    assert "upstream" not in facts
    Finding.objects.create(integration=node, check_slug="system_supported", position=5, title="x", status="pass", evidence="x", required=True,
                           facts={"architecture": "arm64"}, checked_at=timezone.now(), since=timezone.now())
    assert known.facts(one.integration)["node_architecture"] == {"shop": "arm64"}


def test_an_address_never_holds_a_credential_or_a_query():
    for slug, url in REACHED.items():
        assert BY_SLUG[slug].reached_at(SETTINGS[slug], {"repository": "https://u:p@elsewhere.example.com/?x", "image": "a/b"}) == url
