"""How a page of the demo's GitHub looks, and how its forms are read. Plain HTML: no script, no style sheet."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import parse_qs, urlencode

from checks.demo.git_repositories import Answer
from checks.demo.loopback import Seen

PAGE = ("<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{body}"
        "<p><small>This is the demo's own GitHub on loopback, not github.com.</small>")


def page(status: int, title: str, body: str) -> Answer:
    """body: HTML."""
    return Answer(status, {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "deny"},
                  PAGE.format(title=escape(title), body=body).encode())


def redirect(address: str, *, status: int = 302, **params: str) -> Answer:
    """params: what is added to the address; an empty one is left out."""
    added = urlencode({name: value for name, value in params.items() if value})
    joint = "&" if "?" in address else "?"
    return Answer(status, {"Location": address + (joint + added if added else "")}, b"")


def hidden(**fields: str) -> str:
    return "".join(f'<input type=hidden name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())


def form(action: str, inside: str) -> str:
    return f'<form method=post action="{escape(action)}">{inside}</form>'


def button(text: str, name: str = "", value: str = "") -> str:
    named = f' name="{escape(name)}" value="{escape(value)}"' if name else ""
    return f"<button type=submit{named}>{escape(text)}</button> "


def boxes(name: str, choices: Sequence[tuple[str, str, bool]], *, kind: str = "checkbox") -> str:
    """choices: value, label, whether it is chosen."""
    return "".join(f'<label><input type={kind} name="{escape(name)}" value="{escape(value)}"{" checked" if chosen else ""}> '
                   f"{escape(label)}</label><br>" for value, label, chosen in choices)


def items(lines: Sequence[str]) -> str:
    """lines: HTML."""
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def fields(seen: Seen) -> Mapping[str, list[str]]:
    """What a form sent."""
    return parse_qs(seen.body.decode("utf-8", "replace"), keep_blank_values=True)
