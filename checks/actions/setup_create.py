"""Having a provider make what an integration needs: what it is asked to make, and what it hands over afterwards."""
from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings as django_settings
from django.utils import timezone

from checks import egress
from checks.actions import connect as connecting
from checks.actions.connect import WHAT, provider_of
from checks.actions.errors import Invalid
from checks.actions.names import name_errors
from checks.actions.setup import Refused, Why, begin, find, host_of, owned, use
from checks.engine.hooks import address_for
from checks.engine.keys import keyring
from checks.models import Integration, SetupState
from checks.providers.base import Provider
from checks.vault import BadKey, Binding, CannotOpen
from organisations import audit
from organisations.access import Action, require
from organisations.models import Organisation, User

CODE_LASTS = timedelta(hours=1)
LONGEST_ORGANISATION = 23  # of an App's name, which is "dflow-", this, "-" and four more characters
LONGEST_NAME = 63
MOST_NAMES = 100
CODE_FIELD = "setup code"


@dataclass(frozen=True)
class Begun:
    """What is posted to the provider, and where. unreachable: why no webhook can come, "" when one can."""

    page: str
    manifest: Mapping[str, Any]
    unreachable: str


def start(
    *, organisation: Organisation, actor: User, session: str, provider: str, name: str, settings: Mapping[str, Any],
    account: str = "", notes: str = "", created: str, installed: str,
) -> Begun:
    """Begin: nothing is asked of the provider yet. created, installed: where it sends the person back to. Raises Invalid."""
    require(actor, organisation, Action.MANAGE)
    kind = provider_of(provider)
    errors = name_errors(name, Integration.objects.for_organisation(organisation), WHAT)
    errors.update(_address_errors(kind, settings))
    if errors:
        raise Invalid(errors)
    host, identity = host_of(kind), uuid4()
    hook = address_for(kind.slug, identity)
    unreachable = host.unreachable(hook, settings["base_url"])
    nonce = begin(SetupState.Step.CREATE, organisation=organisation, person=actor, session=session, provider=kind,
                  integration=identity, name=name, settings=dict(settings), account=account, notes=notes)
    manifest = host.manifest(name=proposed_name(organisation), home=django_settings.BASE_URL, hook=hook,
                             active=not unreachable, created=created, installed=installed, pushes=bool(settings["pushes"]))
    return Begun(host.register_page(settings["base_url"], account, nonce), manifest, unreachable)


def proposed_name(organisation: Organisation) -> str:
    """A name that nobody else has: it must differ from every App's at that provider."""
    tail = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(4))
    return f"dflow-{organisation.slug[:LONGEST_ORGANISATION].strip('-')}-{tail}"


def finish(*, actor: User, session: str, nonce: str, code: str) -> Integration:
    """Save what the provider made, under the id that it was told beforehand. Raises Refused."""
    state = find(SetupState.Step.CREATE, nonce, person=actor, session=session)
    if not code:
        raise Refused(Why.NO_CODE, state=state)
    return _convert(use(state), actor, code)


def again(*, actor: User, session: str, state_id: str) -> Integration:
    """The same once more, with the code that was kept while the provider could not be asked. Raises Refused."""
    state = _kept(state_id)
    if state is None:
        raise Refused(Why.UNKNOWN)
    owned(state, person=actor, session=session)
    sealed = state.sealed_code
    if state.used_at is None or state.used_at < timezone.now() - CODE_LASTS:
        raise Refused(Why.SPENT, "The hour in which the provider keeps the code is over.", state=state)
    if not sealed or not SetupState.objects.filter(pk=state.pk, sealed_code=sealed).update(sealed_code=""):
        raise Refused(Why.USED, state=state)
    try:
        return _convert(state, actor, keyring().unseal(sealed, _binding(state)))
    except (CannotOpen, BadKey):
        raise Refused(Why.SPENT, state=state) from None


def _kept(state_id: str) -> SetupState | None:
    try:
        wanted = UUID(state_id)
    except ValueError:
        return None
    return SetupState.objects.select_related("organisation").filter(pk=wanted, step=SetupState.Step.CREATE).first()


def _convert(state: SetupState, actor: User, code: str) -> Integration:
    kind = provider_of(state.provider)
    host = host_of(kind)
    try:
        made = host.convert(state.details["settings"], code)
    except host.SetupTrouble as trouble:
        if trouble.spent:
            raise Refused(Why.SPENT, str(trouble), state=state) from None
        sealed = keyring().seal(code, _binding(state))
        SetupState.objects.filter(pk=state.pk).update(sealed_code=sealed)
        raise Refused(Why.AWAY, str(trouble), state=state) from None
    return _save(state, kind, actor, made)


def _save(state: SetupState, kind: Provider, actor: User, made: Any) -> Integration:
    """The keys are handed over once, so a name that was taken meanwhile is no reason to lose them."""
    name = free_name(state.organisation, state.details["name"])
    try:
        integration = connecting.connect(
            organisation=state.organisation, actor=actor, provider=kind.slug, name=name, settings=made.settings,
            credentials=made.credentials, notes=state.details.get("notes", ""), id=state.integration_id)
    except Invalid as error:
        raise Refused(Why.INVALID, error.sentence(), state=state) from None
    audit.record(state.organisation, actor, "had an App made for", name, provider=kind.slug, app=made.name, owner=made.owner)
    return integration


def free_name(organisation: Organisation, wanted: str) -> str:
    """The name, or the first of NAME-2, NAME-3, … that nothing here has."""
    taken = set(Integration.objects.for_organisation(organisation).values_list("name", flat=True))
    others = (f"{wanted[:LONGEST_NAME - len(str(n)) - 1].rstrip('-')}-{n}" for n in range(2, MOST_NAMES))
    return next((name for name in (wanted, *others) if name not in taken), wanted)


def _binding(state: SetupState) -> Binding:
    return Binding(str(state.organisation_id), str(state.integration_id), CODE_FIELD, str(state.pk))


def _address_errors(kind: Provider, settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the egress rules say of each address that would be asked, at the one field that was typed."""
    for address in kind.addresses(settings).values():
        judged = egress.judge(address)
        if not judged.allowed and judged.resolved:
            return {"base_url": [judged.reason]}
    return {}
