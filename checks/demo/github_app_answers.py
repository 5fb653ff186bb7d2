"""GitHub's API for an App that signs its own JWT, and the way in to the rest of it (github_token_answers).

https://docs.github.com/rest/apps/apps · https://docs.github.com/rest/apps/webhooks
Seen elsewhere: `This installation has been suspended` (hcengineering/platform#7639), `The permissions requested are not
granted to this installation.` (PyGithub's replay data), the 404 of a repository without an installation (PyGithub's
testGetInstallationNotFound), `Moved Permanently` (same), the IP allow list's sentence (aquasecurity/trivy#10567).
Reconstructed: `There is at least one repository …` (many projects' own tests quote it), both rate limit sentences, the
answer to a request without a User-Agent, the 404 of a missing delivery, that a suspended or blocked installation is
still shown to the App, and that the IP allow list refuses the making of a token.
"""
from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from checks.demo import github_jwt
from checks.demo.git_repositories import Answer
from checks.demo.github_json import (
    ALLOW_LIST,
    APPS,
    SUSPENDED,
    answer_json,
    missing,
    page_of,
    per_page,
    query_of,
    refuse,
    when,
)
from checks.demo.github_token_answers import AsInstallation, AsPerson
from checks.demo.github_world import App, Installation, covers
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

MINT = f"{APPS}#create-an-installation-access-token-for-an-app"
OF_REPOSITORY = f"{APPS}#get-a-repository-installation-for-the-authenticated-app"
OUTSIDE = "There is at least one repository that does not exist or is not accessible to the parent installation."
DOCS_HOOK = "https://docs.github.com/rest/apps/webhooks"
NOT_GRANTED = "The permissions requested are not granted to this installation."
NO_AGENT = ("\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header "
            "(https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check "
            "https://developer.github.com for other possible causes.\r\n")


class Api:
    """path: below the API's own root, such as /app/installations."""

    def __init__(self, host: GitHubHost, seen: Seen, path: str) -> None:
        self.host, self.seen, self.path = host, seen, path

    def answer(self) -> Answer:
        if not self.seen.headers.get("User-Agent"):
            return Answer(403, {"Content-Type": "text/html"}, NO_AGENT.encode())
        if self.path != "/rate_limit" and (limit := self._limit()):
            return limit
        return self._open() or AsApp(self.host, self.seen, self.path).answer()

    def _limit(self) -> Answer | None:
        reset = str(int(self.host.now()) + 600)
        if self.host.limited == "primary":
            return refuse(403, "API rate limit exceeded for installation ID 1.", X_RateLimit_Limit="5000",
                          X_RateLimit_Remaining="0", X_RateLimit_Used="5000", X_RateLimit_Reset=reset,
                          X_RateLimit_Resource="core")
        if self.host.limited == "secondary":
            return refuse(429, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                          Retry_After="60")
        return None

    def _open(self) -> Answer | None:
        """What needs nobody to be known."""
        if self.path == "/":
            return answer_json(200, {"current_user_url": f"{self.host.api_url}/user"})
        if self.path == "/meta":
            version = {"installed_version": self.host.enterprise} if self.host.enterprise else {}
            return answer_json(200, {"verifiable_password_authentication": False, **version})
        if self.path == "/rate_limit":
            core = {"limit": 5000, "remaining": 5000, "used": 0, "reset": int(self.host.now()) + 3600}
            return answer_json(200, {"resources": {"core": core}, "rate": core})
        if self.seen.method == "POST" and (found := re.fullmatch(r"/app-manifests/([^/]+)/conversions", self.path)):
            return self._conversion(found[1])
        return None

    def _conversion(self, code: str) -> Answer:
        """Once, and within the hour. https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest"""
        made = self.host.codes.get(code)
        if made is None or not made.pem or made.made_at + 3600 < self.host.now():
            return missing(f"{APPS}#create-a-github-app-from-a-manifest")
        del self.host.codes[code]
        app = made.app
        return answer_json(201, {**self.host.objects.app(app), "client_secret": app.client_secret,
                                 "webhook_secret": app.webhook_secret, "pem": made.pem})


class AsApp:
    """ROUTES: (method, path, method's name); what is not among them is asked with another credential."""

    ROUTES: tuple[tuple[str, str, str], ...] = (
        ("GET", r"/app", "itself"), ("GET", r"/app/installations", "installations"),
        ("GET", r"/app/installations/(\d+)", "installation"), ("GET", r"/app/installation-requests", "requests"),
        ("POST", r"/app/installations/(\d+)/access_tokens", "mint"),
        ("GET", r"/repos/([^/]+)/([^/]+)/installation", "of_repository"),
        ("GET", r"/repositories/(\d+)/installation", "of_number"),
        ("GET", r"/(?:orgs|users)/([^/]+)/installation", "of_account"), ("GET", r"/app/hook/config", "hook"),
        ("GET", r"/app/hook/deliveries", "deliveries"), ("GET", r"/app/hook/deliveries/(\d+)", "delivery"),
        ("POST", r"/app/hook/deliveries/(\d+)/attempts", "redeliver"))

    def __init__(self, host: GitHubHost, seen: Seen, path: str) -> None:
        self.host, self.seen, self.path = host, seen, path
        self.app: App

    def answer(self) -> Answer:
        for method, form, name in self.ROUTES:
            if method == self.seen.method and (found := re.fullmatch(form, self.path)):
                app = github_jwt.app_of(self.host, self.seen.headers.get("Authorization", ""))
                if isinstance(app, Answer):
                    return app
                self.app = app
                ask: Callable[..., Answer] = getattr(self, name)
                return ask(*found.groups())
        if self.path == "/user" or self.path.startswith("/user/"):
            return AsPerson(self.host, self.seen, self.path).answer()
        return AsInstallation(self.host, self.seen, self.path).answer()

    def itself(self) -> Answer:
        return answer_json(200, self.host.objects.app(self.app))

    def installations(self) -> Answer:
        mine = [one for one in self.host.installations.values() if one.app_id == self.app.id]
        return self._list([self.host.objects.installation(one) for one in mine])

    def requests(self) -> Answer:
        mine = [request for request in self.host.requests.values() if request.app_id == self.app.id]
        return self._list([self.host.objects.request(request) for request in mine])

    def installation(self, number: str) -> Answer:
        return self._shown(self._mine(int(number)), f"{APPS}#get-an-installation-for-the-authenticated-app")

    def of_account(self, login: str) -> Answer:
        kind = "Organization" if self.path.startswith("/orgs/") else "User"
        one = self.host.installation_on(self.app, login)
        name = "an-organization" if kind == "Organization" else "a-user"
        shown = one if one and one.account_type == kind else None
        return self._shown(shown, f"{APPS}#get-{name}-installation-for-the-authenticated-app")

    def of_repository(self, owner: str, name: str) -> Answer:
        path = f"{owner}/{name}".lower()
        if path in self.host.moved:
            there = f"{self.host.api_url}/repositories/{self.host.id_of(path)}/installation"
            return moved(there, OF_REPOSITORY)
        one = self.host.installation_on(self.app, owner)
        reached = one and path in {repository.path.lower() for repository in self.host.reached_by(one)}
        return self._shown(one if reached else None, OF_REPOSITORY)

    def of_number(self, number: str) -> Answer:
        path = next((path for path in self.host.repositories if self.host.id_of(path) == int(number)), "")
        return self.of_repository(*path.split("/")) if path else missing(OF_REPOSITORY)

    def mint(self, number: str) -> Answer:
        one = self._mine(int(number))
        if one is None:
            return missing(MINT)
        if one.suspended_by:
            return refuse(403, SUSPENDED, MINT)
        if one.allow_list_blocks is True:
            return refuse(403, ALLOW_LIST.format(one.account), MINT)
        try:
            asked = json.loads(self.seen.body or b"{}")
        except ValueError:
            return refuse(400, "Problems parsing JSON", MINT)
        return self._minted(one, asked if isinstance(asked, dict) else {})

    def _minted(self, one: Installation, asked: dict[str, Any]) -> Answer:
        reached = self.host.reached_by(one)
        names, numbers = asked.get("repositories") or [], asked.get("repository_ids") or []
        chosen = [repository for repository in reached if repository.path.partition("/")[2].lower() in
                  {str(name).lower() for name in names} or self.host.id_of(repository.path) in numbers]
        if len(chosen) < len({*(str(name).lower() for name in names), *numbers}):
            return refuse(422, OUTSIDE, MINT)
        permissions = {str(name): str(level) for name, level in (asked.get("permissions") or one.permissions).items()}
        if not all(level in ("read", "write", "admin") and covers(one.permissions, name, level)
                   for name, level in permissions.items()):
            return refuse(422, NOT_GRANTED, MINT)
        narrowed = bool(names or numbers)
        token = self.host.mint(one, permissions, [repository.path for repository in chosen] if narrowed else None)
        shown = [self.host.objects.repository(repository, push=token.may("contents", "write")) for repository in chosen]
        return answer_json(201, {"token": token.value, "expires_at": when(token.expires_at),
                                 "permissions": dict(token.permissions),
                                 "repository_selection": "selected" if narrowed else one.selection,
                                 **({"repositories": shown} if narrowed else {})})

    def hook(self) -> Answer:
        if not self.app.hook_url:
            return missing(f"{DOCS_HOOK}#get-a-webhook-configuration-for-an-app")
        secret = {"secret": "********"} if self.app.webhook_secret else {}
        return answer_json(200, {"content_type": "json", "insecure_ssl": "1" if self.app.insecure_ssl else "0",
                                 "url": self.app.hook_url, **secret})

    def deliveries(self) -> Answer:
        query, size = query_of(self.seen), per_page(self.seen)
        newest = [one for one in reversed(self.host.deliveries) if one.app_id == self.app.id]
        if query.get("status") in ("success", "failure"):
            newest = [one for one in newest if one.outcome == query["status"]]
        cursor = query.get("cursor", "").removeprefix("v1_")
        if cursor.isdigit():
            newest = [one for one in newest if one.id <= int(cursor)]
        headers = {}
        if len(newest) > size:
            rest = f"per_page={size}&cursor=v1_{newest[size].id}" + (f"&status={query['status']}" if "status" in query else "")
            headers["Link"] = f'<{self.host.api_url}{self.path}?{rest}>; rel="next"'
        return answer_json(200, [self.host.objects.delivery(one) for one in newest[:size]], **headers)

    def delivery(self, number: str) -> Answer:
        found = self.host.hooks.find(self.app, int(number))
        return answer_json(200, self.host.objects.whole_delivery(found)) if found else missing(DOCS_HOOK)

    def redeliver(self, number: str) -> Answer:
        found = self.host.hooks.find(self.app, int(number))
        if found is None:
            return missing(DOCS_HOOK)
        self.host.hooks.again(self.app, found)
        return answer_json(202, {})

    def _mine(self, number: int) -> Installation | None:
        one = self.host.installations.get(number)
        return one if one and one.app_id == self.app.id else None

    def _shown(self, one: Installation | None, page: str) -> Answer:
        return answer_json(200, self.host.objects.installation(one)) if one else missing(page)

    def _list(self, items: list[Any]) -> Answer:
        shown, headers = page_of(self.seen, items, f"{self.host.api_url}{self.path}")
        return answer_json(200, shown, **headers)


def moved(there: str, page: str) -> Answer:
    return answer_json(301, {"message": "Moved Permanently", "url": there, "documentation_url": page}, Location=there)
