"""The pages on which a GitHub App is made from a manifest, and the App's own settings page.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
Seen as people paste it: `Invalid GitHub App configuration`, `Default events unsupported: …`, `Default events are not
supported by permissions: …`, `Hook url is not supported because it isn't reachable over the public Internet (…)`, `Hook is
invalid`, `Default permission records resource is not included in the list`, `"…" is not a permitted key`, `"url" wasn't
supplied.`. Reconstructed: how the pages look, that a manifest without a redirect_url is refused, the words for a name
that is too long or taken, for a wrong level and for a missing hook address, and the addresses the forms post to.
"""
from __future__ import annotations

import json
import re
import secrets
from html import escape
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from checks.demo.git_repositories import Answer
from checks.demo.github_html import button, fields, form, hidden, items, link, page, redirect
from checks.demo.github_json import query_of
from checks.demo.github_world import ALWAYS, EVENTS, PERMISSIONS, App, Code, covers
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

KEYS = frozenset({"name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public",
                  "default_events", "default_permissions", "request_oauth_on_install", "setup_on_update"})
NAME_LENGTH = 34
INVALID = "Invalid GitHub App configuration"


def proposed(host: GitHubHost, seen: Seen, organisation: str) -> Answer:
    """What a manifest was posted to; without one, the empty form for making an App by hand."""
    owner = _owner(host, organisation)
    if owner is None:
        return page(404, "Page not found", "")
    text = fields(seen).get("manifest", [""])[-1] if seen.method == "POST" else ""
    if not text:
        return page(200, "Register new GitHub App", "<p>Here an App is made by hand.")
    manifest, wrong = _read(host, text)
    if wrong:
        told = "<p>The configuration does not appear to be a valid GitHub App manifest."
        return page(422, INVALID, told + items([f"Error {escape(line)}" for line in wrong]))
    place = f"/organizations/{organisation}" if organisation else ""
    inside = (hidden(manifest=text, state=query_of(seen).get("state", "")) +
              f'<label>GitHub App name <input name=name value="{escape(str(manifest.get("name") or ""))}"></label>' +
              button(f"Create GitHub App for {organisation or owner}" if organisation else "Create GitHub App"))
    asked = items([escape(f"{name}: {level}") for name, level in (manifest.get("default_permissions") or {}).items()])
    return page(200, "Create GitHub App", asked + form(f"{place}/settings/apps/manifest", inside))


def created(host: GitHubHost, seen: Seen, organisation: str) -> Answer:
    """The button was pressed: the App is there, and its keys wait for one hour behind a code."""
    owner = _owner(host, organisation)
    if owner is None or seen.method != "POST":
        return page(404, "Page not found", "")
    sent = fields(seen)
    manifest, wrong = _read(host, sent.get("manifest", [""])[-1])
    name = sent.get("name", [""])[-1].strip() or str(manifest.get("name") or "")
    wrong += _bad_name(host, name)
    if wrong:
        return page(422, INVALID, items([f"Error {escape(line)}" for line in wrong]))
    key = host.make_key()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    app = _app(host, manifest, name, owner)
    app.public_key = key.public_key()
    host.apps[app.id] = app
    code = secrets.token_hex(20)
    host.codes[code] = Code(app, host.now(), pem=pem)
    host.hooks.announce(app, "ping", host.payloads.ping(app))
    return redirect(str(manifest["redirect_url"]), code=code, state=sent.get("state", [""])[-1])


def listed(host: GitHubHost, _seen: Seen, organisation: str) -> Answer:
    owner = _owner(host, organisation)
    if owner is None:
        return page(404, "Page not found", "")
    mine = [app for app in host.apps.values() if app.owner.lower() == owner.lower()]
    return page(200, "GitHub Apps", items([link(f"/settings/apps/{app.slug}", app.name or app.slug) for app in mine]))


def shown(host: GitHubHost, _seen: Seen, organisation: str, slug: str) -> Answer:
    owner = _owner(host, organisation)
    app = next((app for app in host.apps.values() if app.slug == slug), None)
    if owner is None or app is None or not host.account(app.owner).owned_by(host.person):
        return page(404, "Page not found", "")
    install = f"/{host.apps_path}/{app.slug}/installations/new"
    return page(200, app.name or app.slug, f"<p>App ID: {app.id}<p>Client ID: {escape(app.client_id)}" +
                f"<p>Webhook URL: {escape(app.hook_url)}<p>" + link(install, "Install App"))


def _owner(host: GitHubHost, organisation: str) -> str | None:
    """Whose App it becomes: the person's own, or that of an organisation whose owner the person is."""
    if not organisation:
        return host.person
    return organisation if host.account(organisation).owned_by(host.person) else None


def _read(host: GitHubHost, text: str) -> tuple[dict[str, Any], list[str]]:
    """The manifest, and what is wrong with it."""
    try:
        manifest = json.loads(text)
    except ValueError:
        return {}, ["manifest is not valid JSON"]
    if not isinstance(manifest, dict):
        return {}, ["manifest is not an object"]
    wrong = [f'"{name}" is not a permitted key.' for name in manifest if name not in KEYS]
    wrong += [f'"{name}" wasn\'t supplied.' for name in ("url", "redirect_url") if not manifest.get(name)]
    return manifest, wrong + _bad_rights(manifest) + _bad_hook(host, manifest.get("hook_attributes"))


def _bad_rights(manifest: dict[str, Any]) -> list[str]:
    granted = manifest.get("default_permissions") or {}
    wrong = []
    if any(name not in PERMISSIONS for name in granted):
        wrong.append("Default permission records resource is not included in the list")
    if any(level not in ("read", "write", "admin", "none") for level in granted.values()):
        wrong.append("Default permission records action is not included in the list")
    events = manifest.get("default_events") or []
    unsupported = [event for event in events if event in ALWAYS or event not in EVENTS]
    ungranted = [event for event in events
                 if event in unsupported or not covers({**granted}, EVENTS[event], "read")] if not wrong else []
    wrong += [f"Default events unsupported: {' and '.join(unsupported)}"] if unsupported else []
    return wrong + ([f"Default events are not supported by permissions: {' and '.join(ungranted)}"] if ungranted else [])


def _bad_hook(host: GitHubHost, hook: Any) -> list[str]:
    if hook is None:
        return []
    if not isinstance(hook, dict) or not hook.get("url"):
        return ["Hook url cannot be blank", "Hook is invalid"]
    wrong = [f'"{name}" is not a permitted key.' for name in hook if name not in ("url", "active")]
    name = urlsplit(str(hook["url"])).hostname or ""
    if host.public_hooks and _is_private(name):
        wrong += [f"Hook url is not supported because it isn't reachable over the public Internet ({name})", "Hook is invalid"]
    return wrong


def _is_private(name: str) -> bool:
    try:
        return not ip_address(name).is_global
    except ValueError:
        return name == "localhost" or name.endswith((".localhost", ".local", ".test", ".internal"))


def _bad_name(host: GitHubHost, name: str) -> list[str]:
    if not name:
        return ["Name can't be blank"]
    if len(name) > NAME_LENGTH:
        return [f"Name is too long (maximum is {NAME_LENGTH} characters)"]
    taken = any(slug_of(name) == app.slug for app in host.apps.values())
    return ["Name is already taken"] if taken else []


def slug_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _app(host: GitHubHost, manifest: dict[str, Any], name: str, owner: str) -> App:
    hook = manifest.get("hook_attributes") or {}
    return App(max(host.apps, default=1000) + 1, slug_of(name), name, client_id=f"Iv23li{secrets.token_hex(7)}",
               client_secret=secrets.token_hex(20), webhook_secret=secrets.token_hex(20),
               permissions={"metadata": "read", **(manifest.get("default_permissions") or {})},
               events=list(manifest.get("default_events") or []), hook_url=str(hook.get("url") or ""),
               hook_active=bool(hook.get("active", True)) and bool(hook), hook_id=host.next_id(), owner=owner,
               public=bool(manifest.get("public")), url=str(manifest["url"]), setup_url=str(manifest.get("setup_url") or ""),
               setup_on_update=bool(manifest.get("setup_on_update")),
               callback_urls=[str(url) for url in manifest.get("callback_urls") or []],
               request_oauth_on_install=bool(manifest.get("request_oauth_on_install")))
