"""A message or a log: what most likely broke. The text is read in memory and goes nowhere but into this answer."""
from __future__ import annotations

from typing import Any

from ninja import Router

from checks.actions import diagnose as joining
from checks.actions import reports
from checks.actions.diagnose import Diagnosed
from checks.api import limits, schema
from checks.api.door import ApiRequest, Caller, Token, must
from checks.api.problems import Problem, invalid, not_found
from checks.diagnosis.engine import diagnose as read
from organisations import audit
from organisations.access import Action

router = Router(tags=["Diagnose"])
MAX_BYTES = 1024 * 1024
CONTROL_SHARE = 10  # a text has fewer control characters than one in so many
CONTROL = frozenset(map(chr, range(32))) - frozenset("\t\n\r\x0b\x0c\x1b\x08\x07") | {"\x7f", "\ufffd"}


@router.post("/diagnose", response=schema.Diagnosis, auth=Token(Action.READ, asks=True), operation_id="diagnose",
             summary="What a message or a log means")
def diagnose(request: ApiRequest, body: schema.ToDiagnose) -> dict[str, Any]:
    """The likely layers, best first. With an organisation, the rows that test each; with recheck, as they are now."""
    caller = request.auth
    if body.organisation and body.organisation != caller.organisation.slug:
        raise not_found()
    if body.recheck and not body.organisation:
        raise invalid("recheck", "needs organisation, whose rows are to be asked again.")
    if body.recheck:
        must(caller, Action.CHECK)
    _readable(body.text)
    if not body.organisation:
        return reports.diagnosis(read(body.text))
    found = joining.diagnose(organisation=caller.organisation, actor=caller.actor, text=body.text)
    if body.recheck:
        found = _asked_again(caller, found)
    return reports.diagnosis(found.diagnosis, [[row.document for row in cause.rows] for cause in found.causes])


def _asked_again(caller: Caller, found: Diagnosed) -> Diagnosed:
    with limits.WAITING.one(caller.organisation.pk):
        asked = joining.recheck_now(organisation=caller.organisation, actor=caller.actor, diagnosed=found)
    for integration in found.integrations:
        audit.record(caller.organisation, caller.actor, "asked for a check of", integration.name, token=caller.token.name)
    return asked


def _readable(text: str) -> None:
    """Problem (413, 422), by the rule of the command."""
    if not text.strip():
        raise invalid("text", "is empty: send the message or the log.")
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise Problem("too_large", "text: is longer than 1 MiB. Send the part around the first error.")
    strange = sum(text.count(mark) for mark in CONTROL)
    if "\0" in text or strange * CONTROL_SHARE > len(text):
        raise invalid("text", "is not text: send the message or the log as a tool printed it.")
