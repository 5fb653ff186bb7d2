"""What a browser does between this program and the demo's GitHub: forms are posted over a socket, redirects are returned.

`client` is Django's, signed in; `github` the demo's host.
"""
from __future__ import annotations

import html
import http.client
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from checks.engine import work
from checks.engine.claim import take
from checks.models import Integration, Run

NEW = "/o/acme/integrations/new/github/app/"
HERE = "/o/acme/integrations/git-main/"
HIDDEN = re.compile(r'<input type="?hidden"? name="?([a-z_]+)"? value="([^"]*)"')


@dataclass(frozen=True)
class Went:
    """status, where a redirect led (path and query alone), and the page."""

    status: int
    to: str
    page: str

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.to).query).items()}


def press(url: str, **fields: str) -> Went:
    """Post a form to the demo's GitHub; without fields, follow a link."""
    parts = urlsplit(url)
    wire = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
    wire.request("POST" if fields else "GET", f"{parts.path}?{parts.query}", urlencode(fields) or None, headers)
    answer = wire.getresponse()
    there = urlsplit(answer.headers.get("Location", ""))
    went = Went(answer.status, f"{there.path}?{there.query}", answer.read().decode())
    wire.close()
    return went


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page) if name != "csrfmiddlewaretoken"}


def form_action(page: str) -> str:
    """Where the first form that leaves this site is posted to."""
    return html.unescape(re.search(r'<form method="?post"? action="?(http[^">]+)', page)[1])


def asked(client, github, **changes) -> object:
    """The page that says what will be made."""
    typed = {"name": "git-main", "where": "organisation", "account": "acme", "base_url": github.url, "notes": "", "confirm": "on"}
    return client.post(NEW, {k: v for k, v in {**typed, **changes}.items() if v is not None})


def made(client, github, **changes) -> str:
    """Up to the address with which GitHub sends the person back."""
    page = asked(client, github, **changes).content.decode()
    proposed = press(form_action(page), manifest=hidden(page)["manifest"])
    place = urlsplit(form_action(page)).path.replace("/new", "/manifest")
    return press(f"{github.url}{place}", **hidden(proposed.page)).to


def connect(client, github) -> Integration:
    client.get(made(client, github))
    return Integration.objects.get()


def go_install(client, github) -> str:
    """GitHub's address of the installation that is to be, with its state."""
    return client.post(f"{HERE}install/")["Location"]


def came_back(client, github) -> str:
    """Up to the address with which GitHub sends the person back from installing."""
    page = press(go_install(client, github)).page
    app = github.apps[max(github.apps)]
    return press(f"{github.url}/{github.apps_path}/{app.slug}/installations", **hidden(page), selection="all").to


def ran(integration) -> None:
    """The integration's run, in this process."""
    run = Run.objects.get(integration=integration, state__in=Run.ACTIVE)
    work.perform(take(run.pk))


def text(answer) -> str:
    return answer.content.decode()


def spoofed(address: str, **changes: str) -> str:
    sent = {name: values[-1] for name, values in parse_qs(address.partition("?")[2]).items()}
    return "/setup/github/installed/?" + urlencode({k: v for k, v in {**sent, **changes}.items() if v})
