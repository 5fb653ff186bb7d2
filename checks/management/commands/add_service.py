"""`manage.py add_service ORG NAME`: say what an integration must serve."""
from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from checks.actions import services
from checks.management.base import Answer, ApiCommand, WrongInput, object_field, read_json, refuse_unknown
from checks.management.rows import organisation_named


class Command(ApiCommand):
    help = 'Save a service. Standard input: {"kind", "integration", "target": {…}, "node"} (node may be null or left out).'

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", metavar="ORG")
        parser.add_argument("name", metavar="NAME")

    def answer(self, **options: Any) -> Answer:
        organisation = organisation_named(options["organisation"])
        document = read_json()
        refuse_unknown(document, {"kind", "integration", "target", "node"})
        for field in ("kind", "integration"):
            if not isinstance(document.get(field), str):
                raise WrongInput(f"{field}: is needed, as a text.")
        if not isinstance(document.get("node"), str | None):
            raise WrongInput("node: must be the name of a worker node integration, or null.")
        service = services.add(organisation=organisation, actor=None, name=options["name"], kind=document["kind"],
                               integration=document["integration"], target=object_field(document, "target"),
                               node=document.get("node"))
        assert service.integration is not None
        return Answer({"id": str(service.id), "organisation": organisation.slug, "service": service.name,
                       "kind": service.kind, "integration": service.integration.name, "target": service.target,
                       "node": service.node.name if service.node else None}, f"Saved {service.name}.")
