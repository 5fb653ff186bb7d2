"""A worker node from its connection to the gate of a service, by commands alone, against real sshd and real Git."""
from __future__ import annotations

import json

import pytest

from tests.peers.git_host import TOKENS


@pytest.fixture
def acme(installation, sshd, ssh_keys):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    installation.json("connect", "acme", "worker_node", "node-1", stdin={
        "settings": {"host": "127.0.0.1", "port": sshd.port, "username": sshd.user("ready")},
        "credentials": {"private_key": ssh_keys.text("good")}})
    return installation


def rows(document):
    return {(f["check"], f["service"]): f for f in document["findings"]}


def test_a_host_key_is_trusted_by_its_fingerprint_and_by_no_other(acme, sshd, ssh_keys):
    first = acme.json("verify", "acme", "node-1", expect=3)
    assert (first["status"], first["integration_status"]) == ("unknown", "unverified")
    waiting = rows(first)["host_key_trusted", None]
    assert (waiting["status"], waiting["cause"], waiting["layer"]) == ("unknown", "yours", "ssh-host")
    assert rows(first)["key_accepted", None]["status"] == "skipped"
    sshd.settled()
    assert sshd.attempts == []
    wrong = acme.run("trust_host_key", "acme", "node-1", ssh_keys.fingerprint("host_other"), "--json")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "fingerprint" in wrong.stderr
    assert len(wrong.stderr.strip().splitlines()) == 1
    done = acme.json("trust_host_key", "acme", "node-1", waiting["facts"]["trust"]["fingerprint"])
    assert done == {"organisation": "acme", "integration": "node-1", "fingerprint": ssh_keys.fingerprint("host_ed25519"),
                    "host_key": waiting["facts"]["trust"]["key"], "status": "unverified"}
    found = acme.run("verify", "acme", "node-1", "--json")
    assert '"check": "key_accepted"' in found.stdout
    assert "Not tried: “The node's host key" not in found.stdout


@pytest.mark.parametrize("words", [("acme", "nobody", "SHA256:x"), ("nowhere", "node-1", "SHA256:x"), ("acme", "node-1")])
def test_wrong_words_are_exit_status_2(acme, words):
    done = acme.run("trust_host_key", *words, "--json")
    assert (done.returncode, done.stdout) == (2, "")


def test_before_anything_was_shown_there_is_nothing_to_trust(acme, ssh_keys):
    done = acme.run("trust_host_key", "acme", "node-1", ssh_keys.fingerprint("host_ed25519"))
    assert done.returncode == 2
    assert "check it again" in done.stderr


def test_each_hosted_service_has_its_own_row_and_the_gate_includes_the_node(acme, git_host, ssh_keys, sshd):
    acme.json("connect", "acme", "gitea", "git", stdin={"settings": {"base_url": git_host.url},
                                                        "credentials": {"token": TOKENS["reader"].value}})
    target = {"repository": git_host.clone_url("acme/web"), "ref": "main"}
    for name, node in (("web", "node-1"), ("site", "node-1"), ("elsewhere", None)):
        acme.json("add_service", "acme", name, stdin={"kind": "app", "integration": "git", "target": target, "node": node})
    acme.json("verify", "acme", "node-1", expect=3)
    acme.json("trust_host_key", "acme", "node-1", ssh_keys.fingerprint("host_ed25519"))
    document = acme.run("verify", "acme", "node-1", "--json")
    found = rows(json.loads(document.stdout))
    reached = {service: f["status"] for (check, service), f in found.items() if check == "reaches_host"}
    assert reached == {"web": "pass", "site": "pass"}
    acme.json("verify", "acme", "git")
    before = sshd.connections
    gate = json.loads(acme.run("preflight", "acme", "web", "--json").stdout)
    asked = {(f["integration"], f["check"], f["service"]) for f in gate["findings"]}
    assert ("node-1", "key_accepted", None) in asked
    assert ("node-1", "reaches_host", "web") in asked
    assert ("git", "clone_permitted", "web") in asked
    assert not any(service == "site" for _, _, service in asked)
    assert sshd.connections == before  # what was just asked is not asked again
    other = acme.json("preflight", "acme", "elsewhere")
    assert {f["integration"] for f in other["findings"]} == {"git"}


def test_verifying_a_git_host_never_touches_the_node(acme, git_host, sshd):
    acme.json("connect", "acme", "gitea", "git", stdin={"settings": {"base_url": git_host.url},
                                                        "credentials": {"token": TOKENS["reader"].value}})
    acme.json("add_service", "acme", "web", stdin={"kind": "app", "integration": "git", "node": "node-1", "target": {
        "repository": git_host.clone_url("acme/web"), "ref": "main"}})
    document = acme.json("verify", "acme", "git")
    assert document["integration_status"] == "verified"
    assert sshd.connections == 0


def test_a_node_without_a_service_stays_unverified(acme, ssh_keys):
    acme.json("verify", "acme", "node-1", expect=3)
    acme.json("trust_host_key", "acme", "node-1", ssh_keys.fingerprint("host_ed25519"))
    document = json.loads(acme.run("verify", "acme", "node-1", "--json").stdout)
    row = rows(document)["reaches_host", None]
    assert (row["status"], row["evidence"]) == ("skipped", "No service uses this yet.")


def test_no_secret_of_the_key_is_in_any_answer(acme, ssh_keys):
    for _ in range(2):
        done = acme.run("verify", "acme", "node-1", "--json")
        for line in ssh_keys.text("good").splitlines()[1:-1]:
            assert line not in done.stdout + done.stderr
