"""`manage.py egress`: a line of answer for each line of input."""
from __future__ import annotations

import io
import json
import socket

import pytest
from django.core.management import call_command

from checks.management.commands.egress import read_lines
from tests.egress_cases import CASES, PAIRS, PUBLIC, unescaped


@pytest.fixture
def plain(settings):
    settings.EGRESS_ALLOW_PLAIN_HTTP = True


@pytest.fixture
def asked(monkeypatch, capsys):
    def run(data, *words):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        call_command("egress", *words)
        return capsys.readouterr().out

    return run


def test_the_command_judges_every_shipped_case_on_a_line_of_its_own(plain, asked):
    inputs = [unescaped(case[1]) for case in CASES]
    words = [word for pair in PAIRS for word in ("--resolve", pair)]
    lines = asked("\n".join(inputs).encode(), *words).removesuffix("\n").split("\n")
    assert [line.split("\t")[0] for line in lines] == [case[2] for case in CASES]
    assert all(line.startswith(f"{case[2]}\t{text}\t") for line, case, text in zip(lines, CASES, inputs, strict=True))
    document = json.loads(asked("\n".join(inputs).encode(), "--json", *words))
    assert [(row["input"], row["verdict"]) for row in document["results"]] == [
        (text, case[2]) for text, case in zip(inputs, CASES, strict=True)]
    assert all(row["reason"] for row in document["results"])


def test_a_resolved_name_disregards_case_and_the_root_dot_and_takes_many_addresses(asked):
    out = asked(b"git.example.com\nother.example.com\n\nmixed.test.\n", "--resolve", f"GIT.example.com.={PUBLIC}",
                "mixed.test=93.184.216.34,[::1]")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["allowed", "blocked", "blocked", "blocked"]
    assert out.splitlines()[1].endswith("other.example.com does not resolve.")
    assert out.splitlines()[2] == "blocked\t\tThe address is empty."


@pytest.mark.parametrize(("data", "lines"), [
    (b"a\nb\n", ["a", "b"]), (b"a\nb", ["a", "b"]), (b"a\n\nb\n\n", ["a", "", "b", ""]), (b"", []), (b"\n", [""]),
    (b"a\r\nb\r\n", ["a", "b"]), (b"a\r\nb\n", ["a\r", "b"]), (b"\xef\xbb\xbfa\n", ["a"]), (b"a\x0bb\xe2\x80\xa8c\n", ["a\x0bb\u2028c"]),
    (b"\xff\n", ["\ufffd"]),
])
def test_a_line_is_what_ends_with_a_line_feed(data, lines):
    assert read_lines(data) == lines


def test_what_would_break_the_line_or_steer_a_terminal_is_shown_escaped(asked):
    out = asked("https://a.example.com\r/\x1b[31m\u2028\t\nx\n".encode())
    assert out.splitlines()[0].startswith("blocked\thttps://a.example.com\\r/\\x1b[31m\\u2028\t\tThe address holds")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("pair", ["git.example.com", "=1.2.3.4", "git.example.com=", "git.example.com=1.2.3", "a=1.2.3.4,", "a=0x7f.1"])
def test_a_pair_that_cannot_be_read_ends_with_2_and_says_so(asked, capsys, pair):
    with pytest.raises(SystemExit) as ended:
        asked(b"git.example.com\n", "--resolve", pair)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.startswith("--resolve: ")


def test_a_name_that_the_servers_leave_open_is_blocked_and_ends_with_3(asked, capsys, monkeypatch):
    def silent(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "x")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(SystemExit) as ended:
        asked(b"git.example.com\n")
    assert ended.value.code == 3
    assert capsys.readouterr().out.startswith("blocked\tgit.example.com\tgit.example.com could not be looked up")


def test_the_real_command_reads_standard_input(installation):
    done = installation.run("egress", "--resolve", f"git.example.com={PUBLIC}", stdin="https://git.example.com/\nhttps://127.1/\n",
                            EGRESS_ALLOW_NETWORKS="")
    assert (done.returncode, [line.split("\t")[0] for line in done.stdout.splitlines()]) == (0, ["allowed", "blocked"])
