"""The demo Organisation: two people, five integrations at local peers, and the services that they serve.

Integrations and services are made anew at every start, since the peers' ports change; people and history stay theirs.
"""
from __future__ import annotations

import time

from allauth.account.models import EmailAddress

from checks.actions import connect, services, verify
from checks.demo import peers as stand
from checks.demo.github_host import GitHubHost
from checks.demo.peers import Peers
from checks.demo.s3_host import FULL, WITHOUT_DELETE, S3Host
from checks.engine import hooks
from checks.models import Integration, Run, Service
from organisations.models import Membership, Organisation, Role, User

FIRST_RUN_SECONDS = 20
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


def build(organisation: Organisation, peers: Peers) -> None:
    """Connect what is there to the peers of this start, and ask for a check of each."""
    owner = User.objects.get(email=OWNER)
    Service.objects.filter(organisation=organisation).delete()
    Integration.objects.filter(organisation=organisation).delete()
    made = [_github(organisation, owner, peers), *_tokens(organisation, owner, peers),
            *_backups(organisation, owner, peers.s3)]
    _services(organisation, owner, peers)
    for integration in made:
        verify.ask(integration=integration, actor=owner, trigger=Run.Trigger.CONNECT)


def first_push(organisation: Organisation, github: GitHubHost) -> None:
    """The demo's GitHub tells of a push, now that somebody listens; then its integration is asked again."""
    github.deliver("push", github.payloads.push(stand.INSTALLATION, stand.ALLOWED))
    integration = Integration.objects.for_organisation(organisation).get(name="github-acme")
    until = time.monotonic() + FIRST_RUN_SECONDS
    while time.monotonic() < until and Run.objects.filter(integration=integration, state__in=Run.ACTIVE).exists():
        time.sleep(0.2)  # a run under way may have read the delivery log before this
    verify.ask(integration=integration, actor=None, trigger=Run.Trigger.HOOK)


def _github(organisation: Organisation, owner: User, peers: Peers) -> Integration:
    """One of its services is not on the installation's list: the mistake that people make most."""
    made = connect.connect(
        organisation=organisation, actor=owner, provider="github", name="github-acme",
        settings={"base_url": peers.github.url, "app_id": str(stand.APP_ID), "installation_id": str(stand.INSTALLATION)},
        credentials={"private_key": peers.app_key, "webhook_secret": stand.WEBHOOK_SECRET},
        notes="A local peer of this demo that speaks GitHub's API for Apps as an Enterprise Server does. Its pages work "
              "too: connect another GitHub with its address, and create an App there.")
    peers.github.app.hook_url = hooks.address(made)
    return made


def _tokens(organisation: Organisation, owner: User, peers: Peers) -> list[Integration]:
    """One that passes, its token may read and no more; and one whose token ends next week."""
    gitea = connect.connect(
        organisation=organisation, actor=owner, provider="gitea", name="git-main",
        settings={"base_url": peers.git.url}, credentials={"token": stand.READER.value},
        notes="A local peer of this demo: real git http-backend behind a loopback server that speaks the needed part "
              "of Gitea's API. Its port changes at every start.")
    gitlab = connect.connect(
        organisation=organisation, actor=owner, provider="gitlab", name="gitlab-mobile",
        settings={"base_url": peers.gitlab.url}, credentials={"token": peers.gitlab_token},
        notes="A local peer of this demo that speaks the needed part of GitLab's API; its token ends soon.")
    return [gitea, gitlab]


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


def _services(organisation: Organisation, owner: User, peers: Peers) -> None:
    for name, integration, url in (
        ("storefront", "github-acme", peers.github.clone_url(stand.ALLOWED)),
        ("billing", "github-acme", peers.github.clone_url(stand.NOT_ALLOWED)),
        ("app-backend", "gitlab-mobile", peers.gitlab.clone_url("acme/mobile/app-backend")),
        ("shop-api", "git-main", peers.git.clone_url("acme/shop")),
        ("website", "git-main", peers.git.clone_url("acme/website")),
    ):
        services.add(organisation=organisation, actor=owner, name=name, kind="app", integration=integration,
                     target={"repository": url, "ref": "main"})
    for name, integration in (("orders-db", "backups-eu"), ("audit-db", "backups-archive")):
        services.add(organisation=organisation, actor=owner, name=name, kind="database", integration=integration,
                     target={"engine": "postgres", "backups": "external"})
