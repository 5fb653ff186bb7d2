"""Search: over what an Organisation has and over the guides, by words in any order, whatever their case and accents.

The words stand in the page's address, so they are short, and what looks like a secret is refused and not shown again.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from checks.diagnosis.redact import redact
from checks.pages.board import load
from checks.pages.catalogue import Entry, Hit, guides, here, look
from checks.pages.folded import words
from checks.pages.words import counted
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

MOST_SIGNS = 100
SHOWN = 50
TOO_LONG = "Search takes up to 100 characters, and this has {}. A whole message belongs into Diagnose, which takes 1 MiB of it."
SECRET = ("Search was not run: this looks like {}, and what is searched for stands in the page's address. Paste messages "
          "into Diagnose, which takes secrets out first.")


@dataclass(frozen=True)
class Search:
    """query: as typed, but for what is refused as a secret. start: how many hits come before those that are shown."""

    query: str
    problem: str = ""
    hits: tuple[Hit, ...] = ()
    start: int = 0

    @property
    def total(self) -> int:
        return len(self.hits)

    @property
    def shown(self) -> tuple[Hit, ...]:
        return self.hits[self.start:self.start + SHOWN]

    @property
    def end(self) -> int:
        return self.start + len(self.shown)

    @property
    def rest(self) -> int:
        """How many come after those that are shown."""
        return self.total - self.end

    @property
    def next(self) -> str:
        return urlencode({"q": self.query, "from": str(self.end)})

    @property
    def status(self) -> int:
        return 400 if self.problem else 200

    @property
    def said(self) -> str:
        """The answer, as a heading."""
        if self.problem:
            return "That could not be searched for"
        if not self.query:
            return ""
        return f"{counted(self.total, 'answer')} to “{self.query}”" if self.hits else f"Nothing holds “{self.query}”"


@sensitive_variables()
def read(request: HttpRequest, entries: Iterable[Entry]) -> Search:
    """What `?q=` and `?from=` ask for, answered from the entries."""
    query = request.GET.get("q", "").replace("\x00", "").strip()
    if (removed := redact(query).removed):
        return Search("", SECRET.format(removed[0][0]))
    if len(query) > MOST_SIGNS:
        return Search(query, TOO_LONG.format(len(query)))
    looked_for = tuple(words(query))
    hits = tuple(look(entries, looked_for)) if looked_for else ()
    return Search(query, hits=hits, start=_start(request, len(hits)))


def _start(request: HttpRequest, total: int) -> int:
    asked = request.GET.get("from", "")
    start = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    return start if start < total else 0


def everything(request: OrganisationRequest) -> Iterable[Entry]:
    """The Organisation's own first: of two that fit alike, the nearer one."""
    yield from here(load(request.organisation))
    yield from guides()


@require_safe
@organisation_page(Action.READ)
def search(request: OrganisationRequest) -> HttpResponse:
    found = read(request, everything(request))
    context = {"search": found, "heading": found.said or f"Search {request.organisation.name}", "tab": "search"}
    return render(request, "checks/search.html", context, status=found.status)
