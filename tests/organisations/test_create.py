"""Organisations are made, renamed and deleted; names are slugs, and a taken one is an error."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from organisations import create
from organisations.models import AuditEvent, Membership, Organisation, Role, User
from organisations.people import person_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme", "acme"),
        ("Acme Shop & Söhne", "acme-shop-sohne"),
        ("  -x-  ", "x"),
        ("a_b", "a-b"),
        ("数据", ""),
        ("9 lives", "9-lives"),
        ("A" * 200, "a" * 63),
    ],
)
def test_the_slug_that_is_proposed(name, slug):
    assert create.propose_slug(name) == slug


@pytest.mark.parametrize("slug", ["new", "", "Acme", "-a", "a b", "a/b", "a.b", "ä", "a" * 64, "a\n", "../x"])
def test_names_that_are_none(people, slug):
    with pytest.raises(ValidationError) as error:
        create.create(slug=slug, name="Name", owner=people.bob, actor=people.bob)
    assert "slug" in error.value.message_dict
    assert Organisation.objects.count() == 2


def test_a_taken_name_is_an_error(people):
    with pytest.raises(ValidationError, match="exists already"):
        create.create(slug="acme", name="Other", owner=people.bob, actor=people.bob)


def test_a_name_that_is_taken_between_the_look_and_the_save_is_an_error(people, monkeypatch):
    monkeypatch.setattr(
        Organisation, "full_clean", lambda self: Organisation.objects.create(slug="later", name="First")
    )
    with pytest.raises(ValidationError, match="exists already"):
        create.create(slug="later", name="Second", owner=people.bob, actor=people.bob)
    assert Organisation.objects.get(slug="later").name == "First"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "数据"}, "No short name can be made from this name; type one."),
        ({"name": "New"}, "is a word of the site itself"),
        ({"name": "Acme"}, "exists already"),
        ({"name": "X", "slug": "Not A Slug"}, "Use lower-case letters"),
    ],
)
def test_the_form_says_what_is_wrong_at_its_field(people, signed_in, data, says):
    answer = signed_in(people.bob).post("/o/new/", data)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert says in text
    assert 'class="error-summary"' in text
    assert 'aria-invalid="true"' in text
    assert 'aria-describedby="id_' in text
    assert Organisation.objects.count() == 2


def test_only_who_is_signed_in_makes_one(client, db):
    assert client.post("/o/new/", {"name": "X"}).status_code == 302
    assert not Organisation.objects.exists()


def test_home_shows_the_choice_to_who_belongs_to_several(people, signed_in):
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.VIEWER)
    text = signed_in(people.alice).get("/").content.decode()
    assert "Which Organisation?" in text
    assert "/o/acme/" in text
    assert "/o/globex/" in text
    assert signed_in(people.bob).get("/").url == "/o/globex/"


def test_an_owner_renames_and_the_slug_stays(people, signed_in):
    answer = signed_in(people.alice).post("/o/acme/settings/rename/", {"name": "  Acme Research "}, follow=True)
    people.acme.refresh_from_db()
    assert (people.acme.name, people.acme.slug) == ("Acme Research", "acme")
    assert "The Organisation is called Acme Research now." in answer.content.decode()
    event = AuditEvent.objects.get()
    assert (event.verb, event.details) == ("renamed the Organisation", {"before": "Acme"})


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_name_that_is_none_is_not_saved(people, signed_in, name):
    signed_in(people.alice).post("/o/acme/settings/rename/", {"name": name})
    people.acme.refresh_from_db()
    assert people.acme.name == "Acme"


@pytest.mark.parametrize("who", ["adam", "dora", "vera", "bob", "sam"])
def test_nobody_but_an_owner_renames_or_deletes(people, who):
    with pytest.raises(PermissionDenied):
        create.rename(organisation=people.acme, actor=getattr(people, who), name="X")
    with pytest.raises(PermissionDenied):
        create.delete(organisation=people.acme, actor=getattr(people, who), typed="acme")


def test_deleting_needs_the_password_and_the_short_name(people, signed_in, sure):
    client = signed_in(people.alice)
    assert client.post("/o/acme/settings/delete/", {"typed": "acme"}).url.startswith("/accounts/reauthenticate/")
    assert Organisation.objects.filter(slug="acme").exists()
    fresh = sure(people.alice)
    assert (
        "This is not “acme”. Nothing was deleted."
        in fresh.post("/o/acme/settings/delete/", {"typed": "Acme"}).content.decode()
    )
    assert fresh.post("/o/acme/settings/delete/", {"typed": "acme"}).url == "/"
    assert not Organisation.objects.filter(slug="acme").exists()
    event = AuditEvent.objects.get(verb="deleted the Organisation")
    assert (event.organisation, event.actor, event.details) == (None, people.alice, {"slug": "acme"})


def test_what_was_typed_goes_on_after_the_password(people, signed_in):
    client = signed_in(people.alice)
    ask = client.post("/o/acme/settings/delete/", {"typed": "acme"})
    client.post(ask.url, {"password": people.password, "next": "/o/acme/settings/delete/"})
    assert not Organisation.objects.filter(slug="acme").exists()


def test_somebody_without_a_password_is_made_and_counts_as_verified(db):
    user = person_of(" New@Example.com ")
    assert (user.email, user.has_usable_password()) == ("new@example.com", False)
    assert user.emailaddress_set.get().verified
    assert user.emailaddress_set.get().primary
    assert person_of("NEW@example.com").pk == user.pk
    assert User.objects.count() == 1


# --- The command ------------------------------------------------------------------------------------------------------


def test_the_command_makes_both_and_answers_json(installation):
    assert installation.json("create_organisation", "acme", "--owner", "Alice@Example.com") == {
        "organisation": "acme",
        "owner": "alice@example.com",
    }
    again = installation.run("create_organisation", "acme", "--owner", "alice@example.com", "--json")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.strip() == "NAME: An Organisation of this name exists already; choose another."


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Acme", "--owner", "a@example.com"], "NAME: Use lower-case letters"),
        (["new", "--owner", "a@example.com"], "NAME: “new”"),
        (["acme", "--owner", "nobody"], "--owner: This is not an e-mail address"),
        (["acme"], "--owner"),
        (["acme", "--owner", "a@example.com", "--password-stdin"], "--password-stdin: standard input was empty."),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line_and_leaves_nothing(installation, words, says):
    done = installation.run("create_organisation", *words, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert installation.json("create_organisation", "acme", "--owner", "a@example.com")["owner"] == "a@example.com"


def test_the_command_sets_a_password_from_standard_input(installation):
    installation.json(
        "create_organisation", "acme", "--owner", "a@example.com", "--password-stdin", stdin="correct horse battery\n"
    )
    check = "from organisations.models import User; print(User.objects.get().check_password('correct horse battery'))"
    assert installation.run("shell", "-v0", "-c", check).stdout.strip().splitlines()[-1] == "True"
