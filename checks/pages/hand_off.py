"""Handing a row off: choose it, say how long, and the link with a text to send; then revoking it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from checks.actions import hand_off as handing
from checks.actions.errors import Invalid
from checks.models import HandOff
from checks.pages.board import Card
from checks.pages.forms import Together
from checks.pages.integrations import board_of, find
from checks.pages.menders import usually
from checks.pages.rows import Row
from checks.pages.words import counted
from checks.verdict import Status
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

ASKS = (Status.FAIL, Status.WARN, Status.UNKNOWN)


class HandOffForm(forms.Form):
    """Which row, for how long, and a word to whoever gets the link."""

    row = forms.ChoiceField(label="What has to be mended", error_messages={
        "invalid_choice": "This row asks for nothing any more: choose one of the list."})
    days = forms.TypedChoiceField(label="The link works for", coerce=int, initial=handing.USUAL_DAYS, choices=[
        (days, counted(days, "day")) for days in handing.DAYS])
    note = forms.CharField(label="A word from you", required=False, max_length=handing.LONGEST_NOTE,
                           widget=forms.Textarea(attrs={"rows": 3}), help_text=(
                               "Shown on the page and in the text to send. Never put a secret here."))

    def __init__(self, rows: Sequence[Row], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = [  # type: ignore[attr-defined]
            (row.key, f"{row.title}{', for ' + row.service if row.service else ''}") for row in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
@never_cache
def hand_off(request: OrganisationRequest, name: str) -> HttpResponse:
    """`?row=` is the key of the row that is meant. The link is on the page that answers the POST, and on no other."""
    _, card = board_of(request, name)
    rows = [row for row in card.rows if row.declared and row.known in ASKS]
    data = request.POST if request.method == "POST" else None
    asked = HandOffForm(rows, data, initial={"row": request.GET.get("row", "")})
    form = Together(asked)
    if data is not None and form.is_valid():
        row = next(row for row in rows if row.key == asked.cleaned_data["row"])
        try:
            link, token = handing.make(integration=card.integration, actor=request.user, check=row.slug, service=row.service,
                                       days=asked.cleaned_data["days"], note=asked.cleaned_data["note"])
            return render(request, "checks/hand_off_made.html", _made(request, card, row, link, token))
        except Invalid as error:
            form.refuse(error)
    return render(request, "checks/hand_off_new.html", {"card": card, "form": form, "rows": rows})


def _made(request: OrganisationRequest, card: Card, row: Row, link: HandOff, token: str) -> dict[str, Any]:
    """The link, and a text to send it with."""
    address = settings.BASE_URL + reverse("hand_off_follow", kwargs={"token": token})
    said = {"card": card, "row": row, "link": link, "address": address, "who": usually(row.layer), "sender": request.user,
            "organisation": request.organisation}
    text = render_to_string("checks/hand_off_mail.txt", said).strip()
    subject = f"{request.organisation.name} asks you to mend one thing: {row.title} ({card.provider_name})"
    return {**said, "subject": subject, "text": text, "mailto": f"mailto:?subject={quote(subject)}&body={quote(text)}"}


@require_POST
@organisation_page(Action.MANAGE)
def revoke(request: OrganisationRequest, name: str, link: UUID) -> HttpResponse:
    integration = find(request, name)
    found = get_object_or_404(HandOff, integration=integration, organisation=request.organisation, pk=link)
    if handing.revoke(integration=integration, actor=request.user, link=found):
        messages.success(request, "The link was revoked: whoever opens it sees nothing any more.")
    else:
        messages.warning(request, "That link was not open any more.")
    return redirect("integration", org=request.organisation.slug, name=name)
