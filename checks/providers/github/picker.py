"""What an installation may see: its repositories, for a form to offer. https://docs.github.com/rest/apps/installations"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.clients.errors import ClientError, Kind
from checks.clients.git_packets import first_lines, message_of
from checks.clients.github_app import Minted
from checks.clients.http import Response
from checks.providers.pick import PAGE_SIZE, Choice, Picked

if TYPE_CHECKING:  # declared names this module's function
    from checks.providers.github.declared import GitHubClient

METADATA = {"metadata": "read"}
PAGE, MOST_PAGES = 100, 10


@dataclass(frozen=True)
class Listing:
    """Repositories as GitHub describes them, and how many there are in all."""

    entries: tuple[Mapping[str, Any], ...]
    total: int

    @property
    def is_whole(self) -> bool:
        return len(self.entries) >= self.total


def repositories(client: GitHubClient, query: str, page: int) -> Picked:
    """One page of the installation's repositories, with a token that may see their names and no more.

    GitHub has no search here: with a query the list is read to its end, or to its thousandth.
    """
    wanted, number = query.strip(), max(page, 1)
    if not client.installation_id:
        return Picked(note="The App is not installed yet, so it sees no repository.")
    with client.app.minted(client.installation_id, METADATA) as made:
        if isinstance(made, Response):
            return Picked(note=_why_not(made))
        listing = every(client, made) if wanted else one_page(client, made, number, PAGE_SIZE)
    if isinstance(listing, Response):
        return Picked(note=_why_not(listing))
    return _matching(client, listing, wanted, number) if wanted else _whole(client, listing, number)


def one_page(client: GitHubClient, made: Minted, page: int, size: int) -> Listing | Response:
    """The Response, when GitHub refused to list. Raises ClientError for what is no answer to that."""
    response = client.app.ask_as(made.token, "GET", "/installation/repositories", params={"per_page": size, "page": page},
                                 fresh=True)
    if response.status != 200:
        return response
    told = response.json()
    if not isinstance(told, dict) or not isinstance(told.get("repositories"), list):
        host = urlsplit(response.url).hostname or ""
        raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered something else where repositories were due.", host=host,
                          status=response.status)
    found = tuple(entry for entry in told["repositories"] if isinstance(entry, dict) and entry.get("full_name"))
    total = told.get("total_count")
    return Listing(found, total if isinstance(total, int) else len(found))


def every(client: GitHubClient, made: Minted) -> Listing | Response:
    """All that the installation has, a hundred at a time, a thousand at most."""
    found: tuple[Mapping[str, Any], ...] = ()
    total = 0
    for number in range(1, MOST_PAGES + 1):
        listing = one_page(client, made, number, PAGE)
        if isinstance(listing, Response):
            return listing
        found, total = found + listing.entries, listing.total
        if not listing.entries or len(found) >= total:
            break
    return Listing(found, total)


def _whole(client: GitHubClient, listing: Listing, page: int) -> Picked:
    note = "" if listing.total else "The installation has no repository: choose some on its page at GitHub."
    return Picked(tuple(_choice(client, entry) for entry in listing.entries), listing.total > page * PAGE_SIZE, note)


def _matching(client: GitHubClient, listing: Listing, query: str, page: int) -> Picked:
    matching = [entry for entry in listing.entries if query.casefold() in str(entry["full_name"]).casefold()]
    first = (page - 1) * PAGE_SIZE
    note = ""
    if not listing.is_whole:
        note = f"Only the first {len(listing.entries)} of {listing.total} repositories were searched."
    elif not matching:
        note = (f"No repository of this installation has “{query[:100]}” in its name. One that is missing may not be on the "
                "installation's list: see its page at GitHub.")
    return Picked(tuple(_choice(client, entry) for entry in matching[first:first + PAGE_SIZE]),
                  len(matching) > first + PAGE_SIZE, note)


def _choice(client: GitHubClient, entry: Mapping[str, Any]) -> Choice:
    name, private = str(entry["full_name"]), entry.get("private")
    return Choice(f"{client.base_url}/{name}.git", name, str(entry.get("default_branch") or ""),
                  private if isinstance(private, bool) else None, bool(entry.get("archived")))


def _why_not(response: Response) -> str:
    words = "" if response.is_html else first_lines(message_of(response.text)).rstrip(".")
    if response.status == 404:
        return "GitHub knows no such installation of this App: it was uninstalled, or its number is another's."
    return f"GitHub gave no access to the installation's repositories (HTTP {response.status}{': ' if words else ''}{words})."
