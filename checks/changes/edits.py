"""What was done here between green and red: edits of the integration, of the service, a host key that was trusted. Pure."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from checks.changes.base import CREDENTIAL, Change, Event, Scene, Sure
from checks.verdict import Layer

EDITED, TRUSTED = "edited", "trusted the host key of"
SERVICE_VERBS = ("edited service", "corrected service", "put back service")
RESTED = {"paused": "It was paused.", "resumed": "It was taken up again after a pause.",
          "disconnected": "It was disconnected.", "restored": "It was connected again after it had been disconnected."}
VERBS = (EDITED, TRUSTED, *SERVICE_VERBS, *RESTED)
DROPPED = " (dropped"
OF_THE_WEBHOOK = "webhook_secret"
# For a service: what of its target a row rests on.
ASKS = {"ref_exists": ("ref",), "image_exists": ("image",), "url_well_formed": ("repository",)}
WORDS = {"ref": "branch or tag", "repository": "repository", "image": "image"}
AWAY = frozenset({Layer.DNS, Layer.TLS, Layer.NETWORK, Layer.CLOCK, Layer.PROVIDER_OUTAGE})


def edits(scene: Scene) -> Iterator[Change]:
    """Newest first within each kind, as the events come."""
    for event in scene.events:
        if event.is_hook or not scene.within(event.at):
            continue
        if event.subject == scene.place.name:
            yield from _of_integration(scene, event)
        elif event.subject == scene.row.service and event.what in SERVICE_VERBS:
            yield from _of_service(scene, event)


def _of_integration(scene: Scene, event: Event) -> Iterator[Change]:
    if event.what == EDITED:
        yield from _edited(scene, event)
    elif event.what == TRUSTED:
        sure = Sure.LIKELY if scene.row.layer in (Layer.SSH_HOST, Layer.SSH_AUTH) else Sure.COINCIDENCE
        fingerprint = str(event.details.get("fingerprint") or "")
        yield Change("Another host key was trusted.", sure, event.at, event.who, fingerprint, True)
    elif event.what in RESTED:
        yield Change(RESTED[event.what], Sure.COINCIDENCE, event.at, event.who, "", True)


def _edited(scene: Scene, event: Event) -> Iterator[Change]:
    told = event.details.get("changed")
    changed = [str(name) for name in told] if isinstance(told, (list, tuple)) else []
    dropped = [name.partition(DROPPED)[0] for name in changed if DROPPED in name]
    secrets = [name for name in changed if name in scene.place.secrets]
    settings = [name for name in changed if name not in secrets and DROPPED not in name]
    if settings:
        yield Change(f"Its settings were edited ({_listed(settings)}).", _of_settings(scene), event.at, event.who,
                     difference(event.details, settings), True)
    if secrets:
        yield Change(f"The {_listed(secrets)} {'were' if len(secrets) > 1 else 'was'} replaced.", _of_credential(scene, secrets),
                     event.at, event.who, "", True)
    elif dropped:
        yield Change("Its credential was dropped, for its address changed.", Sure.LIKELY, event.at, event.who, "", True)


def _of_settings(scene: Scene) -> Sure:
    return Sure.LIKELY if scene.row.layer != Layer.CLOCK else Sure.COINCIDENCE


def _of_credential(scene: Scene, secrets: Sequence[str]) -> Sure:
    layer = scene.row.layer
    if list(secrets) == [OF_THE_WEBHOOK]:
        return Sure.LIKELY if layer == Layer.WEBHOOK else Sure.COINCIDENCE
    return Sure.LIKELY if layer in CREDENTIAL or (scene.row.trigger == "edit" and layer not in AWAY) else Sure.COINCIDENCE


def _of_service(scene: Scene, event: Event) -> Iterator[Change]:
    before, after = _target(event.details.get("before")), _target(event.details.get("after"))
    fields = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    if not fields:
        return
    asked = ASKS.get(scene.row.slug, ())
    sure = Sure.EXPLAINS if set(asked) & set(fields) else Sure.LIKELY
    if scene.row.slug in ASKS and sure is Sure.LIKELY and "repository" not in fields:
        sure = Sure.COINCIDENCE
    named = _listed([WORDS.get(name, name) for name in fields])
    detail = difference({"before": before, "after": after}, fields)
    yield Change(f"{scene.row.service} was edited ({named}).", sure, event.at, event.who, detail, True)


def difference(details: Mapping[str, Any], names: Sequence[str]) -> str:
    """`ref: main → release`, of what an event holds before and after."""
    before, after = _target(details.get("before")), _target(details.get("after"))
    return "; ".join(f"{name.replace('_', ' ')}: {_said(before.get(name))} → {_said(after.get(name))}" for name in names
                     if name in before or name in after)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:120] if value not in (None, "") else "nothing"


def _target(value: Any) -> dict[str, Any]:
    return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _listed(names: Sequence[str]) -> str:
    plain = [name.replace("_", " ") for name in names]
    return " and ".join(filter(None, (", ".join(plain[:-1]), plain[-1])))
