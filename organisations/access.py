"""The one door: who may do what, as data, and the decorator that every page of an Organisation goes through.

A stranger gets 404, whoever they are (staff too); a member whose role is too weak gets 403.
"""
from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from organisations.models import Membership, Organisation, Role, User


class Action(StrEnum):
    READ = "read"  # checklist, history, guides, diagnose
    CHECK = "check"  # re-check a row or an integration; run the gate
    MANAGE = "manage"  # integrations, credentials, services, host keys
    MEMBERS = "members"  # invite, change and remove members below owner; the audit trail
    OWN = "own"  # make or unmake an owner; rename or delete the Organisation


MAY: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset({Action.READ}),
    Role.DEVELOPER: frozenset({Action.READ, Action.CHECK}),
    Role.ADMIN: frozenset({Action.READ, Action.CHECK, Action.MANAGE, Action.MEMBERS}),
    Role.OWNER: frozenset(Action),
}

WHAT: dict[Action, str] = {
    Action.READ: "read the checklist, history and guides, and diagnose a message",
    Action.CHECK: "check a row or an integration again, and run the deploy gate",
    Action.MANAGE: "connect, edit, rotate, pause and disconnect integrations; services; host keys",
    Action.MEMBERS: "invite, change and remove members below owner; read the audit trail",
    Action.OWN: "make or unmake an owner; rename or delete the Organisation",
}


MANY = 4  # so many people are named; the members' page names all


def may(membership: Membership | None, action: Action) -> bool:
    return membership is not None and action in MAY[Role(membership.role)]


def membership_of(user: Any, slug: str) -> Membership:
    """The person's membership of the Organisation with this slug, or Http404 for whoever has none."""
    membership = Membership.objects.select_related("organisation", "user").filter(
        user=user, organisation__slug=slug, user__is_active=True).first()
    if membership is None:
        raise Http404
    return membership


def require(actor: User | None, organisation: Organisation, action: Action) -> None:
    """PermissionDenied unless the actor may. No actor is the operator at the command line, who may everything."""
    if actor is None:
        return
    membership = Membership.objects.filter(user=actor, organisation=organisation).first()
    if not may(membership, action):
        raise PermissionDenied(refusal(organisation, action))


def refusal(organisation: Organisation, action: Action) -> str:
    """What a member whose role is too weak is told: what it does not allow, and who can."""
    people = [user.email for user in who_can(organisation, action)]
    if len(people) > MANY:
        people = [*people[:MANY], f"{len(people) - MANY} more"]
    listed = " and ".join(part for part in (", ".join(people[:-1]), *people[-1:]) if part)
    return f"Your role does not allow you to {WHAT[action]}. {listed} can."


def who_can(organisation: Organisation, action: Action) -> list[User]:
    """The active members whose role allows it, owners first: whom to ask."""
    roles = [role for role in Role if action in MAY[role]]
    members = Membership.objects.select_related("user").filter(organisation=organisation, role__in=roles,
                                                               user__is_active=True)
    return [m.user for m in sorted(members, key=lambda m: (list(Role).index(Role(m.role)), str(m.user)))]


View = Callable[..., HttpResponse]


def organisation_page(action: Action) -> Callable[[View], View]:
    """A view of one Organisation: sets request.organisation and request.membership, or ends in 404 or 403.

    The view takes `org` (a slug) from its URL and declares what it needs; the matrix test reads `.action`.
    """
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, org: str, *args: Any, **kwargs: Any) -> HttpResponse:
            membership = membership_of(request.user, org)
            request.membership = membership  # type: ignore[attr-defined]
            request.organisation = membership.organisation  # type: ignore[attr-defined]
            if not may(membership, action):
                raise PermissionDenied(refusal(membership.organisation, action))
            return view(request, *args, **kwargs)
        page = login_required(guarded)
        page.action = action  # type: ignore[attr-defined]
        return page
    return decorate
