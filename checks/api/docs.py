"""The page that explains the API: made from its own description, so that the two cannot drift."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checks.api import limits
from checks.api.document import description, needs, operations
from checks.api.door import least
from checks.api.problems import KINDS
from organisations.models import Role

SAMPLE = {"org": "acme", "name": "NAME", "run": "ID"}
BODY = '{"text": "fatal: repository not found", "organisation": "acme"}'


@dataclass(frozen=True)
class Told:
    """One operation as the page tells it. path has its names in capitals; role is the weakest that may."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    role: Role
    parameters: list[dict[str, Any]]
    answer: str
    curl: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    document = description()
    return render(request, "checks/api.html", {
        "groups": _groups(document), "kinds": KINDS.items(), "limits": (limits.CALLS, limits.ASKS),
        "shapes": _shapes(document["components"]["schemas"]),
        "base": settings.BASE_URL})


def _shapes(schemas: dict[str, Any]) -> list[tuple[str, str, dict[str, str], list[str]]]:
    """For each document: its name, what it is, the fields that need a word, and those that do not."""
    told = []
    for name, shape in sorted(schemas.items()):
        said = {field: _said(about) for field, about in shape.get("properties", {}).items()}
        told.append((name, str(shape.get("description", "")), {f: text for f, text in said.items() if text},
                     [f for f, text in said.items() if not text]))
    return [one for one in told if one[2] or one[3]]


def _said(about: dict[str, Any]) -> str:
    words = [value for part in (about, *about.get("anyOf", [])) for value in part.get("enum", [])]
    return " ".join(filter(None, (about.get("description"), f"One of {', '.join(words)}." if words else "")))


def _groups(document: dict[str, Any]) -> dict[str, list[Told]]:
    groups: dict[str, list[Told]] = {}
    roles = {operation.operation_id: least(needs(operation).action) for operation in operations()}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            told = _told(path, method, operation, roles[operation["operationId"]])
            groups.setdefault(operation["tags"][0], []).append(told)
    return groups


def _told(path: str, method: str, operation: dict[str, Any], role: Role) -> Told:
    answer = next(r for status, r in operation["responses"].items() if int(status) < 300)
    return Told(operation["operationId"], method.upper(), path, operation["summary"], operation.get("description", ""), role,
                [p for p in operation["parameters"] if p["in"] != "path"],
                answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1],
                _curl(path.format(**SAMPLE), method, "requestBody" in operation))


def _curl(path: str, method: str, body: bool) -> str:
    post = " -X POST" if method == "post" and not body else ""
    lines = [f'curl -sS{post} -H "Authorization: Bearer $DFLOW_TOKEN"']
    if body:
        lines += ['-H "Content-Type: application/json"', f"-d '{BODY}'"]
    return " \\\n  ".join([*lines, settings.BASE_URL + path])
