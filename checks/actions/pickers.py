"""What a form offers to choose from, asked of the provider while a person fills it in. Nothing of it is stored.

An answer is kept for a minute, for this person and this version of the integration: typing asks much the same again and
again. The credential is in neither the key nor the value, and its spellings are taken out of what came back.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache

from checks.actions.connect import provider_of
from checks.engine import known
from checks.engine.keys import keyring
from checks.masking import Mask
from checks.models import Integration
from checks.providers import git_choices
from checks.providers.base import Provider
from checks.providers.git_choices import INSTEAD, PickedRefs, RefChoice
from checks.providers.pick import PAGE_SIZE, Picked
from checks.vault import BadKey, CannotOpen
from organisations.access import Action, require
from organisations.models import User

KEPT_SECONDS = 60
LAST_PAGE = 50
LONGEST = 2_000
REFS_A_PAGE = 2 * PAGE_SIZE
Answer = TypeVar("Answer", Picked, PickedRefs)


class CannotAsk(Exception):
    """Why the provider was not asked, as one plain sentence."""


@dataclass(frozen=True)
class RefsPage:
    """One page of a repository's branches and tags."""

    choices: tuple[RefChoice, ...] = ()
    more: bool = False
    note: str = ""


def is_git(provider: Provider) -> bool:
    """Whether its services name a repository and a ref, so that these can be chosen."""
    return any({"repository", "ref"} <= set(fields) for fields in provider.service_fields.values())


def repositories(*, integration: Integration, actor: User | None, query: str, page: int = 1) -> Picked:
    """One page of what the credential can list and whose name holds the query; a note where it cannot be asked."""
    require(actor, integration.organisation, Action.MANAGE)
    provider, query, page = provider_of(integration.provider), query.strip()[:LONGEST], min(max(page, 1), LAST_PAGE)
    pick = provider.pick
    if pick is None:
        return Picked(note=f"{provider.name} does not list repositories. {INSTEAD}")

    def ask() -> Picked:
        client, mask = _client(integration, provider)
        picked = git_choices.repositories(pick, client, query, page)
        choices = tuple(replace(c, url=mask.text(c.url), name=mask.text(c.name), ref=mask.text(c.ref))
                        for c in picked.choices)
        return replace(picked, choices=choices, note=mask.said(picked.note))

    try:
        return _kept(_key(integration, actor, "repositories", query, page), ask)
    except CannotAsk as why:
        return Picked(note=str(why))


def refs(
    *, integration: Integration, actor: User | None, repository: str, query: str = "", page: int = 1,
) -> RefsPage:
    """One page of the branches and tags of a repository as it was typed, the default branch first."""
    require(actor, integration.organisation, Action.MANAGE)
    provider, typed = provider_of(integration.provider), repository.strip()[:LONGEST]

    def ask() -> PickedRefs:
        client, mask = _client(integration, provider)
        picked = git_choices.refs(client, typed)
        choices = tuple(replace(choice, name=mask.text(choice.name)) for choice in picked.choices)
        return replace(picked, choices=choices, note=mask.said(picked.note))

    if not typed:
        return RefsPage(note=git_choices.FIRST)
    try:
        picked = _kept(_key(integration, actor, "refs", typed, 0), ask)
    except CannotAsk as why:
        return RefsPage(note=str(why))
    found = git_choices.matching(picked.choices, query.strip()[:LONGEST])
    start = (max(page, 1) - 1) * REFS_A_PAGE
    end = start + REFS_A_PAGE
    return RefsPage(tuple(found[start:end]), len(found) > end, picked.note)


def _client(integration: Integration, provider: Provider) -> tuple[Any, Mask]:
    """As a run makes it, and what takes its credentials out of a text."""
    if known.missing_credentials(integration, provider):
        raise CannotAsk(f"{integration.name} lacks its credential, so nothing can be listed. {INSTEAD}")
    try:
        credentials = integration.unseal(provider.endpoint(integration.settings), keyring())
    except (CannotOpen, BadKey):
        raise CannotAsk(f"The credential of {integration.name} cannot be opened now. {INSTEAD}") from None
    return provider.connect(integration.settings, credentials), Mask(list(credentials.values()))


def _key(integration: Integration, actor: User | None, what: str, query: str, page: int) -> str:
    """Only this person meets this answer again, and not after an edit."""
    asked = sha256(query.encode("utf-8", "replace")).hexdigest()
    return f"pick:{integration.pk}:{integration.generation}:{actor.pk if actor else 0}:{what}:{asked}:{page}"


def _kept(key: str, ask: Callable[[], Answer]) -> Answer:
    """The answer of the last minute, or a new one. A no is not kept: whoever mends it asks again at once."""
    found: Answer | None = cache.get(key)
    if found is not None:
        return found
    answer = ask()
    if answer.choices or not answer.note:
        cache.set(key, answer, KEPT_SECONDS)
    return answer
