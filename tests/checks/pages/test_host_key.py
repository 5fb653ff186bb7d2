"""The trust form below a row: what it shows, who sees its button, and what one click does."""

from __future__ import annotations

import pytest

from checks.models import Integration, Run
from organisations.models import AuditEvent

pytestmark = pytest.mark.django_db
LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICmMVwC37NWEMMU6U5lZCwBnjc9xCmS7haE/SNEI1Oof"
OLD, NEW = "SHA256:" + "o" * 43, "SHA256:" + "n" * 43
NODE = {"host": "node-1.example.com", "port": 22, "username": "deploy", "host_key": ""}
TRUST = {"fingerprint": NEW, "key": LINE, "kind": "ssh-ed25519", "file": "/etc/ssh/ssh_host_ed25519_key.pub", "trusted": ""}
WAITS = {"status": "unknown", "cause": "yours", "layer": "ssh-host", "evidence": f"It presented {NEW}.", "remedy": "Compare it.",
         "facts": {"trust": TRUST}}
CHANGED = {**WAITS, "status": "fail", "facts": {"trust": {**TRUST, "trusted": OLD}}}
SKIPPED = {"status": "skipped", "skip": "need", "evidence": "Not tried."}
PAGE, URL = "/o/acme/integrations/node-1/", "/o/acme/integrations/node-1/trust/"


@pytest.fixture
def node(scene):
    row = scene.integration("node-1", "worker_node", settings=NODE)
    scene.found(row, host_key_trusted=WAITS, key_accepted=SKIPPED)
    return row


def test_the_form_shows_the_fingerprint_how_to_compare_it_and_the_button(node, people, sees):
    text = sees(people.alice, PAGE).text
    assert NEW in text
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in text
    assert "Trust this host key" in text
    assert "Trusted until now" not in text
    assert '<details id="row-node-1-host_key_trusted" open>' in text


def test_a_changed_key_shows_the_old_and_the_new(scene, people, sees):
    scene.found(scene.integration("node-1", "worker_node", settings=NODE), host_key_trusted=CHANGED)
    text = sees(people.alice, PAGE).text
    assert OLD in text
    assert NEW in text
    assert "The key changed" in text


@pytest.mark.parametrize("who", ["dora", "vera"])
def test_who_may_not_trust_sees_who_can(node, people, sees, who):
    text = sees(getattr(people, who), PAGE).text
    assert "Trust this host key" not in text
    assert NEW in text
    assert "can trust it." in text


def test_one_click_pins_the_key_starts_a_run_and_goes_back(node, people, as_):
    answer = as_(people.alice).post(URL, {"fingerprint": NEW, "next": "integration"})
    assert (answer.status_code, answer.url) == (302, PAGE)
    after = Integration.objects.get(pk=node.pk)
    assert after.settings["host_key"] == LINE
    assert Run.objects.filter(integration=node, state__in=Run.ACTIVE, generation=after.generation).count() == 1
    assert AuditEvent.objects.get(verb="trusted the host key of").actor == people.alice
    assert as_(people.alice).post(URL, {"fingerprint": NEW, "next": "checklist"}).url == "/o/acme/"


def test_a_row_that_shows_another_key_by_now_is_not_trusted(node, people, as_):
    answer = as_(people.alice).post(URL, {"fingerprint": OLD}, follow=True)
    assert "Nothing was trusted." in answer.content.decode()
    assert Integration.objects.get(pk=node.pk).settings["host_key"] == ""


@pytest.mark.parametrize("facts", [{}, {"trust": "x"}, {"trust": {}}, {"trust": {**TRUST, "key": "[secret]"}}])
def test_a_row_that_offers_no_whole_key_has_no_form(scene, people, sees, facts):
    scene.found(scene.integration("node-1", "worker_node", settings=NODE), host_key_trusted={**WAITS, "facts": facts})
    assert "Trust this host key" not in sees(people.alice, PAGE).text


def test_a_passing_row_has_no_form(scene, people, sees):
    scene.found(scene.integration("node-1", "worker_node", settings=NODE), host_key_trusted={
        "status": "pass", "facts": {"trust": {**TRUST, "trusted": NEW}}})
    assert "Trust this host key" not in sees(people.alice, PAGE).text


def test_the_node_stands_in_the_checklist_and_in_the_service_that_runs_there(scene, node, people, sees):
    gitea = scene.verified()
    service = gitea.services.get()
    service.node = node
    service.save()
    assert "Trust this host key" in sees(people.alice, "/o/acme/").text
    text = sees(people.alice, f"/o/acme/services/{service.name}/").text
    assert "Trust this host key" in text
    assert "Worker node" in text
