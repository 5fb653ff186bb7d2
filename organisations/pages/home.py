"""Where a person lands: nowhere to go yet, one Organisation, or several."""
from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_http_methods, require_safe

from organisations import create, invitations
from organisations.forms import OrganisationForm
from organisations.models import Membership


@require_safe
def favicon(_: HttpRequest) -> HttpResponse:
    """For the pages that name no icon, the admin's among them."""
    return redirect(static("img/favicon.svg"))


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """One Organisation: its checklist. Several, or an invitation that waits: choose. None: make one."""
    assert request.user.is_authenticated
    memberships = list(Membership.objects.filter(user=request.user).select_related("organisation")
                       .order_by("organisation__name"))
    waiting = invitations.waiting_for(request.user)
    if len(memberships) == 1 and not waiting:
        return redirect("checklist", org=memberships[0].organisation.slug)
    if memberships or waiting:
        return render(request, "organisations/choose.html", {"memberships": memberships, "waiting": waiting})
    return render(request, "organisations/new.html", {"form": OrganisationForm(), "first": True})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Make an Organisation; whoever makes it is its first owner."""
    assert request.user.is_authenticated
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = create.create(slug=form.cleaned_data["slug"], name=form.cleaned_data["name"],
                                         owner=request.user, actor=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("checklist", org=organisation.slug)
    first = not Membership.objects.filter(user=request.user).exists()
    return render(request, "organisations/new.html", {"form": form, "first": first})
