"""Guides, for everybody: for each provider what one needs, where it is made, the least grant, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checks.pages.checklist import sections
from checks.pages.seed import why
from checks.providers import BY_SLUG
from checks.providers.base import Provider, Step


def steps(provider: Provider, settings: Mapping[str, Any] | None = None) -> list[Step]:
    """The guide's steps; a link that the settings (or the form's own defaults) cannot fill in is left out."""
    known = {name: str(field.initial or "") for name, field in provider.form.base_fields.items()}
    known.update({name: str(value) for name, value in (settings or {}).items()})
    return [Step(step.text, _filled(step.link, known)) for step in provider.guide.steps]


def _filled(link: str, known: Mapping[str, str]) -> str:
    wanted = {name for _, name, _, _ in Formatter().parse(link) if name}
    if not all(known.get(name) for name in wanted):
        return ""
    filled = link.format(**{name: known[name].rstrip("/") for name in wanted})
    return filled if filled.startswith(("https://", "http://")) else ""


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return render(request, "checks/guides.html", {"sections": sections([])})


@require_safe
def guide(request: HttpRequest, provider: str) -> HttpResponse:
    found = BY_SLUG.get(provider)
    if found is None:
        raise Http404
    rows = [(check, why(check.slug, check.layer or "")) for check in found.checks.values()]
    return render(request, "checks/guide.html", {"provider": found, "rows": rows, "steps": steps(found)})
