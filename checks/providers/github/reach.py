"""Whether GitHub answers at the addresses of the settings, and whether the key is the App's."""
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.http import Response, redirect_target
from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.git_token import quoted
from checks.providers.github import answers
from checks.providers.github.answers import CLOCK, REDIRECTS, login_of, said
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown

VERSION = "x-github-enterprise-version"
GITHUBS = (VERSION, "x-github-request-id", "x-github-media-type")
NO_KEY = re.compile(r"must generate a public key", re.I)
NOBODY = re.compile(r"requires authentication|must authenticate", re.I)
HOST_RESTRICTS = re.compile(r"\bIP\b", re.I)
CLOCK_REMEDY = "Have the operator of this program set the clock of its machine by NTP, then check again."


def host_reachable(ctx: Context) -> Verdict:
    """GET /meta, without the key. https://docs.github.com/rest/meta/meta"""
    api = _api(ctx)
    try:
        response: Response = ctx.once("meta", lambda: ctx.client.api.get("/meta"))
    except ClientError as error:
        if error.kind is not Kind.RATE_LIMITED:
            raise
        return _as_no_stranger(ctx)
    if response.status in REDIRECTS:
        return _redirected(ctx, response)
    if response.is_html and response.status in (401, 403):
        return git_token.in_front(ctx, f"{api} answered HTTP {response.status} with a web page", response.status)
    is_githubs = any(name in response.headers for name in GITHUBS)
    if response.status in (401, 403) and is_githubs:  # a server in private mode
        seen = f"{api} answered as {_server(response, {})}, and tells about itself only to those it knows"
        return git_token.certificate(ctx, seen)
    if response.status == 200:
        document = response.json()  # a web page with 200 is somebody else's answer: the client says so
        if isinstance(document, dict) and (is_githubs or "verifiable_password_authentication" in document):
            return git_token.certificate(ctx, f"{api} answered as {(server := _server(response, document))}", server=server)
    return fail(f"There was no API of GitHub at {ctx.client.api.base_url} (HTTP {response.status}).", layer=Layer.CLONE_URL,
                link=ctx.client.base_url,
                remedy="Correct address and API address in this integration's settings: https://github.com with "
                       "https://api.github.com, or https://HOST with https://HOST/api/v3 for an Enterprise Server.")


def _as_no_stranger(ctx: Context) -> Verdict:
    """Strangers are limited by their address, to sixty an hour; the App has a limit of its own."""
    response = answers.as_app(ctx, "/app")
    if not isinstance(response.json(), dict):
        raise answers.not_due(ctx, response, "the App")
    server = _server(response, {})
    return git_token.certificate(ctx, f"{_api(ctx)} answered the App as {server}, and limited strangers at this program's "
                                 "address", server=server)


def _server(response: Response, document: Mapping[str, Any]) -> str:
    version = str(response.headers.get(VERSION) or document.get("installed_version") or "")[:40]
    return f"GitHub Enterprise Server {version}" if version else "GitHub"


def _redirected(ctx: Context, response: Response) -> Verdict:
    elsewhere = redirect_target(response).partition("?")[0]
    if elsewhere.endswith("/meta"):
        new = elsewhere.removesuffix("/meta")
        return fail(f"{_api(ctx)} redirected the API to {new}, which was not followed.", layer=Layer.CLONE_URL, suggested=new,
                    remedy=f"Set the API address in this integration's settings to {new}.")
    return git_token.in_front(ctx, f"{_api(ctx)} redirected to {elsewhere or 'another place'} (HTTP {response.status})",
                              response.status)


def _api(ctx: Context) -> str:
    return str(ctx.client.api.base_url).partition("://")[2]


# --- The key ----------------------------------------------------------------------------------------------
def app_key_accepted(ctx: Context) -> Verdict:
    """GET /app, signed. https://docs.github.com/rest/apps/apps#get-the-authenticated-app"""
    response = answers.as_app(ctx, "/app")
    words = said(response)
    if response.status == 200:
        return _known(ctx, response)
    if response.is_html or response.status in REDIRECTS:
        return answers.unexpected(ctx, response, "the App")
    if response.status == 401 and CLOCK.search(words):
        return _clock(ctx, response, words)
    return _refused(ctx, response, words) or answers.unexpected(ctx, response, "the App")


def _known(ctx: Context, response: Response) -> Verdict:
    app = answers.document_of(ctx, response, "the App")
    if not app.get("slug"):
        raise answers.not_due(ctx, response, "the App")
    name, slug, owner = str(app.get("name") or app["slug"]), str(app["slug"]), login_of(app, "owner")
    skew = ctx.client.app.skew(response)
    return passed(f"{ctx.client.host} knew the key as that of the App “{name}” ({slug}), owned by {owner or 'nobody named'}.",
                  app_id=str(app.get("id") or ""), slug=slug, name=name, owner=owner, page=answers.app_page(ctx, app),
                  installations=app.get("installations_count"), skew_seconds=None if skew is None else round(skew))


def _refused(ctx: Context, response: Response, words: str) -> Verdict | None:
    number, apps = str(ctx.settings.get("app_id") or ""), f"{ctx.client.base_url}/settings/apps"
    where = f"on the App's page, below {apps} (an organisation's Apps are in its own settings, under Developer settings)"
    if response.status == 404:
        return fail(f"{_api(ctx)} knew no App with the ID {number} (HTTP 404){quoted(words)}.", link=apps,
                    remedy=f"Compare the App ID {where}. An App of an Enterprise Server is known at that server alone: then "
                           "correct address and API address in this integration's settings.")
    if response.status == 401 and NO_KEY.search(words):
        return fail(f"The App {number} has no private key any more (HTTP 401){quoted(words)}.", link=apps,
                    remedy=f"Generate a private key {where}, and enter it in this integration.")
    if response.status == 401 and not NOBODY.search(words):
        return fail(f"{_api(ctx)} did not take the key for that of the App {number} (HTTP 401){quoted(words)}.", link=apps,
                    remedy=f"Compare the App ID {where}. If it is right, the key is another App's or was deleted: generate a "
                           "new private key there, and enter it in this integration.")
    if response.status == 401:
        return unknown(f"{_api(ctx)} saw no signature of the App (HTTP 401){quoted(words)}.", cause=Cause.PROVIDER,
                       layer=Layer.NETWORK, remedy="See that no proxy before the host removes the Authorization header.")
    return None


def _clock(ctx: Context, response: Response, words: str) -> Verdict:
    """The time of day was refused, not the key: asked once more with GitHub's own time, to say whether the key is right."""
    skew = ctx.client.app.skew(response)
    if skew is None:
        return unknown(f"{_api(ctx)} refused this program's time of day{quoted(words)}, and told none itself.",
                       cause=Cause.OURS, layer=Layer.CLOCK, remedy=CLOCK_REMEDY)
    off = round(abs(skew))
    seen = (f"{_api(ctx)} refused this program's time of day, which was {off} seconds {'behind' if skew > 0 else 'ahead of'} "
            f"its own{quoted(words)}")
    again = ctx.once("app again", lambda: ctx.client.app.ask("GET", "/app", skew=skew))
    if again.status == 200:
        app = answers.document_of(ctx, again, "the App")
        key = f"with the time corrected the key was accepted, as that of the App “{app.get('name') or app.get('slug')}”"
    else:
        key = f"with the time corrected the key itself was refused, too (HTTP {again.status}){quoted(said(again))}"
    return unknown(f"{seen}; {key}.", cause=Cause.OURS, layer=Layer.CLOCK, remedy=CLOCK_REMEDY, skew_seconds=round(skew),
                   key_accepted=again.status == 200)
