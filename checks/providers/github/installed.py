"""Whether the App is installed where this integration says, approved and not suspended.

https://docs.github.com/rest/apps/apps#get-an-installation-for-the-authenticated-app
https://docs.github.com/rest/apps/apps#list-installation-requests-for-the-authenticated-app
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from checks.clients.errors import ClientError
from checks.providers.base import Context
from checks.providers.github import answers
from checks.providers.github.answers import account_of, installation_page, login_of
from checks.verdict import Verdict, fail, passed

Document = Mapping[str, Any]
SHOWN = 5


def installation_active(ctx: Context) -> Verdict:
    app = answers.the_app(ctx)
    if not ctx.client.installation_id:
        return _none_chosen(ctx, app)
    response = answers.installation(ctx)
    if response.status == 200:
        return _found(ctx, app, answers.document_of(ctx, response, "the installation"))
    if response.status == 404 and not response.is_html:
        return _gone(ctx, app)
    return answers.unexpected(ctx, response, f"the installation {ctx.client.installation_id}")


def _found(ctx: Context, app: Document, found: Document) -> Verdict:
    number, account, page = ctx.client.installation_id, account_of(found), installation_page(ctx, found)
    facts = {"account": account, "installation": number, "selection": found.get("repository_selection"), "page": page}
    if found.get("app_id") not in (None, app.get("id")):
        return fail(f"The installation {number} on {account} was one of another App.", link=answers.install_page(ctx, app),
                    remedy=f"Enter the number of an installation of the App “{_name(app)}”, or install it on "
                           f"{answers.install_page(ctx, app)}.", **facts)
    if found.get("suspended_at"):
        return _suspended(ctx, app, found, facts)
    if ctx.known.get("held_elsewhere"):
        return fail(f"The installation {number} on {account} is connected in another Organisation of this program, and one "
                    "installation serves one Organisation.", link=page,
                    remedy=f"Disconnect it there first, or install an App of this Organisation's own on {account}.", **facts)
    which = "the repositories chosen for it" if found.get("repository_selection") == "selected" else "all its repositories"
    return passed(f"The App “{_name(app)}” was installed on {account} (installation {number}), for {which}.", **facts)


def _suspended(ctx: Context, app: Document, found: Document, facts: Document) -> Verdict:
    """Whoever suspended it lifts it: what the App's owner suspended, the account's owner cannot. github/docs#9477"""
    account, by, page = account_of(found), login_of(found, "suspended_by"), installation_page(ctx, found)
    owner, since = login_of(app, "owner"), str(found["suspended_at"])[:10]
    seen = f"The installation {ctx.client.installation_id} on {account} was suspended on {since}{f' by {by}' if by else ''}."
    theirs = f"{answers.app_page(ctx, app)}/installations"
    if by and by == owner != account:
        return fail(f"{seen} {by} owns the App, so {account} cannot lift it.", link=theirs, suspended_by=by, **facts,
                    remedy=f"Have {by}, the App's owner, unsuspend it on {theirs}.")
    if account in (by, owner):
        return fail(seen, link=page, remedy=f"Unsuspend it on {page}.", suspended_by=by, **facts)
    return fail(seen, link=page, suspended_by=by, **facts,
                remedy=f"Unsuspend it on {page}, as an owner of {account}. If it was suspended for the App's owner, {owner}, "
                       f"only that one can lift it, on {theirs}.")


def _gone(ctx: Context, app: Document) -> Verdict:
    number, install = ctx.client.installation_id, answers.install_page(ctx, app)
    others, whole = answers.listed(ctx, "/app/installations")
    told = _named(others)
    when = _uninstalled_at(ctx)
    why = f"GitHub's delivery log says that it was uninstalled on {when}" if when else (
        "it was uninstalled, or the number is that of another App's installation")
    facts: dict[str, Any] = {"installations": told, "uninstalled_at": when}
    if told:
        return fail(f"The App “{_name(app)}” had no installation {number}: {why}. It had {_list(told, whole)}.",
                    link=install, remedy="Choose one of its installations in this integration's settings, or install it anew on "
                                         f"{install}.", **facts)
    return fail(f"The App “{_name(app)}” had no installation {number}, and no other: {why}.", link=install,
                remedy=f"Install it on {install}, and enter the new installation's number.", **facts)


def _uninstalled_at(ctx: Context) -> str:
    """The day, when the App's delivery log still holds that event; a log that cannot be read says nothing."""
    try:
        response = answers.as_app(ctx, "/app/hook/deliveries", {"per_page": answers.PAGE})
        entries = response.json() if response.status == 200 else []
    except ClientError:
        return ""
    return next((str(entry.get("delivered_at"))[:10] for entry in entries if isinstance(entry, dict)
                 and (entry.get("event"), entry.get("action")) == ("installation", "deleted")
                 and str(entry.get("installation_id")) == ctx.client.installation_id), "")


# --- No number yet ----------------------------------------------------------------------------------------
def _none_chosen(ctx: Context, app: Document) -> Verdict:
    others, whole = answers.listed(ctx, "/app/installations")
    waiting = _requests(ctx)
    told, install = _named(others), answers.install_page(ctx, app)
    if told:
        also = f" {_asked(waiting[0])}; no owner has approved that yet." if waiting else ""
        return fail(f"The App “{_name(app)}” had {_list(told, whole)}, and none of them is chosen here.{also}", link=install,
                    remedy="Choose the installation in this integration's settings: the number at the end of its address.",
                    installations=told, **_waiting(ctx, app, waiting))
    if waiting:
        facts = _waiting(ctx, app, waiting)
        page = _owners_page(ctx, waiting[0])
        return fail(f"{_asked(waiting[0])}, and no owner has approved that yet.", link=page, installations=[], **facts,
                    remedy=f"Have an owner of {facts['account']} approve the request on {page}.")
    return fail(f"The App “{_name(app)}” was not installed anywhere.", link=install, installations=[], pending=False,
                remedy=f"Install it on {install}, on the account that has the repositories.")


def _requests(ctx: Context) -> list[Document]:
    path = "/app/installation-requests"
    if answers.as_app(ctx, path, {"per_page": answers.PAGE, "page": 1}).status == 404:
        return []  # older servers do not know the question
    return answers.listed(ctx, path)[0]


def _waiting(ctx: Context, app: Document, waiting: Sequence[Document]) -> dict[str, Any]:
    """What a page needs of a request that waits: who asked, where, and a message for whoever may approve it."""
    if not waiting:
        return {"pending": False}
    account, requester = account_of(waiting[0]), login_of(waiting[0], "requester")
    asks = ", ".join(answers.spelled(answers.permissions_of(app))) or "nothing"
    message = (f"{requester or 'A member'} asked to install the GitHub App “{_name(app)}” on {account}, so that its repositories "
               f"can be deployed. It asks for {asks}. As an owner of {account}, please approve it, for the repositories that "
               f"are deployed, on {_owners_page(ctx, waiting[0])}.")
    return {"pending": True, "account": account, "requester": requester, "message": message, "requests": len(waiting)}


def _owners_page(ctx: Context, request: Document) -> str:
    """Where an organisation's owners see the requests, and approve them."""
    return f"{ctx.client.base_url}/organizations/{account_of(request)}/settings/installations"


def _asked(request: Document) -> str:
    on = str(request.get("created_at") or "")[:10]
    return (f"{login_of(request, 'requester') or 'Somebody'} asked{f' on {on}' if on else ''} for it to be installed on "
            f"{account_of(request)}")


def _name(app: Document) -> str:
    return str(app.get("name") or app.get("slug") or "")


def _named(installations: Sequence[Document]) -> list[dict[str, Any]]:
    return [{"id": str(one.get("id")), "account": account_of(one)} for one in installations if one.get("id")]


def _list(told: Sequence[Mapping[str, Any]], whole: bool) -> str:
    shown = ", ".join(f"{one['id']} on {one['account']}" for one in told[:SHOWN])
    more = len(told) - SHOWN
    head = "the installation" if len(told) == 1 else "the installations"
    return f"{head} {shown}" + (f" and {'' if whole else 'at least '}{more} more" if more > 0 else "")
