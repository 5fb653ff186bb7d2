"""The look at one image: what a pull would ask first, with the integration's credential, and beside it as a stranger."""
from __future__ import annotations

from dataclasses import dataclass

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.clients.oci import INDEX_TYPES, Registry, is_manifest, media_type
from checks.clients.oci_challenge import Challenge
from checks.clients.oci_reference import Reference
from checks.providers.base import Context
from checks.providers.docker_registry.answers import (
    ROOM,
    Grant,
    challenge_in,
    challenge_of,
    grant,
    grant_by,
    image,
    token_in,
)

STRANGERS_TROUBLE = (Kind.RATE_LIMITED, Kind.NOT_PROTOCOL, Kind.OUTAGE, Kind.TRUNCATED, Kind.RESET, Kind.TIMEOUT)


@dataclass
class Look:
    """answer: to HEAD, or to the GET that said why not; None where the token service refused (then `grant.refused`).

    public: whether a stranger may pull it too; None where that was not seen. body: an index, read. asked: requests made.
    """

    grant: Grant
    answer: Response | None = None
    public: bool | None = None
    body: Response | None = None
    asked: int = 0

    @property
    def is_found(self) -> bool:
        return self.answer is not None and self.answer.status == 200 and is_manifest(self.answer)

    @property
    def is_index(self) -> bool:
        return self.answer is not None and media_type(self.answer) in INDEX_TYPES

    @property
    def has_room(self) -> bool:
        return self.asked < ROOM


def look(ctx: Context) -> Look:
    """Asked once for each image of a run. Raises InvalidReference, EcrRefusal, ClientError."""
    found = image(ctx)
    return ctx.once(f"look {found.path} {found.identifier}", lambda: _look(ctx, found))


def _look(ctx: Context, found: Reference) -> Look:
    asked = challenge_of(ctx)
    seen = Look(grant(ctx, found.path))
    if asked is None:
        asked = _as_stranger_first(ctx, found, seen)
        if asked is None:
            return seen
    seen.asked += seen.grant.asked
    if seen.grant.refused is not None:
        return seen
    seen.answer = _asked(ctx, found, seen.grant.authorization, seen)
    if 400 <= seen.answer.status < 500 and seen.has_room:  # a HEAD's answer has no body: once more, for the reason
        seen.answer = _asked(ctx, found, seen.grant.authorization, seen, "GET")
    if seen.is_found:
        if not ctx.client.is_strangers and seen.public is None:
            seen.public = _is_public(ctx, asked, found, seen)
        if _wants_index(ctx, seen):
            read = _asked(ctx, found, seen.grant.authorization, seen, "GET")
            seen.body = read if read.status == 200 else None
    return seen


def _as_stranger_first(ctx: Context, found: Reference, seen: Look) -> Challenge | None:
    """A registry whose /v2/ asked for nothing: the image itself may. None when it did not."""
    seen.answer = _asked(ctx, found, "", seen)
    challenge = challenge_in(seen.answer) if seen.answer.status == 401 else None
    if challenge is None or ctx.client.credential.is_blank:
        seen.public = seen.is_found
        if 400 <= seen.answer.status < 500:
            seen.answer = _asked(ctx, found, "", seen, "GET")
        elif _wants_index(ctx, seen):
            seen.body = _asked(ctx, found, "", seen, "GET")
        return None
    seen.public = False
    seen.grant = grant_by(ctx, challenge, found.path)
    return challenge


def _asked(ctx: Context, found: Reference, authorization: str, seen: Look, method: str = "HEAD", *,
           control: bool = False) -> Response:
    registry: Registry = ctx.client.registry
    seen.asked += 1
    return registry.manifest(found.path, found.identifier, authorization, method=method, control=control)


def _wants_index(ctx: Context, seen: Look) -> bool:
    """Whether to read which platforms an index has. Where pulls are counted a GET is one: only where a worker is known,
    whichever service it is of, for services with the same image share this look."""
    if not (seen.is_found and seen.is_index and seen.body is None and seen.has_room):
        return False
    return not ctx.client.registry.budgets or bool(ctx.known.get("node_architecture"))


def architecture(ctx: Context) -> str:
    """Of the worker node of this service, as images call it; "" when not known."""
    known = ctx.known.get("node_architecture") or {}
    told = str(known.get(ctx.service.name) or "") if ctx.service and isinstance(known, dict) else ""
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}.get(told, told)


def _is_public(ctx: Context, asked: Challenge, found: Reference, seen: Look) -> bool | None:
    """The negative control: the same as a stranger. What goes wrong with it takes nothing from the credential's own."""
    try:
        authorization = ""
        if asked.is_bearer:
            answer = ctx.client.registry.ask_token(asked, [f"repository:{found.path}:pull"])
            seen.asked += 1
            if answer.status != 200:
                return False
            token = token_in(ctx, answer)
            actions = token.actions(found.path)
            if actions is not None:  # the registry goes by what its token says
                return "pull" in actions
            authorization = f"Bearer {token.value}"
        if not seen.has_room:
            return None
        method = "GET" if _wants_index(ctx, seen) else "HEAD"
        control = _asked(ctx, found, authorization, seen, method, control=True)
        if control.status == 200 and method == "GET":
            seen.body = control
        return control.status == 200 and is_manifest(control)
    except ClientError as error:
        if error.kind not in STRANGERS_TROUBLE:
            raise
        return None
