"""The door itself: a connection to an address that was judged, and the certificates that are trusted behind it."""
from __future__ import annotations

import errno
import socket
import ssl
import time
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import certifi
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from checks.egress.names import Info, address_of, resolve
from checks.egress.spelling import Refused, parse_host

MAX_TRIED = 6  # of a name's addresses
LEAST_SECONDS = 0.05


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection, within `timeout` seconds in all, to an address that was resolved once and judged.

    Its timeout is what is left. Raises Refused, NameTrouble, TimeoutError, or the OSError of the last address tried.
    """
    ends_at = time.monotonic() + timeout
    typed = f"[{host}]" if ":" in host else host
    name, judged_port = parse_host(f"{typed}:{port}")
    infos = resolve(name, judged_port, timeout)[:MAX_TRIED]
    trouble: OSError = TimeoutError(errno.ETIMEDOUT, "no address answered in time")
    for tried, info in enumerate(infos):
        left = ends_at - time.monotonic()
        if left <= 0:
            break
        try:
            return _open(info, max(left / (len(infos) - tried), LEAST_SECONDS), ends_at)
        except OSError as error:
            trouble = error
    raise trouble


def _open(info: Info, seconds: float, ends_at: float) -> socket.socket:
    family, kind, protocol, _, where = info
    opened = socket.socket(family, kind, protocol)
    try:
        opened.settimeout(seconds)
        opened.connect(where)
        peer = opened.getpeername()
        if ip_address(peer[0]) != address_of(info) or peer[1] != where[1]:
            raise Refused(f"The connection to {where[0]} ended at another address; nothing was sent.")
        if opened.getsockname()[:2] == peer[:2]:  # a free loopback port can connect to itself
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens there")
        with suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.settimeout(max(ends_at - time.monotonic(), LEAST_SECONDS))
    except BaseException:
        opened.close()
        raise
    return opened


def ssl_context() -> ssl.SSLContext:
    """The one context of this process: the usual roots and EGRESS_CA_BUNDLE, TLS 1.2 and up, names checked.

    Nobody may change it: it is shared by every thread. Raises ImproperlyConfigured for a bundle that cannot be read.
    """
    return _ssl_context(settings.EGRESS_CA_BUNDLE)


@lru_cache(maxsize=4)
def _ssl_context(bundle: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks the chain and the name
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # a bundle may hold just the server's own certificate
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(cafile=certifi.where())
    if bundle:
        try:
            context.load_verify_locations(cadata=Path(bundle).read_text(encoding="ascii", errors="ignore"))
        except (OSError, ssl.SSLError, ValueError):
            raise ImproperlyConfigured(f"EGRESS_CA_BUNDLE: {bundle} is no readable file of PEM certificates.") from None
    return context
