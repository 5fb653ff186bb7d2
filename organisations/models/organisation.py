"""An Organisation and who belongs to it, in which role."""
from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

name_validator = RegexValidator(
    r"\A[a-z0-9][a-z0-9-]{0,62}\Z",
    "Use lower-case letters, digits and hyphens, at most 63, starting with a letter or digit: for example “shop-api”.",
)


class Role(models.TextChoices):
    """From the one who may do everything to the one who only reads."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def for_user(self, user: object) -> OrganisationQuerySet:
        """The Organisations that a person belongs to, by name."""
        return self.filter(memberships__user=user).order_by("name")


class Organisation(models.Model):
    slug = models.CharField(max_length=63, unique=True, validators=[name_validator])
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Organisation]] = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_a_person"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} of {self.organisation}"
