"""Services: what is refused, what is kept of pasted variables, and that nothing stays proven for a new one."""
from __future__ import annotations

import pytest

from checks.actions import connect, services, variables
from checks.actions.errors import Invalid
from checks.models import Run, Service
from checks.providers.gitea import gitea
from organisations.models import AuditEvent

TARGET = {"repository": "https://93.184.216.34/acme/shop.git", "ref": "main"}
GENERATED = '{{ secret(64, "abcdefghijklmnopqrstuvwxyz0123456789") }}'


@pytest.fixture
def git(people):
    return connect.connect(organisation=people.acme, actor=people.alice, provider=gitea.slug, name="git",
                           settings={"base_url": "https://93.184.216.34"}, credentials={"token": "0" * 40})


def add(people, **changes):
    words = {"name": "shop", "kind": "app", "integration": "git", "target": TARGET, **changes}
    return services.add(organisation=people.acme, actor=people.alice, **words)


def test_a_new_service_takes_back_what_was_proven_for_others(people, git):
    git.status = "verified"
    git.save()
    add(people)
    git.refresh_from_db()
    assert git.status == "unverified"
    assert git.next_check_at is not None


@pytest.mark.parametrize(("changes", "field"), [
    ({"name": "Shop"}, "name"), ({"kind": "cron"}, "kind"), ({"kind": "database"}, "integration"),
    ({"integration": "none"}, "integration"), ({"target": {}}, "repository"), ({"target": {**TARGET, "x": "y"}}, "x"),
    ({"node": "git"}, "node"), ({"target": {**TARGET, "repository": "https://a:b@93.184.216.34/x.git"}}, "repository"),
])
def test_what_is_wrong_is_named_by_its_field(people, git, changes, field):
    with pytest.raises(Invalid) as caught:
        add(people, **changes)
    assert field in caught.value.errors
    assert not Service.objects.exists()


def test_another_organisations_integration_cannot_be_used(people, git):
    with pytest.raises(Invalid) as caught:
        services.add(organisation=people.globex, actor=people.bob, name="shop", kind="app", integration="git", target=TARGET)
    assert "integration" in caught.value.errors


def test_pasted_variables_keep_their_names_and_lose_their_values(people, git):
    token = "ghp_" + "a1B2" * 9
    service = add(people, variables=f"export API_TOKEN={token}\nSEED={GENERATED}\nMODE=live\n\n# note")
    assert service.variables == [{"name": "API_TOKEN", "looks_like": "token", "kind": "github-token"},
                                 {"name": "SEED", "looks_like": "generator"}, {"name": "MODE", "looks_like": "text"}]
    assert token not in str(Service.objects.values())
    assert token not in str(AuditEvent.objects.values())


@pytest.mark.parametrize(("pasted", "said"), [
    ("hello", "no line of the form NAME=value"), ("A=" + "x" * 65_536, "longer than 64 KiB"), ("A=\0", "is not text"), ('{"A":', "begins as JSON")])
def test_variables_that_cannot_be_read_are_said_at_their_field_and_nothing_is_saved(people, git, pasted, said):
    with pytest.raises(Invalid) as caught:
        add(people, variables=pasted)
    assert said in caught.value.errors["variables"][0]
    assert not Service.objects.exists()


def test_a_file_is_read_in_its_encoding_and_refused_when_it_is_none():
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert variables.decoded("A=ä".encode(encoding)) == "A=ä"
    for data in (b"\x89PNG\r\n\x1a\n\0\0", b"A=\xff\xfe\xfd", b"x" * 65_537):
        with pytest.raises(Invalid) as caught:
            variables.decoded(data)
        assert caught.value.errors["variables"]


def test_what_was_noted_of_variables_can_be_deleted(people, git):
    service = add(people, variables="A=1\nB=2")
    assert variables.forget(service=service, actor=people.alice) == 2
    assert Service.objects.get().variables == []
    event = AuditEvent.objects.latest("at")
    assert (event.verb, event.subject, event.details) == ("forgot variables", "shop", {"count": 2})


def test_a_run_under_way_gives_way_to_one_that_knows_the_new_service(people, git):
    run = Run.objects.create(integration=git, generation=git.generation, trigger=Run.Trigger.PERSON)
    add(people)
    run.refresh_from_db()
    assert run.state == Run.State.SUPERSEDED
