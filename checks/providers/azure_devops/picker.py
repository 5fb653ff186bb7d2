"""The repositories that the token sees, for a form to offer. The host lists them all at once: they are searched here.

https://learn.microsoft.com/rest/api/azure/devops/git/repositories/list, which Code (Read) opens.
"""
from __future__ import annotations

from typing import Any
from urllib.parse import quote

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response
from checks.providers.azure_devops import answers
from checks.providers.git_token import TokenClient, quoted
from checks.providers.pick import PAGE_SIZE, Choice, Picked

LARGE = 16 * 1024 * 1024  # about a thousand bytes a repository


def repositories(client: TokenClient, query: str, page: int) -> Picked:
    response = _listed(client)
    if answers.opened(response):
        return _page(client, response.json(), query, page)
    words = quoted(answers.said(response))
    if response.status == 401 and answers.is_own(response):
        return Picked(note=f"{client.host} did not list its repositories to this token (HTTP 401){words}: it lacks Code "
                           "(Read), or is not accepted at all.")
    if answers.signs_in(response):
        return Picked(note=f"{client.host} answered with its sign-in page: the token is not accepted.")
    if response.status in (403, 404) and answers.is_own(response):
        return Picked(note=f"{client.host} did not list its repositories (HTTP {response.status}){words}.")
    raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered HTTP {response.status} where a list of repositories was "
                      "due.", host=client.host, status=response.status)


def _listed(client: TokenClient) -> Response:
    for version in answers.VERSIONS:
        response = answers.get(client, answers.REPOSITORIES, {"api-version": version}, max_bytes=LARGE)
        if not answers.too_new(response):
            break
    return response


def _page(client: TokenClient, document: Any, query: str, page: int) -> Picked:
    entries = document.get("value") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ClientError(Kind.NOT_PROTOCOL, f"{client.host} answered something else where a list was due.",
                          host=client.host, status=200)
    every = sorted((_choice(client, entry) for entry in entries if _is_repository(entry)), key=lambda c: c.name.casefold())
    fitting = [choice for choice in every if query.strip().casefold() in choice.name.casefold()]
    start = (max(page, 1) - 1) * PAGE_SIZE
    note = "" if every else f"The token sees no repository of {client.host}: its user may be a member of no project."
    return Picked(tuple(fitting[start:start + PAGE_SIZE]), len(fitting) > start + PAGE_SIZE, note)


def _is_repository(entry: Any) -> bool:
    return isinstance(entry, dict) and bool(entry.get("name")) and isinstance(entry.get("project"), dict) and bool(
        entry["project"].get("name"))


def _choice(client: TokenClient, entry: dict[str, Any]) -> Choice:
    project, name = str(entry["project"]["name"]), str(entry["name"])
    return Choice(url=f"{client.base_url}/{quote(project, safe='')}/_git/{quote(name, safe='')}", name=f"{project}/{name}",
                  ref=str(entry.get("defaultBranch") or "").removeprefix("refs/heads/"),
                  private=entry["project"].get("visibility") != "public", archived=bool(entry.get("isDisabled")))
