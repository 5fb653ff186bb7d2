"""What is asked before an App is made: for whose account, where, and whether deploys push."""
from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.pages.forms import TEXT
from checks.providers.git_form import http_address

MINE, ORGANISATION = "mine", "organisation"
LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}", re.ASCII)


class AppForm(forms.Form):
    """web: the address that is offered."""

    where = forms.ChoiceField(label="Whose App is it?", widget=forms.RadioSelect, initial=ORGANISATION, choices=(
        (ORGANISATION, "An organisation's: it has the repositories, and goes on when people leave"),
        (MINE, "My own account's: the repositories are mine alone")))
    account = forms.CharField(label="Organisation at GitHub", required=False, max_length=200, widget=forms.TextInput(attrs=TEXT),
                              help_text="Its login, as in github.com/LOGIN. Leave it empty for your own account.")
    base_url = forms.CharField(label="Address", max_length=2000, widget=forms.TextInput(attrs=TEXT), help_text=(
        "https://github.com, or the address of your GitHub Enterprise Server."))
    pushes = forms.BooleanField(label="Deploys push to the repository", required=False, help_text=(
        "Then the App asks to write contents, too. Leave it off if deploys only read."))

    def __init__(self, *args: Any, web: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base_url"].initial = web

    def clean_base_url(self) -> str:
        return http_address(self.cleaned_data["base_url"]).rstrip("/")

    def clean_account(self) -> str:
        typed: str = self.cleaned_data["account"].strip().rstrip("/")
        login = typed.rpartition("/")[2].removeprefix("@")
        if login and not LOGIN.fullmatch(login):
            raise ValidationError("A login has letters, digits and single hyphens, such as acme-shop.")
        return login

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("where") == ORGANISATION and not cleaned.get("account") and "account" not in self.errors:
            self.add_error("account", "Name the organisation, or choose your own account.")
        return cleaned

    def login(self) -> str:
        """The organisation's, "" for one's own account."""
        return self.cleaned_data["account"] if self.cleaned_data["where"] == ORGANISATION else ""
