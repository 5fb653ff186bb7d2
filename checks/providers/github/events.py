"""GitHub's webhooks: which delivery is believed, and which of them say that a row may have changed.

A delivery is a hint, never the truth: whoever holds it asks the API. Only the body is signed, so what its headers say
(the event's name, the delivery's id) is kept to a form and is worth no more than a repetition of the same question.
https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.github.com/webhooks/webhook-events-and-payloads
"""
from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from checks.providers.hook import HookEvent, HookRefused

SIGNATURE, OLD_SIGNATURE = "x-hub-signature-256", "x-hub-signature"
SIGNED = re.compile(r"sha256=[0-9a-f]{64}", re.ASCII)  # as GitHub writes it: lower case, one of them
DELIVERY = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
NAME = re.compile(r"[a-z][a-z_]{0,63}", re.ASCII)
LONGEST = 255  # of what is kept of a delivery
ASKING = ("installation", "installation_repositories", "installation_target", "meta", "create", "delete")
ASKING_OF_A_REPOSITORY = ("renamed", "deleted", "archived", "unarchived", "transferred", "edited", "privatized", "publicized")


def read(headers: Mapping[str, str], body: bytes, secret: str) -> HookEvent:
    """One delivery, once its signature over the raw body is seen to be right. Raises HookRefused."""
    _verify(headers, body, secret)
    name, delivery = headers.get("x-github-event", ""), headers.get("x-github-delivery", "")
    if not NAME.fullmatch(name):
        raise HookRefused("The header X-GitHub-Event is missing, or names no event.", 400)
    if not DELIVERY.fullmatch(delivery):
        raise HookRefused("The header X-GitHub-Delivery is missing, or is no delivery's id.", 400)
    return _event(delivery, name, _parsed(body))


def _verify(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    """The signature is asked before anything of the body is looked at; an empty secret signs nothing."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        raise HookRefused("The delivery came as a form. Set the webhook's content type to application/json.")
    if not secret:
        raise HookRefused("No webhook secret is stored here, so no delivery can be believed.")
    signature = headers.get(SIGNATURE, "")
    if not signature:
        raise HookRefused("Only a SHA-1 signature came; X-Hub-Signature-256 is needed." if headers.get(OLD_SIGNATURE)
                          else "The header X-Hub-Signature-256 is missing: the webhook has no secret at GitHub.")
    if not SIGNED.fullmatch(signature):
        raise HookRefused("The header X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits in lower case.")
    right = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right, signature):
        raise HookRefused("The signature does not match: the webhook secret at GitHub differs from the one stored here.")


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise HookRefused("The body is signed and is no JSON.", 400) from None
    if not isinstance(payload, dict):
        raise HookRefused("The body is signed and is no JSON object.", 400)
    return payload


def _event(delivery: str, name: str, payload: Mapping[str, Any]) -> HookEvent:
    action = _text(payload, "action")
    repository = _inside(payload, "repository")
    installation = _inside(payload, "installation")
    owners = (_inside(installation, "account"), _inside(payload, "account"), _inside(payload, "organization"),
              _inside(repository, "owner"))
    account = next((login for owner in owners if (login := _text(owner, "login"))), "")
    return HookEvent(delivery, name, action, account, _text(repository, "full_name"), _text(payload, "ref"),
                     _asks_again(name, action, payload))


def _asks_again(name: str, action: str, payload: Mapping[str, Any]) -> bool:
    """Whether a row may read differently now. Most pushes change nothing that a row rests on."""
    if name == "push":
        return payload.get("created") is True or payload.get("deleted") is True
    return name in ASKING or (name == "repository" and action in ASKING_OF_A_REPOSITORY)


def _inside(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = payload.get(key)
    return found if isinstance(found, dict) else {}


def _text(payload: Mapping[str, Any], key: str) -> str:
    """A text of the payload as it is kept: of limited length, and without what a database or a page cannot hold."""
    found = payload.get(key)
    return "".join(c for c in found if c.isprintable())[:LONGEST] if isinstance(found, str) else ""
