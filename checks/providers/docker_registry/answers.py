"""How a registry is asked within one run, each thing once, and what its own sentences say.

With one service a run makes at most six requests: /v2/, the credential's own, and ROOM for the image.
"""
from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from checks.clients import oci_challenge, oci_token
from checks.clients.ecr import EcrRefusal
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.clients.oci import Credential
from checks.clients.oci_challenge import Challenge
from checks.clients.oci_reference import Reference, parse_normalized
from checks.clients.oci_token import Token
from checks.providers.base import CheckFunction, Context
from checks.providers.docker_registry.declared import RegistryClient
from checks.providers.docker_registry.presets import Preset, preset_of
from checks.providers.grants import could, grant_facts, with_facts
from checks.verdict import Cause, Layer, Verdict, unknown

ROOM = 4  # requests for one image, so that a run with one service makes six
SHOWN = 300
LETS = {"push": "replace the image that a deploy pulls, and so run code of its own on the worker nodes",
        "delete": "delete images that a deploy needs", "*": "replace and delete images"}
FIREWALL = re.compile(r"error code: 1\d{3}")  # Cloudflare's, where the client does not accept a page


@dataclass(frozen=True)
class Said:
    """A refusal in the registry's own words. https://distribution.github.io/distribution/spec/api/#errors-2"""

    codes: tuple[str, ...] = ()
    message: str = ""

    @property
    def quoted(self) -> str:
        """For the end of a sentence."""
        words = self.message.rstrip(".")
        head = self.codes[0] if self.codes else ""
        if words and head:
            return f": {head}, “{words}”"
        return f": “{words}”" if words else f": {head}" if head else ""


def said(response: Response) -> Said:
    """Reads the errors of a registry, and the other forms that token services have; nothing of a web page."""
    if response.is_html or not response.body.strip():
        return Said()
    try:
        document = response.json()
    except ClientError:
        return Said(message=" ".join(response.text.split())[:SHOWN])
    if not isinstance(document, dict):
        return Said()
    rows = [row for row in document.get("errors") or () if isinstance(row, dict)] \
        if isinstance(document.get("errors"), list) else []
    codes = tuple(str(row.get("code") or "")[:60] for row in rows if row.get("code"))
    words = next((str(row["message"]) for row in rows if row.get("message")), "")
    for name in ("details", "message", "error_description", "error"):  # Docker Hub, Quay and GitLab, OAuth
        value = document.get(name)
        words = words or (value if isinstance(value, str) else "")
    return Said(codes, " ".join(words.split())[:SHOWN])


def is_in_front(response: Response) -> bool:
    """Not the registry's own answer, but that of a sign-in page, a proxy or a firewall before it."""
    return response.is_html or FIREWALL.fullmatch(response.text.strip()[:40]) is not None


def in_front(ctx: Context, seen: str, status: int) -> Verdict:
    host = ctx.client.host
    return unknown(f"{seen}: not a registry's own answer, but that of a sign-in page, proxy or firewall before it.",
                   cause=Cause.PROVIDER, layer=Layer.NETWORK, http_status=status,
                   remedy=f"Have whoever runs {host} let this program's address and container engines through without a "
                          "sign-in page; the credential is probably not at fault.")


def with_grant(verdict: Verdict, granted: Sequence[str] | None, required: Sequence[str] = ("pull",)) -> Verdict:
    """The verdict with its table of granted against required. granted None: the registry did not tell."""
    have = list(granted or ())
    lets = {action: could(action, LETS) for action in have if action not in required}
    return with_facts(verdict, grant_facts(dict.fromkeys(required, "deploy"), have, lets=lets, told=granted is not None,
                                           covered=required if "*" in have else ()))


def limits_told(check: CheckFunction) -> CheckFunction:
    """The check, with a rate limit said as the registry's: it judges neither the credential nor the image."""
    @functools.wraps(check)
    def ask(ctx: Context) -> Verdict:
        try:
            return check(ctx)
        except ClientError as error:
            if error.kind is not Kind.RATE_LIMITED:
                raise
            return rate_limited(ctx, error)
    return ask


def rate_limited(ctx: Context, error: ClientError) -> Verdict:
    """429. A pull limit and an abuse limit differ in their words only."""
    words = _in_json(error.body)
    wait = f" It asked to wait {error.retry_after:.0f} seconds." if error.retry_after else ""
    remedy = "Wait until the limit allows more requests: it is asked again by itself."
    if ctx.client.place.is_hub:
        remedy += (" Docker Hub counts by address for strangers and by account for a credential: enter one, or one of a "
                   "paid plan.")
    return unknown(f"{error.host or ctx.client.host} limited our requests (HTTP {error.status or 429})"
                   f"{f': “{words.rstrip(chr(46))}”' if words else ''}.{wait}", cause=Cause.PROVIDER,
                   layer=Layer.REGISTRY_RATE_LIMIT, remedy=remedy, retry_after=error.retry_after)


def _in_json(body: str) -> str:
    found = re.search(r'"(?:message|details)"\s*:\s*"([^"\\]{1,300})', body)
    return found[1] if found else "" if body.lstrip()[:1] in ("<", "{", "[") else " ".join(body.split())[:SHOWN]


# --- The registry and the credential ---------------------------------------------------------------------
def ping(ctx: Context) -> Response:
    return ctx.once("ping", lambda: ctx.client.registry.ping())


def challenge_in(response: Response) -> Challenge | None:
    return oci_challenge.chosen(oci_challenge.read(response.headers.get("www-authenticate", "")))


def challenge_of(ctx: Context) -> Challenge | None:
    """What /v2/ asks for; None where it answers a stranger."""
    return challenge_in(ping(ctx)) if ping(ctx).status == 401 else None


def vendor(ctx: Context) -> Preset:
    """Known after the registry answered: its token service may tell the software behind any host."""
    asked = challenge_of(ctx)
    return preset_of(ctx.client.place.hostname, asked.service if asked else "")


def credential(ctx: Context) -> Credential:
    """What Basic sends: as entered, or, for an access key of AWS, what it was exchanged for. Raises EcrRefusal."""
    client: RegistryClient = ctx.client
    keys = client.keys
    if keys is None:
        return client.credential
    answer = ctx.once("exchange", lambda: _refusal_or(keys.exchange))
    if isinstance(answer, EcrRefusal):
        raise answer
    return answer


def _refusal_or(exchange: Callable[[], Credential]) -> Credential | EcrRefusal:
    try:
        return exchange()
    except EcrRefusal as refusal:
        return refusal


def sign_in(ctx: Context, asked: Challenge) -> Response:
    """As `docker login` does: the token service without a scope, or /v2/ itself where Basic is asked for."""
    header = credential(ctx).header
    registry = ctx.client.registry
    if asked.is_bearer:
        return ctx.once("sign in", lambda: registry.ask_token(asked, (), header))
    return ctx.once("sign in", lambda: registry.ping(header))


def token_in(ctx: Context, response: Response) -> Token:
    """The token of a 200. Raises ClientError NOT_PROTOCOL where there is none."""
    token = oci_token.read(response.json())
    if token is None:
        raise ClientError(Kind.NOT_PROTOCOL, f"The token service of {ctx.client.host} answered without a token.",
                          host=ctx.client.host, status=response.status, body=response.text[:SHOWN])
    return token


# --- An image --------------------------------------------------------------------------------------------
def image(ctx: Context) -> Reference:
    """The service's image. Raises InvalidReference."""
    return parse_normalized(str(ctx.target.get("image") or "").strip())


@dataclass(frozen=True)
class Grant:
    """What one repository is asked with. authorization: the header's value. token: None where there is none to read.

    refused: the token service's no. pull_alone: it refused a token for pushing too, and gave one for pulling.
    asked: how many requests that took.
    """

    authorization: str = ""
    token: Token | None = None
    refused: Response | None = None
    pull_alone: bool = False
    asked: int = 0

    def actions(self, name: str) -> tuple[str, ...] | None:
        return self.token.actions(name) if self.token else None


def grant(ctx: Context, name: str) -> Grant:
    """For the repository of a service, asked once for each repository."""
    asked = challenge_of(ctx)
    return ctx.once(f"grant {name}", lambda: grant_by(ctx, asked, name)) if asked else Grant()


def grant_by(ctx: Context, asked: Challenge, name: str) -> Grant:
    """Push is asked for only to see that it is not given: the service drops what is not granted. Where it refuses the
    whole instead (Google does), pull alone is asked for."""
    own = credential(ctx)
    if not asked.is_bearer:
        return Grant("" if own.is_blank else own.header)
    if own.is_blank:
        return _token(ctx, asked, f"repository:{name}:pull", "")
    both = _token(ctx, asked, f"repository:{name}:pull,push", own.header)
    if both.refused is None or is_in_front(both.refused) or both.refused.status not in (400, 401, 403):
        return both
    alone = _token(ctx, asked, f"repository:{name}:pull", own.header)
    return Grant(alone.authorization, alone.token, alone.refused, pull_alone=alone.refused is None, asked=2)


def _token(ctx: Context, asked: Challenge, scope: str, header: str) -> Grant:
    answer = ctx.client.registry.ask_token(asked, [scope], header)
    if answer.status != 200:
        return Grant(refused=answer, asked=1)
    token = token_in(ctx, answer)
    return Grant(f"Bearer {token.value}", token, asked=1)
