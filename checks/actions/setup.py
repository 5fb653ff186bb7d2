"""A set-up that begins here, goes on at the provider, and comes back: what its `state` stands for, and who may use it.

A state is 256 random bits, kept as a digest; bound to the session, the person and the Organisation that it was made for;
used once, by a compare-and-set; ten minutes. https://datatracker.ietf.org/doc/html/rfc6819#section-3.6
"""
from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from enum import StrEnum
from types import ModuleType
from typing import Any
from uuid import UUID

from django.utils import timezone

from checks.actions.connect import provider_of
from checks.engine.keys import keyring
from checks.models import Integration, SetupState
from checks.providers.base import Provider
from checks.providers.github import setup as github
from checks.vault import BadKey, CannotOpen
from organisations.access import Action, may
from organisations.models import Membership, Organisation, User

LASTS = timedelta(minutes=10)
HOSTS: dict[str, ModuleType] = {github.NAME: github}  # the set-ups there are, by what Provider.setup calls them


class Why(StrEnum):
    """Why a step of a set-up came to nothing; each has its page."""

    UNKNOWN = "unknown"  # no such state, or of another step
    USED = "used"
    EXPIRED = "expired"
    SESSION = "session"  # of another session of this person
    PERSON = "person"
    ROLE = "role"  # this person no longer may
    NO_CODE = "no_code"
    SPENT = "spent"  # the provider's one-time code is used up or too old
    AWAY = "away"  # the provider could not be asked, or refused
    GONE = "gone"  # the integration was disconnected meanwhile
    UNPROVEN = "unproven"  # an account that is not seen to be this App's and this person's
    HELD = "held"  # another Organisation holds it
    INVALID = "invalid"  # it could not be saved


class Refused(Exception):
    """Nothing was changed. state: only where it is this person's own. integration: what it was about, where there is one."""

    def __init__(self, why: Why, sentence: str = "", *, state: SetupState | None = None,
                 integration: Integration | None = None, number: str = "") -> None:
        super().__init__(sentence or why)
        self.why, self.sentence, self.state, self.integration, self.number = why, sentence, state, integration, number


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def host_of(provider: Provider) -> Any:
    """The set-up of this provider, as its module."""
    return HOSTS[provider.setup]


def begin(
    step: SetupState.Step, *, organisation: Organisation, person: User, session: str, provider: Provider, integration: UUID,
    **details: Any,
) -> str:
    """A new state; the nonce that stands for it, which is kept nowhere."""
    nonce = secrets.token_urlsafe(32)
    SetupState.objects.create(nonce=digest(nonce), session=digest(session), step=step, provider=provider.slug,
                              organisation=organisation, person=person, integration_id=integration, details=details,
                              expires_at=timezone.now() + LASTS)
    return nonce


def find(step: SetupState.Step, nonce: str, *, person: User, session: str) -> SetupState:
    """The state, if it may be used now by this person in this session. Raises Refused; changes nothing."""
    states = SetupState.objects.select_related("organisation")
    state = states.filter(nonce=digest(nonce), step=step).first() if nonce else None
    if state is None:
        raise Refused(Why.UNKNOWN)
    owned(state, person=person, session=session)
    if state.used_at is not None:
        raise Refused(Why.USED, state=state, integration=integration_of(state))
    if state.expires_at <= timezone.now():
        raise Refused(Why.EXPIRED, state=state, integration=integration_of(state))
    return state


def use(state: SetupState) -> SetupState:
    """Use it up: of several at once, one alone does. Raises Refused."""
    state.used_at = timezone.now()
    if not SetupState.objects.filter(pk=state.pk, used_at=None).update(used_at=state.used_at):
        raise Refused(Why.USED, state=state, integration=integration_of(state))
    return state


def owned(state: SetupState, *, person: User, session: str) -> None:
    """Raises Refused unless the state is this person's, in this session, and the person still may."""
    if state.person_id != person.pk:
        raise Refused(Why.PERSON)
    if not secrets.compare_digest(state.session, digest(session)):
        raise Refused(Why.SESSION)
    membership = Membership.objects.filter(user=person, organisation=state.organisation, user__is_active=True).first()
    if not may(membership, Action.MANAGE):
        raise Refused(Why.ROLE)


def integration_of(state: SetupState) -> Integration | None:
    """What the state is about, where it exists by now and still is the Organisation's."""
    mine = Integration.objects.for_organisation(state.organisation).select_related("organisation")
    found: Integration | None = mine.filter(pk=state.integration_id).first()
    return found


def client_of(integration: Integration) -> tuple[Any, Any, dict[str, str]]:
    """The provider's set-up, a client of this integration, and its credentials. Raises Refused(AWAY)."""
    provider = provider_of(integration.provider)
    host = host_of(provider)
    try:
        credentials = integration.unseal(provider.endpoint(integration.settings), keyring())
        return host, host.client_of(integration.settings, credentials), credentials
    except (CannotOpen, BadKey):
        raise Refused(Why.AWAY, "The stored credential cannot be opened: give it again under Edit.",
                      integration=integration) from None
    except host.SetupTrouble as trouble:
        raise Refused(Why.AWAY, str(trouble), integration=integration) from None
