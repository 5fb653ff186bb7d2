"""The form and the provider, as values."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.ecr import EcrKeys, region_of
from checks.clients.oci import Credential, Registry
from checks.clients.oci_place import HUB, Place, place
from checks.providers.base import Guide, JsonMap, Provider, ProviderForm, SecretField, Step
from checks.providers.docker_registry.credential_lint import PASTED
from checks.providers.docker_registry.guide import LEAST, NEEDS, ROTATION, STEPS

CONTROL = re.compile(r"[\x00-\x20\x7f]")
BREAK = re.compile(r"[\x00-\x1f\x7f]")


class DockerRegistryForm(ProviderForm):
    host = forms.CharField(label="Registry host", required=False, initial=HUB, max_length=500, help_text=(
        "The host alone, as it stands before the first / of an image: docker.io, ghcr.io, registry.example.com:5000"))
    username = forms.CharField(label="User name", required=False, max_length=500, widget=forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}), help_text=(
        "Blank, as the password, for public images only. For Amazon ECR the access key id."))
    token_expires_on = forms.DateField(label="Credential ends on", required=False, help_text=(
        "The day that its own page shows; you are reminded in time."))
    password = SecretField(label="Password or token", required=False, strip=False, help_text=(
        "A token that may only pull, not your own password. For Amazon ECR the secret access key."))

    def clean_host(self) -> str:
        typed: str = self.cleaned_data["host"].strip()
        if CONTROL.search(typed):
            raise ValidationError("A host has no blanks.")
        where = place(typed)
        if "@" in where.host:
            raise ValidationError("Leave user name and password out of the host: both have fields of their own.")
        if where.removed:
            parts = " and ".join(where.removed) + (" were" if len(where.removed) > 1 else " was")
            self.notes.append(f"{parts} left out of the host: {where.typed} was saved.")
        return where.typed

    def clean_username(self) -> str:
        typed: str = self.cleaned_data["username"].strip()
        if BREAK.search(typed) or ":" in typed:
            raise ValidationError("A user name for a registry holds no colon and no line break.")
        return typed

    def clean(self) -> dict[str, Any]:
        """Both or none. A kept password counts for an edit; a key in several lines (JSON) is one text all the same."""
        cleaned = super().clean() or self.cleaned_data
        username, password = cleaned.get("username"), cleaned.get("password")
        if username and not password and "password" not in self.stored:
            self.add_error("password", "A user name without a password is no credential: enter both, or neither for "
                                       "public images only.")
        if password and not username and "username" not in self.errors:
            self.add_error("username", "A password without a user name is no credential: enter both, or neither for "
                                       "public images only.")
        return cleaned


@dataclass(frozen=True)
class RegistryClient:
    """What `connect` makes. credential: as entered, blank for a stranger. keys: of an ECR host, to be exchanged."""

    registry: Registry
    credential: Credential
    keys: EcrKeys | None = None
    lacks_password: bool = False

    @property
    def place(self) -> Place:
        return self.registry.place

    @property
    def host(self) -> str:
        return self.registry.place.host

    @property
    def is_strangers(self) -> bool:
        """Public images only: no credential was entered."""
        return self.credential.is_blank and not self.lacks_password


def connect(settings: JsonMap, credentials: JsonMap) -> RegistryClient:
    where = place(str(settings.get("host") or ""))
    username, password = str(settings.get("username") or ""), str(credentials.get("password") or "")
    registry = Registry(where)
    if not username:
        return RegistryClient(registry, Credential())
    if not password:
        return RegistryClient(registry, Credential(), lacks_password=True)
    region = region_of(where.hostname)
    keys = EcrKeys(region, username, password) if region is not None and username != PASTED else None
    return RegistryClient(registry, Credential(username, password), keys)


def _summary(settings: JsonMap) -> str:
    username = str(settings.get("username") or "")
    return f"{username} at {_host(settings)}" if username else f"public images of {_host(settings)}"


def _account(settings: JsonMap) -> str:
    username = str(settings.get("username") or "")
    return f"{username} at {_host(settings)}" if username else ""


def _host(settings: JsonMap) -> str:
    return place(str(settings.get("host") or "")).host


docker_registry = Provider(
    token_kinds=("docker-token", "artifactory-token", "registry-password"),
    slug="docker_registry", name="Docker registry", section="Docker registries",
    form=DockerRegistryForm, connect=connect,
    endpoint=lambda settings: place(str(settings.get("host") or "")).origin,
    addresses=lambda settings: {"host": place(str(settings.get("host") or "")).origin},
    summary=_summary, account=_account, identity_fields=("username",),
    reached_at=lambda settings, target: f"{place(str(settings.get('host') or '')).origin}/v2/",
    serves=("docker",), service_fields={"docker": ("image",)},
    service_help="The whole image reference with its host and tag: ghcr.io/acme/app:1.4",
    guide=Guide(needs=NEEDS, minutes=5, least_grant=LEAST, rotation=ROTATION,
                steps=tuple(Step(text, link) for text, link in STEPS)))
