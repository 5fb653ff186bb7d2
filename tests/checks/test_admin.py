"""The admin: every model of ours to look at, nothing sealed, no queue, and asking again."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin

from checks.models import AccountHolder, Approval, Badge, CacheEntry, Delivery, HandOff, HookRefusal, Run, SetupState
from organisations.models import AuditEvent
from tests.checks.pages.conftest import SECRET, Scene
from tests.people import make_user

OURS = [m for m in apps.get_app_config("checks").get_models() if m is not CacheEntry]


@pytest.fixture
def scene(people):
    return Scene(people.acme)


@pytest.fixture
def operator(db, client):
    root = make_user("root@example.com", is_staff=True, is_superuser=True)
    client.force_login(root)
    client.user = root
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda m: m.__name__)
def test_every_model_has_a_list_with_a_search_and_can_not_be_changed(operator, scene, model):
    row = scene.verified()
    scene.flip(row)
    name = model._meta.model_name
    answer = operator.get(f"/admin/checks/{name}/?q=gitea")
    assert answer.status_code == 200
    assert 'name="q"' in answer.content.decode()
    assert operator.get(f"/admin/checks/{name}/add/").status_code == 403
    one = model.objects.first()
    if one is not None:
        page = operator.get(f"/admin/checks/{name}/{one.pk}/change/")
        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
        assert operator.post(f"/admin/checks/{name}/{one.pk}/delete/", {"post": "yes"}).status_code == 403


def test_of_a_credential_only_name_date_and_the_start_of_its_fingerprint_show(operator, scene):
    row = scene.verified()
    text = operator.get(f"/admin/checks/integration/{row.pk}/change/").content.decode()
    print_ = row.credential_facts["token"]["fingerprint"]
    assert f"token: set {row.credential_facts['token']['set_at']}, fingerprint {print_[:8]}</li>".replace(
        "+", "&#x2B;"
    ) in text.replace("+", "&#x2B;")
    assert print_ not in text
    assert SECRET not in text
    assert row.sealed["token"] not in text
    assert row.sealed["token"][:24] not in text


def test_of_a_set_up_neither_nonce_nor_code_shows(operator, scene, people):
    from uuid import uuid4

    state = SetupState.objects.create(
        nonce="n" * 64,
        session="s" * 64,
        step="create",
        provider="github",
        organisation=people.acme,
        person=people.alice,
        integration_id=uuid4(),
        sealed_code="v1.sealed",
        expires_at=scene.now,
        details={"name": "git-main"},
    )
    for path in ("", f"{state.pk}/change/"):
        text = operator.get(f"/admin/checks/setupstate/{path}").content.decode()
        assert "alice@example.com" in text
        assert not [secret for secret in (state.nonce, state.session, state.sealed_code) if secret in text]


def test_what_came_and_who_holds_what_can_be_looked_up(operator, scene, people):
    row = scene.verified()
    Delivery.objects.create(integration=row, delivery="d-1", name="push", repository="acme/web", at=scene.now)
    HookRefusal.objects.create(integration=row, why="The signature does not match.", count=3, at=scene.now)
    AccountHolder.objects.create(provider="gitea", account_key="installation 7", organisation=people.acme, integration=row)
    Approval.objects.create(integration=row, account="acme", asked_by=people.alice, asked_at=scene.now)
    for path, shown in (
        ("delivery/?q=acme/web", "push"),
        ("hookrefusal/?q=signature", "gitea-main"),
        ("accountholder/?q=installation", "Acme"),
        ("approval/?q=acme", "gitea-main"),
    ):
        page = operator.get(f"/admin/checks/{path}").content.decode()
        assert shown in page, path
        assert "1 result" in page or "paginator" in page


def test_no_table_of_the_queue_shows(operator):
    assert not [m for m in admin.site._registry if m._meta.app_label == "django_q"]
    assert operator.get("/admin/django_q/").status_code == 404
    assert "django_q" not in operator.get("/admin/").content.decode()


def test_asking_again_queues_one_run_and_the_trail_names_who_asked(operator, scene, people):
    row = scene.verified()
    lacking = scene.integration("moved", status="needs_credential")
    for _ in range(2):
        answer = operator.post(
            "/admin/checks/integration/",
            {"action": "check_again", "_selected_action": [str(row.pk), str(lacking.pk)]},
            follow=True,
        )
    text = answer.content.decode()
    assert "1 asked to be checked." in text
    assert "Not asked: moved (token: is missing" in text
    assert Run.objects.filter(state="queued").count() == 1
    event = AuditEvent.objects.first()
    assert (event.organisation, event.actor, event.subject, event.details) == (
        people.acme,
        operator.user,
        "gitea-main",
        {"through": "the admin"},
    )


def test_staff_without_the_permission_can_not_ask(client, people, scene):
    from django.contrib.auth.models import Permission

    row = scene.verified()
    people.sam.user_permissions.add(Permission.objects.get(codename="view_integration"))
    client.force_login(people.sam)
    page = client.get("/admin/checks/integration/")
    assert page.status_code == 200
    assert "check_again" not in page.content.decode()
    client.post("/admin/checks/integration/", {"action": "check_again", "_selected_action": [str(row.pk)]})
    assert not Run.objects.filter(state="queued").exists()


def test_what_opens_a_link_shows_nowhere(operator, scene):
    row = scene.verified()
    link = HandOff.objects.create(organisation=row.organisation, integration=row, check_slug="token_accepted", token_hash="5e" * 32,
                                  expires_at=scene.now)
    badge = Badge.objects.create(service=row.services.get(), token="picture-of-shop-api")
    for name, one, secret in (("handoff", link, "5e5e5e"), ("badge", badge, "picture-of-shop-api")):
        for address in (f"/admin/checks/{name}/", f"/admin/checks/{name}/{one.pk}/change/"):
            answer = operator.get(address)
            assert answer.status_code == 200
            assert secret not in answer.content.decode()
