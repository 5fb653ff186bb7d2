"""The one way to write the audit trail."""
from __future__ import annotations

from typing import Any

from organisations.models import AuditEvent, Organisation, User

COMMAND_LINE = "command line"


def record(organisation: Organisation | None, actor: User | None, verb: str, subject: str = "", *,
           by: str = COMMAND_LINE, **details: Any) -> AuditEvent:
    """Write one event. `details` are plain JSON values; never pass the value of a credential.

    by: who it was, where it was nobody with an account.
    """
    return AuditEvent.objects.create(organisation=organisation, actor=actor,
                                     actor_name=actor.email if actor else by,
                                     verb=verb, subject=subject, details=details)
