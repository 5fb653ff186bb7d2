"""Signing in, and being asked for the password once more."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.people import PASSWORD


@pytest.fixture
def signed_in():
    """signed_in(user) -> a client of that person's own."""

    def make(user, **extra) -> Client:
        client = Client(**extra)
        client.force_login(user)
        return client

    return make


@pytest.fixture
def sure(signed_in):
    """sure(user) -> a client whose password was given a moment ago."""

    def make(user) -> Client:
        client = signed_in(user)
        answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/email/"})
        assert answer.status_code == 302
        return client

    return make


@pytest.fixture(autouse=True)
def no_throttle(settings):
    """Tests that are about something else sign in more often than a person."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
