"""`diagnose --organisation ORG [--recheck]`: a pasted message is settled by rows that are asked of a real Git host."""
from __future__ import annotations

import pytest

from tests.peers.git_host import TOKENS

ROW = {"integration", "check", "service", "status", "evidence", "remedy", "checked_at"}


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


@pytest.fixture
def git(acme, git_host):
    """Connected, with a service whose repository the token cannot see, and one that is right."""
    acme.json("connect", "acme", "gitea", "git", stdin={"settings": {"base_url": git_host.url},
                                                        "credentials": {"token": TOKENS["reader"].value}})
    for name, repository in (("hidden", "acme/secret"), ("fine", "acme/web")):
        target = {"repository": git_host.clone_url(repository), "ref": "main"}
        acme.json("add_service", "acme", name, stdin={"kind": "app", "integration": "git", "target": target})
    return git_host


def not_found(git, repository="acme/secret"):
    return f"remote: Repository not found.\nfatal: repository '{git.clone_url(repository)}/' not found\n"


def rows(document):
    return {(row["integration"], row["check"], row["service"]): row for layer in document["layers"] for row in layer["rows"]}


def test_without_an_organisation_there_are_no_rows(acme, git):
    document = acme.json("diagnose", stdin=not_found(git))
    assert document["layers"]
    assert all(layer["rows"] == [] for layer in document["layers"])


def test_rows_that_were_never_asked_say_so_until_they_are_asked(acme, git):
    document = acme.json("diagnose", "--organisation", "acme", stdin=not_found(git))
    before = rows(document)["git", "clone_permitted", "hidden"]
    assert set(before) == ROW
    assert (before["status"], before["evidence"], before["checked_at"]) == (None, "Not asked yet.", None)
    assert not git.seen, "without --recheck nobody is asked"


def test_a_pasted_repository_not_found_is_settled_by_a_live_re_check(acme, git):
    document = acme.json("diagnose", "--organisation", "acme", "--recheck", stdin=not_found(git))
    found = rows(document)
    clone = found["git", "clone_permitted", "hidden"]
    assert clone["status"] == "fail"
    assert "acme/secret" in clone["evidence"]
    assert clone["remedy"]
    assert clone["checked_at"].endswith("Z")
    assert found["git", "token_accepted", None]["status"] == "pass"
    assert {service for *_, service in found} == {None, "hidden"}, "the repository picks the service"
    assert document["layers"][0]["layer"] in ("repo-allow-list", "git-token", "clone-url")


def test_a_person_reads_the_rows_and_what_they_settle(acme, git):
    done = acme.run("diagnose", "--organisation", "acme", "--recheck", stdin=not_found(git))
    assert done.returncode == 0
    assert "✗ git, hidden: clone_permitted: acme/secret" in done.stdout
    assert "The clone URL is fine: every row about it passed at " in done.stdout
    assert "“The token can clone the repository” of git failed at " in done.stdout


def test_when_the_repository_is_there_now_every_row_passes(acme, git):
    done = acme.run("diagnose", "--organisation", "acme", "--recheck", stdin=not_found(git, "acme/web"))
    assert done.returncode == 0
    assert "Every row about this passed at " in done.stdout


def test_a_host_that_went_away_settles_nothing_and_ends_in_time(acme, git):
    text = not_found(git)
    git.stop()
    done = acme.run("diagnose", "--organisation", "acme", "--recheck", stdin=text)
    assert done.returncode == 0
    assert "It could not be settled" in done.stdout


def test_no_secret_of_the_paste_or_of_the_integration_comes_out(acme, git):
    secret = "ghp_" + "Zq3" * 12
    done = acme.run("diagnose", "--organisation", "acme", "--recheck", "--json", stdin=f"{not_found(git)}{secret}\n")
    assert secret not in done.stdout + done.stderr
    assert TOKENS["reader"].value not in done.stdout + done.stderr


def test_nothing_recognised_is_exit_3_and_asks_nobody(acme, git):
    document = acme.json("diagnose", "--organisation", "acme", "--recheck", stdin="it is a fine day\n", expect=3)
    assert document["layers"] == []
    assert not git.seen


@pytest.mark.parametrize(("words", "said"), [
    (("--recheck",), "--recheck: needs --organisation"),
    (("--organisation", "nowhere"), "organisation: there is none named “nowhere”."),
])
def test_wrong_words_are_one_sentence(acme, words, said):
    done = acme.run("diagnose", *words, "--json", stdin="fatal: Authentication failed")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.strip().splitlines()) == 1
