"""Making a GitHub App of a manifest: what GitHub is asked to make, and what its one-time code stands for.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""
from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from checks.clients.errors import ClientError
from checks.clients.github_app import HEADERS, GitHubApp
from checks.clients.http import Http
from checks.providers.base import JsonMap
from checks.providers.clone_url import normal_base
from checks.providers.github.answers import login_of
from checks.providers.github.declared import api_of
from checks.providers.github.key import KeyProblem, load, normal_pem
from checks.providers.github.setup_answers import SetupTrouble, asking, document

LONGEST_NAME = 34  # https://docs.github.com/apps/creating-github-apps/registering-a-github-app/registering-a-github-app
CODE = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


@dataclass(frozen=True)
class Made:
    """An App that GitHub made of a manifest: ready to be saved."""

    settings: JsonMap
    credentials: JsonMap = field(repr=False)
    name: str
    owner: str


def manifest(
    *, name: str, home: str, hook: str, active: bool, created: str, installed: str, pushes: bool,
) -> dict[str, Any]:
    """What GitHub is asked to make. hook: where webhooks go, sent only if active. created, installed: where it returns to."""
    return {
        "name": name[:LONGEST_NAME], "url": home, "description": "Proves that deployments can read their repositories.",
        "hook_attributes": {"url": hook, "active": active}, "redirect_url": created, "callback_urls": [installed],
        "setup_url": installed, "setup_on_update": True, "public": False, "request_oauth_on_install": True,
        "default_permissions": {"contents": "write" if pushes else "read", "metadata": "read"}, "default_events": ["push"],
    }


def register_page(base_url: str, account: str, nonce: str) -> str:
    """Where the manifest is posted to: an organisation's settings, or one's own."""
    place = f"organizations/{quote(account, safe='')}/" if account else ""
    return f"{normal_base(base_url)}/{place}settings/apps/new?{urlencode({'state': nonce})}"


def convert(settings: JsonMap, code: str) -> Made:
    """What the one-time code of a manifest stands for. It can be asked once, within an hour of its making."""
    base = normal_base(settings["base_url"])
    api = normal_base(api_of(settings["base_url"], str(settings.get("api_url") or "")))
    if not CODE.fullmatch(code):
        raise SetupTrouble("GitHub's code was cut or changed on its way.", spent=True)
    with asking():
        response = Http(api, headers=HEADERS).post(f"/app-manifests/{code}/conversions")
        if response.status == 404:
            raise SetupTrouble("GitHub no longer knows the code: it was used already, or is older than an hour.", spent=True)
        told = document(response, 201, "the new App")
        key, app_id = str(told.get("pem") or ""), str(told.get("id") or "")
        secret = str(told.get("webhook_secret") or "") or _given_secret(api, app_id, key)
    return Made({"base_url": base, "api_url": api, "app_id": app_id, "installation_id": "", "pushes": bool(settings["pushes"])},
                {"private_key": key, "webhook_secret": secret, "client_id": str(told.get("client_id") or ""),
                 "client_secret": str(told.get("client_secret") or "")},
                name=str(told.get("name") or told.get("slug") or ""), owner=login_of(told, "owner"))


def _given_secret(api: str, app_id: str, key: str) -> str:
    """A webhook secret of ours for an App that came without one. Where GitHub does not take it, its row will say so.

    https://docs.github.com/rest/apps/webhooks#update-a-webhook-configuration-for-an-app
    """
    secret = secrets.token_urlsafe(32)
    with suppress(ClientError, KeyProblem):
        GitHubApp(api, app_id, load(normal_pem(key))).ask("PATCH", "/app/hook/config", document={"secret": secret})
    return secret
