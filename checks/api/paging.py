"""Lists by cursor: a page continues after the last item of the one before, whatever was added or removed meanwhile."""
from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from checks.api.problems import invalid
from checks.api.rows import is_name

MOST = 200
LIMIT = {"ge": 1, "le": MOST, "description": f"How many items a page has at most, up to {MOST}."}
CURSOR = "Where the page begins: follow “next” of the page before."
SPELLED = re.compile(r"[A-Za-z0-9_-]{1,100}")
LARGEST = 2**63 - 1  # of a key in the database


def name(text: str) -> str:
    """The text of a cursor by name. Raises ValueError."""
    if not is_name(text):
        raise ValueError
    return text


def number(text: str) -> int:
    """The text of a cursor by key. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and int(text) <= LARGEST):
        raise ValueError
    return int(text)


def page(request: HttpRequest, rows: QuerySet[Any], by: tuple[str, Callable[[str], Any]], limit: int, cursor: str,
         document: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """{"items", "next"}. by: the field that orders, unique among the rows, and how its value is read from a cursor."""
    field, read = by
    ordered = rows.order_by(field)
    if cursor:
        ordered = ordered.filter(**{f"{field}__gt": _value(cursor, read)})
    found = list(ordered[:limit + 1])
    more = len(found) > limit
    return {"items": [document(row) for row in found[:limit]],
            "next": _next(request, str(getattr(found[limit - 1], field))) if more else None}


def _value(cursor: str, read: Callable[[str], Any]) -> Any:
    try:
        if not SPELLED.fullmatch(cursor):
            raise ValueError
        return read(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii"))
    except ValueError:
        raise invalid("cursor", "is none of ours: follow the address in “next” of the page before.") from None


def _next(request: HttpRequest, value: str) -> str:
    query = request.GET.copy()
    query["cursor"] = base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")
    return f"{settings.BASE_URL}{request.path}?{query.urlencode()}"
