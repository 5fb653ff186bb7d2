"""Webhooks of the App: subscribed to pushes, and sent to our address. They are the App's, not the installation's: one
address, one secret, one log of deliveries. Whether they arrive is in deliveries.

https://docs.github.com/rest/apps/webhooks
"""
from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from checks.providers.base import Context
from checks.providers.github import answers
from checks.verdict import Cause, Verdict, fail, passed, unknown

JsonMap = Mapping[str, Any]
PRIVATE_NAMES = (".local", ".localhost", ".internal", ".test", ".example", ".lan", ".home.arpa", ".invalid")
OPERATOR = "Have the operator of this program give it a public https:// address in BASE_URL."


def push_event_subscribed(ctx: Context) -> Verdict:
    app = answers.the_app(ctx)
    events = app.get("events")
    told = [str(event) for event in events] if isinstance(events, list) else []
    page = f"{answers.app_page(ctx, app)}/permissions"
    facts: dict[str, Any] = {"events": told}
    if "push" not in told:
        have = f"only to {', '.join(told)}" if told else "to no event"
        return fail(f"The App was subscribed {have}, so GitHub sends no pushes.", link=page,
                    remedy=f"Tick Push under “Subscribe to events” on {page} (it needs Contents: Read-only there), and accept "
                           "the change where the App is installed.", **facts)
    return passed("The App was subscribed to the event push.", **facts)


# --- The address ------------------------------------------------------------------------------------------
def webhook_configured(ctx: Context) -> Verdict:
    """GET /app/hook/config. https://docs.github.com/rest/apps/webhooks#get-a-webhook-configuration-for-an-app"""
    response = answers.as_app(ctx, "/app/hook/config")
    told = answers.document_of(ctx, response, "the webhook's settings") if response.status == 200 else {}
    if response.status not in (200, 404) or response.is_html:
        return answers.unexpected(ctx, response, "the App's webhook")
    page, ours, theirs = answers.app_page(ctx, answers.the_app(ctx)), _ours(ctx), str(told.get("url") or "")
    facts: dict[str, Any] = {"url": theirs, "expected": ours}
    if not theirs:
        return fail("The App had no webhook.", link=page, **facts,
                    remedy=f"Under Webhook on {page} tick Active, and enter {_enter(ours)} and the webhook secret.")
    if ours and _normal(theirs) != _normal(ours):
        return fail(f"The App's webhook went to {_shown(theirs)}, and this integration's address is {ours}.", link=page, **facts,
                    remedy=f"Set the Webhook URL on {page} to {ours}.")
    if trouble := _settings_trouble(told):
        seen, remedy = trouble
        return fail(seen, link=page, remedy=f"{remedy} on {page}.", **facts)
    if not ours:
        return unknown(f"The App's webhook went to {_shown(theirs)}; this program's own address is not known to this run.",
                       cause=Cause.OURS, remedy=OPERATOR, **facts)
    if why := unreachable(ours, ctx.client.base_url):
        return unknown(f"The App's webhook went to this integration's address, which GitHub cannot reach: {ours} {why}.",
                       cause=Cause.OURS, remedy=OPERATOR, **facts)
    verified = " and with TLS verified" if ours.startswith("https:") else ""
    return passed(f"The App's webhook went to this integration's address, {ours}, with a secret{verified}.", **facts)


def _settings_trouble(told: JsonMap) -> tuple[str, str] | None:
    if str(told.get("insecure_ssl") or "0") != "0":
        return "The App's webhook did not verify TLS, so anybody on the way can read it.", "Enable SSL verification"
    if not told.get("secret"):
        return ("The App's webhook had no secret, so nothing tells its events from anybody's.",
                "Enter this integration's webhook secret under Webhook")
    if str(told.get("content_type") or "json") != "json":
        return "The App's webhook sent forms, which are not read here.", "Set the webhook's content type to application/json"
    return None


def _ours(ctx: Context) -> str:
    return str(hook_of(ctx).get("url") or "")


def hook_of(ctx: Context) -> JsonMap:
    hook = ctx.known.get("hook")
    return hook if isinstance(hook, Mapping) else {}


def _enter(ours: str) -> str:
    return ours or "the address that this program shows for the integration"


def _normal(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _shown(url: str) -> str:
    """Without what a secret may hide in."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def unreachable(ours: str, github: str) -> str:
    """Why a GitHub that is public cannot reach our address, by its form alone; "" when that does not show.

    An Enterprise Server in a network of its own may well reach a private address.
    """
    if not _is_public(urlsplit(github).hostname or ""):
        return ""
    parts = urlsplit(ours)
    if not _is_public(parts.hostname or ""):
        return "is not a public address"
    return "" if parts.scheme == "https" else "is not https, so its events would come unencrypted"


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.rstrip(".").endswith(PRIVATE_NAMES)
