"""What a refusal of a registry, of its token service or of AWS means.

A private registry says the same of a repository that is not there and of one that may not be seen.
"""
from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from checks.clients.ecr import EcrRefusal
from checks.clients.http import Response, redirect_target
from checks.clients.oci_challenge import Challenge
from checks.clients.oci_reference import Reference
from checks.providers.base import Context
from checks.providers.docker_registry.answers import (
    Said,
    challenge_in,
    in_front,
    is_in_front,
    said,
    vendor,
    with_grant,
)
from checks.providers.docker_registry.credential_lint import hints
from checks.providers.docker_registry.declared import RegistryClient
from checks.providers.docker_registry.look import Look
from checks.providers.docker_registry.presets import credential_page, image_page
from checks.verdict import Cause, Layer, Verdict, fail, unknown

SSO = re.compile(r"\bSAML\b|single sign-on|\bSSO\b", re.IGNORECASE)
ADDRESS = re.compile(r"client with IP|\bIP address\b|not allowed access|ip allow list|firewall", re.IGNORECASE)
EXPIRED = re.compile(r"token has expired|authorization token.{0,20}expired", re.IGNORECASE)
BAD_TOKEN = re.compile(r"authorization token is invalid", re.IGNORECASE)
MOST_SECONDS = 60  # between the clocks of a registry and its token service
KEY_CODES = ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
             "IncompleteSignature", "IncompleteSignatureException", "ExpiredTokenException", "ExpiredToken",
             "InvalidAccessKeyId", "AuthFailure", "MissingAuthenticationToken")


def _mend(ctx: Context, path: str = "") -> tuple[str, str]:
    """How to come to a credential that does, hints on the present one first; and the page for it."""
    client: RegistryClient = ctx.client
    preset = vendor(ctx)
    page = credential_page(preset, client.place.hostname, path)
    entered = client.keys.secret if client.keys else client.credential.password
    looks = " ".join(hints(preset, client.credential.username, entered))
    where = f" on {page}" if page else f" at {client.host}" if preset.page == "" else ""
    return f"{looks} {preset.make}{where}, and enter it in this integration.".strip(), page


# --- The credential itself -------------------------------------------------------------------------------
def credential_refused(ctx: Context, asked: Challenge, answer: Response) -> Verdict:
    """The answer to signing in, where it is no yes."""
    client: RegistryClient = ctx.client
    words, user = said(answer), client.credential.username
    who = f"The token service of {client.host}" if asked.is_bearer else client.host
    seen = f"{who} refused the credential of {user} (HTTP {answer.status}){words.quoted}"
    remedy, page = _mend(ctx)
    if is_in_front(answer):
        return in_front(ctx, f"{who} answered the credential with a page (HTTP {answer.status})", answer.status)
    if ADDRESS.search(words.message):
        return _address_policy(ctx, seen)
    if SSO.search(words.message):
        return fail(f"{seen}.", link=page, remedy=f"The account signs in by single sign-on, so a password is not taken. {remedy}")
    if answer.status in (401, 403) or (answer.status == 400 and (words.codes or words.message)):
        if BAD_TOKEN.search(words.message) or EXPIRED.search(words.message):
            remedy = f"The token was not whole, or is past its 12 hours. {remedy}"
        return fail(f"{seen}.", link=page, remedy=remedy, codes=list(words.codes))
    return unknown(f"{who} answered the credential with HTTP {answer.status}{words.quoted}, which says neither that it is "
                   "good nor that it is not.", cause=Cause.PROVIDER, remedy="Check again once the registry answers for itself.")


def key_refused(ctx: Context, refusal: EcrRefusal) -> Verdict:
    """AWS's answer to the exchange of an access key."""
    client: RegistryClient = ctx.client
    assert client.keys is not None
    key, page = f"{client.keys.id[:4]}…", "https://console.aws.amazon.com/iam/home#/users"
    number = f", request {refusal.request_id}" if refusal.request_id else ""
    facts: dict[str, Any] = {"code": refusal.code, "request_id": refusal.request_id}
    if refusal.is_denied:
        action = f"{client.keys.region.service}:GetAuthorizationToken"
        verdict = fail(f"AWS knows the access key {key}, and denied it {action} ({refusal.code}{number}).", layer=Layer.AWS_IAM,
                       link=page, remedy=f"Attach AmazonEC2ContainerRegistryPullOnly to its user, or allow {action} on *.",
                       **facts)
        return with_grant(verdict, (), [action])
    if refusal.code in KEY_CODES:
        temporary = client.keys.id.startswith("ASIA")
        why = " It is a temporary key, which needs a session token and ends by itself." if temporary else ""
        looks = "" if re.fullmatch(r"(AKIA|ASIA)[A-Z0-9]{12,124}", client.keys.id) else (
            " Its form is not that of an access key id; the user name AWS means a pasted token of 12 hours.")
        return fail(f"AWS did not accept the access key {key} ({refusal.code}{number}).{why}{looks}", link=page,
                    remedy=_mend(ctx)[0], **facts)
    return unknown(f"AWS answered {refusal.code} to the exchange of the access key {key}{number and f' ({number[2:]})'}.",
                   cause=Cause.PROVIDER, remedy="Look the code up in the documentation of Amazon ECR, then check again.", **facts)


def _address_policy(ctx: Context, seen: str) -> Verdict:
    return unknown(f"{seen}: a rule on addresses, whatever the credential.", cause=Cause.PROVIDER, layer=Layer.NETWORK,
                   remedy=f"Have whoever runs {ctx.client.host} allow this program's address in its firewall rules, and the "
                          "worker nodes' addresses too.")


# --- An image --------------------------------------------------------------------------------------------
def pull_refused(ctx: Context, found: Reference, seen: Look) -> Verdict:
    """Why the image was not given, by the token service's answer or the registry's."""
    answer = seen.grant.refused or seen.answer
    assert answer is not None
    words = said(answer)
    what = f"{found.path} (HTTP {answer.status})"
    if 300 <= answer.status < 400:
        return _led_away(ctx, found, answer)
    if is_in_front(answer):
        return in_front(ctx, f"{ctx.client.host} answered for {what} with a page", answer.status)
    if ADDRESS.search(words.message):
        return _address_policy(ctx, f"{ctx.client.host} refused {what}{words.quoted}")
    return _about_credential(ctx, found, words) or _about_image(ctx, found, seen, answer, words)


def _about_credential(ctx: Context, found: Reference, words: Said) -> Verdict | None:
    """Refusals whose words blame the credential, whatever the image."""
    if SSO.search(words.message):
        return _single_sign_on(ctx, found, words)
    if EXPIRED.search(words.message) or BAD_TOKEN.search(words.message):
        remedy, page = _mend(ctx, found.path)
        return fail(f"{ctx.client.host} said for {found.path} that the credential has ended{words.quoted}.", remedy=remedy,
                    link=page, layer=Layer.REGISTRY_AUTH)
    return None


def _about_image(ctx: Context, found: Reference, seen: Look, answer: Response, words: Said) -> Verdict:
    challenge = challenge_in(answer)
    if challenge is not None and challenge.error == "invalid_token":
        return _token_not_believed(ctx, found, seen, answer)
    if "NAME_INVALID" in words.codes:
        return fail(f"{ctx.client.host} does not take {found.path} for a repository's name{words.quoted}.",
                    remedy="Correct the service's image as its page shows it.", link=_image_page(ctx, found.path))
    if answer.status in (401, 403) or (answer.status == 404 and seen.grant.refused is None):
        return _hidden_or_missing(ctx, found, seen, words, answer.status)
    return unknown(f"{ctx.client.host} answered for {found.path} (HTTP {answer.status}){words.quoted}.", cause=Cause.PROVIDER,
                   remedy="Check again once the registry answers for itself.")


def _image_page(ctx: Context, path: str) -> str:
    return image_page(vendor(ctx), ctx.client.place.hostname, path)


def _hidden_or_missing(ctx: Context, found: Reference, seen: Look, words: Said, status: int) -> Verdict:
    client: RegistryClient = ctx.client
    page = _image_page(ctx, found.path)
    where = f" ({page})" if page else ""
    how = f"HTTP {status}{words.quoted}"
    if client.is_strangers:
        return fail(f"{found.name} does not exist, or is not public ({how}).", link=page,
                    remedy=f"Correct the service's image, make it public, or enter a credential in this integration: "
                           f"{_mend(ctx, found.path)[0]}", candidates=["registry-namespace", "registry-auth"])
    actions = seen.grant.actions(found.path)
    have = "not told by the registry" if actions is None else ", ".join(actions) or "none"
    preset = vendor(ctx)
    looks = " ".join(hints(preset, client.credential.username, client.credential.password))
    user = client.credential.username
    remedy = (f"Check, in this order: that {found.path} is spelled as on its page{where}; that {user} has {preset.least} there; "
              f"that it was not renamed or deleted. {looks}").strip()
    verdict = fail(f"{found.name} does not exist, or the credential of {user} may not pull it ({how}). Granted: {have}; "
                   "required: pull.", link=page, remedy=remedy, candidates=["registry-namespace", "registry-auth"])
    return with_grant(verdict, actions)


def _single_sign_on(ctx: Context, found: Reference, words: Said) -> Verdict:
    owner = found.path.partition("/")[0]
    return fail(f"{ctx.client.host} refused {found.path}{words.quoted}: the token is not authorised for single sign-on of "
                f"{owner}.", layer=Layer.REGISTRY_AUTH, link="https://github.com/settings/tokens",
                remedy="Press “Configure SSO” beside the token on https://github.com/settings/tokens and authorise it for "
                       f"{owner}.")


def _token_not_believed(ctx: Context, found: Reference, seen: Look, answer: Response) -> Verdict:
    """The registry refused what its own token service had just given: their clocks, or their keys, differ."""
    host = ctx.client.host
    apart = _seconds_apart(seen, answer)
    if apart is not None and apart > MOST_SECONDS:
        return unknown(f"{host} did not believe the token that its own token service had just given for {found.path} "
                       f"(invalid_token): their clocks were {apart:.0f} seconds apart.", cause=Cause.PROVIDER,
                       layer=Layer.CLOCK, remedy=f"Have whoever runs {host} set the clocks of both by NTP, then check again.")
    return unknown(f"{host} did not believe the token that its own token service had just given for {found.path} "
                   "(invalid_token).", cause=Cause.PROVIDER, layer=Layer.REGISTRY_AUTH,
                   remedy=f"Have whoever runs {host} see that both have the same issuer, service and certificate, and that "
                          "their clocks are right (the registry's log names the reason).")


def _seconds_apart(seen: Look, answer: Response) -> float | None:
    issued = seen.grant.token.issued_at if seen.grant.token else None
    try:
        here = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return abs((here if here.tzinfo else here.replace(tzinfo=UTC)).timestamp() - issued) if issued else None


def _led_away(ctx: Context, found: Reference, answer: Response) -> Verdict:
    where = redirect_target(answer).partition("?")[0]
    return unknown(f"{ctx.client.host} redirected {found.path} to {where or 'another address'} (HTTP {answer.status}), which was "
                   "not followed; no credential was sent there.", cause=Cause.PROVIDER, layer=Layer.REGISTRY_HOST,
                   remedy="Set the service's image to the registry that really has it, through an integration of that host.")
