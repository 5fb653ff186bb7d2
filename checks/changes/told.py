"""What the provider told by webhook between green and red: a word of its own, though only a hint. Pure."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from checks.changes.base import Change, Event, Scene, Sure
from checks.verdict import Layer

LATE = timedelta(minutes=2)  # a webhook may come after the check that it explains
# (event, action) -> what it tells, and the layers in which it accounts for a row.
ACCESS = frozenset({Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.GIT_TOKEN})
REPOSITORY = frozenset({*ACCESS, Layer.CLONE_URL, Layer.BRANCH_MISSING})
MEANS: dict[tuple[str, str], tuple[str, frozenset[Layer]]] = {
    ("installation", "suspend"): ("the installation was suspended", ACCESS),
    ("installation", "deleted"): ("the App was uninstalled", ACCESS),
    ("installation", "unsuspend"): ("the installation was taken up again", ACCESS),
    ("installation", "created"): ("the App was installed", ACCESS),
    ("installation", "new_permissions_accepted"): ("an owner accepted other permissions", ACCESS),
    ("installation_repositories", "removed"): ("repositories were taken off the installation’s list", REPOSITORY),
    ("installation_repositories", "added"): ("repositories were put on the installation’s list", frozenset()),
    ("installation_target", "renamed"): ("the account was renamed", REPOSITORY),
    ("repository", "renamed"): ("{repository} was renamed", REPOSITORY),
    ("repository", "transferred"): ("{repository} was given to another account", REPOSITORY),
    ("repository", "deleted"): ("{repository} was deleted", REPOSITORY),
    ("repository", "archived"): ("{repository} was archived", REPOSITORY),
    ("repository", "privatized"): ("{repository} was made private", REPOSITORY),
    ("repository", "publicized"): ("{repository} was made public", REPOSITORY),
    ("repository", "edited"): ("the settings of {repository} were edited", REPOSITORY),
    ("delete", ""): ("{ref} of {repository} was deleted", frozenset({Layer.BRANCH_MISSING})),
    ("create", ""): ("{ref} of {repository} was made", frozenset()),
    ("meta", "deleted"): ("the webhook was deleted", frozenset({Layer.WEBHOOK})),
}
OF_ONE = ("installation_repositories", "repository", "delete")
NAMES = tuple(dict.fromkeys(name for name, _ in MEANS))


def told(scene: Scene) -> Iterator[Change]:
    for event in scene.events:
        if event.is_hook and event.subject == scene.place.name and _near(scene, event) and _concerns(scene, event):
            means = MEANS.get((event.what, event.action))
            if means is not None:
                yield _change(scene, event, *means)


def _near(scene: Scene, event: Event) -> bool:
    return scene.within(event.at) or scene.within(event.at - LATE)


def _concerns(scene: Scene, event: Event) -> bool:
    """What is told of another repository, or of another branch, is no matter of this row."""
    mine = {str(facts.get("repository") or "").casefold() for facts in _facts(scene)} - {""}
    if event.repository and mine and event.repository.casefold() not in mine:
        return False
    refs = {str(facts.get("ref") or "") for facts in _facts(scene)} - {""}
    return not (event.what in ("delete", "create") and refs and _short(event.ref) not in refs)


def _facts(scene: Scene) -> Iterator[dict[str, object]]:
    for row in (scene.row, *(found for slug in ("url_well_formed", "ref_exists") if (found := scene.sibling(slug)))):
        yield from (dict(row.before), dict(row.now))


def _change(scene: Scene, event: Event, text: str, layers: frozenset[Layer]) -> Change:
    said = text.format(repository=event.repository or "a repository", ref=_short(event.ref) or "a branch")
    of_one = event.what in OF_ONE and not scene.row.service  # what holds for all services is no matter of one repository
    sure = Sure.LIKELY if scene.row.layer in layers and not of_one else Sure.COINCIDENCE
    if sure is Sure.LIKELY and event.what in ("repository", "delete", "installation"):
        sure = Sure.EXPLAINS if event.action not in ("edited", "unsuspend", "created", "publicized") else Sure.LIKELY
    return Change(f"{scene.place.provider} told that {said}.", sure, event.at)


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
