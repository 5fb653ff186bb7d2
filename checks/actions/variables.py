"""A service's variables: what a paste or a file may be, and what is kept of it. Never a value."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.actions.errors import Invalid
from checks.diagnosis.variable_words import Told, told
from checks.diagnosis.variables import Unreadable, examine
from checks.models import Service
from checks.providers import TOKEN_HOLDERS
from organisations import audit
from organisations.access import Action, require
from organisations.models import User

FIELD = "variables"
MAX_BYTES = 64 * 1024
NO_TEXT = "is not text: choose the .env file itself, as an editor shows it."
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def examined(text: str) -> list[dict[str, str]]:
    """The names of the variables and what each value looks like. The values are dropped here. Raises Invalid."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise Invalid({FIELD: [too_long()]})
    try:
        return [variable.stored for variable in examine(text)]
    except Unreadable as error:
        raise Invalid({FIELD: [str(error)]}) from None


def too_long() -> str:
    return f"is longer than {MAX_BYTES // 1024} KiB, which is more than a service’s variables ever are."


def decoded(data: bytes) -> str:
    """An uploaded file as text. Raises Invalid."""
    if len(data) > MAX_BYTES:
        raise Invalid({FIELD: [too_long()]})
    try:
        text = data.decode(_MARKS.get(data[:2], "utf-8-sig"))
    except UnicodeDecodeError:
        raise Invalid({FIELD: [NO_TEXT]}) from None
    if "\x00" in text:
        raise Invalid({FIELD: [NO_TEXT]})
    return text


def forget(*, service: Service, actor: User | None) -> int:
    """Delete what was noted of the service's variables; how many there were."""
    require(actor, service.organisation, Action.MANAGE)
    count = len(service.variables)
    service.variables = []
    service.save(update_fields=["variables"])
    audit.record(service.organisation, actor, "forgot variables", service.name, count=count)
    return count


def about(variables: Sequence[Any]) -> list[Told]:
    """What is said of each stored variable, those to mend first."""
    order = {"fail": 0, "warn": 1, "skipped": 2, "pass": 3}
    return sorted((told(one, TOKEN_HOLDERS) for one in variables if isinstance(one, dict)), key=lambda one: order[one.status])
