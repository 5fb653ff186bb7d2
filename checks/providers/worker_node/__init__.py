"""Worker nodes: the servers that run what is deployed, reached over SSH.

Least grant: one user with sudo without a password and one public key in its authorized_keys. Nothing is written to the
node. Its host key is trusted by a person, never by itself; until then, and after it changed, nobody signs in.
In reading order: key (a pasted key and what may be wrong with it), declared (form, provider), script (what is asked of
the node, in one command), then the checks: rows, prerequisites, capacity, reach.
"""
from __future__ import annotations

from checks.providers.worker_node.reach import worker_node

__all__ = ["worker_node"]
