"""`manage.py redact`: from standard input to standard output, and nowhere else."""
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


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def run(monkeypatch, data: bytes, *words: str) -> str:
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    out = io.StringIO()
    call_command("redact", *words, stdout=out)
    return out.getvalue()


def test_the_same_text_comes_out_without_its_secrets_and_without_a_line_end_of_its_own(monkeypatch):
    assert run(monkeypatch, b"one\r\ntoken " + TOKEN + b"\ntwo") == "one\r\ntoken [REDACTED:gitlab-token]\ntwo"


def test_json_says_what_was_removed(monkeypatch):
    document = json.loads(run(monkeypatch, b"PASSWORD=q7Rw9Zt2\n" + TOKEN + b" \xff", "--json"))
    assert document == {"redacted": "PASSWORD=[REDACTED:password]\n[REDACTED:gitlab-token] \ufffd",
                        "removed": [{"kind": "password", "count": 1}, {"kind": "gitlab-token", "count": 1}]}


def test_more_than_one_mebibyte_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Stdin(b"a" * (1024 * 1024 + 1)))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("redact", stdout=out, stderr=err)
    assert (stopped.value.code, out.getvalue()) == (2, "")
    assert "longer than 1 MiB" in err.getvalue()


def test_a_secret_at_the_very_end_of_a_mebibyte_goes_too(monkeypatch):
    line = b"2026-11-23T10:00:00Z INFO added 812 packages in 14s\n"
    data = line * ((1024 * 1024 - len(TOKEN)) // len(line)) + TOKEN
    assert TOKEN.decode() not in run(monkeypatch, data)


def test_other_bytes_come_out_as_they_went_in_and_no_database_is_asked():
    data = b"\xff\xfe\r\nhttps://bob:q7Rw9Zt2Lp@git.example.com/a.git \xc3\xa9 \xed\xa0\x80"
    done = subprocess.run([sys.executable, "manage.py", "redact"], input=data, capture_output=True, timeout=60, cwd=ROOT, check=False,
                          env={"PATH": "/usr/bin:/bin", "SECRET_KEY": "x", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
                               "BASE_URL": "http://localhost", "CREDENTIAL_KEYS": "dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ="})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == data.replace(b"q7Rw9Zt2Lp", b"[REDACTED:url-password]")
