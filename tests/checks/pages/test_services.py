"""Services: whether each would deploy now, and adding, editing and removing one."""

from __future__ import annotations

import re

import pytest

from checks.models import Run, Service
from tests.checks.pages.conftest import FAIL, OUTAGE
from tests.checks.pages.test_checklist import title

PAGE, NEW = "/o/acme/services/shop-api/", "/o/acme/services/new/"
TYPED = {
    "name": "shop-api",
    "integration": "gitea-main",
    "repository": "https://git.example.com/acme/shop.git",
    "ref": "main",
}


# --- Would it deploy now -----------------------------------------------------------------------------------
def test_a_service_on_proven_rows_would_deploy(scene, people, sees):
    scene.verified()
    text = sees(people.vera, PAGE).text
    assert title(text) == "shop-api would deploy now"
    assert "Would deploy</span>" in text
    assert "python manage.py preflight acme shop-api" in text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (FAIL, "shop-api would not deploy now"),
        (OUTAGE, "Whether shop-api would deploy could not be checked"),
        ({"status": "warn", "cause": "yours", "remedy": "Change it."}, "shop-api would deploy now"),
    ],
)
def test_its_own_rows_decide(scene, people, sees, row, said):
    integration = scene.integration()
    scene.service("shop-api", integration)
    scene.found(integration, clone_permitted=row)
    assert title(sees(people.vera, PAGE).text) == said


def test_another_service_s_rows_do_not_count_and_do_not_show(scene, people, sees):
    integration = scene.integration(status="broken")
    scene.service("shop-api", integration)
    scene.service("shop-web", integration)
    scene.found(integration)
    integration.findings.filter(service__name="shop-web", check_slug="ref_exists").update(**FAIL)
    text = sees(people.vera, PAGE).text
    assert title(text) == "shop-api would deploy now"
    assert "for shop-web" not in text
    assert title(sees(people.vera, "/o/acme/services/shop-web/").text) == "shop-web would not deploy now"


def test_a_new_service_is_not_proven_until_its_rows_are_asked(scene, people, sees):
    scene.service("shop-api", scene.integration())
    text = sees(people.vera, PAGE).text
    assert title(text) == "shop-api is not proven yet"
    assert "Not asked yet." in text


def test_a_service_without_an_integration_would_not_deploy_and_says_why(scene, people, sees):
    scene.service("shop-api", scene.integration(removed_at=scene.now))
    text = sees(people.adam, PAGE).text
    assert title(text) == "shop-api would not deploy now"
    assert "No integration serves it any more." in text
    assert f'href="{PAGE}edit/"' in text
    viewer = sees(people.vera, PAGE).text.split("<main")[1]
    assert f"{PAGE}edit/" not in viewer
    assert "alice@example.com and adam@example.com can choose one." in viewer


def test_an_absent_name_is_not_found(people, sees):
    assert sees(people.alice, PAGE).status == 404


def test_the_list_says_how_many_would_deploy(scene, people, sees):
    scene.verified()
    scene.service("shop-web", scene.integration("labs"))
    text = sees(people.vera, "/o/acme/services/").text
    assert title(text) == "1 of 2 services would deploy now"
    assert "Not proven yet</span>" in text
    assert "<form" not in text.split("<main")[1]


def test_an_empty_list_offers_the_kinds(people, sees):
    text = sees(people.adam, "/o/acme/services/").text
    assert title(text) == "No service is named yet"
    for kind in Service.Kind.values:
        assert f"{NEW}?kind={kind}" in text


# --- Add -----------------------------------------------------------------------------------------------------
def test_first_one_chooses_the_kind(scene, people, sees):
    scene.integration()
    text = sees(people.adam, NEW).text
    assert "Served by gitea-main." in text
    assert 'href="?kind=app"' in text


def test_then_what_that_kind_asks_for_with_the_integrations_that_can_serve_it(scene, people, sees):
    scene.integration()
    scene.integration("backups", provider="backup_storage")
    text = sees(people.adam, f"{NEW}?kind=app").text
    assert '<option value="gitea-main">' in text
    assert "backups (" not in text
    assert 'name="repository"' in text
    assert 'name="ref" value="main"' in text
    assert 'name="node"' not in text, "no worker node is connected"
    assert "Add to Acme</button>" in text


def test_without_an_integration_it_says_which_to_connect(people, sees):
    text = sees(people.adam, f"{NEW}?kind=app").text
    assert "Nothing that is connected can serve this kind." in text
    assert "/o/acme/integrations/new/gitea/" in text
    assert '<form class="panel"' not in text


def test_adding_a_service(scene, people, as_):
    row = scene.integration(status="verified")
    answer = as_(people.adam).post(
        f"{NEW}?kind=app", {**TYPED, "notes": "Shop.", "variables": "A=b\nexport TOKEN=secret()"}
    )
    assert answer["Location"] == PAGE
    service = Service.objects.get()
    assert (service.kind, service.integration, service.node, service.notes) == ("app", row, None, "Shop.")
    assert service.target == {"repository": TYPED["repository"], "ref": "main"}
    assert [v["name"] for v in service.variables] == ["A", "TOKEN"]
    run = Run.objects.get()
    assert (run.integration, run.trigger, run.requested_by) == (row, Run.Trigger.SERVICE, people.adam)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Shop"}, "Use lower-case letters"),
        ({"name": "new"}, "is a word of this site"),
        ({"integration": "nothing"}, "Select a valid choice"),
        ({"ref": ""}, "This field is required"),
        ({"repository": "https://me:hunter2@git.example.com/a/b.git"}, "holds a password or token"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(scene, people, as_, wrong, said):
    scene.integration()
    answer = as_(people.adam).post(
        f"{NEW}?kind=app", {**TYPED, "notes": "Kept.", "variables": "T=glpat-in-a-variable", **wrong}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(rf'id="id_{next(iter(wrong))}_error"><p>[^<]*{said}', text)
    assert "Kept." in text
    assert "hunter2" not in text
    assert "glpat-in-a-variable" not in text
    assert not Service.objects.exists()


def test_a_taken_name_is_said_at_the_name(scene, people, as_):
    scene.verified()
    text = as_(people.adam).post(f"{NEW}?kind=app", TYPED).content.decode()
    assert "This is taken: another service of this Organisation has this name." in text


def test_an_unknown_kind_chooses_again(people, sees):
    assert "What kind of service" in sees(people.adam, f"{NEW}?kind=pigeon").text


# --- Edit, remove ---------------------------------------------------------------------------------------------------
def test_editing_a_service(scene, people, as_):
    scene.verified()
    text = as_(people.adam).get(f"{PAGE}edit/").content.decode()
    assert 'value="https://git.example.com/acme/shop-api.git"' in text
    assert '<option value="gitea-main" selected>' in text
    changed = {k: v for k, v in TYPED.items() if k != "name"} | {"ref": "release", "notes": "", "variables": ""}
    assert as_(people.adam).post(f"{PAGE}edit/", changed)["Location"] == PAGE
    assert Service.objects.get().target["ref"] == "release"


def test_an_edit_without_variables_keeps_what_was_examined(scene, people, as_):
    scene.verified()
    Service.objects.update(variables=[{"name": "A", "looks_like": "token"}])
    as_(people.adam).post(f"{PAGE}edit/", {k: v for k, v in TYPED.items() if k != "name"})
    assert Service.objects.get().variables == [{"name": "A", "looks_like": "token"}]


def test_a_wrong_edit_changes_nothing(scene, people, as_):
    scene.verified()
    text = (
        as_(people.adam)
        .post(f"{PAGE}edit/", {"integration": "gitea-main", "repository": "", "ref": "release"})
        .content.decode()
    )
    assert 'id="id_repository_error"' in text
    assert 'value="release"' in text
    assert Service.objects.get().target["ref"] == "main"


def test_removing_says_first_what_will_be_lost(scene, people, as_):
    scene.verified()
    text = as_(people.adam).get(f"{PAGE}remove/").content.decode()
    assert title(text) == "Remove shop-api from Acme?"
    assert "4 rows about it" in text
    assert "gitea-main is asked again without it." in text
    answer = as_(people.adam).post(f"{PAGE}remove/", follow=True)
    assert "shop-api was removed, with its rows." in answer.content.decode()
    assert not Service.objects.exists()
