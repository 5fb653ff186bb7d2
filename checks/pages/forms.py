"""The forms of this app's pages: what a provider asks for beside what a page asks for, shown as one form.

A secret is never sent back: after an error its field is empty and says to type it again; on an edit it says when the
stored one was set, and the start of its fingerprint.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField

from checks.actions.errors import WHOLE, Invalid
from checks.actions.names import not_reserved
from checks.actions.variables import FIELD, MAX_BYTES, decoded, too_long
from checks.models import Integration, Service
from checks.providers.base import Provider, ProviderForm, SecretTextarea
from organisations.models import name_validator

TYPE_AGAIN = "Type it again: what you typed before is never sent back to a page."
FINGERPRINT_SHOWN = 8
NAME_HINT = "Lower-case letters, digits and hyphens: for example {example}."
PASSWORD_IN_ADDRESS = re.compile(r"(://[^/\s:@]*):[^/\s]*@")
TEXT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class NameForm(forms.Form):
    """What one calls it here."""

    name = forms.CharField(max_length=63, validators=[name_validator, not_reserved], widget=forms.TextInput(attrs=TEXT))

    def __init__(self, *args: Any, example: str = "shop-api", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = NAME_HINT.format(example=example)


class NotesForm(forms.Form):
    notes = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For your teammates. Never put a token here: everybody in the Organisation can read it.",
    )


class ConfirmForm(NotesForm):
    """Notes, and the Organisation named and confirmed."""

    confirm = forms.BooleanField(
        error_messages={"required": "Say that it belongs to this Organisation, or switch to another first."}
    )

    def __init__(self, organisation: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirm"].label = f"This account belongs to {organisation}"


class Together:
    """Several forms that stand in one <form>: one error summary, one list of fields, in the order given."""

    def __init__(self, *parts: forms.BaseForm) -> None:
        self.parts = parts

    def is_valid(self) -> bool:
        asked = [part.is_valid() for part in self.parts]  # every part, so that all errors show at once
        if not all(asked):
            self._hide_passwords()
        return all(asked)

    def _hide_passwords(self) -> None:
        """A password that was typed within an address goes back to no page either."""
        for part in self.parts:
            if part.is_bound:
                part.data = {name: PASSWORD_IN_ADDRESS.sub(r"\1@", str(value)) for name, value in part.data.items()}

    @property
    def errors(self) -> dict[str, Any]:
        return {name: messages for part in self.parts for name, messages in part.errors.items()}

    def non_field_errors(self) -> list[str]:
        return [str(message) for part in self.parts for message in part.non_field_errors()]

    def visible_fields(self) -> list[BoundField]:
        return [field for part in self.parts for field in part.visible_fields()]

    def hidden_fields(self) -> list[BoundField]:
        return [field for part in self.parts for field in part.hidden_fields()]

    def __iter__(self) -> Iterator[BoundField]:
        return (field for part in self.parts for field in part)

    def refuse(self, error: Invalid) -> None:
        """Put what an action said at the fields that it names."""
        self._hide_passwords()
        for name, messages in error.errors.items():
            owner = next((part for part in self.parts if name in part.fields), None)
            for message in messages:
                if owner is not None:
                    owner.add_error(name, _sentence(message))
                else:
                    self.parts[0].add_error(None, message if name == WHOLE else f"{name}: {message}")


def _sentence(message: str) -> str:
    """An action's words follow a field's name (`is taken: …`); at the field itself they stand alone."""
    return f"This {message}" if message[:1].islower() else message


def provider_form(
    provider: Provider, data: Mapping[str, Any] | None = None, integration: Integration | None = None
) -> ProviderForm:
    """The provider's own form, blank, over an integration's settings, or over what was typed."""
    stored = frozenset(integration.credential_facts) if integration else frozenset()
    form = provider.form(data, initial=dict(integration.settings) if integration else None, stored=stored)
    for field in form.fields.values():
        if isinstance(field, forms.DateField):
            field.widget.input_type = "date"
    for name in form.secret_names():
        field = form.fields[name]
        notes = [field.help_text, _stored_note(integration, name) if integration else ""]
        if data is not None and data.get(name):
            notes.append(TYPE_AGAIN)
        field.help_text = " ".join(filter(None, map(str, notes)))
    return form


def _stored_note(integration: Integration, name: str) -> str:
    facts = integration.credential_facts.get(name)
    if not facts:
        return "None is stored."
    return f"{set_at(facts)}, fingerprint {fingerprint(facts)}. Leave it empty to keep it."


def set_at(facts: Mapping[str, Any]) -> str:
    """`Stored on 3 May 2026`."""
    try:
        return f"Stored on {datetime.fromisoformat(facts['set_at']):%-d %B %Y}"
    except (KeyError, TypeError, ValueError):
        return "Stored"


def fingerprint(facts: Mapping[str, Any]) -> str:
    """The start of a keyed digest: enough to tell two apart, of no use for anything else."""
    return str(facts.get("fingerprint", ""))[:FINGERPRINT_SHOWN]


def needs_again(provider: Provider, form: ProviderForm, integration: Integration) -> None:
    """A changed address cannot use what was sealed for the old one: ask for it at its field, before it is dropped."""
    if not form.is_valid() or provider.endpoint(form.settings_values()) == provider.endpoint(integration.settings):
        return
    for name in sorted(form.secret_names()):
        if name in integration.credential_facts and form.base_fields[name].required and not form.cleaned_data.get(name):
            form.add_error(
                name, "The address changed, and the stored one was sealed for the old address: type it again."
            )


class TargetForm(forms.Form):
    """What a service asks for. integrations: names that serve its kind. fields: those of its target. nodes: names.

    picks: for a field whose values can be listed, the words and addresses of its picker. providers: those of the
    integrations.
    """

    providers: Collection[str] = ()
    integration = forms.ChoiceField()

    def __init__(
        self,
        *args: Any,
        integrations: Sequence[tuple[str, str]],
        fields: Mapping[str, str],
        nodes: Sequence[str],
        picks: Mapping[str, Mapping[str, str]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.target_names = tuple(fields)
        self.able = list(integrations)
        self.fields["integration"].choices = self.able  # type: ignore[attr-defined]
        for name, initial in fields.items():
            self.fields[name] = forms.CharField(
                max_length=2000,
                initial=initial,
                label=LABELS.get(name),
                help_text=HINTS.get(name, ""),
                widget=forms.TextInput(attrs=TEXT),
            )
            if picks and name in picks:
                self.fields[name].template_name = "checks/_pick_field.html"  # type: ignore[attr-defined]
                self.fields[name].picks = picks[name]  # type: ignore[attr-defined]  # for that template
        if nodes:
            self.fields["node"] = forms.ChoiceField(
                required=False,
                choices=[("", "None"), *((n, n) for n in nodes)],
                label="Worker node",
                help_text="Where it runs.",
            )

    def asked(self) -> dict[str, Any]:
        """What the actions take: the integration, the target, and the node or None."""
        return {
            "integration": self.cleaned_data["integration"],
            "target": {name: self.cleaned_data[name] for name in self.target_names},
            "node": self.cleaned_data.get("node") or None,
        }


LABELS = {"ref": "Branch or tag", "engine": "Database engine", "backups": "Where backups go"}
HINTS = {
    "repository": "The HTTPS clone URL, as the host shows it.",
    "ref": "Exactly as it is spelled there.",
    "image": "As a deploy pulls it, with its tag or digest.",
    "engine": "For example postgres.",
    "backups": "“external” means: to this integration's bucket.",
}
INITIAL = {"ref": "main", "engine": "postgres", "backups": "external"}


class VariablesForm(NotesForm):
    """Notes, and variables to be looked through for secrets, pasted or as a file; only their names are kept.

    whole: bytes of the request; a file that is far too big was dropped unread.
    """

    variables = forms.CharField(
        required=False,
        strip=False,
        label="Variables to look through",
        widget=SecretTextarea(attrs={"rows": 4, **TEXT}),
        help_text="Paste the service’s NAME=value lines, or a JSON object, to have them searched for secrets. Their values are "
        "read once and dropped; the names stay, with what each value looked like.",
    )
    env_file = forms.FileField(required=False, label="Or its .env file", help_text="At most 64 KiB. The file itself is not kept.")
    field_order = ("variables", "env_file", "notes")

    def __init__(self, data: Mapping[str, Any] | None = None, files: Any = None, *, whole: int = 0, **kwargs: Any) -> None:
        super().__init__(data, files, **kwargs)
        self._whole = whole
        if data is not None and data.get("variables"):
            self.fields["variables"].help_text += f" {TYPE_AGAIN}"

    def clean_env_file(self) -> str:
        """What the file says."""
        if self._whole > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise forms.ValidationError(_sentence(too_long()))
        uploaded = self.cleaned_data["env_file"]
        try:
            return decoded(uploaded.read(MAX_BYTES + 1)) if uploaded else ""
        except Invalid as error:
            raise forms.ValidationError([_sentence(said) for said in error.errors[FIELD]]) from None

    def clean(self) -> dict[str, Any]:
        """variables: from the field or from the file."""
        said = super().clean() or {}
        from_file = said.pop("env_file", "")
        if from_file and (said.get("variables") or "").strip():
            self.add_error("env_file", "Paste the variables or choose a file, not both.")
        said["variables"] = from_file or said.get("variables", "")
        return said


def kind_of(text: str) -> str | None:
    """A kind of service as it stands in an address, or None for anything else."""
    return text if text in Service.Kind.values else None
