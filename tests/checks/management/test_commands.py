"""The commands as a user runs them: words, JSON, exit statuses, and one plain sentence when the input is wrong."""
from __future__ import annotations

import base64
import csv
import json

import pytest

from tests.installation import ROOT

GIT = {"settings": {"base_url": "https://93.184.216.34"}, "credentials": {"token": "0123456789abcdef0123456789abcdef01234567"}}


@pytest.fixture
def acme(installation):
    installation.json("create_organisation", "acme", "--owner", "alice@example.com")
    return installation


def refused(done, *words):
    """Exit 2, nothing on standard output, one sentence on standard error that holds these words."""
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    return done.stderr


def test_generate_key_works_before_anything_is_configured(installation):
    document = installation.json("generate_key", SECRET_KEY="", CREDENTIAL_KEYS="")
    assert len(base64.urlsafe_b64decode(document["key"])) == 32


def test_list_checks_prints_the_rows_of_the_checklist(installation):
    rows = installation.json("list_checks")["checks"]
    printed = [(r["provider"], r["check"], " ".join(m for m, on in (("R", r["required"]), ("S", r["per_service"])) if on),
                ", ".join(sorted(r["needs"]))) for r in rows]
    with (ROOT / "tests/data/checklist.tsv").open() as file:
        promised = [tuple((*row, "", "")[:4]) for row in csv.reader(file, delimiter="\t") if row and row[0][0] != "#"]
    promised = [(p, c, m, ", ".join(sorted(n.strip() for n in needs.split(",") if n))) for p, c, m, needs in promised]
    assert printed == promised
    for row in rows:
        assert set(row) == {"provider", "check", "title", "layer", "required", "per_service", "needs"}
        assert row["title"]
        assert row["layer"] or row["provider"] == "organisation"


def test_create_organisation_answers_with_its_slug_and_owner(installation):
    assert installation.json("create_organisation", "acme", "--owner", "Alice@Example.com") == {
        "organisation": "acme", "owner": "alice@example.com"}


@pytest.mark.parametrize("name", ["Acme", "-acme", "a" * 64, "a_b", "", "acme\n"])
def test_a_name_that_is_no_slug_is_refused(installation, name):
    refused(installation.run("create_organisation", "--owner=alice@example.com", "--", name), "NAME")


def test_a_taken_organisation_is_an_error(acme):
    refused(acme.run("create_organisation", "acme", "--owner", "bob@example.com"), "exists already")


def test_connect_saves_and_shows_no_credential(acme):
    document = acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    assert {k: document[k] for k in ("organisation", "integration", "provider", "credentials", "status")} == {
        "organisation": "acme", "integration": "git-main", "provider": "gitea", "credentials": ["token"],
        "status": "unverified"}
    assert document["settings"]["base_url"] == "https://93.184.216.34"
    assert GIT["credentials"]["token"] not in json.dumps(document)


@pytest.mark.parametrize(("words", "document", "says"), [
    (("nowhere", "gitea", "git"), GIT, "organisation"),
    (("acme", "svn", "git"), GIT, "provider"),
    (("acme", "gitea", "Git Main"), GIT, "name"),
    (("acme", "gitea", "git"), {"settings": {}, "credentials": {"token": "x" * 40}}, "base_url"),
    (("acme", "gitea", "git"), {"settings": GIT["settings"], "credentials": {}}, "token"),
    (("acme", "gitea", "git"), {"settings": {**GIT["settings"], "bas_url": "x"}, "credentials": GIT["credentials"]}, "bas_url"),
    (("acme", "gitea", "git"), {"settings": {**GIT["settings"], "token": "x"}, "credentials": {}}, "token"),
    (("acme", "gitea", "git"), {"settings": {**GIT["settings"], "pushes": "maybe"}, "credentials": GIT["credentials"]}, "pushes"),
    (("acme", "gitea", "git"), {"settings": {**GIT["settings"], "token_expires_on": "soon"}, "credentials": GIT["credentials"]},
     "token_expires_on"),
    (("acme", "gitea", "git"), {"settings": {"base_url": "ftp://git.example.com"}, "credentials": GIT["credentials"]}, "base_url"),
    (("acme", "gitea", "git"), {"settings": {"base_url": "https://10.0.0.1"}, "credentials": GIT["credentials"]}, "base_url"),
    (("acme", "gitea", "git"), {"settings": {"base_url": "https://169.254.169.254"}, "credentials": GIT["credentials"]}, "base_url"),
    (("acme", "gitea", "git"), {"extra": 1, **GIT}, "extra"),
    (("acme", "gitea", "git"), {"settings": []}, "settings"),
    (("acme", "gitea", "git"), "not json", "not JSON"),
    (("acme", "gitea", "git"), "[]", "JSON object"),
    (("acme", "backup_storage", "b"), {"settings": {"region": "us-east-1"}, "credentials": {"secret_access_key": "s" * 40}}, "bucket"),
])
def test_wrong_input_names_its_field_and_saves_nothing(acme, words, document, says):
    error = refused(acme.run("connect", *words, stdin=document, EGRESS_ALLOW_NETWORKS=""), says)
    assert "x" * 40 not in error
    refused(acme.run("verify", "acme", "git"), "git")


def test_a_name_that_does_not_resolve_now_is_saved(acme):
    acme.json("connect", "acme", "gitea", "later", stdin={**GIT, "settings": {"base_url": "https://git.invalid"}})


def test_a_taken_integration_name_is_an_error(acme):
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    refused(acme.run("connect", "acme", "gitea", "git-main", stdin=GIT), "taken")


def test_replace_keeps_the_credential_while_the_endpoint_stays(acme):
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    document = acme.json("connect", "acme", "gitea", "git-main", "--replace", stdin={"settings": {"pushes": True}, "credentials": {}})
    assert document["credentials"] == ["token"]
    assert document["settings"]["pushes"] is True
    assert document["status"] == "unverified"


def test_replace_with_another_endpoint_drops_the_credential(acme):
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    document = acme.json("connect", "acme", "gitea", "git-main", "--replace",
                         stdin={"settings": {"base_url": "https://93.184.216.35"}, "credentials": {}})
    assert document["credentials"] == []
    assert document["status"] == "needs_credential"
    refused(acme.run("verify", "acme", "git-main", "--json"), "token")


def test_replace_of_what_is_not_there_is_an_error(acme):
    refused(acme.run("connect", "acme", "gitea", "none", "--replace", stdin=GIT), "none")


SERVICE = {"kind": "app", "integration": "git-main", "target": {"repository": "https://93.184.216.34/a/b.git", "ref": "main"}}


def test_add_service_answers_with_what_was_saved(acme):
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    document = acme.json("add_service", "acme", "shop", stdin=SERVICE)
    assert {**document, "id": ""} == {"id": "", "organisation": "acme", "service": "shop", "node": None, **SERVICE}


@pytest.mark.parametrize(("change", "says"), [
    ({"kind": "cron"}, "kind"),
    ({"kind": "database"}, "integration"),
    ({"integration": "nowhere"}, "integration"),
    ({"target": {"repository": "https://user:hunter2secret@93.184.216.34/a/b.git", "ref": "main"}}, "repository"),
    ({"target": {"repository": "https://93.184.216.34/a/b.git"}}, "ref"),
    ({"target": {**SERVICE["target"], "branch": "x"}}, "branch"),
    ({"node": "nowhere"}, "node"),
    ({"node": 3}, "node"),
    ({"image": "x"}, "image"),
])
def test_a_wrong_service_names_its_field(acme, change, says):
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)
    error = refused(acme.run("add_service", "acme", "shop", stdin={**SERVICE, **change}), says)
    assert "hunter2secret" not in error


def test_unknown_names_are_exit_2_for_verify_and_preflight(acme):
    refused(acme.run("verify", "acme", "nowhere", "--json"), "nowhere")
    refused(acme.run("preflight", "acme", "nowhere", "--json"), "nowhere")
    refused(acme.run("verify", "nowhere", "x", "--json"), "nowhere")


@pytest.mark.parametrize(("env", "says"), [
    ({"SECRET_KEY": ""}, "SECRET_KEY"),
    ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS"),
    ({"CREDENTIAL_KEYS": "short"}, "CREDENTIAL_KEYS"),
    ({"EGRESS_ALLOW_NETWORKS": "10.0.0.0/99"}, "EGRESS_ALLOW_NETWORKS"),
    ({"EMAIL_URL": "nonsense"}, "EMAIL_URL"),
    ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    ({"DEBUG": "perhaps"}, "DEBUG"),
    ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/at/all"}, "SECRET_KEY_FILE"),
])
def test_a_misconfigured_start_stops_with_a_plain_sentence(acme, env, says):
    refused(acme.run("verify", "acme", "x", **env), says)


def test_a_key_may_come_from_a_file(acme, tmp_path):
    (tmp_path / "keys").write_text(acme.env["CREDENTIAL_KEYS"] + "\n")
    env = {k: v for k, v in acme.env.items() if k != "CREDENTIAL_KEYS"}
    acme.env = {**env, "CREDENTIAL_KEYS_FILE": str(tmp_path / "keys")}
    acme.json("connect", "acme", "gitea", "git-main", stdin=GIT)


@pytest.mark.parametrize("words", [("redact",), ("list_checks",), ("egress",)])
def test_what_needs_no_key_works_before_anything_is_configured(installation, words):
    done = installation.run(*words, stdin="", SECRET_KEY="", CREDENTIAL_KEYS="", EMAIL_URL="")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_warning_about_the_configuration_does_not_disturb_a_command(acme):
    env = {k: v for k, v in acme.env.items() if k != "EMAIL_URL"}
    acme.env = env
    error = refused(acme.run("verify", "acme", "nowhere"), "nowhere")
    assert len(error.strip().splitlines()) == 1


def test_a_missing_word_is_one_sentence(acme):
    error = refused(acme.run("verify", "acme"), "NAME")
    assert len(error.strip().splitlines()) == 1
