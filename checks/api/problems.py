"""Whatever goes wrong is a problem document (RFC 9457): its type leads to the page that explains it."""
from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from checks.actions.errors import WHOLE, Invalid

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """title: the same for every problem of this kind. what: what to do about it, for the page."""

    status: int
    title: str
    what: str


KINDS: dict[str, Kind] = {
    "unreadable": Kind(400, "The request could not be read", "Send a JSON object, in UTF-8."),
    "token_needed": Kind(401, "A token is needed", "Send it in the header “Authorization: Bearer dfi_…”."),
    "invalid_token": Kind(401, "The token is not accepted", "Look at the list of tokens in the Organisation’s settings; "
                          "make a new one where it has ended."),
    "role_too_weak": Kind(403, "The token’s role does not allow this", "Use a token of the role that is named. A token "
                          "never may more than whoever made it may now."),
    "not_found": Kind(404, "There is nothing at this address", "Check the names. What belongs to another Organisation "
                      "than the token’s is absent, too."),
    "method_not_allowed": Kind(405, "This method is not answered here", "The header Allow names those that are."),
    "conflict": Kind(409, "This cannot be done as things stand", "The sentence says what to put right first."),
    "in_progress": Kind(409, "The same request is still being answered", "Wait a moment and send it again, with the same "
                        "Idempotency-Key."),
    "too_large": Kind(413, "The request is too large", "A text may have 1 MiB: send the part around the first error."),
    "invalid": Kind(422, "The request is not right yet", "Each entry of “errors” names a field and what it needs."),
    "too_many_requests": Kind(429, "Too many requests", "Wait as many seconds as Retry-After says."),
    "fault": Kind(500, "This failed, and it is our fault", "Try again; if it goes on, tell whoever operates this program."),
    "busy": Kind(503, "Too many checks are waited for just now", "Wait as many seconds as Retry-After says."),
}


class Problem(Exception):
    """kind: a key of KINDS. errors: for fields, as [{"field", "detail"}]. Holds no secret."""

    def __init__(self, kind: str, detail: str, *, errors: list[dict[str, str]] | None = None,
                 headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, headers or {}

    def response(self) -> JsonResponse:
        kind = KINDS[self.kind]
        document: dict[str, Any] = {"type": address(self.kind), "title": kind.title, "status": kind.status,
                                    "detail": self.detail, "code": self.kind}
        if self.errors is not None:
            document["errors"] = self.errors
        return JsonResponse(document, status=kind.status, content_type=CONTENT_TYPE, headers=dict(self.headers))


def address(kind: str) -> str:
    return f"{settings.BASE_URL}/api/#{kind}"


def not_found() -> Problem:
    """The same for what is absent and for what belongs to others."""
    return Problem("not_found", "There is nothing at this address that this token may see.")


def invalid(field: str, detail: str) -> Problem:
    return Problem("invalid", f"{field}: {detail}", errors=[{"field": field, "detail": detail}])


def of(error: Exception) -> Problem:
    """What to tell of an exception; one that nobody foresaw is logged, and told as ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return _of_fields(error)
    if isinstance(error, Invalid):
        return Problem("invalid", error.sentence(), errors=[
            {"field": "" if field == WHOLE else field, "detail": said} for field, all_ in error.errors.items() for said in all_])
    if isinstance(error, PermissionDenied):
        return Problem("role_too_weak", str(error) or "Your role does not allow this.")
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, HttpError) and error.status_code == 400:
        return Problem("unreadable", "The body is not JSON.")
    logger.error("The API failed: %s", type(error).__name__, exc_info=error)
    return Problem("fault", "The request was right as far as we can tell, and answering it failed.")


def _of_fields(error: ValidationError) -> Problem:
    """The input itself is never echoed."""
    errors = []
    for each in error.errors:
        source, *names = each["loc"]
        names = names[1:] if source == "body" else names  # the name of our own parameter
        said = str(each["msg"])
        errors.append({"field": ".".join(str(name) for name in names) or source, "detail": f"{said[:1].lower()}{said[1:]}."})
    return Problem("invalid", " ".join(f"{e['field']}: {e['detail']}" for e in errors), errors=errors)


def answer(_: HttpRequest, error: Exception | type[Exception]) -> JsonResponse:
    return of(error if isinstance(error, Exception) else error()).response()


def attach(api: NinjaAPI) -> None:
    """Every exception of every view ends as a problem document."""
    for kind in (Exception, HttpError, ValidationError, Http404):
        api.add_exception_handler(kind, answer)
