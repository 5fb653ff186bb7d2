"""The whole way by commands: connect, add a service, verify, the gate; against the real registry with a token service."""
from __future__ import annotations

import pytest

from tests.peers.registry_tokens import password_of


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


def connect(acme, registry, user="puller"):
    credentials = {"password": password_of(user)} if user else {}
    return acme.json("connect", "acme", "docker_registry", "images", stdin={
        "settings": {"host": f"{registry.url}/v2/", "username": user}, "credentials": credentials})


def serve(acme, image):
    acme.json("add_service", "acme", "web", stdin={"kind": "docker", "integration": "images", "target": {"image": image}})


def test_an_image_that_can_be_pulled_makes_its_service_ready(acme, token_registry):
    document = connect(acme, token_registry)
    assert document["settings"] == {"host": token_registry.url, "username": "puller", "token_expires_on": ""}
    assert document["credentials"] == ["password"]
    serve(acme, f"{token_registry.host}/team/app:1.0")
    run = acme.json("verify", "acme", "images")
    assert (run["status"], run["integration_status"]) == ("pass", "verified")
    assert password_of("puller") not in f"{run}"
    gate = acme.json("preflight", "acme", "web")
    assert (gate["ready"], gate["status"]) == (True, "pass")


def test_signing_in_proves_nothing_that_a_deploy_needs(acme, token_registry):
    connect(acme, token_registry, "outsider")
    assert acme.json("verify", "acme", "images")["integration_status"] == "unverified"
    serve(acme, f"{token_registry.host}/team/app:1.0")
    assert acme.json("verify", "acme", "images", expect=1)["integration_status"] == "broken"


def test_public_images_alone_are_verified_without_a_credential(acme, token_registry):
    connect(acme, token_registry, "")
    serve(acme, f"{token_registry.host}/public/site:1.0")
    run = acme.json("verify", "acme", "images")
    assert (run["status"], run["integration_status"]) == ("pass", "verified")


def test_a_registry_that_is_away_leaves_the_organisation_unblamed(acme, token_registry):
    connect(acme, token_registry)
    serve(acme, f"{token_registry.host}/team/app:1.0")
    acme.json("verify", "acme", "images")
    token_registry.tokens.issuer = "somebody-else"
    run = acme.json("verify", "acme", "images", expect=3)
    assert (run["status"], run["integration_status"]) == ("unknown", "verified")
    assert {f["cause"] for f in run["findings"] if f["required"] and f["status"] == "unknown"} == {"provider"}


@pytest.mark.parametrize(("settings", "credentials", "field"), [
    ({"host": "ghcr.io", "username": "acme"}, {}, "password"), ({"host": "ghcr.io"}, {"password": "x"}, "username"),
    ({"host": "10.0.0.1"}, {}, "host"), ({"registry": "ghcr.io"}, {}, "registry"),
])
def test_what_cannot_be_right_is_refused_at_its_field(acme, settings, credentials, field):
    done = acme.run("connect", "acme", "docker_registry", "images", "--json", stdin={"settings": settings, "credentials": credentials})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{field}: ")
