"""Drives the rows of an Azure DevOps integration through the runner, against a host on loopback."""
from __future__ import annotations

import json
from datetime import UTC, datetime

from checks import runner
from checks.providers.azure_devops import azure_devops
from checks.providers.base import ServiceFacts
from checks.runner import Landed
from tests.peers.azure_devops_host import TOKENS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROWS = ["url_well_formed", "host_reachable", "token_accepted", "token_not_expiring", "token_kind_supported",
        "scopes_sufficient", "scopes_not_excessive", "repository_visible", "clone_permitted", "ref_exists",
        "pushes_permitted"]
AZURE = {"X-VSS-E2EID": "0c6f8a52", "X-TFS-ProcessId": "5f1f7c1c"}  # headers of Azure's own answers


def landed(base_url, organisation, token, services, now=NOW, **settings):
    settings = {"base_url": base_url, "azure_organisation": organisation, "token_expires_on": "2027-06-01", "pushes": False,
                **settings}
    client = azure_devops.connect(settings, {"token": token})
    items = runner.run(azure_devops, settings=settings, client=client, services=services, known={}, secrets=[token], now=now)
    return [item for item in items if isinstance(item, Landed)]


def run(base_url, token, repository="", ref="main", organisation="acme", **settings):
    """All rows of one run: slug -> verdict."""
    services = [ServiceFacts("web", "app", {"repository": repository, "ref": ref})] if repository else []
    return {item.check.slug: item.verdict for item in landed(base_url, organisation, token, services, **settings)}


def at(host, path="shop/web", token="reader", ref="main", **settings):
    name = host.organisation.rpartition("/")[2]
    return run(host.base, TOKENS[token].value, host.clone_url(path), ref, organisation=name, **settings)


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def reply(status, document, content_type="application/json", **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return status, {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}, body


def own(status, document, content_type="application/json", **headers):
    """An answer with the headers of Azure DevOps."""
    answered, told, body = reply(status, document, content_type, **headers)
    return answered, {**told, **AZURE}, body


def beside(real, scripted_host, decide):
    """A host that passes on to the real one what `decide(request)` answers with None."""
    def answer(seen):
        if (mine := decide(seen)) is not None:
            return mine
        told = real.answer(seen)
        return told.status, dict(told.headers), told.body
    return scripted_host(answer)


def at_beside(host, real, path="shop/web", token="reader", ref="main", **settings):
    return run(host.url, TOKENS[token].value, real.clone_url(path).replace(real.origin, host.url), ref, **settings)
