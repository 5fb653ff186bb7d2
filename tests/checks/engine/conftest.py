"""The loopback provider in this process, an integration of it, and whole installations that know it."""
from __future__ import annotations

import pytest

from checks.engine.keys import keyring
from checks.models import Integration, Service
from checks.providers import BY_SLUG
from tests.checks.engine.loopback import Server, loopback

TOKEN = "good-token-of-the-tests"


@pytest.fixture
def server():
    running = Server()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setitem(BY_SLUG, loopback.slug, loopback)
    return loopback


@pytest.fixture
def make_integration(people, server, provider):
    """Integrations of the loopback provider, as connecting would save them."""
    def make(name: str = "main", token: str = TOKEN, organisation=None, **settings) -> Integration:
        made = Integration(organisation=organisation or people.acme, provider=provider.slug, name=name,
                           settings={"address": server.address, "mode": "", **settings})
        if token:
            made.seal({"token": token}, provider.endpoint(made.settings), keyring())
        made.save()
        return made
    return make


@pytest.fixture
def integration(make_integration):
    return make_integration()


@pytest.fixture
def make_service():
    def make(integration: Integration, name: str = "shop") -> Service:
        return Service.objects.create(organisation=integration.organisation, name=name, kind="app",
                                      integration=integration, target={"repository": f"acme/{name}"})
    return make
