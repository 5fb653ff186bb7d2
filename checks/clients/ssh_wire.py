"""paramiko, kept to what a check does: one handshake, one key, one command, each within the deadline and a byte cap.

paramiko reads packets of any length, logs whole tracebacks, and takes an expired handshake for a finished one; all of
that is bounded here. Loaded only where a check asks a node: importing it costs 0.1 s and 30 MB.
RFC 4253 (transport), 4252 (authentication), 4254 (channels).
"""
from __future__ import annotations

import io
import logging
import socket
import threading
import time
from contextlib import suppress
from typing import Any

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.ssh_key import PrivateKey, PublicKey
from checks.clients.ssh_refusal import SshRefusal, Why

MAX_BYTES = 4 * 1024 * 1024  # of a whole connection
MAX_OUTPUT = 256 * 1024  # of a command
# Every server that offers one of these has a better one, too.
WEAK = {"ciphers": ("aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"),
        "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96")}
RSA = ("rsa-sha2-512", "rsa-sha2-256")  # how a key of kind ssh-rsa signs today
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class Replayed:
    """A socket whose greeting was exchanged already: what was read is read again, what was written is not."""

    def __init__(self, sock: socket.socket, read: bytes, written: bytes) -> None:
        self._sock, self._read, self._written, self._room = sock, read, written, MAX_BYTES

    def recv(self, size: int) -> bytes:
        if self._read:
            data, self._read = self._read[:size], self._read[size:]
            return data
        data = self._sock.recv(min(size, 65536))
        self._room -= len(data)
        return data if self._room > 0 else b""  # as if it had ended: a packet may claim to be four gigabytes long

    def send(self, data: bytes) -> int:
        if self._written and data[:len(self._written)] == self._written:
            length, self._written = len(self._written), b""
            return length
        return self._sock.send(data)

    def settimeout(self, seconds: float | None) -> None:
        self._sock.settimeout(seconds)

    def close(self) -> None:
        self._sock.close()

    @property
    def _closed(self) -> bool:
        """As paramiko asks of a socket when the process ends."""
        return self._sock.fileno() < 0


class Link(paramiko.Transport):
    """farewell: what the server gave for its reason when it hung up."""

    farewell = ""

    def _parse_disconnect(self, m: Any) -> None:
        m.get_int()
        with suppress(Exception):  # it is gone either way
            self.farewell = m.get_text()[:200]


def handshake(sock: Replayed, name: str, version: str, prefer: str) -> Link:
    """Agree on keys; nothing is said of who we are. prefer: the kind of host key to ask for first.

    Raises SshRefusal where the two sides share no algorithm, and ClientError.
    """
    link = Link(sock, disabled_algorithms=WEAK)
    link.local_version = version
    if prefer:
        options = link.get_security_options()
        first = RSA if prefer == "ssh-rsa" else (prefer,)
        options.key_types = (*first, *(kind for kind in options.key_types if kind not in first))
    seconds = deadline.remaining()
    link.banner_timeout = link.handshake_timeout = max(seconds, 0.1)
    done = threading.Event()
    link.start_client(event=done)
    answered = done.wait(seconds)
    if link.initial_kex_done and link.is_active():
        return link
    error = link.get_exception()
    link.close()
    if not answered:
        raise ClientError(Kind.TIMEOUT, f"{name} did not finish the SSH handshake in time.", host=name)
    raise _no_agreement(link, name, error)


def _no_agreement(link: Link, name: str, error: BaseException | None) -> Exception:
    if isinstance(error, paramiko.IncompatiblePeer):
        return SshRefusal(Why.NO_COMMON_ALGORITHM, str(error))
    if isinstance(error, paramiko.SSHException):
        return ClientError(Kind.NOT_PROTOCOL, f"{name} broke the SSH protocol in its handshake.", host=name)
    return _cut(link, name, "during the SSH handshake")


def host_key(link: Link) -> PublicKey:
    key = link.get_remote_server_key()
    return PublicKey(key.get_name(), key.asbytes())


def authenticate(link: Link, name: str, username: str, key: PrivateKey) -> None:
    """Sign in with this key and nothing else. Raises SshRefusal, and ClientError where that cannot be told."""
    link.auth_timeout = max(deadline.remaining(), 0.1)
    link.channel_timeout = link.auth_timeout
    try:
        more = link.auth_publickey(username, _for_paramiko(key))
    except paramiko.BadAuthenticationType as error:  # before its parent class
        raise SshRefusal(Why.NO_PUBLIC_KEYS, ", ".join(error.allowed_types)) from None
    except paramiko.AuthenticationException as error:
        raise _not_authenticated(link, name, str(error)) from None
    except (paramiko.SSHException, EOFError, OSError):
        raise _cut(link, name, "while the key was shown") from None
    if more:
        raise SshRefusal(Why.SECOND_FACTOR, ", ".join(more))


def _not_authenticated(link: Link, name: str, said: str) -> Exception:
    """The three things that paramiko says with one class, by its texts."""
    if "agree on a pubkey algorithm" in said:
        return SshRefusal(Why.SIGNATURE)
    if "timeout" in said.lower():
        return ClientError(Kind.TIMEOUT, f"{name} did not answer in time whether it takes the key.", host=name)
    if "shut down" in said and "too many" not in link.farewell.lower():
        return _cut(link, name, "while the key was shown")
    return SshRefusal(Why.KEY, link.farewell)


def _for_paramiko(key: PrivateKey) -> paramiko.PKey:
    """In memory, whatever form it had: paramiko itself reads no PKCS#8."""
    if isinstance(key, RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    kind = paramiko.Ed25519Key if isinstance(key, Ed25519PrivateKey) else paramiko.ECDSAKey
    return kind.from_private_key(io.StringIO(text))


class Command:
    """One command on the node, fed on its standard input; output of both kinds is read as one."""

    def __init__(self, link: Link, name: str, command: str, stdin: str) -> None:
        self._name, self._link, self.output, self.ended = name, link, b"", False
        try:
            self._channel = link.open_session(timeout=max(deadline.remaining(), 0.1))
            self._channel.settimeout(max(deadline.remaining(), 0.1))
            self._channel.set_combine_stderr(True)
            self._channel.exec_command(command)
        except paramiko.ChannelException:
            raise SshRefusal(Why.NO_SESSION) from None
        except (paramiko.SSHException, EOFError, OSError):
            if link.is_active():
                raise SshRefusal(Why.NO_SESSION) from None
            raise _cut(link, name, "when a command was to be run") from None
        with suppress(OSError):  # what ran instead may have ended already
            self._channel.sendall(stdin.encode())
            self._channel.shutdown_write()

    def read_until(self, text: bytes, seconds: float) -> bool:
        """Read on until `text` came (True), the command ended, its time was up, or it said too much."""
        ends_at = time.monotonic() + seconds
        while text not in self.output:
            left = min(ends_at - time.monotonic(), deadline.remaining())
            if left <= 0:
                return False
            self._channel.settimeout(left)
            try:
                data = self._channel.recv(32768)
            except (OSError, EOFError):  # a time-out among them
                return False
            if not data:
                self.ended = True
                return False
            self.output += data
            if len(self.output) > MAX_OUTPUT:
                raise ClientError(Kind.TOO_LARGE, f"{self._name} answered the command with more than is read.", host=self._name)
        return True


def _cut(link: Link, name: str, when: str) -> ClientError:
    said = f": “{link.farewell}”" if link.farewell else ""
    return ClientError(Kind.RESET, f"{name} cut the connection {when}{said}.", host=name)
