"""`verify`, `preflight` and `add_service` against real Git over a socket: the JSON, the exit status, and what is not said."""
from __future__ import annotations

import json
import socket
import threading

import pytest

from tests.peers.git_host import TOKENS

FINDING = {"check", "title", "service", "status", "required", "cause", "layer", "evidence", "remedy", "link", "duration_ms", "facts"}
RUN = {"organisation", "integration", "provider", "status", "integration_status", "started_at", "finished_at", "duration_ms",
       "findings"}


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


def connect(acme, url, token=TOKENS["reader"].value):
    acme.json("connect", "acme", "gitea", "git", stdin={"settings": {"base_url": url}, "credentials": {"token": token}})


def serve(acme, repository, ref="main", name="web"):
    acme.json("add_service", "acme", name, stdin={"kind": "app", "integration": "git", "target": {"repository": repository, "ref": ref}})


def rows(document):
    return {(f["check"], f["service"]): f for f in document["findings"]}


def test_signing_in_proves_nothing_that_a_deploy_needs(acme, git_host):
    connect(acme, git_host.url)
    document = acme.json("verify", "acme", "git")
    assert set(document) == RUN
    assert all(set(f) == FINDING for f in document["findings"])
    assert (document["status"], document["integration_status"]) == ("pass", "unverified")
    clone = rows(document)["clone_permitted", None]
    assert (clone["status"], clone["evidence"]) == ("skipped", "No service uses this yet.")


def test_a_service_that_would_deploy_is_ready(acme, git_host):
    connect(acme, git_host.url)
    serve(acme, git_host.clone_url("acme/web"))
    document = acme.json("verify", "acme", "git")
    assert (document["status"], document["integration_status"]) == ("pass", "verified")
    assert rows(document)["clone_permitted", "web"]["status"] == "pass"
    gate = acme.json("preflight", "acme", "web")
    assert (gate["ready"], gate["status"]) == (True, "pass")
    assert {f["integration"] for f in gate["findings"]} == {"git"}


def test_a_missing_branch_stops_its_service_and_no_other(acme, git_host):
    connect(acme, git_host.url)
    serve(acme, git_host.clone_url("acme/web"), ref="develp")
    serve(acme, git_host.clone_url("acme/site"), name="site")
    document = acme.json("verify", "acme", "git", expect=1)
    finding = rows(document)["ref_exists", "web"]
    assert (finding["status"], finding["cause"], finding["layer"]) == ("fail", "yours", "branch-missing")
    assert "develop" in finding["evidence"] + finding["remedy"]
    assert document["integration_status"] == "broken"
    assert acme.json("preflight", "acme", "web", expect=1)["ready"] is False
    assert acme.json("preflight", "acme", "site")["ready"] is True


def test_a_bad_token_is_a_fail_of_the_token_and_never_shown(acme, git_host):
    token = TOKENS["revoked"].value
    connect(acme, git_host.url, token)
    serve(acme, git_host.clone_url("acme/web"))
    document = acme.json("verify", "acme", "git", expect=1)
    finding = rows(document)["token_accepted", None]
    assert (finding["status"], finding["cause"], finding["layer"]) == ("fail", "yours", "git-token")
    assert finding["remedy"]
    assert token not in json.dumps(document)


def test_an_outage_is_unknown_and_the_last_good_answer_stays(acme, git_host):
    connect(acme, git_host.url)
    serve(acme, git_host.clone_url("acme/web"))
    assert acme.json("verify", "acme", "git")["integration_status"] == "verified"
    git_host.stop()
    document = acme.json("verify", "acme", "git", expect=3)
    assert (document["status"], document["integration_status"]) == ("unknown", "verified")
    assert not [f for f in document["findings"] if f["status"] == "fail"]
    host = rows(document)["host_reachable", None]
    assert (host["cause"], host["layer"]) == ("provider", "network")


def test_a_clone_url_on_another_origin_receives_no_byte(acme, git_host):
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def listen():
            try:
                channel, _ = listener.accept()
            except OSError:
                return
            received.append(channel.recv(4096))
            channel.close()
        threading.Thread(target=listen, daemon=True).start()
        connect(acme, git_host.url)
        serve(acme, f"http://127.0.0.1:{listener.getsockname()[1]}/acme/web.git")
        document = acme.json("verify", "acme", "git", expect=1)
    finding = rows(document)["url_well_formed", "web"]
    assert (finding["status"], finding["cause"], finding["layer"]) == ("fail", "yours", "clone-url")
    assert rows(document)["clone_permitted", "web"]["status"] == "skipped"
    assert received == []


def test_a_private_address_is_refused_again_at_connect(acme, git_host):
    """An old row, or a name that has moved since: the worker judges anew."""
    connect(acme, git_host.url)
    document = json.loads(acme.run("verify", "acme", "git", "--json", EGRESS_ALLOW_NETWORKS="").stdout)
    finding = rows(document)["host_reachable", None]
    assert (finding["status"], finding["cause"], finding["layer"]) == ("fail", "yours", "network")
    assert git_host.seen == []


def test_a_gate_asks_again_only_for_what_is_too_old(acme, git_host):
    connect(acme, git_host.url)
    serve(acme, git_host.clone_url("acme/web"))
    acme.json("preflight", "acme", "web")
    asked = len(git_host.seen)
    acme.json("preflight", "acme", "web")
    assert len(git_host.seen) == asked
    acme.json("preflight", "acme", "web", "--max-age", "0")
    assert len(git_host.seen) > asked


def test_verify_reads_well_at_a_terminal(acme, git_host):
    connect(acme, git_host.url)
    done = acme.run("verify", "acme", "git")
    assert done.returncode == 0
    assert "✓ pass" in done.stdout
    assert "Traceback" not in done.stderr
