"""One django-q2 cluster as a child of `manage.py worker`: all its processes end with their parent, however it ends."""
from __future__ import annotations

import ctypes
import os
import signal
import sys

from django_q.cluster import Cluster

from checks.engine import beat, tasks

PR_SET_PDEATHSIG = 1  # prctl(2): Linux alone

CALLED = (tasks.perform_run, tasks.perform_runs, tasks.clean_probes)  # loaded here, so that the workers share it


def run() -> None:
    """Start the cluster that Q_CLUSTER_NAME names; the process then lives until SIGTERM."""
    _end_with_parent()
    if os.getppid() != int(os.environ.get(beat.PARENT, os.getppid())):
        sys.exit("The worker's parent ended before its cluster began.")
    os.register_at_fork(after_in_child=_end_with_parent)
    Cluster().start()


def _end_with_parent() -> None:
    """Have the kernel kill this process when its parent dies. Forgotten at each fork, so each child asks anew."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
