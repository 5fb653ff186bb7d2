"""The form and the provider, as values."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.github_app import AppGit, GitHubApp
from checks.clients.http import Http
from checks.providers.base import Exclusive, Guide, JsonMap, Provider, ProviderForm, SecretField, Step
from checks.providers.clone_url import normal_base
from checks.providers.git_form import http_address, one_word
from checks.providers.git_token import About
from checks.providers.github.about import ABOUT
from checks.providers.github.events import read
from checks.providers.github.key import KeyProblem, load, normal_pem
from checks.providers.github.picker import repositories
from checks.providers.guide import Rotation
from checks.providers.hook import Hook

WEB, API = "https://github.com", "https://api.github.com"
CLIENT_ID = re.compile(r"(Iv[0-9A-Za-z]+\.|Iv)[0-9A-Za-z]{10,}|[0-9a-f]{20}")
INSTALLATION_PAGE = re.compile(r"https?://[^\s?#]*/installations/(\d+)/?")
WHERE_ID = "The number under “App ID” on the App's own page."


class GitHubForm(ProviderForm):
    base_url = forms.CharField(label="Address", initial=WEB, max_length=2000, help_text=(
        "https://github.com, or the address of your GitHub Enterprise Server."))
    api_url = forms.CharField(label="API address", required=False, initial=API, max_length=2000, help_text=(
        "Blank is right: https://api.github.com, and ADDRESS/api/v3 for an Enterprise Server."))
    app_id = forms.CharField(label="App ID", max_length=20, help_text=WHERE_ID)
    installation_id = forms.CharField(label="Installation ID", required=False, max_length=200, help_text=(
        "The number at the end of the installation's address, …/installations/NUMBER. Blank until it is installed."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False)
    private_key = SecretField(multiline=True, label="Private key", help_text=(
        "The .pem file that GitHub let you download once, whole, with its BEGIN and END lines."))
    webhook_secret = SecretField(label="Webhook secret", max_length=1024, help_text=(
        "The one entered on the App's page, under Webhook. It proves that an event is GitHub's."))
    client_id = SecretField(label="Client ID", required=False, max_length=100, help_text=(
        "With the client secret it lets GitHub say who installed the App."))
    client_secret = SecretField(label="Client secret", required=False, max_length=200)

    def clean_base_url(self) -> str:
        return http_address(self.cleaned_data["base_url"])

    def clean_api_url(self) -> str:
        typed = self.cleaned_data["api_url"].strip()
        return http_address(typed) if typed else ""

    def clean_app_id(self) -> str:
        typed: str = self.cleaned_data["app_id"].strip()
        if CLIENT_ID.fullmatch(typed):
            raise ValidationError("This is the Client ID; the App ID is the number above it on the App's page.")
        if not typed.isascii() or not typed.isdigit():
            raise ValidationError("An App ID is a number, such as 123456.")
        return typed

    def clean_installation_id(self) -> str:
        typed: str = self.cleaned_data["installation_id"].strip()
        if (page := INSTALLATION_PAGE.fullmatch(typed)) is not None:
            return page[1]
        if typed and not (typed.isascii() and typed.isdigit()):
            raise ValidationError("An installation ID is the number at the end of …/installations/NUMBER.")
        return typed

    def clean_private_key(self) -> str:
        typed = self.cleaned_data["private_key"]
        try:
            return normal_pem(typed) if typed else ""
        except KeyProblem as problem:
            raise ValidationError(str(problem)) from None

    def clean_webhook_secret(self) -> str:
        typed: str = self.cleaned_data["webhook_secret"].strip()
        if "-----BEGIN" in typed:
            raise ValidationError("This is the private key; the webhook secret is the word entered on the App's page.")
        return typed

    def clean_client_id(self) -> str:
        return one_word(self.cleaned_data["client_id"]) if self.cleaned_data["client_id"] else ""

    def clean_client_secret(self) -> str:
        return one_word(self.cleaned_data["client_secret"]) if self.cleaned_data["client_secret"] else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "base_url" in cleaned and "api_url" in cleaned:
            cleaned["api_url"] = api_of(cleaned["base_url"], cleaned["api_url"])
        return cleaned


def api_of(base_url: str, api_url: str) -> str:
    """The API that belongs to an address, where none (or only github.com's) was given for it.

    https://docs.github.com/enterprise-server/rest/quickstart · data residency: https://api.SUBDOMAIN.ghe.com
    """
    base = normal_base(base_url)
    if api_url and not (normal_base(api_url) == API and base != WEB):
        return api_url
    if base == WEB:
        return API
    scheme, _, host = base.partition("://")
    return f"{scheme}://api.{host}" if host.endswith(".ghe.com") else f"{base}/api/v3"


@dataclass(frozen=True)
class GitHubClient:
    """What `connect` makes. The names that the shared Git rows use are those of git_token.TokenClient."""

    about: About
    base_url: str
    app: GitHubApp
    git: AppGit
    installation_id: str

    @property
    def api(self) -> Http:
        return self.app.api

    @property
    def host(self) -> str:
        return self.base_url.partition("://")[2]

    @property
    def installation_page(self) -> str:
        """Where an installation is configured; GitHub sends an organisation's on to its own settings."""
        return f"{self.base_url}/settings/installations/{self.installation_id}".rstrip("/")

    @property
    def token_page(self) -> str:
        """The page for whatever the credential lacks: an App's grants are its installation's."""
        return self.installation_page


def connect(settings: JsonMap, credentials: JsonMap) -> GitHubClient:
    base, installation = normal_base(settings["base_url"]), str(settings.get("installation_id") or "")
    api = normal_base(api_of(settings["base_url"], str(settings.get("api_url") or "")))
    app = GitHubApp(api, str(settings["app_id"]), load(credentials["private_key"]))
    return GitHubClient(ABOUT, base, app, AppGit(app, base, installation), installation)


def _endpoint(settings: JsonMap) -> str:
    """Both origins: the key's signatures go to the API, the tokens made with it to Git, too."""
    api = api_of(settings["base_url"], str(settings.get("api_url") or ""))
    return f"{normal_base(settings['base_url'])} {normal_base(api)}"


def _addresses(settings: JsonMap) -> dict[str, str]:
    base, api = _endpoint(settings).split(" ")
    return {"base_url": base, "api_url": api}


def _summary(settings: JsonMap) -> str:
    host = normal_base(settings["base_url"]).partition("://")[2]
    installation = settings.get("installation_id")
    return f"App {settings.get('app_id')} at {host}" + (f", installation {installation}" if installation else "")


def _installation(settings: JsonMap) -> str:
    installation = str(settings.get("installation_id") or "")
    return f"{_endpoint(settings)} installation {installation}" if installation else ""


github = Provider(
    token_kinds=("github-token", "github-app-key"),
    slug="github", name="GitHub", section="GitHub (GitHub App)",
    form=GitHubForm, connect=connect, endpoint=_endpoint, addresses=_addresses, summary=_summary,
    reached_at=lambda settings, target: f"{normal_base(settings['base_url'])}/",
    serves=("app",), service_fields={"app": ("repository", "ref")},
    service_help="The HTTPS clone URL, https://github.com/OWNER/REPOSITORY.git, and a branch or tag.",
    hook=Hook(secret="webhook_secret", read=read),  # noqa: S106 -- a field's name
    setup="github", pick=repositories,
    identity_fields=("installation_id",), exclusive=Exclusive(_installation, proven_by="installation_active"),
    account=lambda settings: f"installation {settings['installation_id']}" if settings.get("installation_id") else "",
    links={"apps": "{base_url}/settings/apps", "installations": "{base_url}/settings/installations"},
    guide=Guide(
        needs="The right to create a GitHub App in your account or organisation, and an owner of the organisation that "
              "has the repositories, who approves the installation.", minutes=5,
        least_grant="Repository permissions: Contents read-only, Metadata read-only (Contents read and write if deploys "
                    "push). Events: Push.",
        rotation=Rotation(
            Step("Under Private keys of the App's settings choose “Generate a private key”. An App holds several keys at once: "
                 "the old one goes on working.", "{base_url}/settings/apps"),
            Step("In the same list delete the old key; the SHA-256 fingerprint beside each tells which it is.",
                 "{base_url}/settings/apps"),
            "The webhook secret has no second one: change it at GitHub and here right after one another, and redeliver what "
            "failed in between."),
        steps=(
            Step("Let this program write the App for you: “Create a GitHub App” fills in every permission, and GitHub "
                 "hands the keys over. Or make it by hand with the steps below."),
            Step("Open Developer settings, GitHub Apps, New GitHub App.", "{base_url}/settings/apps/new"),
            Step("Under Webhook enter the address that this program shows for the integration, and a secret."),
            Step("Under Repository permissions set Contents to Read-only (Read and write if deploys push). Metadata turns "
                 "to Read-only by itself."),
            Step("Under Subscribe to events tick Push, and create the App."),
            Step("Note the App ID, generate a private key, and keep the .pem file that is downloaded.",
                 "{base_url}/settings/apps"),
            Step("Under Install App choose the account and the repositories that are deployed. If it says “Request”, an "
                 "owner of the organisation has to approve it."),
        )))
