"""Services: what an integration must serve. The target is stored as given, for the rows to judge."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone

from checks.actions.connect import provider_of
from checks.actions.errors import WHOLE, Invalid
from checks.actions.names import name_errors, taken
from checks.actions.variables import examined
from checks.engine import runs
from checks.models import Integration, Service
from checks.verdict import IntegrationStatus
from organisations import audit
from organisations.access import Action, require
from organisations.models import AuditEvent, Organisation, User

WHAT = "service"
CORRECTED, PUT_BACK = "corrected service", "put back service"


def add(
    *, organisation: Organisation, actor: User | None, name: str, kind: str, integration: str,
    target: Mapping[str, Any], node: str | None = None, notes: str = "", variables: str = "",
) -> Service:
    """Save a new service. Raises Invalid; starts no run, but its integration becomes due.

    variables: pasted NAME=value lines. Only the names and what each value looks like are kept.
    """
    require(actor, organisation, Action.MANAGE)
    errors = name_errors(name, Service.objects.for_organisation(organisation), WHAT)
    service = Service(organisation=organisation, name=name, kind=kind, target=dict(target), notes=notes,
                      variables=examined(variables))
    errors.update(_fill(service, organisation, integration, node))
    if errors:
        raise Invalid(errors)
    _save(service)
    audit.record(organisation, actor, "added service", name, kind=kind, integration=integration, target=dict(target))
    return service


def edit(
    *, service: Service, actor: User | None, integration: str, target: Mapping[str, Any], node: str | None = None,
    notes: str | None = None, variables: str | None = None,
) -> Service:
    """Save what the service asks for now; variables None keeps what was examined before. Raises Invalid."""
    require(actor, service.organisation, Action.MANAGE)
    old = service.integration
    before, service.target = service.target, dict(target)
    service.notes = notes if notes is not None else service.notes
    service.variables = examined(variables) if variables is not None else service.variables
    errors = _fill(service, service.organisation, integration, node)
    if errors:
        raise Invalid(errors)
    _save(service)
    if old is not None and old != service.integration:
        _due(old)
        service.findings.filter(integration=old).delete()
    audit.record(service.organisation, actor, "edited service", service.name, before=before, after=service.target)
    return service


def correct(*, service: Service, actor: User | None, target: Mapping[str, str]) -> AuditEvent:
    """Change these fields of what the service asks for and nothing else, as an edit does. Raises Invalid.

    The event that is returned says what it was before: put_back() takes it.
    """
    require(actor, service.organisation, Action.MANAGE)
    with transaction.atomic():
        _lock(service)
        return _retarget(service, actor, CORRECTED, {**service.target, **target})


def put_back(*, service: Service, actor: User | None, event: int) -> AuditEvent:
    """Undo the correction that this audit event is of, unless the service was changed since. Raises Invalid."""
    require(actor, service.organisation, Action.MANAGE)
    done = AuditEvent.objects.filter(organisation=service.organisation, verb=CORRECTED, subject=service.name, pk=event,
                                     at__gte=service.created_at).first()
    if done is None:
        raise Invalid({WHOLE: [f"There is no such correction of {service.name}."]})
    with transaction.atomic():
        _lock(service)
        if service.target != done.details["after"]:
            raise Invalid({WHOLE: [f"{service.name} was changed since, so nothing was put back."]})
        return _retarget(service, actor, PUT_BACK, dict(done.details["before"]))


def _lock(service: Service) -> None:
    """Read it as it is now, and let nobody change it meanwhile."""
    service.refresh_from_db(from_queryset=Service.objects.select_for_update(no_key=True))


def _retarget(service: Service, actor: User | None, verb: str, after: dict[str, Any]) -> AuditEvent:
    before, service.target = service.target, after
    if service.integration is None:
        raise Invalid({"integration": [f"{service.name} has none any more: edit the service and choose one."]})
    if errors := _target_errors(service, service.integration):
        raise Invalid(errors)
    _save(service)
    return audit.record(service.organisation, actor, verb, service.name, before=before, after=after)


def remove(*, service: Service, actor: User | None) -> None:
    """Delete the service; its rows go with it."""
    require(actor, service.organisation, Action.MANAGE)
    with transaction.atomic():
        audit.record(service.organisation, actor, "removed service", service.name, kind=service.kind,
                     integration=service.integration.name if service.integration else "", target=service.target)
        for integration in (service.integration, service.node):
            if integration is not None:
                _due(integration)  # locks it before the rows of the service, as a run that lands does
        service.delete()


def _fill(service: Service, organisation: Organisation, integration: str, node: str | None) -> dict[str, list[str]]:
    """Set what it uses; what is wrong with it."""
    if service.kind not in Service.Kind.values:
        return {"kind": [f"must be one of {', '.join(Service.Kind.values)}."]}
    errors: dict[str, list[str]] = {}
    mine = Integration.objects.for_organisation(organisation)
    service.integration = mine.filter(name=integration if isinstance(integration, str) else "").first()
    if service.integration is None:
        errors["integration"] = [f"there is none named “{integration}” in {organisation.slug}."]
    elif service.kind not in provider_of(service.integration.provider).serves:
        errors["integration"] = [f"“{integration}” cannot serve a service of kind {service.kind}."]
    else:
        errors.update(_target_errors(service, service.integration))
    service.node = mine.filter(name=node).first() if isinstance(node, str) and node else None
    if node and (service.node is None or not provider_of(service.node.provider).is_node):
        errors["node"] = [f"there is no worker node named “{node}” in {organisation.slug}."]
    return errors


def _target_errors(service: Service, integration: Integration) -> dict[str, list[str]]:
    fields = provider_of(integration.provider).service_fields[service.kind]
    errors = {name: [f"is not a field of this target; its fields are {', '.join(fields)}."]
              for name in service.target if name not in fields}
    for name in fields:
        value = service.target.get(name)
        if not isinstance(value, str) or not value.strip():
            errors[name] = ["is needed, as a text."]
        elif len(value) > 2000:
            errors[name] = ["is longer than 2,000 characters."]
        elif _has_password(value):
            errors[name] = ["holds a password or token: take it out of the URL; the integration has the credential."]
    return errors


def _has_password(value: str) -> bool:
    try:
        return "@" in value and urlsplit(value).password is not None
    except ValueError:
        return False


def _save(service: Service) -> None:
    try:
        with transaction.atomic():
            _still_here(service)
            service.save()
            for integration in (service.integration, service.node):
                if integration is not None:
                    _due(integration)
    except IntegrityError:
        raise Invalid(taken(WHAT)) from None


def _still_here(service: Service) -> None:
    """What it uses may have been moved to another Organisation since it was chosen; from here on it waits for us."""
    used = {one.pk for one in (service.integration, service.node) if one is not None}
    mine = Integration.objects.select_for_update(no_key=True).filter(pk__in=used, organisation=service.organisation_id)
    if len(mine.order_by("pk")) != len(used):
        raise Invalid({"integration": ["was moved to another Organisation a moment ago: choose another."]})


def _due(integration: Integration) -> None:
    """What was proven was proven for other services: check soon, and claim nothing meanwhile.

    A run under way asks for the services of its beginning, so it gives way to the next.
    """
    changes: dict[str, Any] = {"next_check_at": timezone.now()}
    if integration.status == IntegrationStatus.VERIFIED:
        changes["status"] = IntegrationStatus.UNVERIFIED
    Integration.objects.filter(pk=integration.pk).update(**changes)
    runs.supersede(integration)
