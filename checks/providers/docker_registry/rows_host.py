"""The checks of the host and of the credential."""
from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from checks.clients.ecr import EcrRefusal
from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response, redirect_target
from checks.clients.oci_challenge import Challenge
from checks.clients.oci_reference import InvalidReference
from checks.providers.base import Context
from checks.providers.docker_registry import presets
from checks.providers.docker_registry.answers import (
    challenge_in,
    credential,
    image,
    in_front,
    is_in_front,
    limits_told,
    ping,
    said,
    sign_in,
    token_in,
    vendor,
)
from checks.providers.docker_registry.credential_lint import own_end, short_lived
from checks.providers.docker_registry.declared import RegistryClient, docker_registry
from checks.providers.docker_registry.image_lint import mismatch, not_a_reference, not_as_called
from checks.providers.docker_registry.presets import credential_page, preset_of
from checks.providers.docker_registry.refusals import credential_refused, key_refused
from checks.verdict import Cause, Layer, Skip, Verdict, fail, passed, skipped, unknown, warn

REDIRECTS = (301, 302, 303, 307, 308)
CERTIFICATE_DAYS = 21
THRESHOLDS = (1, 7, 14, 30)
HOST_FIELD = "Set the host of this integration to the registry's own"
PUBLIC_ONLY = "No credential was entered: this integration serves public images only."


@docker_registry.check("The image is of this registry", layer=Layer.REGISTRY_HOST, per_service=True)
def image_host_matches(ctx: Context) -> Verdict:
    """Offline, by the grammar that Docker itself goes by."""
    typed = str(ctx.target.get("image") or "").strip()
    try:
        found = image(ctx)
    except InvalidReference as problem:
        return not_a_reference(ctx, typed, str(problem))
    return mismatch(ctx, typed, found) or not_as_called(ctx, found) or passed(
        f"{found.full} was an image of this integration's registry, {ctx.client.host}.", image=found.full,
        repository=found.path, identifier=found.identifier)


# --- The host --------------------------------------------------------------------------------------------
@docker_registry.check("The host answers as a registry", layer=Layer.REGISTRY_HOST)
@limits_told
def host_is_registry(ctx: Context) -> Verdict:
    """GET /v2/ as a stranger. https://distribution.github.io/distribution/spec/api/#api-version-check"""
    client: RegistryClient = ctx.client
    try:
        answer = ping(ctx)
    except ClientError as error:
        if error.kind is Kind.TLS and "does not speak TLS" in error.detail:
            return _plain_http(ctx, error)
        raise
    if answer.status == 401:
        return _challenged(ctx, answer)
    if answer.status == 200:
        return _open(ctx, answer)
    if answer.status in REDIRECTS:
        return _redirected(ctx, answer)
    if answer.status in (404, 405):
        return _no_registry(ctx, f"There was no registry at {client.place.origin}/v2/ (HTTP {answer.status})")
    return _neither(ctx, answer)


def _neither(ctx: Context, answer: Response) -> Verdict:
    """A status that no registry answers its API's own address with."""
    client: RegistryClient = ctx.client
    words = said(answer)
    if answer.status == 400 and "HTTPS server" in words.message and client.place.is_plain:
        return fail(f"{client.host} answered “{words.message}” to plain HTTP.",
                    remedy=f"Set the host of this integration to {client.host}, without http://.")
    if answer.status == 403 and not is_in_front(answer):
        return unknown(f"{client.host} refused this program before it asked for a credential (HTTP 403){words.quoted}.",
                       cause=Cause.PROVIDER, layer=Layer.NETWORK,
                       remedy=f"Have whoever runs {client.host} allow this program's address in its firewall rules.")
    if is_in_front(answer):
        return in_front(ctx, f"{client.host} answered HTTP {answer.status} with a page", answer.status)
    return unknown(f"{client.host} answered its API's own address with HTTP {answer.status}{words.quoted}.",
                   cause=Cause.PROVIDER, remedy="Check again once the registry answers for itself.")


def _plain_http(ctx: Context, error: ClientError) -> Verdict:
    host = ctx.client.host
    return unknown(error.detail, cause=Cause.PROVIDER, layer=Layer.TLS, kind=error.kind.value,
                   remedy=f"Serve the registry at {host} over TLS. Container engines refuse plain HTTP too, unless each is "
                          "told to allow it (insecure-registries).")


def _challenged(ctx: Context, answer: Response) -> Verdict:
    client: RegistryClient = ctx.client
    asked = challenge_in(answer)
    if asked is None:
        if is_in_front(answer):
            return in_front(ctx, f"{client.host} answered HTTP 401 with a page", 401)
        return unknown(f"{client.host} wanted a credential (HTTP 401), and asked for it in no way that container engines "
                       "know.", cause=Cause.PROVIDER,
                       remedy=f"See that nothing before {client.host} takes WWW-Authenticate out of its answers.")
    if not asked.is_bearer:
        return certificate(ctx, f"{client.host} answered as a registry that asks for user name and password (Basic)",
                           auth="basic")
    if problem := client.registry.realm_problem(asked):
        return _realm_refused(ctx, problem)
    service = urlsplit(asked.realm).netloc
    return certificate(ctx, f"{client.host} answered as a registry, with its token service at {service}", auth="token",
                       realm=asked.realm.partition("?")[0], service=asked.service)


def _realm_refused(ctx: Context, problem: str) -> Verdict:
    """Such a registry is not asked further: the credential would be shown on the way, or go where it must not."""
    name = vendor(ctx).name
    setting = {presets.HARBOR.name: "external_url in harbor.yml", presets.GITLAB.name: "external_url in gitlab.rb"}
    return fail(f"{problem}. No credential was sent there.",
                remedy=f"Correct the address of the token service in the registry's configuration "
                       f"({setting.get(name, 'auth.token.realm')}): it begins with https:// and is publicly reachable.")


def _open(ctx: Context, answer: Response) -> Verdict:
    """A 200 with a page, or with another program's words, is no registry. Many send `{}`, some nothing, an old one true."""
    client: RegistryClient = ctx.client
    told = "docker-distribution-api-version" in answer.headers
    if not told and (answer.is_html or not re.fullmatch(r"(\{\s*\}|true|\"\"|)", answer.text.strip())):
        what = "a web page" if answer.is_html else "something else"
        return _no_registry(ctx, f"{client.place.origin}/v2/ answered with {what} where a registry says that it is one "
                                 "(HTTP 200)")
    return certificate(ctx, f"{client.host} answered as a registry that asks a stranger for nothing", auth="none")


def _no_registry(ctx: Context, seen: str) -> Verdict:
    host = ctx.client.host
    hint = " Its own pages and its registry may have different hosts or ports." if ":" not in host else ""
    return fail(f"{seen}.", remedy=f"{HOST_FIELD}: it is what stands before the first / of an image.{hint}",
                link=f"{ctx.client.place.origin}/")


def _redirected(ctx: Context, answer: Response) -> Verdict:
    client: RegistryClient = ctx.client
    target = redirect_target(answer).partition("?")[0]
    where = urlsplit(target).netloc
    if client.place.is_plain and target.startswith(f"https://{urlsplit(client.place.origin).hostname}"):
        return fail(f"{client.host} redirected plain HTTP to TLS, which was not followed.", suggested=where,
                    remedy=f"Set the host of this integration to {where}, without http://.")
    if where and where != urlsplit(client.place.origin).netloc and re.search(r"/v2/?$", target):
        return fail(f"{client.host} redirected its API to {where}, which was not followed.", suggested=where,
                    remedy=f"Set the host of this integration to {where}, and write images with it.")
    return in_front(ctx, f"{client.host} redirected to {where or 'another page'} (HTTP {answer.status})", answer.status)


def certificate(ctx: Context, seen: str, **facts: Any) -> Verdict:
    """The registry answered; its certificate is warned of from three weeks before its end."""
    ends = ctx.client.registry.http.peer_certificate_expiry
    if ends is None:
        return passed(f"{seen}.", **facts)
    days = (ends - ctx.now).days
    facts |= {"certificate_expires_at": ends.isoformat(), "certificate_days": days}
    if days <= CERTIFICATE_DAYS:
        return warn(f"{seen}, and its certificate ends in {_days(days)}, on {ends:%Y-%m-%d}.", layer=Layer.TLS,
                    remedy=f"Renew the certificate of {ctx.client.host}: an ended one stops every pull.", **facts)
    return passed(f"{seen}, with a certificate until {ends:%Y-%m-%d}.", **facts)


# --- The credential --------------------------------------------------------------------------------------
@docker_registry.check("The credential is accepted", layer=Layer.REGISTRY_AUTH, needs=["host_is_registry"])
@limits_told
def credential_accepted(ctx: Context) -> Verdict:
    """Asked as `docker login` asks. That it is accepted proves no right to any image."""
    client: RegistryClient = ctx.client
    if client.lacks_password:
        return fail("A user name was entered, and there is no password to it: a changed host drops the stored one.",
                    remedy="Enter the password in this integration, or blank the user name for public images only.")
    if client.is_strangers:
        return skipped(PUBLIC_ONLY, skip=Skip.NOT_APPLICABLE)
    try:
        own = credential(ctx)
    except EcrRefusal as refusal:
        return key_refused(ctx, refusal)
    asked = challenge_in(ping(ctx)) if ping(ctx).status == 401 else None
    if client.keys is not None:
        return passed(f"AWS exchanged the access key {client.keys.id[:4]}… for a registry token of 12 hours, user "
                      f"{own.username}; what it may pull is the next rows' question.")
    if asked is None:
        return unknown(f"{client.host} asked for no credential, so whether it accepts {own.username} was not seen.",
                       cause=Cause.PROVIDER, required=False, remedy="Read the row about pulling: there the image decides.")
    answer = sign_in(ctx, asked)
    return _signed_in(ctx, asked, answer) if answer.status == 200 else credential_refused(ctx, asked, answer)


def _signed_in(ctx: Context, asked: Challenge, answer: Response) -> Verdict:
    client: RegistryClient = ctx.client
    user = client.credential.username
    if not asked.is_bearer:
        if answer.is_html:
            return in_front(ctx, f"{client.host} answered the credential with a page (HTTP 200)", 200)
        return passed(f"{client.host} accepted the credential of {user}.", user=user)
    token = token_in(ctx, answer)
    if token.is_strangers:
        return unknown(f"The token service of {client.host} gave {user} the token of a stranger, so whether it looked at the "
                       "credential was not seen.", cause=Cause.PROVIDER, required=False,
                       remedy="Read the row about pulling: a private image needs the credential.")
    return passed(f"The token service of {client.host} accepted the credential of {user}; what it may pull is the next rows' "
                  "question.", user=user)


@docker_registry.check("The credential is not about to end", layer=Layer.REGISTRY_AUTH, required=False)
def credential_not_expiring(ctx: Context) -> Verdict:
    """By the credential's own words, else by the date that was entered; kinds that last hours are named."""
    client: RegistryClient = ctx.client
    if client.credential.is_blank:
        return skipped(PUBLIC_ONLY, skip=Skip.NOT_APPLICABLE)
    preset = preset_of(client.place.hostname)
    page = credential_page(preset, client.place.hostname)
    end = own_end(client.credential.password) if client.keys is None else None
    kind, lasts = short_lived(preset, client.credential.username, client.credential.password)
    if kind:
        return _short(ctx, kind, lasts, f", {end:%Y-%m-%d %H:%M} UTC by its own words" if end else "", page)
    entered = str(ctx.settings.get("token_expires_on") or "")
    if end is not None:
        differs = f" (you entered {entered})" if entered and entered != end.date().isoformat() else ""
        return _until(ctx, end.date(), f"by its own words{differs}", page)
    if entered:
        return _until(ctx, date.fromisoformat(entered), "entered by you", page)
    if not preset.ends:
        what = "An access key of AWS" if client.keys else f"A credential of {preset.name}"
        return passed(f"{what} has no end date of its own, and no date to rotate this one was entered.", expires_on=None,
                      origin="unknown")
    return unknown(f"The credential's end was not known: {preset.ends}.", cause=Cause.YOURS, link=page, expires_on=None,
                   origin="unknown", remedy="Enter the date that the credential's own page shows, in this integration's "
                                            "settings; for one without an end, the day to rotate it.")


def _short(ctx: Context, kind: str, lasts: str, end: str, page: str) -> Verdict:
    return warn(f"The credential is {kind}, which lasts {lasts}{end}: deploys fail after it.", link=page, short_lived=True,
                remedy=f"{preset_of(ctx.client.place.hostname).make}, and enter that in its place.")


def _until(ctx: Context, end: date, origin: str, page: str) -> Verdict:
    days = (end - ctx.now.date()).days
    threshold = next((limit for limit in THRESHOLDS if days <= limit), None)
    facts: dict[str, Any] = {"expires_on": end.isoformat(), "days": days, "origin": origin.partition(" (")[0],
                             "threshold": threshold}
    remedy = "Make a new credential, enter it here with its date, and revoke the old one."
    if days < 0:
        return fail(f"The credential's end, {end}, {origin}, was {_days(-days)} ago.", remedy=remedy, link=page, **facts)
    if threshold is not None:
        when = f"in {_days(days)}" if days else "today"
        return warn(f"The credential ends {when}, on {end}, {origin}.", remedy=remedy, link=page, **facts)
    return passed(f"The credential ends in {_days(days)}, on {end}, {origin}.", **facts)


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
