"""Every Git host by commands, as a program drives it: connect, add a service, verify, the gate; and what is refused."""
from __future__ import annotations

import pytest

from checks.providers import PROVIDERS
from tests.peers.git_host import need_git
from tests.peers.git_stands import STANDS

CONNECTED = {"id", "organisation", "integration", "provider", "settings", "credentials", "status"}
GIT = {provider.slug: provider for provider in PROVIDERS if "app" in provider.serves}


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


@pytest.fixture(params=STANDS)
def stand(request, tmp_path):
    need_git()
    made = STANDS[request.param](tmp_path / "host")
    with made.host:
        yield made


def test_every_git_provider_has_a_stand():
    assert set(STANDS) == set(GIT)


def connect(acme, stand, **changes):
    document = {"settings": {**stand.settings(stand.host.origin), **changes}, "credentials": dict(stand.credentials)}
    return acme.json("connect", "acme", stand.provider.slug, "git", stdin=document)


def test_it_is_connected_verified_and_ready_and_when_it_goes_away_nobody_is_blamed(acme, stand):
    told = connect(acme, stand)
    assert set(told) - {"webhook_url"} == CONNECTED
    assert ("webhook_url" in told) == (stand.provider.hook is not None)
    assert (told["status"], told["credentials"]) == ("unverified", sorted(stand.credentials))
    target = {"repository": stand.clone_url(stand.host.origin, "one"), "ref": "main"}
    acme.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git", "target": target})
    run = acme.json("verify", "acme", "git")
    assert run["integration_status"] == "verified", [f for f in run["findings"] if f["required"] and f["status"] != "pass"]
    declared = [check.slug for check in stand.provider.rows(stand.settings(stand.host.origin))]
    assert [f["check"] for f in run["findings"]] == declared
    assert acme.json("preflight", "acme", "web")["ready"] is True
    said = f"{told}{run}"
    assert not [secret for secret in stand.secrets if secret in said]
    stand.host.stop()
    run = acme.json("verify", "acme", "git", expect=3)
    assert (run["status"], run["integration_status"]) == ("unknown", "verified")
    assert not [f for f in run["findings"] if f["status"] == "fail"]


def test_a_branch_that_is_not_there_stops_the_deploy_with_the_branch_to_write(acme, stand):
    connect(acme, stand)
    target = {"repository": stand.clone_url(stand.host.origin, "two"), "ref": "mian"}
    acme.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git", "target": target})
    run = acme.json("verify", "acme", "git", expect=1)
    (finding,) = [f for f in run["findings"] if f["check"] == "ref_exists"]
    assert (finding["status"], finding["cause"], finding["layer"]) == ("fail", "yours", "branch-missing")
    assert "Set the service's ref to main." in finding["remedy"]
    assert run["integration_status"] == "broken"
