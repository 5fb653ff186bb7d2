"""`manage.py connect ORG PROVIDER NAME [--replace]`: save an integration from standard input. Runs no check."""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions import connect as actions
from checks.actions import reports, verify
from checks.management.base import Answer, ApiCommand, WrongInput, object_field, read_json, refuse_unknown
from checks.management.rows import organisation_named


class Command(ApiCommand):
    help = 'Save an integration. Standard input: {"settings": {…}, "credentials": {…}}. Validates; runs no check.'

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", metavar="ORG")
        parser.add_argument("provider", metavar="PROVIDER")
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--replace", action="store_true",
                            help="edit the one of this name: credentials left out are kept unless the endpoint changed")

    def answer(self, **options: Any) -> Answer:
        organisation = organisation_named(options["organisation"])
        provider = actions.provider_of(options["provider"])
        document = read_json()
        refuse_unknown(document, {"settings", "credentials"})
        settings, credentials = object_field(document, "settings"), object_field(document, "credentials")
        if options["replace"]:
            integration = verify.find(organisation, options["name"])
            if integration.provider != provider.slug:
                raise WrongInput(f"provider: “{options['name']}” is connected to {integration.provider}, not {provider.slug}.")
            merged = {**integration.settings, **settings}
            integration = actions.edit(integration=integration, actor=None, settings=merged, credentials=credentials,
                                       check=False)
        else:
            integration = actions.connect(organisation=organisation, actor=None, provider=provider.slug,
                                          name=options["name"], settings=settings, credentials=credentials)
        mended = "".join(f"{name} was saved as {saved}. " for name, saved in integration.settings.items()
                         if isinstance(settings.get(name), str) and saved != settings[name])
        return Answer(reports.integration(integration), f"Saved {integration.name}, not checked yet. {mended}"
                      f"Now: python manage.py verify {organisation.slug} {integration.name}")
