"""Drives the rows of a GitHub App through the runner, against a GitHub on loopback."""
from __future__ import annotations

from datetime import UTC, datetime

from checks import runner
from checks.providers.base import ServiceFacts
from checks.providers.github import github
from checks.runner import Landed
from checks.verdict import Status
from tests.peers.github_host import APP_ID, SELECTED

ROWS = ["url_well_formed", "host_reachable", "app_key_accepted", "installation_active", "permissions_granted",
        "permissions_not_excessive", "repository_allowed", "clone_permitted", "ref_exists", "push_event_subscribed",
        "webhook_configured", "webhook_delivered", "pushes_permitted"]
HOOK = "http://127.0.0.1:9/webhooks/github/1"  # what the example App's webhook is set to


def run(host, pem, repositories=("acme/web",), ref="main", installation=SELECTED, known=None, now=None, **settings):
    """All rows of one run: (slug, service's name or None) -> verdict."""
    settings = {"base_url": host.url, "api_url": host.api_url, "app_id": str(APP_ID), "installation_id": str(installation or ""),
                "pushes": False, **settings}
    client = github.connect(settings, {"private_key": pem})
    urls = [path if "://" in path or path == "" else host.clone_url(path) for path in repositories]
    services = [ServiceFacts(f"web{n or ''}", "app", {"repository": url, "ref": ref}) for n, url in enumerate(urls)]
    known = {"hook": {"url": HOOK, "received": [], "refused": None}} if known is None else known
    items = runner.run(github, settings=settings, client=client, services=services, known=known, secrets=[pem],
                       now=now or datetime.now(UTC))
    return {(item.check.slug, item.service.name if item.service else None): item.verdict
            for item in items if isinstance(item, Landed)}


def rows_of(host, pem, repository="acme/web", ref="main", **options):
    """All rows of one run with one service: slug -> verdict."""
    repositories = [] if repository is None else [repository]
    return {slug: verdict for (slug, _), verdict in run(host, pem, repositories, ref, **options).items()}


def said(verdict):
    return verdict.status, verdict.cause, verdict.layer


def turned(before, after):
    """The rows that a change made worse, whatever they were; what is skipped for want of them is not among these."""
    return {slug for slug, verdict in after.items()
            if verdict.status is not before[slug].status and verdict.status is not Status.SKIPPED}


def requested(host, method, path):
    """The requests that came for a path, or for one below the API."""
    return [seen for seen in host.seen
            if seen.method == method and seen.path.partition("?")[0].removeprefix("/api/v3") == path]
