"""Trusting a host key: what the row showed last, and nothing else, by somebody who may."""
from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from checks.actions import connect as connecting
from checks.actions import trust as trusting
from checks.actions import verify
from checks.actions.errors import Invalid
from checks.clients.ssh_key import public_key
from checks.models import Finding, Integration, Run
from checks.verdict import IntegrationStatus
from organisations.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


@pytest.fixture
def node(people, sshd, ssh_keys):
    """Connected by alice, and checked once: its host key waits to be trusted."""
    made = connecting.connect(
        organisation=people.acme, actor=people.alice, provider="worker_node", name="node-1",
        settings={"host": "127.0.0.1", "port": sshd.port, "username": sshd.user("ready")},
        credentials={"private_key": ssh_keys.text("good")})
    verify.now(organisation=people.acme, actor=people.alice, name="node-1")
    return Integration.objects.get(pk=made.pk)


@pytest.fixture
def fingerprint(ssh_keys):
    return ssh_keys.fingerprint("host_ed25519")


def status(node, check="host_key_trusted"):
    return Finding.objects.get(integration=node, check_slug=check).status


def test_an_unknown_host_key_leaves_the_node_unverified(node, sshd):
    assert (node.status, status(node), status(node, "key_accepted")) == (IntegrationStatus.UNVERIFIED, "unknown", "skipped")
    assert Run.objects.get(integration=node).status == "unknown"
    sshd.settled()
    assert sshd.attempts == []


def test_trusting_pins_the_line_starts_a_run_and_is_audited(node, people, fingerprint, ssh_keys):
    pinned = trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)
    assert pinned.settings["host_key"] == public_key(ssh_keys.public("host_ed25519")).line
    assert pinned.generation == node.generation + 1
    assert Run.objects.get(integration=node, state__in=Run.ACTIVE).generation == pinned.generation
    event = AuditEvent.objects.get(organisation=people.acme, verb="trusted the host key of")
    assert (event.subject, event.actor, event.details["fingerprint"]) == ("node-1", people.alice, fingerprint)
    assert pinned.sealed.keys() == {"private_key"}  # the credential is still bound to the same place
    verify.now(organisation=people.acme, actor=people.alice, name="node-1")
    assert (status(node), status(node, "key_accepted")) == ("pass", "pass")


@pytest.mark.parametrize("change", [lambda f: "", lambda f: f[:-1], lambda f: f.removeprefix("SHA256:"), lambda f: f.lower(),
                                    lambda f: "SHA256:" + "A" * 43])
def test_any_other_fingerprint_is_refused_and_pins_nothing(node, people, fingerprint, change):
    with pytest.raises(Invalid, match=r"fingerprint: is not the one that node-1 last presented"):
        trusting.trust(integration=node, actor=people.alice, fingerprint=change(fingerprint))
    node.refresh_from_db()
    assert node.settings["host_key"] == ""
    assert not AuditEvent.objects.filter(verb="trusted the host key of").exists()


def test_what_was_shown_of_another_host_is_not_trusted(node, people, fingerprint):
    connecting.edit(integration=node, actor=people.alice, settings={**node.settings, "port": 1}, credentials={}, check=False)
    with pytest.raises(Invalid, match="no host key of node-1 was shown since its last edit"):
        trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)


def test_trusting_twice_changes_nothing_the_second_time(node, people, fingerprint):
    first = trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)
    again = trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)
    assert again.generation == first.generation
    assert AuditEvent.objects.filter(verb="trusted the host key of").count() == 1


def test_a_changed_key_is_trusted_on_a_persons_word_alone(node, people, fingerprint, sshd, ssh_keys):
    trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)
    verify.now(organisation=people.acme, actor=people.alice, name="node-1")
    sshd.start("host_other")
    verify.now(organisation=people.acme, actor=people.alice, name="node-1")
    node.refresh_from_db()
    assert (status(node), node.status) == ("fail", IntegrationStatus.BROKEN)
    with pytest.raises(Invalid):
        trusting.trust(integration=node, actor=people.alice, fingerprint=fingerprint)
    trusting.trust(integration=node, actor=people.alice, fingerprint=ssh_keys.fingerprint("host_other"))
    verify.now(organisation=people.acme, actor=people.alice, name="node-1")
    assert status(node) == "pass"


@pytest.mark.parametrize("who", ["dora", "vera"])
def test_only_who_manages_integrations_may_trust(node, people, fingerprint, who):
    with pytest.raises(PermissionDenied):
        trusting.trust(integration=node, actor=getattr(people, who), fingerprint=fingerprint)


def test_what_is_no_node_has_nothing_to_trust(people, fingerprint):
    other = Integration.objects.create(organisation=people.acme, provider="gitea", name="git", settings={"base_url": "https://g.example.com"})
    with pytest.raises(Invalid, match="has no host key to trust"):
        trusting.trust(integration=other, actor=people.alice, fingerprint=fingerprint)
