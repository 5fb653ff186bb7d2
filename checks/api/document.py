"""The description of the API (OpenAPI 3.1), made from the views, with every problem that they may answer."""
from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed, JsonResponse
from ninja.operation import Operation

from checks.api import limits
from checks.api.api import ROOT, api, guarded
from checks.api.door import Token
from checks.api.problems import CONTENT_TYPE, KINDS
from checks.api.schema import FieldError, ProblemDocument

EVERYWHERE = (401, 403, 404, 422, 429, 500)
HEADERS = {
    "RateLimit": {"description": "What is left of the limit that was counted last, and until when, in seconds.",
                  "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "That limit: how many requests, within how many seconds.", "schema": {"type": "string"}},
}


def operations() -> Iterator[Operation]:
    """Every operation of the API, with what it needs of its caller."""
    for router in api._get_bound_routers():
        for view in router.path_operations.values():
            yield from view.operations


def needs(operation: Operation) -> Token:
    token = operation.auth_callbacks[0]
    assert isinstance(token, Token), operation.operation_id
    return token


def description() -> dict[str, Any]:
    """The whole document."""
    return _described(settings.BASE_URL)


@lru_cache(maxsize=2)
def _described(base: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=ROOT.strip("/") + "/")))
    made["servers"] = [{"url": base}]
    parts = made["components"]
    for model in (FieldError, ProblemDocument):
        parts["schemas"][model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"]["ProblemDocument"].pop("$defs", None)
    parts["responses"] = {str(status): _problem(status) for status in sorted({kind.status for kind in KINDS.values()})}
    for path in made["paths"].values():
        for method, operation in path.items():
            _add_problems(operation, method)
    return made


def _problem(status: int) -> dict[str, Any]:
    titles = " ".join(f"{kind.title}: `{code}`." for code, kind in KINDS.items() if kind.status == status)
    return {"description": titles, "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}}


def _add_problems(operation: dict[str, Any], method: str) -> None:
    mine = next(needs(o) for o in operations() if o.operation_id == operation["operationId"])
    also = [400, 413] if "requestBody" in operation else []
    also += [409] if mine.asks and method == "post" and "requestBody" not in operation else []
    also += [503] if mine.asks and (method == "get" or "requestBody" in operation) else []
    for response in operation["responses"].values():
        response["headers"] = dict(HEADERS)
    for status in sorted([*EVERYWHERE, *also]):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}


@guarded
def openapi(request: HttpRequest) -> HttpResponseBase:
    """For everybody: it tells nothing of any Organisation."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    limits.count(request, limits.STRANGERS, request.META.get("REMOTE_ADDR") or "unknown")
    return JsonResponse(description(), headers={"Cache-Control": "public, max-age=300"})
