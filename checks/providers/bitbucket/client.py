"""What `connect` makes, and how this host is asked. https://developer.atlassian.com/cloud/bitbucket/rest/intro/"""
from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from checks.clients.errors import ClientError
from checks.clients.http import Response
from checks.providers.base import Context
from checks.providers.bitbucket.kinds import API_TOKEN, PROJECT, REPOSITORY, TOLD, WORKSPACE, family
from checks.providers.bitbucket.paths import key_and_name
from checks.providers.git_token import TokenClient, asked_url

API_TOKENS = "https://id.atlassian.com/manage-profile/security/api-tokens"
SUPPORT = "https://support.atlassian.com/bitbucket-cloud/docs/create-a-{0}-access-token/"
# where a token of each kind is made, as long as no service says for which workspace or repository
MADE = {API_TOKEN: API_TOKENS, REPOSITORY: SUPPORT.format("repository"), PROJECT: SUPPORT.format("project"),
        WORKSPACE: SUPPORT.format("workspace")}
DATA_CENTER_TOKENS = "{base_url}/plugins/servlet/access-tokens/manage"
USER, PUBLIC, WORKSPACES = "2.0/user", "2.0/hook_events", "2.0/user/workspaces"
PROPERTIES = "rest/api/1.0/application-properties"
ELSEWHERE = "not supported for this endpoint"  # a 401 that may be the route's and not the token's


@dataclass(frozen=True)
class BitbucketClient(TokenClient):
    """kind: as the settings have it. cloud: False for Data Center."""

    kind: str = REPOSITORY
    cloud: bool = True


def ask(ctx: Context, path: str, *, anonymous: bool = False) -> Response:
    """One GET of the API, asked once in a run."""
    api, key = ctx.client.api, f"api {'anonymous ' if anonymous else ''}{path}"
    headers = {"Accept": "application/json"}
    if anonymous:
        return ctx.once(key, lambda: api.get(path, headers=headers, auth=None))
    return ctx.once(key, lambda: api.get(path, headers=headers))


def repository_path(client: BitbucketClient, repository: str) -> str:
    if client.cloud:
        return "2.0/repositories/" + "/".join(_quoted(part) for part in repository.split("/"))
    key, name = key_and_name(repository)
    return f"rest/api/1.0/projects/{_quoted(key)}/repos/{_quoted(name)}"


def _quoted(part: str) -> str:
    return quote(unquote(part), safe="~")


def identity(ctx: Context) -> Response:
    """The answer that tells most of a token. A route that was retired, or that says to be closed to this kind of token,
    is no judgement of it: then another one is asked."""
    client: BitbucketClient = ctx.client
    first = ask(ctx, USER)
    retired = first.status == 410
    closed = first.status == 401 and family(client.kind) == "access" and ELSEWHERE in said(first)
    if not closed and (tells(first) or not retired):
        return first
    return ask(ctx, WORKSPACES if family(client.kind) == "api" else PUBLIC)


def said(response: Response) -> str:
    """The host's own sentence in a refusal, "" when it sent a page or nothing."""
    if response.is_html:
        return ""
    document = _document(response)
    if document is None:
        return " ".join(response.text.split())[:300]
    error = document.get("error")  # Cloud: {"type": "error", "error": {"message": …}}
    several = document.get("errors")  # Data Center: {"errors": [{"message": …}]}
    if isinstance(several, list) and several and isinstance(several[0], dict):
        error = several[0]
    message = error.get("message") if isinstance(error, dict) else (error or document.get("message"))
    return str(message or "")[:300]


def _document(response: Response) -> dict[str, object] | None:
    try:
        document = response.json()
    except ClientError:
        return None
    return document if isinstance(document, dict) else {}


def refused_scopes(response: Response) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """(granted, required) of a 403 for want of a scope, as the host itself lists them."""
    error = (_document(response) or {}).get("error") if response.status == 403 else None
    detail = error.get("detail") if isinstance(error, dict) else None
    if not isinstance(detail, dict) or not isinstance(detail.get("required"), list):
        return None
    granted = detail.get("granted")
    return _names(granted if isinstance(granted, list) else []), _names(detail["required"])


def _names(values: list[object]) -> tuple[str, ...]:
    return tuple(sorted({str(value)[:80] for value in values if str(value).strip()}))


def scopes_told(response: Response) -> tuple[str, ...] | None:
    """What the token was granted, None where this answer does not say: header x-oauth-scopes, or a 403's detail."""
    if (header := response.headers.get("x-oauth-scopes")) is not None:
        return _names([name.strip() for name in header.split(",")])
    detail = refused_scopes(response)
    return detail[0] if detail else None


def kind_told(response: Response) -> str:
    """The kind by the header x-credential-type, "" where the answer does not say."""
    return TOLD.get(response.headers.get("x-credential-type", "").strip().lower(), "")


def tells(response: Response) -> bool:
    return scopes_told(response) is not None or bool(kind_told(response))


def is_known(ctx: Context) -> bool | None:
    """Whether the host takes the token for a valid one, beside a refusal that stands without it; None: not seen."""
    client: BitbucketClient = ctx.client
    try:
        response = identity(ctx) if client.cloud else ask(ctx, PROPERTIES)
    except ClientError:
        return None
    if response.status == 401:
        return False
    named = response.status == 200 and (USER in response.url if client.cloud else "x-ausername" in response.headers)
    return True if named or tells(response) else None


def placed(ctx: Context) -> Context:
    """The same context, whose token page is that of this service's own repository or workspace."""
    client: BitbucketClient = ctx.client
    repository = asked_url(ctx).repository
    if not client.cloud or "/" not in repository:
        return ctx
    home, workspace = f"{client.base_url}/{repository}", f"{client.base_url}/{repository.partition('/')[0]}"
    pages = {REPOSITORY: f"{home}/admin/access-tokens", PROJECT: f"{workspace}/workspace/projects",
             WORKSPACE: f"{workspace}/workspace/settings/access-tokens"}
    page = pages.get(client.kind, client.fills["page"])
    return replace(ctx, client=replace(client, fills={**client.fills, "page": page}))
