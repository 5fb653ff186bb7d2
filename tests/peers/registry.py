"""Debian's docker-registry on loopback: with htpasswd, with a token service, and open to everyone; some images inside."""
from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import warnings
from pathlib import Path

import pytest
import requests

from tests.peers.ports import anew, end, free_port, spawn, until_ready
from tests.peers.registry_tokens import ISSUER, RIGHTS, SERVICE, TokenService, password_of

BINARY = "docker-registry"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
LINE = re.compile(r'"(HEAD|GET|PUT|POST|PATCH|DELETE) (\S+) HTTP')
ANSWER_SECONDS = 30.0
IMAGES = {"team/app": ("1.0", "1.1", "latest"), "team/secret": ("1.0",), "public/site": ("1.0",)}
INDEXES = {"team/app": "multi", "public/site": "multi"}


class Registry:
    """host: as images name it, 127.0.0.1:PORT. asked(): (method, path) of every request since the last call."""

    def __init__(self, folder: Path, auth: dict | None = None, tls: dict | None = None, name: str = "127.0.0.1") -> None:
        if shutil.which(BINARY) is None:
            from tests.peers.plugin import missing
            missing("docker-registry", "apt-get install docker-registry")
        self.folder, self.scheme, self.name = folder, "https" if tls else "http", name
        self._config = {
            "version": 0.1, "log": {"level": "error"}, "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
            **({"auth": auth} if auth else {})}
        self._tls, self._read = tls, 0
        self._process = anew(self._started)

    def _started(self) -> subprocess.Popen:
        self.port, log = free_port(), self.folder / "log"
        http = {"addr": f"127.0.0.1:{self.port}", "secret": "of-the-tests", **({"tls": self._tls} if self._tls else {})}
        config = self.folder / "config.yml"
        config.write_text(json.dumps({**self._config, "http": http}))  # JSON is YAML
        process = spawn([BINARY, "serve", str(config)], log,
                        env={"PATH": os.environ["PATH"], "OTEL_TRACES_EXPORTER": "none"})
        until_ready(process, [self.port], log)
        return process

    @property
    def host(self) -> str:
        return f"{self.name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    def asked(self) -> list[tuple[str, str]]:
        """What its own access log says, once the end of it was written."""
        mark = f"/v2/?mark={time.monotonic_ns()}"
        with warnings.catch_warnings(action="ignore"):
            requests.get(f"{self.url}{mark}", timeout=ANSWER_SECONDS, verify=False)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            text = (self.folder / "log").read_text(errors="replace")[self._read:]
            found = LINE.findall(text)
            if found and any(path == mark for _, path in found):
                self._read += len(text)
                return [one for one in found if "mark=" not in one[1]]
            time.sleep(0.01)
        raise AssertionError("the registry wrote no access log")

    def stop(self) -> None:
        end(self._process, patience=5)

    # --- Images, by the same protocol ------------------------------------------------------------------------------
    def fill(self, authorize) -> None:
        """authorize(name): the headers that may push there."""
        for name, tags in IMAGES.items():
            headers = authorize(name)
            for tag in tags:
                self._push(name, tag, "amd64", headers)
            if tag := INDEXES.get(name):
                rows = [self._push(name, f"{tag}-{arch}", arch, headers) for arch in ("amd64", "arm64")]
                rows.append({**rows[0], "platform": {"os": "unknown", "architecture": "unknown"}})  # as an attestation has
                self._put(name, tag, {"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}, INDEX, headers)

    def _push(self, name, tag, architecture, headers) -> dict:
        config = self._blob(name, json.dumps({"architecture": architecture, "os": "linux"}).encode(), CONFIG, headers)
        layer = self._blob(name, f"{name} {architecture}".encode(), LAYER, headers)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
        digest, size = self._put(name, tag, document, MANIFEST, headers)
        return {"mediaType": MANIFEST, "digest": digest, "size": size,
                "platform": {"os": "linux", "architecture": architecture}}

    def _blob(self, name, body, kind, headers) -> dict:
        digest = "sha256:" + hashlib.sha256(body).hexdigest()
        place = requests.post(f"{self.url}/v2/{name}/blobs/uploads/", headers=headers, timeout=ANSWER_SECONDS).headers["Location"]
        done = requests.put(f"{place}&digest={digest}", data=body, timeout=ANSWER_SECONDS,
                            headers={**headers, "Content-Type": "application/octet-stream"})
        assert done.status_code == 201, done.text
        return {"mediaType": kind, "digest": digest, "size": len(body)}

    def _put(self, name, tag, document, kind, headers) -> tuple[str, int]:
        body = json.dumps(document).encode()
        done = requests.put(f"{self.url}/v2/{name}/manifests/{tag}", data=body, timeout=ANSWER_SECONDS,
                            headers={**headers, "Content-Type": kind})
        assert done.status_code == 201, done.text
        return done.headers["Docker-Content-Digest"], len(body)


@pytest.fixture(scope="session")
def _basic_registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("basic")
    if shutil.which("htpasswd") is None:
        from tests.peers.plugin import missing
        missing("htpasswd", "apt-get install apache2-utils")
    users = subprocess.run(["htpasswd", "-Bbn", "-C", "5", "puller", password_of("puller")], capture_output=True, check=True)
    (folder / "htpasswd").write_bytes(users.stdout)
    registry = Registry(folder, {"htpasswd": {"realm": "registry of the tests", "path": str(folder / "htpasswd")}})
    try:
        pair = requests.auth._basic_auth_str("puller", password_of("puller"))
        registry.fill(lambda name: {"Authorization": pair})
        yield registry
    finally:
        registry.stop()


@pytest.fixture(scope="session")
def _token_registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("token")
    with TokenService(folder) as tokens:
        registry = Registry(folder, {"token": {"realm": tokens.realm, "service": SERVICE, "issuer": ISSUER,
                                               "rootcertbundle": str(tokens.bundle)}})
        registry.tokens = tokens
        every = sorted(RIGHTS["admin"][""])
        try:
            registry.fill(lambda name: {"Authorization": "Bearer " + tokens.token(
                "admin", [{"type": "repository", "name": name, "actions": every}])})
            yield registry
        finally:
            registry.stop()


@pytest.fixture(scope="session")
def _open_registry(tmp_path_factory):
    registry = Registry(tmp_path_factory.mktemp("open"))
    try:
        registry.fill(lambda name: {})
        yield registry
    finally:
        registry.stop()


@pytest.fixture
def basic_registry(_basic_registry, loopback) -> Registry:
    """htpasswd: one user, puller, who may do everything, as Basic has it."""
    _basic_registry.asked()
    return _basic_registry


@pytest.fixture
def token_registry(_token_registry, loopback):
    """With a token service, .tokens, whose users are those of RIGHTS."""
    _token_registry.tokens.be_normal()
    _token_registry.tokens.seen.clear()
    _token_registry.asked()
    yield _token_registry
    _token_registry.tokens.be_normal()


@pytest.fixture
def open_registry(_open_registry, loopback) -> Registry:
    """Asks nobody for anything."""
    _open_registry.asked()
    return _open_registry


@pytest.fixture
def tls_registry(tmp_path, loopback, authority):
    """Start registries over TLS, open to everyone, whose certificate is what the test says (trustme's issue_cert)."""
    running = []

    def start(*names, signed_by=None, **options) -> Registry:
        leaf = (signed_by or authority).issue_cert(*(names or ("localhost",)), **options)
        folder = tmp_path / f"registry-{len(running)}"
        folder.mkdir()
        leaf.private_key_pem.write_to_path(folder / "key.pem")
        for number, pem in enumerate(leaf.cert_chain_pems):
            pem.write_to_path(folder / "cert.pem", append=number > 0)
        running.append(Registry(folder, tls={"certificate": str(folder / "cert.pem"), "key": str(folder / "key.pem")},
                                name="localhost"))
        return running[-1]

    try:
        yield start
    finally:
        for registry in running:
            registry.stop()


@pytest.fixture
def name_servers(monkeypatch, loopback):
    """Names of the public Internet, led to ports on loopback: {"ghcr.io": port}. No other name has an address."""
    real, known = socket.getaddrinfo, {}

    def getaddrinfo(name, port, *args, flags=0, **kwargs):
        if flags & socket.AI_NUMERICHOST:
            return real(name, port, *args, flags=flags, **kwargs)
        if name.rstrip(".") not in known:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", known[name.rstrip(".")]))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known
