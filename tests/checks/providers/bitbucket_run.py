"""Drives the rows of a Bitbucket integration through the runner, against hosts on loopback."""
from __future__ import annotations

import json
from datetime import UTC, datetime

from checks import runner
from checks.providers.base import ServiceFacts
from checks.providers.bitbucket import bitbucket
from checks.runner import Landed
from tests.peers.bitbucket_host import CREDENTIALS, TOKENS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DEFAULT_API = "https://api.bitbucket.org"
ROWS = ["url_well_formed", "host_reachable", "token_accepted", "token_not_expiring", "token_kind_supported",
        "scopes_sufficient", "scopes_not_excessive", "repository_visible", "clone_permitted", "ref_exists",
        "pushes_permitted"]
KINDS = {"api_token": "api_token", "repo_access_token": "repository_access_token",
         "project_access_token": "project_access_token", "workspace_access_token": "workspace_access_token"}


def settings_of(base_url, **settings):
    return {"base_url": base_url, "api_url": base_url, "token_kind": "repository_access_token",
            "email": "deploy@example.com", "token_expires_on": "2027-06-01", "pushes": False, **settings}


def landed(base_url, token, services, now=NOW, **settings):
    """All rows of one run: (slug, service's name or None) -> verdict."""
    settings = settings_of(base_url, **settings)
    client = bitbucket.connect(settings, {"token": token})
    facts = [ServiceFacts(name, "app", {"repository": url, "ref": ref}) for name, url, ref in services]
    items = runner.run(bitbucket, settings=settings, client=client, services=facts, known={}, secrets=[token], now=now)
    return {(item.check.slug, item.service.name if item.service else None): item.verdict
            for item in items if isinstance(item, Landed)}


def run(base_url, token, repository="", ref="main", **settings):
    """All rows of one run with one service at most: slug -> verdict."""
    services = [("web", repository, ref)] if repository else []
    return {slug: verdict for (slug, _), verdict in landed(base_url, token, services, **settings).items()}


def at(host, path="acme/web", token="repository", ref="main", **settings):
    """A credential of the host, sent as what it is."""
    credential = CREDENTIALS[token]
    settings = {"token_kind": KINDS[credential.kind], **settings}
    return run(host.url, credential.value, host.clone_url(path), ref, **settings)


def at_data_center(host, path="acme/web", token="own", ref="main", **settings):
    own = TOKENS[token]
    kind = "api_token" if own.own else "project_access_token"
    settings = {"api_url": DEFAULT_API, "token_kind": kind, "email": own.user, **settings}
    return run(host.url, own.value, host.clone_url(path), ref, **settings)


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def reply(status, document, content_type="application/json", **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return status, {"Content-Type": content_type, **headers}, body


def error(status, message, **headers):
    """The shape of an error of Bitbucket Cloud's API (bitbucket-cli issues 30 and 174)."""
    return reply(status, {"type": "error", "error": {"message": message}}, **headers)


PUBLIC = reply(200, {"repository": {"links": {}}, "workspace": {"links": {}}})
USER = reply(200, {"type": "user", "uuid": "{1}", "nickname": "deploy"})
PAGE = reply(200, b"<!doctype html><html><form>Log in to continue</form>", "text/html")


def scripted(scripted_host, **routes):
    """A host that answers by the last word of the path; everything else is a JSON 404."""
    def answer(seen):
        path = seen.path.partition("?")[0]
        word = next((name for name in routes if path.endswith("/" + name)), None)
        return routes[word] if word else error(404, "Resource not found")
    return scripted_host(answer)


def beside(host, scripted_host, decide):
    """A host that passes on to the real one what `decide(request)` answers with None."""
    def answer(seen):
        if (own := decide(seen)) is not None:
            return own
        real = host.answer(seen)
        return real.status, dict(real.headers), real.body
    return scripted_host(answer)
