"""What access.organisation_page makes of a request."""
from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from organisations.models import Membership, Organisation, User


class OrganisationRequest(HttpRequest):
    """For annotations alone: the request of a member who may do what the page declares."""

    user: User
    membership: Membership
    organisation: Organisation
