"""The form and the provider, as values.

https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate
"""
from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from django import forms

from checks.clients.git import Git
from checks.clients.http import Http
from checks.providers.azure_devops.paths import HOSTED, layout, read_url
from checks.providers.azure_devops.picker import repositories
from checks.providers.azure_devops.refusals import refused
from checks.providers.azure_devops.scopes import LETS, READ, WRITE, covers, granted_scopes, reported_expiry, surplus
from checks.providers.base import Guide, JsonMap, Provider, SecretField, Step, Told
from checks.providers.clone_url import normal_base
from checks.providers.deprecations import GLOBAL_TOKENS
from checks.providers.git_form import TokenForm
from checks.providers.git_token import About, TokenClient
from checks.providers.guide import Rotation

ANY_USERNAME = "pat"  # the host looks at the token alone; Git only wants the user name not to be empty
HOME = "{base_url}/{azure_organisation}"
TOKEN_PAGE = HOME + "/_usersSettings/tokens"
ADDRESS = re.compile(r"https?://[^/]*/(?P<name>[^/?#]+)/?")
NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f/\\?#%@:]")


class AzureDevOpsForm(TokenForm):
    base_url = forms.CharField(label="Address", initial=f"https://{HOSTED}", max_length=2000, help_text=(
        "https://dev.azure.com, or the address of your Azure DevOps Server, with /tfs if it has that."))
    azure_organisation = forms.CharField(label="Organization", max_length=100, help_text=(
        "acme, as in https://dev.azure.com/acme; the collection on a server of your own."))
    token = SecretField(label="Personal access token", help_text=(
        "For this organization, with the scope Code (Read); Code (Read & write) if deploys push."))
    token_expires_on = forms.DateField(label="Token expires on", required=False, help_text=(
        "Azure DevOps does not tell this to programs: copy it from the token's page and you are reminded in time."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)

    def clean_azure_organisation(self) -> str:
        name: str = self.cleaned_data["azure_organisation"].strip()
        if found := ADDRESS.fullmatch(name):
            raise forms.ValidationError(f"Write the name alone: {found['name']}")
        if NOT_IN_A_NAME.search(name) or name in (".", ".."):
            raise forms.ValidationError("Write the name alone, as it stands in https://dev.azure.com/NAME.")
        return name


def home(settings: JsonMap) -> str:
    """The organization's own address: everything is asked below it, and the token goes nowhere else."""
    base, name = normal_base(settings["base_url"]), quote(str(settings.get("azure_organisation") or ""), safe="")
    parts = urlsplit(base)
    if parts.hostname == HOSTED and parts.path.casefold() == f"/{name}".casefold():
        return base  # the organization was typed with the address, too
    return f"{base}/{name}"


def connect(settings: JsonMap, credentials: JsonMap) -> TokenClient:
    address, token = home(settings), credentials["token"]
    return TokenClient(ABOUT, address, Git(address, ANY_USERNAME, token), Http(address), token)


ABOUT = About(
    name="Azure DevOps", layout=layout, read_url=read_url, clone_form="PROJECT/_git/REPOSITORY", dot_git=False,
    token_page="{base_url}/_usersSettings/tokens",  # noqa: S106 -- a page
    reads=(READ,), pushes=(WRITE,), covers=covers, surplus=surplus, granted=granted_scopes, refused=refused, lets=LETS,
    reported_expiry=reported_expiry,
    expiry="Azure DevOps does not tell it to programs, and none was entered here (a token lasts at most one year)")

azure_devops = Provider(
    token_kinds=("azure-token",),
    slug="azure_devops", name="Azure DevOps", section="GitLab, Bitbucket, Gitea, Azure DevOps",
    form=AzureDevOpsForm, connect=connect, endpoint=home, pick=repositories, deprecations=(GLOBAL_TOKENS,),
    addresses=lambda settings: {"base_url": home(settings)},
    summary=lambda settings: home(settings).partition("://")[2],
    reached_at=lambda settings, target: f"{home(settings)}/",
    serves=("app",), service_fields={"app": ("repository", "ref")},
    service_help="The HTTPS clone URL, https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY (it does not end in .git), "
                 "and a branch or tag.",
    told=Told("token_accepted", "user"), links={"tokens": TOKEN_PAGE},
    guide=Guide(
        needs="An account in the organization that may read the repositories you deploy, and may make tokens.", minutes=4,
        least_grant=READ,
        rotation=Rotation(
            Step("Make a second token with the same scope for the same organization. Do not press “Regenerate” on the old one: "
                 "that ends it at once.", TOKEN_PAGE),
            Step("Revoke the old token in the list of personal access tokens.", TOKEN_PAGE)),
        steps=(
            Step("Sign in as the user whose repositories are deployed; a user of its own with the access level Basic and "
                 "Read on the repositories is best.", HOME),
            Step("Open User settings, Personal access tokens, and choose New Token. Where the button is grey, a policy "
                 "restricts who makes tokens: ask an administrator of the organization.", TOKEN_PAGE),
            Step("Under Organization choose this one. Do not choose “All accessible organizations”: "
                 f"such tokens end on {GLOBAL_TOKENS.ends}.", TOKEN_PAGE),
            Step("Set the expiration as late as your rules allow, one year at most, and copy the date into this form."),
            Step("Under Scopes choose Custom defined and, in Code, Read alone (Read & write if deploys push).", TOKEN_PAGE),
            Step("Copy the token, which is shown once, into this form."),
        )))
