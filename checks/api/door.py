"""Who calls: a bearer token of one Organisation, in the Authorization header and nowhere else.

A session's cookie opens nothing here, so no form of another site can call the API. The token's role is the weaker one of
its own and its maker's; the action then asks once more, for the maker.
"""
from __future__ import annotations

from django.http import HttpRequest
from ninja.security.http import HttpAuthBase

from checks.api import limits, problems
from checks.api.problems import Problem
from organisations import tokens
from organisations.access import MAY, WHAT, Action
from organisations.members import POWER
from organisations.models import Role
from organisations.tokens import Caller

REALM = 'Bearer realm="dFlow integrations"'
REFUSED = f'{REALM}, error="invalid_token"'


class ApiRequest(HttpRequest):
    """For annotations alone: the request of a caller who may do what the operation declares."""

    auth: Caller


class Token(HttpAuthBase):
    """What an operation needs of its caller. query: the names that its address may have behind the question mark."""

    openapi_scheme = "bearer"

    def __init__(self, action: Action, *query: str, asks: bool = False) -> None:
        super().__init__()
        self.action, self.query, self.asks = action, query, asks

    def __call__(self, request: HttpRequest) -> Caller:
        """Raises Problem (401, 403, 404, 422, 429)."""
        caller = caller_of(request)
        limits.count(request, limits.CALLS, str(caller.token.pk))
        tokens.note_use(caller.token)
        match = request.resolver_match
        slug = match.kwargs.get("org") if match else None
        if slug is not None and slug != caller.organisation.slug:
            raise problems.not_found()
        must(caller, self.action)
        for name in request.GET:
            if name not in self.query:
                known = ", ".join(self.query)
                raise problems.invalid(name, f"is not asked for here; {f'the names are {known}' if known else 'no name is'}.")
        if self.asks:
            limits.count(request, limits.ASKS, str(caller.token.pk))
        return caller


def caller_of(request: HttpRequest) -> Caller:
    """Whose token this is. Problem (401) without one, and for one that opens nothing, whatever the reason."""
    scheme, _, text = request.headers.get("Authorization", "").strip().partition(" ")
    caller = tokens.find(text.strip()) if scheme.lower() == "bearer" else None
    if caller is not None:
        return caller
    limits.count(request, limits.STRANGERS, request.META.get("REMOTE_ADDR") or "unknown")
    if scheme.lower() != "bearer":
        raise Problem("token_needed", "Send a token of this API: Authorization: Bearer dfi_…",
                      headers={"WWW-Authenticate": REALM})
    raise Problem("invalid_token", "No token that is open is spelled like this one.", headers={"WWW-Authenticate": REFUSED})


def must(caller: Caller, action: Action) -> None:
    """Problem (403) that names the role, unless the token may."""
    if not caller.may(action):
        raise Problem("role_too_weak", f"This token acts as {caller.role.label.lower()}. To {WHAT[action]} takes at least "
                      f"the role {least(action).label.lower()}.",
                      headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope"'})


def least(action: Action) -> Role:
    """The weakest role that may."""
    return next(role for role in POWER if action in MAY[role])


__all__ = ["ApiRequest", "Caller", "Token", "caller_of", "least", "must"]
