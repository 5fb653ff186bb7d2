"""`manage.py preflight ORG SERVICE [--max-age 300]`: will this service deploy now?"""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions.preflight import MAX_AGE, in_the_way, preflight
from checks.management.base import EXIT, Answer, ApiCommand, WrongInput
from checks.management.rows import organisation_named
from checks.management.text import findings_text
from checks.verdict import Status


class Command(ApiCommand):
    help = "Ask every row that a service rests on, again where the answer is older than --max-age seconds."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", metavar="ORG")
        parser.add_argument("service", metavar="SERVICE")
        parser.add_argument("--max-age", type=int, default=MAX_AGE, metavar="SECONDS")

    def answer(self, **options: Any) -> Answer:
        if options["max_age"] < 0:
            raise WrongInput("--max-age: must be 0 or more seconds.")
        document = preflight(organisation=organisation_named(options["organisation"]), actor=None,
                             service=options["service"], max_age=options["max_age"])
        head = _head(options["service"], document)
        return Answer(document, findings_text(head, document["findings"]), EXIT[Status(document["status"])])


def _head(service: str, document: dict[str, Any]) -> str:
    """The answer in words, with what stands in the way."""
    if document["ready"]:
        return f"{service}: would deploy now."
    said = "would not deploy now" if document["status"] == Status.FAIL else "could not be checked"
    stops = in_the_way(document["findings"])
    of = f" of {stops['integration']}" if stops and stops["integration"] else ""
    which = f" “{stops['title']}”{of} stands in the way." if stops else ""
    return f"{service}: {said}.{which}"
