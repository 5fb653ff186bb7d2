"""What a form may offer for a service of a Git host: repositories, and the branches and tags of one of them.

A person waits for the answer, so it is bounded shorter than a check, and what goes wrong becomes a note: typing always works.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.git import GitRefusal, Refs
from checks.providers.clone_url import CloneUrl
from checks.providers.git_ref import ALL
from checks.providers.git_token import read_as_of
from checks.providers.pick import Picked, PickRepositories

SECONDS = 8.0
MOST = 5_000  # names of refs that are kept for a form; who has more types
INSTEAD = "Type it instead."
FIRST = "Type or choose the repository first: its branches and tags can then be chosen here."


@dataclass(frozen=True)
class RefChoice:
    """kind: "branch" or "tag"."""

    name: str
    kind: str
    is_default: bool = False


@dataclass(frozen=True)
class PickedRefs:
    """The branches and tags of one repository, the default branch first. note: as in Picked."""

    choices: tuple[RefChoice, ...] = ()
    note: str = ""


def repositories(pick: PickRepositories, client: Any, query: str, page: int) -> Picked:
    """One page of those that the credential can list."""
    try:
        with deadline.within(SECONDS):
            return pick(client, query, page)
    except ClientError as error:
        return Picked(note=f"{error.detail} {INSTEAD}")


def refs(client: Any, typed: str) -> PickedRefs:
    """Every branch and tag of what was typed, where that names a repository of this very host."""
    found = _asked(client, typed)
    if not found.url:
        what = f"“{found.shown}” {found.problem}" if found.shown else ""
        return PickedRefs(note=f"{what}: no branch can be listed for it." if what else FIRST)
    try:
        with deadline.within(SECONDS):
            answer = client.git.list_refs(found.url, prefixes=ALL)
    except ClientError as error:
        return PickedRefs(note=f"{error.detail} {INSTEAD}")
    return _refused(client, found, answer) if isinstance(answer, GitRefusal) else _listed(found, answer)


def _asked(client: Any, typed: str) -> CloneUrl:
    """What was typed, or the clone URL that was meant by it: both are read, so that neither leads off this host."""
    found = read_as_of(client, typed)
    if not found.url and found.suggested:
        meant = read_as_of(client, found.suggested)
        return meant if meant.url else found
    return found


def _refused(client: Any, found: CloneUrl, refusal: GitRefusal) -> PickedRefs:
    if refusal.status in (401, 404):
        why = f"{found.repository} does not exist, or this credential cannot see it (HTTP {refusal.status})."
    else:
        why = f"{client.host} did not list the branches of {found.repository} (HTTP {refusal.status})."
    return PickedRefs(note=f"{why} {INSTEAD}")


def _listed(found: CloneUrl, answer: Refs) -> PickedRefs:
    default = answer.default_branch
    branches = sorted(answer.branches, key=lambda name: (name != default, name.casefold()))
    tags = sorted(answer.tags, key=_by_number, reverse=True)
    choices = [RefChoice(name, "branch", name == default) for name in branches] + [RefChoice(name, "tag") for name in tags]
    if not choices:
        return PickedRefs(note=f"{found.repository} is empty: it has no branch and no tag yet.")
    cut = len(choices) > MOST or not answer.complete
    note = f"{found.repository} has more branches and tags than are listed here. If yours is missing, type it." if cut else ""
    return PickedRefs(tuple(choices[:MOST]), note)


def _by_number(name: str) -> list[tuple[int, str]]:
    """v1.10 is after v1.9."""
    parts: Iterable[str] = re.split(r"(\d{1,18})", name)
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in parts]


def matching(choices: Sequence[RefChoice], query: str) -> list[RefChoice]:
    """Those whose name holds the query, whatever its case; what begins with it first."""
    wanted = query.casefold()
    found = [choice for choice in choices if wanted in choice.name.casefold()]
    return sorted(found, key=lambda choice: not choice.name.casefold().startswith(wanted)) if wanted else found
