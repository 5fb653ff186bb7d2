"""The demo's child processes: started in groups of their own, and ended together, whatever ended the demo."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 22.0  # a worker finishes what it holds within 20


class Processes:
    """start() some, watch() until one ends or a signal comes, stop() all."""

    def __init__(self, base: Path, logs: Path) -> None:
        self.base, self.logs = base, logs
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.asked_to_stop = False

    def listen(self) -> None:
        """Ctrl-C, a closed terminal and `kill` all end the demo in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)

    def _stop_soon(self, *_: object) -> None:
        self.asked_to_stop = True

    def start(self, name: str, *words: str) -> None:
        """One process; its output goes to a log file of its own."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 -- our own programs, no shell
                [sys.executable, *words], cwd=self.base, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def wait_for(self, url: str, seconds: float = 30.0) -> None:
        """Until the address answers, a process ends, or the time is up."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.asked_to_stop:
            if any(process.poll() is not None for process in self.running.values()):
                return
            try:
                with urllib.request.urlopen(url, timeout=2):  # noqa: S310 -- our own web server
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)

    def watch(self) -> str:
        """Wait. Returns the name of a process that ended by itself, or "" when the demo was asked to stop."""
        while not self.asked_to_stop:
            for name, process in self.running.items():
                if process.poll() is not None:
                    return name
            time.sleep(0.2)
        return ""

    def stop(self) -> None:
        """Ask every process to end, then end what is left of its group."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()
