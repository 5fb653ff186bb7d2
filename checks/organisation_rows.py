"""The Organisation's own rows: computed for the person who looks, never stored, and without the network."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checks.diagnosis.redact import find
from checks.models import Integration, Service
from checks.providers import BY_SLUG
from checks.verdict import Verdict, fail, passed, warn
from organisations.access import Action, may, who_can
from organisations.models import Membership

SLUG = "organisation"
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
    """The three rows for this person, in the order of the checklist. Two queries at most."""
    verdicts = {
        "right_organisation": right_organisation(membership, integrations),
        "role_can_manage": role_can_manage(membership),
        "secrets_kept_out": secrets_kept_out(integrations, services),
    }
    return [OrganisationRow(slug, title, verdicts[slug]) for slug, title in DECLARED.items()]


def right_organisation(membership: Membership, integrations: Sequence[Integration]) -> Verdict:
    """Warns when the same upstream account is connected in another Organisation of the same person."""
    mine = membership.organisation
    elsewhere = list(Integration.objects.filter(
        removed_at=None, organisation__memberships__user=membership.user).exclude(
        organisation=mine).select_related("organisation")) if integrations else []
    for here in integrations:
        for other in elsewhere:
            if (account := _same_account(here, other)):
                return warn(
                    f"“{here.name}” of {mine.name} and “{other.name}” of {other.organisation.name} were connected to the "
                    f"same account: {account}.", also_in=other.organisation.slug,
                    remedy=f"Did you mean {other.organisation.name}? Disconnect it in the Organisation where it does not "
                           "belong, or give each Organisation a credential of its own.")
    return passed(f"You looked at {mine.name} ({mine.slug}); what is connected here serves the deploys of {mine.name} alone.")


def _same_account(one: Integration, other: Integration) -> str:
    """The upstream account that both name, in words, or ""."""
    provider = BY_SLUG.get(one.provider)
    if provider is None or one.provider != other.provider or provider.endpoint(one.settings) != provider.endpoint(other.settings):
        return ""
    account = provider.account(one.settings)
    if account and account == provider.account(other.settings):
        return account
    prints = _fingerprints(one) & _fingerprints(other)
    return f"the same credential at {provider.summary(one.settings)}" if prints else ""


def _fingerprints(integration: Integration) -> set[str]:
    return {facts["fingerprint"] for facts in integration.credential_facts.values() if "fingerprint" in facts}


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
    places = [place for place, text in _texts(integrations, services) if _holds_token(text)]
    places += [f"variable {v['name']} of service “{s.name}”" for s in services for v in s.variables
               if isinstance(v, dict) and v.get("looks_like") == "token"]
    if not places:
        return passed(f"No provider token was found in the names, notes, clone URLs and variables of "
                      f"{_count(integrations, 'integration')} and {_count(services, 'service')}.")
    return fail(
        f"What looks like a provider's token was written in {places[0]}" +
        (f" and {_count(places[1:], 'more place')}." if len(places) > 1 else "."), places=places,
        remedy="Revoke that token at its provider, take it out of the text, and give the new one to an integration, which "
               "seals it. secret() makes random values of your own: it is no place for a provider's token.")


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
