"""What a token may do and until when: granted against required, what is too much, and the date of its end."""
from __future__ import annotations

from datetime import date
from typing import Any

from checks.providers.base import Context
from checks.providers.git_grant import with_grant
from checks.providers.git_token import TokenClient, granted, lacking, listed, required_scopes
from checks.verdict import Cause, Verdict, fail, passed, unknown, warn

THRESHOLDS = (1, 7, 14, 30)  # days before its end at which a date is told again


def scopes_sufficient(ctx: Context) -> Verdict:
    client: TokenClient = ctx.client
    told, need = granted(ctx), required_scopes(ctx)
    missing = [scope for scope in need if not client.about.covers(told.scopes, scope)]
    have = listed(told)
    if not missing and (limit := client.about.limited(told.scopes)):
        remedy = f"Make a token without that limit on {client.token_page} if the repository is private."
        return with_grant(ctx, warn(f"The token's scopes ({have}) cover {', '.join(need)}, but {limit}.", remedy=remedy,
                                    link=client.token_page), told, need)
    if not missing:
        seen = f"The token's scopes ({have}) cover what a deploy needs: {', '.join(need)}."
        return with_grant(ctx, passed(seen), told, need)
    if told.complete or set(missing) & set(told.lacking):
        return lacking(ctx, f"The token lacks {' and '.join(missing)}.")
    seen = f"{client.host} does not tell this token's scopes, so whether it has {' and '.join(missing)} was not seen."
    verdict = unknown(seen, cause=Cause.PROVIDER, required=False,
                      remedy="Read the rows about cloning and pushing: there the host's own answer decides.")
    return with_grant(ctx, verdict, told, need)


def scopes_not_excessive(ctx: Context) -> Verdict:
    client: TokenClient = ctx.client
    told, need = granted(ctx), required_scopes(ctx)
    surplus = client.about.surplus(told.scopes, bool(ctx.settings.get("pushes")))
    least = " and ".join(need)
    if surplus:
        remedy = f"Make a token with {least} alone on {client.token_page}, enter it here, and revoke this one."
        more = "" if told.complete else ", at least: this was seen, the host does not list them"
        verdict = warn(f"The token may do more than a deploy needs: {', '.join(surplus)}{more}.", remedy=remedy,
                       link=client.token_page)
    elif told.complete:
        have = ", ".join(told.scopes) or "none"
        seen = f"The token's scopes ({have}) give nothing to write or administer that a deploy does not need."
        verdict = passed(seen)
    else:
        remedy = f"Compare the token on {client.token_page} with the least that a deploy needs: {least}."
        seen = f"{client.host} does not tell all of this token's scopes, so whether it may do too much was not seen."
        verdict = unknown(seen, cause=Cause.PROVIDER, link=client.token_page, remedy=remedy)
    return with_grant(ctx, verdict, told, need)


def token_not_expiring(ctx: Context) -> Verdict:
    """The provider's own date wins over the entered one; warns from 30 days, and an ended one fails."""
    about = ctx.client.about
    reported = about.reported_expiry(ctx) if about.reported_expiry else None
    entered = _date(ctx.settings.get("token_expires_on"))
    end = reported or entered
    if end is None:
        return _no_date(ctx)
    origin = "reported by the provider" if reported else "entered by you"
    differs = f" (you entered {entered})" if reported and entered and reported != entered else ""
    days = (end - ctx.now.date()).days
    threshold = next((limit for limit in THRESHOLDS if days <= limit), None)
    facts: dict[str, Any] = {"expires_on": end.isoformat(), "days": days, "origin": origin, "threshold": threshold}
    page = ctx.client.token_page
    remedy = f"Make a new token on {page}, enter it here with its date, and revoke the old one."
    if days < 0:
        seen = f"The token's end, {end}, {origin}{differs}, was {_days(-days)} ago."
        return fail(seen, remedy=remedy, link=page, **facts)
    if threshold is not None:
        when = f"in {_days(days)}" if days else "today"
        return warn(f"The token ends {when}, on {end}, {origin}{differs}.", remedy=remedy, link=page, **facts)
    return passed(f"The token ends in {_days(days)}, on {end}, {origin}{differs}.", **facts)


def _no_date(ctx: Context) -> Verdict:
    about = ctx.client.about
    if not about.expiry:
        seen = f"{about.name} tokens have no end date of their own, and no date to rotate this one was entered."
        return passed(seen, expires_on=None, origin="unknown")
    return unknown(f"The token's end was not known: {about.expiry}.", cause=Cause.YOURS, link=ctx.client.token_page,
                   remedy="Enter the date that the token's own page shows, in this integration's settings.",
                   expires_on=None, origin="unknown")


def _date(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
