"""Alice owns Acme, Adam administers it, Dora develops, Vera only reads; Bob belongs elsewhere, Sam is staff."""
from __future__ import annotations

from types import SimpleNamespace

import pytest

from organisations.models import Membership, Organisation, Role, User

PASSWORD = "correct horse battery"


def make_user(email: str, **extra) -> User:
    from allauth.account.models import EmailAddress
    user = User.objects.create_user(email, PASSWORD, **extra)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@pytest.fixture
def people(db):
    """Everybody the tests talk about, and the two Organisations acme and globex."""
    acme = Organisation.objects.create(slug="acme", name="Acme")
    globex = Organisation.objects.create(slug="globex", name="Globex")
    who = SimpleNamespace(acme=acme, globex=globex, password=PASSWORD, sam=make_user("sam@example.com", is_staff=True))
    for name, role in (("alice", Role.OWNER), ("adam", Role.ADMIN), ("dora", Role.DEVELOPER), ("vera", Role.VIEWER)):
        setattr(who, name, make_user(f"{name}@example.com"))
        Membership.objects.create(organisation=acme, user=getattr(who, name), role=role)
    who.bob = make_user("bob@example.com")
    Membership.objects.create(organisation=globex, user=who.bob, role=Role.OWNER)
    return who
