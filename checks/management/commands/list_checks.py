"""`manage.py list_checks`: every row of the checklist, from the code itself."""
from __future__ import annotations

from typing import Any

from checks.management.base import Answer, ApiCommand
from checks.organisation_rows import DECLARED, SLUG
from checks.providers import PROVIDERS


class Command(ApiCommand):
    help = "List every check: its provider, slug, title, layer, whether it is required and per service, and its needs."
    needs_keys = False

    def answer(self, **options: Any) -> Answer:
        rows: list[dict[str, Any]] = [{"provider": SLUG, "check": slug, "title": title, "layer": None, "required": False,
                 "per_service": False, "needs": []} for slug, title in DECLARED.items()]
        rows += [{"provider": provider.slug, "check": c.slug, "title": c.title,
                  "layer": c.layer.value if c.layer else None, "required": c.required, "per_service": c.per_service,
                  "needs": list(c.needs)} for provider in PROVIDERS for c in provider.checks.values()]
        marks = {True: "R", False: "-"}
        text = "\n".join(f"{r['provider']:<16} {marks[r['required']]}{'S' if r['per_service'] else '-'} "
                         f"{r['check']:<26} {r['title']}" for r in rows)
        return Answer({"checks": rows}, text)
