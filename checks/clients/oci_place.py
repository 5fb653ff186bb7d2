"""Where a registry is asked, and which names mean the same one: worked out from what was typed, offline."""
from __future__ import annotations

import re
from dataclasses import dataclass

HUB = "docker.io"
HUB_ORIGIN = "https://registry-1.docker.io"
# Docker's own names of Docker Hub; its configuration file calls it https://index.docker.io/v1/.
HUB_HOSTS = frozenset({HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com",
                       "www.docker.io"})
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
REST = re.compile(r"[/?#]")


@dataclass(frozen=True)
class Place:
    """host: as images name it, docker.io for each name of Docker Hub, with its port where it is unusual.

    origin: what is asked. removed: what stood around the host in the text, as it was typed ("" for nothing).
    """

    host: str
    origin: str
    removed: tuple[str, ...] = ()

    @property
    def is_hub(self) -> bool:
        return self.host == HUB

    @property
    def is_plain(self) -> bool:
        return self.origin.startswith("http://")

    @property
    def typed(self) -> str:
        """The one text that means this place, to be stored."""
        return self.origin if self.is_plain else self.host

    @property
    def hostname(self) -> str:
        """Without the port."""
        return self.host if self.host.endswith("]") else re.sub(r":\d+$", "", self.host)


def place(text: str) -> Place:
    """Reads a host as typed, with a scheme or a path around it. A blank one is Docker Hub."""
    text = text.strip()
    found = SCHEME.match(text)
    scheme = found[1].lower() if found else ""
    rest = text[found.end():] if found else text
    cut = REST.search(rest)
    authority, path = (rest[:cut.start()], rest[cut.start():]) if cut else (rest, "")
    protocol = "http" if scheme == "http" else "https"
    host = canonical(authority or HUB, protocol)
    removed = tuple(part for part in (f"{found[1]}://" if found and protocol == "https" else "", path if path != "/" else "")
                    if part)
    if host == HUB:
        return Place(HUB, HUB_ORIGIN, removed)
    return Place(host, f"{protocol}://{host}", removed)


def canonical(authority: str, protocol: str = "https") -> str:
    """One spelling of a host: lower case, without a last dot and the protocol's own port; Docker Hub by one name."""
    default = ":443" if protocol == "https" else ":80"
    host = authority.lower().removesuffix(default).removesuffix(".")
    return HUB if host in HUB_HOSTS else host
