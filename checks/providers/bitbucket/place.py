"""Which Bitbucket the settings mean, Cloud or Data Center, and where its two doors are: Git's and the API's."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checks.providers.clone_url import normal_base

WEB, API = "https://bitbucket.org", "https://api.bitbucket.org"


@dataclass(frozen=True)
class Place:
    """api: what stands before /2.0 at Cloud and before /rest at Data Center."""

    base: str
    api: str
    cloud: bool


def is_hosted(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    return host == "bitbucket.org" or host.endswith(".bitbucket.org")


def place(settings: Mapping[str, Any]) -> Place:
    """The API address may end in /2.0, as Atlassian's pages write it. Left blank or at Cloud's own beside another
    address, that address is a Data Center's; so is one with /rest in its path."""
    base, typed = normal_base(str(settings["base_url"])), str(settings.get("api_url") or "").strip()
    api = normal_base(typed).removesuffix("/2.0") if typed else API
    segments = urlsplit(api).path.split("/")
    if "rest" in segments:
        above = "/".join(segments[:segments.index("rest")])
        parts = urlsplit(api)
        return Place(base, f"{parts.scheme}://{parts.netloc}{above}", cloud=False)
    if api == API and not is_hosted(base):
        return Place(base, base, cloud=False)
    return Place(base, api, cloud=True)
