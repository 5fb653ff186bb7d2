"""The form and the provider, as values."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.git import Git
from checks.clients.http import Http
from checks.providers.base import Guide, JsonMap, Provider, SecretField, Step, Told
from checks.providers.bitbucket.client import API_TOKENS, DATA_CENTER_TOKENS, MADE, SUPPORT, BitbucketClient
from checks.providers.bitbucket.kinds import ACCESS_TOKEN_USER, API_TOKEN, API_TOKEN_USER, CALLED, LABELS, REPOSITORY
from checks.providers.bitbucket.paths import data_center_layout, data_center_page, layout
from checks.providers.bitbucket.picker import repositories
from checks.providers.bitbucket.place import API, WEB, place
from checks.providers.bitbucket.refusals import refused, refused_by_data_center
from checks.providers.bitbucket.scopes import API_READ, API_WRITE, LETS, READ, WRITE, covers, granted, surplus
from checks.providers.deprecations import APP_PASSWORDS, CROSS_WORKSPACE_LISTS
from checks.providers.git_form import CONTROL, TokenForm, http_address
from checks.providers.git_token import About
from checks.providers.guide import Rotation


class BitbucketForm(TokenForm):
    base_url = forms.CharField(label="Address", initial=WEB, max_length=2000, help_text=(
        "https://bitbucket.org, or the address of your Bitbucket Data Center."))
    api_url = forms.CharField(label="API address", required=False, initial=API, max_length=2000, help_text=(
        "Leave it as it is: for a Data Center its own API is taken."))
    token_kind = forms.ChoiceField(label="Kind of token", choices=tuple(LABELS.items()), initial=REPOSITORY, help_text=(
        "A repository access token is on all plans; those of a project or workspace need Premium. Git sends "
        f"{ACCESS_TOKEN_USER} with an access token and {API_TOKEN_USER} with an API token."))
    email = forms.CharField(label="E-mail address", required=False, max_length=255, help_text=(
        "With an API token: that of its Atlassian account. With a token of a Data Center user: the user's name."))
    token = SecretField(label="Token", help_text=(
        "With the scope repository (repository:write if deploys push); an API token with read:repository:bitbucket "
        "(and write:repository:bitbucket)."))
    token_expires_on = forms.DateField(label="Token ends on", required=False, help_text=(
        "Bitbucket shows it once, when the token is made, and tells it to nobody later. API tokens live a year at most."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)

    def clean_api_url(self) -> str:
        typed: str = self.cleaned_data["api_url"].strip()
        return http_address(typed) if typed else ""

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip()
        if ":" in typed or CONTROL.search(typed):
            raise ValidationError("An e-mail address or a user name holds no colon and no blank.")
        return typed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("token_kind") == API_TOKEN and {"base_url", "api_url", "email"} <= cleaned.keys():
            self._whose(cleaned["email"], place(cleaned).cloud)
        return cleaned

    def _whose(self, email: str, cloud: bool) -> None:
        if cloud and "@" not in email:
            self.add_error("email", "An API token is sent with the e-mail address of its Atlassian account: enter it here.")
        elif not email:
            self.add_error("email", "A user's HTTP access token is sent with the user's name: enter it here.")


CLOUD_API = About(
    name="Bitbucket", layout=layout, token_page="{page}", reads=(API_READ,), pushes=(API_READ, API_WRITE),  # noqa: S106 -- an address
    covers=covers, surplus=surplus, granted=granted, refused=refused, lets=LETS,
    expiry="Bitbucket tells no token's end date, and an API token lives a year at most")
CLOUD_ACCESS = replace(CLOUD_API, reads=(READ,), pushes=(WRITE,), expiry="Bitbucket tells no token's end date")
DATA_CENTER = replace(
    CLOUD_API, name="Bitbucket Data Center", layout=data_center_layout, page=data_center_page,
    reads=("Repository read",), pushes=("Repository write",), refused=refused_by_data_center,
    expiry="Bitbucket Data Center does not tell a token when it ends")


def connect(settings: JsonMap, credentials: JsonMap) -> BitbucketClient:
    """Cloud's API takes an API token with the account's e-mail address, every other token alone, as Bearer."""
    where, token, kind = place(settings), credentials["token"], str(settings["token_kind"])
    email = str(settings.get("email") or "")
    bearer = {"Authorization": f"Bearer {token}"}
    if not where.cloud:
        user = email if kind == API_TOKEN and email else ACCESS_TOKEN_USER
        page = DATA_CENTER_TOKENS.format(base_url=where.base)
        return BitbucketClient(DATA_CENTER, where.base, Git(where.base, user, token), Http(where.api, headers=bearer),
                               token, {"page": page}, kind, cloud=False)
    if kind == API_TOKEN:
        return BitbucketClient(CLOUD_API, where.base, Git(where.base, API_TOKEN_USER, token),
                               Http(where.api, auth=(email, token)), token, {"page": MADE[kind]}, kind)
    return BitbucketClient(CLOUD_ACCESS, where.base, Git(where.base, ACCESS_TOKEN_USER, token),
                           Http(where.api, headers=bearer), token, {"page": MADE[kind]}, kind)


def _addresses(settings: JsonMap) -> Mapping[str, str]:
    where = place(settings)
    return {"base_url": where.base, "api_url": where.api}


def _summary(settings: JsonMap) -> str:
    where = place(settings)
    kind = CALLED.get(str(settings.get("token_kind")), "a token") if where.cloud else "an HTTP access token"
    return f"{where.base.partition('://')[2]} with {kind}"


bitbucket = Provider(
    token_kinds=("bitbucket-token",),
    slug="bitbucket", name="Bitbucket", section="GitLab, Bitbucket, Gitea, Azure DevOps",
    form=BitbucketForm, connect=connect, endpoint=lambda settings: " ".join(_addresses(settings).values()),
    addresses=_addresses, summary=_summary, told=Told("token_accepted", "user"),
    reached_at=lambda settings, target: f"{_addresses(settings)['base_url']}/",
    serves=("app",), service_fields={"app": ("repository", "ref")},
    service_help="The HTTPS clone URL, https://bitbucket.org/WORKSPACE/REPOSITORY.git, and a branch or tag.",
    links={"tokens": API_TOKENS}, pick=repositories, deprecations=(APP_PASSWORDS, CROSS_WORKSPACE_LISTS),
    guide=Guide(
        needs="The right to administer the repository you deploy, for an access token of its own; or an Atlassian account "
              "that may read it, for an API token.", minutes=4,
        least_grant="repository (an API token: read:repository:bitbucket)",
        rotation=Rotation(
            Step("Make a second token with the same scopes where the first was made: the repository's settings, Access tokens, "
                 "or this page for an API token. The scopes of a token cannot be changed afterwards.", API_TOKENS),
            Step("Revoke the old token in the same list.", API_TOKENS)),
        steps=(
            Step("Open the repository, Repository settings, Access tokens, and create one. It is on all plans and opens this "
                 "one repository: for several repositories connect one integration each.", SUPPORT.format("repository")),
            Step("Tick Repositories: Read alone; Write, too, if deploys push. Note the end date.",
                 "https://support.atlassian.com/bitbucket-cloud/docs/repository-access-token-permissions/"),
            Step("On a Premium plan a token of a project or workspace opens all its repositories; it stops when the plan "
                 "ends.", SUPPORT.format("workspace")),
            Step("Without the right to administer the repository: “Create API token with scopes”, app Bitbucket, with "
                 "read:repository:bitbucket (and write:repository:bitbucket if deploys push; neither includes the other). "
                 "One made without scopes is refused.", API_TOKENS),
            Step(f"dFlow's own form for Bitbucket sends the user name {ACCESS_TOKEN_USER}, which fits access tokens: with an "
                 f"API token the user name has to be {API_TOKEN_USER}."),
            Step("Copy the token, which is shown once, into this form. An app password is no substitute.",
                 APP_PASSWORDS.source),
        )))
