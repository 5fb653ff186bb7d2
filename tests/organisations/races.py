"""Run as a program against a migrated database: people who do the same thing at the same moment. Prints JSON."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable

import django

django.setup()

from allauth.account.models import EmailAddress
from django.db import connection

from organisations import invitations, members
from organisations.create import create
from organisations.models import AuditEvent, LastOwner, Membership, Role, User


def person(email: str) -> User:
    user = User.objects.create(email=email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def at_once(calls: list[Callable[[], object]]) -> Counter[str]:
    """Start all in threads behind one barrier; how each ended."""
    barrier, ends = threading.Barrier(len(calls)), Counter[str]()

    def run(call: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(120)
            call()
            ends["done"] += 1
        except Exception as error:
            ends[type(error).__name__] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    return ends


def owners(trials: int) -> dict[str, object]:
    """Two owners each do away with the other, by a different verb each time; how many owners were left, how often."""
    one, two = person("one@example.com"), person("two@example.com")
    left, ends = Counter[str](), Counter[str]()
    for trial in range(trials):
        organisation = create(slug=f"race-{trial}", name="Race", owner=one, actor=None)
        first = Membership.objects.get(organisation=organisation, user=one)
        second = Membership.objects.create(organisation=organisation, user=two, role=Role.OWNER)

        def demote(actor: User, member: Membership) -> Callable[[], object]:
            return lambda: members.change_role(
                organisation=member.organisation, actor=actor, member=member, role=Role.VIEWER
            )

        def remove(actor: User, member: Membership) -> Callable[[], object]:
            return lambda: members.remove(organisation=member.organisation, actor=actor, member=member)

        def leave(actor: User, member: Membership) -> Callable[[], object]:
            return lambda: members.leave(organisation=member.organisation, actor=actor)

        def delete(actor: User, member: Membership) -> Callable[[], object]:
            return lambda: Membership.objects.filter(pk=member.pk).delete()

        verb = (demote, remove, leave, delete)[trial % 4]
        ends += at_once([verb(one, second), verb(two, first)])
        left[str(organisation.active_owners().count())] += 1
    return {"left": left, "ends": ends, "last_owner": LastOwner.__name__}


def invitation(people: int) -> dict[str, object]:
    """One person accepts the same invitation many times at once."""
    owner, guest = person("owner@example.com"), person("guest@example.com")
    organisation = create(slug="party", name="Party", owner=owner, actor=None)
    sent, _ = invitations.invite(organisation=organisation, actor=owner, email=guest.email, role=Role.DEVELOPER)
    ends = at_once([lambda: invitations.accept(invitation=sent, user=guest)] * people)
    return {
        "ends": ends,
        "members": Membership.objects.filter(organisation=organisation, user=guest).count(),
        "events": AuditEvent.objects.filter(verb="accepted an invitation to").count(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"owners": owners, "invitation": invitation}[sys.argv[1]](int(sys.argv[2]))))
