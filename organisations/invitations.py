"""Invitations: sent by mail, stored as a hash, bound to the mailbox, used once, ended by time or by whoever may.

The token is 256 bits and exists in the mail alone. Who accepts must be signed in with the invited address, verified;
so a forwarded or leaked link opens nothing for anybody else.
"""
from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from organisations import audit
from organisations.access import Action, refusal, require
from organisations.members import grantable
from organisations.models import Invitation, Membership, Organisation, Role, User

SESSION_KEY = "invitation"  # where a followed link keeps its token, out of every address and page
LASTS = timedelta(days=7)
AT_ONCE = 100  # open invitations of one Organisation, so that nobody mails the world through it


class NotOpen(Exception):
    """The invitation cannot be accepted. The text says why, to the person who holds it."""


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find(token: str) -> Invitation | None:
    """The open invitation with this token."""
    return Invitation.objects.open().select_related("organisation", "invited_by").filter(
        token_hash=hash_of(token)).first()


def waiting_for(user: User) -> list[Invitation]:
    """The open invitations to a mailbox that this person has proven to be theirs."""
    return list(Invitation.objects.open().select_related("organisation", "invited_by").filter(
        email__in=verified_addresses(user)))


def verified_addresses(user: User) -> set[str]:
    """Lower-case. The verified addresses of an account; an account that is switched off has none."""
    if not user.is_authenticated or not user.is_active:
        return set()
    proven = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {email.lower() for email in proven}


@transaction.atomic
def invite(*, organisation: Organisation, actor: User, email: str, role: Role) -> tuple[Invitation, str]:
    """Make an invitation, in place of an open one to the same address. Returns it and its token, for send().

    ValidationError names `email`; PermissionDenied for a role above one's own power.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    require(actor, organisation, Action.MEMBERS)
    mine = Membership.objects.get(organisation=organisation, user=actor)
    if role not in grantable(mine):
        raise PermissionDenied(refusal(organisation, Action.OWN))
    address = _address_to_invite(organisation, email)
    earlier = Invitation.objects.filter(organisation=organisation, email=address, accepted_at=None, revoked_at=None)
    if earlier.filter(role=Role.OWNER).exists() and Role.OWNER not in grantable(mine):
        raise PermissionDenied(refusal(organisation, Action.OWN))
    earlier.update(revoked_at=timezone.now())
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(organisation=organisation, email=address, role=role, invited_by=actor,
                                           token_hash=hash_of(token), expires_at=timezone.now() + LASTS)
    audit.record(organisation, actor, "invited", address, role=role.value)
    return invitation, token


def _address_to_invite(organisation: Organisation, email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError({"email": "This is not an e-mail address: a name, an @ and a domain."}) from None
    if Membership.objects.filter(organisation=organisation, user__email__iexact=address).exists():
        raise ValidationError({"email": f"{address} is a member already; change the role in the list."})
    if Invitation.objects.open().filter(organisation=organisation).count() >= AT_ONCE:
        raise ValidationError({"email": f"{AT_ONCE} invitations are open; revoke some before you send more."})
    return address


def send(invitation: Invitation, token: str) -> None:
    """Mail the link, as text and HTML. Raises what the mail server's connection raises (OSError, SMTPException)."""
    link = settings.BASE_URL + reverse("invitation_accept", kwargs={"token": token})
    context = {"invitation": invitation, "organisation": invitation.organisation, "link": link,
               "inviter": invitation.invited_by, "days": LASTS.days}
    subject = " ".join(f"{invitation.invited_by} invites you to {invitation.organisation.name}".split())
    mail = EmailMultiAlternatives(subject, render_to_string("emails/invitation.txt", context), to=[invitation.email])
    mail.attach_alternative(render_to_string("emails/invitation.html", context), "text/html")
    mail.send()


@transaction.atomic
def revoke(*, organisation: Organisation, actor: User, invitation: Invitation) -> bool:
    """Take an invitation back; False when it had been accepted, revoked or had ended before."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    require(actor, organisation, Action.MEMBERS)
    mine = Membership.objects.get(organisation=organisation, user=actor)
    if invitation.role not in grantable(mine):
        raise PermissionDenied(refusal(organisation, Action.OWN))
    done = Invitation.objects.filter(pk=invitation.pk, organisation=organisation, accepted_at=None,
                                     revoked_at=None).update(revoked_at=timezone.now())
    if done:
        audit.record(organisation, actor, "revoked the invitation of", invitation.email, role=invitation.role)
    return bool(done)


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Become a member. NotOpen with the reason; of many at once one succeeds, since the row is used by an UPDATE."""
    organisation = Organisation.objects.select_for_update().filter(pk=invitation.organisation_id).first()
    still = Invitation.objects.open().filter(pk=invitation.pk).first()
    if organisation is None or still is None:
        raise NotOpen("This invitation has been used, was revoked or has ended. Ask for a new one.")
    if still.email.lower() not in verified_addresses(user):
        raise NotOpen(f"This invitation is for {still.email}. Sign in with that address, verified, to accept it.")
    sender = Membership.objects.filter(organisation=organisation, user=still.invited_by_id).first()
    if still.role not in grantable(sender):
        raise NotOpen("Whoever sent this invitation may no longer give this role. Ask for a new one.")
    member = Membership.objects.filter(organisation=organisation, user=user).first()
    if member is None:
        member = Membership.objects.create(organisation=organisation, user=user, role=still.role)
    Invitation.objects.filter(pk=still.pk).update(accepted_at=timezone.now(), accepted_by=user)
    audit.record(organisation, user, "accepted an invitation to", organisation.name, role=member.role,
                 invited_by=still.invited_by.email)
    return member
