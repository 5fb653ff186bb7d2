"""What each trouble on the wire means as a verdict: the one table, so that no check has to say it again.

Only a definite answer may blame the organisation: an address that our rules refuse, and a name that two look-ups say
does not exist. Everything else is `unknown`.
"""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.verdict import Cause, Layer, Verdict, fail, unknown

AGAIN = "Nothing to mend here yet: it is asked again by itself, or check again now."

UNKNOWN: dict[Kind, tuple[Cause, Layer, str]] = {
    Kind.NAME_TROUBLE: (Cause.PROVIDER, Layer.DNS,
                        "Look the name up from another place; if it answers there, check again."),
    Kind.REFUSED: (Cause.PROVIDER, Layer.NETWORK,
                   "See that the server runs and listens on this port, then check again."),
    Kind.TIMEOUT: (Cause.PROVIDER, Layer.NETWORK,
                   "See that the server is up and that no firewall drops our connection, then check again."),
    Kind.RESET: (Cause.PROVIDER, Layer.NETWORK, AGAIN),
    Kind.TLS: (Cause.PROVIDER, Layer.TLS,
               "Install a certificate that is valid for this host name, with its full chain; for an authority of your own, "
               "have the operator of this program add it to EGRESS_CA_BUNDLE."),
    Kind.TRUNCATED: (Cause.PROVIDER, Layer.NETWORK, AGAIN),
    Kind.TOO_LARGE: (Cause.PROVIDER, Layer.PROVIDER_OUTAGE,
                     "See that the address is the provider's own API and not a page or a download."),
    Kind.NOT_PROTOCOL: (Cause.PROVIDER, Layer.PROVIDER_OUTAGE,
                        "Open the address in a browser: a sign-in page, a proxy or a maintenance page answers in the "
                        "provider's place, or the address is another's."),
    Kind.RATE_LIMITED: (Cause.PROVIDER, Layer.PROVIDER_OUTAGE,
                        "Wait until the provider's limit allows more requests, then check again."),
    Kind.OUTAGE: (Cause.PROVIDER, Layer.PROVIDER_OUTAGE,
                  "Look at the provider's status page. It is asked again by itself, or check again now."),
    Kind.CLOCK: (Cause.OURS, Layer.CLOCK,
                 "Have the operator of this program set the clock of its machine by NTP, then check again."),
    Kind.CLOSED: (Cause.OURS, Layer.NETWORK, AGAIN),
}


def trouble(error: ClientError) -> Verdict:
    """The verdict for a client's error that a check did not handle itself."""
    facts: dict[str, Any] = {"kind": error.kind.value}
    if error.status is not None:
        facts["http_status"] = str(error.status)
    if error.retry_after is not None:
        facts["retry_after"] = str(round(error.retry_after))
    if error.kind is Kind.BLOCKED:
        return fail(error.detail, layer=Layer.NETWORK, **facts,
                    remedy="Use the provider's public address; if it lives in a private network, have the operator of this "
                           "program open that network in EGRESS_ALLOW_NETWORKS.")
    if error.kind is Kind.NO_SUCH_NAME:
        return fail(error.detail, layer=Layer.DNS, **facts,
                    remedy="Correct the host name in the settings, or publish its DNS record.")
    cause, layer, remedy = UNKNOWN[error.kind]
    return unknown(error.detail, cause=cause, layer=layer, remedy=remedy, **facts)
