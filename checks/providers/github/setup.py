"""Setting an App up with GitHub: the manifest that makes one, the page that installs it, and what proves an installation.

https://docs.github.com/apps/creating-github-apps/registering-a-github-app/about-the-setup-url (an installation_id in an
address proves nothing) · https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/\
generating-a-user-access-token-for-a-github-app
Each function here asks GitHub within ten seconds in all, and raises SetupTrouble for everything that is no answer.
"""
from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from checks.clients import deadline
from checks.clients.errors import ClientError
from checks.clients.http import Http
from checks.providers.base import JsonMap
from checks.providers.clone_url import normal_base
from checks.providers.github.answers import account_of, has_more, login_of
from checks.providers.github.declared import GitHubClient, connect
from checks.providers.github.key import KeyProblem
from checks.providers.github.new_app import Made, convert, manifest, register_page
from checks.providers.github.setup_answers import SECONDS, SetupTrouble, asking, document, refused
from checks.providers.github.webhook_rows import unreachable

__all__ = ["INSTALLATION_FIELD", "NAME", "AppFacts", "Installed", "Made", "SetupTrouble", "about", "client_of", "convert",
           "having", "install_page", "manifest", "prove", "redeliver", "register_page", "requested", "requests_page",
           "settings_page", "unreachable"]

NAME = "github"  # what Provider.setup calls these pages
INSTALLATION_FIELD = "installation_id"
NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)
PAGE, MOST_PAGES = 100, 10


@dataclass(frozen=True)
class AppFacts:
    """The App as GitHub describes it. page: its public page, below which it is installed."""

    name: str
    page: str
    owner: str
    owner_id: str


@dataclass(frozen=True)
class Installed:
    id: str
    account: str


def client_of(settings: JsonMap, credentials: JsonMap) -> GitHubClient:
    """The App's own client. Raises SetupTrouble where its stored key is of no use."""
    try:
        return connect(settings, credentials)
    except (KeyProblem, KeyError):
        raise SetupTrouble("The stored private key cannot be used: paste it again under Edit.") from None


def about(client: GitHubClient) -> AppFacts:
    with asking():
        told = document(client.app.ask("GET", "/app"), 200, "the App")
    page = str(told.get("html_url") or "")
    if not page.startswith(f"{client.base_url}/"):
        page = f"{client.base_url}/apps/{quote(str(told.get('slug') or ''), safe='')}"
    owner = told.get("owner")
    number = str(owner.get("id") or "") if isinstance(owner, dict) else ""
    return AppFacts(str(told.get("name") or told.get("slug") or ""), page, login_of(told, "owner"), number)


def install_page(app: AppFacts, nonce: str) -> str:
    """Where the App is installed, its owner's account chosen beforehand: a private App can be installed on no other.

    https://docs.github.com/apps/creating-github-apps/about-creating-github-apps/\
migrating-oauth-apps-to-github-apps#prompt-users-to-install-your-github-app
    """
    if app.owner_id:
        return f"{app.page}/installations/new/permissions?" + urlencode({"suggested_target_id": app.owner_id, "state": nonce})
    return f"{app.page}/installations/new?" + urlencode({"state": nonce})


def settings_page(settings: JsonMap) -> str:
    """Where an installation's repositories are chosen; "" while there is none."""
    number = str(settings.get(INSTALLATION_FIELD) or "")
    return f"{normal_base(settings['base_url'])}/settings/installations/{number}" if number else ""


def prove(client: GitHubClient, credentials: JsonMap, number: str, code: str) -> Installed | None:
    """The installation, where it is this App's and, with a code, one that the person who came back may see; else None.

    A code is exchanged wherever it can be; only without one does the App's own list decide.
    """
    if not NUMBER.fullmatch(number):
        return None
    with asking():
        if code and credentials.get("client_id") and credentials.get("client_secret"):
            return _seen_by_person(client, credentials, number, code)
        return _of_app(client, number)


def _of_app(client: GitHubClient, number: str) -> Installed | None:
    response = client.app.ask("GET", f"/app/installations/{number}")
    if response.status == 404:
        return None
    return _installed(document(response, 200, "the installation"))


def _seen_by_person(client: GitHubClient, credentials: JsonMap, number: str, code: str) -> Installed | None:
    """https://docs.github.com/rest/apps/installations#list-app-installations-accessible-to-the-user-access-token"""
    token = _user_token(client, credentials, code)
    try:
        for page in range(1, MOST_PAGES + 1):
            response = client.app.ask_as(token, "GET", "/user/installations", params={"per_page": PAGE, "page": page})
            told = document(response, 200, "the person's installations").get("installations")
            for entry in told if isinstance(told, list) else []:
                if isinstance(entry, dict) and str(entry.get("id")) == number:
                    return _of_app(client, number)  # it is the App's own, too, and as it is now
            if not has_more(response):
                return None
        return None
    finally:
        _forget(client, credentials, token)


def _user_token(client: GitHubClient, credentials: JsonMap, code: str) -> str:
    form = {"client_id": credentials["client_id"], "client_secret": credentials["client_secret"], "code": code}
    response = Http(client.base_url).post(
        "/login/oauth/access_token", data=urlencode(form).encode(),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"})
    told = document(response, 200, "a user access token")
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        raise SetupTrouble(f"GitHub did not take the code that came back ({str(told.get('error') or 'no reason given')[:80]}).",
                           spent=True)
    return token


def _forget(client: GitHubClient, credentials: JsonMap, token: str) -> None:
    """Revoke a token that has served; it would end within eight hours by itself.

    https://docs.github.com/rest/apps/oauth-applications#delete-an-app-token
    """
    with suppress(ClientError):
        client.api.request("DELETE", f"/applications/{quote(credentials['client_id'], safe='')}/token",
                           auth=(credentials["client_id"], credentials["client_secret"]),
                           headers={"Content-Type": "application/json"}, data=json.dumps({"access_token": token}).encode())


def having(clients: Sequence[GitHubClient], number: str) -> list[bool]:
    """For each App whether it has this installation; one that cannot be asked does not."""
    found = []
    with deadline.within(SECONDS):
        for client in clients:
            try:
                found.append(NUMBER.fullmatch(number) is not None and _of_app(client, number) is not None)
            except (ClientError, SetupTrouble):
                found.append(False)
    return found


# --- Waiting for an owner -------------------------------------------------------------------------------------------
def requested(client: GitHubClient) -> tuple[AppFacts, str]:
    """The App, and the account whose owner was asked: the one request there is, else the App's own owner."""
    with deadline.within(SECONDS):
        app = about(client)
        try:
            with asking():
                accounts = {account_of(entry) for entry in _listed(client, "/app/installation-requests")}
        except SetupTrouble:  # older servers do not know the question
            accounts = set()
    return app, accounts.pop() if len(accounts) == 1 else app.owner


def requests_page(base_url: str, account: str) -> str:
    """Where an owner of the account finds what was requested."""
    return f"{normal_base(base_url)}/organizations/{quote(account, safe='')}/settings/installations"


def redeliver(client: GitHubClient, delivery: str) -> None:
    """https://docs.github.com/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook"""
    if not NUMBER.fullmatch(delivery):
        raise SetupTrouble("This is no delivery of GitHub's.")
    with asking():
        response = client.app.ask("POST", f"/app/hook/deliveries/{delivery}/attempts")
        if response.status == 404:
            raise SetupTrouble("GitHub keeps deliveries for three days, and no longer has this one.")
        if response.status != 202:
            raise refused(response, "to send it again")


def _listed(client: GitHubClient, path: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        response = client.app.ask("GET", path, params={"per_page": PAGE, "page": page})
        told = response.json() if response.status == 200 else None
        if not isinstance(told, list):
            raise refused(response, "for a list")
        found += [entry for entry in told if isinstance(entry, dict)]
        if not has_more(response):
            break
    return found


def _installed(entry: Mapping[str, Any]) -> Installed:
    return Installed(str(entry.get("id") or ""), account_of(entry))
