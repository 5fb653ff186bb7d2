"""The Organisation's own rows: for the person who looks, without the network."""
from __future__ import annotations

import pytest

from checks.actions import connect, services
from checks.models import Integration, Service
from checks.organisation_rows import rows_for
from checks.providers.gitea import gitea
from checks.verdict import Status
from organisations.models import Membership, Role

TOKEN = "0123456789abcdef0123456789abcdef01234567"


def connected(organisation, name="git", token=TOKEN, **extra):
    return connect.connect(organisation=organisation, actor=None, provider=gitea.slug, name=name,
                           settings={"base_url": "https://93.184.216.34"}, credentials={"token": token}, **extra)


def seen(people, user, organisation=None):
    organisation = organisation or people.acme
    membership = Membership.objects.select_related("organisation", "user").get(user=user, organisation=organisation)
    integrations = list(Integration.objects.for_organisation(organisation))
    rows = rows_for(membership, integrations, list(Service.objects.for_organisation(organisation)))
    return {row.slug: row.verdict for row in rows}


def test_an_owner_of_a_tidy_organisation_sees_three_passes(people):
    connected(people.acme)
    assert [v.status for v in seen(people, people.alice).values()] == [Status.PASS] * 3


@pytest.mark.parametrize("who", ["dora", "vera"])
def test_who_cannot_manage_is_told_who_can(people, who):
    verdict = seen(people, getattr(people, who))["role_can_manage"]
    assert verdict.status is Status.WARN
    assert "alice@example.com, adam@example.com" in verdict.remedy
    assert "dora" not in verdict.remedy


def test_the_same_credential_in_another_organisation_of_the_same_person_is_a_warning(people):
    connected(people.acme)
    connected(people.globex)
    assert seen(people, people.alice)["right_organisation"].status is Status.PASS
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.VIEWER)
    verdict = seen(people, people.alice)["right_organisation"]
    assert verdict.status is Status.WARN
    assert "“git” of Globex" in verdict.evidence
    assert "Did you mean Globex?" in verdict.remedy


def test_another_credential_at_the_same_host_is_no_warning(people):
    connected(people.acme)
    connected(people.globex, token=TOKEN[::-1])
    Membership.objects.create(organisation=people.globex, user=people.alice, role=Role.VIEWER)
    assert seen(people, people.alice)["right_organisation"].status is Status.PASS


def test_a_token_in_notes_is_found_and_not_repeated(people):
    token = "glpat-" + "x1Y2z3W4v5U6t7S8r9Q0"
    connected(people.acme, notes=f"deploys with {token}")
    verdict = seen(people, people.alice)["secrets_kept_out"]
    assert (verdict.status, verdict.layer) == (Status.FAIL, None)
    assert "the notes of “git”" in verdict.evidence
    assert token not in repr(verdict)
    assert "secret()" in verdict.remedy


def test_a_token_in_a_pasted_variable_is_found(people):
    connected(people.acme)
    services.add(organisation=people.acme, actor=None, name="shop", kind="app", integration="git",
                 target={"repository": "https://93.184.216.34/a/b.git", "ref": "main"}, variables="T=ghp_" + "a1B2" * 9)
    verdict = seen(people, people.alice)["secrets_kept_out"]
    assert verdict.status is Status.FAIL
    assert "Variable T of service “shop” holds a GitHub token: give it to a GitHub integration" in verdict.evidence


def test_variables_that_should_change_warn_and_those_that_are_fine_pass(people):
    connected(people.acme)
    service = services.add(organisation=people.acme, actor=None, name="shop", kind="app", integration="git",
                           target={"repository": "https://93.184.216.34/a/b.git", "ref": "main"},
                           variables="DATABASE_URL=postgres://u:hunter22@db/x\nSEED={{ secret(32) }}\nA=1")
    verdict = seen(people, people.alice)["secrets_kept_out"]
    assert verdict.status is Status.WARN
    assert "Variable DATABASE_URL of service “shop” holds a URL with the database’s password" in verdict.evidence
    assert "Variable SEED of service “shop”: secret() needs both a length and its characters" in verdict.evidence
    assert "hunter22" not in repr(verdict)
    services.edit(service=service, actor=None, integration="git", target=service.target, variables="A=1\nSTRIPE_KEY=sk_live_a1B2c3D4e5F6g7H8")
    assert seen(people, people.alice)["secrets_kept_out"].status is Status.PASS
