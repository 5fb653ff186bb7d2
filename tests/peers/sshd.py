"""A real sshd on loopback, with users of its own: one for each kind of account that a node may have.

Users can be made by root alone; elsewhere what needs them is a missing peer. All that is made outside of its own folder
(users, one file in sudoers.d) is removed again.
"""
from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.peers.ports import anew, end, free_port, spawn, until_ready

SSHD, PASSPHRASE = "/usr/sbin/sshd", "a passphrase of the tests"
# name: shell; what is in front of its key in authorized_keys; what its .bashrc says; sudo
USERS = {
    "plain": ("/bin/bash", "", "", ""),
    "ready": ("/bin/bash", "", "", "NOPASSWD:"),
    "asked": ("/bin/bash", "", "", " "),
    "nologin": ("/usr/sbin/nologin", "", "", ""),
    "forced": ("/bin/bash", 'command="echo this key only does backups" ', "", ""),
    "echoing": ("/bin/bash", 'command="cat" ', "", ""),
    "noisy": ("/bin/bash", "", "echo; echo -n 'Welcome to node-1. begin 1'; echo 'on stderr' >&2", "NOPASSWD:"),
    "closed": ("/bin/bash", "", "", ""),  # sshd takes no key for it
    "twice": ("/bin/bash", "", "", ""),  # and asks this one for more
    "sessionless": ("/bin/bash", "", "", ""),  # and runs nothing for this one
}
CONFIG = """Port {port}
ListenAddress 127.0.0.1
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/keys/%u
StrictModes no
UsePAM no
PasswordAuthentication yes
LogLevel VERBOSE
{extra}
Match User {closed}
  PubkeyAuthentication no
Match User {twice}
  AuthenticationMethods publickey,password
Match User {sessionless}
  MaxSessions 0
"""


@dataclass
class Keys:
    """Paths of private keys; the public half of each stands beside it."""

    folder: Path

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def public(self, name: str) -> str:
        return (self.folder / f"{name}.pub").read_text()

    def fingerprint(self, name: str) -> str:
        done = subprocess.run(["ssh-keygen", "-lf", str(self.folder / f"{name}.pub")], capture_output=True, text=True, check=True)
        return done.stdout.split()[1]


@dataclass
class Sshd:
    """user(kind): the name on this machine of a user of that kind. Its log is read anew after each start()."""

    folder: Path
    keys: Keys
    port: int = 0
    process: subprocess.Popen | None = None
    host_keys: tuple[str, ...] = ("host_ed25519", "host_rsa")
    users: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: f"dfi{secrets.token_hex(4)}")  # no pid: what a killed session left has another

    def user(self, kind: str) -> str:
        return self.users[kind]

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text()

    @property
    def connections(self) -> int:
        """How many were made by others than start() itself."""
        return self.log.count("Connection from ") - self.own

    @property
    def attempts(self) -> list[str]:
        """Every line of the log that tells of an attempt to sign in."""
        words = ("Accepted", "Failed", "Invalid user", "userauth", "authenticating user", "Postponed", "Partial")
        return [line for line in self.log.splitlines() if any(word in line for word in words)]

    own = 0

    def start(self, *host_keys: str, extra: str = "", path: str = "") -> None:
        """With these host keys, on the same port as before. path: PATH of the user `ready`."""
        self.stop()
        had, self.host_keys = self.port, host_keys or self.host_keys

        def started() -> subprocess.Popen:
            self.port, log = had or free_port(), self.folder / "sshd.log"
            log.write_text("")
            (self.folder / "sshd_config").write_text(self._config(extra, path))
            process = spawn([SSHD, "-D", "-f", str(self.folder / "sshd_config"), "-E", str(log)], log)
            until_ready(process, [self.port], log, lambda: "Server listening" in self.log)
            return process
        self.process = anew(started)

    def _config(self, extra: str, path: str) -> str:
        names = "".join(f"HostKey {self.keys.folder / name}\n" for name in self.host_keys)
        config = CONFIG.format(port=self.port, folder=self.folder, extra=extra + "\n" + names, closed=self.users["closed"],
                               twice=self.users["twice"], sessionless=self.users["sessionless"])
        return config + (f"Match User {self.users['ready']}\n  SetEnv PATH={path}\n" if path else "")

    def stop(self) -> None:
        if self.process is not None:
            end(self.process)
            self.process = None

    def settled(self) -> str:
        """The log once sshd has noted the end of every connection."""
        until = time.monotonic() + 60
        while time.monotonic() < until and self.log.count("Connection from ") > self.log.count("onnection closed by") + \
                self.log.count("isconnected from") + self.log.count("Connection reset by") + self.log.count("Closing connection"):
            time.sleep(0.02)
        return self.log


def make_keys(folder: Path) -> Keys:
    folder.mkdir()
    made = [("good", "ed25519", ""), ("good_rsa", "rsa", ""), ("good_ecdsa", "ecdsa", ""), ("stranger", "ed25519", ""),
            ("good_encrypted", "ed25519", PASSPHRASE), ("host_ed25519", "ed25519", ""), ("host_other", "ed25519", ""),
            ("host_rsa", "rsa", ""), ("host_ecdsa", "ecdsa", "")]
    for name, kind, passphrase in made:
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", name, "-f", str(folder / name)], check=True)
    return Keys(folder)


def make_users(sshd: Sshd) -> None:
    """Each with its own home and authorized_keys; the ones with sudo in one file of sudoers.d."""
    (sshd.folder / "keys").mkdir()
    good = "".join(sshd.keys.public(name) for name in ("good", "good_rsa", "good_ecdsa", "good_encrypted"))
    sudoers = []
    for kind, (shell, options, profile, sudo) in USERS.items():
        name, home = f"{sshd.mark}{kind}"[:31], sshd.folder / "homes" / kind
        home.mkdir(parents=True)
        subprocess.run(["useradd", "-M", "-d", str(home), "-s", shell, "-p", "*", name], check=True)
        sshd.users[kind] = name
        (home / ".bashrc").write_text(f"{profile}\n")
        shutil.chown(home, name)
        (sshd.folder / "keys" / name).write_text("".join(f"{options}{line}\n" for line in good.splitlines()))
        if sudo:
            sudoers.append(f"{name} ALL=(ALL) {sudo.strip()}ALL\n")
    Path(f"/etc/sudoers.d/{sshd.mark}").write_text("".join(sudoers))


def remove_users(sshd: Sshd) -> None:
    Path(f"/etc/sudoers.d/{sshd.mark}").unlink(missing_ok=True)
    for name in sshd.users.values():
        subprocess.run(["userdel", "-f", name], check=False, capture_output=True)  # its last process may just be ending


@pytest.fixture(scope="session")
def ssh_keys(tmp_path_factory) -> Keys:
    if shutil.which("ssh-keygen") is None:
        from tests.peers.plugin import missing
        missing("ssh-keygen", "apt-get install openssh-client")
    return make_keys(tmp_path_factory.mktemp("ssh") / "keys")


@pytest.fixture(scope="session")
def ssh_node(ssh_keys):
    """sshd with its users, for the session; `sshd` gives it to a test as new."""
    from tests.peers.plugin import missing
    if not Path(SSHD).exists() or shutil.which("sudo") is None:
        missing("sshd or sudo", "apt-get install openssh-server sudo")
    if os.geteuid() != 0:
        missing("root, who makes users for sshd", "run the tests as root")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="dfi-sshd-"))  # below a folder that its users may enter
    folder.chmod(0o755)
    sshd = Sshd(folder, ssh_keys)
    try:
        make_users(sshd)
        yield sshd
    finally:
        sshd.stop()
        remove_users(sshd)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sshd(ssh_node) -> Sshd:
    ssh_node.start("host_ed25519", "host_rsa")
    try:
        yield ssh_node
    finally:
        ssh_node.stop()


@pytest.fixture
def port_of(request):
    """port_of(answer) -> a port of this machine whose every connection gets these bytes (None: nothing, but stays open)."""
    opened = []

    def listen(answer: bytes | None, close: bool = True) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)
        import threading
        threading.Thread(target=serve, args=(listener, answer, close), daemon=True).start()
        return listener.getsockname()[1]

    def serve(listener: socket.socket, answer: bytes | None, close: bool) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                opened.append(connection)
                with suppress(OSError):
                    if answer:
                        connection.sendall(answer)
                    if close:
                        connection.recv(200)
                        connection.close()

    yield listen
    for one in opened:
        one.close()
