"""Registries that answer what a test says, on loopback, over TLS by their public names where a test wants that."""
from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from checks.demo.git_repositories import Answer
from checks.demo.loopback import LoopbackHost, Seen


class RegistryScript(LoopbackHost):
    """script(seen) -> (status, headers, body)."""

    def __init__(self, script, tls=None) -> None:
        super().__init__()
        self.script, self.scheme = script, "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def asked(self) -> list[tuple[str, str, str]]:
        """(method, path with its query, the kind of credential) of each request."""
        return [(s.method, s.path, s.headers.get("Authorization", "").partition(" ")[0]) for s in self.seen]

    def answer(self, seen: Seen) -> Answer:
        return Answer(*self.script(seen))


def speaks(*, manifest=None, token=None, tags=None, ping=None, realm="", service="registry.test", host=None):
    """A script by route; each answer a triple, or a function of the request. realm: "" for Basic.

    host: a function that gives the script's own origin, for a realm that is only known once it runs.
    """
    def script(seen):
        path = urlsplit(seen.path).path
        where = realm or (f"{host()}/token" if host else "")
        asks = f'Bearer realm="{where}",service="{service}"' if where else 'Basic realm="registry"'
        refusal = (401, {"Content-Type": "application/json", "WWW-Authenticate": asks,
                         "Docker-Distribution-Api-Version": "registry/2.0"}, b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
        if path == "/v2/":
            found = ping if ping is not None else (200, {}, b"{}") if seen.headers.get("Authorization", "").startswith("Basic ") else refusal
        elif "/manifests/" in path:
            found = manifest
        elif path.endswith("/tags/list"):
            found = tags or (404, {}, b"")
        else:
            found = token
        found = found(seen) if callable(found) else found
        return refusal if found is None else found
    return script


def query_of(seen) -> dict[str, list[str]]:
    return parse_qs(urlsplit(seen.path).query)


def unsigned(**claims) -> str:
    """A JWT that nobody verifies."""
    def part(document):
        return base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


def access(name, *actions, sub="user") -> str:
    return unsigned(sub=sub, access=[{"type": "repository", "name": name, "actions": list(actions)}])


@pytest.fixture
def scripted_registry(loopback):
    """Start registries that answer what a test says; all are stopped at the end."""
    running = []

    def start(script, tls=None) -> RegistryScript:
        running.append(RegistryScript(script, tls).start())
        return running[-1]

    try:
        yield start
    finally:
        for host in running:
            host.stop()


@pytest.fixture
def own_registry(scripted_registry):
    """The same with a token service of its own: keywords of speaks()."""
    def start(tls=None, **routes) -> RegistryScript:
        host = scripted_registry(None, tls)
        host.script = speaks(host=lambda: host.url, **routes)
        return host
    return start


@pytest.fixture
def vendor_registry(scripted_registry, name_servers, trusted):
    """The same over TLS, by public names that the name servers lead to it; keywords of speaks()."""
    from tests.faults.plugin import tls_of  # itself a plugin, which must not be imported before pytest does

    def start(*names, **routes) -> RegistryScript:
        host = scripted_registry(speaks(**routes), tls_of(trusted, *names))
        name_servers.update(dict.fromkeys(names, host.port))
        return host
    return start
