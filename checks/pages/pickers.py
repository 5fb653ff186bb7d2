"""Fragments for the form of a service: repositories, branches and tags to choose from. Without `q` nobody is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from checks.actions import pickers
from checks.models import Integration
from checks.pages.integrations import find
from checks.providers import BY_SLUG
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

WORDS = {  # a field of a target: the button beside it, and the label of the search below it
    "repository": ("Choose a repository", "Search the repositories that the credential can list"),
    "ref": ("Choose a branch or tag", "Search the branches and tags of the repository"),
}


@require_safe
@organisation_page(Action.MANAGE)
def repositories(request: OrganisationRequest, name: str) -> HttpResponse:
    integration = _of_git(request, name)
    query, page = request.GET.get("q"), _page(request)
    picked = None
    if query is not None:
        picked = pickers.repositories(integration=integration, actor=request.user, query=query, page=page)
    return render(request, "checks/_repositories.html", {"picked": picked, "query": query, "page": page, "next": page + 1})


@require_safe
@organisation_page(Action.MANAGE)
def refs(request: OrganisationRequest, name: str) -> HttpResponse:
    integration = _of_git(request, name)
    query, page, typed = request.GET.get("q"), _page(request), request.GET.get("repository", "")
    picked = None
    if query is not None:
        picked = pickers.refs(integration=integration, actor=request.user, repository=typed, query=query, page=page)
    context = {"picked": picked, "query": query, "page": page, "next": page + 1, "repository": typed}
    return render(request, "checks/_refs.html", context)


def _of_git(request: OrganisationRequest, name: str) -> Integration:
    integration = find(request, name)
    provider = BY_SLUG.get(integration.provider)
    if provider is None or not pickers.is_git(provider):
        raise Http404
    return integration


def _page(request: OrganisationRequest) -> int:
    try:
        return min(max(int(request.GET.get("page", "1")), 1), pickers.LAST_PAGE)
    except ValueError:
        return 1


def offered(org: str, integrations: Iterable[Integration]) -> dict[str, dict[str, str]]:
    """The words of each picker that there is, and the addresses that its script asks, by the integration's name."""
    found: dict[str, dict[str, str]] = {field: {} for field in WORDS}
    for integration in integrations:
        provider = BY_SLUG.get(integration.provider)
        if provider is None or not pickers.is_git(provider):
            continue
        where = {"org": org, "name": integration.name}
        found["ref"][integration.name] = reverse("integration_refs", kwargs=where)
        if provider.pick is not None:
            found["repository"][integration.name] = reverse("integration_repositories", kwargs=where)
    return {field: {"button": WORDS[field][0], "search": WORDS[field][1], "addresses": json.dumps(urls)}
            for field, urls in found.items() if urls}
