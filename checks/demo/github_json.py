"""GitHub's JSON: refusals with their documentation page, lists by the page, and the objects that a checklist reads.

Refusals: {"message", "documentation_url", "status"}; newer answers have `status` as a text. Fields of the objects:
https://docs.github.com/rest/apps/apps and /rest/repos/repos, cut to what is asked about.
"""
from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from checks.demo.git_repositories import Answer, Repository
from checks.demo.github_world import CREATED, Account, App, Delivery, Installation, InstallationRequest
from checks.demo.loopback import Seen

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

DOCS = "https://docs.github.com/rest"
APPS = f"{DOCS}/reference/apps"
SUSPENDED = "This installation has been suspended"
ALLOW_LIST = ("Although you appear to have the correct authorization credentials, the `{0}` organization has an IP allow "
              "list enabled, and your IP address is not permitted to access this resource.")  # aquasecurity/trivy#10567


def answer_json(status: int, document: Any, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"Content-Type": "application/json; charset=utf-8", **named}, json.dumps(document).encode())


def refuse(status: int, message: str, page: str = DOCS, **headers: str) -> Answer:
    return answer_json(status, {"message": message, "documentation_url": page, "status": str(status)}, **headers)


def missing(page: str = DOCS) -> Answer:
    return refuse(404, "Not Found", page)


def when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def query_of(seen: Seen) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(seen.path).query, keep_blank_values=True).items()}


def per_page(seen: Seen) -> int:
    asked = query_of(seen).get("per_page", "30")
    return min(max(int(asked) if asked.isdigit() else 30, 1), 100)


def page_of(seen: Seen, items: Sequence[Any], here: str) -> tuple[Sequence[Any], dict[str, str]]:
    """One page of a list, and its Link header. here: the address of the list.

    https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    query, size = query_of(seen), per_page(seen)
    asked = query.get("page", "1")
    number = max(int(asked) if asked.isdigit() else 1, 1)
    last = max((len(items) + size - 1) // size, 1)
    near = ((number - 1, "prev"), (number + 1, "next")) if number <= last else ((last, "prev"),)
    told = [(at, rel) for at, rel in near if 1 <= at <= last]
    told += [(last, "last")] if number < last else []
    told += [(1, "first")] if number > 1 else []
    links = [f'<{here}?{urlencode({**query, "page": at})}>; rel="{rel}"' for at, rel in told]
    return items[(number - 1) * size:number * size], {"Link": ", ".join(links)} if links else {}


class Objects:
    """The host's things as GitHub describes them."""

    def __init__(self, host: GitHubHost) -> None:
        self.host = host

    def account(self, login: str) -> dict[str, Any]:
        account: Account = self.host.account(login)
        return {"login": account.login, "id": account.id, "type": account.type, "site_admin": False,
                "url": f"{self.host.api_url}/users/{account.login}", "html_url": f"{self.host.url}/{account.login}"}

    def app(self, app: App) -> dict[str, Any]:
        count = sum(one.app_id == app.id for one in self.host.installations.values())
        return {"id": app.id, "client_id": app.client_id, "slug": app.slug, "name": app.name or app.slug,
                "owner": self.account(app.owner), "description": "", "external_url": app.url,
                "html_url": f"{self.host.url}/{self.host.apps_path}/{app.slug}", "created_at": CREATED, "updated_at": CREATED,
                "permissions": dict(app.permissions), "events": list(app.events), "installations_count": count}

    def installation(self, one: Installation) -> dict[str, Any]:
        app = self.host.apps[one.app_id]
        suspended = bool(one.suspended_by)
        return {"id": one.id, "account": self.account(one.account), "app_id": app.id, "app_slug": app.slug,
                "client_id": app.client_id, "repository_selection": one.selection,
                "target_id": self.host.account(one.account).id, "target_type": one.account_type,
                "access_tokens_url": f"{self.host.api_url}/app/installations/{one.id}/access_tokens",
                "repositories_url": f"{self.host.api_url}/installation/repositories", "html_url": self.host.page_of(one),
                "permissions": dict(one.permissions), "events": list(one.events), "created_at": one.created_at,
                "updated_at": one.created_at, "single_file_name": None,
                "suspended_at": one.suspended_at if suspended else None,
                "suspended_by": self.account(one.suspended_by) if suspended else None}

    def request(self, request: InstallationRequest) -> dict[str, Any]:
        return {"id": request.id, "account": self.account(request.account),
                "requester": self.account(request.requester), "created_at": request.created_at}

    def repository(self, repository: Repository, *, push: bool = False) -> dict[str, Any]:
        host, (owner, _, name) = self.host, repository.path.partition("/")
        return {"id": host.id_of(repository.path), "name": name, "full_name": repository.path,
                "private": repository.private, "visibility": "private" if repository.private else "public",
                "owner": self.account(owner), "html_url": f"{host.url}/{repository.path}",
                "url": f"{host.api_url}/repos/{repository.path}", "clone_url": host.clone_url(repository.path),
                "archived": repository.archived, "disabled": False, "fork": False, "default_branch": repository.default,
                "size": 0 if repository.empty else 1, "mirror_url": None,
                "permissions": {"admin": False, "maintain": False, "push": push, "triage": push, "pull": True}}

    def delivery(self, one: Delivery) -> dict[str, Any]:
        return {"id": one.id, "guid": one.guid, "delivered_at": when(one.delivered_at), "redelivery": one.redelivery,
                "duration": one.duration, "status": one.status, "status_code": one.status_code, "event": one.event,
                "action": one.action, "installation_id": one.installation_id, "repository_id": one.repository_id,
                "throttled_at": None}

    def whole_delivery(self, one: Delivery) -> dict[str, Any]:
        return {**self.delivery(one), "url": one.url,
                "request": {"headers": dict(one.request_headers), "payload": _read(one.body)},
                "response": {"headers": dict(one.response_headers), "payload": one.response_body}}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
