"""What the demo's GitHub knows: accounts, Apps, installations, requests, tokens and webhook deliveries, as plain data.

All of it may be changed while the host runs: a suspended installation is one whose `suspended_by` was set, an
uninstalled one is no longer in `host.installations`, and new permissions are a new value in `permissions`.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

Selection = Literal["all", "selected"]
LEVELS = ("", "read", "write", "admin")
CREATED = "2026-06-01T08:00:00Z"
# Names a manifest may use: https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app, and
# `emails` where the REST API says `email_addresses`.
PERMISSIONS = frozenset({
    "actions", "administration", "checks", "codespaces", "contents", "deployments", "emails", "environments", "followers",
    "issues", "members", "metadata", "organization_administration", "organization_hooks", "organization_plan",
    "organization_secrets", "packages", "pages", "pull_requests", "repository_hooks", "repository_projects", "secrets",
    "security_events", "single_file", "statuses", "team_discussions", "vulnerability_alerts", "workflows"})
# The permission that an event needs, for those that a deploy asks about. https://docs.github.com/webhooks/webhook-events-and-payloads
EVENTS = {"push": "contents", "create": "contents", "delete": "contents", "release": "contents", "fork": "contents",
          "pull_request": "pull_requests", "issues": "issues", "issue_comment": "issues", "status": "statuses",
          "deployment": "deployments", "deployment_status": "deployments", "repository": "metadata", "star": "metadata"}
ALWAYS = ("ping", "installation", "installation_repositories", "installation_target", "github_app_authorization")


@dataclass
class Account:
    """owners: who may install Apps on an organisation. members: who may only request it. id 0: the host gives one."""

    login: str
    type: Literal["User", "Organization"] = "User"
    id: int = 0
    owners: Sequence[str] = ()
    members: Sequence[str] = ()

    def owned_by(self, person: str) -> bool:
        return person == self.login or person in self.owners

    def known_to(self, person: str) -> bool:
        return self.owned_by(person) or person in self.members


@dataclass
class App:
    """public_key: the public key, or the private one to derive it from, as an object or as PEM; None for an App without.

    public: others than the owner may install it.
    """

    id: int
    slug: str
    name: str = ""
    public_key: RSAPublicKey | RSAPrivateKey | str | None = field(default=None, repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    permissions: dict[str, str] = field(default_factory=lambda: {"contents": "read", "metadata": "read"})
    events: list[str] = field(default_factory=lambda: ["push"])
    hook_url: str = ""
    hook_active: bool = True
    insecure_ssl: bool = False
    hook_id: int = 0
    owner: str = "acme"
    public: bool = False
    url: str = "https://example.com"
    setup_url: str = ""
    setup_on_update: bool = False
    callback_urls: list[str] = field(default_factory=list)
    request_oauth_on_install: bool = False

    def verifying_key(self) -> RSAPublicKey | None:
        key = self.public_key
        if isinstance(key, str):
            pem = key.encode()
            loaded = load_pem_private_key(pem, None) if "PRIVATE" in key else load_pem_public_key(pem)
            assert isinstance(loaded, (RSAPrivateKey, RSAPublicKey))
            key = self.public_key = loaded
        return key.public_key() if isinstance(key, RSAPrivateKey) else key


@dataclass
class Installation:
    """repositories: OWNER/NAME, for selection "selected". suspended_by: a login, or "" while it is active.

    allow_list_blocks: the organisation's IP allow list refuses us; "use": it lets a token be made, and refuses its use.
    """

    id: int
    account: str
    account_type: Literal["User", "Organization"] = "Organization"
    selection: Selection = "all"
    repositories: list[str] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=lambda: {"contents": "read", "metadata": "read"})
    events: list[str] = field(default_factory=lambda: ["push"])
    suspended_by: str = ""
    suspended_at: str = "2026-11-20T10:00:00Z"
    allow_list_blocks: bool | Literal["use"] = False
    app_id: int = 0
    created_at: str = CREATED


@dataclass
class InstallationRequest:
    """A member asked; an owner has not answered yet. app_id 0: of the host's first App."""

    id: int
    account: str
    requester: str
    selection: Selection = "all"
    repositories: list[str] = field(default_factory=list)
    app_id: int = 0
    created_at: str = "2026-11-19T09:30:00Z"


@dataclass
class InstallationToken:
    """repositories: the lower-case paths it was made for; None for all of the installation's. uses: requests with it."""

    value: str = field(repr=False)
    installation_id: int
    permissions: Mapping[str, str]
    repositories: Sequence[str] | None
    expires_at: float
    revoked: bool = False
    uses: int = 0

    def may(self, permission: str, level: str) -> bool:
        return covers(self.permissions, permission, level)


@dataclass
class Delivery:
    """One line of the App's delivery log. delivered_at: seconds since 1970. status_code 0: there was no response."""

    id: int
    app_id: int
    event: str
    status: str = "OK"
    status_code: int = 200
    action: str | None = None
    guid: str = ""
    delivered_at: float = 0.0
    redelivery: bool = False
    duration: float = 0.05
    installation_id: int | None = None
    repository_id: int | None = None
    url: str = ""
    request_headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def outcome(self) -> str:
        """As the list's `status` asks for it: a delivery without a response (0) is in neither of the two.

        https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        if 200 <= self.status_code <= 399:
            return "success"
        return "failure" if 400 <= self.status_code <= 599 else ""


@dataclass
class Code:
    """A one-time code: of a manifest (app, pem) or of OAuth (app, login)."""

    app: App
    made_at: float
    login: str = ""
    pem: str = field(default="", repr=False)


def covers(granted: Mapping[str, str], permission: str, level: str) -> bool:
    """Metadata read comes with every installation."""
    has = granted.get(permission, "read" if permission == "metadata" else "")
    return LEVELS.index(level) <= LEVELS.index(has)
