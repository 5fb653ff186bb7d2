"""How a person authorises a GitHub App, and how the App gets a token for that person.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
Errors of both steps: https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors
and …/troubleshooting-oauth-app-access-token-request-errors, which answer with status 200. Reconstructed: how the page
looks, and the 404 for an unknown client_id.
"""
from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from checks.demo.git_repositories import Answer
from checks.demo.github_html import button, fields, form, hidden, page, redirect
from checks.demo.github_json import answer_json, query_of
from checks.demo.github_world import App, Code
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

TEN_MINUTES = 600
ERRORS = "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"
MISMATCH = "The redirect_uri MUST match the registered callback URL for this application."
DENIED = "The user has denied your application access."


def authorize(host: GitHubHost, seen: Seen) -> Answer:
    """Who authorised the App before is sent on at once."""
    sent = {name: values[-1] for name, values in fields(seen).items()} if seen.method == "POST" else query_of(seen)
    app = next((app for app in host.apps.values() if app.client_id and app.client_id == sent.get("client_id")), None)
    if app is None or not app.callback_urls:
        return page(404, "Page not found", "")
    state, back = sent.get("state", ""), sent.get("redirect_uri") or app.callback_urls[0]
    if back not in app.callback_urls:
        return redirect(app.callback_urls[0], error="redirect_uri_mismatch", error_description=MISMATCH, state=state)
    if sent.get("authorize") == "0":
        return redirect(back, error="access_denied", error_description=DENIED, state=state)
    if sent.get("authorize") == "1" or (app.id, host.person) in host.authorized:
        return redirect(back, code=new_code(host, app, host.person), state=state)
    inside = (hidden(client_id=app.client_id, redirect_uri=back, state=state) +
              button(f"Authorize {app.name or app.slug}", "authorize", "1") + button("Cancel", "authorize", "0"))
    return page(200, f"{app.name or app.slug} would like permission to", form("/login/oauth/authorize", inside))


def new_code(host: GitHubHost, app: App, login: str) -> str:
    """A code for a person who said yes."""
    host.authorized.add((app.id, login))
    code = secrets.token_hex(10)
    host.codes[code] = Code(app, host.now(), login=login)
    return code


def access_token(host: GitHubHost, seen: Seen) -> Answer:
    """The code for a token, once. JSON for whom asks for it, else a form."""
    answer = _exchanged(host, _sent(seen)) if seen.method == "POST" else {"error": "Not Found"}
    if answer.get("error") == "Not Found":
        return answer_json(404, answer)
    if "json" in seen.headers.get("Accept", ""):
        return answer_json(200, answer)
    return Answer(200, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, urlencode(answer).encode())


def _sent(seen: Seen) -> dict[str, str]:
    if "json" in seen.headers.get("Content-Type", ""):
        told = json.loads(seen.body)
        return {name: str(value) for name, value in told.items()} if isinstance(told, dict) else {}
    return {**query_of(seen), **{name: values[-1] for name, values in fields(seen).items()}}


def _exchanged(host: GitHubHost, sent: dict[str, str]) -> dict[str, Any]:
    app = next((app for app in host.apps.values() if app.client_id and app.client_id == sent.get("client_id")), None)
    if app is None:
        return {"error": "Not Found"}
    if not app.client_secret or sent.get("client_secret") != app.client_secret:
        return _error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    code = host.codes.get(sent.get("code", ""))
    if code is None or code.app is not app or not code.login or code.made_at + TEN_MINUTES < host.now():
        return _error("bad_verification_code", "The code passed is incorrect or expired.")
    if sent.get("redirect_uri") and sent["redirect_uri"] not in app.callback_urls:
        return _error("redirect_uri_mismatch", MISMATCH)
    del host.codes[sent["code"]]
    token = f"ghu_{secrets.token_hex(18)}"
    host.user_tokens[token] = (app, code.login)
    return {"access_token": token, "expires_in": 28800, "refresh_token": f"ghr_{secrets.token_hex(38)}",
            "refresh_token_expires_in": 15897600, "token_type": "bearer", "scope": ""}


def _error(name: str, words: str) -> dict[str, str]:
    return {"error": name, "error_description": words, "error_uri": f"{ERRORS}#{name.replace('_', '-')}"}
