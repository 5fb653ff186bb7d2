"""What a row's facts held when it was green, against what they hold now. Pure: each rule reads the keys that providers
keep, and says nothing where one of the two is missing."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from checks.changes.base import CREDENTIAL, Change, Facts, Scene, Sure, Turned
from checks.verdict import Layer

Rule = Callable[[Scene], Iterator[Change]]
SHOWN = 5
ONE_RUN = timedelta(minutes=1)  # the rows of one run land one after the other
# Facts that are compared as they are: how each is called.
WATCHED = {"account": "The account", "installation": "The installation", "user": "The user",
           "default_branch": "The default branch", "software": "What answers on the port", "media_type": "The image’s format",
           "full_name": "The repository’s name", "kind": "The kind of ref", "region": "The region", "arn": "The principal"}
EXPIRIES = ("token_not_expiring", "credential_not_expiring")
CERTIFICATE = "certificate_expires_at"


def differences(scene: Scene) -> Iterator[Change]:
    for rule in RULES:
        yield from rule(scene)


def _grants(scene: Scene) -> Iterator[Change]:
    """Its own grants, else those that another row of the same credential lost at the same time."""
    for row in (scene.row, *scene.siblings.values()):
        lost = _lost(row)
        mine = row is scene.row
        if not lost or not (mine or scene.row.layer in CREDENTIAL or scene.row.layer == Layer.WEBHOOK):
            continue
        if not mine and (row.service or not _by_then(row, scene.row)):
            continue
        told = "" if mine else f", says “{row.title}”"
        yield Change(f"No longer granted: {_listed(lost)}{told}.", Sure.EXPLAINS if mine else Sure.LIKELY)
        return


def _by_then(row: Turned, other: Turned) -> bool:
    """Whether it had turned when the other one did."""
    return row.red_at is not None and other.red_at is not None and row.red_at <= other.red_at + ONE_RUN


def _lost(row: Turned) -> list[str]:
    if "granted" not in row.before or "granted" not in row.now or not (row.now.get("told_in_full") or row.now.get("missing")):
        return []
    now, missing = _names(row.now, "granted"), _names(row.now, "missing")
    whole = bool(row.now.get("told_in_full"))
    return [name for name in _names(row.before, "granted") if name not in now and (whole or name in missing)]


def _expiry(scene: Scene) -> Iterator[Change]:
    """The end of the credential, as it was known, lies in the window."""
    if scene.row.layer not in CREDENTIAL or scene.row.green_at is None or scene.row.red_at is None:
        return
    for row in filter(None, map(scene.sibling, EXPIRIES)):
        end = _day(row.before, "expires_on") or _day(row.now, "expires_on")
        if end is not None and scene.row.green_at.date() <= end <= scene.row.red_at.date():
            at = max(scene.row.green_at, datetime.combine(end, time(), UTC))
            yield Change(f"The credential’s end, {end:%-d %B %Y}, was reached.", Sure.EXPLAINS, min(at, scene.row.red_at))
            return


def _certificate(scene: Scene) -> Iterator[Change]:
    end = _day(scene.row.before, CERTIFICATE)
    if end is not None and scene.row.red_at is not None and end <= scene.row.red_at.date():
        yield Change(f"The host’s certificate ended on {end:%-d %B %Y}.", Sure.EXPLAINS)


def _list(scene: Scene) -> Iterator[Change]:
    """The repositories that an installation reaches."""
    before, now = scene.row.before.get("selection"), scene.row.now
    active = scene.sibling("installation_active")
    selection = now.get("selection") or (active.now.get("selection") if active else None)
    name = str(scene.row.before.get("repository") or "the repository")
    if scene.row.slug != "repository_allowed" or before is None:
        return
    if before == "all" and selection == "selected":
        yield Change(f"The installation reached all repositories, and reaches chosen ones only now: {name} is not among them.",
                     Sure.EXPLAINS)
    elif before == "selected" and "near" in now:
        yield Change(f"{name} was on the installation’s list, and is not on it any more.", Sure.EXPLAINS)


def _ref(scene: Scene) -> Iterator[Change]:
    before, now = scene.row.before, scene.row.now
    if scene.row.slug != "ref_exists" or not before.get("object_id"):
        return
    kind, ref, oid = (str(before.get(key) or "") for key in ("kind", "ref", "object_id"))
    if now.get("ref") not in (None, ref):
        return  # another one is asked for: the edit tells it
    if now.get("empty"):
        yield Change(f"The repository was emptied: its {kind} {ref} was at {oid[:12]}.", Sure.EXPLAINS)
    elif not now.get("object_id") and scene.row.status == "fail":
        yield Change(f"The {kind} {ref} was there, at {oid[:12]}, and was deleted or renamed.", Sure.EXPLAINS)


def _image(scene: Scene) -> Iterator[Change]:
    before, now = scene.row.before, scene.row.now
    if scene.row.slug != "image_exists" or not before.get("image"):
        return
    then, today, name = str(before.get("digest") or ""), str(now.get("digest") or ""), str(before["image"])
    if now.get("image") not in (None, name):
        return
    if today and then and today != then:
        yield Change(f"{name} was pushed anew: it was {then[:19]}…, and is {today[:19]}… now.", Sure.EXPLAINS)
    elif not today and scene.row.status == "fail":
        yield Change(f"{name} was there{f', at {then[:19]}…' if then else ''}, and was deleted, or its tag was.", Sure.EXPLAINS)


def _host_key(scene: Scene) -> Iterator[Change]:
    then, today = (_inner(facts, "trust", "fingerprint") for facts in (scene.row.before, scene.row.now))
    if then and today and then != today:
        yield Change(f"The node presented {then}, and presents {today} now: it was set up anew, or it is another machine.",
                     Sure.EXPLAINS)


def _hook(scene: Scene) -> Iterator[Change]:
    before, now = scene.row.before, scene.row.now
    if scene.row.slug == "webhook_configured" and before.get("url") and "url" in now and before["url"] != now["url"]:
        so = f"goes to {now['url']} now" if now["url"] else "was deleted"
        yield Change(f"The webhook went to {before['url']}, and {so}.", Sure.EXPLAINS)
    lost = [name for name in _names(before, "events") if name not in _names(now, "events")] if "events" in now else []
    if lost:
        yield Change(f"No longer subscribed to: {_listed(lost)}.", Sure.EXPLAINS)


def _public(scene: Scene) -> Iterator[Change]:
    """A repository that anybody could read until now; or, by another row, one that was archived or made private."""
    if scene.row.before.get("public") is True and scene.row.layer in CREDENTIAL and scene.row.now.get("public") is not True:
        yield Change("It was public when this was green, so that no credential was needed.", Sure.LIKELY)
    about = scene.sibling("repository_visible")
    for row in {id(one): one for one in (scene.row, about) if one is not None}.values():
        if row.before.get("archived") is False and row.now.get("archived") is True:
            yield Change("The repository was archived.", Sure.LIKELY)


def _watched(scene: Scene) -> Iterator[Change]:
    before, now = scene.row.before, scene.row.now
    for name, called in WATCHED.items():
        then, today = before.get(name), now.get(name)
        plain = isinstance(then, str) and isinstance(today, str)
        if plain and then and today and then != today:
            yield Change(f"{called} was {then}, and is {today} now.", Sure.LIKELY)


RULES: tuple[Rule, ...] = (_grants, _expiry, _certificate, _list, _ref, _image, _host_key, _hook, _public, _watched)


def _names(facts: Facts, key: str) -> list[str]:
    value = facts.get(key)
    return [str(name) for name in value] if isinstance(value, (list, tuple)) else []


def _inner(facts: Facts, key: str, name: str) -> str:
    inner = facts.get(key)
    return str(inner.get(name) or "") if isinstance(inner, dict) else ""


def _day(facts: Facts, key: str) -> date | None:
    try:
        return date.fromisoformat(str(facts.get(key) or "")[:10])
    except ValueError:
        return None


def _listed(names: list[str]) -> str:
    more = len(names) - SHOWN
    shown = names if more <= 0 else [*names[:SHOWN], f"{more} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
