"""A connection of an Organisation to one provider: its settings, its sealed credentials, and what it is worth now."""
from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from checks.vault import Binding, Keyring
from checks.verdict import IntegrationStatus
from organisations.models import Organisation, name_validator


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def for_organisation(self, organisation: Organisation) -> IntegrationQuerySet:
        """Where every look-up starts: the Organisation's own, without the disconnected ones."""
        return self.filter(organisation=organisation, removed_at=None)


class Integration(models.Model):
    """settings are as typed. generation counts edits: a verdict of an older generation is dropped.

    credential_facts: {field: {"set_at": ISO time, "fingerprint": keyed digest}}, for the pages and for finding the
    same credential elsewhere. removed_at: disconnected, can be undone until the sweep erases it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="integrations")
    provider = models.CharField(max_length=40)
    name = models.CharField(max_length=63, validators=[name_validator])
    notes = models.TextField(blank=True, max_length=2000)
    settings = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict, editable=False)
    credential_facts = models.JSONField(default=dict, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    status = models.CharField(max_length=20, default=IntegrationStatus.UNVERIFIED,
                              choices=[(s.value, s.value.replace("_", " ")) for s in IntegrationStatus])
    verified_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(django_settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True,
                                     related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["organisation", "name"], condition=Q(removed_at=None),
                                               name="integration_name_is_unique_in_its_organisation"),)

    def __str__(self) -> str:
        return self.name

    def binding(self, field: str, endpoint: str) -> Binding:
        return Binding(str(self.organisation_id), str(self.id), field, endpoint)

    def seal(self, credentials: Mapping[str, str], endpoint: str, keyring: Keyring) -> None:
        """Put these credentials beside the stored ones, bound to the endpoint. Does not save."""
        for field, value in credentials.items():
            self.sealed[field] = keyring.seal(value, self.binding(field, endpoint))
            self.credential_facts[field] = {"set_at": timezone.now().isoformat(timespec="seconds"),
                                            "fingerprint": keyring.fingerprint(value, "credential")}

    def drop_credentials(self) -> None:
        """Forget every credential: the endpoint they were bound to is no more. Does not save."""
        self.sealed, self.credential_facts = {}, {}

    def unseal(self, endpoint: str, keyring: Keyring) -> dict[str, str]:
        """The credentials, for a client that is about to be made. Raises vault.CannotOpen."""
        return {field: keyring.unseal(token, self.binding(field, endpoint)) for field, token in self.sealed.items()}
