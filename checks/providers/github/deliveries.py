"""Whether pushes arrive: GitHub's own log of deliveries beside what came here.

https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
https://docs.github.com/webhooks/testing-and-troubleshooting-webhooks/troubleshooting-webhooks
"""
from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.providers.base import Context
from checks.providers.git_token import quoted
from checks.providers.github import answers
from checks.providers.github.webhook_rows import hook_of
from checks.verdict import Cause, Verdict, fail, passed, unknown

JsonMap = Mapping[str, Any]
ADDRESSES = "GitHub's addresses (hooks in https://api.github.com/meta)"
NO_RESPONSE = (  # what the log says beside status code 0, why, what to do; the words differ from year to year
    (re.compile(r"tim(ed|e) ?out", re.I), "it waited ten seconds and nothing answered",
     f"Let {ADDRESSES} through the firewall before this program"),
    (re.compile(r"resolve|name|dns", re.I), "it could not resolve the host name",
     "Publish the DNS record of this program's host"),
    (re.compile(r"ssl|tls|certificate|peer", re.I), "it did not trust the certificate",
     "Give this program's host a certificate that is valid for its name, with its full chain"),
    (re.compile(r"connect|refused|reset", re.I), "it could not connect",
     f"See that this program runs, and that its port is open to {ADDRESSES}"),
)
SLACK = timedelta(minutes=5)  # between GitHub's clock and ours


@dataclass(frozen=True)
class Push:
    """A line of GitHub's delivery log."""

    id: int
    guid: str
    at: datetime | None
    code: int
    words: str
    is_again: bool


def webhook_delivered(ctx: Context) -> Verdict:
    """GitHub's log of deliveries beside what came here. GitHub keeps it for some days only.

    https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
    """
    response = answers.as_app(ctx, "/app/hook/deliveries", {"per_page": answers.PAGE})
    entries = response.json() if response.status == 200 else None
    if not isinstance(entries, list):
        return answers.unexpected(ctx, response, "the deliveries of the App's webhook")
    log = [entry for entry in entries if isinstance(entry, dict)]
    pushes = [_push(entry) for entry in log if entry.get("event") == "push" and _is_of(ctx, entry)]
    received = [entry for entry in _received(ctx) if entry.get("name") == "push"]
    if not pushes:
        return _last_known(ctx, received) if received else _none_sent(ctx, log)
    last = pushes[0]
    if last.code == 0:
        return _no_response(ctx, last)
    if not 200 <= last.code < 300:
        return _not_accepted(ctx, last)
    came = next((entry for entry in received if entry.get("delivery") == last.guid), None)
    if came is None and not _was_forgotten(ctx, last):
        return _answered_elsewhere(ctx, last)
    return _arrived(ctx, last, came)


def _push(entry: JsonMap) -> Push:
    code = entry.get("status_code")
    return Push(int(entry.get("id") or 0), str(entry.get("guid") or ""), _when(entry.get("delivered_at")),
                code if isinstance(code, int) else 0, str(entry.get("status") or ""), bool(entry.get("redelivery")))


def _is_of(ctx: Context, entry: JsonMap) -> bool:
    number, mine = entry.get("installation_id"), ctx.client.installation_id
    return not mine or number is None or str(number) == mine


def _received(ctx: Context) -> Sequence[JsonMap]:
    told = hook_of(ctx).get("received")
    return [entry for entry in told if isinstance(entry, Mapping)] if isinstance(told, (list, tuple)) else []


def _when(told: object) -> datetime | None:
    try:
        found = told if isinstance(told, datetime) else datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _ago(ctx: Context, at: datetime | None) -> str:
    if at is None:
        return "at a time that was not told"
    seconds = max(0, int((ctx.now - at).total_seconds()))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {word}{'' if number == 1 else 's'} ago"
    return "less than a minute ago"


def _deliveries_page(ctx: Context) -> str:
    return f"{answers.app_page(ctx, answers.the_app(ctx))}/advanced"


def _none_sent(ctx: Context, log: Sequence[JsonMap]) -> Verdict:
    app, page = answers.the_app(ctx), _deliveries_page(ctx)
    if "push" not in (app.get("events") or []):
        own = f"{answers.app_page(ctx, app)}/permissions"
        return fail("GitHub sent no push, for the App is not subscribed to that event.", link=own,
                    remedy=f"Tick Push under “Subscribe to events” on {own}.", reason="not subscribed")
    others = sorted({str(entry.get("event")) for entry in log if entry.get("event")})
    seen = f"; it sent {', '.join(others)}" if others else ", and nothing else either"
    within = f" among the last {len(log)} deliveries" if len(log) >= answers.PAGE else ""
    return unknown(f"GitHub's delivery log held no push of this installation{within}{seen}: none was due, or it was too long "
                   "ago.", cause=Cause.YOURS, link=page, reason="no push",
                   remedy="Push a commit to a repository of the installation, then check again.")


def _last_known(ctx: Context, received: Sequence[JsonMap]) -> Verdict:
    came, at = received[0], _when(received[0].get("at"))
    return passed(f"The last push that came was {_ago(ctx, at)}, {_what(came)}; GitHub's own log no longer held it.",
                  **_facts(came, at))


def _no_response(ctx: Context, last: Push) -> Verdict:
    page = _deliveries_page(ctx)
    why, remedy = next(((why, remedy) for form, why, remedy in NO_RESPONSE if form.search(last.words)),
                       ("it got no response", "See that this program's address answers from outside"))
    return fail(f"GitHub sent a push {_ago(ctx, last.at)} and could not deliver it: {why} (“{last.words[:100]}”).", link=page,
                remedy=f"{remedy}; then redeliver it on {page}.", reason="no response", redeliver=last.id, words=last.words[:100])


def _not_accepted(ctx: Context, last: Push) -> Verdict:
    page, sent = _deliveries_page(ctx), f"GitHub sent a push {_ago(ctx, last.at)}"
    refused = _refusal(ctx, last)
    own = answers.app_page(ctx, answers.the_app(ctx))
    if last.code in (401, 403) and refused:
        reason, link = "refused", own
        seen = f"it was refused here (HTTP {last.code}){quoted(str(refused.get('why') or ''))}"
        remedy = f"Enter the same webhook secret in this integration and under Webhook on {own}"
    else:
        reason, seen, remedy = _outside(last, own)
        link = page
    return fail(f"{sent}, and {seen}.", link=link, remedy=f"{remedy}; then redeliver it on {page}.", reason=reason,
                redeliver=last.id, status_code=last.code)


def _outside(last: Push, own: str) -> tuple[str, str, str]:
    """What no refusal here explains: something else answered, or this program failed."""
    if last.code in (401, 403):
        return ("refused before us", f"something before this program refused it (HTTP {last.code}): no refusal was noted here",
                "Let requests to the webhook's address through the proxy or firewall without a sign-in")
    if 300 <= last.code < 400:
        return ("redirected", f"the address answered with a redirect (HTTP {last.code}), which GitHub does not follow",
                "Have the operator of this program set BASE_URL to the address that answers without a redirect, and set the "
                f"Webhook URL on {own} to the one shown then")
    if last.code >= 500:
        return ("error", f"the address answered with an error (HTTP {last.code}): this program was down, or failed",
                "If it happens again, tell the operator of this program")
    return "refused", f"it was not accepted (HTTP {last.code})", f"See that the Webhook URL on {own} is this integration's"


def _refusal(ctx: Context, last: Push) -> JsonMap | None:
    """What was refused here last, unless that was before this delivery."""
    refused = hook_of(ctx).get("refused")
    if not isinstance(refused, Mapping):
        return None
    at = _when(refused.get("at"))
    return refused if at is None or last.at is None or at >= last.at - SLACK else None


def _was_forgotten(ctx: Context, last: Push) -> bool:
    """Whether what is kept here of deliveries begins only after this one."""
    kept = [at for entry in _received(ctx) if (at := _when(entry.get("at")))]
    return bool(kept) and last.at is not None and min(kept) > last.at


def _answered_elsewhere(ctx: Context, last: Push) -> Verdict:
    page = _deliveries_page(ctx)
    return fail(f"GitHub sent a push {_ago(ctx, last.at)} and was told that all is well (HTTP {last.code}), and nothing came "
                "here: another program answers at that address.", link=page, reason="another program", redeliver=last.id,
                remedy="See what answers at the webhook's address, a proxy's own page or another installation of this program, "
                       f"then redeliver it on {page}.")


def _arrived(ctx: Context, last: Push, came: JsonMap | None) -> Verdict:
    if came is None:
        return passed(f"GitHub sent a push {_ago(ctx, last.at)}, and it was accepted (HTTP {last.code}); what came so long ago "
                      "is no longer kept here.", delivery=last.guid)
    at = _when(came.get("at")) or last.at
    again = " (on a redelivery)" if last.is_again else ""
    return passed(f"The last push that GitHub sent came {_ago(ctx, at)}{again}, {_what(came)}. A service on another repository "
                  "or branch is not deployed by it.", delivery=last.guid, **_facts(came, at))


def _what(came: JsonMap) -> str:
    ref = str(came.get("ref") or "").removeprefix("refs/heads/").removeprefix("refs/")
    return f"for {came.get('repository') or 'a repository'}, {ref or 'no branch named'}"


def _facts(came: JsonMap, at: datetime | None) -> dict[str, Any]:
    return {"repository": str(came.get("repository") or ""), "ref": str(came.get("ref") or ""),
            "received_at": at.isoformat() if at else ""}


