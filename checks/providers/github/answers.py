"""How GitHub is asked, each thing once in a run, and what its own sentences mean. https://docs.github.com/rest/apps"""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.git_packets import first_lines, message_of
from checks.clients.http import Response
from checks.providers.base import Context
from checks.providers.git_token import Granted, in_front, quoted
from checks.verdict import Cause, Layer, Verdict, fail, unknown

REDIRECTS = (301, 302, 303, 307, 308)
LEVELS = ("", "read", "write", "admin")
# The three sentences that mean the time of day and not the key: octokit/auth-app.js src/hook.ts compares them, too.
CLOCK = re.compile(r"'(Expiration time|Issued at)' claim")
ALLOW_LIST = re.compile(r"IP allow list|IP address is not permitted|is not permitted to access this resource", re.I)
SUSPENDED = re.compile(r"installation has been suspended", re.I)
MORE_PAGES = re.compile(r'<([^>]+)>;\s*rel="next"')
PAGE, MOST_PAGES = 100, 10


def as_app(ctx: Context, path: str, params: Mapping[str, Any] | None = None) -> Response:
    """One GET as the App, asked once in a run."""
    page = f" page {params['page']}" if params and "page" in params else ""
    return ctx.once(f"app {path}{page}", lambda: ctx.client.app.ask("GET", path, params=params))


def the_app(ctx: Context) -> Mapping[str, Any]:
    """GET /app, once its row has seen that the key is accepted."""
    return document_of(ctx, as_app(ctx, "/app"), "the App")


def installation(ctx: Context) -> Response:
    return as_app(ctx, f"/app/installations/{ctx.client.installation_id}")


def the_installation(ctx: Context) -> Mapping[str, Any]:
    """The installation, once its row has seen that it is active."""
    return document_of(ctx, installation(ctx), "the installation")


def document_of(ctx: Context, response: Response, what: str) -> Mapping[str, Any]:
    """The object of a 200. Raises ClientError for everything else."""
    document = response.json() if response.status == 200 else None
    if not isinstance(document, dict):
        raise not_due(ctx, response, what)
    return document


def not_due(ctx: Context, response: Response, what: str) -> ClientError:
    return ClientError(Kind.NOT_PROTOCOL, f"{ctx.client.host} answered something else where {what} was due (HTTP "
                       f"{response.status}).", host=ctx.client.host, status=response.status)


def listed(ctx: Context, path: str) -> tuple[list[Mapping[str, Any]], bool]:
    """The entries of a list of the App's, and whether that is the whole of it."""
    found: list[Mapping[str, Any]] = []
    for page in range(1, MOST_PAGES + 1):
        response = as_app(ctx, path, {"per_page": PAGE, "page": page})
        entries = response.json() if response.status == 200 else None
        if not isinstance(entries, list):
            raise not_due(ctx, response, "a list")
        found += [entry for entry in entries if isinstance(entry, dict)]
        if not has_more(response):
            return found, True
    return found, False


def has_more(response: Response) -> bool:
    return MORE_PAGES.search(response.headers.get("Link", "")) is not None


def said(response: Response) -> str:
    """GitHub's own sentence in a refusal, "" when a page came or nothing."""
    return "" if response.is_html else first_lines(message_of(response.text))


def account_of(document: Mapping[str, Any]) -> str:
    account = document.get("account")
    return str(account.get("login") or account.get("slug") or "") if isinstance(account, dict) else ""


def login_of(document: Mapping[str, Any], key: str) -> str:
    found = document.get(key)
    return str(found.get("login") or found.get("slug") or "") if isinstance(found, dict) else ""


# --- Pages ------------------------------------------------------------------------------------------------
def app_page(ctx: Context, app: Mapping[str, Any]) -> str:
    """Where the App's owner edits it. An organisation's Apps are below the organisation's own settings."""
    owner = app.get("owner")
    base, slug = ctx.client.base_url, str(app.get("slug") or "")
    if isinstance(owner, dict) and owner.get("type") == "Organization":
        return f"{base}/organizations/{owner.get('login')}/settings/apps/{slug}"
    if isinstance(owner, dict) and owner.get("slug") and not owner.get("login"):
        return f"{base}/enterprises/{owner['slug']}/settings/apps/{slug}"
    return f"{base}/settings/apps/{slug}"


def install_page(ctx: Context, app: Mapping[str, Any]) -> str:
    """Where the App is installed on an account. A server's Apps live below /github-apps, as its html_url says."""
    page = str(app.get("html_url") or "") or f"{ctx.client.base_url}/apps/{app.get('slug') or ''}"
    return f"{page}/installations/new"


def page_here(ctx: Context) -> str:
    """The installation's own page, by what GitHub told of it earlier in this run, else by its number."""
    try:
        response = installation(ctx) if ctx.client.installation_id else None
        document = response.json() if response is not None and response.status == 200 else None
    except ClientError:
        document = None
    return installation_page(ctx, document if isinstance(document, dict) else None)


def installation_page(ctx: Context, document: Mapping[str, Any] | None = None) -> str:
    told = str((document or {}).get("html_url") or "")
    return told if told.startswith(f"{ctx.client.base_url}/") else ctx.client.installation_page


# --- Permissions ------------------------------------------------------------------------------------------
def permissions_of(document: Mapping[str, Any]) -> dict[str, str]:
    told = document.get("permissions")
    return {str(k): str(v) for k, v in told.items()} if isinstance(told, dict) else {}


def spelled(permissions: Mapping[str, str]) -> list[str]:
    return [f"{name}:{level}" for name, level in sorted(permissions.items())]


def covers(granted: Iterable[str], wanted: str) -> bool:
    """admin covers write, write covers read."""
    name, _, level = wanted.partition(":")
    have = max((_rank(entry.partition(":")[2]) for entry in granted if entry.partition(":")[0] == name), default=0)
    return have >= _rank(level)


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def surplus(granted: Iterable[str], pushes: bool) -> list[str]:
    """What a deploy has no use for: everything but the contents and the metadata that come with them."""
    useful = {"contents:read", "metadata:read", *(["contents:write"] if pushes else [])}
    return sorted(entry for entry in granted if entry not in useful)


def granted(ctx: Context) -> Granted:
    """The installation's permissions, not the App's: those only say what it asks for."""
    response = installation(ctx)
    document = response.json() if response.status == 200 else None
    if not isinstance(document, dict) or not isinstance(document.get("permissions"), dict):
        return Granted()
    return Granted(tuple(spelled(permissions_of(document))), complete=True)


def missing(have: Iterable[str], need: Sequence[str]) -> list[str]:
    return [wanted for wanted in need if not covers(have, wanted)]


# --- Refusals that any answer may be ----------------------------------------------------------------------
def clock_trouble(ctx: Context, words: str) -> ClientError:
    return ClientError(Kind.CLOCK, f"{ctx.client.host} refused this program's time of day{quoted(words)}.",
                       host=ctx.client.host, status=401)


def allow_list(ctx: Context, account: str, words: str) -> Verdict:
    """An organisation's list of addresses that may ask. https://docs.github.com/organizations/keeping-your-organization-\
secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization"""
    base = ctx.client.base_url
    link = f"{base}/organizations/{account}/settings/security" if account else base
    whose = f"of {account} " if account else ""
    return fail(f"The IP allow list {whose}refused this program's address{quoted(words)}.", layer=Layer.GITHUB_APP, link=link,
                remedy=f"Have an owner of the organisation add this program's address on {link}, under IP allow list; or have "
                       "the App's owner list it on the App's page and the organisation turn on “Enable IP allow list "
                       "configuration for installed GitHub Apps”.")


def unexpected(ctx: Context, response: Response, asked: str, account: str = "") -> Verdict:
    """What no row has a meaning of its own for. asked: as in "the installation"."""
    words = said(response)
    if response.is_html or response.status in REDIRECTS:
        return in_front(ctx, f"{ctx.client.host} answered with a page (HTTP {response.status})", response.status)
    if response.status == 401 and CLOCK.search(words):
        raise clock_trouble(ctx, words)
    if response.status == 403 and ALLOW_LIST.search(words):
        return allow_list(ctx, account, words)
    return unknown(f"{ctx.client.host} did not answer about {asked} (HTTP {response.status}){quoted(words)}.",
                   cause=Cause.PROVIDER, remedy="Check again; if it stays, look at GitHub's status page.",
                   http_status=response.status)
