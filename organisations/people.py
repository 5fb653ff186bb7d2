"""Accounts that an operator makes: at the command line, for somebody whose address needs no mail to prove it."""
from __future__ import annotations

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from organisations.models import User


@transaction.atomic
def person_of(email: str, password: str | None = None) -> User:
    """The account of this address, made if there is none; its address counts as verified.

    Without a password the person signs in by a reset link. ValidationError names `owner`.
    """
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise ValidationError({"owner": "This is not an e-mail address: a name, an @ and a domain."}) from None
    user = User.objects.filter(email__iexact=address).first()
    if user is None:
        user = User.objects.create_user(address, password)
    elif password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    addresses = EmailAddress.objects.filter(user=user)
    if not addresses.filter(email__iexact=address, verified=True).exists():
        primary = not addresses.filter(primary=True).exclude(email=address).exists()
        EmailAddress.objects.update_or_create(user=user, email=address, defaults={"verified": True, "primary": primary})
    return user
