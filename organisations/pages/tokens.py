"""API tokens: who may call the API for this Organisation. A new one is shown once, on the page that made it."""
from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from organisations import tokens
from organisations.access import Action, organisation_page, who_can
from organisations.forms import TokenForm
from organisations.members import grantable
from organisations.models import ApiToken, Membership, Organisation, Role
from organisations.pages.request import OrganisationRequest


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@organisation_page(Action.MEMBERS)
@reauthentication_required(allow_get=True)
def listing(request: OrganisationRequest) -> HttpResponse:
    """The tokens there are; a POST makes one, after the password where it was not given in the last half hour."""
    if request.method != "POST":
        return _page(request, TokenForm())
    form = TokenForm(request.POST)  # every role is read; the verb says whether it may be given
    if not form.is_valid():
        return _page(request, form)
    try:
        token, text = tokens.make(organisation=request.organisation, actor=request.user, name=form.cleaned_data["name"],
                                  role=Role(form.cleaned_data["role"]), days=form.cleaned_data["days"] or None)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form)
    return render(request, "organisations/tokens_made.html", {  # not kept for another page: it stands nowhere else
        "token": token, "text": text, "curl": _curl(request.organisation, text)})


@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MEMBERS)
def revoke(request: OrganisationRequest, token: int) -> HttpResponse:
    """The page says what ends; the POST ends it."""
    found = get_object_or_404(ApiToken.objects.select_related("made_by"), organisation=request.organisation, pk=token)
    if request.method != "POST":
        return render(request, "organisations/tokens_revoke.html", {
            "token": found, "is_open": tokens.open_tokens(request.organisation).filter(pk=found.pk).exists(),
            "may_revoke": found.role in grantable(request.membership), "owners": who_can(request.organisation, Action.OWN)})
    if tokens.revoke(organisation=request.organisation, actor=request.user, token=found):
        messages.success(request, f"The token {found.name} was revoked; it opens nothing any more.")
    else:
        messages.warning(request, f"The token {found.name} had ended before.")
    return redirect("tokens", org=request.organisation.slug)


def _page(request: OrganisationRequest, form: TokenForm) -> HttpResponse:
    organisation, allowed = request.organisation, grantable(request.membership)
    form.offer(allowed)
    present = dict(Membership.objects.filter(organisation=organisation).values_list("user", "role"))
    rows = [{"token": token, "may_revoke": token.role in allowed, "acts_as": _acts_as(token, present)}
            for token in tokens.open_tokens(organisation)]
    return render(request, "organisations/tokens.html", {
        "rows": rows, "ended": tokens.ended_tokens(organisation), "form": form,
        "curl": _curl(organisation, "$DFLOW_TOKEN"), "owners": who_can(organisation, Action.OWN)})


def _acts_as(token: ApiToken, present: dict[int, str]) -> str:
    """The role that it has now, where its maker's is weaker than its own."""
    role = tokens.weaker(Role(token.role), Role(present[token.made_by_id]))
    return "" if role == token.role else role.label.lower()


def _curl(organisation: Organisation, text: str) -> str:
    return (f"curl {settings.BASE_URL}/api/v1/organisations/{organisation.slug}/integrations \\\n"
            f'  -H "Authorization: Bearer {text}"')
