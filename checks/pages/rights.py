"""What the person who looks may do here, and in place of a control that they may not use: who can."""

from __future__ import annotations

from typing import Any

from django.utils.functional import SimpleLazyObject

from checks.pages.words import listed
from organisations.access import Action, may, who_can
from organisations.pages.request import OrganisationRequest


def rights(request: OrganisationRequest) -> dict[str, Any]:
    """For the templates of an Organisation: `may_check`, `may_manage`, `may_audit` (read who did what), and `managers`, read
    only where it is shown."""
    organisation = request.organisation
    return {
        "may_check": may(request.membership, Action.CHECK),
        "may_manage": may(request.membership, Action.MANAGE),
        "may_audit": may(request.membership, Action.MEMBERS),
        "managers": SimpleLazyObject(
            lambda: listed([str(u) for u in who_can(organisation, Action.MANAGE)]) or "nobody yet"
        ),
    }
