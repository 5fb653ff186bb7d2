"""The end of a run: what the integration is worth now, and when it is asked again. The caller holds lease and locks."""
from __future__ import annotations

import random
from datetime import datetime, timedelta

from checks.engine import accounts
from checks.engine.record import as_row
from checks.models import Finding, Integration, Run
from checks.verdict import Cause, IntegrationStatus, Status, integration_status, worst

EVERY = timedelta(hours=6)
# An outage is asked again soon, then ever later, then as everything else is.
AGAIN_AFTER = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600, 3600, 3600))
LONGEST_WAIT_SECONDS = 3600


def conclude(integration: Integration, run: Run, *, now: datetime, status: IntegrationStatus | None = None) -> None:
    """Sum up the findings of this run, forget the rows that are no more, and end the run. A run that has no row at all
    (its provider is gone from this program) says nothing of the integration.

    status: what the integration is, where the findings cannot tell (a credential is missing).
    """
    findings = list(Finding.objects.filter(integration=integration, run=run))
    rows = [as_row(finding) for finding in findings]
    overall = worst(rows) if rows else Status.UNKNOWN
    due_anew = _was_made_due(integration, run, now)
    if not accounts.claim_if_proven(integration, findings):  # another Organisation was first, a moment ago
        due_anew, integration.next_check_at = True, now
    if rows:
        Finding.objects.filter(integration=integration).exclude(run=run).delete()
        answer = status or integration_status(rows, IntegrationStatus(integration.status))
        integration.status = _status(integration, answer, due_anew=due_anew)
    if integration.status == IntegrationStatus.VERIFIED and overall in (Status.PASS, Status.WARN):
        integration.verified_at = now
    integration.checked_at = now
    if not due_anew:
        integration.next_check_at = now + _wait(run, overall, findings)
    integration.save(update_fields=["status", "verified_at", "checked_at", "next_check_at"])
    Run.objects.filter(pk=run.pk).update(state=Run.State.FINISHED, status=overall, finished_at=now, lease=None,
                                         lease_until=None)


def _was_made_due(integration: Integration, run: Run, now: datetime) -> bool:
    """Whether a service changed while the run went on: it must be asked again, and proves nothing for that service."""
    return (integration.next_check_at is not None and run.started_at is not None
            and run.started_at <= integration.next_check_at <= now)


def _status(integration: Integration, answer: IntegrationStatus, *, due_anew: bool) -> IntegrationStatus:
    if integration.paused_at is not None:
        return IntegrationStatus.PAUSED
    if due_anew and answer is IntegrationStatus.VERIFIED:
        return IntegrationStatus.UNVERIFIED
    return answer


def _wait(run: Run, overall: Status, findings: list[Finding]) -> timedelta:
    """Until the next check: soon after an outage, never sooner than a rate limit says, spread out in time."""
    wait = EVERY * random.uniform(0.9, 1.1)  # noqa: S311 -- spreading load, not keeping a secret
    if overall is Status.UNKNOWN and any(f.status == Status.UNKNOWN and f.cause != Cause.YOURS for f in findings):
        failed = _outages_before(run)
        if failed < len(AGAIN_AFTER):
            wait = AGAIN_AFTER[failed] * random.uniform(0.75, 1.25)  # noqa: S311 -- as above
    return max(wait, timedelta(seconds=max(map(_retry_after, findings), default=0)))


def _outages_before(run: Run) -> int:
    """How many runs in a row, just before this one, could not see."""
    finished = Run.objects.filter(integration=run.integration_id, state=Run.State.FINISHED).exclude(pk=run.pk)
    count = 0
    for status in finished.order_by("-finished_at").values_list("status", flat=True)[:len(AGAIN_AFTER)]:
        if status != Status.UNKNOWN:
            break
        count += 1
    return count


def _retry_after(finding: Finding) -> int:
    text = str(finding.facts.get("retry_after", "")) if finding.status == Status.UNKNOWN else ""
    return min(int(text), LONGEST_WAIT_SECONDS) if text.isascii() and text.isdigit() else 0
