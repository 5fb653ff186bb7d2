"""What the token can list. https://docs.gitlab.com/api/projects/#list-all-projects"""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers.git_token import TokenClient
from checks.providers.pick import PAGE_SIZE, Choice, Picked

NO_LIST = "This token cannot list repositories: GitLab opens its list with the scope read_api only. Type the clone URL."


def repositories(client: TokenClient, query: str, page: int) -> Picked:
    """The projects that the token's user is a member of, the most lately used first."""
    params: dict[str, Any] = {"membership": "true", "simple": "true", "order_by": "last_activity_at",
                              "per_page": str(PAGE_SIZE), "page": str(page)}
    if query.strip():
        params |= {"search": query.strip(), "search_namespaces": "true"}
    url = f"{client.base_url}/api/v4/projects"
    headers = {"Accept": "application/json", "PRIVATE-TOKEN": client.token}
    response = client.api.get(url, headers=headers, params=params)
    if response.status == 401 and not client.token.startswith("gl"):  # an OAuth token is known as Bearer only
        headers = {"Accept": "application/json", "Authorization": f"Bearer {client.token}"}
        response = client.api.get(url, headers=headers, params=params)
    if response.status == 403 and not response.is_html:
        return Picked(note=NO_LIST)
    if response.status == 401 and not response.is_html:
        return Picked(note=_unknown(client))
    projects = response.json()
    if response.status != 200 or not isinstance(projects, list):
        raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered HTTP {response.status} where a list of projects "
                          "was due.", host=client.host, status=response.status)
    found = tuple(_choice(client, about) for about in projects if isinstance(about, dict) and _path(about))
    note = "" if found or page > 1 or query.strip() else "The token's user is a member of no project."
    return Picked(found, _more(response, len(projects)), note)


def _unknown(client: TokenClient) -> str:
    if client.token.startswith("gldt-"):
        return "A deploy token cannot list repositories: it has no API. Type the clone URL."
    return f"{client.host} did not accept this token, so it listed nothing. Check the integration."


def _path(about: dict[str, Any]) -> str:
    return str(about.get("path_with_namespace") or "")


def _choice(client: TokenClient, about: dict[str, Any]) -> Choice:
    """The clone URL is built below the integration's own address: http_url_to_repo may name another host."""
    visibility = about.get("visibility")  # simple=true leaves it out for most users
    return Choice(f"{client.base_url}/{_path(about)}.git", _path(about), str(about.get("default_branch") or ""),
                  None if visibility is None else visibility != "public", bool(about.get("archived")))


def _more(response: Response, number: int) -> bool:
    told = response.headers.get("X-Next-Page")
    return bool(told.strip()) if told is not None else number >= PAGE_SIZE
