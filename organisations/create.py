"""Making, renaming and deleting an Organisation."""
from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from organisations import audit
from organisations.access import Action, require
from organisations.models import Membership, Organisation, Role, User

TAKEN = "An Organisation of this name exists already; choose another."


def propose_slug(name: str) -> str:
    """The nearest slug to a display name; empty when nothing of the name can be used."""
    return slugify(name)[:63].strip("-_").replace("_", "-")


def display_name(slug: str) -> str:
    """A display name for whoever gave only a slug: `acme-shop` reads “Acme Shop”."""
    return " ".join(word.capitalize() for word in slug.split("-") if word) or slug


def create(*, slug: str, name: str, owner: User, actor: User | None) -> Organisation:
    """A new Organisation with its first owner. ValidationError names `slug` or `name`; nothing is saved then.

    actor None is the command line.
    """
    organisation = Organisation(slug=slug, name=name.strip() or display_name(slug))
    if Organisation.objects.filter(slug=slug).exists():
        raise ValidationError({"slug": TAKEN})
    organisation.full_clean()
    try:
        with transaction.atomic():
            organisation.save()
            Membership.objects.create(organisation=organisation, user=owner, role=Role.OWNER)
            audit.record(organisation, actor, "made the Organisation", organisation.name, slug=slug, owner=owner.email)
    except IntegrityError:  # somebody else took the name between the look and the save
        raise ValidationError({"slug": TAKEN}) from None
    return organisation


@transaction.atomic
def rename(*, organisation: Organisation, actor: User, name: str) -> Organisation:
    """Another display name. The slug stays: addresses and commands use it."""
    require(actor, organisation, Action.OWN)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before, locked.name = locked.name, name.strip()
    locked.full_clean()
    if locked.name != before:
        locked.save(update_fields=["name"])
        audit.record(locked, actor, "renamed the Organisation", locked.name, before=before)
    return locked


@transaction.atomic
def delete(*, organisation: Organisation, actor: User, typed: str) -> None:
    """Everything of the Organisation goes, at once. `typed` is its slug, so that nobody deletes the wrong one."""
    require(actor, organisation, Action.OWN)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if typed.strip() != locked.slug:
        raise PermissionDenied("The name that was typed is not the name of this Organisation.")
    audit.record(None, actor, "deleted the Organisation", locked.name, slug=locked.slug)
    locked.delete()
