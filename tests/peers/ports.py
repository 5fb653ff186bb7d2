"""Ports for the peers, and how a peer starts: on ports of its own, and anew on others when it lost one to another process.

A port of the kernel's choice (port 0) is one that any client's connection may take between the look and the start. These
lie below that range, are drawn at random, and each of pytest-xdist's workers draws from a part of its own.
"""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any, TypeVar

import psutil

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 11_000  # above all that Chromium refuses to open; 10080 is its last
USUAL_TOP, LEAST_SPAN = 32_768, 2_000
TRIES = 4
READY_SECONDS = 60.0  # a machine of two cores may be busy with much else
TAIL = 3_000
T = TypeVar("T")
_given: set[int] = set()


def own_ports() -> range:
    """Those of this process: below the kernel's ephemeral ones, and no other pytest-xdist worker's."""
    top = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else USUAL_TOP
    top = top if top >= LOWEST + LEAST_SPAN else USUAL_TOP  # a kernel that leaves nothing below its range
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % workers  # one that replaces a crashed one
    size = (top - LOWEST) // workers
    return range(LOWEST + number * size, LOWEST + (number + 1) * size)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has just now, and that was not given before: its first taker may not have it yet."""
    ports = own_ports()
    for port in SystemRandom().sample(ports, len(ports)):
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise AssertionError(f"no port from {ports.start} to {ports.stop - 1} is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Lost(AssertionError):
    """A peer ended by itself before it was ready; the message ends with its log."""


def anew(start: Callable[[], T]) -> T:
    """What start() returns. Where it raises Lost it is called again, TRIES times in all: it picks its ports itself."""
    for _ in range(TRIES - 1):
        with suppress(Lost):
            return start()
    return start()


def spawn(command: Sequence[str], log: Path, **options: Any) -> subprocess.Popen:
    """A process in a session of its own, whose words go to the end of the log."""
    with log.open("ab") as out:
        return subprocess.Popen(command, **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "start_new_session": True, **options})


def until_ready(process: subprocess.Popen, ports: Iterable[int], log: Path, ready: Callable[[], object] = lambda: True,
                seconds: float = READY_SECONDS) -> None:
    """Until the process itself listens on all these ports (who lost one might be answered by its winner) and ready() is true;
    what ready() raises means: not yet. What is not ready is ended."""
    until, trouble = time.monotonic() + seconds, None
    while process.poll() is None and time.monotonic() < until:
        try:
            if set(ports) <= _listening(process) and ready():
                return
        except Exception as error:
            trouble = error
        time.sleep(0.05)
    status = process.poll()
    end(process, patience=5)
    what = f"was not ready in {seconds:.0f} s ({trouble!r})" if status is None else f"ended by itself with status {status}"
    said = f"{Path(str(process.args[0])).name} {what}; {log} ends:\n{tail(log)}"
    raise AssertionError(said) if status is None else Lost(said)


def _listening(process: subprocess.Popen) -> set[int]:
    """The TCP ports on which the process, or one below it, listens."""
    parent, found = psutil.Process(process.pid), set()
    for one in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            found |= {c.laddr.port for c in one.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    return found


def tail(log: Path) -> str:
    return log.read_text(errors="replace")[-TAIL:] if log.exists() else "(there is no log)"


def end(process: subprocess.Popen, patience: float = 25.0) -> None:
    """End a process that was started in a session of its own, and its whole group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
