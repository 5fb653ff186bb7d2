"""The ways in which Azure DevOps says no, and whose move each is. The sentences are those of its exceptions; that of a
conditional access policy (VS403463) and of a disabled repository are known from hearsay only, so few words of them count.
"""
from __future__ import annotations

import re

from checks.clients.errors import ClientError, Kind
from checks.clients.git import GitRefusal
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.azure_devops import answers
from checks.providers.azure_devops.paths import project_and_name
from checks.providers.base import Context
from checks.providers.deprecations import GLOBAL_TOKENS
from checks.providers.git_token import TokenClient, quoted
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Layer, Verdict, fail, unknown

OWN_FORM = "Azure DevOps"  # as token_forms calls it
ENDED = re.compile(r"personal access token used has expired|token.{0,20}(expired|revoked)", re.IGNORECASE)
POLICY = re.compile(r"VS403463|conditional access", re.IGNORECASE)
STRANGER = re.compile(r"TF400813: The user .* is not authorized", re.IGNORECASE)
NO_REPOSITORY = re.compile(r"TF401019|TF200016")
DISABLED = re.compile(r"\bdisabled\b", re.IGNORECASE)
PERMISSION = re.compile(r"TF401027.*?'(Generic\w+)'")


def judged(ctx: Context, response: Response) -> Verdict:
    """What an answer says of the token, where no right answer came. Raises ClientError for what says nothing of it."""
    client, words = ctx.client, answers.said(response)
    if POLICY.search(words):
        return policy(ctx, response.status, words)
    if answers.signs_in(response):
        return not_accepted(ctx, f"answered the token with its sign-in page (HTTP {response.status})", words)
    if response.status == 401 and answers.is_own(response):
        return not_accepted(ctx, "refused the token (HTTP 401)", words)
    if response.is_html or response.status in (203, 401, *answers.REDIRECTS):
        seen = f"{client.host} answered the token with HTTP {response.status}"
        return git_token.in_front(ctx, seen, response.status)
    if response.status == 403 and words:
        return unknown(f"{client.host} refused this program, whatever the token (HTTP 403){quoted(words)}.",
                       cause=Cause.PROVIDER, layer=Layer.NETWORK,
                       remedy=f"Have an administrator of {client.host} see which of its policies refuses this program.")
    raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered HTTP {response.status} where a user was due.",
                      host=client.host, status=response.status)


def not_accepted(ctx: Context, seen: str, words: str) -> Verdict:
    client: TokenClient = ctx.client
    page = client.token_page
    return fail(f"{client.host} {seen}{quoted(words)}.", link=page, layer=Layer.GIT_TOKEN,
                remedy=f"{_why(ctx, words)}: make a new token on {page} and enter it in this integration.")


def _why(ctx: Context, words: str) -> str:
    """The likeliest reason for a refusal, as the beginning of a sentence."""
    client: TokenClient = ctx.client
    if ENDED.search(words):
        return "The token ended"
    if answers.claims(client.token):
        return "This is a Microsoft Entra token, which ends within hours"
    if kind := foreign_kind(client.token, own=OWN_FORM):
        return f"This looks like {kind}"
    of_all = ""
    if GLOBAL_TOKENS.has_ended(ctx.now.date()) and answers.hosted(ctx):
        of_all = f", or was one for “All accessible organizations”, which ended on {GLOBAL_TOKENS.ends}"
    if STRANGER.search(words):
        return f"The token is of another organization, or its user is no member of this one{of_all}"
    return f"The token ended, was revoked or mistyped, or is of another organization{of_all}"


def policy(ctx: Context, status: int, words: str) -> Verdict:
    """The organization's own rule about places. A deploy comes from another place, so this does not judge it."""
    client: TokenClient = ctx.client
    return unknown(f"{client.host} knew the token, and a conditional access policy refused the place that this program asks "
                   f"from (HTTP {status}){quoted(words)}.", cause=Cause.YOURS, layer=Layer.NETWORK, remedy=(
                       "Have your Microsoft Entra administrator allow this program's address, and those of your worker "
                       "nodes, in the conditional access policy for Azure DevOps."))


def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """Azure DevOps's own refusals over Git; None for what the shared words fit."""
    client: TokenClient = ctx.client
    words = answers.service_error(refusal.headers) or refusal.message
    if POLICY.search(words):
        return policy(ctx, refusal.status, words)
    if DISABLED.search(words):
        return disabled(ctx, repository, f"HTTP {refusal.status}{quoted(words)}")
    if found := PERMISSION.search(words):
        return permission_lacking(ctx, repository, found[1], f"HTTP {refusal.status}{quoted(words)}")
    if NO_REPOSITORY.search(words):
        return git_token.not_found(ctx, repository, f"HTTP {refusal.status}{quoted(words)}")
    if refusal.location:
        asked = f"{client.base_url}/{repository}"
        signs_in = answers.leads_to_sign_in(refusal.location, asked)
        return not_accepted(ctx, f"led the clone of {repository} to its sign-in page (HTTP {refusal.status})",
                            words) if signs_in else None
    if refusal.status in (203, 401) and refusal.is_page and not answers.from_azure(refusal.headers):
        seen = f"{repository} answered HTTP {refusal.status} with a web page"
        return git_token.in_front(ctx, seen, refusal.status)
    if refusal.status in (203, 401):
        return _token_refused(ctx, refusal.status, words, repository)
    return None


def _token_refused(ctx: Context, status: int, words: str, repository: str) -> Verdict:
    """A living token without the scope gets the same 401 as a dead one: the API tells them apart."""
    if not ENDED.search(words) and known(ctx):
        return git_token.lacking(ctx, f"{ctx.client.host} knew this token and refused it {repository} "
                                      f"(HTTP {status}){quoted(words)}")
    return not_accepted(ctx, f"refused this token for {repository} (HTTP {status})", words)


def known(ctx: Context) -> bool:
    """Whether the API knows the token's user; trouble in asking must not make a definite refusal uncertain."""
    try:
        return user_of(answers.connection(ctx)) != ""
    except ClientError:
        return False


def user_of(response: Response) -> str:
    """The name of the user that the host took us for; "" for a stranger, and for an answer that names none."""
    if not answers.opened(response):
        return ""
    document = response.json()
    user = document.get("authenticatedUser") if isinstance(document, dict) else None
    if not isinstance(user, dict) or user.get("id") in (None, "", answers.ANONYMOUS):
        return ""
    return str(user.get("providerDisplayName") or user.get("customDisplayName") or user["id"])


def permission_lacking(ctx: Context, repository: str, permission: str, how: str) -> Verdict:
    page = security_page(ctx, repository)
    name = {"GenericRead": "Read", "GenericContribute": "Contribute"}.get(permission, permission)
    return fail(f"The token's user lacks the permission {name} on {repository} ({how}).", link=page,
                layer=Layer.REPO_ALLOW_LIST,
                remedy=f"Allow {name} for the user on {page}, or enter the token of a user who has it.")


def disabled(ctx: Context, repository: str, how: str) -> Verdict:
    page = settings_page(ctx, repository)
    return fail(f"{repository} is disabled ({how}): nobody can clone it.", link=page, layer=Layer.REPO_ALLOW_LIST,
                remedy=f"Turn “Disable Repository” off for it on {page}, or point the service at another repository.")


def settings_page(ctx: Context, repository: str) -> str:
    return f"{ctx.client.base_url}/{project_and_name(repository)[0]}/_settings/repositories"


def security_page(ctx: Context, repository: str) -> str:
    return f"{settings_page(ctx, repository)}?_a=permissions"
