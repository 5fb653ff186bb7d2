"""From a message or a log to its layers: right on what tools print, silent on everything else, and never surely wrong."""
from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checks.diagnosis import engine, reading
from checks.diagnosis.engine import ANSWERS, diagnose
from checks.diagnosis.reading import LINE, SHOWN, WINDOW, bare, read, window
from checks.diagnosis.remedies import BESIDES, ROWS
from checks.providers import PROVIDERS
from checks.verdict import Layer
from tests.checks.diagnosis.cases import OWN, SHIPPED, Case, in_a_log, negatives, of_others

ROOT = Path(__file__).resolve().parents[3]
ALL = [("shipped", SHIPPED, 1.0, 0.95), ("own", OWN, 0.97, 0.92)]  # name, cases, first answers accepted, first answers that are the best one
TOKEN = "ghp_" + "a1B2c3D4e5" * 4
WAYS = {
    "bare": lambda text, n: text,
    "in a log": in_a_log,
    "in another log": lambda text, n: in_a_log(text, n + 1000),
    "with CRLF": lambda text, n: in_a_log(text, n, crlf=True),
    "of other hosts": of_others,
    "in JSON": lambda text, n: json.dumps({"log": in_a_log(text, n)}),
    "in capitals of a log level": lambda text, n: "\n".join(f"[ERROR] {line}" for line in text.splitlines()),
    "behind a container's name": lambda text, n: "\n".join(f"worker-1  | {line}" for line in text.splitlines()),
    "quoted in a mail": lambda text, n: "\n".join(f"> {line}" for line in text.splitlines()),
}


def layers(text: str) -> list[str]:
    return [answer.layer.value for answer in diagnose(text).layers]


def first(text: str) -> str | None:
    return next(iter(layers(text)), None)


def right(case: Case, got: str | None) -> bool:
    return got == (case.layers[0] if case.layers else None)


def accepted(case: Case, got: str | None) -> bool:
    return got in case.layers if case.layers else got is None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "cases", "accept", "best"), ALL, ids=[name for name, *_ in ALL])
def test_the_first_answer_is_right_and_no_answer_is_surely_wrong(name, cases, accept, best, way):
    asked = [(case, diagnose(WAYS[way](case.text, number)).layers) for number, case in enumerate(cases)]
    firsts = [(case, found[0].layer.value if found else None) for case, found in asked]
    wrong = [(case.name, got) for case, got in firsts if not accepted(case, got)]
    unnamed = [case.name for case, found in asked if case.layers and not {answer.layer.value for answer in found} & set(case.layers)]
    surely_wrong = [(case.name, answer.layer.value) for case, found in asked for answer in found
                    if answer.confidence == "certain" and answer.layer.value not in case.layers]
    assert surely_wrong == []
    assert len(wrong) <= (1 - accept) * len(cases), wrong
    assert len(unnamed) <= 0.03 * len(cases), unnamed
    assert sum(right(case, got) for case, got in firsts) >= best * len(cases), [(case.name, got) for case, got in firsts if not right(case, got)]


@pytest.mark.parametrize("text", negatives(), ids=lambda text: text[:50])
def test_an_ordinary_text_gives_nothing(text):
    assert diagnose(text).layers == ()
    assert diagnose(in_a_log(text, 7)).layers == ()


def test_there_are_many_kinds_of_ordinary_text():
    assert len(negatives()) >= 300


@pytest.mark.parametrize(("text", "layer"), [
    ("fatal: Authentifizierung fehlgeschlagen für 'https://git.firma.de/web/shop.git/'", "git-token"),
    ("fatal : La branche distante production n'a pas été trouvée dans le dépôt amont origin", "branch-missing"),
    ("ssh: connect to host 203.0.113.7 port 22: Conexión rehusada", "network"),
    ("致命错误：远程分支 prod 在上游 origin 未发现", "branch-missing"),
    ("deploy@node1:~$ sudo docker ps\nsudo: Ein Passwort ist notwendig", "ssh-host"),
])
def test_what_a_machine_says_in_another_language_is_read_too(text, layer):
    assert first(text) == layer
    assert diagnose(text).layers[0].seen[-12:] in text


@pytest.mark.parametrize("text", [
    "Wir konnten den Gast nicht finden, das Zimmer existiert nicht.", "Le client n'existe pas dans notre base, merci de vérifier."])
def test_a_foreign_phrase_of_prose_is_no_message(text):
    assert layers(text) == []


@pytest.mark.parametrize("spelling", [
    "answered with 403", "status code: 403", "HTTP/1.1 403 Forbidden", "(403) Forbidden", "Response code 403 (Forbidden)", "got 403", '"status": 403'])
@pytest.mark.parametrize(("subject", "layer"), [
    ("https://gitlab.com/api/v4/projects/1", "git-token"), ("docker pull ghcr.io/acme/app:1", "registry-auth"), ("upload to s3://dumps/x", "backup-bucket-policy")])
def test_a_status_is_read_however_it_is_spelt_and_means_what_its_subject_makes_of_it(subject, spelling, layer):
    assert first(f"error: {subject} {spelling}") == layer


def test_every_answer_of_a_git_token_and_of_an_ssh_key_says_that_the_other_side_is_not_to_be_mended():
    for case in SHIPPED + OWN:
        for answer in diagnose(case.text).layers:
            if answer.layer is Layer.GIT_TOKEN:
                assert "SSH keys" in answer.remedy or "Tokens of" in answer.remedy, answer
            if answer.layer is Layer.SSH_AUTH:
                assert "Tokens of Git hosts" in answer.remedy or "SSH keys" in answer.remedy, answer


def test_every_layer_of_the_vocabulary_is_answered_first_by_some_message():
    assert {first(case.text) for case in SHIPPED + OWN} - {None} == {layer.value for layer in Layer}


def test_no_secret_of_a_message_is_left_in_any_answer():
    found = diagnose(f"remote: Repository not found.\nfatal: repository 'https://x-access-token:{TOKEN}@github.com/acme/shop.git/' not found")
    assert TOKEN not in repr(found)
    assert found.layers[0].layer is Layer.REPO_ALLOW_LIST
    assert found.removed
    assert all(kind and count for kind, count in found.removed)


def test_an_answer_shows_the_line_that_decided_without_time_and_colour():
    found = diagnose("2026-11-23T10:00:00Z start\n\x1b[31m2026-11-23T10:00:01Z remote: HTTP Basic: Access denied\x1b[0m\nend")
    assert found.layers[0].seen == "HTTP Basic: Access denied"


def test_a_long_line_is_shown_cut():
    found = diagnose("remote: Repository not found. " + "and more of this " * 100)
    assert len(found.layers[0].seen) == SHOWN
    assert found.layers[0].seen.endswith("…")


def test_each_layer_is_answered_once_and_the_list_is_short():
    for case in SHIPPED + OWN:
        got = layers(case.text)
        assert len(got) == len(set(got)) <= ANSWERS


def test_the_candidates_of_an_ambiguous_message_are_ranked():
    assert layers("remote: Write access to repository not granted.\nfatal: unable to access 'https://github.com/a/b.git/': error: 403")[:3] == [
        "git-token", "github-app", "repo-allow-list"]


@pytest.mark.parametrize(("text", "layer"), [
    ("git clone https://gitlab.com/acme/shop.git\n403 Forbidden", "git-token"),
    ("docker pull ghcr.io/acme/app:1\n403 Forbidden", "registry-auth"),
    ("aws s3 cp dump.sql s3://dumps/\n403 Forbidden", "backup-bucket-policy"),
    ("aws ec2 run-instances --image-id ami-1\nAccessDenied", "aws-iam"),
    ("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "backup-bucket-policy"),
    ("AccessDenied: not authorized to perform: ec2:RunInstances", "aws-iam"),
    ("docker pull registry.gitlab.com/acme/app:1\ndenied: access forbidden", "registry-namespace"),
    ("Cloning into 'shop'...\nfatal: Authentication failed for 'https://git.example.com/acme/docker-registry.git/'", "git-token"),
    ("Head \"https://ghcr.io/v2/acme/postgres-s3-backup/manifests/1\": unauthorized", "registry-auth"),
])
def test_what_stands_around_a_message_tells_its_look_alikes_apart(text, layer):
    assert first(text) == layer


def test_an_ssh_error_says_that_tokens_do_not_matter_and_a_git_error_that_the_servers_ssh_does_not():
    ssh = diagnose("root@203.0.113.7: Permission denied (publickey).").layers[0]
    git = diagnose("fatal: Authentication failed for 'https://git.example.com/acme/shop.git/'").layers[0]
    assert "Tokens of Git hosts do not matter here" in ssh.remedy
    assert "SSH keys of the server change nothing here" in git.remedy


def test_a_message_that_a_terminal_broke_off_is_read_across_the_break():
    assert first("│ Error: creating EC2 Instance (t3.large): the request was refused: You are not\n│ authorized to perform this operation.") == "aws-iam"


def test_the_end_of_a_long_log_decides_and_trouble_before_it_is_not_lost():
    noise = "a line of progress without any news in it\n" * 20_000
    assert first(noise + "fatal: couldn't find remote ref release\n") == "branch-missing"
    assert first("fatal: couldn't find remote ref release\n" + noise) == "branch-missing"
    assert len(window(noise)) <= WINDOW


def test_times_levels_and_prefixes_are_no_part_of_a_line():
    for line in ("2026-11-23T10:00:00Z denied", "[10:00:00] denied", "#12 3.456 denied", "[STDERR] denied", "remote: denied", "│ denied", "error: denied",
                 "time=\"x\" denied"[9:], "> denied", "worker-1  | denied"):
        assert bare(line) == "denied", line


def test_every_row_that_an_answer_names_is_a_row_of_the_checklist_of_that_kind():
    kinds = {"compute": [p for p in PROVIDERS if p.provisions or (not p.serves and not p.is_node)], "node": [p for p in PROVIDERS if p.is_node]}
    for layer, (of, rows) in ROWS.items():
        declared = {slug for kind in of for p in kinds.get(kind, [p for p in PROVIDERS if kind in p.serves]) for slug in p.checks}
        assert set(rows) <= declared, layer
    assert set(ROWS) == set(BESIDES) == set(Layer)


# Bounded work: a budget that is counted, not a clock.

HOSTILE = ["denied ", "fatal: ", "error: ", "remote: ", "permission denied (", "x509: ", "a", "\\", "\\u0041", "&amp;", "\x1b[", "\x1b]", "[", "2026-11-23T10:00:00",
           "registry.", "registry.a.", "a.", "a-", "https://a/", "git@a:", "pull access denied for ", "webhook failed ", "s3: error 403 ", "unauthorized\n", "denied\n",
           "fatal: authentication failed for \n", "docker denied\n", "#1 ", "\r", "\0", "İ", "if you see ", "test_", "- fix ", "accessdenied putobject\n", "ssh: key error\n"]


@pytest.fixture
def counted(monkeypatch):
    """How often a pattern is held against a line."""
    calls = []
    real = engine._last
    monkeypatch.setattr(engine, "_last", lambda finder, rule, pattern, reading: calls.append(len(finder.lines(pattern.hint))) or real(finder, rule, pattern, reading))
    return calls


def test_the_number_of_lines_tried_does_not_grow_with_the_text(counted):
    sums = []
    for size in (8, 16, 32):
        counted.clear()
        diagnose("docker denied s3 error git\n" * (size * 1024 // 27))
        sums.append(sum(counted))
    assert sums[0] == sums[1] == sums[2]


def test_a_line_is_read_in_pieces_and_no_message_is_lost_at_a_seam():
    for before in range(LINE - 60, LINE + 60, 7):
        assert first("x" * before + " fatal: Remote branch release not found in upstream origin " + "y" * 4000) == "branch-missing", before


def test_hostile_texts_end_in_good_time_in_a_process_of_their_own():
    code = ("import sys; from checks.diagnosis.engine import diagnose; from tests.checks.diagnosis.test_diagnose import HOSTILE\n"
            "for piece in HOSTILE: diagnose((piece * (65536 // len(piece) + 1))[:65536])\n")
    done = subprocess.run([sys.executable, "-c", "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup()\n" + code],
                          cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("text", ["", " \n\t ", "\0\1\2", "\ud800", "a" * 100_000, "\n" * 100_000, "denied " * 20_000])
def test_any_text_gets_an_answer_of_the_same_form(text):
    found = diagnose(text)
    assert isinstance(found.layers, tuple)
    assert all(answer.confidence in ("certain", "likely", "possible") for answer in found.layers)


def test_nothing_is_read_twice_as_long_when_lines_are_joined():
    made = reading.joined(read("short\n" + "a longer line that a terminal may have broken off somewhere\nand its rest"))
    assert [line.low for line in made.lines] == ["a longer line that a terminal may have broken off somewhere and its rest"]
