"""`manage.py diagnose [--organisation ORG [--recheck]]`: what a message or a log means, from standard input.

Needs no database and keeps nothing; with an Organisation it adds that one's rows, asked again first with --recheck.
"""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions import diagnose as joining
from checks.actions import reports
from checks.actions.diagnose import Diagnosed
from checks.diagnosis.engine import Diagnosis, diagnose
from checks.diagnosis.pasted import decoded, trouble, what_was_read
from checks.management.base import EXIT, Answer, ApiCommand, WrongInput, read_bytes
from checks.management.rows import organisation_named
from checks.management.text import MARKS
from checks.verdict import Status

NOTHING = ("Nothing here was recognised. Paste the lines around the first error, as the tool printed them; "
           "nothing was stored.")


class Command(ApiCommand):
    help = "Say what a message or a log on standard input (up to 1 MiB) means: the likely layers, best first."
    requires_system_checks = []  # noqa: RUF012 -- Django's declaration; nothing here depends on the installation

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="ORG", help="add the rows of this Organisation that test each layer")
        parser.add_argument("--recheck", action="store_true", help="ask those rows again first (within 45 seconds)")

    def answer(self, **options: Any) -> Answer:
        if options["recheck"] and not options["organisation"]:
            raise WrongInput("--recheck: needs --organisation, whose rows are to be asked again.")
        if options["organisation"]:
            return self._joined(**options)
        diagnosis = diagnose(readable(read_bytes()))
        return Answer(reports.diagnosis(diagnosis), text(diagnosis), _exit(diagnosis))

    def _joined(self, **options: Any) -> Answer:
        self.check()  # rows are in the database, and asking them again takes the keys
        organisation = organisation_named(options["organisation"])
        found = joining.diagnose(organisation=organisation, actor=None, text=readable(read_bytes()))
        if options["recheck"]:
            found = joining.recheck_now(organisation=organisation, actor=None, diagnosed=found)
        rows = [[row.document for row in cause.rows] for cause in found.causes]
        told = reports.diagnosis(found.diagnosis, rows)
        return Answer(told, "\n".join([text(found.diagnosis, rows), *_settled(found)]), _exit(found.diagnosis))


def _exit(diagnosis: Diagnosis) -> int:
    return 0 if diagnosis.layers else EXIT[Status.UNKNOWN]


def _settled(found: Diagnosed) -> list[str]:
    """What the rows say about it, in words."""
    lines = [f"{name} was not asked: {why}" for name, why in found.left_out.items()]
    if found.rows:
        settled = found.settled
        lines += settled.sentences(f"at {reports.moment(settled.oldest)}")
    elif found.causes:
        lines.append("Nothing connected here tests that, so no row can tell.")
    return lines


def readable(data: bytes) -> str:
    """The paste as text, or WrongInput in one sentence. Bytes that are no UTF-8 are replaced, when they are few."""
    pasted = decoded(data)
    if problem := trouble(pasted):
        raise WrongInput(f"Standard input {problem}")
    return pasted


Rows = list[list[dict[str, Any]]]  # for each layer


def text(diagnosis: Diagnosis, rows: Rows | None = None) -> str:
    """For a person at a terminal."""
    read = what_was_read(diagnosis.redacted)
    if not diagnosis.layers:
        return "\n".join(filter(None, [NOTHING, read]))
    lines = [f"Seen: {diagnosis.layers[0].seen}"]
    for number, answer in enumerate(diagnosis.layers, 1):
        lines += [f"{number}. {answer.layer.value} ({answer.confidence}): {answer.why}", f"   → {answer.remedy}"]
        lines += [_line(row) for row in (rows[number - 1] if rows else [])]
    if diagnosis.removed:
        lines.append("Left out of what was read: " + ", ".join(f"{count} {kind}" for kind, count in diagnosis.removed) + ".")
    return "\n".join(filter(None, [*lines, read]))


def _line(row: dict[str, Any]) -> str:
    mark = MARKS[Status(row["status"])] if row["status"] else "·"
    about = f", {row['service']}" if row["service"] else ""
    return f"   {mark} {row['integration']}{about}: {row['check']}: {row['evidence']}"
