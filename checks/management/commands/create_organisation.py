"""`manage.py create_organisation NAME --owner EMAIL`: a new Organisation and its first owner."""
from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import transaction

from checks.management.base import Answer, ApiCommand, WrongInput, read_bytes
from organisations.create import create
from organisations.people import person_of


class Command(ApiCommand):
    help = "Make an Organisation. The owner's account is made if there is none; its address counts as verified."

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="lower-case letters, digits and hyphens: stands in addresses")
        parser.add_argument("--owner", metavar="EMAIL", required=True, help="who owns it; signs in with this address")
        parser.add_argument("--password-stdin", action="store_true", help="the owner's password, on standard input")

    def answer(self, **options: Any) -> Answer:
        password = _password() if options["password_stdin"] else None
        try:
            with transaction.atomic():  # an account without its Organisation is not left behind
                owner = person_of(options["owner"], password)
                organisation = create(slug=options["name"], name="", owner=owner, actor=None)
        except ValidationError as error:
            raise WrongInput(_sentence(error)) from None
        return Answer({"organisation": organisation.slug, "owner": owner.email},
                      f"Made the Organisation {organisation.slug}, owned by {owner.email}.")


def _password() -> str:
    password = read_bytes().decode("utf-8", "replace").rstrip("\r\n")
    if not password:
        raise WrongInput("--password-stdin: standard input was empty.")
    return password


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong, with the word of the command that it is about."""
    field, messages = next(iter(error.message_dict.items()))
    word = {"slug": "NAME", "name": "NAME", "owner": "--owner"}.get(field, field)
    return f"{word}: {messages[0]}"
