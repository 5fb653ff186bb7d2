"""What an integration or a service may be called: one rule for pages and commands."""
from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from organisations.models import name_validator

RESERVED = frozenset({"new"})  # words that stand where a name stands in our own addresses


def not_reserved(name: str) -> None:
    """A validator. Raises ValidationError."""
    if name in RESERVED:
        raise ValidationError(f"“{name}” is a word of this site's own addresses; choose another name.")


def taken(what: str) -> dict[str, list[str]]:
    """The error for a name that another `what` of the Organisation has."""
    return {"name": [f"is taken: another {what} of this Organisation has this name."]}


def name_errors(name: Any, others: QuerySet[Any], what: str) -> dict[str, list[str]]:
    """What is wrong with a name beside the rows that it must differ from; {} when nothing is."""
    try:
        name_validator(name if isinstance(name, str) else "")
        not_reserved(name)
    except ValidationError as error:
        return {"name": list(error.messages)}
    return taken(what) if others.filter(name=name).exists() else {}
