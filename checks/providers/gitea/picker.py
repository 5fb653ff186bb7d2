"""The repositories that the token sees, for a form to offer. https://docs.gitea.com/api/1.24/#tag/repository/operation/repoSearch"""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers.git_token import TokenClient, quoted
from checks.providers.gitea.answers import REQUIRED, said
from checks.providers.pick import PAGE_SIZE, Choice, Picked


def repositories(client: TokenClient, query: str, page: int) -> Picked:
    """GET /api/v1/repos/search, which needs read:repository. On a public host strangers' public repositories come too."""
    response = client.api.get(f"{client.base_url}/api/v1/repos/search", params={
        "q": query.strip(), "limit": str(PAGE_SIZE), "page": str(max(page, 1))},
        headers={"Accept": "application/json", "Authorization": f"token {client.token}"})
    if response.status == 200:
        return _page(client, response, max(page, 1))
    words = said(response)
    if response.status == 403 and REQUIRED.search(words):
        return Picked(note=f"The token may not list repositories: it lacks read:repository{quoted(words)}.")
    if response.status == 401 and not response.is_html:
        return Picked(note=f"{client.host} refused the token (HTTP 401){quoted(words)}.")
    if response.status == 403 and not response.is_html and words:
        return Picked(note=f"{client.host} did not list repositories (HTTP 403){quoted(words)}.")
    raise _strange(client, response)


def _page(client: TokenClient, response: Response, page: int) -> Picked:
    document = response.json()
    entries = document.get("data") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise _strange(client, response)
    choices = tuple(_choice(client, entry) for entry in entries if isinstance(entry, dict) and entry.get("full_name"))
    total = response.headers.get("X-Total-Count", "")
    more = int(total) > page * PAGE_SIZE if total.isascii() and total.isdigit() else len(entries) >= PAGE_SIZE
    return Picked(choices, more)


def _choice(client: TokenClient, entry: dict[str, Any]) -> Choice:
    """The clone URL is of our own address: the host's own answer may name another one, by its ROOT_URL."""
    private = entry.get("private")
    return Choice(url=f"{client.base_url}/{entry['full_name']}.git", name=str(entry["full_name"]),
                  ref=str(entry.get("default_branch") or ""), private=private if isinstance(private, bool) else None,
                  archived=bool(entry.get("archived")))


def _strange(client: TokenClient, response: Response) -> ClientError:
    return ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered something else where a list of repositories was due (HTTP "
                       f"{response.status}).", host=client.host, status=response.status)
