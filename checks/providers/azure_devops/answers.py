"""How Azure DevOps is asked, and what its answers are before anybody judges them.

https://learn.microsoft.com/rest/api/azure/devops/ · https://learn.microsoft.com/azure/devops/integrate/get-started/
authentication/authentication-guidance. A personal access token is the password of Basic with no user name at all;
X-TFS-FedAuthRedirect: Suppress asks for a 401 in place of the way to the sign-in page (microsoft/azure-pipelines-agent).
"""
from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from checks.clients.errors import ClientError
from checks.clients.http import Response, redirect_target
from checks.providers.azure_devops.paths import HOSTED
from checks.providers.base import Context
from checks.providers.git_token import TokenClient

VERSIONS = ("7.1", "7.0", "6.0", "5.1")  # Services and Server 2022, 2022, 2020, 2019
HEADERS = {"Accept": "application/json", "X-TFS-FedAuthRedirect": "Suppress"}
CONNECTION = "_apis/connectionData"
REPOSITORIES = "_apis/git/repositories"
ANONYMOUS = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
REDIRECTS = (301, 302, 303, 307, 308)
OWN_HEADERS = ("x-vss-e2eid", "x-tfs-processid", "x-vss-resourcetenant", "activityid", "x-tfs-session",
               "x-tfs-serviceerror")
SIGN_IN_HOSTS = re.compile(r"(^|\.)(visualstudio\.com|dev\.azure\.com|microsoftonline\.com|login\.live\.com)$")
TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
FIRST = 32 * 1024  # of a list whose first entry is enough; some organizations have thousands of repositories


def authorization(token: str) -> str:
    """Bearer for a token of Microsoft Entra, which has the form of a JWT; Basic for every other."""
    if claims(token):
        return f"Bearer {token}"
    return "Basic " + base64.b64encode(f":{token}".encode()).decode("ascii")


def claims(token: str) -> Mapping[str, Any]:
    """What a JWT says of itself; empty for what is none. Nobody here verifies it: the host does."""
    parts = token.split(".")
    if len(parts) != 3 or not token.startswith("eyJ"):
        return {}
    try:
        document = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def get(client: TokenClient, path: str, params: Mapping[str, str], *, anonymous: bool = False, **kwargs: Any) -> Response:
    headers = dict(HEADERS)
    if not anonymous:
        headers["Authorization"] = authorization(client.token)
    return client.api.get(f"{client.base_url}/{path}", headers=headers, params=params, **kwargs)


def connection(ctx: Context, *, anonymous: bool = False) -> Response:
    """Who the host takes us for. Without a version: this is a preview in every one."""
    key = f"connection {'anonymous' if anonymous else 'token'}"
    return ctx.once(key, lambda: get(ctx.client, CONNECTION, {}, anonymous=anonymous))


def ask(ctx: Context, path: str, preview: str = "", **params: str) -> Response:
    """One GET of the API in the version that this host knows, asked once in a run. params: with _ for the $ of $top."""
    version = version_of(ctx) + preview
    asked = {name.replace("_", "$"): value for name, value in params.items()} | {"api-version": version}
    return ctx.once(f"api {path} {sorted(asked.items())}", lambda: get(ctx.client, path, asked))


def listing(ctx: Context) -> Response:
    """The beginning of the organization's list of repositories: a route that Code (Read) opens."""
    return _listing(ctx, version_of(ctx))


def version_of(ctx: Context) -> str:
    """The newest version of the API that this host knows: a server refuses those after its own."""
    return ctx.once("api version", lambda: next(
        (version for version in VERSIONS if not too_new(_listing(ctx, version))), VERSIONS[-1]))


def _listing(ctx: Context, version: str) -> Response:
    return ctx.once(f"repositories {version}", lambda: get(
        ctx.client, REPOSITORIES, {"api-version": version}, stream_until=lambda body: len(body) > FIRST))


def too_new(response: Response) -> bool:
    return response.status == 400 and "VssVersionOutOfRange" in response.text


def first_entry(response: Response) -> Mapping[str, Any]:
    """The first entry of a list, whose body may end in the middle; empty where there is none."""
    if not opened(response):
        return {}
    start = re.search(r'"value"\s*:\s*\[\s*(?=\{)', response.text)
    if not start:
        return {}
    try:
        entry, _ = json.JSONDecoder().raw_decode(response.text, start.end())
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def opened(response: Response) -> bool:
    return response.status == 200 and not response.is_html


def said(response: Response) -> str:
    """The host's own sentence: of its JSON, of X-TFS-ServiceError (on any status), or the title of its page."""
    if (header := service_error(response.headers)):
        return header
    if response.is_html:
        title = TITLE.search(response.text[:20_000])
        return " ".join(title[1].split())[:300] if title and from_azure(response.headers) else ""
    try:
        document = response.json()
    except ClientError:
        return " ".join(response.text.split())[:300]
    return str(document.get("message") or "")[:300] if isinstance(document, dict) else ""


def service_error(headers: Mapping[str, str]) -> str:
    return " ".join(unquote(headers.get("X-TFS-ServiceError", "")).split())[:300]


def from_azure(headers: Mapping[str, str]) -> bool:
    """By the headers that Azure DevOps puts on whatever it answers, its refusals and pages too."""
    return any(name.lower() in OWN_HEADERS for name in headers)


def is_own(response: Response) -> bool:
    """Whether Azure DevOps said this itself: a proxy before it has neither its headers nor its exceptions."""
    return from_azure(response.headers) or (not response.is_html and '"typeKey"' in response.text)


def signs_in(response: Response) -> bool:
    """The sign-in page, or the way to it: how credentials that are not accepted are answered, even with 203 and 200."""
    if response.status in REDIRECTS:
        return leads_to_sign_in(redirect_target(response), response.url)
    return response.is_html and response.status in (200, 203, 401) and from_azure(response.headers)


def leads_to_sign_in(target: str, asked: str) -> bool:
    there, here = urlsplit(target), urlsplit(asked)
    if there.netloc == here.netloc:
        return "_signin" in there.path.lower()
    return there.scheme == "https" and SIGN_IN_HOSTS.search(there.hostname or "") is not None


def hosted(ctx: Context) -> bool:
    """Azure DevOps Services, not a server of one's own: only Services names a tenant."""
    home = urlsplit(ctx.client.base_url).hostname
    return home == HOSTED or bool(connection(ctx, anonymous=True).headers.get("X-VSS-ResourceTenant"))
