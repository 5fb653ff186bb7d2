"""How GitHub is asked while an App is set up, by a page and not by a run: within ten seconds, and in plain words."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.http import Response
from checks.providers.github.answers import said

SECONDS = 10.0


class SetupTrouble(Exception):
    """GitHub could not be asked, or refused. spent: the one-time code is used up or too old, so asking again is vain."""

    def __init__(self, sentence: str, *, spent: bool = False) -> None:
        super().__init__(sentence)
        self.spent = spent


@contextmanager
def asking() -> Iterator[None]:
    """All that is asked within ends in ten seconds; what is no answer becomes SetupTrouble."""
    try:
        with deadline.within(SECONDS):
            yield
    except ClientError as error:
        raise SetupTrouble(error.detail) from None


def document(response: Response, status: int, what: str) -> Mapping[str, Any]:
    """The object of an answer with this status. Raises SetupTrouble with GitHub's own words for everything else."""
    told = response.json() if response.status == status else None
    if not isinstance(told, dict):
        raise refused(response, f"for {what}")
    return told


def refused(response: Response, asked: str) -> SetupTrouble:
    words = said(response)
    return SetupTrouble(f"GitHub was asked {asked} and answered HTTP {response.status}" + (f": {words}" if words else "") + ".")
