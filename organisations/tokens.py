"""API tokens: each of one Organisation, shown once, stored as a hash, and never above what its maker may do now.

A token is 256 bits behind a prefix that scanners know. It ends by time, by whoever may, and with its maker's membership.
"""
from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from organisations import audit
from organisations.access import MAY, Action, refusal, require
from organisations.invitations import hash_of
from organisations.members import POWER, grantable
from organisations.models import ApiToken, Membership, Organisation, Role, User

PREFIX = "dfi_"
SHOWN = len(PREFIX) + 6  # of the token, to tell one from another in a list
LONGEST = 200  # what is longer is no token of ours, and is not looked for
AT_ONCE = 100  # open tokens of one Organisation
NOTED_EVERY = timedelta(minutes=1)  # last_used_at costs a write


@dataclass(frozen=True)
class Caller:
    """Who calls the API: a token, and the role that it acts with now."""

    token: ApiToken
    role: Role

    @property
    def actor(self) -> User:
        """In whose name: whoever made the token."""
        return self.token.made_by

    @property
    def organisation(self) -> Organisation:
        return self.token.organisation

    def may(self, action: Action) -> bool:
        return action in MAY[self.role]


def find(text: str) -> Caller | None:
    """Whoever holds this token, or None for one that is unknown, revoked, over, or whose maker left.

    It is found by its hash, so that how long a look-up takes tells nothing about a token.
    """
    if not text.startswith(PREFIX) or len(text) > LONGEST:
        return None
    tokens = ApiToken.objects.open().select_related("organisation", "made_by")
    token = tokens.filter(token_hash=hash_of(text)).first()
    maker = Membership.objects.filter(organisation=token.organisation_id, user=token.made_by_id).first() if token else None
    return Caller(token, weaker(Role(token.role), Role(maker.role))) if token and maker else None


def weaker(one: Role, other: Role) -> Role:
    return min(one, other, key=POWER.index)


def note_use(token: ApiToken) -> None:
    """Write that it was used, where that was not written a moment ago."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at <= now - NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


@transaction.atomic
def make(*, organisation: Organisation, actor: User, name: str, role: Role, days: int | None) -> tuple[ApiToken, str]:
    """A new token, and its text, which exists nowhere else. days None: it ends only when it is revoked.

    ValidationError names `name`; PermissionDenied for a role above one's own.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    require(actor, organisation, Action.MEMBERS)
    if role not in grantable(Membership.objects.get(organisation=organisation, user=actor)):
        raise PermissionDenied(refusal(organisation, Action.OWN))
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organisation=organisation, name=_name(organisation, name), role=role, token_hash=hash_of(text),
        prefix=text[:SHOWN], made_by=actor, expires_at=timezone.now() + timedelta(days=days) if days else None)
    audit.record(organisation, actor, "made the API token", token.name, role=role.value,
                 ends=token.expires_at.strftime("%Y-%m-%d") if token.expires_at else "never")
    return token, text


def _name(organisation: Organisation, name: str) -> str:
    name = " ".join(name.split())
    used = open_tokens(organisation)
    if not name or len(name) > 63:
        raise ValidationError({"name": "Say what uses it, in at most 63 characters: for example “GitHub Actions of shop”."})
    if used.filter(name__iexact=name).exists():
        raise ValidationError({"name": f"Another token is called “{name}”. Choose a name that tells them apart, or revoke it."})
    if used.count() >= AT_ONCE:
        raise ValidationError({"name": f"{AT_ONCE} tokens are open; revoke those that nothing uses."})
    return name


@transaction.atomic
def revoke(*, organisation: Organisation, actor: User, token: ApiToken) -> bool:
    """End a token now; False when it had ended before. PermissionDenied for one whose role is above one's own."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    require(actor, organisation, Action.MEMBERS)
    if token.role not in grantable(Membership.objects.get(organisation=organisation, user=actor)):
        raise PermissionDenied(refusal(organisation, Action.OWN))
    if not open_tokens(organisation).filter(pk=token.pk).exists():
        return False
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    audit.record(organisation, actor, "revoked the API token", token.name, role=token.role)
    return True


def open_tokens(organisation: Organisation) -> QuerySet[ApiToken]:
    """Those that open something now, the newest first."""
    return ApiToken.objects.open().filter(organisation=organisation).select_related("made_by")


def ended_tokens(organisation: Organisation, since: timedelta = timedelta(days=30)) -> QuerySet[ApiToken]:
    """Those that ended within this time."""
    oldest = timezone.now() - since
    lately = Q(revoked_at__gte=oldest) | Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gte=oldest))
    ended = ApiToken.objects.filter(lately, organisation=organisation).select_related("made_by")
    return ended.exclude(pk__in=open_tokens(organisation).values("pk"))
