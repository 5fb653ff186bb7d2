"""Connect, edit, pause, disconnect: what a page and a command share. Each authorises, validates, saves and audits."""
from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from checks import egress
from checks.actions.errors import Invalid
from checks.actions.fields import bound_form, typed
from checks.actions.names import name_errors, taken
from checks.engine import accounts, known, runs
from checks.engine.keys import keyring
from checks.models import Finding, Integration, Run
from checks.providers import BY_SLUG
from checks.providers.base import Provider, ProviderForm
from checks.verdict import IntegrationStatus
from organisations import audit
from organisations.access import Action, require
from organisations.models import Organisation, User

UNDO_FOR = timedelta(hours=1)
WHAT = "integration"


def provider_of(slug: str) -> Provider:
    """The provider with this slug, or Invalid that lists those there are."""
    provider = BY_SLUG.get(slug)
    if provider is None:
        raise Invalid({"provider": [f"there is none named “{slug}”; there are {', '.join(BY_SLUG)}."]})
    return provider


def connect(
    *, organisation: Organisation, actor: User | None, provider: str, name: str, settings: Mapping[str, Any],
    credentials: Mapping[str, Any], notes: str = "", id: UUID | None = None,
) -> Integration:
    """Save a new integration, its credentials sealed. Runs no check; the sweep finds it due. Raises Invalid.

    id: where it was chosen beforehand, since an address that the provider was told holds it.
    """
    require(actor, organisation, Action.MANAGE)
    kind = provider_of(provider)
    errors = name_errors(name, Integration.objects.for_organisation(organisation), WHAT)
    form = bound_form(kind, settings, credentials)
    errors.update(typed(kind, settings, credentials))
    errors.update(_form_errors(kind, form))
    if errors:
        raise Invalid(errors)
    integration = Integration(organisation=organisation, provider=kind.slug, name=name, notes=notes,
                              connected_by=actor, settings=form.settings_values(), next_check_at=timezone.now(),
                              **({"id": id} if id else {}))
    integration.seal(form.credential_values(), kind.endpoint(integration.settings), keyring())
    with transaction.atomic():
        _save(integration)
        audit.record(organisation, actor, "connected", name, provider=kind.slug, credentials=sorted(integration.sealed))
    return integration


def edit(
    *, integration: Integration, actor: User | None, settings: Mapping[str, Any], credentials: Mapping[str, Any],
    name: str | None = None, notes: str | None = None, check: bool = True,
) -> Integration:
    """Save changed settings and credentials; those left out are kept unless the endpoint changed.

    Supersedes the active run and (check=True) starts the next one in the same transaction. Raises Invalid.
    """
    require(actor, integration.organisation, Action.MANAGE)
    kind = provider_of(integration.provider)
    others = Integration.objects.for_organisation(integration.organisation).exclude(pk=integration.pk)
    errors = name_errors(name, others, WHAT) if name is not None else {}
    form = bound_form(kind, settings, credentials, stored=frozenset(kind.form.secret_names()))
    errors.update(typed(kind, settings, credentials))
    errors.update(_form_errors(kind, form))
    if errors:
        raise Invalid(errors)
    before = dict(integration.settings)
    with transaction.atomic():
        locked = Integration.objects.select_for_update().get(pk=integration.pk)
        require(actor, locked.organisation, Action.MANAGE)  # it may have been moved to another one meanwhile
        changed = _apply(locked, kind, form, name, notes)
        _save(locked)
        if changed:
            accounts.release(locked)
            _start_over(locked, actor, check=check)
        audit.record(locked.organisation, actor, "edited", locked.name, changed=changed,
                     before={k: before.get(k) for k in changed if k in before},
                     after={k: locked.settings.get(k) for k in changed if k in locked.settings})
    return locked


def _apply(
    integration: Integration, kind: Provider, form: ProviderForm, name: str | None, notes: str | None,
) -> list[str]:
    """Put what was typed onto the row; the names of what changed, credentials among them."""
    old, new = dict(integration.settings), form.settings_values()
    changed = [field for field in new if new[field] != old.get(field)]
    if kind.endpoint(new) != kind.endpoint(old) and integration.sealed:
        changed += [f"{field} (dropped: the endpoint changed)" for field in sorted(integration.sealed)]
        integration.drop_credentials()
    integration.settings = new
    given = form.credential_values()
    integration.seal(given, kind.endpoint(new), keyring())
    changed += sorted(given)
    integration.name = name if name is not None else integration.name
    integration.notes = notes if notes is not None else integration.notes
    if changed:
        integration.generation += 1
        integration.status = _unproven(integration, kind)
        integration.verified_at = None
        integration.next_check_at = timezone.now()
    return changed


def _unproven(integration: Integration, kind: Provider) -> IntegrationStatus:
    """What an integration is before anything was asked with these settings."""
    return (IntegrationStatus.NEEDS_CREDENTIAL if known.missing_credentials(integration, kind)
            else IntegrationStatus.UNVERIFIED)


def _start_over(integration: Integration, actor: User | None, *, check: bool) -> None:
    """What was seen with other settings proves nothing now."""
    Finding.objects.filter(integration=integration).update(last_good_at=None, last_good_evidence="")
    if check and integration.status != IntegrationStatus.NEEDS_CREDENTIAL:
        runs.supersede_and_start(integration, trigger=Run.Trigger.EDIT, requested_by=actor)
    else:
        runs.supersede(integration)


def pause(*, integration: Integration, actor: User | None) -> None:
    """No check is run by itself until somebody resumes it; asking by hand still works."""
    require(actor, integration.organisation, Action.MANAGE)
    integration.paused_at, integration.status = timezone.now(), IntegrationStatus.PAUSED
    with transaction.atomic():
        integration.save(update_fields=["paused_at", "status"])
        audit.record(integration.organisation, actor, "paused", integration.name)


def resume(*, integration: Integration, actor: User | None) -> None:
    require(actor, integration.organisation, Action.MANAGE)
    kind = provider_of(integration.provider)
    integration.paused_at, integration.next_check_at = None, timezone.now()
    integration.status = _unproven(integration, kind)
    with transaction.atomic():
        integration.save(update_fields=["paused_at", "status", "next_check_at"])
        audit.record(integration.organisation, actor, "resumed", integration.name)


def disconnect(*, integration: Integration, actor: User | None) -> None:
    """Out of sight at once, erased with its sealed credentials after UNDO_FOR."""
    require(actor, integration.organisation, Action.MANAGE)
    with transaction.atomic():
        integration.removed_at = timezone.now()
        integration.save(update_fields=["removed_at"])
        accounts.release(integration)
        runs.supersede(integration)
        audit.record(integration.organisation, actor, "disconnected", integration.name, provider=integration.provider)


def restore(*, integration: Integration, actor: User | None) -> None:
    """Undo a disconnection. Raises Invalid when its name has been taken meanwhile."""
    require(actor, integration.organisation, Action.MANAGE)
    integration.removed_at, integration.next_check_at = None, timezone.now()
    with transaction.atomic():
        _save(integration)
        audit.record(integration.organisation, actor, "restored", integration.name)


def _save(integration: Integration) -> None:
    try:
        with transaction.atomic():
            integration.save()
    except IntegrityError:
        raise Invalid(taken(WHAT)) from None


def _form_errors(kind: Provider, form: ProviderForm) -> dict[str, list[str]]:
    """The form's own errors, and for each address what the egress rules say of it."""
    if not form.is_valid():
        return {field: [str(m) for m in messages] for field, messages in form.errors.items()}
    errors = {}
    for field, address in kind.addresses(form.settings_values()).items():
        judged = egress.judge(address)
        if not judged.allowed and judged.resolved:  # a name that does not resolve now is saved: its row will tell
            errors[field] = [judged.reason]
    return errors
