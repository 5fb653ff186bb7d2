"""Whether a row that could not be checked turned together with others: then it is the host's trouble, or this program's
own. Pure."""
from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from checks.changes.base import Change, Peer, Scene, Sure

TOGETHER = timedelta(minutes=15)


def outage(scene: Scene) -> Iterator[Change]:
    if not scene.row.is_outage or scene.row.red_at is None:
        return
    peers = [peer for peer in scene.peers if peer.name != scene.place.name and _together(peer.at, scene.row.red_at)]
    same = [peer for peer in peers if peer.host == scene.place.host]
    others = {peer.host for peer in peers} - {scene.place.host}
    if same:
        yield Change(f"Looks like an outage at {scene.place.host}: {len(same) + 1} integrations turned at the same time.",
                     Sure.LIKELY, _first(scene.row.red_at, same))
    if others:
        yield Change(f"Integrations at {len(others) + 1} different hosts turned at the same time: it may be this program’s own "
                     "way to the network.", Sure.COINCIDENCE if same else Sure.LIKELY, _first(scene.row.red_at, peers))


def _together(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= TOGETHER


def _first(at: datetime, peers: list[Peer]) -> datetime:
    return min([at, *(peer.at for peer in peers)])
