"""The demo Organisation: two people, three integrations at local peers, and the services that they serve.

Integrations and services are made anew at every start, since the peers' ports change; people and history stay theirs.
"""
from __future__ import annotations

from allauth.account.models import EmailAddress

from checks.actions import connect, services, verify
from checks.demo.git_host import GitHost
from checks.demo.peers import READER
from checks.demo.s3_host import FULL, WITHOUT_DELETE, S3Host
from checks.models import Integration, Run, Service
from organisations.models import Membership, Organisation, Role, User

SLUG, NAME = "demo", "Demo Company"
OWNER, VIEWER = "owner@demo.example", "viewer@demo.example"
PASSWORD = "demo-password"  # printed on purpose: the demo listens on loopback only


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


def build(organisation: Organisation, git: GitHost, s3: S3Host) -> None:
    """Connect what is there to the peers of this start, and ask for a check of each."""
    owner = User.objects.get(email=OWNER)
    Service.objects.filter(organisation=organisation).delete()
    Integration.objects.filter(organisation=organisation).delete()
    made = [_git(organisation, owner, git), *_backups(organisation, owner, s3)]
    _services(organisation, owner, git)
    for integration in made:
        verify.ask(integration=integration, actor=owner, trigger=Run.Trigger.CONNECT)


def _git(organisation: Organisation, owner: User, git: GitHost) -> Integration:
    """The one that passes: a token that may read, and no more."""
    return connect.connect(
        organisation=organisation, actor=owner, provider="gitea", name="git-main",
        settings={"base_url": git.url}, credentials={"token": READER.value},
        notes="A local peer of this demo: real git http-backend behind a loopback server that speaks the needed part "
              "of Gitea's API. Its port changes at every start.")


def _backups(organisation: Organisation, owner: User, s3: S3Host) -> list[Integration]:
    """One that passes, and one that fails in an instructive way: its key writes and reads, and may not delete."""
    made = []
    for name, bucket, actions, note in (
        ("backups-eu", "demo-backups", FULL, "A local peer of this demo: moto's S3 server with IAM enforcement on."),
        ("backups-archive", "demo-archive", WITHOUT_DELETE,
         "The same local S3 server; this key's policy lacks s3:DeleteObject, so old dumps would pile up for ever."),
    ):
        s3.make_bucket(bucket)
        key_id, secret = s3.make_user(name, bucket, actions)
        made.append(connect.connect(
            organisation=organisation, actor=owner, provider="backup_storage", name=name, notes=note,
            settings={"endpoint": s3.url, "region": "us-east-1", "bucket": bucket, "access_key_id": key_id},
            credentials={"secret_access_key": secret}))
    return made


def _services(organisation: Organisation, owner: User, git: GitHost) -> None:
    for name, path, ref in (("shop-api", "acme/shop", "main"), ("website", "acme/website", "main")):
        services.add(organisation=organisation, actor=owner, name=name, kind="app", integration="git-main",
                     target={"repository": git.clone_url(path), "ref": ref})
    for name, integration in (("orders-db", "backups-eu"), ("audit-db", "backups-archive")):
        services.add(organisation=organisation, actor=owner, name=name, kind="database", integration=integration,
                     target={"engine": "postgres", "backups": "external"})
