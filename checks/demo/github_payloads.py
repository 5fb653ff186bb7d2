"""What GitHub's webhooks say, after the examples of octokit/webhooks (payload-examples/api.github.com: ping/with-app_id,
push/with-installation, installation/{created,deleted,suspend,unsuspend}, installation.new_permissions_accepted,
installation_repositories/{added,removed}), without the addresses that nobody reads.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from checks.demo.git_repositories import Repository
from checks.demo.github_world import App, Installation

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost

NOTHING = "0" * 40
BEFORE, AFTER = "6113728f27ae82c7b1a177c8d03f9e96e0adf246", "2f1c5a0a0b9f0a5de0b7a2f3bd5f2b0b4f0d9c3e"


class Payloads:
    """installation: its number. Every payload of an installation carries it as GitHub shows it now."""

    def __init__(self, host: GitHubHost) -> None:
        self.host = host

    def ping(self, app: App | None = None) -> dict[str, Any]:
        app = app or self.host.app
        hook = {"type": "App", "id": app.hook_id, "name": "web", "active": app.hook_active, "events": list(app.events),
                "config": {"content_type": "json", "insecure_ssl": "1" if app.insecure_ssl else "0", "secret": "********",
                           "url": app.hook_url}, "app_id": app.id}
        return {"zen": "Speak like a human.", "hook_id": app.hook_id, "hook": hook}

    def push(self, installation: int, path: str, ref: str = "refs/heads/main", *, deleted: bool = False,
             created: bool = False, sender: str = "octocat") -> dict[str, Any]:
        repository = self.host.repositories[path.lower()]
        after = NOTHING if deleted else AFTER
        commit = None if deleted else {"id": after, "message": "Change something", "timestamp": "2026-11-23T12:00:00Z",
                                       "author": {"name": sender, "email": f"{sender}@example.com"}}
        shown = self.host.objects.repository(repository)
        person = self.host.objects.account(sender)
        return {"ref": ref, "before": NOTHING if created else BEFORE, "after": after, "created": created,
                "deleted": deleted, "forced": False, "base_ref": None,
                "compare": f"{shown['html_url']}/compare/{BEFORE[:12]}...{after[:12]}", "commits": [commit] if commit else [],
                "head_commit": commit, "repository": shown, "pusher": {"name": sender, "email": f"{sender}@example.com"},
                "sender": person, "installation": {"id": installation, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMQ=="}}

    def installation(self, installation: int | Installation, action: str, *, sender: str = "octocat",
                     requester: str = "") -> dict[str, Any]:
        """action: created, deleted, suspend, unsuspend or new_permissions_accepted."""
        one = installation if isinstance(installation, Installation) else self.host.installations[installation]
        named = {"repositories": [self._short(repository) for repository in self.host.reached_by(one)]}
        asked = {"requester": self.host.objects.account(requester) if requester else None}
        return {"action": action, "installation": self.host.objects.installation(one),
                **(named if action in ("created", "deleted") else {}), **(asked if action == "created" else {}),
                "sender": self.host.objects.account(sender)}

    def installation_repositories(self, installation: int, *, added: Sequence[str] = (), removed: Sequence[str] = (),
                                  sender: str = "octocat") -> dict[str, Any]:
        """added and removed: OWNER/NAME. One of both is usual."""
        one = self.host.installations[installation]
        return {"action": "removed" if removed and not added else "added",
                "installation": self.host.objects.installation(one), "repository_selection": one.selection,
                "repositories_added": [self._short(self.host.repositories[path.lower()]) for path in added],
                "repositories_removed": [self._short(self.host.repositories[path.lower()]) for path in removed],
                "requester": None, "sender": self.host.objects.account(sender)}

    def _short(self, repository: Repository) -> dict[str, Any]:
        return {"id": self.host.id_of(repository.path), "name": repository.path.partition("/")[2],
                "full_name": repository.path, "private": repository.private}
