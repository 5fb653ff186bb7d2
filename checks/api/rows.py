"""From a name to the row of the caller's Organisation; Problem (404) for what is absent or another's."""
from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from checks.api.problems import not_found
from checks.models import Integration, Service
from organisations.models import Organisation, name_validator


def integrations(organisation: Organisation) -> QuerySet[Integration]:
    rows: QuerySet[Integration] = Integration.objects.for_organisation(organisation).select_related("organisation")
    return rows


def integration(organisation: Organisation, name: str) -> Integration:
    found: Integration = _present(named(integrations(organisation), name))
    return found


def service(organisation: Organisation, name: str) -> Service:
    found: Service = _present(named(Service.objects.for_organisation(organisation), name))
    return found


def is_name(text: str) -> bool:
    """Whether anything may be called so: another spelling does not reach the database."""
    try:
        name_validator(text)
    except ValidationError:
        return False
    return True


def named(rows: QuerySet[Any], name: str) -> Any:
    """The one of this name, or None."""
    return rows.filter(name=name).first() if is_name(name) else None


def _present(row: Any) -> Any:
    if row is None:
        raise not_found()
    return row
