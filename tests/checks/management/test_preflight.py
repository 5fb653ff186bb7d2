"""`manage.py preflight` as a pipeline runs it: its exit status and what it says, and two of them at once."""
from __future__ import annotations

import json
import subprocess
import time

import pytest

from tests.checks.engine.clockwork import Clockwork
from tests.checks.engine.conftest import TOKEN, server  # noqa: F401 -- a fixture
from tests.peers.git_host import TOKENS

DEADLINE = 60


@pytest.fixture
def acme(installation, git_host):
    """An installation with git-main connected to a host, and the service web on it."""
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    installation.json("connect", "acme", "gitea", "git-main",
                      stdin={"settings": {"base_url": git_host.url}, "credentials": {"token": TOKENS["reader"].value}})
    installation.serve = lambda name, ref: installation.json("add_service", "acme", name, stdin={
        "kind": "app", "integration": "git-main", "target": {"repository": git_host.clone_url("acme/web"), "ref": ref}})
    installation.serve("web", "main")
    return installation


def said(acme, *words, expect):
    done = acme.run("preflight", "acme", *words)
    assert done.returncode == expect, (done.stdout, done.stderr)
    return done.stdout + done.stderr


def test_0_would_deploy(acme):
    assert "web: would deploy now." in said(acme, "web", expect=0)


def test_1_would_not_and_names_what_stands_in_the_way_with_what_to_do(acme):
    acme.serve("broken", "develp")
    text = said(acme, "broken", expect=1)
    assert "broken: would not deploy now. “The branch or tag exists" in text
    assert "of git-main stands in the way." in text
    assert "develop" in text


def test_3_could_not_be_checked(acme, git_host):
    git_host.stop()
    text = said(acme, "web", expect=3)
    assert "web: could not be checked. “The host answers" in text


@pytest.mark.parametrize(("words", "names"), [(("nowhere",), "service: there is none named “nowhere”"),
                                              (("web", "--max-age", "-1"), "--max-age"),
                                              (("web", "--max-age", "soon"), "--max-age")])
def test_2_the_words_were_wrong(acme, words, names):
    assert names in said(acme, *words, expect=2)


def test_a_credential_that_was_dropped_is_told_in_words(acme, git_host):
    acme.json("connect", "acme", "gitea", "git-main", "--replace",
              stdin={"settings": {"base_url": git_host.url.replace("127.0.0.1", "localhost")}, "credentials": {}})
    text = said(acme, "web", expect=1)
    assert "“The integration has its credential” of git-main stands in the way." in text
    assert "Give the credential again on the page of git-main." in text
    document = acme.json("preflight", "acme", "web", expect=1)
    assert [(f["check"], f["integration"], f["cause"]) for f in document["findings"]] == [("credential", "git-main", "yours")]


# A gate that tells when it holds its run, so that a test knows that two of them wait for the same one.
GATE = """
import json, pathlib
from checks.actions import preflight, verify
from organisations.models import Organisation
start = verify.runs.start
def telling(*words, **more):
    run = start(*words, **more)
    pathlib.Path({mark!r}).write_text(str(run.pk))
    return run
verify.runs.start = telling
print(json.dumps(preflight.preflight(organisation=Organisation.objects.get(), actor=None, service="shop", max_age=0)))
"""


@pytest.mark.slow
def test_two_at_once_share_the_run(installation, tmp_path, server):  # noqa: F811
    there = Clockwork(installation)
    there.connect("main", server.address)
    installation.json("add_service", "acme", "shop", stdin={"kind": "app", "integration": "main", "target": {"repository": "acme/shop"}})
    server.hold("HELLO")
    marks = [tmp_path / "one", tmp_path / "two"]
    gates = [subprocess.Popen(installation.command("shell", "--no-imports", "-c", GATE.format(mark=str(mark))), env=installation.env,
                              cwd=installation.folder, stdout=subprocess.PIPE, text=True) for mark in marks]
    try:
        until = time.monotonic() + DEADLINE
        while not all(mark.exists() for mark in marks) or not server.waiting["HELLO"].is_set():
            assert time.monotonic() < until, [gate.poll() for gate in gates]
            time.sleep(0.05)
        server.release("HELLO")
        documents = [json.loads(gate.communicate(timeout=DEADLINE)[0]) for gate in gates]
    finally:
        for gate in gates:
            gate.kill()
    assert [document["ready"] for document in documents] == [True, True]
    assert marks[0].read_text() == marks[1].read_text()
    assert server.seen.count(f"HELLO {TOKEN}") == 1
    assert there.sql("SELECT count(*) FROM checks_run") == [(1,)]
