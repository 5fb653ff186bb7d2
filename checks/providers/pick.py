"""What a credential can list, so that a form offers it: repositories, and the branches and tags of one of them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 20


@dataclass(frozen=True)
class Choice:
    """One repository: its clone URL as a service stores it, its name as the host shows it, its default branch."""

    url: str
    name: str
    ref: str = ""
    private: bool | None = None
    archived: bool = False


@dataclass(frozen=True)
class Picked:
    """One page of what was asked for. note: why the list is short or empty, in plain words, "" for nothing to say."""

    choices: tuple[Choice, ...] = ()
    more: bool = False
    note: str = ""


# (client, what the name should hold, page from 1) -> one page; raises ClientError when the host cannot be asked
PickRepositories = Callable[[Any, str, int], Picked]
