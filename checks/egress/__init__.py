"""The one way out to the network: parse, resolve once, judge every address, connect to a judged one.

requests, botocore and paramiko all go through it, and so does every address that a server chooses. It knows nothing of
ours but EGRESS_ALLOW_NETWORKS, EGRESS_ALLOW_PLAIN_HTTP and EGRESS_CA_BUNDLE, read when it is used.
"""
from __future__ import annotations

from dataclasses import dataclass

from checks.egress.address import CLOSED_PORTS, LOW_PORTS, opened_networks
from checks.egress.door import connect, ssl_context
from checks.egress.names import NameTrouble, Resolver, address_of, judge_answers, resolve, resolved_by
from checks.egress.spelling import DEFAULT_PORTS, Refused, Url, literal, parse_host, parse_url

__all__ = ["CLOSED_PORTS", "DEFAULT_PORTS", "LOW_PORTS", "Judgement", "NameTrouble", "Refused", "Url", "connect",
           "judge", "opened_networks", "parse_host", "parse_url", "resolve", "ssl_context"]


@dataclass(frozen=True)
class Judgement:
    """reason: one plain sentence, for both answers. resolved: False when only the look-up stood in the way.

    known: False when the name servers gave no answer now, so that a later look-up may judge differently.
    """

    allowed: bool
    reason: str
    resolved: bool = True
    known: bool = True


def judge(text: str, resolver: Resolver | None = None) -> Judgement:
    """Whether a URL, or a host with or without a port, may be reached; a look-up included.

    resolver: gives the addresses of a name, as texts, instead of the system. Raises nothing.
    """
    try:
        if "://" in text or text.startswith("//"):
            url = parse_url(text)
            host, port = url.host, url.port
        else:
            host, port = parse_host(text)  # type: ignore[assignment]
        return Judgement(True, _allowed(host, port, resolver))
    except Refused as refused:
        return Judgement(False, refused.reason)
    except NameTrouble as trouble:
        return Judgement(False, trouble.reason, resolved=False, known=trouble.exists is not None)


def _allowed(host: str, port: int | None, resolver: Resolver | None) -> str:
    on = f" on port {port}" if port is not None else ""
    if literal(host) is not None:
        return f"{host} may be reached{on}."
    if resolver is None:
        answers = [address_of(info) for info in resolve(host, port)]
    else:
        answers = resolved_by(resolver, host)
        judge_answers(host, port, answers)
    return f"{host} resolves to {', '.join(map(str, answers[:4]))} and may be reached{on}."
