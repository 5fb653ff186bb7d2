"""A service of the PaaS: what an integration must serve for it to deploy."""
from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from checks.models.integration import Integration
from organisations.models import Organisation, name_validator


class ServiceQuerySet(models.QuerySet["Service"]):
    def for_organisation(self, organisation: Organisation) -> ServiceQuerySet:
        return self.filter(organisation=organisation)


class Service(models.Model):
    """target is stored as given, for the rows to judge. variables: names of pasted variables and what each looked
    like; their values are never stored."""

    class Kind(models.TextChoices):
        APP = "app", "App, from a Git repository"
        DOCKER = "docker", "Docker, from an image"
        DATABASE = "database", "Database, with external backups"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="services")
    name = models.CharField(max_length=63, validators=[name_validator])
    kind = models.CharField(max_length=20, choices=Kind.choices)
    integration = models.ForeignKey(Integration, on_delete=models.SET_NULL, null=True, related_name="services")
    node = models.ForeignKey(Integration, on_delete=models.SET_NULL, null=True, blank=True, related_name="hosted")
    target = models.JSONField(default=dict)
    notes = models.TextField(blank=True, max_length=2000)
    variables = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["organisation", "name"],
                                               name="service_name_is_unique_in_its_organisation"),)

    def __str__(self) -> str:
        return self.name

    @property
    def needs_verified(self) -> bool:
        """Whether it is ready only once its integration is verified: external backups that nobody proved are none."""
        return self.kind == self.Kind.DATABASE and str(self.target.get("backups") or "").strip().lower() == "external"
