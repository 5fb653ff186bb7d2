"""An SSH server whose node is what a test says: it takes any key, and answers the script of a run with given values.

Written from RFC 4252 and 4254 on paramiko's server side; tests/peers/sshd.py is the real thing. It cannot know the mark of
the answers beforehand: it reads it from the script, as a shell does.
"""
from __future__ import annotations

import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import paramiko
import pytest

FIRST, SECOND = re.compile(r"^a=(\w+)$", re.MULTILINE), re.compile(r"^b=(\w+)$", re.MULTILINE)
# A node that has everything, as the script tells it; the os_ lines are those of Ubuntu 24.04's /etc/os-release.
GOOD = {
    "user": "1000", "kernel": "Linux", "machine": "x86_64", "os_ID": "ubuntu", "os_ID_LIKE": "debian",
    "os_VERSION_ID": "24.04", "os_PRETTY_NAME": "Ubuntu 24.04.3 LTS", "systemd": "yes", "cgroup": "cgroup2fs",
    "MemTotal": "4025360", "MemAvailable": "3100200", "SwapTotal": "0",
    "disk": "/dev/sda1 81106868 10000000 71090484 13% /", "inodes": "/dev/sda1 10321920 200000 10121920 2% /",
    "listening": "", "sudo": "0 ", "docker": "0 28.2.2",
}


@dataclass
class Script:
    """values: what the node answers, GOOD otherwise; None leaves one out. ends: whether the script comes to its end.

    output: instead of any answer. hangs: signs in, runs nothing and says nothing. farewell: hangs up in place of an
    answer to the key. no_rsa: knows no signature of an RSA key that is of this age.
    """

    values: dict[str, str | None] = field(default_factory=dict)
    ends: bool = True
    output: bytes | None = None
    hangs: bool = False
    hangs_up: bool = False
    no_rsa: bool = False

    def answer(self, script: str) -> bytes:
        if self.output is not None:
            return self.output
        mark = FIRST.search(script)[1] + SECOND.search(script)[1]
        said = {"begin": "", **{"now": str(_now())}, **GOOD, **self.values}
        lines = [f"\n{mark} {name} {value}\n" for name, value in said.items() if value is not None]
        return "".join(lines + ([f"\n{mark} end \n"] if self.ends else [])).encode()


def _now() -> int:
    import time
    return int(time.time())


class ScriptedNode:
    """script: changed by a test as it likes. seen: every script that came, whole. sessions: how many connections."""

    def __init__(self, host_key: paramiko.PKey) -> None:
        self.host_key, self.script, self.seen, self.users = host_key, Script(), [], []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def line(self) -> str:
        return f"{self.host_key.get_name()} {self.host_key.get_base64()}"

    @property
    def sessions(self) -> int:
        return len(self._transports)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                disabled = {"pubkeys": ("rsa-sha2-512", "rsa-sha2-256")} if self.script.no_rsa else None
                transport = paramiko.Transport(connection, disabled_algorithms=disabled)
                transport.add_server_key(self.host_key)
                self._transports.append(transport)
                transport.start_server(event=threading.Event(), server=_Server(self, transport))

    def run(self, channel: paramiko.Channel) -> None:
        with suppress(OSError, EOFError):
            script = b""
            while data := channel.recv(65536):
                script += data
            self.seen.append(script.decode())
            if not self.script.hangs:
                channel.sendall(self.script.answer(script.decode()))
                if self.script.ends:
                    channel.send_exit_status(0)
                    channel.close()

    def stop(self) -> None:
        self._listener.close()
        for transport in self._transports:
            transport.close()


class _Server(paramiko.ServerInterface):
    def __init__(self, node: ScriptedNode, transport: paramiko.Transport) -> None:
        self.node, self.transport = node, transport

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: Any) -> int:
        self.node.users.append(username)
        if self.node.script.hangs_up:
            self.transport.close()
        return paramiko.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self.node.run, args=(channel,), daemon=True).start()
        return True


@pytest.fixture
def scripted_node(ssh_keys):
    node = ScriptedNode(paramiko.Ed25519Key.from_private_key_file(str(ssh_keys.folder / "host_ed25519")))
    yield node
    node.stop()
