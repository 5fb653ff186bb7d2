"""Settings and credentials as they come from JSON or a page, into the provider's form."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from checks.providers.base import Provider, ProviderForm


def bound_form(kind: Provider, settings: Mapping[str, Any], credentials: Mapping[str, Any],
               stored: frozenset[str] = frozenset()) -> ProviderForm:
    """The provider's form over what was given, defaults where nothing was; `stored` credentials may be left out."""
    data: dict[str, Any] = {}
    for name in kind.form.setting_names():
        field = kind.form.base_fields[name]
        data[name] = settings[name] if name in settings and settings[name] is not None else field.initial
    data.update({name: credentials.get(name) or "" for name in kind.form.secret_names()})
    return kind.form(data, stored=stored)


def typed(kind: Provider, settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with the shape of JSON input: unknown names, and values of a kind that a form would bend."""
    errors: dict[str, list[str]] = {}
    for name, value in settings.items():
        if name not in kind.form.setting_names():
            errors[name] = [_unknown(kind.form.setting_names(), is_secret=name in kind.form.secret_names())]
        elif (wrong := _wrong_type(kind.form.base_fields[name], value)):
            errors[name] = [wrong]
    for name, value in credentials.items():
        if name not in kind.form.secret_names():
            errors[name] = [_unknown(sorted(kind.form.secret_names()), is_secret=False)]
        elif not isinstance(value, str) and value is not None:
            errors[name] = ["must be a text."]
    return errors


def _unknown(known: Iterable[str], *, is_secret: bool) -> str:
    if is_secret:
        return "is a credential: give it under “credentials”, so that it is sealed."
    return f"is not a field of this provider; its fields are {', '.join(known)}."


def _wrong_type(field: forms.Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(field, forms.BooleanField):
        return "" if isinstance(value, bool) else "must be true or false."
    if isinstance(field, forms.IntegerField):
        return "" if isinstance(value, (int, str)) and not isinstance(value, bool) else "must be a whole number."
    return "" if isinstance(value, str) else "must be a text."
