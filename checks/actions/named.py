"""What a text names of an Organisation's own: which of its integrations and services a pasted message is about.

A host picks the integration that is connected to it, a repository or an image the service that deploys it; a bucket, an
account or the name that somebody here gave does so, too. The text is the redacted one: nothing here sees a secret.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from checks.models import Integration, Service
from checks.providers import BY_SLUG

HOST = re.compile(r"([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?")
ADDRESS = re.compile(r"(?<![a-z0-9.:])(\[?[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?)(?![a-z0-9.:])")
# Git and Docker quote the address that they asked; what advises to read a page of a manual does not.
ASKED = re.compile(r"['\"](?:https?|ssh)://(?:[^@/\s'\"]{0,200}@)?([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,10})")
PORTS = {"http": 80, "https": 443, "ssh": 22}
NAMING = ("bucket", "azure_organisation", "account_id")  # settings whose value names the account, whatever the host
DEEPEST = 12  # labels of a name that are looked at
SHORTEST = 4  # a shorter name is a word of every log
Origin = tuple[str, int | None]


class Names:
    """One text, read once."""

    def __init__(self, text: str) -> None:
        self.text = text.lower()
        found = {(host, int(port) if port else None) for host, port in HOST.findall(self.text)}
        found |= {(address.strip("[]"), None) for address in ADDRESS.findall(self.text)}
        self._ports: dict[str, set[int | None]] = {}
        for host, port in found:
            parts = host.split(".")[-DEEPEST:]
            for n in range(len(parts)):
                self._ports.setdefault(".".join(parts[n:]), set()).add(port)

    def host_of(self, integration: Integration) -> bool:
        """Whether the text names the host that it is connected to, or one below it (api.github.com, BUCKET.s3.…)."""
        return any(self._names(origin) for origin in origins(integration))

    def _names(self, origin: Origin) -> bool:
        ports = self._ports.get(origin[0], set())
        return bool(ports) if origin[1] is None else bool(ports & {None, origin[1]})

    def name_of(self, integration: Integration) -> bool:
        """Whether the text names the integration itself, or the bucket or account that it is for."""
        values = [str(integration.settings.get(name) or "") for name in NAMING]
        return any(len(value) >= SHORTEST and self.says(value) for value in (integration.name, *values))

    def target_of(self, service: Service) -> bool:
        """Whether the text names what the service deploys (its repository, its image), or the service itself."""
        names = [path(str(value)) for value in service.target.values() if "/" in str(value)]
        return any(len(name) >= SHORTEST and self.says(name) for name in (*names, service.name))

    def says(self, name: str) -> bool:
        """The name as a whole one: `acme/shop` is not in `acme/shop-api`, and is in `/repos/acme/shop/refs`."""
        found = re.escape(name.lower())
        return re.search(rf"(?<![a-z0-9_.-]){found}(?:\.git)?(?![a-z0-9_-]|\.[a-z0-9])", self.text) is not None


def origins(integration: Integration) -> set[Origin]:
    """The hosts of an integration, each with its port where that is not the scheme's own."""
    provider = BY_SLUG.get(integration.provider)
    if provider is None:
        return set()
    settings = integration.settings
    places = [*provider.addresses(settings).values(), *provider.endpoint(settings).split(), str(settings.get("host") or "")]
    return {origin for place in places if (origin := _origin(place))}


def _origin(place: str) -> Origin | None:
    try:
        parts = urlsplit(place if "://" in place else f"//{place}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    return (host, None if port == PORTS.get(parts.scheme) else port) if "." in host or ":" in host else None


def host_in(line: str) -> str:
    """The host of the address that a line says was asked, or nothing."""
    found = ASKED.search(line.lower())
    return found[1] if found else ""


def path(value: str) -> str:
    """`acme/shop` of a clone URL, `acme/app` of an image with a host and a tag."""
    rest = urlsplit(value).path.strip("/") if "://" in value else value.partition("@")[0]
    first, slash, others = rest.partition("/")
    if "://" not in value and slash and ("." in first or ":" in first):
        rest = others
    return rest.removesuffix(".git").partition(":")[0]


def services_named(names: Names, services: Iterable[Service]) -> list[Service]:
    return [service for service in services if names.target_of(service)]


def integrations_named(
    names: Names, integrations: Sequence[Integration], services: Sequence[Service],
) -> list[Integration]:
    """Those that the text is about: by host and by a service's target before by a name; none where it names none."""
    used = {pk for service in services for pk in (service.integration_id, service.node_id)}
    by_host = [i for i in integrations if names.host_of(i)]
    by_name = [i for i in integrations if names.name_of(i)]
    by_service = [i for i in integrations if i.pk in used]
    both = [i for i in by_host if i in by_service or i in by_name]
    return both or by_host or by_name or by_service


__all__ = ["Names", "host_in", "integrations_named", "origins", "path", "services_named"]
