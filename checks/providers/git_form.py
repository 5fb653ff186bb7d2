"""The fields that every Git host with a token shares, and what is refused at them: only what cannot be parsed."""
from __future__ import annotations

import re
from urllib.parse import urlsplit

from django import forms

from checks.providers.base import ProviderForm

CONTROL = re.compile(r"[\x00-\x20\x7f]")


def http_address(text: str) -> str:
    """The text, if it is an http(s) address without credentials, query and fragment; else ValidationError.

    Where it leads is not judged here: what can be parsed and is probably wrong is saved, and its row says so.
    """
    address = text.strip()
    if CONTROL.search(address):
        raise forms.ValidationError("An address holds no blanks.")
    if "://" not in address:
        raise forms.ValidationError(f"Write it with its scheme: https://{address}")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise forms.ValidationError("This is no address: its host or port cannot be read.") from None
    if parts.scheme.lower() not in ("https", "http"):
        raise forms.ValidationError(f"Write the https:// address of the host; {parts.scheme}:// takes no token.")
    if not host:
        raise forms.ValidationError("This address names no host.")
    if parts.username is not None or parts.password is not None:
        raise forms.ValidationError("Leave user name and password out of the address: the token has its own field.")
    if parts.query or parts.fragment or address.endswith(("?", "#")):
        raise forms.ValidationError("Leave the ? or # and all after it out of the address.")
    return address


def one_word(text: str) -> str:
    """A token without the blanks around it; a blank inside, or what is not ASCII, cannot be one."""
    token = text.strip()
    if CONTROL.search(token):
        raise forms.ValidationError("A token is one word: this has a blank or a line break in it.")
    if not token.isascii():
        raise forms.ValidationError("A token has plain ASCII characters only: this looks like a masked copy.")
    return token


class TokenForm(ProviderForm):
    """A form with `base_url` and `token`; each provider declares the two with words of its own."""

    def clean_base_url(self) -> str:
        return http_address(self.cleaned_data["base_url"])

    def clean_token(self) -> str:
        return one_word(self.cleaned_data["token"])

    def clean_username(self) -> str:
        username = self.cleaned_data.get("username", "").strip()
        if ":" in username or CONTROL.search(username):
            raise forms.ValidationError("A user name for Git holds no colon and no blank.")
        return username
