"""`manage.py verify ORG NAME`: ask every row of an integration now, in this process."""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions import reports, verify
from checks.management.base import EXIT, Answer, ApiCommand
from checks.management.rows import organisation_named
from checks.management.text import findings_text
from checks.verdict import Status


class Command(ApiCommand):
    help = "Run every check of an integration now. Exit status: 0 pass or warn, 1 fail, 3 unknown."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", metavar="ORG")
        parser.add_argument("name", metavar="NAME")

    def answer(self, **options: Any) -> Answer:
        organisation = organisation_named(options["organisation"])
        document = reports.run(verify.now(organisation=organisation, actor=None, name=options["name"]))
        head = f"{document['integration']}: {document['status']}; the integration is {document['integration_status']}."
        return Answer(document, findings_text(head, document["findings"]), EXIT[Status(document["status"])])
