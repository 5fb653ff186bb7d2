"""image_host_matches: offline, by the grammar of Docker itself. A port of nobody is asked by none of these."""
from __future__ import annotations

import pytest

from checks.verdict import Cause, Layer, Status
from tests.checks.providers.registry_run import run, said

SHA = "a" * 64


def matches(host, image, username=""):
    rows = run(host, username, "a-password" if username else "", image)
    return rows["image_host_matches"]


@pytest.fixture(autouse=True)
def _no_names(name_servers):
    """No name has an address here, so nothing can be asked."""


@pytest.mark.parametrize(("host", "image", "full"), [
    ("docker.io", "acme/app:1", "docker.io/acme/app:1"), ("docker.io", "redis", "docker.io/library/redis:latest"),
    ("docker.io", "docker.io/acme/app:1", "docker.io/acme/app:1"), ("docker.io", "index.docker.io/acme/app", "docker.io/acme/app:latest"),
    ("index.docker.io", "acme/app:1", "docker.io/acme/app:1"), ("registry-1.docker.io", "acme/app:1", "docker.io/acme/app:1"),
    ("registry.hub.docker.com", "acme/app:1", "docker.io/acme/app:1"), ("hub.docker.com", "acme/app:1", "docker.io/acme/app:1"),
    ("ghcr.io", "ghcr.io/acme/app:1.4", "ghcr.io/acme/app:1.4"), ("ghcr.io", "ghcr.io:443/acme/app:1.4", "ghcr.io:443/acme/app:1.4"),
    ("ghcr.io:443", "ghcr.io/acme/app:1.4", "ghcr.io/acme/app:1.4"), ("GHCR.IO", "ghcr.io/acme/app:1.4", "ghcr.io/acme/app:1.4"),
    ("registry.example.com:5000", "registry.example.com:5000/app", "registry.example.com:5000/app:latest"),
    ("ghcr.io", f"ghcr.io/acme/app:1@sha256:{SHA}", f"ghcr.io/acme/app:1@sha256:{SHA}"),
])
def test_an_image_of_this_registry_passes(host, image, full):
    verdict = matches(host, image)
    assert verdict.status is Status.PASS
    assert verdict.evidence.startswith(f"{full} was an image of this integration's registry, ")
    assert verdict.facts["image"] == full


@pytest.mark.parametrize(("host", "image", "means", "suggested"), [
    ("ghcr.io", "acme/app:1.4", "docker.io/acme/app:1.4", "ghcr.io/acme/app:1.4"),
    ("ghcr.io", "acme/app", "docker.io/acme/app:latest", "ghcr.io/acme/app:latest"),
    ("registry.example.com:5000", "app:1", "docker.io/library/app:1", "registry.example.com:5000/app:1"),
    ("registry.example.com", f"app@sha256:{SHA}", f"docker.io/library/app@sha256:{SHA}", f"registry.example.com/app@sha256:{SHA}"),
    ("myhost:5000", "myhost/app:1", "docker.io/myhost/app:1", "myhost:5000/myhost/app:1"),
])
def test_an_image_without_a_host_means_docker_hub_and_its_full_name_is_offered(host, image, means, suggested):
    verdict = matches(host, image)
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST)
    assert verdict.evidence == f"“{image}” names no host, so it means {means}, and this integration is {host}."
    assert verdict.remedy == f"Set the service's image to its full name, {suggested}."
    assert verdict.facts["suggested"] == suggested


def test_where_the_path_cannot_be_right_there_its_shape_is_shown_instead():
    verdict = matches("ghcr.io", "app:1.4")
    assert (verdict.status, verdict.facts["suggested"]) == (Status.FAIL, "")
    assert verdict.remedy.endswith("ghcr.io/OWNER/IMAGE:1.4.")


@pytest.mark.parametrize(("host", "image", "there"), [
    ("ghcr.io", "quay.io/acme/app:1", "quay.io"), ("docker.io", "ghcr.io/acme/app:1", "ghcr.io"),
    ("ghcr.io", "docker.io/acme/app:1", "docker.io"), ("docker.io", "localhost/app", "localhost"),
    ("ghcr.io", "GHCR/acme/app", "GHCR"), ("ghcr.io", "ghcr.io.example.com/acme/app", "ghcr.io.example.com"),
])
def test_an_image_of_another_registry_fails(host, image, there):
    verdict = matches(host, image)
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_HOST)
    assert f"is an image of {there}, and this integration is {host}; nothing was asked with its credential." in verdict.evidence
    assert f"connect {there} as an integration of its own" in verdict.remedy
    assert verdict.facts["suggested"] == ""


def test_another_port_is_another_registry():
    verdict = matches("registry.example.com:5000", "registry.example.com/acme/app:1")
    assert (verdict.status, "Its port is another" in verdict.evidence) == (Status.FAIL, True)
    assert verdict.facts["suggested"] == "registry.example.com:5000/acme/app:1"


@pytest.mark.parametrize("alias", ["registry-1.docker.io", "registry.hub.docker.com"])
def test_another_name_of_docker_hub_in_an_image_is_warned_of(alias):
    verdict = matches("docker.io", f"{alias}/acme/app:1")
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_HOST)
    assert verdict.facts["suggested"] == "docker.io/acme/app:1"
    assert "Docker does not use the credential of docker.io" in verdict.evidence


def test_docker_hubs_web_site_is_no_registry():
    verdict = matches("docker.io", "hub.docker.com/acme/app:1")
    assert (verdict.status, verdict.facts["suggested"]) == (Status.FAIL, "docker.io/acme/app:1")
    assert "web site, which is no registry" in verdict.evidence


@pytest.mark.parametrize(("host", "image", "error", "suggested"), [
    ("ghcr.io", "https://ghcr.io/acme/app:1.4", "invalid reference format", "ghcr.io/acme/app:1.4"),
    ("ghcr.io", "ghcr.io/acme/app/", "invalid reference format", "ghcr.io/acme/app:latest"),
    ("ghcr.io", "ghcr.io/Acme/App:V1", "repository name (Acme/App) must be lowercase", "ghcr.io/acme/app:V1"),
    ("ghcr.io", "Acme/App:V1", "repository name (App) must be lowercase", "ghcr.io/acme/app:V1"),
    ("ghcr.io", "docker pull ghcr.io/acme/app:1", "invalid reference format", "ghcr.io/acme/app:1"),
    ("docker.io", "https://hub.docker.com/r/acme/app/tags", "invalid reference format", "docker.io/acme/app:latest"),
    ("docker.io", "https://hub.docker.com/_/redis", "invalid reference format", "docker.io/library/redis:latest"),
    ("ghcr.io", "https://github.com/acme/app/pkgs/container/app", "invalid reference format", "ghcr.io/acme/app:latest"),
    ("ghcr.io", "https://github.com/orgs/acme/packages/container/package/app", "invalid reference format", "ghcr.io/acme/app:latest"),
    ("quay.io", "https://quay.io/repository/acme/app?tab=tags", "invalid reference format", "quay.io/acme/app:latest"),
    ("ghcr.io", "https://quay.io/acme/app", "invalid reference format", ""),
    ("ghcr.io", "ghcr.io/acme/app:", "invalid reference format", ""),
    ("ghcr.io", f"ghcr.io/acme/app@sha256:{'a' * 40}", "invalid checksum digest length", ""),
    ("ghcr.io", SHA, f"invalid repository name ({SHA}), cannot specify 64-byte hexadecimal strings", ""),
])
def test_what_is_no_reference_fails_in_dockers_own_words(host, image, error, suggested):
    verdict = matches(host, image)
    assert said(verdict) == (Status.FAIL, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert f"is no image reference: {'invalid reference format: ' if error.startswith('repo') else ''}{error}." in verdict.evidence
    assert verdict.facts["suggested"] == suggested
    assert suggested in verdict.remedy


@pytest.mark.parametrize(("host", "path", "shape"), [
    ("ghcr.io", "app", "OWNER/IMAGE"), ("quay.io", "acme/team/app", "ORGANISATION/REPOSITORY"),
    ("docker.io", "acme/team/app", "NAMESPACE/REPOSITORY"), ("registry.gitlab.com", "app", "GROUP/PROJECT"),
    ("europe-docker.pkg.dev", "app", "PROJECT/REPOSITORY/IMAGE"),
])
def test_a_path_that_the_vendor_does_not_have_is_warned_of(host, path, shape):
    verdict = matches(host, f"{host}/{path}:1")
    assert said(verdict) == (Status.WARN, Cause.YOURS, Layer.REGISTRY_NAMESPACE)
    assert shape in verdict.evidence
    assert shape in verdict.remedy


def test_a_mismatch_asks_nothing_about_the_image():
    rows = run("ghcr.io", "user", "a-password", "acme/app:1")
    assert rows["host_is_registry"].layer is Layer.DNS
    assert rows["pull_permitted"].status is rows["image_exists"].status is Status.SKIPPED
