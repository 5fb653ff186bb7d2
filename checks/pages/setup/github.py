"""GitHub: having an App made and installed, and coming back from there. What each page does is an action's.

A return holds a state, an id and codes, any of which may be forged or replayed: it renders nothing of them, is kept by no
cache, and sends no referrer.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from checks.actions import setup_create as creating
from checks.actions import setup_install as installing
from checks.actions import verify
from checks.actions.errors import Invalid
from checks.actions.setup import Refused, Why
from checks.models import Integration, Run
from checks.pages.forms import ConfirmForm, NameForm, Together
from checks.pages.integrations import find
from checks.pages.setup.forms import AppForm
from checks.pages.setup.troubles import trouble
from checks.providers import BY_SLUG
from checks.providers.github import setup as host
from organisations.access import Action, organisation_page
from organisations.pages.request import OrganisationRequest

SLUG = "github"
KEPT = ("installation_id", "setup_action")  # of a return, when the person has to sign in first: no code, no state
View = Callable[..., HttpResponse]
WHY = {
    "metadata": "to see which repositories there are; GitHub gives it to every App",
    "contents": "to read the repository that is deployed, and nothing else of it",
    "push": "so that a push tells the platform what to deploy",
}
WHY_WRITE = "to read the repository that is deployed, and to push to it, as you asked"


# --- Create an App --------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def create(request: OrganisationRequest) -> HttpResponse:
    """The form; posted, the page that says what will be made, with the button that goes to GitHub."""
    kind, data = _provider(), request.POST if request.method == "POST" else None
    identity = NameForm(data, initial={"name": SLUG}, example=f"{SLUG}-main")
    fields = AppForm(data, web=str(kind.form.base_fields["base_url"].initial))
    last = ConfirmForm(request.organisation.name, data)
    form = Together(identity, fields, last)
    if data is not None and form.is_valid():
        wanted = {"base_url": fields.cleaned_data["base_url"], "api_url": "", "pushes": fields.cleaned_data["pushes"]}
        try:
            begun = creating.start(
                organisation=request.organisation, actor=request.user, session=_session(request), provider=SLUG,
                name=identity.cleaned_data["name"], settings=wanted, account=fields.login(), notes=last.cleaned_data["notes"],
                created=_address("setup_github_created"), installed=_address("setup_github_installed"))
            return _manifest(request, begun, identity.cleaned_data["name"], fields)
        except Invalid as error:
            form.refuse(error)
    return render(request, "checks/setup/github_create.html", {"form": form, "provider": kind})


def _manifest(request: OrganisationRequest, begun: creating.Begun, name: str, fields: AppForm) -> HttpResponse:
    base = fields.cleaned_data["base_url"]
    response = render(request, "checks/setup/github_manifest.html", {
        "begun": begun, "name": name, "account": fields.login(), "host": urlsplit(base).netloc, "asked": _asked(begun.manifest),
        "manifest": json.dumps(begun.manifest), "back": reverse("setup_github", kwargs={"org": request.organisation.slug})})
    response["Cache-Control"] = "no-store"  # it holds the state
    response["Referrer-Policy"] = "strict-origin"  # so that GitHub sees where the form comes from, and no more
    return _posting_to(request, base, response)


def _asked(manifest: Any) -> list[tuple[str, str, str]]:
    """Each permission and event: its name as GitHub spells it, its level, and why."""
    levels = {"read": "Read-only", "write": "Read and write"}
    found = [(f"{name.capitalize()} (repository permission)", levels[level],
              WHY_WRITE if level == "write" else WHY[name]) for name, level in manifest["default_permissions"].items()]
    return found + [(f"{name.capitalize()} (event)", "Subscribed", WHY[name]) for name in manifest["default_events"]]


def returns(view: View) -> View:
    """A page that GitHub sends people back to. Whoever must sign in first loses state and code: both are the session's."""
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            kept = urlencode({name: request.GET[name] for name in KEPT if request.GET.get(name)})
            return redirect_to_login(request.path + (f"?{kept}" if kept else ""))
        return _private(view(request, *args, **kwargs))
    return guarded


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"], response["Referrer-Policy"] = "no-store", "no-referrer"
    return response


@returns
def created(request: HttpRequest) -> HttpResponse:
    """GitHub made the App, and says so with a one-time code."""
    return _finished(request, lambda: creating.finish(
        actor=request.user, session=_session(request), nonce=request.GET.get("state", ""),  # type: ignore[arg-type]
        code=request.GET.get("code", "")))


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """The same once more, after GitHub was away."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("home"))
    return _finished(request, lambda: creating.again(
        actor=request.user, session=_session(request), state_id=request.POST.get("setup", "")))  # type: ignore[arg-type]


def _finished(request: HttpRequest, finish: Callable[[], Integration]) -> HttpResponse:
    try:
        integration = finish()
    except Refused as refused:
        return trouble(request, refused, installing=False)
    messages.success(request, f"The App was made, and its keys are stored as {integration.name}. Now install it.")
    return redirect("integration_install", org=integration.organisation.slug, name=integration.name)


# --- Install it ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@organisation_page(Action.MANAGE)
def install(request: OrganisationRequest, name: str) -> HttpResponse:
    """What will happen there, and the button that goes to GitHub."""
    integration, said = _mine(request, name), ""
    base = integration.settings["base_url"]
    if request.method == "POST":
        try:
            page = installing.start(integration=integration, actor=request.user, session=_session(request))
            return _private(HttpResponseRedirect(page))
        except Refused as refused:
            said = refused.sentence
    context = {"integration": integration, "host": urlsplit(base).netloc, "said": said,
               "configure": host.settings_page(integration.settings)}
    return _posting_to(request, base, render(request, "checks/setup/github_install.html", context))


@returns
def installed(request: HttpRequest) -> HttpResponse:
    """From GitHub's page of an installation: installed, changed, or requested of an owner."""
    sent = {name: request.GET.get(name, "") for name in ("state", "installation_id", "setup_action", "code")}
    if not sent["state"]:
        return _without_state(request, sent["installation_id"])
    try:
        ended = installing.finish(actor=request.user, session=_session(request), nonce=sent["state"],  # type: ignore[arg-type]
                                  number=sent["installation_id"], action=sent["setup_action"], code=sent["code"])
    except Refused as refused:
        return trouble(request, refused, installing=True)
    name = ended.integration.name
    if ended.waits:
        messages.info(request, f"The installation of {name} was requested at GitHub, and waits for an owner there.")
    else:
        messages.success(request, f"The App of {name} is installed. Every prerequisite is asked now.")
    return redirect("integration", org=ended.integration.organisation.slug, name=name)


def _without_state(request: HttpRequest, number: str) -> HttpResponse:
    """Somebody installed or changed it from GitHub's own pages: which integration is it for?"""
    if not host.NUMBER.fullmatch(number):
        return trouble(request, Refused(Why.UNKNOWN), installing=True)
    known = installing.bound_to(actor=request.user, provider=SLUG, number=number)  # type: ignore[arg-type]
    if known is not None:
        return _asked_again(request, known)
    found = installing.candidates(actor=request.user, provider=SLUG, number=number)  # type: ignore[arg-type]
    return render(request, "checks/setup/github_which.html", {"found": found, "number": number})


def _asked_again(request: HttpRequest, integration: Integration) -> HttpResponse:
    """Nothing is to be believed: it is this one's installation already, and a check sees what changed."""
    try:
        verify.ask(integration=integration, actor=request.user, trigger=Run.Trigger.EDIT)  # type: ignore[arg-type]
    except Invalid as error:
        messages.warning(request, f"{integration.name} was not asked: {error.sentence()}")
    return redirect("integration", org=integration.organisation.slug, name=integration.name)


@require_POST
@organisation_page(Action.MANAGE)
def choose(request: OrganisationRequest, name: str) -> HttpResponse:
    """Use an installation of this App here: chosen by a person, proven by the App's own list."""
    integration = _mine(request, name)
    try:
        installing.adopt(integration=integration, actor=request.user, number=request.POST.get("installation_id", ""))
    except Refused as refused:
        return trouble(request, refused, installing=True)
    messages.success(request, f"{name} uses this installation now. Every prerequisite is asked.")
    return redirect("integration", org=request.organisation.slug, name=name)


# --- What they share -------------------------------------------------------------------------------------------------
def _provider() -> Any:
    if SLUG not in BY_SLUG:
        raise Http404
    return BY_SLUG[SLUG]


def _mine(request: OrganisationRequest, name: str) -> Integration:
    integration = find(request, name)
    if integration.provider != SLUG:
        raise Http404
    return integration


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _address(name: str) -> str:
    """The absolute address of a page that GitHub sends people back to."""
    return f"{settings.BASE_URL}{reverse(name)}"


def _posting_to(request: HttpRequest, base_url: str, response: HttpResponse) -> HttpResponse:
    """The page with a Content-Security-Policy that lets its form go to GitHub: this page's, and no other's."""
    parts = urlsplit(base_url)
    widened = csp_update({"form-action": [f"{parts.scheme}://{parts.netloc}"]})(lambda request: response)
    return widened(request)  # type: ignore[return-value]
