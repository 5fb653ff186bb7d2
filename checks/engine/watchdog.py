"""The parent of the queue's clusters: starts them, sweeps, and starts a cluster anew that ended or stands still."""
from __future__ import annotations

import logging
import math
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from checks.engine import beat, sweep
from checks.models import Heartbeat

PATIENCE_SECONDS = 25.0  # a busy cluster lands a verdict at least every 21
LOOK_SECONDS, READ_SECONDS, SWEEP_SECONDS, TIDY_SECONDS = 0.2, 1.0, 5.0, 60.0
STOP_SECONDS = 16.0
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0

log = logging.getLogger(__name__)


@dataclass
class Child:
    """One cluster: its process, when it last showed life by this machine's clock, and when it may start again."""

    cluster: str
    process: subprocess.Popen[bytes] | None = None
    beat_at: datetime | None = None
    alive_at: float = 0.0
    started_at: float = 0.0
    start_after: float = 0.0
    wait: float = FIRST_WAIT

    @property
    def name(self) -> str:
        return f"{platform.node()[:60]}:{os.getpid()}/{self.cluster}"


@dataclass
class Parent:
    """run() until SIGTERM or SIGINT. say: where plain lines go. patience: seconds without a sign of life."""

    say: Callable[[str], None]
    patience: float = PATIENCE_SECONDS
    clusters: Sequence[str] = (settings.QUEUE_CLICKS, settings.QUEUE_SWEEPS)
    stopping: bool = False
    children: list[Child] = field(default_factory=list)

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        self.children = [Child(cluster) for cluster in self.clusters]
        duties = ((READ_SECONDS, self._read_beats), (SWEEP_SECONDS, sweep.once), (TIDY_SECONDS, sweep.tidy))
        done_at = dict.fromkeys(duties, -math.inf)
        try:
            while not self.stopping:
                for child in self.children:
                    self._look_after(child)
                for every, work in duties:
                    if time.monotonic() - done_at[every, work] >= every:
                        self._with_database(work)
                        done_at[every, work] = time.monotonic()
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop()

    def _stop_soon(self, *_: object) -> None:
        self.stopping = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_after:
                self._start(child)
        elif (status := child.process.poll()) is not None:
            self.say(f"The cluster {child.cluster} ended with status {status}; it starts again in {child.wait:.0f} s.")
            self._end(child)
        elif now - child.alive_at > self.patience:
            self.say(f"The cluster {child.cluster} showed no sign of life for {self.patience:.0f} s; it starts again.")
            self._end(child)

    def _start(self, child: Child) -> None:
        manage = os.path.join(settings.BASE_DIR, "manage.py")
        environment = {**os.environ, "Q_CLUSTER_NAME": child.cluster, beat.NAME: child.name,
                       beat.PARENT: str(os.getpid())}
        child.process = subprocess.Popen(  # noqa: S603 -- ourselves, no shell
            [sys.executable, manage, "worker", "--cluster", child.cluster, "--skip-checks"], env=environment,
            stdin=subprocess.DEVNULL, start_new_session=True)
        child.started_at = child.alive_at = time.monotonic()
        self.say(f"The cluster {child.cluster} started as process {child.process.pid}.")

    def _end(self, child: Child) -> None:
        """Kill what is left of the cluster, and have its work rung for again."""
        self._kill(child)
        lived = time.monotonic() - child.started_at
        child.wait = FIRST_WAIT if lived > 2 * LONGEST_WAIT else child.wait
        child.start_after = time.monotonic() + child.wait
        child.wait = min(child.wait * 2, LONGEST_WAIT)
        self._with_database(sweep.ring_for_all)

    def _kill(self, child: Child) -> None:
        if child.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            child.process = None

    def _read_beats(self) -> None:
        beats = dict(Heartbeat.objects.filter(name__in=[c.name for c in self.children]).values_list("name", "beat_at"))
        for child in self.children:
            if beats.get(child.name) not in (None, child.beat_at):
                child.beat_at, child.alive_at = beats[child.name], time.monotonic()

    def _with_database(self, work: Callable[[], None]) -> None:
        """Do it; while the database is away nobody is blamed for being silent."""
        try:
            close_old_connections()
            work()
        except DatabaseError as error:
            connections.close_all()
            for child in self.children:
                child.alive_at = time.monotonic()
            self.say(f"The database does not answer, or is not migrated ({type(error).__name__}); trying again.")
            time.sleep(1.0)
        except Exception as error:  # the watch goes on, whatever one sweep met
            log.error("the sweep stopped with %s", type(error).__name__)

    def _stop(self) -> None:
        """Ask each cluster to end, then end what is left; no process stays."""
        for child in self.children:
            if child.process is not None:
                child.process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children:
            if child.process is not None:
                try:
                    child.process.wait(max(0.1, until - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self.say(f"The cluster {child.cluster} did not end in time; its run is taken up again elsewhere.")
            self._kill(child)
        self._with_database(self._forget_beats)
        self.say("Ended; no process is left.")

    def _forget_beats(self) -> None:
        Heartbeat.objects.filter(name__in=[child.name for child in self.children]).delete()
