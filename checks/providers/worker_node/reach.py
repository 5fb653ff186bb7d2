"""Whether the node itself reaches the host of each service that runs there: a deploy clones, pulls and backs up from it.

The node asks the address alone, with curl or wget and without a credential: any HTTP answer shows that the way is open.
Where it has none, this program asks the same address itself, to tell the node's network from an outage.
https://everything.curl.dev/cmdline/exitcode.html · https://www.gnu.org/software/wget/manual/html_node/Exit-Status.html
"""
from __future__ import annotations

import re
from typing import Any

from checks.clients.errors import ClientError
from checks.clients.http import Http
from checks.providers.base import Context
from checks.providers.worker_node.capacity import worker_node
from checks.providers.worker_node.rows import NODE_NETWORK, answers_of, node_of, not_told
from checks.providers.worker_node.script import ADDRESS, addresses
from checks.verdict import Cause, Layer, Verdict, fail, passed, skipped, unknown

STATUS = re.compile(r"status=(\d{3}) ip=(\S*)|HTTP/[\d.]+ (\d{3})")
CURL = {5: "dns", 6: "dns", 7: "refused", 28: "timeout", 35: "tls", 51: "tls", 58: "tls", 60: "tls", 77: "tls", 83: "tls",
        97: "proxy"}
WGET = {5: "tls"}
WGET_WORDS = (("unable to resolve", "dns"), ("refused", "refused"), ("timed out", "timeout"), ("certificate", "tls"))
HOW = {"dns": "could not resolve {host}", "refused": "was refused a connection to {host}",
       "timeout": "got no connection to {host} in time", "tls": "did not trust the certificate of {host}",
       "proxy": "was stopped by its proxy on the way to {host}", "other": "did not reach {host}"}
LAYERS = {"dns": Layer.DNS, "tls": Layer.TLS}
REMEDIES = {
    "dns": "Mend name resolution on the node: `resolvectl status` shows its name servers, and `getent hosts {host}` has to give "
           "an address.",
    "tls": "Install the usual certificate authorities on the node (`sudo apt-get install --reinstall ca-certificates`), put an "
           "authority of your own into /usr/local/share/ca-certificates and run `sudo update-ca-certificates`; and see that "
           "its clock is right.",
    "proxy": "Let the node's proxy pass {host}, or take it out of the environment (`https_proxy`).",
}
OPEN_THE_WAY = "Let the node's firewall, security group or network ACL pass connections to {host}, TCP port {port}."


@worker_node.check("The node reaches the service's host", layer=Layer.NETWORK, needs=["key_accepted"], per_service=True)
def reaches_host(ctx: Context) -> Verdict:
    upstream: dict[str, str] = ctx.known.get("upstream") or {}
    service = ctx.service.name if ctx.service else ""
    url = upstream.get(service, "")
    if not url:
        return skipped(f"{service} has no integration any more whose host the node would have to reach.")
    if not ADDRESS.fullmatch(url):
        return unknown(f"The address that {service} is fetched from is not one that can be handed to a shell.", cause=Cause.OURS,
                       remedy="Write the address of the integration in plain letters, then check again.")
    said = answers_of(ctx).get(f"reach{addresses(upstream).index(url)}")
    if not said:
        return not_told(ctx, f"whether it reaches {_host(url)}")
    if said == "none":
        return unknown(f"{node_of(ctx).name} has neither curl nor wget, so nothing could be asked from there.",
                       cause=Cause.YOURS, layer=Layer.SSH_HOST, remedy="On the node: `sudo apt-get install curl`")
    return _judge(ctx, url, said)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def _judge(ctx: Context, url: str, said: str) -> Verdict:
    node, host = node_of(ctx).name, _host(url)
    status, how = _read(said)
    facts: dict[str, Any] = {"url": url, "http_status": status, "how": how}
    if how == "reached":
        return passed(f"{node} reached {host}, which answered HTTP {status}. No credential was sent.", **facts)
    told = f"{node} {HOW[how].format(host=host)}"
    try:
        ctx.once(f"from here {url}", lambda: Http(url).get("", stream_until=bool))
    except ClientError as error:
        if error.status is not None:  # an outage or a limit, but the way was open
            return _in_the_way(url, told, how, facts)
        return unknown(f"{told}, and neither did this program: {error.detail}", cause=Cause.PROVIDER, **facts,
                       layer=LAYERS.get(how), remedy=f"See what the rows of that host's own integration say of {host}; then "
                                                     "check again.")
    return _in_the_way(url, told, how, facts)


def _in_the_way(url: str, told: str, how: str, facts: dict[str, Any]) -> Verdict:
    """The host is up, and only the node does not get there."""
    name, port = _name_and_port(url)
    remedy = REMEDIES.get(how, OPEN_THE_WAY).format(host=name, port=port)
    return fail(f"{told}; this program reached it.", layer=LAYERS.get(how), remedy=f"{remedy} {NODE_NETWORK}", **facts)


def _name_and_port(url: str) -> tuple[str, str]:
    host = _host(url)
    if (found := re.fullmatch(r"(.*):(\d+)", host)) is not None:
        return found[1], found[2]
    return host, "443" if url.startswith("https") else "80"


def _read(said: str) -> tuple[str, str]:
    """The HTTP status, "" for none, and what happened: `reached` or a key of HOW."""
    tool, code, text = [*said.split(" ", 2), "", ""][:3]
    number = int(code) if code.isdigit() else -1
    found = STATUS.search(text)
    status = next((group for group in (found[1], found[3]) if group), "") if found else ""
    if status and status not in ("000", "407"):
        return status, "reached"
    if status == "407":
        return status, "proxy"
    if tool == "curl":
        return "", CURL.get(number, "other")
    return "", WGET.get(number) or next((how for word, how in WGET_WORDS if word in text.lower()), "other")
