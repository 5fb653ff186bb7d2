"""The receiving end of an invitation. The token leaves the address before anything is rendered."""
from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from organisations import invitations
from organisations.access import MAY, WHAT
from organisations.models import Invitation, Role, User


@require_safe
@never_cache
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: the token goes into the session, whoever follows it and whatever it is."""
    request.session[invitations.SESSION_KEY] = token
    return redirect("invitation")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest) -> HttpResponse:
    """Shows what one is invited to; a POST accepts it."""
    held = invitations.find(request.session.get(invitations.SESSION_KEY, ""))
    if not request.user.is_authenticated:
        if request.method == "POST":
            return redirect_to_login(request.path)
        return render(request, "organisations/invitation.html", {"held": held, "may": _may(held)})
    waiting = {i.pk: i for i in invitations.waiting_for(request.user)}
    if request.method == "POST":
        return _accept(request, request.user, waiting, held)
    own = held if held is not None and held.pk in waiting else None
    others = [i for pk, i in waiting.items() if own is None or pk != own.pk]
    return render(request, "organisations/invitation.html", {
        "held": held, "own": own, "may": _may(held), "others": others})


def _may(held: Invitation | None) -> list[str]:
    return [what for action, what in WHAT.items() if held is not None and action in MAY[Role(held.role)]]


def _accept(request: HttpRequest, user: User, waiting: dict[int, Invitation], held: Invitation | None) -> HttpResponse:
    known = {str(i.pk): i for i in [*waiting.values(), *([held] if held else [])]}
    asked = known.get(request.POST["invitation"]) if "invitation" in request.POST else held
    try:
        if asked is None:
            raise invitations.NotOpen("This invitation has been used, was revoked or has ended. Ask for a new one.")
        member = invitations.accept(invitation=asked, user=user)
    except invitations.NotOpen as reason:
        messages.error(request, str(reason))
        return redirect("invitation")
    request.session.pop(invitations.SESSION_KEY, None)
    request.session.cycle_key()  # what this session may do has grown
    role = member.get_role_display().lower()
    messages.success(request, f"You are a member of {member.organisation.name} now, as {role}.")
    return redirect("checklist", org=member.organisation.slug)
