"""The pages on which a GitHub App is installed, asked for, approved and changed, and where they send a browser then.

https://docs.github.com/apps/creating-github-apps/registering-a-github-app/about-the-setup-url
https://docs.github.com/apps/using-github-apps/requesting-a-github-app-from-your-organization-owner
Preselected account and repositories (suggested_target_id, repository_ids[]):
https://docs.github.com/apps/creating-github-apps/about-creating-github-apps/migrating-oauth-apps-to-github-apps
Reconstructed: how the pages look and the addresses the forms post to; that an owner who approves a request stays on
GitHub; that a request goes to the callback address without a code, with `setup_action=request`.
"""
from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from checks.demo.git_repositories import Answer
from checks.demo.github_html import boxes, button, fields, form, hidden, items, link, page, redirect
from checks.demo.github_json import query_of
from checks.demo.github_oauth import new_code
from checks.demo.github_world import Account, App, Installation, InstallationRequest, Selection
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

LOST = "<p>This is not the web page you are looking for."


def about(host: GitHubHost, _seen: Seen, slug: str) -> Answer:
    """The App's public page."""
    app = _app(host, slug)
    if app is None:
        return page(404, "Page not found", LOST)
    return page(200, app.name or app.slug, link(f"/{host.apps_path}/{slug}/installations/new", "Install"))


def choose(host: GitHubHost, seen: Seen, slug: str) -> Answer:
    """First which account, then which repositories; an account that was suggested, or the only one, is taken at once."""
    app, query = _app(host, slug), query_of(seen)
    if app is None:
        return page(404, "Page not found", LOST)
    accounts = _accounts(host, app)
    wanted = query.get("target_id") or query.get("suggested_target_id", "")
    chosen = [one for one in accounts if str(one.id) == wanted] or (accounts if len(accounts) == 1 else [])
    state = query.get("state", "")
    if not chosen:
        here = f"/{host.apps_path}/{slug}/installations/new/permissions"
        lines = [link(redirect(here, target_id=str(one.id), state=state).headers["Location"], one.login) for one in accounts]
        return page(200, f"Install {app.name or app.slug}", "<p>Where do you want to install it?" + items(lines))
    account = chosen[0]
    if (one := host.installation_on(app, account.login)) and account.owned_by(host.person):
        return redirect(host.page_of(one))
    suggested = parse_qs(urlsplit(seen.path).query).get("repository_ids[]", [])
    asked = items([escape(f"{level.title()} access to {name.replace('_', ' ')}") for name, level in app.permissions.items()])
    inside = (hidden(target_id=str(account.id), state=state) + _choice(host, account.login, [], suggested) +
              button("Install" if account.owned_by(host.person) else "Request"))
    return page(200, f"Install {app.name or app.slug} on {account.login}",
                asked + form(f"/{host.apps_path}/{slug}/installations", inside))


def install(host: GitHubHost, seen: Seen, slug: str) -> Answer:
    """The button was pressed, by an owner or by somebody who may only ask for it."""
    app, sent = _app(host, slug), fields(seen)
    number = sent.get("target_id", [""])[-1]
    account = next((one for one in _accounts(host, app) if str(one.id) == number), None) if app else None
    if app is None or account is None or seen.method != "POST":
        return page(404, "Page not found", LOST)
    selection, repositories = _chosen(host, seen)
    state = sent.get("state", [""])[-1]
    if not account.owned_by(host.person):
        asked = InstallationRequest(host.next_id(), account.login, host.person, selection, repositories, app.id)
        host.requests[asked.id] = asked
        return _onwards(host, app, None, "request", state)
    one = _installed(host, app, account, selection, repositories)
    return _onwards(host, app, one, "install", state)


def listed(host: GitHubHost, _seen: Seen, organisation: str) -> Answer:
    """Installed Apps of an account, and what waits for an owner's approval."""
    login = organisation or host.person
    if not host.account(login).owned_by(host.person):
        return page(404, "Page not found", LOST)
    mine = [one for one in host.installations.values() if one.account.lower() == login.lower()]
    waiting = [one for one in host.requests.values() if one.account.lower() == login.lower()]
    lines = [link(host.page_of(one), host.apps[one.app_id].name or host.apps[one.app_id].slug) for one in mine]
    lines += [escape(f"{one.requester} requests {host.apps[one.app_id].slug}") + form(
        f"/organizations/{login}/settings/installations/requests/{one.id}", button("Approve")) for one in waiting]
    return page(200, "Installed GitHub Apps", items(lines))


def approve(host: GitHubHost, seen: Seen, organisation: str, number: str) -> Answer:
    asked, account = host.requests.get(int(number)), host.account(organisation)
    if asked is None or seen.method != "POST" or not account.owned_by(host.person):
        return page(404, "Page not found", LOST)
    del host.requests[asked.id]
    one = _installed(host, host.apps[asked.app_id], account, asked.selection, asked.repositories, asked.requester)
    return redirect(host.page_of(one))


def configure(host: GitHubHost, seen: Seen, _organisation: str, number: str) -> Answer:
    """An installation's settings; below an organisation's address GitHub redirects from the short one to it."""
    one = host.installations.get(int(number))
    if one is None or not host.account(one.account).owned_by(host.person):
        return page(404, "Page not found", LOST)
    if host.page_of(one) != f"{host.url}{urlsplit(seen.path).path}":
        return redirect(host.page_of(one))
    if seen.method == "POST":
        return _changed(host, seen, one)
    app = host.apps[one.app_id]
    more = button("Accept new permissions", "do", "accept") if app.permissions != one.permissions else ""
    inside = (_choice(host, one.account, one.repositories if one.selection == "selected" else None, []) +
              button("Save", "do", "save") + more + button("Unsuspend" if one.suspended_by else "Suspend", "do", "suspend") +
              button("Uninstall", "do", "uninstall"))
    return page(200, app.name or app.slug, form(urlsplit(host.page_of(one)).path, inside))


def _changed(host: GitHubHost, seen: Seen, one: Installation) -> Answer:
    app, do = host.apps[one.app_id], fields(seen).get("do", ["save"])[-1]
    if do == "uninstall":
        payload = host.payloads.installation(one, "deleted", sender=host.person)
        del host.installations[one.id]
        host.hooks.announce(app, "installation", payload)
        return redirect(f"{host.url}/settings/installations")
    if do in ("suspend", "accept"):
        action = "new_permissions_accepted" if do == "accept" else "unsuspend" if one.suspended_by else "suspend"
        if do == "accept":
            one.permissions, one.events = dict(app.permissions), list(app.events)
        else:
            one.suspended_by = "" if one.suspended_by else host.person
        host.hooks.announce(app, "installation", host.payloads.installation(one, action, sender=host.person))
        return redirect(host.page_of(one))
    before = {repository.path for repository in host.reached_by(one)}
    one.selection, one.repositories = _chosen(host, seen)
    after = {repository.path for repository in host.reached_by(one)}
    for names in ({"added": sorted(after - before)}, {"removed": sorted(before - after)}):
        if any(names.values()):
            payload = host.payloads.installation_repositories(one.id, sender=host.person, **names)
            host.hooks.announce(app, "installation_repositories", payload)
    return _onwards(host, app, one, "update", "") if app.setup_on_update else redirect(host.page_of(one))


def _app(host: GitHubHost, slug: str) -> App | None:
    """A private App is nobody's business but its owner's account."""
    app = next((app for app in host.apps.values() if app.slug == slug), None)
    return app if app and (app.public or host.account(app.owner).known_to(host.person)) else None


def _accounts(host: GitHubHost, app: App) -> list[Account]:
    """Where the person may install or request the App: for a private one, on its owner's account alone."""
    if not app.public:
        return [host.account(app.owner)]
    organisations = [one for one in host.accounts.values() if one.type == "Organization" and one.known_to(host.person)]
    return [host.account(host.person), *organisations]


def _choice(host: GitHubHost, login: str, chosen: list[str] | None, suggested: list[str]) -> str:
    """chosen: paths; None when all are."""
    every = chosen is None or (not chosen and not suggested)
    paths = [one.path for path, one in host.repositories.items() if path.split("/")[0] == login.lower()]
    listed = [(str(host.id_of(path)), path, path in (chosen or []) or str(host.id_of(path)) in suggested) for path in paths]
    kinds = [("all", "All repositories", every), ("selected", "Only select repositories", not every)]
    return boxes("selection", kinds, kind="radio") + boxes("repository_ids", listed)


def _chosen(host: GitHubHost, seen: Seen) -> tuple[Selection, list[str]]:
    sent = fields(seen)
    if sent.get("selection", ["all"])[-1] == "all":
        return "all", []
    return "selected", [one.path for one in host.repositories.values()
                        if str(host.id_of(one.path)) in sent.get("repository_ids", [])]


def _installed(host: GitHubHost, app: App, account: Account, selection: Selection, repositories: list[str],
               requester: str = "") -> Installation:
    number = max(host.installations, default=0) + 1
    one = Installation(number, account.login, account.type, selection, repositories, dict(app.permissions),
                       list(app.events), app_id=app.id)
    host.installations[number] = one
    payload = host.payloads.installation(one, "created", sender=host.person, requester=requester)
    host.hooks.announce(app, "installation", payload)
    return one


def _onwards(host: GitHubHost, app: App, one: Installation | None, action: str, state: str) -> Answer:
    """To the callback with a code, when people authorise the App as they install it; else to the setup address."""
    number = str(one.id) if one else ""
    if app.request_oauth_on_install and app.callback_urls and action != "update":
        code = new_code(host, app, host.person) if one else ""
        return redirect(app.callback_urls[0], code=code, installation_id=number, setup_action=action, state=state)
    if app.setup_url:
        return redirect(app.setup_url, installation_id=number, setup_action=action, state=state)
    return redirect(host.page_of(one)) if one else page(200, "Request sent", "<p>An owner has to approve it.")
