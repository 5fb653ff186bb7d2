"""What base.html needs of every request: the Organisation, the person's role in it, the others, and the open tab."""
from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from organisations.models import Membership


def frame(request: HttpRequest) -> dict[str, Any]:
    """Adds nothing outside an Organisation's pages; inside, one query, when the switcher is rendered.

    `request.membership` is set by access.organisation_page. `tab` is the first word of the path below /o/ORG/.
    """
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    return {
        "membership": membership, "organisation": membership.organisation,
        "my_memberships": SimpleLazyObject(lambda: _memberships(request.user)),
        "tab": (request.path.split("/") + [""] * 4)[3],
    }


def _memberships(user: Any) -> list[Membership]:
    return list(Membership.objects.filter(user=user).select_related("organisation").order_by("organisation__name"))
