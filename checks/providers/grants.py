"""Granted against required, as a verdict's facts carry it. Pure: names and phrases, no secret.

`required` and `granted` are lists of the provider's own names. `covered`: the required ones that something granted
includes, whatever it is called; `missing`: those that were seen to be lacking. `told_in_full` False: what is in neither was
not told. `needed_for`: what each required one is for. `lets`: what is granted and needed by nothing, each with what it
would let somebody do who gets hold of the credential, as in "could …".
"""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from checks.verdict import Verdict

# For names that a provider has no phrase of its own for: the first word that is found in one decides.
BY_WORD = (
    ("admin", "change settings, and who gets in"), ("owner", "change settings, and who gets in"),
    ("delete", "delete what it reaches"), ("manage", "change how things run there"), ("write", "change what it reaches"),
    ("publish", "publish in the account's name"), ("create", "make new things in the account's name"))
READS = "read what no deploy needs"


def could(name: str, own: Mapping[str, str]) -> str:
    """What a grant would let its holder do: in the provider's own phrase, else by the words of its name."""
    if name in own:
        return own[name]
    lower = name.lower()
    return next((phrase for word, phrase in BY_WORD if word in lower), READS)


def grant_facts(
    required: Mapping[str, str], granted: Collection[str], *, covered: Collection[str] = (), missing: Collection[str] = (),
    lets: Mapping[str, str] | None = None, told: bool = True,
) -> dict[str, Any]:
    """required: each name with what it is for; the rest as the module says."""
    facts: dict[str, Any] = {"required": list(required), "granted": list(granted), "told_in_full": told,
                             "needed_for": {name: what for name, what in required.items() if what}}
    for key, value in (("covered", list(covered)), ("missing", list(missing)), ("lets", dict(lets or {}))):
        if value:
            facts[key] = value
    return facts


def with_facts(verdict: Verdict, facts: Mapping[str, Any]) -> Verdict:
    """The verdict with these facts beside its own."""
    return replace(verdict, facts={**verdict.facts, **facts})
