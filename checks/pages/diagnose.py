"""Diagnose: a pasted message, what it most likely tells of, and the rows that can tell for certain.

The text comes by POST alone and goes nowhere but into this answer: no session, no message, no address, no log. The page
shows it without its secrets, and that form of it is what the field holds for the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from checks.actions import diagnose as diagnosing
from checks.actions.diagnose import Cause, Diagnosed
from checks.actions.settled import NAMES
from checks.diagnosis.pasted import trouble, unpadded, what_was_read
from checks.pages.diagnosed import Pick, live
from checks.pages.integrations import STOP_POLLING
from checks.pages.rights import rights
from checks.pages.seed import elsewhere
from checks.pages.words import counted, listed
from organisations.access import Action, may, organisation_page, who_can
from organisations.pages.request import OrganisationRequest

MAX_BYTES = 1024 * 1024
DRAINED_BYTES = 64 * 1024 * 1024  # of a text that is too long; a longer one ends its connection
SURENESS = {"certain": "It is", "likely": "Most likely", "possible": "Perhaps"}
TOO_LONG = "That is longer than 1 MiB. Paste the part around the first error: some fifty lines are enough."
NO_TEXT = "That is not text: it looks like the content of a file. Paste the message or the log as one reads it."
NOTHING_PASTED = "Paste a message or a log first."
EXAMPLE = "remote: Repository not found.\nfatal: repository 'https://github.com/acme/shop.git/' not found"
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Told:
    """One cause as the page tells it. elsewhere: where its mending does not lie, said of the first of its kind alone."""

    cause: Cause
    elsewhere: str = ""

    @property
    def name(self) -> str:
        named = NAMES[self.cause.answer.layer]
        return f"{named[:1].upper()}{named[1:]}"

    @property
    def title(self) -> str:
        return f"{SURENESS[self.cause.answer.confidence]} {NAMES[self.cause.answer.layer]}"


def told(found: Diagnosed | None) -> list[Told]:
    said: set[str] = set()
    lines = []
    for cause in found.causes if found else ():
        warning = elsewhere(cause.answer.layer)
        lines.append(Told(cause, "" if warning in said else warning))
        said.add(warning)
    return lines


def bounded(view: View) -> View:
    """Looks at the length before anything reads the body: a text that is too long gets a sentence, not a bare 400.

    The check of the form's own token reads the body, so it comes after; it is csrf_protect of the view within.
    """
    protected = csrf_protect(view)

    def measured(request: OrganisationRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            _drain(request)
            return _page(request, problem=TOO_LONG)
        try:
            return protected(request, *args, **kwargs)
        except RequestDataTooBig:
            return _page(request, problem=TOO_LONG)

    return measured


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _drain(request: HttpRequest) -> None:
    """Read what the browser still sends, so that it reads the answer; keep none of it."""
    left = min(_length(request), DRAINED_BYTES)
    while left > 0 and (part := request.read(min(left, 65_536))):
        left -= len(part)


@csrf_exempt  # checked in `bounded`, once the length is known
@never_cache
@sensitive_post_parameters("text")
@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.READ)
@bounded
@sensitive_variables("text")
def diagnose(request: OrganisationRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    text = unpadded(request.POST.get("text", "").replace("\r\n", "\n"))
    if (problem := _problem(text)) is not None:
        return _page(request, problem=problem)
    found = diagnosing.diagnose(organisation=request.organisation, actor=request.user, text=text)
    left_out: Mapping[str, str] = {}
    if "recheck" in request.POST:
        left_out = diagnosing.recheck_soon(organisation=request.organisation, actor=request.user, diagnosed=found)
    return _page(request, found=found, left_out=left_out)


def _problem(text: str) -> str | None:
    """Why this cannot be read, in a sentence."""
    if not text.strip():
        return NOTHING_PASTED
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return TOO_LONG
    return NO_TEXT if trouble(text) else None


def _page(request: OrganisationRequest, *, problem: str = "", found: Diagnosed | None = None,
          left_out: Mapping[str, str] | None = None) -> HttpResponse:
    lines = told(found)
    shown = live(request, Pick.of(found)) if found and found.causes else None
    context = {
        "problem": problem, "found": found, "told": lines, "live": shown, "heading": _heading(problem, found, lines),
        "left_out": left_out or {}, "abroad": _abroad(lines), "on": "diagnose",
        "what_was_read": what_was_read(found.diagnosis.redacted) if found else "",
        "example": EXAMPLE, **_may(request),
    }
    return render(request, "checks/diagnose.html", context, status=400 if problem and problem != NOTHING_PASTED else 200)


def _may(request: OrganisationRequest) -> dict[str, Any]:
    organisation = request.organisation
    return {**rights(request), "may_check": may(request.membership, Action.CHECK), "checkers": SimpleLazyObject(
        lambda: listed([str(user) for user in who_can(organisation, Action.CHECK)]) or "nobody yet")}


def _heading(problem: str, found: Diagnosed | None, lines: Sequence[Told]) -> str:
    if problem:
        return "That could not be read"
    if found is None:
        return "What did the deploy say?"
    return lines[0].title if lines else "Nothing in it was recognised"


def _abroad(lines: Sequence[Told]) -> list[str]:
    """Hosts that the message is of, and that nothing here is connected to."""
    return list(dict.fromkeys(one.cause.elsewhere for one in lines if one.cause.elsewhere))


@require_safe
@organisation_page(Action.READ)
def rows(request: OrganisationRequest) -> HttpResponse:
    """The part that a run changes: 204 while nothing new landed, 286 (htmx stops asking) once every run has ended."""
    shown = live(request, Pick.read(request.GET))
    if shown.active and request.GET.get("seen") == shown.token:
        return HttpResponse(status=204)
    over = not shown.active
    announce = f"{counted(len(shown.parts), 'integration')} checked. {' '.join(shown.sentences)}" if over else ""
    context = {"live": shown, "on": "diagnose", "announce": announce, **_may(request)}
    return render(request, "checks/_diagnosed.html", context, status=STOP_POLLING if over else 200)
