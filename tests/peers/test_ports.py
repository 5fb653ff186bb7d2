"""How the peers get their ports, and what becomes of one that lost its port to another process."""
from __future__ import annotations

import socket
import sys

import pytest

from tests.peers import ports
from tests.peers.ports import Lost, anew, end, free_port, own_ports, spawn, until_ready


def test_workers_of_xdist_draw_from_ports_that_are_their_own(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "3")
    drawn = []
    for worker in ("gw0", "gw1", "gw2"):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
        drawn.append(own_ports())
        assert free_port() in drawn[-1]
    assert not any(set(one) & set(other) for one in drawn for other in drawn if one is not other)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw3")  # in place of one that crashed
    assert own_ports() in drawn


@pytest.mark.parametrize(("told", "top"), [("32768\t60999\n", 32768), ("20000\t60999\n", 20000), ("1024\t65535\n", 32768)])
def test_they_lie_below_those_that_the_kernel_hands_out(monkeypatch, tmp_path, told, top):
    monkeypatch.delenv("PYTEST_XDIST_WORKER_COUNT", raising=False)
    monkeypatch.setattr(ports, "EPHEMERAL", tmp_path / "range")
    (tmp_path / "range").write_text(told)
    assert (own_ports().start, own_ports().stop) == (ports.LOWEST, top)


def test_no_port_is_given_twice_or_while_somebody_has_it(monkeypatch):
    free = free_port()
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        held = taken.getsockname()[1]
        monkeypatch.setattr(ports, "_given", set())
        monkeypatch.setattr(ports, "own_ports", lambda: range(free, free + 1))
        assert free_port() == free
        for one in (free, held):
            monkeypatch.setattr(ports, "own_ports", lambda one=one: range(one, one + 1))
            with pytest.raises(AssertionError, match="is free"):
                free_port()


def test_who_loses_a_port_starts_anew_on_another_and_is_not_mistaken_for_the_winner(tmp_path):
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", free_port())) as winner:  # it answers, too
        asked = [winner.getsockname()[1], free_port()]
        left = iter(asked)

        def started():
            port = next(left)
            process = spawn([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)], log)
            until_ready(process, [port], log)
            return process, port
        process, port = anew(started)
    end(process)
    assert port == asked[1]


def test_after_the_last_try_the_log_itself_is_shown(tmp_path):
    log, tries = tmp_path / "log", []

    def started():
        tries.append(1)
        until_ready(spawn([sys.executable, "-c", "raise SystemExit('bind: address already in use')"], log), [free_port()], log)
    with pytest.raises(Lost, match=r"ended by itself with status 1(?s:.*)bind: address already in use"):
        anew(started)
    assert len(tries) == ports.TRIES


def test_what_runs_and_is_never_ready_is_ended_and_not_tried_again(tmp_path):
    process = spawn([sys.executable, "-c", "import time; print('busy', flush=True); time.sleep(600)"], tmp_path / "log")
    with pytest.raises(AssertionError, match=r"was not ready in 1 s \(None\)") as raised:
        until_ready(process, [free_port()], tmp_path / "log", seconds=1.0)
    assert not isinstance(raised.value, Lost)
    assert process.poll() is not None
