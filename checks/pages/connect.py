"""Connecting: choose, prepare, paste, watch; then editing, replacing the credential, disconnecting and its undo."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from checks.actions import connect as connecting
from checks.actions import verify
from checks.actions.connect import UNDO_FOR
from checks.actions.corrections import settings_offered
from checks.actions.errors import Invalid
from checks.models import Finding, Flip, Integration, Run, Service
from checks.pages.checklist import sections
from checks.pages.forms import ConfirmForm, NameForm, NotesForm, Together, needs_again, provider_form
from checks.pages.guides import steps
from checks.pages.integrations import find
from checks.pages.rights import rights
from checks.providers import BY_SLUG
from checks.providers.base import Provider, ProviderForm
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

BRING = "bring"  # ?how= of the form for what was made by hand, where a provider has set-up pages of its own


@require_safe
@organisation_page(Action.MANAGE)
def choose(request: OrganisationRequest) -> HttpResponse:
    return render(request, "checks/integration_choose.html", {"sections": sections([]), **rights(request)})


def provider_or_404(slug: str) -> Provider:
    if slug not in BY_SLUG:
        raise Http404
    return BY_SLUG[slug]


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def new(request: OrganisationRequest, provider: str) -> HttpResponse:
    kind = provider_or_404(provider)
    data = request.POST if request.method == "POST" else None
    if kind.setup and data is None and request.GET.get("how") != BRING:
        return render(request, f"checks/setup/{kind.setup}_ways.html", {"provider": kind})
    word = kind.slug.replace("_", "-")
    identity = NameForm(data, initial={"name": word}, example=f"{word}-main")
    fields, last = provider_form(kind, data), ConfirmForm(request.organisation.name, data)
    form = Together(identity, fields, last)
    if data is not None and form.is_valid():
        try:
            integration = connecting.connect(
                organisation=request.organisation, actor=request.user, provider=kind.slug, **identity.cleaned_data,
                settings=fields.settings_values(), credentials=fields.credential_values(),
                notes=last.cleaned_data["notes"])
            _say_mended(request, fields)
            return _watch(request, integration, Run.Trigger.CONNECT)
        except Invalid as error:
            form.refuse(error)
    return render(request, "checks/integration_new.html", {"form": form, "provider": kind, "steps": steps(kind)})


def _say_mended(request: OrganisationRequest, fields: ProviderForm) -> None:
    """What was mended in what was typed is not done in silence."""
    for note in dict.fromkeys(fields.notes):
        messages.info(request, note)


def _watch(request: OrganisationRequest, integration: Integration, trigger: str) -> HttpResponse:
    """Ask for the first run and go where its rows arrive."""
    try:
        verify.ask(integration=integration, actor=request.user, trigger=trigger)
    except Invalid as error:
        messages.warning(request, f"{integration.name} was saved and not checked: {error.sentence()}")
    return redirect("integration", org=request.organisation.slug, name=integration.name)


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def edit(request: OrganisationRequest, name: str) -> HttpResponse:
    """Settings and credentials of one form: a credential left empty is kept, unless the address changed."""
    integration = find(request, name)
    kind = provider_or_404(integration.provider)
    data = request.POST if request.method == "POST" else None
    identity = NameForm(data, initial={"name": integration.name}, example=integration.name)
    fields = provider_form(kind, data, integration)
    offered = _offered(integration, kind, request.GET.get("row", "")) if data is None else {}
    fields.initial = {**fields.initial, **offered}
    last = NotesForm(data, initial={"notes": integration.notes})
    form = Together(identity, fields, last)
    if data is not None:
        needs_again(kind, fields, integration)
    if data is not None and form.is_valid():
        try:
            connecting.edit(
                integration=integration, actor=request.user, settings=fields.settings_values(),
                credentials=fields.credential_values(), **identity.cleaned_data, **last.cleaned_data)
            messages.success(request, f"{identity.cleaned_data['name']} was saved.")
            _say_mended(request, fields)
            return redirect("integration", org=request.organisation.slug, name=identity.cleaned_data["name"])
        except Invalid as error:
            form.refuse(error)
    context = {"form": form, "provider": kind, "integration": integration, "steps": steps(kind, integration.settings),
               "offered": [(fields.fields[name].label, value) for name, value in offered.items()]}
    return render(request, "checks/integration_edit.html", {**context, **_halves(form, fields.secret_names())})


def _offered(integration: Integration, kind: Provider, slug: str) -> dict[str, str]:
    """What this row of the integration offers as right for its settings; nothing is taken from the address itself."""
    finding = Finding.objects.filter(integration=integration, service=None, check_slug=slug).first() if slug else None
    return settings_offered(finding.facts, kind.form.setting_names()) if finding else {}


def _halves(form: Together, secrets: Collection[str]) -> dict[str, list[BoundField]]:
    """The credential's fields apart, so that a link can lead to them."""
    return {"settings_fields": [field for field in form if field.name not in secrets],
            "secret_fields": [field for field in form if field.name in secrets]}


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def disconnect(request: OrganisationRequest, name: str) -> HttpResponse:
    """GET says what will be lost, and until when it can be undone; POST does it."""
    integration = find(request, name)
    if request.method == "POST":
        connecting.disconnect(integration=integration, actor=request.user)
        messages.success(request, f"{name} was disconnected. It can be restored for an hour.")
        return redirect("integrations", org=request.organisation.slug)
    services = Service.objects.for_organisation(request.organisation)
    return render(
        request,
        "checks/integration_disconnect.html",
        {
            "integration": integration,
            "undo_until": timezone.now() + UNDO_FOR,
            "findings": integration.findings.count(),
            "flips": Flip.objects.filter(integration=integration).count(),
            "credentials": sorted(integration.credential_facts),
            "served": [s.name for s in services if integration.pk in (s.integration_id, s.node_id)],
        },
    )


@require_POST
@organisation_page(Action.MANAGE)
def restore(request: OrganisationRequest, name: str) -> HttpResponse:
    """Bring back the one of this name that was disconnected last, within the hour."""
    removed = Integration.objects.filter(
        organisation=request.organisation, name=name, removed_at__gt=timezone.now() - UNDO_FOR + timedelta(seconds=1)
    )
    integration = removed.select_related("organisation").order_by("-removed_at").first()
    if integration is None:
        raise Http404
    try:
        connecting.restore(integration=integration, actor=request.user)
    except Invalid:
        messages.error(
            request, f"{name} was not restored: another integration has this name by now. Rename that one first."
        )
        return redirect("integrations", org=request.organisation.slug)
    messages.success(request, f"{name} is back, with its credentials and its history.")
    return redirect("integration", org=request.organisation.slug, name=name)
