"""An Organisation and who belongs to it, in which role."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

name_validator = RegexValidator(
    r"\A[a-z0-9][a-z0-9-]{0,62}\Z",
    "Use lower-case letters, digits and hyphens, at most 63, starting with a letter or digit: for example “shop-api”.",
)
RESERVED = frozenset({"new"})  # /o/new/ is a page


def not_reserved(slug: str) -> None:
    if slug in RESERVED:
        raise ValidationError(f"“{slug}” is a word of the site itself; choose another.")


class LastOwner(Exception):
    """What was asked would leave an Organisation without an owner who can sign in. The text is for people."""

    def __init__(self, organisation: Organisation) -> None:
        super().__init__(f"{organisation.name} would be left without an owner. Make somebody else an owner first.")


class Role(models.TextChoices):
    """From the one who may do everything to the one who only reads."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"


class Organisation(models.Model):
    slug = models.CharField(max_length=63, unique=True, validators=[name_validator, not_reserved])
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def active_owners(self) -> models.QuerySet[Membership]:
        """The owners who can sign in; there is always one. Lock the Organisation's row before you rely on it."""
        return Membership.objects.filter(organisation=self, role=Role.OWNER, user__is_active=True)


class Membership(models.Model):
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_a_person"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} of {self.organisation}"


def _goes_with_its_organisation(origin: Any) -> bool:
    return getattr(origin, "model", type(origin)) is Organisation


@receiver(pre_delete, sender=Membership)
def lock_before_an_owner_goes(instance: Membership, origin: Any = None, **_: Any) -> None:
    """Whatever removes an owner (a page, the admin, a deleted account) waits here for whatever else does."""
    if instance.role == Role.OWNER and not _goes_with_its_organisation(origin):
        Organisation.objects.select_for_update().filter(pk=instance.organisation_id).first()


@receiver(post_delete, sender=Membership)
def keep_an_owner(instance: Membership, origin: Any = None, **_: Any) -> None:
    """Undo the whole deletion, by LastOwner, when nobody would be left to own the Organisation."""
    if instance.role != Role.OWNER or _goes_with_its_organisation(origin):
        return
    organisation = Organisation.objects.filter(pk=instance.organisation_id).first()
    if organisation is not None and not organisation.active_owners().exists():
        raise LastOwner(organisation)
