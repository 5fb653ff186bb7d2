"""The API as a whole: its views, its schema, and what holds for every answer."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from checks.api import diagnose, findings, integrations, limits, problems, runs, services
from checks.api.problems import Problem

ROOT = "/api/v1/"
DRAINED_BYTES = 16 * 1024 * 1024  # of a body that is too large; a larger one ends its connection
View = Callable[..., HttpResponseBase]

api = NinjaAPI(
    title="dFlow integrations", version="1", urls_namespace="api", openapi_url=None, docs_url=None,
    description="What stands between an Organisation and its next deploy, for programs. Every call carries a token of one "
                "Organisation, which is made in its settings: `Authorization: Bearer dfi_…`.",
)
problems.attach(api)
for part in (integrations, runs, services, findings, diagnose):
    api.add_router("", part.router)


def guarded(view: View) -> View:
    """Around each view: HEAD as GET, the length of the body before it is read, problem documents, rate limits told.

    No cookie opens anything here, so there is no CSRF token to check.
    """
    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        try:
            _measure(request)
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = problems.answer(request, error)
        response = _as_problem(response)
        limits.tell(request, response)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return _without_content(response) if head else response
    return answer


def _measure(request: HttpRequest) -> None:
    length = request.META.get("CONTENT_LENGTH") or "0"
    size = int(length) if length.isascii() and length.isdecimal() else 0
    if size <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or size):
        return
    left = min(size, DRAINED_BYTES)  # what is still being sent is read, so that whoever sends it reads the answer
    while left > 0 and (part := request.read(min(left, 65_536))):
        left -= len(part)
    raise Problem("too_large", f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes.")


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """ninja's own 405 has no document."""
    if response.status_code != 405 or response["Content-Type"] == problems.CONTENT_TYPE:
        return response
    allowed = ", ".join(sorted(response["Allow"].split(", ")))
    return Problem("method_not_allowed", f"This address answers {allowed}.", headers={"Allow": allowed}).response()


def _without_content(response: HttpResponseBase) -> HttpResponseBase:
    if isinstance(response, HttpResponse):
        response["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


@guarded
def nowhere(_: HttpRequest) -> HttpResponseBase:
    """Below /api/ nothing answers HTML to a program."""
    raise problems.not_found()


def patterns() -> list[URLPattern]:
    return [URLPattern(entry.pattern, guarded(entry.callback), entry.default_args, entry.name)
            for entry in api.urls[0] if isinstance(entry, URLPattern) and entry.name != "api-root"]
