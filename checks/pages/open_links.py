"""The hand-off links of one integration that still open, as its page lists them."""

from __future__ import annotations

from typing import Any

from checks.actions import hand_off as handing
from checks.pages.board import Card


def open_links(card: Card) -> list[dict[str, Any]]:
    """Each link with the title of its row. One query."""
    checks = card.provider.checks if card.provider else {}
    return [{"link": link, "title": checks[link.check_slug].title if link.check_slug in checks else link.check_slug}
            for link in handing.open_links(card.integration)]
