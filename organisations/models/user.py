"""A person. The e-mail address is the name; it is unique whatever its case."""
from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """A person who can sign in; without a password only by a reset link."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("e-mail address", max_length=254)
    name = models.CharField(max_length=120, blank=True)
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (models.UniqueConstraint(Lower("email"), name="email_is_unique_without_regard_to_case",
                                               violation_error_message="Somebody has this e-mail address already."),)

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return str(self)


@receiver(pre_save, sender="account.EmailAddress")
def make_way_for_the_verified(instance: Any, **_: Any) -> None:
    """Somebody proved this mailbox: an account that claimed its address, and never proved it, gives way.

    Without this, whoever signs up with another's address keeps its owner from using it, since addresses are unique.
    """
    if not instance.verified:
        return
    squatters = User.objects.filter(email__iexact=instance.email, last_login=None, is_staff=False, memberships=None,
                                    emailaddress__verified=False).exclude(pk=instance.user_id)
    squatters.exclude(emailaddress__verified=True).delete()
