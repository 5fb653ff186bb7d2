"""What the telling starts from and what it gives. Moments are aware datetimes; texts hold no secret and no person's name
but in `who` and `detail`, which are for those who may read the audit trail."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from checks.verdict import Cause, Layer, Status

Facts = Mapping[str, Any]


class Sure(IntEnum):
    """How far a change accounts for the row: the very thing that it asks about, a thing that it rests on, or no more than
    the same time."""

    EXPLAINS = 3
    LIKELY = 2
    COINCIDENCE = 1

    @property
    def word(self) -> str:
        return {3: "explains it", 2: "likely", 1: "same time, perhaps no more"}[self.value]


@dataclass(frozen=True)
class Turned:
    """One row and when it turned. green_at: it was last seen green; red_at: it was first seen otherwise.

    before: its facts when it was green, empty where they were not kept. now: its facts of today.
    trigger: what started the run that first saw it, as Run.Trigger has it.
    """

    slug: str
    title: str
    status: str
    service: str = ""
    cause: str = ""
    layer: str = ""
    green_at: datetime | None = None
    red_at: datetime | None = None
    before: Facts = field(default_factory=dict)
    now: Facts = field(default_factory=dict)
    trigger: str = ""

    @property
    def is_red(self) -> bool:
        return self.status in (Status.FAIL, Status.UNKNOWN, Status.WARN)

    @property
    def is_outage(self) -> bool:
        return self.status == Status.UNKNOWN and self.cause in (Cause.PROVIDER, Cause.OURS)


@dataclass(frozen=True)
class Event:
    """Something that was done here (`what` is the audit trail's verb), or, with is_hook, what the provider told by a webhook
    (its name; action, repository and ref as it spelled them)."""

    at: datetime
    what: str
    subject: str
    who: str = ""
    details: Facts = field(default_factory=dict)
    is_hook: bool = False
    action: str = ""
    repository: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Peer:
    """Another integration that turned from green to “could not check”."""

    name: str
    host: str
    at: datetime


@dataclass(frozen=True)
class Place:
    """The integration of a row. secrets: names of its credential's fields. host: where it is."""

    name: str
    provider: str
    host: str
    secrets: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """text: a sentence. at: when, None where only the window is known. who, detail: for readers of the audit trail."""

    text: str
    sure: Sure
    at: datetime | None = None
    who: str = ""
    detail: str = ""
    is_edit: bool = False  # done here, by somebody of this Organisation


@dataclass(frozen=True)
class Changed:
    """What a red row tells. changes: best first. green_at and red_at bound the moment at which it turned."""

    green_at: datetime
    red_at: datetime
    changes: tuple[Change, ...]
    seen_by: str  # how the first check that saw it came about
    otherwise: str  # where the change lies when nothing of this program's did it; "" where something was edited here


@dataclass(frozen=True)
class Scene:
    """All that one row is told from. row: itself. siblings: every row of its integration, by slug and service."""

    row: Turned
    place: Place
    siblings: Mapping[tuple[str, str], Turned]
    events: Sequence[Event] = ()
    peers: Sequence[Peer] = ()

    def sibling(self, slug: str) -> Turned | None:
        """The row of this slug that the row shares its service with, or that all services share."""
        return self.siblings.get((slug, self.row.service)) or self.siblings.get((slug, ""))

    def within(self, at: datetime) -> bool:
        """Whether a moment lies between the last green answer and the first red one."""
        green, red = self.row.green_at, self.row.red_at
        return green is not None and red is not None and green < at <= red


CREDENTIAL = frozenset({
    Layer.GIT_TOKEN, Layer.GITHUB_APP, Layer.REPO_ALLOW_LIST, Layer.REGISTRY_AUTH, Layer.REGISTRY_NAMESPACE, Layer.BACKUP_KEYS,
    Layer.BACKUP_BUCKET_POLICY, Layer.AWS_IAM, Layer.AWS_SCP, Layer.AWS_KEYS, Layer.SSH_AUTH})
"""Layers in which another credential makes another answer."""
