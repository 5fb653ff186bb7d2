"""Where one integration's backups go, read from its settings alone. Pure."""
from __future__ import annotations

from checks.clients.s3 import Place, place
from checks.providers.base import JsonMap


def place_of(settings: JsonMap) -> Place:
    """Where the requests of an integration go."""
    endpoint, region, bucket, addressing = (
        str(settings.get(name) or "") for name in ("endpoint", "region", "bucket", "addressing"))
    return place(endpoint, region, bucket, addressing)


def prefix_of(settings: JsonMap) -> str:
    """The prefix without slashes around it; it may be blank, and is stored as it was typed."""
    return str(settings.get("prefix") or "").strip("/")


def below(prefix: str, name: str) -> str:
    """A key below the prefix."""
    return f"{prefix}/{name}" if prefix else name


def is_write_once(settings: JsonMap) -> bool:
    return settings.get("intent") == "write_once"
