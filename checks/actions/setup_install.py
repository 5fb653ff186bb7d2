"""Installing what was made, at the provider: where that is done, which installation is believed, and who must approve it.

An id that comes back in an address proves nothing. It is believed with a state of ours and the provider's own word: that
the person who came back may see it, or, where the provider gave no code, that it is one of this App's own.
"""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checks.actions import connect as connecting
from checks.actions.connect import provider_of
from checks.actions.errors import Invalid
from checks.actions.setup import Refused, Why, begin, client_of, find, host_of, integration_of, use
from checks.engine import accounts, runs
from checks.models import Approval, Finding, Integration, Run, SetupState
from checks.providers import BY_SLUG
from organisations import audit
from organisations.access import MAY, Action, require
from organisations.models import Membership, Role, User

ASK_EVERY = timedelta(seconds=30)
MOST_ASKED = 10  # integrations that are asked whether an installation is theirs
REQUEST = "request"


@dataclass(frozen=True)
class Ended:
    """waits: somebody has to approve it first."""

    integration: Integration
    waits: bool = False


def start(*, integration: Integration, actor: User, session: str) -> str:
    """The provider's page on which it is installed. Raises Refused."""
    require(actor, integration.organisation, Action.MANAGE)
    host, client, _ = client_of(integration)
    try:
        app = host.about(client)
    except host.SetupTrouble as trouble:
        raise Refused(Why.AWAY, str(trouble), integration=integration) from None
    nonce = begin(SetupState.Step.INSTALL, organisation=integration.organisation, person=actor, session=session,
                  provider=provider_of(integration.provider), integration=integration.pk)
    page: str = host.install_page(app, nonce)
    return page


def finish(*, actor: User, session: str, nonce: str, number: str, action: str, code: str) -> Ended:
    """What came back from the provider's page, for the integration that the state names. Raises Refused."""
    state = find(SetupState.Step.INSTALL, nonce, person=actor, session=session)
    integration = integration_of(state)
    if integration is None:
        raise Refused(Why.GONE, state=state)
    if not number and action != REQUEST:
        raise Refused(Why.NO_CODE, integration=integration)
    use(state)
    if not number:
        return _wait(integration, actor)
    return Ended(_believe(integration, actor, number, code))


def adopt(*, integration: Integration, actor: User, number: str) -> Integration:
    """An installation that a person chose here, of those the provider lists as this App's own. Raises Refused."""
    require(actor, integration.organisation, Action.MANAGE)
    return _believe(integration, actor, number, "")


def _believe(integration: Integration, actor: User, number: str, code: str) -> Integration:
    host, client, credentials = client_of(integration)
    try:
        proven = host.prove(client, credentials, number, code)
    except host.SetupTrouble as trouble:
        raise Refused(Why.UNPROVEN if trouble.spent else Why.AWAY, str(trouble), integration=integration,
                      number=number) from None
    if proven is None:
        raise Refused(Why.UNPROVEN, integration=integration)
    return bind(integration, actor, proven.id)


def bind(integration: Integration, actor: User, number: str) -> Integration:
    """Save an installation that was proven; what another Organisation holds is refused, and a race has one winner."""
    field = host_of(provider_of(integration.provider)).INSTALLATION_FIELD
    with transaction.atomic():
        locked = Integration.objects.select_for_update().select_related("organisation").get(pk=integration.pk)
        if locked.removed_at is not None:
            raise Refused(Why.GONE)
        if accounts.held_elsewhere(locked, {**locked.settings, field: number}):
            raise Refused(Why.HELD, integration=integration)
        try:
            bound = connecting.edit(integration=locked, actor=actor, settings={**locked.settings, field: number},
                                    credentials={})
        except Invalid as error:
            raise Refused(Why.INVALID, error.sentence(), integration=integration) from None
        if not accounts.claim(bound):
            raise Refused(Why.HELD, integration=integration)
        Approval.objects.filter(integration=bound).delete()
        runs.start(bound, trigger=Run.Trigger.PERSON, requested_by=actor)
    return bound


def installed_page(integration: Integration) -> str:
    """The provider's page where what it may reach is changed; "" while it is installed nowhere."""
    page: str = host_of(provider_of(integration.provider)).settings_page(integration.settings)
    return page


# --- A return that belongs to no state ------------------------------------------------------------------------------
def candidates(*, actor: User, provider: str, number: str) -> list[Integration]:
    """The integrations, in whatever Organisations this person manages, whose App has this installation."""
    mine = list(_managed(actor, provider)[:MOST_ASKED])
    clients, asked, host = [], [], host_of(provider_of(provider))
    for integration in mine:
        try:
            clients.append(client_of(integration)[1])
            asked.append(integration)
        except Refused:
            continue
    return [one for one, has in zip(asked, host.having(clients, number), strict=True) if has]


def bound_to(*, actor: User, provider: str, number: str) -> Integration | None:
    """The integration of this person's that has this installation already: then nothing is to be believed."""
    field = host_of(provider_of(provider)).INSTALLATION_FIELD
    return next((one for one in _managed(actor, provider) if str(one.settings.get(field) or "") == number), None)


def _managed(actor: User, provider: str) -> Any:
    managing = [role for role in Role if Action.MANAGE in MAY[role]]
    organisations = Membership.objects.filter(user=actor, role__in=managing, user__is_active=True).values("organisation")
    return Integration.objects.filter(organisation__in=organisations, provider=provider, removed_at=None).select_related(
        "organisation").order_by("-created_at")


# --- Waiting for an owner's approval ---------------------------------------------------------------------------------
def _wait(integration: Integration, actor: User) -> Ended:
    """Somebody at the provider has to approve it. Whose approval, and of what, is asked once; without it, it still waits."""
    host, client, _ = client_of(integration)
    values: dict[str, Any] = {"asked_by": actor, "asked_at": timezone.now(), "looked_at": None}
    try:
        app, account = host.requested(client)
        values |= {"account": account, "app_name": app.name,
                   "link": host.requests_page(integration.settings["base_url"], account)}
    except host.SetupTrouble:
        values |= {"account": "", "app_name": "", "link": ""}
    Approval.objects.update_or_create(integration=integration, defaults=values)
    audit.record(integration.organisation, actor, "requested the installation of", integration.name, account=values["account"])
    return Ended(integration, waits=True)


def look(*, integration: Integration, actor: User) -> bool:
    """Whether a request was approved: True once its installation is bound. Asks for a run, twice a minute at most.

    The run asks the provider, not this page; its proving row's facts tell which installations the App has.
    """
    approval = Approval.objects.filter(integration=integration).first()
    if approval is None:
        return False
    found = _answer(integration, approval)
    number = next((str(one["id"]) for one in found.get("installations") or [] if _is_account(one, approval)), "")
    if number:
        bind(integration, actor, number)
        return True
    now = timezone.now()
    due = Approval.objects.filter(Q(looked_at=None) | Q(looked_at__lt=now - ASK_EVERY), integration=integration)
    if integration.paused_at is None and due.update(looked_at=now):
        runs.start(integration, trigger=Run.Trigger.PERSON, requested_by=actor)
    return False


def is_pending(approval: Approval) -> bool | None:
    """Whether the provider still lists the request; None until it was asked."""
    found = _answer(approval.integration, approval)
    pending = found.get("pending")
    return pending if isinstance(pending, bool) else None


def _answer(integration: Integration, approval: Approval) -> dict[str, Any]:
    """The facts of the row that proves the account, as the last run since the request saw them."""
    provider = BY_SLUG.get(integration.provider)
    if provider is None or provider.exclusive is None:
        return {}
    rows = Finding.objects.filter(integration=integration, check_slug=provider.exclusive.proven_by,
                                  run__started_at__gt=approval.asked_at)
    found: dict[str, Any] | None = rows.values_list("facts", flat=True).first()
    if found and not approval.account and found.get("account"):
        approval.account = str(found["account"])
        approval.save(update_fields=["account"])
    return found or {}


def _is_account(installation: Any, approval: Approval) -> bool:
    return (isinstance(installation, dict) and bool(approval.account)
            and str(installation.get("account")).lower() == approval.account.lower())
