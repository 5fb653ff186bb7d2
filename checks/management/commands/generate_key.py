"""`manage.py generate_key`: one new key for CREDENTIAL_KEYS. Works before anything is configured."""
from __future__ import annotations

from typing import Any

from checks.management.base import Answer, ApiCommand
from checks.vault import generate_key


class Command(ApiCommand):
    help = "Print one new key for CREDENTIAL_KEYS. Put it first in the list; older keys stay behind it until rotated."
    requires_system_checks = ()

    def answer(self, **options: Any) -> Answer:
        key = generate_key()
        return Answer({"key": key}, key)
