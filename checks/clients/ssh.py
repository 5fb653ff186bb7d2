"""A node over SSH: one connection a run, opened step by step, so that each step can say what stopped it.

Name, port, greeting, host key, sign-in, command. The host's key is known before anything is said of who we are, and it
is the caller who goes on from there. The connection goes out through egress, and ends with the last step, with a step
that fails, or with the run. https://www.rfc-editor.org/rfc/rfc4253#section-4.2
"""
from __future__ import annotations

import re
import socket
import ssl
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from checks import egress
from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.clients.http_troubles import connect_trouble
from checks.clients.ssh_key import PrivateKey, PublicKey
from checks.clients.ssh_refusal import SshRefusal, Why
from checks.clients.ssh_script import BEGIN, END, Answers, Frame

if TYPE_CHECKING:
    from checks.clients import ssh_wire

__all__ = ["Greeting", "Ssh", "SshRefusal", "Why", "place_of"]

VERSION = "SSH-2.0-dflow_integrations"  # no blank and no hyphen may stand in the software's name
GREETING_SECONDS = 8.0
BEGIN_SECONDS = 10.0  # for a login shell to start; its profile may be slow
COMMAND_SECONDS = 17.0
MAX_GREETING = 8 * 1024
SHELL = "/bin/sh"
TLS_RECORDS = (b"\x15\x03", b"\x16\x03")  # an alert, a handshake
OTHERS = (*TLS_RECORDS, b"HTTP/", b"220")  # 220 is how mail and FTP servers greet
OLD = b"SSH-1.5"  # 1.99 means 2.0, too
OURS = re.compile(rb"^SSH-(2\.0|1\.99)-([\x20-\x7e]{1,250})\r?\n", re.MULTILINE)
TLS = "TLS, as of an HTTPS server,"
TLS_SECONDS = 3.0
CONTROL = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True)
class Greeting:
    """software: what the server calls itself. other: the service that answered in place of SSH, "" for SSH itself."""

    software: str = ""
    other: str = ""
    said: str = ""


def place_of(host: str, port: int) -> str:
    """A host and its port as one text, for egress and for people."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


class Ssh:
    """Making it asks nothing of the network. Each step once, in this order; safe to be called from several threads."""

    def __init__(self, host: str, port: int, username: str) -> None:
        self.host, self.port, self.username = host.strip("[]"), port, username
        self.name = place_of(host, port)
        self._open: list[Any] = []  # what must be closed; the finalizer may not hold the client itself
        self._sock: socket.socket | None = None
        self._read = b""
        self._link: ssh_wire.Link | None = None
        self._command: ssh_wire.Command | None = None
        self._frame = Frame()
        self.began_at: float | None = None  # by our clock, when the script began
        weakref.finalize(self, _close, self._open)

    def addresses(self) -> list[str]:
        """What the name resolves to. Raises ClientError."""
        try:
            host, port = egress.parse_host(self.name)
            infos = egress.resolve(host, port, min(5.0, deadline.remaining()))
        except (egress.Refused, egress.NameTrouble, OSError) as error:
            raise connect_trouble(error, self.name, self.host) from None
        return list(dict.fromkeys(str(info[4][0]) for info in infos))

    def greet(self) -> Greeting:
        """Connect and exchange greetings. Raises ClientError: TIMEOUT also where the port is open and silent."""
        sock = self._sock = self._connected(deadline.remaining(deadline.CONNECT_SECONDS))
        self._open.append(sock)
        greeting = None
        try:
            # An HTTP or TLS server says nothing before it is spoken to; SSH allows to speak first.
            sock.sendall(f"{VERSION}\r\n".encode())
            greeting = self._greeting(sock)
        except TimeoutError:
            self.close()
            raise ClientError(Kind.TIMEOUT, f"{self.name} accepted the connection and said nothing.", host=self.host) from None
        except OSError:  # cut: what it said before counts
            pass
        greeting = greeting or (_other(self._read) if self._read else self._without_a_word())
        if greeting.other:
            self.close()
        return greeting

    def _connected(self, seconds: float) -> socket.socket:
        try:
            return egress.connect(self.host, self.port, seconds)
        except (egress.Refused, egress.NameTrouble, OSError) as error:
            raise connect_trouble(error, self.name, self.host) from None

    def _greeting(self, sock: socket.socket) -> Greeting | None:
        """The server's own line; others may stand before it. None where it ended or was silent after others."""
        with deadline.within(deadline.remaining(GREETING_SECONDS)):
            while len(self._read) < MAX_GREETING and not self._read.startswith(OTHERS) and OLD not in self._read:
                sock.settimeout(max(deadline.remaining(), 0.01))
                try:
                    data = sock.recv(4096)
                except TimeoutError:
                    if not self._read:
                        raise
                    return None
                if not data:
                    return None
                self._read += data
                if (found := OURS.search(self._read)) is not None:
                    return Greeting(software=found[2].decode())
        return None

    def _without_a_word(self) -> Greeting:
        """It hung up and said nothing: TLS, if it answers in that tongue. Raises ClientError for what nobody can tell."""
        self.close()
        if self._speaks_tls():
            return Greeting(other=TLS)
        raise ClientError(Kind.RESET, f"{self.name} accepted the connection and closed it without a greeting.", host=self.host)

    def _speaks_tls(self) -> bool:
        """Some TLS servers answer nothing to what is no TLS, and hang up: asked in their own tongue, they answer."""
        hello = ssl.MemoryBIO()
        with suppress(ssl.SSLWantReadError):
            egress.ssl_context().wrap_bio(ssl.MemoryBIO(), hello, server_hostname=self.host).do_handshake()
        with suppress(OSError, ClientError), self._connected(deadline.remaining(TLS_SECONDS)) as sock:
            sock.sendall(hello.read())
            return sock.recv(16).startswith(TLS_RECORDS)
        return False

    def host_key(self, prefer: str = "") -> PublicKey:
        """The key that the node proved to have. prefer: the kind to ask for first. Raises SshRefusal and ClientError."""
        from checks.clients import ssh_wire  # noqa: PLC0415 -- slow import: only a check speaks SSH
        assert self._sock is not None
        replayed = ssh_wire.Replayed(self._sock, self._read, f"{VERSION}\r\n".encode())
        try:
            self._link = ssh_wire.handshake(replayed, self.name, VERSION, prefer)
        except BaseException:
            self.close()
            raise
        self._open.append(self._link)
        return ssh_wire.host_key(self._link)

    def sign_in(self, key: PrivateKey) -> None:
        """Raises SshRefusal and ClientError."""
        from checks.clients import ssh_wire  # noqa: PLC0415 -- slow import: only a check speaks SSH
        assert self._link is not None
        try:
            ssh_wire.authenticate(self._link, self.name, self.username, key)
        except BaseException:
            self.close()
            raise

    def start(self, body: str) -> Answers:
        """Begin the one script of this run; returns once a POSIX shell has begun it, or something else has ended.

        Raises SshRefusal and ClientError.
        """
        from checks.clients import ssh_wire  # noqa: PLC0415 -- slow import: only a check speaks SSH
        assert self._link is not None
        asked_at = time.time()
        try:
            self._command = ssh_wire.Command(self._link, self.name, SHELL, self._frame.script(body))
            self._command.read_until(self._mark(BEGIN), BEGIN_SECONDS)
        except BaseException:
            self.close()
            raise
        self.began_at = (asked_at + time.time()) / 2
        answers = self._frame.read(self._command.output)
        if not answers.began:
            self.close()
        if not answers.began and not answers.said and not self._command.ended:
            raise ClientError(Kind.TIMEOUT, f"{self.name} ran no command within {BEGIN_SECONDS:.0f} seconds of the sign-in.",
                              host=self.host)
        return answers

    def finish(self) -> Answers:
        """What the script has said once it ended or its time was up; the connection then ends. Raises ClientError."""
        assert self._command is not None
        try:
            self._command.read_until(self._mark(END), COMMAND_SECONDS)
        finally:
            self.close()
        return self._frame.read(self._command.output)

    def _mark(self, name: str) -> bytes:
        return f"{self._frame.mark} {name} ".encode()

    def close(self) -> None:
        _close(self._open)


def _close(opened: list[Any]) -> None:
    while opened:
        with suppress(Exception):  # whatever state it is in, it is not wanted any more
            opened.pop().close()


def _other(data: bytes) -> Greeting:
    """Which service it was that did not greet as SSH does."""
    said = CONTROL.sub(" ", data[:200].decode("latin-1")).strip()[:120]
    if data.startswith(TLS_RECORDS):
        return Greeting(other=TLS)
    if data.startswith(b"HTTP/") or b"<html" in data[:1000].lower() or b"Error code: 400" in data[:2000]:
        return Greeting(other="HTTP", said=said.partition("  ")[0])
    if re.match(rb"220[ -].*(SMTP|mail)", data, re.IGNORECASE):
        return Greeting(other="a mail server", said=said)
    if data.startswith(b"220"):
        return Greeting(other="an FTP server", said=said)
    if b"SSH-1." in data:
        return Greeting(other="SSH of version 1, which nothing uses any more", said=said)
    return Greeting(other="a service that is not SSH", said=said)
