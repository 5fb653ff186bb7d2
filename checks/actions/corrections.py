"""What a finding itself offers as right: for its service a clone URL, a branch, both, or an image; for its integration
some of the settings. Pure.
"""
from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from checks.masking import MASK

REFS = ("branch", "tag", "")  # kinds of ref that can be deployed; a page that was pasted may have shown a commit


@dataclass(frozen=True)
class Correction:
    """What would be set; "" for what would stay."""

    repository: str = ""
    ref: str = ""
    image: str = ""

    @property
    def key(self) -> str:
        """Names it among those of its finding; another value has another key."""
        return sha256(f"{self.repository}\n{self.ref}\n{self.image}".encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(self.target.values())

    @property
    def target(self) -> dict[str, str]:
        """The fields of the service's target that it sets."""
        fields = {"repository": self.repository, "ref": self.ref, "image": self.image}
        return {name: value for name, value in fields.items() if value}

    @property
    def words(self) -> str:
        """As on a button, after “Use”."""
        return " and ".join(self.values)


def corrections(
    facts: Mapping[str, Any], target: Mapping[str, Any], homes: Collection[str],
) -> tuple[Correction, ...]:
    """From the facts of a finding of one service: `suggested` (a clone URL, with the `ref` and `kind` of the page that was
    pasted; a ref; or an image for a service that names one) and `near` (refs). What the target has is not offered.

    homes: the integration's own addresses: a clone URL of another host is no correction that it could serve.
    """
    suggested = _plain(facts.get("suggested"))
    if "image" in target:
        found = [Correction(image=suggested)]
    elif "://" in suggested:
        found = [_of_url(suggested, facts, homes)]
    else:
        near = facts.get("near")
        names = [_plain(name) for name in near] if isinstance(near, (list, tuple)) else []
        found = [Correction(ref=name) for name in dict.fromkeys([*names, suggested]) if name]
    changed = [_changed(correction, target) for correction in found]
    return tuple(correction for correction in changed if correction.values)


def settings_offered(facts: Mapping[str, Any], names: Collection[str]) -> dict[str, str]:
    """What a finding of the integration itself offers as right: `suggested` as {setting: value}. names: its settings."""
    suggested = facts.get("suggested")
    if not isinstance(suggested, Mapping):
        return {}
    plain = {name: value for name, value in suggested.items() if isinstance(value, str) and MASK not in value}
    return {name: value for name, value in plain.items() if name in names}


def _of_url(url: str, facts: Mapping[str, Any], homes: Collection[str]) -> Correction:
    if not any(url.startswith(home.rstrip("/") + "/") for home in homes if home):
        return Correction()
    return Correction(url, _plain(facts.get("ref")) if facts.get("kind") in REFS else "")


def _changed(correction: Correction, target: Mapping[str, Any]) -> Correction:
    return Correction(**{name: value for name, value in correction.target.items() if value != target.get(name)})


def _plain(value: Any) -> str:
    """A text that can be stored as it is; a value that a secret was taken out of cannot."""
    return value if isinstance(value, str) and MASK not in value else ""
