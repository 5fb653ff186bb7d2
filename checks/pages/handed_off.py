"""The page behind a hand-off link: one row, for somebody without an account. The token leaves the address at once.

The session keeps the hashes of the links that were followed; the page's own address holds the start of one, which opens
nothing by itself. Whatever is wrong with a link, the answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from checks.actions import hand_off as handing
from checks.actions.hand_off import Asked
from checks.models import Finding, HandOff
from checks.pages.board import Card, load
from checks.pages.guides import steps
from checks.pages.menders import BY_POLICY, BY_SCOPES, usually
from checks.pages.rows import Row
from checks.providers.base import LeastGrant
from checks.verdict import Cause, Skip, Status
from organisations.invitations import hash_of

SESSION_KEY = "hand_offs"  # {start of a hash: {"hash", "opened": ISO time of the opening that was counted}}
START = 20
KEPT = 10  # links of one session
COUNTED_EVERY = timedelta(hours=1)
POLL_SECONDS, IDLE_SECONDS = 1, 10
WAITS = ("running", "queued")
SAID = {
    Asked.SOON: "It was checked less than a minute ago. Wait a moment, then ask once more.",
    Asked.PAUSED: "Checking is paused at the moment. Write to whoever sent you the link.",
    Asked.LACKS: "It cannot be checked until its credential is given again. Write to whoever sent you the link.",
}


@dataclass(frozen=True)
class Need:
    """One grant that is needed. granted None: the provider does not tell."""

    name: str
    what_for: str
    granted: bool | None


@csrf_exempt
@never_cache
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself: its hash goes into the session, whoever follows it, however, and whatever it is.

    No method is refused here: a refusal would be logged with the address.
    """
    mark = hash_of(token)
    held = {key: value for key, value in _held(request).items() if key != mark[:START]}
    kept = dict(list(held.items())[1 - KEPT:])
    request.session[SESSION_KEY] = {**kept, mark[:START]: _held(request).get(mark[:START]) or {"hash": mark, "opened": ""}}
    response = redirect("handed_off", key=mark[:START])
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _held(request: HttpRequest) -> dict[str, dict[str, str]]:
    held: dict[str, dict[str, str]] = request.session.get(SESSION_KEY) or {}
    return held


View = Callable[..., HttpResponse]


def for_the_holder(view: View) -> View:
    """Gives the view the link that this session followed under this key, or ends in the one page for links that do not open."""
    @wraps(view)
    @never_cache
    def guarded(request: HttpRequest, key: str) -> HttpResponse:
        link = handing.find(_held(request).get(key, {}).get("hash", ""))
        card, row = _shown(link) if link else (None, None)
        if link is None or card is None or row is None:
            response = render(request, "checks/hand_off_closed.html", status=404)
            response["HX-Refresh"] = "true"  # a page that was open when the link ended says so
        else:
            response = view(request, key, link, card, row)
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response
    return guarded


def _shown(link: HandOff) -> tuple[Card | None, Row | None]:
    """The row as it is now; None when there is no such row any more."""
    board = load(link.organisation, link.integration.name)
    card = board.cards[0] if board.cards and board.cards[0].provider else None
    rows = [row for row in card.rows if row.declared] if card else []
    row = next((r for r in rows if (r.slug, r.service_id) == (link.check_slug, link.service_id)), None)
    if row is not None and row.status in WAITS and row.was:
        _keep(row, link)
    return card, row


def _keep(row: Row, link: HandOff) -> None:
    """While it is asked again the page stays as it was: the layout does not jump, and what is to be done can be read."""
    before = Finding.objects.filter(integration=link.integration_id, check_slug=row.slug, service=row.service_id).first()
    if before is not None:
        row.remedy, row.layer, row.facts, row.checked_at = before.remedy, before.layer, before.facts, before.checked_at
        row.link = before.link if before.link.startswith(("https://", "http://")) else ""


@require_safe
@for_the_holder
def page(request: HttpRequest, key: str, link: HandOff, card: Card, row: Row) -> HttpResponse:
    """Every opening is counted and on record, once an hour for a session."""
    held = _held(request)
    if _is_due(held[key].get("opened", "")):
        handing.opened(link, _address(request))
        request.session[SESSION_KEY] = {**held, key: {**held[key], "opened": timezone.now().isoformat()}}
    said = SAID.get(Asked(asked), "") if (asked := request.GET.get("asked", "")) in set(Asked) else ""
    return render(request, "checks/hand_off.html", {**_context(key, link, card, row), "said": said})


def _address(request: HttpRequest) -> str:
    """Where the request came from, as the sign-in pages tell it too; "" where that cannot be told."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


def _is_due(text: str) -> bool:
    try:
        return datetime.fromisoformat(text) < timezone.now() - COUNTED_EVERY
    except ValueError:
        return True


@require_safe
@for_the_holder
def live(request: HttpRequest, key: str, link: HandOff, card: Card, row: Row) -> HttpResponse:
    """The part that a run changes; 204 while it would look the same."""
    if request.GET.get("seen") == _token(card, row):
        return HttpResponse(status=204)
    context = _context(key, link, card, row)
    return render(request, "checks/hand_off_live.html", {**context, "announce": f"{context['heading']}. {row.evidence}"})


@require_POST
@for_the_holder
def check(request: HttpRequest, key: str, link: HandOff, card: Card, row: Row) -> HttpResponse:  # noqa: ARG001 -- of the door
    """“I have done it”: a run of the integration, as often as the action allows."""
    asked = handing.ask_again(link, _address(request))
    response = redirect("handed_off", key=key)
    if asked in SAID:
        response["Location"] += f"?asked={asked}"
    return response


def _token(card: Card, row: Row) -> str:
    """Changes whenever the page would look different."""
    run = f"{card.run.id.hex[:8]}-{card.run.shown_as}" if card.run else "done"
    return f"{run}-{row.status}-{row.checked_at.timestamp() if row.checked_at else 0:.0f}"


def _context(key: str, link: HandOff, card: Card, row: Row) -> dict[str, Any]:
    if row.skip == Skip.NEED:
        row.evidence = "Not tried: something before it is not right yet."  # which, is no business of this page
    good = row.status in (Status.PASS, Status.SKIPPED)
    return {
        "key": key, "link": link, "card": card, "row": row, "heading": heading(link, row), "who": usually(row.layer),
        "good": row.status == Status.PASS, "waits": row.status in WAITS, "token": _token(card, row),
        "stopped": SAID[Asked.PAUSED] if card.integration.paused_at else SAID[Asked.LACKS] if card.needs_credential else "",
        "every": POLL_SECONDS if card.run else IDLE_SECONDS, "link_host": row.link.split("://", 1)[-1].split("/", 1)[0],
        "needs": [] if good else needs(row.facts or {}), "least": None if good else _least(card, row),
        "steps": [] if good or card.provider is None else steps(card.provider, card.integration.settings),
    }


def heading(link: HandOff, row: Row) -> str:
    """The answer for whoever was asked."""
    asks = f"{link.organisation.name} asks you to"
    if row.status == Status.UNKNOWN and row.cause != Cause.YOURS:
        return "It could not be checked just now"
    return {
        "fail": f"{asks} mend one thing",
        "unknown": f"{asks} look at one thing",
        "warn": f"{asks} change one thing",
        "pass": "It is right now: nothing is left to do",
        "running": "It is being checked",
        "queued": "It is queued, and checked as soon as a worker is free",
        "skipped": "It cannot be tried yet: something else comes first",
    }.get(row.status, "It was not checked since the settings changed")


def needs(facts: Mapping[str, Any]) -> list[Need]:
    """What has to be granted, each against what was seen to be."""
    has = dict.fromkeys(_names(facts, "granted") + _names(facts, "covered"), True)
    has |= dict.fromkeys(_names(facts, "missing"), False)
    otherwise = False if facts.get("told_in_full", True) else None
    what_for = facts.get("needed_for")
    said = what_for if isinstance(what_for, dict) else {}
    return [Need(name, str(said.get(name, "")), has.get(name, otherwise)) for name in _names(facts, "required")]


def _names(facts: Mapping[str, Any], key: str) -> list[str]:
    found = facts.get(key)
    return [str(name) for name in found] if isinstance(found, (list, tuple)) else []


def _least(card: Card, row: Row) -> LeastGrant | None:
    """The policy or scopes to copy, where they decide such a row: for these settings, where the provider writes them out."""
    if card.provider is None or row.layer not in BY_POLICY | BY_SCOPES:
        return None
    if card.provider.policy is not None:
        return card.provider.policy(card.integration.settings, {r.slug: r.facts or {} for r in card.rows})
    return LeastGrant(f"{card.provider.guide.least_grant.rstrip('.')}.", {})
