"""Drives the rows of a registry integration through the runner, against a registry on loopback."""
from __future__ import annotations

import json
from datetime import UTC, datetime

from checks import runner
from checks.providers.base import ServiceFacts
from checks.providers.docker_registry import docker_registry
from checks.runner import Landed
from tests.peers.registry_tokens import password_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROWS = ["image_host_matches", "host_is_registry", "credential_accepted", "credential_not_expiring", "pull_permitted",
        "image_exists", "push_not_granted", "pulls_remaining"]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
DIGEST = "sha256:" + "ab" * 32


def verdicts(host, username="", password="", images=(), now=NOW, known=None, **settings):
    """All rows of one run: (slug, service) -> verdict."""
    settings = {"host": host, "username": username, "token_expires_on": "", **settings}
    client = docker_registry.connect(settings, {"password": password} if password else {})
    services = [ServiceFacts(f"s{number}", "docker", {"image": text}) for number, text in enumerate(images)]
    items = runner.run(docker_registry, settings=settings, client=client, services=services, known=known or {},
                       secrets=[password] if password else [], now=now)
    found = {(i.check.slug, i.service.name if i.service else None): i.verdict for i in items if isinstance(i, Landed)}
    for verdict in found.values():
        assert not password or len(password) < 5 or password not in f"{verdict}"
    return found


def run(host, username="", password="", image="", **options):
    """The same with one service at most: slug -> verdict."""
    return {slug: verdict for (slug, _), verdict in verdicts(host, username, password, [image] if image else [], **options).items()}


def at(registry, user, image="team/app:1.0", password=None, **options):
    """A user of the peer; "" for a stranger."""
    secret = (password if password is not None else password_of(user)) if user else ""
    return run(registry.url, user, secret, f"{registry.host}/{image}", **options)


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def reply(status, document=b"", content_type="application/json", **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": content_type, **told}, body


def error(status, code, message, **headers):
    """A refusal as the distribution specification has it."""
    return reply(status, {"errors": [{"code": code, "message": message, "detail": None}]}, **headers)


def manifest(content_type=MANIFEST, **headers):
    return reply(200, b"{}", content_type, Docker_Content_Digest=DIGEST, **headers)
