"""`manage.py trust_host_key ORG NAME FINGERPRINT`: pin the host key that the checklist last showed of a worker node."""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions import trust, verify
from checks.management.base import Answer, ApiCommand
from checks.management.rows import organisation_named


class Command(ApiCommand):
    help = "Trust the host key that host_key_trusted last showed. Any other fingerprint is refused: exit status 2."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", metavar="ORG")
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("fingerprint", metavar="FINGERPRINT", help="as ssh-keygen -l prints it: SHA256:…")

    def answer(self, **options: Any) -> Answer:
        organisation = organisation_named(options["organisation"])
        integration = verify.find(organisation, options["name"])
        pinned = trust.trust(integration=integration, actor=None, fingerprint=options["fingerprint"])
        return Answer({"organisation": organisation.slug, "integration": pinned.name, "fingerprint": options["fingerprint"],
                       "host_key": pinned.settings[trust.SETTING], "status": pinned.status},
                      f"{pinned.name} is trusted with the host key {options['fingerprint']}.")
