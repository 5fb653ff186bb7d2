"""Drives the rows of a Gitea integration through the runner, against a host on loopback."""
from __future__ import annotations

import json
from datetime import UTC, datetime

from checks import runner
from checks.providers.base import ServiceFacts
from checks.providers.gitea import gitea
from checks.runner import Landed
from tests.peers.git_host import TOKENS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROWS = ["url_well_formed", "host_reachable", "token_accepted", "token_not_expiring", "token_kind_supported",
        "scopes_sufficient", "scopes_not_excessive", "repository_visible", "clone_permitted", "ref_exists",
        "pushes_permitted"]


def run(base_url, token, repository="", ref="main", now=NOW, **settings):
    """All rows of one run: slug -> verdict."""
    settings = {"base_url": base_url, "username": "", "token_expires_on": "", "pushes": False, **settings}
    client = gitea.connect(settings, {"token": token})
    services = [ServiceFacts("web", "app", {"repository": repository, "ref": ref})] if repository else []
    items = runner.run(gitea, settings=settings, client=client, services=services, known={}, secrets=[token], now=now)
    return {item.check.slug: item.verdict for item in items if isinstance(item, Landed)}


def at(host, path="acme/web", token="reader", ref="main", **settings):
    return run(host.url, TOKENS[token].value, host.clone_url(path), ref, **settings)


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def reply(status, document, content_type="application/json"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return status, {"Content-Type": content_type}, body


VERSION = reply(200, {"version": "1.25.3"})
PAGE = reply(200, b"<!doctype html><html><form>Sign in</form>", "text/html")


def scripted(scripted_host, **routes):
    """A host that answers by the last word of the path; everything else is a JSON 404."""
    def answer(seen):
        path = seen.path.partition("?")[0]
        word = next((name for name in routes if path.endswith("/" + name)), None)
        return routes[word] if word else reply(404, {"message": "not found"})
    return scripted_host(answer)
