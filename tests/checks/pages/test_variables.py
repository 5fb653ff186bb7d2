"""A service's variables on its pages: pasted or uploaded, told of by name, deleted again; no value on any page."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from checks.models import Service
from tests.checks.pages.test_services import NEW, PAGE, TYPED

TOKEN = "ghp_" + "a1B2" * 9
PASTED = f"export GITHUB_TOKEN={TOKEN}\nDATABASE_URL=postgres://u:hunter22@db/x\nSEED={{{{ secret(32) }}}}\nMODE=live\n"
EDIT = {key: value for key, value in TYPED.items() if key != "name"}


def upload(data: bytes, name: str = ".env") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_pasted_variables_are_told_of_by_name_with_where_they_belong(scene, people, as_):
    scene.verified()
    as_(people.adam).post(f"{PAGE}edit/", {**EDIT, "variables": PASTED})
    text = as_(people.vera).get(PAGE).content.decode()
    assert "3 of 4 variables should change" in text
    assert "GITHUB_TOKEN holds a GitHub token: give it to a GitHub integration" in text
    assert '<a href="/o/acme/integrations/new/github/">Connect one</a>' in text
    assert "{{ database.POSTGRES_URI }}" in text
    assert "{{ secret(32, &quot;ABC" in text
    assert "Nothing in it looks like a secret." in text
    assert TOKEN not in text
    assert "hunter22" not in text
    assert "Delete what was noted" not in text, "a viewer cannot"


def test_where_an_integration_takes_it_that_one_is_linked(scene, people, as_):
    scene.verified()
    as_(people.adam).post(f"{PAGE}edit/", {**EDIT, "variables": "T=" + "gto_" + "a1b2c3d4" * 5})
    assert '<a href="/o/acme/integrations/gitea-main/">Open gitea-main</a>' in as_(people.adam).get(PAGE).content.decode()


@pytest.mark.parametrize("data", [PASTED.encode(), PASTED.replace("\n", "\r\n").encode("utf-8-sig"), PASTED.encode("utf-16"),
                                  json.dumps({"GITHUB_TOKEN": TOKEN, "DATABASE_URL": "postgres://u:hunter22@db/x", "SEED": "{{ secret(32) }}",
                                              "MODE": "live"}).encode()])
def test_a_file_is_read_like_a_paste(scene, people, as_, data):
    scene.integration()
    assert as_(people.adam).post(f"{NEW}?kind=app", {**TYPED, "env_file": upload(data)})["Location"] == PAGE
    assert [(v["name"], v["looks_like"]) for v in Service.objects.get().variables] == [
        ("GITHUB_TOKEN", "token"), ("DATABASE_URL", "url-password"), ("SEED", "wrong"), ("MODE", "text")]


@pytest.mark.parametrize(("sent", "field", "said"), [
    ({"env_file": upload(b"A=" + b"x" * 70_000)}, "env_file", "This is longer than 64 KiB"),
    ({"env_file": upload(b"A=" + b"x" * 3_000_000)}, "env_file", "This is longer than 64 KiB"),
    ({"env_file": upload(b"\x89PNG\r\n\x1a\n\0\0")}, "env_file", "This is not text"),
    ({"env_file": upload(b"A=1"), "variables": "B=2"}, "env_file", "not both"),
    ({"env_file": upload(b"hello")}, "variables", "This has no line of the form NAME=value"),
    ({"variables": "A=" + "x" * 70_000}, "variables", "This is longer than 64 KiB"),
    ({"variables": "hello " + TOKEN}, "variables", "This has no line of the form NAME=value"),
])
def test_what_cannot_be_read_is_said_at_its_field_and_the_rest_stays(scene, people, as_, sent, field, said):
    scene.integration()
    for one in sent.values():
        if isinstance(one, SimpleUploadedFile):
            one.seek(0)
    answer = as_(people.adam).post(f"{NEW}?kind=app", {**TYPED, "notes": "Kept.", **sent})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert said in text.partition(f'id="id_{field}_error">')[2].partition("</div>")[0]
    assert "Kept." in text
    assert TOKEN not in text
    assert not Service.objects.exists()


def test_deleting_what_was_noted(scene, people, as_):
    scene.verified()
    as_(people.adam).post(f"{PAGE}edit/", {**EDIT, "variables": PASTED})
    text = as_(people.adam).post(f"{PAGE}variables/forget/", follow=True).content.decode()
    assert "What was noted of 4 variables of shop-api was deleted." in text
    assert "Its variables were not looked through" in text
    assert Service.objects.get().variables == []


def test_how_secret_is_written_and_that_it_changes_is_explained(scene, people, sees):
    scene.verified()
    text = sees(people.vera, PAGE).text
    assert "How dFlow’s secret() is written" in text
    assert "draws it anew whenever the variables are saved" in text


def test_the_checklist_names_the_variable_and_its_kind(scene, people, as_):
    scene.verified()
    as_(people.adam).post(f"{PAGE}edit/", {**EDIT, "variables": PASTED})
    text = as_(people.vera).get("/o/acme/").content.decode()
    assert "Variable GITHUB_TOKEN of service “shop-api” holds a GitHub token: give it to a GitHub integration" in text
    assert TOKEN not in text
