"""How templates of this app say a verdict, a moment and a length of time."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from checks.pages import words
from checks.pages.rows import WORDS, Row
from checks.pages.seed import ORGANISATION
from checks.providers.deprecations import Deprecation

register = template.Library()
PILL = '<span class="v {0}"><svg aria-hidden="true"><use href="#{0}"/></svg>{1}</span>'


@register.filter
def pill(word: str, status: str) -> SafeString:
    """`{{ row.word|pill:row.status }}`: icon, word and colour, always the three together."""
    return format_html(PILL, status, word)


@register.filter
def sentence(row: Row) -> SafeString:
    """A row's line: its pill, what is true, what was seen, how long it took. Written here and not in a template, since
    a long page has a thousand of them; every value is escaped."""
    good = ""
    if row.status == "unknown" and row.last_good_at:
        good = f'<span class="seen">Passed {moment(row.last_good_at)}: {escape(row.last_good_evidence)}</span>'
    return mark_safe(  # noqa: S308 -- each value is escaped
        f'<span class="v {escape(row.status)}"><svg aria-hidden="true"><use href="#{escape(row.status)}"/></svg>'
        f'{escape(row.word)}</span><span class="title">{escape(row.title)}'
        f'{", for " + escape(row.service) if row.service else ""}<span class="seen">{escape(row.evidence)}</span>{good}'
        f'</span><span class="took">{words.took(row.duration_ms)}</span>'
    )


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """`4 minutes ago`, the exact moment on hover; the script turns the title into the reader's zone."""
    if at is None:
        return "never"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        at.strftime("%-d %B %Y, %H:%M:%S UTC"),
        words.ago(at, timezone.now()),
    )


@register.filter
def exact(at: datetime) -> SafeString:
    """The moment itself; the script turns it into the reader's zone."""
    return format_html(
        '<time datetime="{}" title="{}" data-local>{}</time>',
        at.isoformat(timespec="seconds"),
        at.strftime("%-d %B %Y, %H:%M:%S UTC"),
        at.strftime("%-d %B %Y, %H:%M UTC"),
    )


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
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        at.strftime("%-d %B %Y, %H:%M:%S UTC"),
        at.strftime("%-d %B %Y"),
    )


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


@register.filter
def word(status: str) -> str:
    """A verdict's status as people say it."""
    return WORDS.get(status, status)


@register.filter
def own_why(slug: str) -> str:
    """Why one of the Organisation's own rows is asked."""
    return ORGANISATION.get(slug, "")


@register.filter
def by_today(deprecation: Deprecation) -> str:
    """What a host has ended or will end, as it reads today."""
    return deprecation.sentence(timezone.now().date())


@register.filter
def phrase(text: str) -> str:
    """A sentence as the end of another: `You need: an account on your Gitea.`"""
    plain = text.strip()
    lower = plain[:1].lower() if plain[1:2].islower() or plain[1:2] == " " else plain[:1]
    return f"{lower}{plain[1:].rstrip('.')}."


@register.filter
def said(details: Any) -> str:
    """The details of an audit event on one line; they are plain values and hold no secret."""
    if not isinstance(details, dict):
        return ""
    return " · ".join(
        f"{name.replace('_', ' ')}: {_plain(value)}"
        for name, value in details.items()
        if value not in ("", None, [], {})
    )


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_plain(v)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(v) for v in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
