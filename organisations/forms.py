"""The forms of Organisations and their members."""
from __future__ import annotations

from typing import Any

from django import forms

from organisations.create import TAKEN, propose_slug
from organisations.models import Organisation, Role
from organisations.models.organisation import name_validator, not_reserved


class OrganisationForm(forms.Form):
    """A display name, and the slug that addresses and commands use; left blank, the slug is made from the name."""

    name = forms.CharField(max_length=120, label="Name", help_text="As people say it: “Acme” or “Acme Research”.",
                           widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    slug = forms.CharField(
        max_length=63, required=False, label="Short name",
        help_text="Stands in addresses and commands, and stays. Left blank, it is made from the name.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false",
                                      "data-slug-of": "id_name"}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "slug" not in cleaned or "name" not in cleaned:
            return cleaned
        slug = cleaned["slug"].strip() or propose_slug(cleaned["name"])
        if not slug:
            self.add_error("slug", "No short name can be made from this name; type one.")
            return cleaned
        cleaned["slug"] = slug
        try:
            name_validator(slug)
            not_reserved(slug)
        except forms.ValidationError as error:
            self.add_error("slug", error)
            return cleaned
        if Organisation.objects.filter(slug=slug).exists():
            self.add_error("slug", TAKEN)
        return cleaned


class RenameForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name", help_text="The short name in addresses stays as it is.")


class DeleteForm(forms.Form):
    typed = forms.CharField(label="Short name of the Organisation",
                            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none",
                                                          "spellcheck": "false"}))

    def __init__(self, organisation: Organisation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.fields["typed"].help_text = f"Type {organisation.slug} to confirm."

    def clean_typed(self) -> str:
        typed = self.cleaned_data["typed"].strip()
        if typed != self.organisation.slug:
            raise forms.ValidationError(f"This is not “{self.organisation.slug}”. Nothing was deleted.")
        return typed


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254, widget=forms.EmailInput(
        attrs={"autocomplete": "off", "placeholder": "name@example.com"}))
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.DEVELOPER.value)

    def offer(self, grantable: list[Role]) -> None:
        """Show these roles alone."""
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(r.value, r.label) for r in grantable]


class RoleForm(forms.Form):
    """The one select of a row of the members' table. Every role is a choice here; members.py says who may give it."""

    role = forms.ChoiceField(choices=Role.choices)


class TokenForm(forms.Form):
    """A new API token. Every role is a choice here; tokens.py says who may give it."""

    name = forms.CharField(max_length=63, label="What uses it", help_text="For example “GitHub Actions of shop”. It stands "
                           "beside what the token does.", widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.DEVELOPER.value,
                             help_text="A viewer reads; a developer may also ask for checks and use the deploy gate.")
    days = forms.TypedChoiceField(
        label="It ends", coerce=int, initial=90,
        choices=[(30, "in 30 days"), (90, "in 90 days"), (365, "in a year"), (0, "only when it is revoked")])

    def offer(self, grantable: list[Role]) -> None:
        """Show these roles alone."""
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(r.value, r.label) for r in grantable]
