"""How an address must be written: one spelling for each, so that nobody reads it differently from us.

What browsers, curl, getaddrinfo and Python's own urllib mend or reinterpret (octal numbers, a backslash, a tab, names
that are not ASCII, a user before an @) is refused with a sentence that says how to write it. No look-ups here.
https://url.spec.whatwg.org/#concept-host-parser names most of what other programs would make of it.
"""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote

import idna
from django.conf import settings

from checks.egress import address as addresses
from checks.egress.address import Address

MAX_URL = 2048
MAX_NAME, MAX_LABEL = 253, 63
DEFAULT_PORTS = {"https": 443, "http": 80}

SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
STRICT_V4 = re.compile(rf"{OCTET}(\.{OCTET}){{3}}", re.ASCII)
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)  # a last label that inet_aton would take for a part of an address
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?", re.ASCII)
PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
ENCODED_CONTROL = re.compile(r"%([01][0-9a-f]|7f)", re.IGNORECASE)

# Cloud metadata by name, whatever it resolves to and whatever an operator opens.
METADATA_NAMES = frozenset({
    "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
    "metadata.azure.internal", "metadata.azure.com", "metadata.tencentyun.com", "metadata.packet.net",
    "metadata.platformequinix.com", "api.metadata.cloud.ibm.com", "rancher-metadata", "metadata.internal",
})
# Names of inner networks: they lead nowhere but into a network that the operator opened.
INNER_SUFFIXES = ("local", "localdomain", "lan", "internal", "intranet", "corp", "home", "home.arpa", "private", "svc",
                  "svc.cluster.local", "localhost")
LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


class Refused(Exception):
    """This address is not reached. reason: one plain sentence for the person who typed it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Url:
    """host: ASCII, lower case, no trailing dot, IPv6 without brackets. path: as typed, "" or from the first slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}")


def parse_url(text: str) -> Url:
    """The parts of an endpoint. Raises Refused for its spelling, scheme, port, or the address that it literally is."""
    _plain(text)
    found = SCHEME.match(text)
    if not found:
        raise Refused("The address needs its scheme: begin it with https://.")
    scheme = found[1].lower()
    if scheme not in DEFAULT_PORTS:
        raise Refused(f"The scheme {scheme[:20]} is not spoken here: begin the address with https://.")
    if scheme == "http" and not settings.EGRESS_ALLOW_PLAIN_HTTP:
        raise Refused("Plain http would show the credential to everyone on the way: begin the address with https://.")
    rest = text[found.end():]
    if "?" in rest or "#" in rest:
        raise Refused("An endpoint has neither ? nor #: leave out what begins with it.")
    authority, slash, path = rest.partition("/")
    host, port = _host_and_port(authority, bare_ipv6=False)
    _path(slash + path)
    url = Url(scheme, host, port or DEFAULT_PORTS[scheme], slash + path)
    _judge_spelling(url.host, url.port)
    return url


def parse_host(text: str) -> tuple[str, int | None]:
    """A host with, perhaps, its port, as typed for a registry or a server. Raises Refused as parse_url does."""
    _plain(text)
    if text.startswith("//") or "://" in text:
        raise Refused("A host has no scheme: leave out what stands before its name.")
    if "/" in text:
        raise Refused("A host has no path: leave out the slash and what follows it.")
    host, port = _host_and_port(text, bare_ipv6=True)
    _judge_spelling(host, port)
    return host, port


def literal(host: str) -> Address | None:
    """The address that a parsed host literally is; None for a name."""
    if ":" in host:
        return IPv6Address(host)
    return IPv4Address(host) if STRICT_V4.fullmatch(host) else None


def is_inner_name(host: str) -> bool:
    """A single label, or a name below a suffix that no public DNS has: it may only lead into an opened network."""
    return "." not in host or any(host.endswith("." + suffix) for suffix in INNER_SUFFIXES)


def is_localhost(host: str) -> bool:
    """A name of this machine by rule, whatever is looked up. https://www.rfc-editor.org/rfc/rfc6761#section-6.3"""
    return host in ("localhost", "localhost.localdomain") or host.endswith(".localhost")


def _plain(text: str) -> None:
    if not text:
        raise Refused("The address is empty.")
    if len(text) > MAX_URL:
        raise Refused(f"The address is longer than {MAX_URL} characters.")
    for character in text:
        if character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise Refused("The address holds a space or an invisible character: type it anew without.")
    if "\\" in text:
        raise Refused("The address holds a backslash: an address has only forward slashes.")


def _host_and_port(authority: str, *, bare_ipv6: bool) -> tuple[str, int | None]:
    """Splits and checks what stands between the scheme and the path."""
    if not authority:
        raise Refused("The address names no host.")
    if "@" in authority:
        raise Refused("The address names a user before an @: leave that out; the credential has a field of its own.")
    if "%" in authority:
        raise Refused("The host holds a percent sign: write it in plain letters, without encoding or zone.")
    if "?" in authority or "#" in authority:
        raise Refused("A host has neither ? nor #.")
    if authority.startswith("["):
        inner, bracket, tail = authority[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise Refused("The brackets around the IPv6 address are not right: write it as [2001:…]:443.")
        return _ipv6(inner), _port(tail[1:]) if tail else None
    if authority.count(":") > 1:
        if not bare_ipv6:
            raise Refused("More than one colon: an IPv6 address stands in brackets in a URL.")
        return _ipv6(authority), None
    name, colon, port = authority.partition(":")
    return _name(name), _port(port) if colon else None


def _port(text: str) -> int:
    if not PORT.fullmatch(text) or int(text) > 65535:
        raise Refused("The port must be a plain number from 1 to 65535.")
    return int(text)


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        raise Refused("This is no IPv6 address that can be read.") from None


def _name(typed: str) -> str:
    """A name or an IPv4 address, in its one spelling."""
    if not typed.isascii():
        raise Refused(_ascii_advice(typed))
    name = typed.lower().removesuffix(".")
    if len(name) > MAX_NAME:
        raise Refused(f"The host name is longer than {MAX_NAME} characters.")
    labels = name.split(".")
    if NUMBER.fullmatch(labels[-1]):
        if not STRICT_V4.fullmatch(name):
            raise Refused("This is an unusual spelling of an IPv4 address, or none: write four decimal numbers from 0 "
                          "to 255, without leading zeros.")
        return name
    for label in labels:
        if not label:
            raise Refused("The host name has an empty part: two dots in a row, or nothing before one.")
        if len(label) > MAX_LABEL:
            raise Refused(f"A part of the host name is longer than {MAX_LABEL} characters.")
        if not LABEL.fullmatch(label):
            raise Refused("A part of the host name holds something other than letters, digits and inner hyphens.")
    return name


def _ascii_advice(typed: str) -> str:
    """Names that look alike are told apart by their ASCII form, so that is what must be typed."""
    if len(typed) <= MAX_NAME:
        try:
            offered = idna.encode(typed, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            offered = ""
        if "xn--" in offered and not NUMBER.fullmatch(offered.rpartition(".")[2]):
            return f"The host is not written in ASCII: if you are sure of the name, write {offered}."
    return "The host is not written in ASCII: type its name in plain letters and digits."


def _path(path: str) -> None:
    if ENCODED_CONTROL.search(path):
        raise Refused("The path holds an encoded control character.")
    if any(segment in (".", "..") for segment in unquote(path).replace("\\", "/").split("/")):
        raise Refused("The path holds . or .. as a part: write it out.")


def _judge_spelling(host: str, port: int | None) -> None:
    """What the host and the port say without a look-up."""
    found = literal(host)
    if found is not None:
        if what := addresses.refusal(found):
            raise Refused(f"{host} is {what}.")
        if port is not None and (closed := addresses.port_refusal(port, [found])):
            raise Refused(f"On {host}, {closed}.")
        return
    if host in METADATA_NAMES or host.endswith(".metadata.google.internal"):
        raise Refused(f"{host} is a name of cloud metadata; it stays closed.")
    if is_localhost(host) and not any(addresses.is_opened(own) for own in LOOPBACK):
        raise Refused(f"{host} is a name of this machine.")
    if port is not None and not addresses.opened_networks() and (closed := addresses.port_refusal(port)):
        raise Refused(f"On {host}, {closed}.")
