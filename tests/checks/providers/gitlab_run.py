"""Drives the rows of a GitLab integration through the runner, against a host on loopback."""
from __future__ import annotations

import json
from datetime import UTC, datetime

from checks import runner
from checks.providers.base import ServiceFacts
from checks.providers.gitlab import gitlab
from checks.runner import Landed
from tests.peers.gitlab_host import TOKENS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROWS = ["url_well_formed", "host_reachable", "token_accepted", "token_not_expiring", "token_kind_supported",
        "scopes_sufficient", "scopes_not_excessive", "repository_visible", "clone_permitted", "ref_exists",
        "pushes_permitted"]
WEB = "acme/team/web"


def landed(base_url, token, targets=(), now=NOW, **settings):
    """All rows of one run for so many services."""
    settings = {"base_url": base_url, "username": "oauth2", "token_expires_on": "", "pushes": False, **settings}
    client = gitlab.connect(settings, {"token": token})
    services = [ServiceFacts(f"web{number}", "app", {"repository": repository, "ref": ref})
                for number, (repository, ref) in enumerate(targets)]
    items = runner.run(gitlab, settings=settings, client=client, services=services, known={}, secrets=[token], now=now)
    return [item for item in items if isinstance(item, Landed)]


def run(base_url, token, repository="", ref="main", now=NOW, **settings):
    """All rows of one run with one service: slug -> verdict."""
    targets = [(repository, ref)] if repository else []
    return {item.check.slug: item.verdict for item in landed(base_url, token, targets, now, **settings)}


def at(host, path=WEB, token="reader", ref="main", **settings):
    known = TOKENS[token]
    if known.username:
        settings.setdefault("username", known.username)
    return run(host.url, known.value, host.clone_url(path), ref, **settings)


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def reply(status, document, content_type="application/json", **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return status, {"Content-Type": content_type, **headers}, body


STRANGER = reply(401, {"message": "401 Unauthorized"})  # [S] authenticate! of lib/api/helpers.rb
PAGE = reply(200, b"<!doctype html><html><form>Sign in</form>", "text/html")
SELF = reply(200, {"id": 7, "name": "deploys", "scopes": ["read_repository", "read_api"], "expires_at": "2027-10-01",
                   "active": True, "revoked": False})


def scripted(scripted_host, **routes):
    """A host that answers by the last word of the path; everything else is GitLab's JSON 404."""
    def answer(seen):
        path = seen.path.partition("?")[0]
        word = next((name for name in routes if path.endswith("/" + name)), None)
        if word is None and path.endswith("/version"):
            return STRANGER
        return routes[word] if word else reply(404, {"message": "404 Not Found"})
    return scripted_host(answer)
