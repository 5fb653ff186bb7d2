"""Where providers send their webhooks: no session, no CSRF token; the signature over the raw body is all that counts.

What is believed is stored once and answered within milliseconds, whether or not the queue is there: the run that it
asks for is a row, and the queue only its doorbell. Neither the body nor the secret is logged, nor stored.
"""
from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from checks.engine import hooks
from checks.models import Integration
from checks.providers import BY_SLUG
from checks.providers.base import Provider
from checks.providers.hook import Hook, HookEvent, HookRefused
from checks.vault import BadKey, CannotOpen

NOWHERE = "No webhook is received at this address."
SEALED = "The webhook secret stored here cannot be opened now; the operator of this program must look."


@csrf_exempt
def receive(request: HttpRequest, provider: str, integration: str) -> HttpResponseBase:
    """202 when a check was asked for, 200 when there is nothing to do; everything else says why on one line."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    kind = BY_SLUG.get(provider)
    found = _integration(kind, integration)
    if kind is None or kind.hook is None or found is None:
        return _said(404, NOWHERE)
    try:
        return _answer(request, kind, kind.hook, found)
    except (Integration.DoesNotExist, IntegrityError, OSError):  # erased at this moment, or the sender went away
        return _said(404, NOWHERE)


def _answer(request: HttpRequest, kind: Provider, hook: Hook, integration: Integration) -> JsonResponse:
    try:
        event = _event(request, kind, hook, integration)
    except HookRefused as refused:
        hooks.refuse(integration, refused.reason)
        return _said(refused.status, refused.reason)
    new, run = hooks.receive(integration, event)
    return JsonResponse({"delivery": event.delivery, "new": new, "checking": run is not None}, status=202 if run else 200)


def _integration(kind: Provider | None, text: str) -> Integration | None:
    """The connected integration of this provider with this id: whichever part is wrong, the answer is the same."""
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    if kind is None or kind.hook is None or str(wanted) != text:
        return None
    return Integration.objects.filter(pk=wanted, provider=kind.slug, removed_at=None).first()


def _event(request: HttpRequest, kind: Provider, hook: Hook, integration: Integration) -> HookEvent:
    """The delivery, once it is believed. Raises HookRefused; 503 where the stored secret cannot be opened."""
    body = _body(request, hook.max_bytes)
    try:
        secret = hooks.secret_of(integration, kind, hook)
    except (CannotOpen, BadKey):
        raise HookRefused(SEALED, 503) from None
    return hook.read(_headers(request), body, secret)


def _body(request: HttpRequest, most: int) -> bytes:
    """The raw bytes, read no further than allowed, whatever length was announced."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    too_large = announced.isdecimal() and int(announced) > most
    body = b"" if too_large else request.read(most + 1)
    if too_large or len(body) > most:
        raise HookRefused(f"The delivery is larger than {most:,} bytes.", 413)
    return body


def _headers(request: HttpRequest) -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _said(status: int, why: str) -> JsonResponse:
    return JsonResponse({"error": why}, status=status)
