"""The checks of GitLab that are asked once: its host, and the token itself."""
from __future__ import annotations

import re

from checks.clients.errors import ClientError
from checks.clients.errors import Kind as Trouble
from checks.clients.http import Response
from checks.providers import git_scopes, git_token
from checks.providers.base import Context
from checks.providers.deprecations import CLASSIC_TOKENS
from checks.providers.git_token import TokenClient, quoted
from checks.providers.gitlab.answers import BANNED, account_refused, banned, user_of, whose
from checks.providers.gitlab.asking import (
    REDIRECTS,
    Identity,
    Kind,
    ask_version,
    error_of,
    identity,
    is_deploy_token,
    reported_end,
    said,
)
from checks.providers.gitlab.declared import gitlab
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

VERSION = "/api/v4/version"
JOB = "glcbt-"
OTHERS = re.compile(r"gl(oas|rtr?|ptt|ft|soat|imt|agent|ffct)-|GR1348941")  # made for other ends than Git
WHY = (  # words of a 401 -> what became of the token; lib/api/api_guard.rb, oauth2_bearer_token_error_handler
    ("expired", "It has ended"), ("revoked", "It was revoked"),
    ("impersonation", "It is an impersonation token, and an administrator turned those off"),
)
DPOP = "dpop_error"

gitlab.check("The clone URL is of this host and well formed", layer=Layer.CLONE_URL, per_service=True)(
    git_token.url_well_formed)


@gitlab.check("The host answers as GitLab", layer=Layer.NETWORK)
def host_reachable(ctx: Context) -> Verdict:
    """GET /api/v4/version, without the token: a stranger gets 401 and GitLab's own JSON.
    https://docs.gitlab.com/api/version/"""
    client: TokenClient = ctx.client
    response = ask_version(ctx)
    if response.status in REDIRECTS:
        return git_token.api_redirected(ctx, response, VERSION)
    if response.status == 401 and said(response) == "401 Unauthorized":
        return git_token.certificate(ctx, f"{client.host} answered as GitLab, which tells its version only to those signed in")
    if response.status == 200:
        document = response.json()  # a web page with 200 is somebody else's answer: the client says so
        if isinstance(document, dict) and isinstance(document.get("version"), str):
            version = document["version"][:60]
            return git_token.certificate(ctx, f"{client.host} answered as GitLab {version}", version=version)
    if response.status == 403 and said(response) == BANNED:
        return _barred(ctx, BANNED)
    if response.status in (401, 403):
        return git_token.in_front(ctx, f"{client.host} answered HTTP {response.status}", response.status)
    return fail(f"There was no API of GitLab at {client.base_url}{VERSION} (HTTP {response.status}).",
                layer=Layer.CLONE_URL, link=client.base_url,
                remedy="Correct the address in this integration's settings: it is what stands before /GROUP/PROJECT in "
                       "the address of a project, with the relative path if the host has one.")


@gitlab.check("The token is accepted", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_accepted(ctx: Context) -> Verdict:
    """GET /api/v4/personal_access_tokens/self, open to every classic scope and to project and group tokens; what has
    no API is asked of Git. https://docs.gitlab.com/api/personal_access_tokens/#self-inform"""
    client: TokenClient = ctx.client
    told = identity(ctx)
    if told.kind is Kind.ACCESS:
        return _named(ctx, told)
    if told.kind is Kind.FINE_GRAINED:
        return passed(f"{client.host} accepted the token, a fine-grained one, which does not tell whose it is.", user="")
    if told.kind is Kind.OAUTH:
        return passed(f"{client.host} accepted the token as an OAuth token.", user="", scopes=list(told.scopes or ()))
    if told.kind is Kind.DEPLOY:
        return passed(f"{client.host} accepted the deploy token over Git, which is all that such a token opens.", user="")
    if told.response is None:
        return _deploy_token_refused(ctx, told)
    return _refused(ctx, told.response)


def _named(ctx: Context, told: Identity) -> Verdict:
    client: TokenClient = ctx.client
    name = f" “{str(told.about['name'])[:60]}”" if told.about.get("name") else ""
    facts = {"token_id": told.about.get("id"), "scopes": list(told.scopes or ())}
    user = str(user_of(ctx, told).get("username") or "")
    if not user:
        return passed(f"{client.host} accepted the token{name}, which may not read whose it is.", user="", **facts)
    return passed(f"{client.host} authenticated the token{name} as {user}.", user=user, **facts)


def _deploy_token_refused(ctx: Context, told: Identity) -> Verdict:
    client: TokenClient = ctx.client
    no = told.refusal
    assert no is not None  # Git said something else than yes
    if no.status == 401 and not no.is_page:
        user = str(ctx.settings.get("username") or "")
        return fail(f"{client.host} refused the deploy token with the user name {user or 'that stands for none'} "
                    "(HTTP 401).", link=client.base_url,
                    remedy="Enter the user name that GitLab showed beside the deploy token, or make a new one in the "
                           "project's Settings, Repository, Deploy tokens: it was mistyped, revoked, or has ended.")
    if no.status == 403 and no.message == BANNED:
        return _barred(ctx, BANNED)
    return git_token.in_front(ctx, f"{client.host} answered Git with HTTP {no.status}", no.status)


def _refused(ctx: Context, response: Response) -> Verdict:
    client: TokenClient = ctx.client
    words, status = said(response), response.status
    if response.is_html or status in REDIRECTS:
        return git_token.in_front(ctx, f"{client.host} answered the token with a page (HTTP {status})", status)
    if status == 401 and error_of(response) == DPOP:
        return warn(f"{client.host} knew the token and wants proof of possession (DPoP) for its API{quoted(words)}; Git "
                    "asks for none.", link=client.token_page,
                    remedy="Have the token's user turn off “Require Demonstrating Proof of Possession” on "
                           f"{client.token_page}, or enter an access token of a project, group or service account.")
    if status == 401:
        return fail(f"{client.host} refused the token (HTTP 401){quoted(words)}.", link=client.token_page,
                    remedy=f"{_why(client.token, words)}: make a new one on {client.token_page} and enter it in this "
                           "integration.")
    if status == 403 and error_of(response) == "insufficient_scope":
        return passed(f"{client.host} accepted the token, and this version of it does not tell its scopes.", user="")
    if status == 403 and words:
        return account_refused(ctx, words) or _barred(ctx, words)
    if status == 404 and words:
        return unknown(f"{client.host} is older than GitLab 15.5, or its API does not tell of tokens{quoted(words)}.",
                       cause=Cause.PROVIDER, remedy=f"Have whoever runs {client.host} update GitLab.")
    raise ClientError(Trouble.NOT_PROTOCOL, f"{client.host} answered HTTP {status} where a token's description was due.",
                      host=client.host, status=status)


def _barred(ctx: Context, words: str) -> Verdict:
    client: TokenClient = ctx.client
    if words == BANNED:
        return banned(ctx, f"{client.host} refused this program")
    return unknown(f"{client.host} refused this program, whatever the token (HTTP 403){quoted(words)}.",
                   cause=Cause.PROVIDER, layer=Layer.NETWORK,
                   remedy=f"Have whoever runs {client.host} see which rule of theirs refuses this program's address.")


def _why(token: str, words: str) -> str:
    if found := next((why for word, why in WHY if word in words), ""):
        return found
    if token.startswith(JOB):
        return "It is a CI/CD job token, which ends with its job"
    kind = foreign_kind(token, own="GitLab")
    return f"This looks like {kind}" if kind else "It is mistyped, was deleted or is of another host"


@gitlab.check("The token is not about to end", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)
def token_not_expiring(ctx: Context) -> Verdict:
    told = identity(ctx)
    endless = told.kind in (Kind.ACCESS, Kind.FINE_GRAINED) and "expires_at" in told.about and reported_end(ctx) is None
    if endless and not ctx.settings.get("token_expires_on"):
        return passed(f"{ctx.client.host} reported no end for this token.", expires_on=None, origin="reported by the provider")
    return git_scopes.token_not_expiring(ctx)


@gitlab.check("The kind of token is one that the host supports", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_kind_supported(ctx: Context) -> Verdict:
    """By the host's answer, and by the form where that is a no. https://docs.gitlab.com/security/tokens/"""
    client: TokenClient = ctx.client
    page, kind = client.token_page, identity(ctx).kind
    remedy = f"Make an access token on {page} and enter it in this integration."
    if kind is Kind.ACCESS:
        return _access_token(ctx)
    if kind is Kind.FINE_GRAINED:
        return passed("The token is a fine-grained personal access token: its permissions were fixed when it was made, "
                      "and GitLab does not list them.", kind=kind.value)
    if kind is Kind.OAUTH:
        return warn("The token is an OAuth token, which ends within two hours of its making.", remedy=remedy, link=page,
                    kind=kind.value)
    if is_deploy_token(ctx):
        return _deploy_token(ctx, remedy)
    return _by_form(ctx, remedy)


def _access_token(ctx: Context) -> Verdict:
    owner = whose(ctx)
    if owner in ("project", "group"):
        return passed(f"The token is the access token of a {owner}; on GitLab.com these need Premium or Ultimate, and no "
                      "person's leaving ends them.", kind=owner)
    what = "a personal access token" if owner else "an access token, of a person, project or group: it may not read which"
    return passed(f"The token is {what}. {CLASSIC_TOKENS.sentence(ctx.now.date())}", kind=owner or "access",
                  deprecation=CLASSIC_TOKENS.source)


def _deploy_token(ctx: Context, remedy: str) -> Verdict:
    if ctx.settings.get("pushes"):
        return fail("The credential is a deploy token, which can read and never push.", remedy=remedy, kind="deploy",
                    link=ctx.client.token_page)
    return passed("The credential is a deploy token: it clones, with its own user name, and has no API.", kind="deploy")


def _by_form(ctx: Context, remedy: str) -> Verdict:
    client: TokenClient = ctx.client
    token, page, response = client.token, client.token_page, identity(ctx).response
    if token.startswith("glpat-"):
        return passed("The token has the form of an access token of GitLab.")
    if token.startswith(JOB):
        return fail("The credential is a CI/CD job token, which ends with its job.", remedy=remedy, link=page)
    if OTHERS.match(token):
        return fail("The credential is one of GitLab's that opens no repository: a runner's, a trigger's, an application's "
                    "secret or the like.", remedy=remedy, link=page)
    if response is None or response.status != 401 or error_of(response):
        return passed(f"The token has an unusual form, and {client.host} did not say that it knows none such.")
    if kind := foreign_kind(token, own="GitLab"):
        return fail(f"The credential is {kind}, and {client.host} refused it.", remedy=remedy, link=page)
    return warn("The credential lacks the usual form of an access token, glpat- and more: it may be a password, or a part "
                "of a token.", remedy=remedy, link=page)


gitlab.check("The token's scopes are sufficient", layer=Layer.GIT_TOKEN, needs=["token_accepted"])(
    git_scopes.scopes_sufficient)
gitlab.check("The token's scopes are not excessive", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.scopes_not_excessive)
