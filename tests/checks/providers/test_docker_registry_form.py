"""The form: what is mended and said, and what is refused at its field."""
from __future__ import annotations

import pytest

from checks.actions.connect import connect, edit
from checks.actions.errors import Invalid
from checks.providers.docker_registry import docker_registry

pytestmark = pytest.mark.django_db


def saved(organisation, host="ghcr.io", username="acme", password="a-password", **more):
    settings = {"host": host, "username": username, **more}
    return connect(organisation=organisation, actor=None, provider="docker_registry", name="images",
                   settings=settings, credentials={"password": password})


@pytest.fixture
def organisation(db):
    from organisations.models import Organisation
    return Organisation.objects.create(name="Acme", slug="acme")


@pytest.fixture(autouse=True)
def _no_names(monkeypatch):
    import socket

    def nobody(*args, flags=0, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "later")
    monkeypatch.setattr(socket, "getaddrinfo", nobody)


@pytest.mark.parametrize(("typed", "stored", "note"), [
    ("ghcr.io", "ghcr.io", None), ("", "docker.io", None), ("docker.io", "docker.io", None),
    ("https://ghcr.io", "ghcr.io", "https:// was left out of the host: ghcr.io was saved."),
    ("ghcr.io/acme/app", "ghcr.io", "/acme/app was left out of the host: ghcr.io was saved."),
    ("https://index.docker.io/v1/", "docker.io", "https:// and /v1/ were left out of the host: docker.io was saved."),
    (" GHCR.io ", "ghcr.io", None), ("registry.example.com:5000", "registry.example.com:5000", None), ("ghcr.io:443", "ghcr.io", None),
])
def test_a_scheme_and_a_path_are_left_out_and_said(organisation, typed, stored, note):
    assert saved(organisation, typed).settings["host"] == stored
    form = docker_registry.form({"host": typed})
    assert form.is_valid()
    assert form.notes == ([note] if note else [])


def test_the_page_and_the_command_say_what_they_left_out(client, organisation, monkeypatch, capsys):
    import io

    from django.core.management import call_command

    from organisations.models import Membership, User
    ada = User.objects.create_user(email="ada@example.com", password="x")
    Membership.objects.create(organisation=organisation, user=ada, role="owner")
    client.force_login(ada)
    answer = client.post("/o/acme/integrations/new/docker_registry/", {
        "name": "images", "host": "https://ghcr.io/acme", "username": "acme", "password": "a-password", "confirm": "on"}, follow=True)
    assert "https:// and /acme were left out of the host: ghcr.io was saved." in answer.content.decode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"settings": {"host": "https://quay.io"}, "credentials": {}}')))
    call_command("connect", "acme", "docker_registry", "more")
    assert "host was saved as quay.io." in capsys.readouterr().out


def test_plain_http_stays_where_it_is_allowed(organisation, loopback):
    assert saved(organisation, "http://127.0.0.1:5000/v2/").settings["host"] == "http://127.0.0.1:5000"


def test_plain_http_is_refused_where_it_is_not(organisation, settings):
    settings.EGRESS_ALLOW_NETWORKS = ["127.0.0.0/8"]
    with pytest.raises(Invalid) as refused:
        saved(organisation, "http://127.0.0.1:5000")
    assert "Plain http would show the credential" in refused.value.errors["host"][0]


@pytest.mark.parametrize(("host", "text"), [
    ("two words", "no blanks"), ("user:pw@ghcr.io", "Leave user name and password out"), ("10.0.0.1", "10.0.0.1 is a private address"),
    ("ghcr.io:99999", "The port must be"), ("ghcr..io", "empty part"), ("gh\\cr.io", "backslash"),
])
def test_a_host_that_cannot_be_asked_is_refused_at_its_field(organisation, host, text):
    with pytest.raises(Invalid) as refused:
        saved(organisation, host)
    assert text in refused.value.errors["host"][0]


def test_neither_user_name_nor_password_means_public_images(organisation):
    integration = saved(organisation, username="", password="")
    assert (integration.settings["username"], integration.sealed) == ("", {})
    assert integration.status == "unverified"


@pytest.mark.parametrize(("username", "password", "field"), [("acme", "", "password"), ("", "a-password", "username")])
def test_one_without_the_other_is_refused(organisation, username, password, field):
    with pytest.raises(Invalid) as refused:
        saved(organisation, username=username, password=password)
    assert list(refused.value.errors) == [field]
    assert "is no credential: enter both, or neither for public images only." in refused.value.errors[field][0]


@pytest.mark.parametrize("username", ["a:b", "a\nb"])
def test_a_user_name_that_basic_cannot_carry_is_refused(organisation, username):
    with pytest.raises(Invalid) as refused:
        saved(organisation, username=username)
    assert list(refused.value.errors) == ["username"]


def test_a_password_is_kept_as_it_was_typed(organisation):
    form = docker_registry.form({"host": "ghcr.io", "username": "_json_key", "password": '{\n "a": 1\n}\n'})
    assert form.is_valid(), form.errors
    assert form.credential_values() == {"password": '{\n "a": 1\n}\n'}


def test_an_edit_keeps_the_password_and_a_new_host_drops_it(organisation):
    integration = saved(organisation)
    kept = edit(integration=integration, actor=None, settings={**integration.settings, "username": "other"}, credentials={}, check=False)
    assert sorted(kept.sealed) == ["password"]
    same = edit(integration=kept, actor=None, settings={**kept.settings, "host": "https://ghcr.io/"}, credentials={}, check=False)
    assert sorted(same.sealed) == ["password"]
    moved = edit(integration=same, actor=None, settings={**same.settings, "host": "quay.io"}, credentials={}, check=False)
    assert moved.sealed == {}


def test_an_integration_for_public_images_can_be_edited(organisation):
    integration = saved(organisation, username="", password="")
    assert edit(integration=integration, actor=None, settings={"host": "quay.io"}, credentials={}, check=False).settings["host"] == "quay.io"


def test_the_guide_has_a_step_for_each_vendor():
    steps = " ".join(step.text for step in docker_registry.guide.steps)
    for host in ("docker.io", "ghcr.io", "registry.gitlab.com", "quay.io", "Harbor", "dkr.ecr", "public.ecr.aws", "azurecr.io", "pkg.dev", "registry.digitalocean.com"):
        assert host in steps
    assert all(step.link.startswith("https://") for step in docker_registry.guide.steps)
    assert docker_registry.pick is None
