"""The banner of an integration whose installation an owner has yet to approve: whom to write to, and whether it turned."""
from __future__ import annotations

from typing import Any

from checks.actions import setup_install as installing
from checks.actions.setup import Refused
from checks.models import Approval, Integration
from organisations.pages.request import OrganisationRequest

FIRST_SECONDS, SLOWEST_SECONDS, SLOWER_BY = 10, 60, 5


def banner(request: OrganisationRequest, integration: Integration, *, seconds: int = FIRST_SECONDS) -> dict[str, Any]:
    """What the banner says; {} when nothing is waited for. Asks for a run where one is due, without a script as well."""
    found = Approval.objects.filter(integration=integration).select_related("integration", "asked_by").first()
    if found is None:
        return {}
    said = ""
    try:
        if installing.look(integration=integration, actor=request.user):
            return {"turned": True}
    except Refused as refused:
        said = refused.sentence or "Another Organisation uses the installation that was approved."
    found.refresh_from_db(fields=["account"])
    return {"approval": found, "declined": installing.is_pending(found) is False, "said": said, "every": seconds,
            "next": min(SLOWEST_SECONDS, seconds + SLOWER_BY), "message": message(found)}


def message(found: Approval) -> str:
    """A text for whoever may approve it: what was asked for, what it may do, where to say yes."""
    pushes = bool(found.integration.settings.get("pushes"))
    may = "read and write the contents" if pushes else "read the contents"
    where = f": {found.link}" if found.link else ", under Settings, GitHub Apps."
    return (f"{found.asked_by or 'A member'} asked to install the App “{found.app_name or found.integration.name}” on "
            f"{found.account or 'your organisation'}, so that its repositories can be deployed. It may {may} of the repositories "
            f"that you choose for it, see their metadata, and nothing else. Please approve it{where}")
