"""What every command of the interface shares: --json, one plain sentence on an error, and the exit statuses.

0 = pass or warn, 1 = fail, 3 = unknown, 2 = the words or the input were wrong.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from checks.actions.errors import Invalid
from checks.system_checks import sentences
from checks.verdict import Status

EXIT = {Status.PASS: 0, Status.WARN: 0, Status.FAIL: 1, Status.UNKNOWN: 3}
WRONG_INPUT = 2
MAX_INPUT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """document: what --json prints. text: what a person reads. exit: the exit status."""

    document: Mapping[str, Any]
    text: str
    exit: int = 0


class WrongInput(Exception):
    """One plain sentence that names the field: exit status 2, nothing on standard output."""


class ApiCommand(BaseCommand):
    """A command with a contract. Subclasses define `arguments(parser)` and `answer(**options) -> Answer`."""

    requires_migrations_checks = False
    needs_keys = True  # whether it works only with SECRET_KEY and CREDENTIAL_KEYS

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """A parser whose errors are one sentence, as all of ours; `--help` shows the usage."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        if getattr(self, "_called_from_command_line", False):
            parser.error = lambda message: self._refuse(f"{message[:1].upper()}{message[1:]}.")  # type: ignore[method-assign,assignment]
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        self.arguments(parser)

    def arguments(self, parser: CommandParser) -> None:
        """The words of this command."""

    def answer(self, **options: Any) -> Answer:
        raise TypeError(f"{type(self).__name__} gives no answer.")

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Only what stops a start, in plain sentences: warnings are for `manage.py check`, not for a pipeline's log."""
        if (wrong := sentences(keys=self.needs_keys)):
            self._refuse("\n".join(wrong))

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except WrongInput as error:
            self._refuse(str(error))
        except Invalid as error:
            self._refuse(error.sentence())
        except DatabaseError as error:
            self._refuse(f"The database at DATABASE_URL does not answer as it should ({error}); "
                         "run `python manage.py migrate` if it is new.")
        return None

    def handle(self, *args: Any, **options: Any) -> None:
        answer = self.answer(**options)
        if options["json"]:
            self.stdout.write(json.dumps(answer.document, ensure_ascii=False, indent=2))
        elif answer.text:
            self.stdout.write(answer.text)
        if answer.exit:
            raise SystemExit(answer.exit)

    def _refuse(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        raise SystemExit(WRONG_INPUT)


def read_bytes() -> bytes:
    """Standard input, up to 1 MiB. Raises WrongInput above that."""
    data = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
    if len(data) > MAX_INPUT_BYTES:
        raise WrongInput("Standard input is longer than 1 MiB: pass the part that matters.")
    return data


def read_json() -> dict[str, Any]:
    """Standard input as one JSON object. Raises WrongInput, without echoing what was given."""
    try:
        document = json.loads(read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        raise WrongInput("Standard input is not UTF-8 text.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise WrongInput(f"Standard input is not JSON{where}.") from None
    if not isinstance(document, dict):
        raise WrongInput("Standard input must be a JSON object: {…}.")
    return document


def object_field(document: Mapping[str, Any], name: str, *, default: Any = None) -> dict[str, Any]:
    """A field that must be a JSON object."""
    value = document.get(name, {} if default is None else default)
    if not isinstance(value, dict):
        raise WrongInput(f"{name}: must be a JSON object.")
    return value


def refuse_unknown(document: Mapping[str, Any], known: set[str]) -> None:
    """WrongInput for a field that nobody reads: a typo is found before it costs a deploy."""
    for name in document:
        if name not in known:
            raise WrongInput(f"{name}: is not a field here; the fields are {', '.join(sorted(known))}.")


def found(what: str, name: str, row: Any) -> Any:
    """The row, or WrongInput that says what was not found."""
    if row is None:
        raise WrongInput(f"{what}: there is none named “{name}”.")
    return row


__all__ = ["EXIT", "Answer", "ApiCommand", "WrongInput", "found", "object_field", "read_bytes", "read_json",
           "refuse_unknown"]
