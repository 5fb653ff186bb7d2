"""Granted against required for a token of a Git host: the scopes of its `About` against those that the host told."""
from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from checks.providers.base import Context
from checks.providers.grants import could, grant_facts, with_facts
from checks.verdict import Verdict

if TYPE_CHECKING:
    from checks.providers.git_token import About, Granted

CLONE, BOTH = "clone", "clone and push"


def with_grant(ctx: Context, verdict: Verdict, told: Granted, need: Iterable[str]) -> Verdict:
    """The verdict with its table."""
    return with_facts(verdict, table(ctx, told, need))


def table(ctx: Context, told: Granted, need: Iterable[str]) -> dict[str, Any]:
    """need: the scopes that are required here, as the host spells them."""
    about: About = ctx.client.about
    pushes, needed = bool(ctx.settings.get("pushes")), list(need)
    covered = [scope for scope in needed if about.covers(told.scopes, scope)]
    missing = [scope for scope in needed if scope not in covered and (told.complete or scope in told.lacking)]
    too_much = [scope for scope in about.surplus(told.scopes, pushes) if scope not in needed]
    return grant_facts(
        {scope: _what_for(about, scope, pushes) for scope in needed}, told.scopes, covered=covered, missing=missing,
        lets={scope: could(scope, about.lets) for scope in too_much}, told=told.complete)


def _what_for(about: About, scope: str, pushes: bool) -> str:
    return about.needs.get(scope) or (BOTH if pushes and scope not in about.reads else CLONE)
