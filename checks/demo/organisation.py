"""The demo Organisation: two people, three integrations at local peers, and the services that they serve.

Integrations and services are made anew at every start, since the peers' ports change; people and history stay theirs.
"""
from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from checks.actions import connect, services, verify
from checks.demo.git_host import GitHost
from checks.demo.s3_host import S3Host
from checks.models import Integration, Run, Service
from organisations.models import Membership, Organisation, Role, User

SLUG, NAME = "demo", "Demo Company"
OWNER, VIEWER = "owner@demo.example", "viewer@demo.example"
PASSWORD = "demo-password"  # noqa: S105 -- printed on purpose: the demo listens on loopback only


def other_organisations() -> list[str]:
    """Organisations in this database that are not the demo's: it must not open loopback for them."""
    return list(Organisation.objects.exclude(slug=SLUG).values_list("slug", flat=True))


def people() -> Organisation:
    """The Organisation with its owner and its viewer; made once, passwords set anew."""
    organisation, _ = Organisation.objects.get_or_create(slug=SLUG, defaults={"name": NAME})
    for email, role, name in ((OWNER, Role.OWNER, "Olive Owner"), (VIEWER, Role.VIEWER, "Victor Viewer")):
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
        user.set_password(PASSWORD)
        user.is_staff = user.is_superuser = role == Role.OWNER
        user.save()
        EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
        Membership.objects.update_or_create(organisation=organisation, user=user, defaults={"role": role})
    return organisation


@transaction.atomic
def build(organisation: Organisation, git: GitHost, s3: S3Host) -> None:
    """Connect what is there to the peers of this start, and ask for a check of each."""
    owner = User.objects.get(email=OWNER)
    Service.objects.filter(organisation=organisation).delete()
    Integration.objects.filter(organisation=organisation).delete()
    made = [_git(organisation, owner, git), *_backups(organisation, owner, s3)]
    _services(organisation, owner, git)
    for integration in made:
        verify.ask(integration=integration, actor=owner, trigger=Run.Trigger.CONNECT)
