"""The checks of Azure DevOps, from basic to particular; the last one, about pushes, is in row_push."""
from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response, redirect_target
from checks.providers import git_ref, git_scopes, git_token
from checks.providers.azure_devops import answers
from checks.providers.azure_devops.declared import azure_devops
from checks.providers.azure_devops.paths import OLD, project_and_name
from checks.providers.azure_devops.refusals import (
    ENDED,
    NO_REPOSITORY,
    OWN_FORM,
    PERMISSION,
    POLICY,
    disabled,
    judged,
    not_accepted,
    permission_lacking,
    policy,
    user_of,
)
from checks.providers.base import Context
from checks.providers.deprecations import GLOBAL_TOKENS
from checks.providers.git_token import AGAIN, TokenClient, quoted
from checks.providers.token_forms import foreign_kind
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown, warn

TODAYS_FORM = re.compile(r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}")
OLDER_FORM = re.compile(r"[a-z2-7]{52}")
USABLE = "wellFormed"  # the state of a project that is neither being made nor being deleted

azure_devops.check("The clone URL is of this host and well formed", layer=Layer.CLONE_URL, per_service=True)(
    git_token.url_well_formed)


@azure_devops.check("The host answers as Azure DevOps", layer=Layer.NETWORK)
def host_reachable(ctx: Context) -> Verdict:
    """GET _apis/connectionData of the organization, without the token: any answer with Azure's own headers will do."""
    client: TokenClient = ctx.client
    response = answers.connection(ctx, anonymous=True)
    if response.status == 404:
        return _no_organization(ctx, response)
    signs_in = answers.signs_in(response)
    if response.status in answers.REDIRECTS and not signs_in:
        where = redirect_target(response).partition("?")[0] or "nowhere"
        return git_token.in_front(ctx, f"{client.host} redirected to {where} (HTTP {response.status})", response.status)
    if signs_in or (response.status in (200, 203, 401, 403) and answers.is_own(response)):
        return _reached(ctx, response)
    if response.status in (203, 401, 403):
        return git_token.in_front(ctx, f"{client.host} answered HTTP {response.status}", response.status)
    if response.status == 200:
        document = response.json()  # a web page with 200 is somebody else's answer: the client says so
        if isinstance(document, dict) and "instanceId" in document:
            return _reached(ctx, response)
    return fail(f"There was no API of Azure DevOps at {client.base_url} (HTTP {response.status}).", layer=Layer.CLONE_URL,
                link=client.base_url, remedy="Correct the address in this integration's settings: https://dev.azure.com, or "
                                             "what stands before the collection in the addresses of your own server.")


def _reached(ctx: Context, response: Response) -> Verdict:
    tenant = response.headers.get("X-VSS-ResourceTenant", "")
    what = "Azure DevOps Services" if answers.hosted(ctx) else "an Azure DevOps Server"
    return git_token.certificate(ctx, f"{ctx.client.host} answered as {what}", tenant=tenant)


def _no_organization(ctx: Context, response: Response) -> Verdict:
    client, name = ctx.client, str(ctx.settings.get("azure_organisation") or "")
    base = client.base_url.rpartition("/")[0]
    if OLD in base:
        remedy = f"Set the address to https://dev.azure.com and the organization to {name}: one place has one address now."
    else:
        remedy = (f"Correct the organization in this integration's settings: it is the first part of the path in the "
                  f"addresses of its projects, {base}/ORGANIZATION. If that is right, correct the address before it.")
    seen = f"There was no organization {name} at {base} (HTTP 404)"
    words = answers.said(response) if answers.is_own(response) else ""
    return fail(f"{seen}{quoted(words)}.", remedy=remedy, link=base, layer=Layer.CLONE_URL)


@azure_devops.check("The token is accepted", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_accepted(ctx: Context) -> Verdict:
    """GET _apis/connectionData with the token names its user: every scope opens it. Where it does not, the repositories
    decide, so that a token which can read them never fails here. Answered as a stranger is the credential passed over."""
    client: TokenClient = ctx.client
    response = answers.connection(ctx)
    if answers.opened(response):
        return _named(ctx, response)
    if ENDED.search(answers.said(response)):
        return judged(ctx, response)
    if answers.opened(answers.listing(ctx)):
        return passed(f"{client.host} accepted the token for its repositories, and did not name its user.", user="")
    return judged(ctx, response)


def _named(ctx: Context, response: Response) -> Verdict:
    client: TokenClient = ctx.client
    document = response.json()
    user = document.get("authenticatedUser") if isinstance(document, dict) else None
    if not isinstance(user, dict) or not user.get("id"):
        raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered something else where a user was due.",
                          host=client.host, status=200)
    if name := user_of(response):
        return passed(f"{client.host} authenticated the token as {name}.", user=name)
    return not_accepted(ctx, "passed the token over and answered as to a stranger", "")


azure_devops.check("The token is not about to end", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.token_not_expiring)


@azure_devops.check("The kind of token is one that the host supports", layer=Layer.GIT_TOKEN, needs=["host_reachable"])
def token_kind_supported(ctx: Context) -> Verdict:
    """By the token's form and the host's answer. Since 2024 a token has 84 characters with AZDO before the last four, before
    that it had 52. https://learn.microsoft.com/azure/devops/release-notes/2024/general/sprint-241-update"""
    client: TokenClient = ctx.client
    page, remedy = client.token_page, f"Make a personal access token on {client.token_page} and enter it in this integration."
    if answers.claims(client.token):
        return warn("The token is one of Microsoft Entra, which ends within about an hour.", remedy=remedy, link=page)
    if TODAYS_FORM.fullmatch(client.token) or OLDER_FORM.fullmatch(client.token):
        age = "" if TODAYS_FORM.fullmatch(client.token) else ", as they were made until 2024"
        return passed(f"The token has the form of a personal access token of Azure DevOps{age}.{_of_all(ctx)}")
    if _accepted(ctx):
        return passed(f"The token has an unusual form, and {client.host} did not refuse it.{_of_all(ctx)}")
    if kind := foreign_kind(client.token, own=OWN_FORM):
        return fail(f"The credential is {kind}, and {client.host} refused it.", remedy=remedy, link=page)
    return warn("The credential lacks the form of a personal access token, 84 characters with AZDO among them: it may be a "
                "password, or a part of a token.", remedy=remedy, link=page)


def _accepted(ctx: Context) -> bool:
    return bool(user_of(answers.connection(ctx))) or answers.opened(answers.listing(ctx))


def _of_all(ctx: Context) -> str:
    """Whether a token is for all organizations can be seen from none of them: a question, and no verdict."""
    today = ctx.now.date()
    if not answers.hosted(ctx) or (GLOBAL_TOKENS.has_ended(today) and _accepted(ctx)):
        return ""
    return (f" {GLOBAL_TOKENS.sentence(today)} One organization does not show whether this is such a token: see that its "
            f"organization on {ctx.client.token_page} is this one alone.")


azure_devops.check("The token's scopes are sufficient", layer=Layer.GIT_TOKEN, needs=["token_accepted"])(
    git_scopes.scopes_sufficient)
azure_devops.check("The token's scopes are not excessive", layer=Layer.GIT_TOKEN, needs=["token_accepted"], required=False)(
    git_scopes.scopes_not_excessive)


def described(ctx: Context, repository: str) -> Response:
    project, name = project_and_name(repository)
    return answers.ask(ctx, f"{project}/{answers.REPOSITORIES}/{name}")


@azure_devops.check("The repository is visible to the token", layer=Layer.GIT_TOKEN, required=False, per_service=True,
                    needs=["token_accepted", "url_well_formed"])
def repository_visible(ctx: Context) -> Verdict:
    """GET PROJECT/_apis/git/repositories/NAME: disabled, empty, renamed, its project not usable."""
    client: TokenClient = ctx.client
    repository = git_token.asked_url(ctx).repository
    response = described(ctx, repository)
    words = answers.said(response)
    if answers.opened(response):
        return _described(ctx, repository, response.json())
    if POLICY.search(words):
        return policy(ctx, response.status, words)
    if found := PERMISSION.search(words):
        return permission_lacking(ctx, repository, found[1], f"HTTP {response.status}{quoted(words)}")
    if NO_REPOSITORY.search(words) or (response.status == 404 and not response.is_html):
        return git_token.not_found(ctx, repository, f"HTTP {response.status}{quoted(words)}")
    if response.status == 401 and answers.is_own(response) and not response.is_html:
        return git_token.lacking(ctx, f"The token may not read about {repository} (HTTP 401){quoted(words)}")
    if response.is_html or response.status in answers.REDIRECTS:
        return git_token.in_front(ctx, f"{client.host} answered with a page (HTTP {response.status})", response.status)
    return unknown(f"{client.host} did not describe {repository} (HTTP {response.status}){quoted(words)}.",
                   cause=Cause.PROVIDER, remedy=AGAIN)


def _described(ctx: Context, repository: str, about: Any) -> Verdict:
    project = about.get("project") if isinstance(about, dict) else None
    if not isinstance(project, dict) or not about.get("name") or not project.get("name"):
        raise ClientError(Kind.NOT_PROTOCOL, f"{ctx.client.host} answered something else where a repository was due.",
                          host=ctx.client.host, status=200)
    asked = project_and_name(repository)
    names = quote(str(project["name"])), quote(str(about["name"]))
    default = str(about.get("defaultBranch") or "").removeprefix("refs/heads/")
    visibility, state = str(project.get("visibility") or "private"), str(project.get("state") or USABLE)
    page = git_token.page_of(ctx, repository)
    facts: dict[str, Any] = {"name": about["name"], "project": project["name"], "default_branch": default, "state": state,
                             "visibility": visibility, "disabled": bool(about.get("isDisabled"))}
    if about.get("isDisabled"):
        return disabled(ctx, repository, "its description says so")
    if [part.casefold() for part in names] != [part.casefold() for part in asked]:
        new = f"{ctx.client.base_url}/{names[0]}/_git/{names[1]}"
        return warn(f"{repository} is now {names[1]} in the project {names[0]}.", layer=Layer.CLONE_URL, link=new,
                    remedy=f"Set the service's repository to {new}.", suggested=new, **facts)
    if state != USABLE:
        return warn(f"{repository} was visible, and its project was {state}.", link=page, layer=Layer.REPO_ALLOW_LIST,
                    remedy=f"See on {page} what became of the project.", **facts)
    if not default:
        return warn(f"{repository} was visible and is empty: it had no default branch.", link=page,
                    layer=Layer.BRANCH_MISSING, remedy="Push a first commit to it, or set its default branch.", **facts)
    return passed(f"{repository} was visible as a repository of a {visibility} project, default branch {default}.", **facts)


azure_devops.check("The token can clone the repository", layer=Layer.GIT_TOKEN, per_service=True,
                   needs=["url_well_formed", "host_reachable"])(git_token.clone_permitted)
azure_devops.check("The branch or tag exists", layer=Layer.BRANCH_MISSING, per_service=True, needs=["clone_permitted"])(
    git_ref.ref_exists)
