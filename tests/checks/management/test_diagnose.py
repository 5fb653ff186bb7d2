"""`manage.py diagnose`: standard input, one JSON document, and an exit status that a script can use."""
from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[3]
TOKEN = b"glpat-" + b"a1B2c3D4e5" * 2
MESSAGE = b"fatal: Authentication failed for 'https://oauth2:" + TOKEN + b"@git.example.com/acme/shop.git/'\n"


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def run(monkeypatch, data: bytes, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("diagnose", *words, stdout=out, stderr=err, no_color=True)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_json_holds_what_the_interface_promises_and_no_secret(monkeypatch):
    status, out, err = run(monkeypatch, MESSAGE, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert set(document) == {"redacted", "removed", "layers"}
    assert document["removed"] == [{"kind": document["removed"][0]["kind"], "count": 1}]
    assert TOKEN.decode() not in out
    assert document["layers"][0]["layer"] == "git-token"
    assert all(set(layer) == {"layer", "confidence", "why", "remedy", "seen", "rows"} for layer in document["layers"])
    assert all(isinstance(layer["rows"], list) for layer in document["layers"])


def test_nothing_recognised_is_an_empty_list_and_exit_status_3(monkeypatch):
    status, out, err = run(monkeypatch, b"Your deployment is live. It took 48 seconds.", "--json")
    assert (status, json.loads(out)["layers"], err) == (3, [], "")
    status, out, err = run(monkeypatch, b"Your deployment is live. It took 48 seconds.")
    assert (status, err) == (3, "")
    assert out.startswith("Nothing here was recognised.")


def test_a_person_reads_the_layers_in_order_with_what_to_do(monkeypatch):
    status, out, _ = run(monkeypatch, MESSAGE)
    assert status == 0
    assert "1. git-token" in out
    assert "→ " in out
    assert "Left out of what was read: 1 " in out
    assert TOKEN.decode() not in out


@pytest.mark.parametrize(("data", "sentence"), [
    (b"", "Standard input is empty"), (b" \n\t\r\n", "Standard input is empty"), ("\u00a0\u2003".encode(), "Standard input is empty"),
    (bytes(range(256)) * 8, "Standard input is not text"), (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40, "Standard input is not text"),
    (b"\xff\xd8\xff\xe0" + b"\xfe\x81\x9c" * 90, "Standard input is not text"), (b"a" * (10 * 1024 * 1024), "Standard input is longer than 1 MiB"),
])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_what_is_no_text_is_refused_in_one_sentence(monkeypatch, data, sentence, words):
    status, out, err = run(monkeypatch, data, *words)
    assert (status, out) == (2, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1


def test_some_bytes_that_are_no_utf_8_do_not_hide_a_message(monkeypatch):
    status, out, _ = run(monkeypatch, b"caf\xe9: r\xe9sum\xe9\n" + MESSAGE, "--json")
    assert (status, json.loads(out)["layers"][0]["layer"]) == (0, "git-token")


def test_what_powershell_writes_is_read(monkeypatch):
    status, out, _ = run(monkeypatch, "remote: Repository not found.\r\n".encode("utf-16"), "--json")
    assert (status, json.loads(out)["layers"][0]["layer"]) == (0, "repo-allow-list")


def test_one_endless_line_is_read(monkeypatch):
    status, out, _ = run(monkeypatch, b"x" * 900_000 + b" remote: Repository not found.", "--json")
    assert (status, json.loads(out)["layers"][0]["layer"]) == (0, "repo-allow-list")


def test_no_database_and_no_key_is_needed():
    done = subprocess.run([sys.executable, "manage.py", "diagnose", "--json"], input=MESSAGE, capture_output=True, timeout=60, cwd=ROOT, check=False,
                          env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "x", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
                               "BASE_URL": "http://localhost", "CREDENTIAL_KEYS": "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ="})
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["layers"][0]["layer"] == "git-token"
