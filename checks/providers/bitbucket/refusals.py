"""What the refusals of this host mean, over the API and over Git."""
from __future__ import annotations

import re
from dataclasses import replace

from checks.clients.git import GitRefusal
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.bitbucket.client import BitbucketClient, is_known, refused_scopes, said
from checks.providers.bitbucket.kinds import (
    ACCESS_TOKEN_USER,
    API_TOKEN,
    CALLED,
    LABELS,
    REPOSITORY,
    called_by_form,
    family,
    family_by_form,
    is_app_password,
)
from checks.providers.deprecations import APP_PASSWORDS
from checks.providers.git_grant import with_grant
from checks.providers.git_token import Granted, TokenClient, quoted
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Layer, Verdict, fail, unknown, warn

CHANGE = APP_PASSWORDS.source.rpartition("#")[2]
SCOPES = "required privilege scopes"
UNSEEN = "may not have access to this repository"
ALLOWLIST = re.compile(r"(whitelist|allowlist|allow list)\b.*\bIP\b|\bIP\b.*(whitelist|allowlist|allow list)", re.I)
ONE_REPOSITORY = ("A repository access token opens the one repository it was made in: if several services use this "
                  "integration, connect one integration per repository.")


# --- The kind of the credential -------------------------------------------------------------------------------------
def app_password(ctx: Context, seen: str = "") -> Verdict:
    """Ended by the dated table; before its day it is a warning."""
    page, today = ctx.client.token_page, ctx.now.date()
    told = f"{seen or 'The credential has the form of an app password.'} {APP_PASSWORDS.sentence(today)}"
    remedy = f"Use {APP_PASSWORDS.instead}: make it on {page}, and set this integration's kind of token to match."
    return (fail if seen or APP_PASSWORDS.has_ended(today) else warn)(told, remedy=remedy, link=page)


def wrong_family(ctx: Context) -> str:
    """What to choose, where the token's form contradicts the chosen kind; "" where it does not."""
    client: BitbucketClient = ctx.client
    form = family_by_form(client.token)
    if not client.cloud or not form or form == family(client.kind):
        return ""
    return choose(form)


def choose(form: str) -> str:
    if form == "api":
        return f"Set the kind of token to “{LABELS[API_TOKEN]}” and enter the e-mail address of its Atlassian account"
    return "Set the kind of token to the one it was made as: repository, project or workspace access token"


def why(ctx: Context) -> str:
    """The likeliest reason for a plain 401, and what to do, as the beginning of a remedy."""
    client: BitbucketClient = ctx.client
    again = f"make a new one on {client.token_page} and enter it in this integration."
    if chosen := wrong_family(ctx):
        return f"{chosen}: this is {called_by_form(client.token)}, and was sent as {CALLED[client.kind]}."
    if client.cloud and is_app_password(client.token):
        return f"This is an app password. Use {APP_PASSWORDS.instead}: {again}"
    if kind := foreign_kind(client.token, own="Bitbucket" if client.cloud else ""):
        return f"This looks like {kind}: {again}"
    if client.cloud and client.kind == API_TOKEN:
        return ("Check that the e-mail address is that of the Atlassian account whose token it is. If it is: the token has "
                "ended, was revoked, or was made without scopes, which Bitbucket refuses. Then use “Create API token with "
                f"scopes”, app Bitbucket: {again}")
    return f"It has ended, was revoked, or is not the whole token: {again}"


# --- Over the API ---------------------------------------------------------------------------------------------------
def unauthorized(ctx: Context, response: Response) -> Verdict:
    client: BitbucketClient = ctx.client
    words = said(response)
    if "Access token expired" in words:
        return fail(f"{client.host} refused the token, which is one of OAuth and lives for two hours at most (HTTP 401)"
                    f"{quoted(words)}.", link=client.token_page,
                    remedy=f"Enter {CALLED[client.kind]} in its place: make it on {client.token_page}.")
    return fail(f"{client.host} refused the token (HTTP 401){quoted(words)}.", link=client.token_page, remedy=why(ctx))


def not_let_in(ctx: Context, words: str, status: int) -> Verdict:
    """A workspace that lets in listed addresses only judges ours, not a worker node's: no verdict on the token.

    https://support.atlassian.com/bitbucket-cloud/docs/control-access-to-your-private-content/
    """
    return unknown(f"{ctx.client.host} refused this program's address, whatever the token (HTTP {status}){quoted(words)}.",
                   cause=Cause.YOURS, layer=Layer.NETWORK, link=ctx.client.base_url, remedy=(
                       "Have an administrator of the workspace add this program's address, and those of the worker nodes, "
                       "under Workspace settings, Access controls."))


def lacks_scopes(ctx: Context, response: Response, seen: str) -> Verdict:
    """Granted against required, as the host itself lists them."""
    detail = refused_scopes(response)
    if detail is None:
        return git_token.lacking(ctx, f"{seen} (HTTP 403){quoted(said(response))}")
    granted, required = detail
    page = ctx.client.token_page
    verdict = fail(f"{seen} (HTTP 403){quoted(said(response))}. Granted: {', '.join(granted) or 'none'}; required: "
                   f"{', '.join(required)}.", link=page, remedy=(
                       f"Make a token with {' and '.join(git_token.required_scopes(ctx))} on {page} and enter it in this "
                       "integration."))
    return with_grant(ctx, verdict, Granted(granted, complete=True), required)


def unseen(ctx: Context, repository: str, how: str) -> Verdict:
    """What is missing and what one may not see get the same answer; one kind of token has a reason of its own."""
    verdict = git_token.not_found(ctx, repository, how)
    client: BitbucketClient = ctx.client
    if client.cloud and client.kind == REPOSITORY:
        return replace(verdict, remedy=f"{verdict.remedy} {ONE_REPOSITORY}")
    return verdict


def no_right(ctx: Context, repository: str, how: str, right: str) -> Verdict:
    """The scopes are there: whoever the token stands for lacks the right, or the token is of another repository."""
    client: BitbucketClient = ctx.client
    page = f"{git_token.page_of(ctx, repository)}/admin/permissions"
    remedy = f"Give the token's user {right} on {page}, or enter the token of a user who has it."
    if family(client.kind) == "access":
        page = client.token_page
        remedy = f"Enter a token that was made for {repository}, or for what it is in: see {page}."
    if client.kind == REPOSITORY:
        remedy += f" {ONE_REPOSITORY}"
    though = ", though its scopes suffice" if _scopes_suffice(ctx) else ""
    return fail(f"{client.host} knew this token and refused it {repository} ({how}){though}.", link=page, remedy=remedy,
                layer=Layer.REPO_ALLOW_LIST, candidates=["repo-allow-list", "clone-url"])


# --- Over Git -------------------------------------------------------------------------------------------------------
def refused(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """Bitbucket Cloud's own sentences. The texts are those that people quote: community.atlassian.com qaa-p/3129221
    (scopes), ba-p/3237429 (app passwords), github.com/Dokploy/dokploy/issues/2726 (no access)."""
    client: BitbucketClient = ctx.client
    words, status = refusal.message, refusal.status
    how = f"HTTP {status}{quoted(words)}"
    if refusal.is_page or refusal.location:
        return None
    if "app password" in words.lower() or CHANGE in words:
        return app_password(ctx, f"{client.host} refused the credential for {repository} as an app password ({how}).")
    if status == 403 and ALLOWLIST.search(words):
        return not_let_in(ctx, words, status)
    if status == 403 and SCOPES in words:
        return git_token.lacking(ctx, f"The token lacks a scope for {repository} ({how})")
    if status == 403 and words and _scopes_suffice(ctx):
        return no_right(ctx, repository, how, "Write" if ctx.settings.get("pushes") else "Read")
    if status == 401:
        return _unauthorized(ctx, repository, words)
    return unseen(ctx, repository, how) if status == 404 else None


def _scopes_suffice(ctx: Context) -> bool:
    told = git_token.granted_if_told(ctx)
    return told.complete and all(ctx.client.about.covers(told.scopes, need) for need in git_token.required_scopes(ctx))


def _unauthorized(ctx: Context, repository: str, words: str) -> Verdict:
    """One sentence stands for a bad token and for a repository that a good one may not see: the API tells which."""
    client: BitbucketClient = ctx.client
    how = f"HTTP 401{quoted(words)}"
    known = is_known(ctx)
    if known and not wrong_family(ctx):
        return unseen(ctx, repository, how)
    if known is None and UNSEEN in words and not wrong_family(ctx):
        return fail(f"{client.host} refused this token for {repository}, or has no such repository to show ({how}).",
                    link=client.token_page, candidates=["git-token", "clone-url", "repo-allow-list"], remedy=(
                        f"Check, in this order: that the token is still on {client.token_page}; that {repository} is "
                        f"spelled as on its page, {git_token.page_of(ctx, repository)}; that the token may read it."))
    return fail(f"{client.host} refused this token for {repository} ({how}).", link=client.token_page, remedy=why(ctx))


def refused_by_data_center(ctx: Context, refusal: GitRefusal, repository: str) -> Verdict | None:
    """Data Center takes the tokens of projects and repositories as Bearer alone by its own documentation, while a deploy
    sends a user name and a password. https://confluence.atlassian.com/bitbucketserver/http-access-tokens-939515499.html"""
    client: TokenClient = ctx.client
    if refusal.status != 401 or refusal.is_page or not is_known(ctx):
        return None
    how = f"HTTP 401{quoted(refusal.message)}"
    if ctx.settings.get("token_kind") == API_TOKEN:
        return fail(f"{client.host} knew the token over its API and refused it for {repository} over Git ({how}).",
                    link=client.token_page, remedy=(
                        "Enter the user name of the token's own user in the e-mail field of this integration: Git sends it "
                        "with the token."))
    return fail(f"{client.host} knew the token over its API and refused it for {repository} over Git, where it was sent with "
                f"the user name {ACCESS_TOKEN_USER} ({how}).", link=client.token_page, remedy=(
                    f"Make an HTTP access token of a user on {client.token_page}, set the kind of token to "
                    f"“{LABELS[API_TOKEN]}”, and enter the user's name in the e-mail field: this Data Center takes the tokens "
                    "of projects and repositories only as a Bearer header, which no deploy sends."))
