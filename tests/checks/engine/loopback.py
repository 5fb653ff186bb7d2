"""A provider for the engine's tests, asked over a real socket, and its server, which can make an answer wait.

A test reads what was asked in `server.seen`, and what lies there in `server.objects`.
"""
from __future__ import annotations

import os
import signal
import socket
import socketserver
import threading
import uuid
from contextlib import suppress
from dataclasses import dataclass

from django import forms
from django.apps import AppConfig

from checks.clients import deadline
from checks.clients.errors import ClientError, Kind
from checks.providers import BY_SLUG
from checks.providers.base import Guide, ProbeRecord, Provider, ProviderForm, SecretField, Step
from checks.runner import RUN_SECONDS
from checks.verdict import Layer, fail, passed


class Server(socketserver.ThreadingTCPServer):
    """One line in, one line out: `HELLO token`, `PUT name`, `DELETE name`, `REPOSITORY name`."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.seen: list[str] = []
        self.objects: set[str] = set()
        self.tokens, self.answering = {"good-token-of-the-tests"}, True
        self._held: dict[str, threading.Event] = {}
        self.waiting: dict[str, threading.Event] = {}
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def hold(self, verb: str) -> None:
        """Answer this verb only once it is released."""
        self._held[verb], self.waiting[verb] = threading.Event(), threading.Event()

    def release(self, verb: str) -> None:
        self._held.pop(verb).set()

    def stop(self) -> None:
        for event in list(self._held.values()):
            event.set()
        self.shutdown()
        self.server_close()

    def answer(self, verb: str, argument: str) -> str:
        self.seen.append(f"{verb} {argument}".strip())
        if (held := self._held.get(verb)) is not None:
            self.waiting[verb].set()
            held.wait(300)  # longer than any test waits
        if verb == "HELLO":
            return "ok" if argument in self.tokens else "no"
        if verb == "PUT":
            self.objects.add(argument)
        if verb == "DELETE":
            self.objects.discard(argument)
        return "ok"


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server: Server = self.server  # type: ignore[assignment]
        if not server.answering:
            return
        verb, _, argument = self.rfile.readline().decode().strip().partition(" ")
        with suppress(OSError):
            self.wfile.write((server.answer(verb, argument) + "\n").encode())


@dataclass
class Line:
    address: str
    token: str

    def ask(self, verb: str, argument: str = "") -> str:
        host, port = self.address.split(":")
        try:
            with socket.create_connection((host, int(port)), 60) as line:
                line.sendall(f"{verb} {argument}\n".encode())
                answer = line.makefile().readline().strip()
        except OSError:
            raise ClientError(Kind.REFUSED, f"{self.address} refused the connection.", host=host) from None
        if not answer:
            raise ClientError(Kind.RESET, f"{self.address} hung up.", host=host)
        return answer


class Form(ProviderForm):
    address = forms.CharField()
    mode = forms.CharField(required=False)
    token = SecretField()


def clean_up(client: Line, kind: str, details) -> bool:
    return client.ask("DELETE", details["name"]) == "ok"


loopback = Provider(
    slug="loopback", name="Loopback", section="Tests", form=Form, connect=lambda s, c: Line(s["address"], c["token"]),
    endpoint=lambda s: s["address"], addresses=lambda s: {}, summary=lambda s: s["address"], serves=("app",),
    service_fields={"app": ("repository",)}, identity_fields=("address",), clean_up=clean_up,
    guide=Guide("Nothing.", 1, [Step("Do nothing.")], "none"))


@loopback.check("The token is accepted", layer=Layer.GIT_TOKEN)
def token_accepted(ctx):
    if ctx.settings.get("mode") == "bug":
        raise KeyError(ctx.client.token)
    if ctx.client.ask("HELLO", ctx.client.token) == "ok":
        return passed(f"{ctx.client.address} accepted the token.")
    return fail(f"{ctx.client.address} refused the token.", remedy="Make a new token.")


@loopback.check("What is put can be removed", layer=Layer.BACKUP_KEYS, needs=["token_accepted"])
def canary_removed(ctx):
    if ctx.settings.get("mode") == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    probe = ProbeRecord(str(uuid.uuid4()), "canary", {"name": f"canary-{uuid.uuid4().hex[:8]}"})
    ctx.journal.record(probe)
    ctx.client.ask("PUT", probe.details["name"])
    ctx.client.ask("DELETE", probe.details["name"])
    ctx.journal.done(probe)
    return passed("It was put and removed.")


@loopback.check("The repository is there", layer=Layer.CLONE_URL, needs=["token_accepted"], per_service=True)
def repository_there(ctx):
    return passed(f"{ctx.target['repository']} answered {ctx.client.ask('REPOSITORY', ctx.target['repository'])}.")


class LoopbackConfig(AppConfig):
    """Adds the provider to an installation whose settings are tests.checks.engine.with_loopback."""

    name, label = "tests.checks.engine", "loopback_tests"

    def ready(self) -> None:
        BY_SLUG[loopback.slug] = loopback
        # An answer that a test holds back is waited for as long as a whole run: a busy machine needs more than a check's usual
        # 20 s for what the test does meanwhile, a command or a stop.
        deadline.CHECK_SECONDS = RUN_SECONDS
