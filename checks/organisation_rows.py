"""The Organisation's own rows: computed for the person who looks, never stored, and without the network."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checks.diagnosis.redact import find
from checks.diagnosis.variable_words import Told, told
from checks.engine import upstream
from checks.models import Integration, Service
from checks.providers import TOKEN_HOLDERS
from checks.verdict import Status, Verdict, fail, passed, warn
from organisations.access import MAY, Action, may, who_can
from organisations.models import Membership, Role

SLUG = "organisation"
MOST_NAMED = 3  # places in a sentence; all of them are in the facts
REVOKE = ("Revoke that token at its provider, take it out of the text, and give the new one to an integration, which "
          "seals it. secret() makes random values of your own: it is no place for a provider's token.")
MOST_PAIRS = 5  # named on a page
DECLARED = {
    "right_organisation": "You are in the right Organisation",
    "role_can_manage": "Your role allows managing integrations",
    "secrets_kept_out": "No token is written where others read it",
}


@dataclass(frozen=True)
class OrganisationRow:
    slug: str
    title: str
    verdict: Verdict


def rows_for(membership: Membership, integrations: Sequence[Integration], services: Sequence[Service]) -> list[OrganisationRow]:
    """The three rows for this person, in the order of the checklist. Three queries, and one each for whom to ask."""
    verdicts = {
        "right_organisation": right_organisation(membership, integrations),
        "role_can_manage": role_can_manage(membership),
        "secrets_kept_out": secrets_kept_out(integrations, services),
    }
    return [OrganisationRow(slug, title, verdicts[slug]) for slug, title in DECLARED.items()]


def right_organisation(membership: Membership, integrations: Sequence[Integration]) -> Verdict:
    """Warns when the same upstream account is connected in another Organisation of the same person.

    Its fact `same` lists each pair: integration, other, organisation (a slug), organisation_name, account, may_move (the
    person manages both Organisations) and who_can (who manages the other one, where that person does not).
    """
    mine = membership.organisation
    same = upstream.same(integrations, upstream.elsewhere(membership.user, mine) if integrations else [])
    if not same:
        return passed(f"You looked at {mine.name} ({mine.slug}); what is connected here serves the deploys of {mine.name} alone.")
    first, theirs = same[0], same[0].other.organisation
    return warn(
        f"“{first.here.name}” of {mine.name} and “{first.other.name}” of {theirs.name} were connected to the same account: "
        f"{first.account}" + (f"; {_count(same[1:], 'more pair')} likewise." if same[1:] else "."),
        also_in=theirs.slug, same=[_pair(membership, one) for one in same[:MOST_PAIRS]],
        remedy=f"Did you mean {theirs.name}? Move it there, disconnect it in the Organisation where it does not belong, or give "
               "each Organisation a credential of its own.")


def _pair(membership: Membership, one: upstream.Same) -> dict[str, Any]:
    theirs = one.other.organisation
    manages = Action.MANAGE in MAY[Role(one.role)]
    return {"integration": one.here.name, "other": one.other.name, "organisation": theirs.slug, "account": one.account,
            "organisation_name": theirs.name, "may_move": manages and may(membership, Action.MANAGE),
            "who_can": [] if manages else [str(user) for user in who_can(theirs, Action.MANAGE)]}


def role_can_manage(membership: Membership) -> Verdict:
    """A pass for owners and admins; for others, who can."""
    role = membership.get_role_display()
    if may(membership, Action.MANAGE):
        return passed(f"You were signed in as {membership.user.email}, {role.lower()} of {membership.organisation.name}.")
    names = ", ".join(str(user) for user in who_can(membership.organisation, Action.MANAGE)) or "nobody yet"
    return warn(f"You were signed in as {membership.user.email}, {role.lower()} of {membership.organisation.name}: "
                "you can read everything here and change no integration.",
                remedy=f"Ask one of those who can: {names}.")


def secrets_kept_out(integrations: Sequence[Integration], services: Sequence[Service]) -> Verdict:
    """Looks for literal provider tokens in names, notes, clone URLs and pasted Service variables."""
    written = [place for place, text in _texts(integrations, services) if _holds_token(text)]
    held = _variables(services)
    places = [*written, *(f"variable {one.name} of service “{s.name}”" for s, one in held)]
    if not places:
        return passed(f"No provider token was found in the names, notes, clone URLs and variables of "
                      f"{_count(integrations, 'integration')} and {_count(services, 'service')}.")
    said = [f"What looks like a provider's token was written in {written[0]}."] if written else []
    said += [_of(s, one) for s, one in held[:MOST_NAMED]]
    more = max(0, len(written) - 1) + max(0, len(held) - MOST_NAMED)
    evidence = " ".join([*said, f"There {'is' if more == 1 else 'are'} {more} more." if more else ""]).strip()
    if written or any(one.status == Status.FAIL for _, one in held):
        return fail(evidence, places=places, remedy=REVOKE)
    return warn(evidence, places=places, remedy="Each variable's own line on the page of its service says what to write instead.")


def _variables(services: Sequence[Service]) -> list[tuple[Service, Told]]:
    """Those to speak of, the worst first."""
    found = [(s, told(v, TOKEN_HOLDERS)) for s in services for v in s.variables if isinstance(v, dict)]
    return sorted(((s, one) for s, one in found if one.counts), key=lambda pair: pair[1].status != Status.FAIL)


def _of(service: Service, one: Told) -> str:
    """Variable GITHUB_TOKEN of service “shop” holds a GitHub token: …"""
    where = f"variable {one.name} of service “{service.name}”"
    named = one.sentence.startswith(f"{one.name} ")
    return f"V{where[1:]} {one.sentence.removeprefix(f'{one.name} ')}" if named else f"V{where[1:]}: {one.sentence}"


def _count(rows: Sequence[object], noun: str) -> str:
    return f"{len(rows)} {noun}" if len(rows) == 1 else f"{len(rows)} {noun}s"


def _texts(integrations: Iterable[Integration], services: Iterable[Service]) -> Iterable[tuple[str, str]]:
    for i in integrations:
        yield f"the name of “{i.name}”", i.name
        yield f"the notes of “{i.name}”", i.notes
        for field, value in i.settings.items():
            yield f"{field} of “{i.name}”", str(value)
    for s in services:
        yield f"the name of service “{s.name}”", s.name
        yield f"the notes of service “{s.name}”", s.notes
        for field, value in s.target.items():
            yield f"{field} of service “{s.name}”", str(value)


def _holds_token(text: str) -> bool:
    if len(text) < 8:
        return False
    return any(match.provider_token and not _is_key_id(text, match) for match in find(text)) or _has_password(text)


def _is_key_id(text: str, match: Any) -> bool:
    """An access key id is a name, and a setting here: it is no secret by itself."""
    return text[match.start:match.end].startswith(("AKIA", "ASIA"))


def _has_password(text: str) -> bool:
    try:
        return "://" in text and urlsplit(text.strip()).password is not None
    except ValueError:
        return False
