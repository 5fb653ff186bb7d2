"""What the page of a service says to a pipeline: the snippets to paste, and the status picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from checks.models import Badge, Service
from checks.pages.snippets import snippets
from organisations.pages.request import OrganisationRequest

ALT = "deploys"


@dataclass(frozen=True)
class Picture:
    """A badge as it is pasted: its whole address, and the path for this page itself."""

    path: str

    @property
    def address(self) -> str:
        return settings.BASE_URL + self.path

    @property
    def markdown(self) -> str:
        return f"![{ALT}]({self.address})"

    @property
    def html(self) -> str:
        return f'<img src="{self.address}" alt="{ALT}">'


def pipeline(request: OrganisationRequest, service: Service) -> dict[str, Any]:
    """`snippets` and `badge` for the template; one query."""
    token = Badge.objects.filter(service=service).values_list("token", flat=True).first()
    return {
        "snippets": snippets(settings.BASE_URL, request.organisation.slug, service.name),
        "badge": Picture(reverse("badge", kwargs={"token": token})) if token else None,
    }
