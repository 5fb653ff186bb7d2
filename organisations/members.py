"""Members: who is one, in which role, until when. An Organisation always keeps an owner who can sign in.

Every change locks the Organisation's row first and reads both memberships under that lock, so two owners who demote
each other at once are served one after the other.
"""
from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from organisations import audit
from organisations.access import Action, may, refusal, require
from organisations.models import ApiToken, Invitation, LastOwner, Membership, Organisation, Role, User

POWER = list(reversed(Role))  # from the weakest


def grantable(membership: Membership | None) -> list[Role]:
    """The roles that this member may give to others and take from them; the weakest first, none for who may not."""
    if may(membership, Action.OWN):
        return POWER
    if may(membership, Action.MEMBERS):
        return [role for role in POWER if role != Role.OWNER]
    return []


@transaction.atomic
def change_role(*, organisation: Organisation, actor: User | None, member: Membership, role: Role,
                note: str = "") -> Membership:
    """Give a member another role. PermissionDenied above one's own power; LastOwner when nobody would own it.

    actor None is the operator; `note` then says which one, for the trail.
    """
    theirs = _locked(organisation, actor, member)
    before = Role(theirs.role)
    if before == role:
        return theirs
    _require_power(organisation, actor, before, role)
    if before == Role.OWNER:
        _keep_an_owner(organisation, theirs)
    theirs.role = role
    theirs.save(update_fields=["role"])
    _withdraw_beyond(theirs)
    audit.record(organisation, actor, "changed the role of", theirs.user.email, before=before.value, after=role.value,
                 **({"note": note} if note else {}))
    return theirs


@transaction.atomic
def remove(*, organisation: Organisation, actor: User | None, member: Membership, note: str = "") -> None:
    """End a membership, and with it the person's API tokens and what they had sent out and nobody has accepted yet."""
    theirs = _locked(organisation, actor, member)
    leaving = actor is not None and theirs.user_id == actor.pk
    if not leaving:
        _require_power(organisation, actor, Role(theirs.role))
    if theirs.role == Role.OWNER:
        _keep_an_owner(organisation, theirs)
    _withdraw(Invitation.objects.filter(organisation=organisation, invited_by=theirs.user))
    _end_tokens(ApiToken.objects.filter(organisation=organisation, made_by=theirs.user))
    theirs.delete()
    audit.record(organisation, actor, "left" if leaving else "removed",
                 organisation.name if leaving else theirs.user.email,
                 role=theirs.role, **({"note": note} if note else {}))


def leave(*, organisation: Organisation, actor: User) -> None:
    """End one's own membership; every role may."""
    member = Membership.objects.filter(organisation=organisation, user=actor).first()
    if member is not None:
        remove(organisation=organisation, actor=actor, member=member)


@transaction.atomic
def deactivate(user: User) -> None:
    """An operator closes an account: refused while an Organisation has no other owner who can sign in."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).values("organisation")
    for organisation in Organisation.objects.select_for_update().filter(pk__in=owned).order_by("pk"):
        _keep_an_owner(organisation, Membership.objects.get(organisation=organisation, user=user))
    User.objects.filter(pk=user.pk).update(is_active=False)
    _end_tokens(ApiToken.objects.filter(made_by=user))
    user.is_active = False


def sole_ownerships(user: User) -> list[Organisation]:
    """The Organisations that nobody else who can sign in owns."""
    owned = Organisation.objects.filter(memberships__user=user, memberships__role=Role.OWNER)
    return [o for o in owned if not o.active_owners().exclude(user=user).exists()]


def _locked(organisation: Organisation, actor: User | None, member: Membership) -> Membership:
    """The member as it stands under the Organisation's lock; DoesNotExist for one who is gone or is elsewhere."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    theirs = Membership.objects.select_related("user").get(pk=member.pk, organisation=organisation)
    if actor is None or theirs.user_id != actor.pk:
        require(actor, organisation, Action.MEMBERS)
    return theirs


def _require_power(organisation: Organisation, actor: User | None, *roles: Role) -> None:
    if actor is None:
        return
    mine = Membership.objects.filter(organisation=organisation, user=actor, user__is_active=True).first()
    if not may(mine, Action.MEMBERS):
        raise PermissionDenied(refusal(organisation, Action.MEMBERS))
    if not set(roles) <= set(grantable(mine)):
        raise PermissionDenied(refusal(organisation, Action.OWN))


def _keep_an_owner(organisation: Organisation, goes: Membership) -> None:
    if not organisation.active_owners().exclude(pk=goes.pk).exists():
        raise LastOwner(organisation)


def _withdraw_beyond(member: Membership) -> None:
    """A weaker role takes back the open invitations that it could not send."""
    beyond = [role for role in Role if role not in grantable(member)]
    _withdraw(Invitation.objects.filter(organisation_id=member.organisation_id, invited_by=member.user_id,
                                        role__in=beyond))


def _withdraw(invitations: models.QuerySet[Invitation]) -> None:
    invitations.filter(accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())


def _end_tokens(tokens: models.QuerySet[ApiToken]) -> None:
    """For good: they do not come back to life with a membership or an account that comes back."""
    tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
