"""What a person is told when a set-up came to nothing, and the ways on from there."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from checks.actions.setup import Refused, Why
from checks.models import SetupState
from organisations.access import membership_of

NOTHING = "Nothing was changed here."
MADE = "If the App was made at GitHub all the same, delete it there, or bring it here with its keys."
# heading, text: of the step that makes an App, then of the one that installs it
TEXTS: dict[Why, tuple[tuple[str, str], tuple[str, str]]] = {
    Why.UNKNOWN: ((
        "This return from GitHub belongs to nothing that was begun here",
        f"{NOTHING} Begin in your Organisation; an address from elsewhere, or a changed one, is not used."),) * 2,
    Why.USED: ((
        "This step was done already", "A return from GitHub is used once. The second time it changes nothing."),) * 2,
    Why.EXPIRED: (
        ("That took longer than ten minutes", f"{NOTHING} {MADE}"),
        ("That took longer than ten minutes",
         f"{NOTHING} If the App is installed by now, begin once more and choose its repositories there.")),
    Why.SESSION: (
        ("This was begun in another session",
         f"{NOTHING} You signed in anew, or used another browser. Begin again here. {MADE}"),
        ("This was begun in another session",
         f"{NOTHING} You signed in anew, or used another browser. Begin again here.")),
    Why.PERSON: (("Somebody else began this", f"{NOTHING} Whoever began it ends it, signed in as themselves."),) * 2,
    Why.ROLE: ((
        "Your role does not allow this any more", f"{NOTHING} An owner or admin of the Organisation can do it."),) * 2,
    Why.NO_CODE: (
        ("GitHub came back without a code", f"{NOTHING} The App was not made, or its page was left early. {MADE}"),
        ("GitHub came back without an installation", f"{NOTHING} It was cancelled there, or its page was left early.")),
    Why.SPENT: (("GitHub's code is used up", f"{NOTHING} A code works once, within an hour. {MADE}"),) * 2,
    Why.AWAY: (
        ("GitHub could not be asked", "The App was made, and its keys wait at GitHub for an hour. Try again."),
        ("GitHub could not be asked", f"{NOTHING} The App may be installed already: try again.")),
    Why.GONE: (("The integration is no longer here", f"{NOTHING} It was disconnected meanwhile."),) * 2,
    Why.UNPROVEN: ((
        "This installation is not yours to use here",
        f"{NOTHING} GitHub does not list it as one of this App's that you may see. Install the App yourself, or have somebody "
        "do it who may."),) * 2,
    Why.HELD: ((
        "Another Organisation uses this installation",
        f"{NOTHING} One installation serves one Organisation. Disconnect it there first, or create an App of this "
        "Organisation's own."),) * 2,
    Why.INVALID: (("It could not be saved", f"{NOTHING} {MADE}"), ("It could not be saved", NOTHING)),
}


@dataclass(frozen=True)
class Way:
    """A way on. fields: of a form that is posted there; None for a link."""

    label: str
    link: str
    fields: dict[str, str] | None = None
    primary: bool = False


def trouble(request: HttpRequest, refused: Refused, *, installing: bool) -> HttpResponse:
    """The page of a refusal. It names what was begun only to the person who began it."""
    if refused.state is not None:
        request.membership = membership_of(request.user, refused.state.organisation.slug)  # type: ignore[attr-defined]
    heading, text = TEXTS[refused.why][installing]
    ways = _ways(refused, installing=installing)
    context = {"heading": heading, "text": text, "said": refused.sentence, "ways": ways, "state": refused.state}
    return render(request, "checks/setup/trouble.html", context, status=403 if refused.why is Why.ROLE else 400)


def _ways(refused: Refused, *, installing: bool) -> list[Way]:
    found = list(_of_integration(refused)) if refused.integration else _of_state(refused, installing=installing)
    return [*found, Way("Your Organisations", reverse("home"), primary=not found)]


def _of_integration(refused: Refused) -> list[Way]:
    integration = refused.integration
    assert integration is not None
    here = {"org": integration.organisation.slug, "name": integration.name}
    ways = [Way(f"Open {integration.name}", reverse("integration", kwargs=here), primary=refused.why is Why.USED)]
    if refused.why is Why.AWAY and refused.number:
        there = reverse("integration_installation", kwargs=here)
        return [Way("Try again", there, {"installation_id": refused.number}, primary=True), *ways]
    if refused.why is not Why.USED:
        return [Way("Install it at GitHub", reverse("integration_install", kwargs=here), primary=True), *ways]
    return ways


def _of_state(refused: Refused, *, installing: bool) -> list[Way]:
    state = refused.state
    if state is None:
        return []
    org = {"org": state.organisation.slug}
    if installing:
        return [Way("Integrations", reverse("integrations", kwargs=org), primary=True)]
    ways: list[Any] = [
        Way("Create an App anew", reverse("setup_github", kwargs=org), primary=refused.why is not Why.AWAY),
        Way("Bring the App that was made", f"{reverse('integration_new', kwargs={**org, 'provider': state.provider})}?how=bring")]
    if refused.why is Why.AWAY and state.step == SetupState.Step.CREATE:
        ways.insert(0, Way("Try again", reverse("setup_github_again"), {"setup": str(state.pk)}, True))
    return ways
