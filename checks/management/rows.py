"""Names of the command line to rows."""
from __future__ import annotations

from checks.management.base import found
from organisations.models import Organisation


def organisation_named(slug: str) -> Organisation:
    """The Organisation with this slug, or WrongInput."""
    organisation: Organisation = found("organisation", slug, Organisation.objects.filter(slug=slug).first())
    return organisation
