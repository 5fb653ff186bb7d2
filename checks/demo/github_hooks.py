"""GitHub's webhooks: really sent, signed over the raw body, and written into the App's delivery log.

https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
Statuses of the log: `OK` and `Invalid HTTP Response: 503` as the delivery pages show them; `timed out`, `failed to
connect to host` and `couldn't resolve host name` are reconstructed, as is that a redelivery keeps its GUID.
"""
from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.demo.github_world import ALWAYS, App, Delivery

if TYPE_CHECKING:
    from checks.demo.github_host import GitHubHost


class Hooks:
    def __init__(self, host: GitHubHost) -> None:
        self.host = host
        self._threads: list[threading.Thread] = []

    def deliver(
        self, app: App, event: str, payload: Mapping[str, Any] | bytes, *, to: str | None = None, secret: str | None = None,
        guid: str | None = None, redelivery: bool = False,
    ) -> Delivery:
        """Send it now. The line it got in the log."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
        guid, url = guid or str(uuid.uuid4()), app.hook_url if to is None else to
        headers = _headers(app, event, guid, body, app.webhook_secret if secret is None else secret)
        began = time.monotonic()
        status, code, told, said = _post(url, headers, body, self.host.hook_timeout, verify=not app.insecure_ssl)
        line = self._line(app, event, body, status=status, status_code=code, guid=guid, url=url, redelivery=redelivery,
                          delivered_at=self.host.now(), duration=round(time.monotonic() - began, 2))
        line.request_headers, line.response_headers, line.response_body = headers, told, said
        self.host.deliveries.append(line)
        return line

    def announce(self, app: App, event: str, payload: Mapping[str, Any]) -> None:
        """In the background, what GitHub itself would send: when the hook is on and the App subscribed to it."""
        if self.host.announces and app.hook_url and app.hook_active and event in (*ALWAYS, *app.events):
            self._later(app, event, json.dumps(payload, separators=(",", ":")).encode())

    def again(self, app: App, line: Delivery) -> None:
        """The stored payload once more, in the background, to the address that the App has now."""
        self._later(app, line.event, line.body, guid=line.guid, redelivery=True)

    def record(self, app: App, event: str, *, status: str, status_code: int, ago: float, **fields: Any) -> Delivery:
        fields = {"guid": str(uuid.uuid4()), "url": app.hook_url, "delivered_at": self.host.now() - ago, **fields}
        line = Delivery(self.host.next_id(), app.id, event, status, status_code, **fields)
        self.host.deliveries.append(line)
        return line

    def find(self, app: App, number: int) -> Delivery | None:
        return next((one for one in self.host.deliveries if one.id == number and one.app_id == app.id), None)

    def wait(self) -> None:
        while self._threads:
            self._threads.pop().join(self.host.hook_timeout + 1)

    def _later(self, app: App, event: str, body: bytes, **options: Any) -> None:
        thread = threading.Thread(target=self.deliver, args=(app, event, body), kwargs=options, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _line(self, app: App, event: str, body: bytes, **fields: Any) -> Delivery:
        try:
            told = json.loads(body)
        except ValueError:
            told = {}
        told = told if isinstance(told, dict) else {}
        return Delivery(self.host.next_id(), app.id, event, body=body, action=told.get("action"),
                        installation_id=(told.get("installation") or {}).get("id"),
                        repository_id=(told.get("repository") or {}).get("id"), **fields)


def _headers(app: App, event: str, guid: str, body: bytes, secret: str) -> dict[str, str]:
    signed = {} if not secret else {
        "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    return {"Accept": "*/*", "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/0de30d0",
            "X-GitHub-Delivery": guid, "X-GitHub-Event": event, "X-GitHub-Hook-ID": str(app.hook_id),
            "X-GitHub-Hook-Installation-Target-ID": str(app.id), "X-GitHub-Hook-Installation-Target-Type": "integration",
            **signed}


def _post(url: str, headers: Mapping[str, str], body: bytes, seconds: float, *, verify: bool,
          ) -> tuple[str, int, dict[str, str], str]:
    """Status text, status code, the response's headers and its beginning. No redirect is followed."""
    parts = urlsplit(url)
    context = ssl.create_default_context() if verify else ssl._create_unverified_context()  # noqa: S323 -- the App's own setting
    connection = (http.client.HTTPSConnection(parts.netloc, timeout=seconds, context=context) if parts.scheme == "https"
                  else http.client.HTTPConnection(parts.netloc, timeout=seconds))
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers=dict(headers))
        response = connection.getresponse()
        text = response.read(100_000).decode("utf-8", "replace")
        status = "OK" if 200 <= response.status < 300 else f"Invalid HTTP Response: {response.status}"
        return status, response.status, dict(response.getheaders()), text
    except TimeoutError:
        return "timed out", 0, {}, ""
    except socket.gaierror:
        return "couldn't resolve host name", 0, {}, ""
    except (OSError, http.client.HTTPException):
        return "failed to connect to host", 0, {}, ""
    finally:
        connection.close()
