"""The Organisation itself: its name, and its end."""
from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations import create
from organisations.access import Action, may, organisation_page, who_can
from organisations.forms import DeleteForm, RenameForm
from organisations.pages.request import OrganisationRequest


def _page(request: OrganisationRequest, form: RenameForm) -> HttpResponse:
    return render(request, "organisations/settings.html", {
        "form": form, "may_own": may(request.membership, Action.OWN),
        "owners": who_can(request.organisation, Action.OWN),
        "may_members": may(request.membership, Action.MEMBERS),
        "token_makers": SimpleLazyObject(lambda: who_can(request.organisation, Action.MEMBERS))})


@require_safe
@organisation_page(Action.READ)
def settings(request: OrganisationRequest) -> HttpResponse:
    return _page(request, RenameForm(initial={"name": request.organisation.name}))


@require_POST
@organisation_page(Action.OWN)
def rename(request: OrganisationRequest) -> HttpResponse:
    form = RenameForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    organisation = create.rename(organisation=request.organisation, actor=request.user, name=form.cleaned_data["name"])
    messages.success(request, f"The Organisation is called {organisation.name} now.")
    return redirect("organisation_settings", org=organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.OWN)
@reauthentication_required(allow_get=True)
def delete(request: OrganisationRequest) -> HttpResponse:
    """Asks for the short name, and for the password where it was not given in the last half hour."""
    form = DeleteForm(request.organisation, request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = request.organisation.name
        create.delete(organisation=request.organisation, actor=request.user, typed=form.cleaned_data["typed"])
        messages.success(request, f"{name} was deleted, with everything in it.")
        return redirect("home")
    return render(request, "organisations/delete.html", {"form": form})
