"""Whether the token is taken for a valid one, and whether it is of the kind that the settings say."""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.bitbucket.client import (
    PROPERTIES,
    BitbucketClient,
    ask,
    identity,
    kind_told,
    said,
    scopes_told,
    tells,
)
from checks.providers.bitbucket.host_rows import REDIRECTS
from checks.providers.bitbucket.kinds import (
    API_TOKEN,
    CALLED,
    LABELS,
    PREMIUM,
    WORKSPACE,
    called_by_form,
    family,
    family_by_form,
    is_app_password,
)
from checks.providers.bitbucket.refusals import (
    ALLOWLIST,
    SCOPES,
    app_password,
    choose,
    not_let_in,
    unauthorized,
    wrong_family,
)
from checks.providers.git_token import quoted
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Verdict, fail, passed, unknown, warn

CLONE_DECIDES = "Read the row about cloning: there the host's own answer decides."


def token_accepted(ctx: Context) -> Verdict:
    """Cloud: GET /2.0/user names the user of an API token; access tokens have none and get a 403 whose headers speak.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-users/#api-user-get
    """
    client: BitbucketClient = ctx.client
    if not client.cloud:
        return _by_data_center(ctx)
    response = identity(ctx)
    words, user = said(response), _name(response)
    if user:
        return passed(f"{client.host} authenticated the token as {user}.", user=user)
    if response.status in (200, 403, 410) and (tells(response) or SCOPES in words):
        kind = f" as {CALLED[told]}" if (told := kind_told(response)) else ""
        return passed(f"{client.host} accepted the token{kind}, and named no user.", user="")
    return _not_accepted(ctx, response, words) or unknown(
        f"{client.host} did not tell if this token is valid (HTTP {response.status}){quoted(words)}.",
        cause=Cause.PROVIDER, required=False, remedy=CLONE_DECIDES)


def _not_accepted(ctx: Context, response: Response, words: str) -> Verdict | None:
    client: BitbucketClient = ctx.client
    if response.is_html or response.status in REDIRECTS:
        return git_token.in_front(ctx, f"{client.host} answered the token with a page (HTTP {response.status})",
                                  response.status)
    if response.status == 401:
        return unauthorized(ctx, response)
    if response.status == 403 and ALLOWLIST.search(words):
        return not_let_in(ctx, words, response.status)
    if response.status not in (200, 403, 410):
        raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered HTTP {response.status} where a user was due.",
                          host=client.host, status=response.status)
    return None


def _name(response: Response) -> str:
    document: Any = response.json() if response.status == 200 and not response.is_html else None
    if not isinstance(document, dict) or not document.get("uuid"):
        return ""
    return str(document.get("nickname") or document.get("display_name") or document.get("username") or "")[:100]


def _by_data_center(ctx: Context) -> Verdict:
    """It names the token's user in X-AUSERNAME, with whatever it answers."""
    client: BitbucketClient = ctx.client
    response = ask(ctx, PROPERTIES)
    user = response.headers.get("x-ausername", "")[:100]
    if response.status == 200 and user:
        return passed(f"{client.host} authenticated the token as {user}.", user=user)
    words = said(response)
    return _not_accepted(ctx, response, words) or unknown(
        f"{client.host} did not name the token's user (HTTP {response.status}){quoted(words)}.", cause=Cause.PROVIDER,
        required=False, remedy=CLONE_DECIDES)


# --- The kind -------------------------------------------------------------------------------------------------------
def token_kind_supported(ctx: Context) -> Verdict:
    """By the token's form and by what the host says of it; a plan cannot be read, only what it takes."""
    client: BitbucketClient = ctx.client
    if client.cloud and is_app_password(client.token):
        return app_password(ctx)
    response = identity(ctx) if client.cloud else ask(ctx, PROPERTIES)
    no, page = response.status == 401, client.token_page
    foreign = foreign_kind(client.token, own="Bitbucket" if client.cloud else "")
    if no and foreign:
        return fail(f"The credential is {foreign}, and {client.host} refused it.", link=page,
                    remedy=f"Make {CALLED[client.kind]} on {page} and enter it in this integration.")
    if not client.cloud:
        return _of_data_center(ctx, foreign)
    return _contradicted(ctx, kind_told(response)) or _fitting(ctx, response, no=no)


def _contradicted(ctx: Context, told: str) -> Verdict | None:
    """The settings say how the token is sent: with the other family's user name and header no clone works."""
    client: BitbucketClient = ctx.client
    page, chosen = client.token_page, f"“{LABELS[client.kind]}”"
    if told and family(told) != family(client.kind):
        return fail(f"{client.host} took the token for {CALLED[told]}, and this integration has {chosen} as its kind.",
                    link=page, told=told, remedy=f"{choose(family(told))} in this integration's settings.")
    if not told and (remedy := wrong_family(ctx)):
        return fail(f"The token has the form of {called_by_form(client.token)}, and this integration has {chosen} as its "
                    "kind.", link=page, remedy=f"{remedy} in this integration's settings.")
    if told and told != client.kind:
        return warn(f"{client.host} took the token for {CALLED[told]}, and this integration has {chosen} as its kind: it "
                    "works, and is described wrongly.", link=page, told=told,
                    remedy=f"Set the kind of token to “{LABELS[told]}” in this integration's settings.")
    return None


def _fitting(ctx: Context, response: Response, *, no: bool) -> Verdict:
    client: BitbucketClient = ctx.client
    page, called = client.token_page, CALLED[client.kind]
    if client.kind in PREMIUM:
        return _premium(ctx, no=no)
    if client.kind == API_TOKEN and (no or scopes_told(response) == ()) and family_by_form(client.token):
        how = "refused it" if no else "named no scope of it"
        return warn(f"The token has the form of an API token, and {client.host} {how}: one that was made without scopes is "
                    "of no use to Bitbucket.", link=page,
                    remedy=f"Make one with “Create API token with scopes”, app Bitbucket, on {page}.")
    if family_by_form(client.token):
        return passed(f"The token has the form of {called}, which is on all plans.", premium=False)
    if no:
        return warn(f"The credential lacks the form of {called}: it may be a password, or a part of a token.", link=page,
                    remedy=f"Make {called} on {page} and enter it in this integration.")
    return passed(f"The token has an unusual form, and {client.host} did not refuse it.", premium=False)


def _premium(ctx: Context, *, no: bool) -> Verdict:
    """https://support.atlassian.com/bitbucket-cloud/docs/workspace-access-tokens/: a Premium feature."""
    client: BitbucketClient = ctx.client
    called = CALLED[client.kind]
    where = "workspace" if client.kind == WORKSPACE else "project's workspace"
    now = "it was refused now, as one is whose plan has ended" if no else "it works now, and stops when that plan ends"
    return warn(f"The token is {called}, which needs the Premium plan of the {where}: {now}.", link=client.token_page,
                premium=True, remedy=(
                    "Keep the Premium plan, or use a repository access token, which is on all plans: one for each "
                    "repository, in an integration of its own."))


def _of_data_center(ctx: Context, foreign: str) -> Verdict:
    client: BitbucketClient = ctx.client
    if client.kind == WORKSPACE:
        return warn("The kind of token was set to that of a workspace, and a Data Center has no workspaces.",
                    remedy="Set the kind of token to API token (a user's), or to a repository's or project's.",
                    link=client.token_page)
    if client.token.startswith("BBDC-"):
        return passed("The token has the form of an HTTP access token of a Data Center.")
    unusual = f" ({foreign})" if foreign else ""
    return passed(f"The token's form{unusual} does not tell its kind; a Data Center takes HTTP access tokens alone.")
