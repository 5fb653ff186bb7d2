"""What a provider declares for its guide: the steps, the least grant, and how a credential is replaced without a gap. Pure."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a set-up guide: what to do, and the very page where it is done (may hold {settings})."""

    text: str
    link: str = ""


@dataclass(frozen=True)
class Rotation:
    """make: a new credential beside the old one, which goes on working. end: of the old one, once the new one is proven.

    beware: what would leave a gap.
    """

    make: Step
    end: Step
    beware: str = ""


@dataclass(frozen=True)
class Guide:
    """Shown beside the form: what one needs, where to make it, the least grant, and how long it takes."""

    needs: str
    minutes: int
    steps: Sequence[Step]
    least_grant: str
    policy: str = ""  # a text to copy (an IAM policy), with BUCKET and PREFIX where the settings' values go
    rotation: Rotation | None = None


@dataclass(frozen=True)
class LeastGrant:
    """The least grant for one integration's own settings: a sentence, and texts to copy (a policy) by their titles."""

    said: str
    texts: Mapping[str, str]
