"""Guides, for everybody: for each provider what one needs and what is asked, for each layer the messages that point there.

Whoever comes from an Organisation (`?organisation=`, and `integration=` for its own addresses) stays in its frame; for
anybody else these words mean nothing, and the guide is the same that everybody reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from checks.engine import hooks
from checks.models import Integration
from checks.pages import search as searching
from checks.pages.catalogue import guides as entries
from checks.pages.layer_words import ABOUT, name
from checks.pages.messages import guide_to, of_provider
from checks.pages.seed import elsewhere, why
from checks.providers import BY_SLUG, PROVIDERS
from checks.providers.base import Check, LeastGrant, Provider, Step
from checks.verdict import Layer
from organisations.access import Action, may
from organisations.models import Membership

MANY = 4  # Organisations that get a button of their own
# The layers as people look for them: by what is connected. What is left over is every connection's.
FAMILIES: dict[str, tuple[Layer, ...]] = {
    "Git": (Layer.GIT_TOKEN, Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.CLONE_URL, Layer.BRANCH_MISSING, Layer.WEBHOOK),
    "Registries": (Layer.REGISTRY_AUTH, Layer.REGISTRY_HOST, Layer.REGISTRY_NAMESPACE, Layer.REGISTRY_RATE_LIMIT),
    "Backup storage": (Layer.BACKUP_KEYS, Layer.BACKUP_BUCKET_POLICY, Layer.BACKUP_ENDPOINT_REGION),
    "AWS": (Layer.AWS_KEYS, Layer.AWS_IAM, Layer.AWS_SCP, Layer.AWS_QUOTA, Layer.AWS_NETWORKING),
    "Servers": (Layer.SSH_AUTH, Layer.SSH_HOST),
    "The way to any of them": (Layer.DNS, Layer.TLS, Layer.NETWORK, Layer.CLOCK, Layer.PROVIDER_OUTAGE),
}


def steps(provider: Provider, settings: Mapping[str, Any] | None = None) -> list[Step]:
    """The guide's steps; a link that the settings (or the form's own defaults) cannot fill in is left out."""
    return [filled(step, provider, settings) for step in provider.guide.steps]


def filled(step: Step, provider: Provider, settings: Mapping[str, Any] | None = None) -> Step:
    return Step(step.text, _filled(step.link, _known(provider, settings)))


def _known(provider: Provider, settings: Mapping[str, Any] | None) -> dict[str, str]:
    known = {name: str(field.initial or "") for name, field in provider.form.base_fields.items()}
    known.update({name: str(value) for name, value in (settings or {}).items()})
    return known


def _filled(link: str, known: Mapping[str, str]) -> str:
    wanted = {name for _, name, _, _ in Formatter().parse(link) if name}
    if not all(known.get(name) for name in wanted):
        return ""
    filled = link.format(**{name: known[name].rstrip("/") for name in wanted})
    return filled if filled.startswith(("https://", "http://")) else ""


@dataclass(frozen=True)
class Asked:
    """One row as the guide tells it."""

    check: Check
    provider: Provider

    @property
    def why(self) -> str:
        return why(self.check.slug, self.check.layer or "")

    @property
    def layer_name(self) -> str:
        return name(self.check.layer) if self.check.layer else ""

    @property
    def needs(self) -> list[str]:
        return [self.provider.checks[slug].title for slug in self.check.needs]


class From:
    """Where the reader comes from: the Organisation and the integration, as far as both are theirs."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.mine = [] if not request.user.is_authenticated else list(
            Membership.objects.filter(user=request.user).select_related("organisation", "user").order_by("organisation__name"))
        asked = request.GET.get("organisation", "")
        self.membership = next((one for one in self.mine if one.organisation.slug == asked), None)
        if self.membership is not None:
            request.membership = self.membership  # type: ignore[attr-defined]

    def integration(self, provider: Provider) -> Integration | None:
        """The one that is named, if it is of this provider."""
        named = self._request.GET.get("integration", "")
        if self.membership is None or not named:
            return None
        rows = Integration.objects.for_organisation(self.membership.organisation).defer("sealed")
        return rows.filter(name=named, provider=provider.slug).first()

    @cached_property
    def context(self) -> dict[str, Any]:
        """For the templates. keep: what the links of a guide go on with."""
        slugs = [one.organisation for one in self.mine]
        if self.membership is not None:
            slugs = [self.membership.organisation, *(one for one in slugs if one != self.membership.organisation)]
        return {"tab": "guides", "keep": f"?organisation={slugs[0].slug}" if self.membership else "",
                "may_manage": may(self.membership, Action.MANAGE), "diagnose_for": slugs[:MANY], "more_than": len(slugs) > MANY}


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """`?q=` searches the guides alone; in an Organisation's frame its own search finds both."""
    found = searching.read(request, entries())
    layers = [(family, [(layer, name(layer), ABOUT[layer]) for layer in layers]) for family, layers in FAMILIES.items()]
    context = {"providers": PROVIDERS, "layers": layers, "search": found, **From(request).context}
    return render(request, "checks/guides.html", context, status=found.status)


@require_safe
def guide(request: HttpRequest, provider: str) -> HttpResponse:
    found = BY_SLUG.get(provider)
    if found is None:
        raise Http404
    came = From(request)
    own = came.integration(found)
    settings = own.settings if own else None
    context = {
        "provider": found, "own": own, "steps": steps(found, settings), "pages": pages(found, settings),
        "rows": [Asked(check, found) for check in found.checks.values()], "least": _least(found, own),
        "fields": _fields(found), "rotation": _rotation(found, settings), "hook": _hook(found, own),
        "errors": [(layer, name(layer), sum(len(one.messages) for one in remedies), remedies)
                   for layer, remedies in of_provider(found)],
    }
    return render(request, "checks/guide.html", {**context, **came.context})


def pages(provider: Provider, settings: Mapping[str, Any] | None = None) -> list[tuple[str, str, str]]:
    """The provider's own pages: what each is, its address, and, where that cannot be filled in yet, its form."""
    known = _known(provider, settings)
    return [(title.replace("_", " ").capitalize(), _filled(link, known), _form(link)) for title, link in provider.links.items()]


def _form(link: str) -> str:
    """`BASE_URL/settings/apps`: what stands between braces has to be put in."""
    return link.format(**{field: field.upper() for _, field, _, _ in Formatter().parse(link) if field})


def _least(provider: Provider, own: Integration | None) -> LeastGrant | None:
    """The policy with the integration's own names in it, where one came from it."""
    return provider.policy(own.settings, {}) if provider.policy and own else None


def _fields(provider: Provider) -> list[dict[str, Any]]:
    """What the form asks for: its label, its hint, whether it may stay blank, and whether it is a secret."""
    secrets = provider.form.secret_names()
    return [{"label": field.label or slug.replace("_", " ").capitalize(), "hint": field.help_text,
             "required": field.required, "secret": slug in secrets, "initial": field.initial or ""}
            for slug, field in provider.form.base_fields.items()]


def _rotation(provider: Provider, settings: Mapping[str, Any] | None) -> dict[str, Any] | None:
    turned = provider.guide.rotation
    return None if turned is None else {"make": filled(turned.make, provider, settings),
                                        "end": filled(turned.end, provider, settings), "beware": turned.beware}


def _hook(provider: Provider, own: Integration | None) -> dict[str, Any] | None:
    """Where its webhooks go and which credential signs them."""
    if provider.hook is None:
        return None
    field = provider.form.base_fields[provider.hook.secret]
    return {"secret": field.label or provider.hook.secret, "url": hooks.address(own) if own else "",
            "rows": [check for check in provider.checks.values() if check.layer == Layer.WEBHOOK]}


@require_safe
def layer(request: HttpRequest, layer: str) -> HttpResponse:
    """What a layer is, who mends it, the messages that point there, its look-alikes, and the rows that test it."""
    if layer not in set(Layer):
        raise Http404
    found = Layer(layer)
    context = {"layer": found, "name": name(found), "about": ABOUT[found], "guide": guide_to(found),
               "elsewhere": elsewhere(layer), **From(request).context}
    return render(request, "checks/layer.html", context)
