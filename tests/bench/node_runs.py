"""One run of a worker node over SSH against a scripted node: its connections, and its CPU.

`python -m tests.bench.node_runs` prints this part alone and exits 1 when a bound is missed.
"""
from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

CONNECTIONS = 1
ROUNDS = 5


def measure() -> list[dict]:
    from django.test import override_settings
    if shutil.which("ssh-keygen") is None:
        print("worker_node was not measured: ssh-keygen is not on this machine", file=sys.stderr)
        return []
    with override_settings(EGRESS_ALLOW_NETWORKS=["127.0.0.0/8"], EGRESS_ALLOW_PLAIN_HTTP=True):
        taken = _runs()
    return [
        {"what": "worker_node, a run: connections", "value": max(n for n, _ in taken), "unit": "connections",
         "bound": CONNECTIONS},
        {"what": "worker_node, a run: CPU, the node's own side included",
         "value": round(statistics.median(cpu for _, cpu in taken[1:]), 1), "unit": "ms"},
    ]


def _runs() -> list[tuple[int, float]]:
    """How many connections each took, and the milliseconds of CPU of this process, in which the node lives, too."""
    import paramiko

    from tests.checks.providers.node_run import look
    from tests.peers.ssh_script import ScriptedNode
    from tests.peers.sshd import make_keys
    taken, folder = [], Path(tempfile.mkdtemp())
    keys = make_keys(folder / "keys")
    node = ScriptedNode(paramiko.Ed25519Key.from_private_key_file(str(keys.folder / "host_ed25519")))
    try:
        for _ in range(ROUNDS):
            before, start = node.sessions, time.process_time()
            seen = look(node.port, "deploy", keys.text("good"), host_key=node.line)
            cpu = (time.process_time() - start) * 1000
            assert not seen.bad, seen.bad
            taken.append((node.sessions - before, cpu))
    finally:
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return taken


if __name__ == "__main__":
    from tests.bench import __main__ as bench
    sys.exit(bench.show(measure()))
