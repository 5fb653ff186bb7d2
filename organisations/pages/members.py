"""Who may do what: the members, their roles, and who has been invited."""
from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from organisations import invitations, members
from organisations.access import MAY, WHAT, Action, may, organisation_page, who_can
from organisations.forms import InvitationForm, RoleForm
from organisations.models import Invitation, LastOwner, Membership, Role
from organisations.pages.request import OrganisationRequest


def _page(request: OrganisationRequest, form: InvitationForm | None = None) -> HttpResponse:
    grantable = members.grantable(request.membership)
    people = sorted(Membership.objects.filter(organisation=request.organisation).select_related("user"),
                    key=lambda m: (list(Role).index(Role(m.role)), m.user.email))
    can_invite = may(request.membership, Action.MEMBERS)
    waiting = (Invitation.objects.open().filter(organisation=request.organisation).select_related("invited_by")
               if can_invite else [])
    form = form or InvitationForm()
    form.offer(grantable)
    return render(request, "organisations/members.html", {
        "rows": [{"member": m, "own": m.user_id == request.user.pk,
                  "roles": grantable if m.role in grantable else []} for m in people],
        "owners_alone": sum(m.role == Role.OWNER and m.user.is_active for m in people) == 1,
        "invitations": [{"invitation": i, "may_revoke": i.role in grantable} for i in waiting],
        "can_invite": can_invite, "who": who_can(request.organisation, Action.MEMBERS),
        "form": form, "roles": list(Role), "table": role_table(),
    })


def role_table() -> list[dict[str, Any]]:
    """What each role may do, from the rule itself: a row an action, a cell a role, the weakest role first."""
    return [{"what": WHAT[action], "cells": [action in MAY[role] for role in members.POWER]} for action in Action]


@require_safe
@organisation_page(Action.READ)
def listing(request: OrganisationRequest) -> HttpResponse:
    return _page(request)


@require_POST
@organisation_page(Action.MEMBERS)
def invite(request: OrganisationRequest) -> HttpResponse:
    form = InvitationForm(request.POST)  # every role is read; the verb says whether it may be given
    if not form.is_valid():
        return _page(request, form)
    try:
        invitation, token = invitations.invite(organisation=request.organisation, actor=request.user,
                                               email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]))
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form)
    try:
        invitations.send(invitation, token)
    except (OSError, SMTPException):
        messages.error(request, f"The mail to {invitation.email} could not be sent. Invite again in a few minutes.")
    else:
        messages.success(request, f"{invitation.email} was invited. The link in the mail works once, for 7 days.")
    return redirect("members", org=request.organisation.slug)


@require_POST
@organisation_page(Action.MEMBERS)
def revoke(request: OrganisationRequest, invitation: int) -> HttpResponse:
    found = get_object_or_404(Invitation, organisation=request.organisation, pk=invitation)
    if invitations.revoke(organisation=request.organisation, actor=request.user, invitation=found):
        messages.success(request, f"The invitation of {found.email} was revoked; its link does nothing any more.")
    else:
        messages.warning(request, f"The invitation of {found.email} was not open any more.")
    return redirect("members", org=request.organisation.slug)


def _member(request: OrganisationRequest, pk: int) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user"), organisation=request.organisation, pk=pk)


def _tell(request: OrganisationRequest, change: Callable[[], object], done: str) -> bool:
    """Run a change and say how it went: done, or why an Organisation cannot lose its last owner."""
    try:
        change()
    except LastOwner as refusal:
        messages.error(request, str(refusal))
        return False
    except Membership.DoesNotExist:
        raise Http404 from None
    messages.success(request, done)
    return True


@require_POST
@organisation_page(Action.MEMBERS)
def role(request: OrganisationRequest, member: int) -> HttpResponse:
    theirs = _member(request, member)
    form = RoleForm(request.POST)
    if form.is_valid():
        wanted = Role(form.cleaned_data["role"])
        _tell(request, lambda: members.change_role(organisation=request.organisation, actor=request.user,
                                                   member=theirs, role=wanted),
              f"The role of {theirs.user.email} is {wanted.label.lower()} now.")
    else:
        messages.error(request, "There is no such role.")
    return redirect("members", org=request.organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MEMBERS)
def remove(request: OrganisationRequest, member: int) -> HttpResponse:
    """The page says what ends; the POST ends it."""
    theirs = _member(request, member)
    if request.method != "POST":
        return render(request, "organisations/remove.html", {
            "member": theirs, "may_remove": theirs.role in members.grantable(request.membership),
            "owners": who_can(request.organisation, Action.OWN)})
    _tell(request, lambda: members.remove(organisation=request.organisation, actor=request.user, member=theirs),
          f"{theirs.user.email} is no longer a member.")
    return redirect("members", org=request.organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.READ)
def leave(request: OrganisationRequest) -> HttpResponse:
    organisation = request.organisation
    if request.method != "POST":
        return render(request, "organisations/remove.html", {"member": request.membership, "own": True})
    if _tell(request, lambda: members.leave(organisation=organisation, actor=request.user),
             f"You are no longer a member of {organisation.name}."):
        return redirect("home")
    return redirect("members", org=organisation.slug)
