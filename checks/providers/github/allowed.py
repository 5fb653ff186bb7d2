"""Whether the installation reaches a service's repository, and if not, why: not on its list, renamed, not installed there.

https://docs.github.com/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
"""
from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from checks.clients.github_app import number_of_moved
from checks.clients.http import Response
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.git_token import AGAIN, page_of, quoted
from checks.providers.github import answers
from checks.providers.github.answers import REDIRECTS, account_of, installation_page, said
from checks.providers.github.picker import METADATA, Listing, every
from checks.verdict import Cause, Layer, Skip, Verdict, fail, passed, skipped, unknown, warn

Document = Mapping[str, Any]


def repository_allowed(ctx: Context) -> Verdict:
    repository = git_token.asked_url(ctx).repository
    if not repository:
        return skipped("Not tried: the service's URL names no repository of this host.", skip=Skip.NEED,
                       needs="url_well_formed")
    response = answers.as_app(ctx, f"/repos/{quote(repository)}/installation")
    if response.status == 200:
        return _reached(ctx, repository, answers.document_of(ctx, response, "an installation"))
    if response.status in REDIRECTS and (number := number_of_moved(response)):
        return _renamed(ctx, repository, number)
    if response.status == 404 and not response.is_html:
        return _not_reached(ctx, repository)
    return answers.unexpected(ctx, response, repository, repository.partition("/")[0])


def _reached(ctx: Context, repository: str, found: Document) -> Verdict:
    if str(found.get("id")) != ctx.client.installation_id:
        return _of_another(ctx, repository, found)
    how = "was on the list of" if found.get("repository_selection") == "selected" else "was among all repositories of"
    return passed(f"{repository} {how} the installation {found['id']} on {account_of(found)}.",
                  selection=found.get("repository_selection"), repository=repository)


def _of_another(ctx: Context, repository: str, found: Document) -> Verdict:
    number, account, mine = found.get("id"), account_of(found), ctx.client.installation_id
    page = installation_page(ctx, found)
    return fail(f"{repository} belongs to the App's installation {number} on {account}, and this integration is the installation "
                f"{mine}.", link=page, other={"id": str(number), "account": account},
                remedy=f"Connect the installation {number} as an integration of its own and have the service use that, or enter "
                       "its number in this one's settings.")


def _renamed(ctx: Context, repository: str, number: int) -> Verdict:
    """A token for the one repository, by its number, tells its name of today; it may see nothing else of it."""
    made = ctx.once(f"name {number}", lambda: _name_of(ctx, number))
    if isinstance(made, str) and made:
        new = f"{ctx.client.base_url}/{made}.git"
        return warn(f"{repository} is now {made}, and this installation reaches it.", layer=Layer.CLONE_URL, suggested=new,
                    link=page_of(ctx, made), remedy=f"Set the service's repository to {new}.", repository=made)
    if isinstance(made, Response) and made.status not in (404, 422):
        return answers.unexpected(ctx, made, repository, repository.partition("/")[0])
    words = said(made) if isinstance(made, Response) else ""
    page = page_of(ctx, repository)
    return fail(f"{repository} was renamed or given to another account, and this installation does not reach it as it is now"
                f"{quoted(words)}.", link=page, candidates=["clone-url", "repo-allow-list"],
                remedy=f"Open {page}, which leads to where it is now, and set the service's repository to the clone URL there; "
                       f"add it under Repository access on {answers.page_here(ctx)}.")


def _name_of(ctx: Context, number: int) -> str | Response:
    client = ctx.client
    with client.app.minted(client.installation_id, METADATA, repository_ids=[number]) as made:
        if isinstance(made, Response):
            return made
        return made.repositories[0] if len(made.repositories) == 1 else ""


# --- Not reached ------------------------------------------------------------------------------------------
def _not_reached(ctx: Context, repository: str) -> Verdict:
    owner, mine = repository.partition("/")[0], answers.the_installation(ctx)
    if account_of(mine).casefold() == owner.casefold():
        return _not_listed(ctx, repository, mine)
    for kind in ("orgs", "users"):
        response = answers.as_app(ctx, f"/{kind}/{quote(owner)}/installation")
        if response.status == 200:
            found = answers.document_of(ctx, response, "an installation")
            ours = str(found.get("id")) == ctx.client.installation_id
            return _not_listed(ctx, repository, found) if ours else _of_another(ctx, repository, found)
        if response.status != 404 or response.is_html:
            return answers.unexpected(ctx, response, owner, owner)
    install = answers.install_page(ctx, answers.the_app(ctx))
    return fail(f"The App was not installed on {owner} at all; this integration's installation is that on {account_of(mine)}.",
                link=install, candidates=["github-app", "clone-url"],
                remedy=f"Install the App on {owner} on {install} and connect that installation, or correct the owner in the "
                       "service's repository.")


def _not_listed(ctx: Context, repository: str, found: Document) -> Verdict:
    """The list itself decides: GitHub says the same of what is not on it and of what does not exist."""
    listing = ctx.once("repositories", lambda: _list(ctx))
    if isinstance(listing, Response):
        return answers.unexpected(ctx, listing, "the installation's repositories", account_of(found))
    names = [str(entry["full_name"]) for entry in listing.entries]
    account, page = account_of(found), installation_page(ctx, found)
    if repository.casefold() in (name.casefold() for name in names):
        return unknown(f"GitHub listed {repository} for this installation, and said at the same time that it has none.",
                       cause=Cause.PROVIDER, remedy=AGAIN)
    if not listing.is_whole:
        return unknown(f"The list of {account}'s installation was read only in part: {len(names)} of {listing.total} "
                       f"repositories. {repository} was not among those.", cause=Cause.PROVIDER, link=page,
                       remedy=f"See on {page} whether {repository} is under Repository access, then check again.")
    near = _near(repository, names)
    meant = f", or set the service's repository to the one that is meant: {', '.join(near)}" if near else ""
    facts: dict[str, Any] = {"near": near, "suggested": f"{ctx.client.base_url}/{near[0]}.git" if len(near) == 1 else ""}
    if found.get("repository_selection") != "selected":
        return fail(f"{account} had no repository {repository} that this installation can see, though it sees all of them.",
                    layer=Layer.CLONE_URL, link=page_of(ctx, repository), candidates=["clone-url", "repo-allow-list"],
                    remedy=f"Correct the spelling of {repository} in the service{meant}.", **facts)
    return fail(f"{repository} was not on the list of the installation on {account}, which has {_count(len(names))}.", link=page,
                candidates=["repo-allow-list", "clone-url"],
                remedy=f"Add {repository} under Repository access on {page}{meant}.", **facts)


def _list(ctx: Context) -> Listing | Response:
    client = ctx.client
    with client.app.minted(client.installation_id, METADATA) as made:
        return made if isinstance(made, Response) else every(client, made)


def _near(repository: str, names: list[str]) -> list[str]:
    by_fold = {name.casefold(): name for name in names}
    return [by_fold[name] for name in difflib.get_close_matches(repository.casefold(), list(by_fold), n=3, cutoff=0.8)]


def _count(number: int) -> str:
    return "1 repository" if number == 1 else f"{number or 'no'} repositories"
