"""How templates of this app say a verdict, a moment and a length of time."""
from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from checks.pages import words

register = template.Library()
PILL = '<span class="v {0}"><svg aria-hidden="true"><use href="#{0}"/></svg>{1}</span>'


@register.filter
def pill(word: str, status: str) -> SafeString:
    """`{{ row.word|pill:row.status }}`: icon, word and colour, always the three together."""
    return format_html(PILL, status, word)


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """`4 minutes ago`, the exact moment on hover; the script turns the title into the reader's zone."""
    if at is None:
        return "never"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"),
                       at.strftime("%-d %B %Y, %H:%M:%S UTC"), words.ago(at, timezone.now()))


@register.filter
def day(at: datetime | str | None) -> SafeString | str:
    """The day itself; takes a moment or its ISO text (as credential facts hold it)."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return ""
    if at is None:
        return ""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"),
                       at.strftime("%-d %B %Y, %H:%M:%S UTC"), at.strftime("%-d %B %Y"))


@register.filter
def took(milliseconds: int | None) -> str:
    return words.took(milliseconds)


@register.filter
def listed(names: Any) -> str:
    return words.listed(list(names))


@register.filter
def coded(text: str) -> SafeString:
    """Text with what stands between back-ticks or “quotes” of a command shown as code; everything else escaped."""
    parts = conditional_escape(text).split("`")
    if len(parts) % 2 == 0:
        return mark_safe("`".join(parts))  # noqa: S308 -- each part was escaped above
    return mark_safe("".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(parts)))  # noqa: S308 -- escaped
