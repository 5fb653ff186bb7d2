"""`manage.py redact`: standard input without its secrets, otherwise byte for byte. Needs no database, keeps nothing."""
from __future__ import annotations

from typing import Any

from checks.diagnosis.redact import redact
from checks.management.base import Answer, ApiCommand, read_bytes


class Command(ApiCommand):
    help = "Print standard input (up to 1 MiB) without its secrets, each replaced by [REDACTED:kind]."
    requires_system_checks = []  # noqa: RUF012 -- Django's declaration; nothing here depends on the installation

    def answer(self, **options: Any) -> Answer:
        redacted = redact(read_bytes().decode("utf-8", "surrogateescape"))
        readable = redacted.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        removed = [{"kind": kind, "count": count} for kind, count in redacted.removed]
        return Answer({"redacted": readable, "removed": removed}, redacted.text)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["json"]:
            super().handle(*args, **options)
            return
        text = self.answer(**options).text
        out = getattr(self.stdout, "buffer", None)
        if out is None:  # a text stream: call_command() with a StringIO
            self.stdout.write(text, ending="")
        else:  # no line end is added or translated, and bytes that are no UTF-8 come out as they went in
            out.write(text.encode("utf-8", "surrogateescape"))
            out.flush()
