"""Which addresses and ports may be reached.

A table of our own: Python's `is_private` and `is_global` both let dozens of inner addresses through, and their answers
change with the patch version. https://www.iana.org/assignments/iana-ipv4-special-registry/ ·
https://www.iana.org/assignments/iana-ipv6-special-registry/
"""
from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# --- Never, whatever an operator opens: what a cloud gives to whoever asks from inside --------------------------------
METADATA: tuple[Network, ...] = tuple(ip_network(text) for text in (
    "169.254.0.0/16",  # EC2, GCP, Azure, OpenStack .169.254; ECS .170.2; EKS .170.23; Scaleway .42.42; Tencent .0.23
    "100.100.100.200/32",  # Alibaba
    "192.0.0.192/32",  # Oracle
    "168.63.129.16/32",  # Azure WireServer
    "fe80::/10",  # OpenStack fe80::a9fe:a9fe
    "fd00:ec2::/32",  # EC2 ::254, EKS ::23
    "fd20:ce::/32",  # GCP ::254
    "fd00:42::42/128",  # Scaleway
    "fd00:a9fe:a9fe::/48",  # Linode ::1
    "fd00:c1::a9fe:a9fe/128",  # Oracle
))

BLOCKED_V4: tuple[tuple[IPv4Network, str], ...] = tuple((IPv4Network(text), what) for text, what in (
    ("0.0.0.0/8", "an address of this machine"),
    ("10.0.0.0/8", "a private address"),
    ("100.64.0.0/10", "a provider's inner address (carrier-grade NAT)"),
    ("127.0.0.0/8", "a loopback address"),
    ("169.254.0.0/16", "a link-local address"),
    ("172.16.0.0/12", "a private address"),
    ("192.0.0.0/24", "an address kept for protocols"),
    ("192.0.2.0/24", "an address for documentation"),
    ("192.88.99.0/24", "a 6to4 relay address"),
    ("192.168.0.0/16", "a private address"),
    ("198.18.0.0/15", "an address for benchmarks"),
    ("198.51.100.0/24", "an address for documentation"),
    ("203.0.113.0/24", "an address for documentation"),
    ("224.0.0.0/4", "a multicast address"),
    ("255.255.255.255/32", "the broadcast address"),
    ("240.0.0.0/4", "a reserved address"),
    ("168.63.129.16/32", "a cloud's own address"),
))

GLOBAL_V6 = IPv6Network("2000::/3")  # all that is handed out for the public Internet
BLOCKED_V6: tuple[tuple[IPv6Network, str], ...] = tuple((IPv6Network(text), what) for text, what in (
    ("::1/128", "a loopback address"),
    ("::/128", "an address of this machine"),
    ("::ffff:0:0/96", "an IPv4 address inside IPv6"),
    ("::/96", "an IPv4 address inside IPv6"),
    ("64:ff9b::/96", "an IPv4 address inside IPv6 (NAT64)"),
    ("64:ff9b:1::/48", "an IPv4 address inside IPv6 (NAT64)"),
    ("2001::/32", "an IPv4 address inside IPv6 (Teredo)"),
    ("2002::/16", "an IPv4 address inside IPv6 (6to4)"),
    ("2001::/23", "an address kept for protocols"),
    ("2001:db8::/32", "an address for documentation"),
    ("3fff::/20", "an address for documentation"),
    ("100::/64", "a discard address"),
    ("fc00::/7", "a private address (unique local)"),
    ("fe80::/10", "a link-local address"),
    ("fec0::/10", "a private address (site-local)"),
    ("ff00::/8", "a multicast address"),
))
SIX_TO_FOUR, TEREDO = IPv6Network("2002::/16"), IPv6Network("2001::/32")
# IPv4 in the last 32 bits.
CARRIERS = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
# The third quarter of an address that carries IPv4 in its fourth. https://www.rfc-editor.org/rfc/rfc5214#section-6.1
ISATAP = (0x00005EFE, 0x02005EFE)

# --- Ports ------------------------------------------------------------------------------------------------------------
LOW_PORTS = frozenset({22, 80, 443})
# From 1024 up every port is open but these: databases, caches, queues, clusters and admin interfaces. Not among them,
# because Git hosts, registries and object stores live there: 2222, 3000, 5000, 8000, 8080, 8443, 9000.
CLOSED_PORTS = frozenset({
    1080, 3128,  # proxies
    1433, 1434, 1521, 3050, 3306, 33060, 5432, 5433, 6432, 8529, 26257, 28015, 50000,  # SQL and document databases
    7000, 7001, 7199, 7474, 7687, 8086, 8123, 8983, 9042, 9160, 9200, 9300, 5601, 5984, 27017, 27018, 27019, 28017,
    6379, 6380, 16379, 26379, 11211, 11212,  # caches
    1883, 4369, 5671, 5672, 8883, 9092, 15672, 25672, 61613, 61616,  # queues
    2375, 2376, 2377, 6443, 10250, 10255, 10256, 10257, 10259,  # Docker and Kubernetes
    2181, 2379, 2380, 4001, 4646, 8300, 8301, 8302, 8500, 8501, 8600,  # clusters' own memories
    2019, 2049, 3268, 3269, 3389, 5555, 5900, 5901, 5985, 5986, 6000, 6001, 6667, 7077, 50070,  # admin, desktops, files
})


def opened_networks() -> tuple[Network, ...]:
    """EGRESS_ALLOW_NETWORKS. Raises ImproperlyConfigured, naming the entry, for what is no network."""
    return _networks(tuple(settings.EGRESS_ALLOW_NETWORKS))


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    found = []
    for text in texts:
        if text.strip():
            try:
                found.append(ip_network(text.strip()))
            except ValueError:
                sentence = f"EGRESS_ALLOW_NETWORKS: “{text}” is not a network such as 10.20.0.0/16."
                raise ImproperlyConfigured(sentence) from None
    return tuple(found)


def is_metadata(address: Address) -> bool:
    return _in(address, METADATA)


def is_opened(address: Address) -> bool:
    """In a network that the operator opened, and no cloud metadata, not even inside an IPv6 address."""
    if not (networks := opened_networks()) or not _in(address, networks) or is_metadata(address):
        return False
    inner = embedded(address)
    return inner is None or (refusal(inner) is None and not is_metadata(inner))


def refusal(address: Address) -> str | None:
    """Why this address may not be reached, as in "10.0.0.1 is …"; None if it may."""
    if is_opened(address):
        return None
    if is_metadata(address):
        return "a cloud metadata address or a link-local one; it stays closed"
    if isinstance(address, IPv4Address):
        return next((what for network, what in BLOCKED_V4 if address in network), None)
    for network, what in BLOCKED_V6:
        if address in network:
            return what
    if address not in GLOBAL_V6 or address.scope_id:
        return "no address of the public Internet"
    return "an IPv4 address inside IPv6 (ISATAP)" if embedded(address) is not None else None


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries, by any of the ways to carry one."""
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    if address in SIX_TO_FOUR:
        return IPv4Address(number >> 80 & 0xFFFFFFFF)
    if address in TEREDO:
        return IPv4Address(~number & 0xFFFFFFFF)
    if (_in(address, CARRIERS) and number > 1) or number >> 32 & 0xFFFFFFFF in ISATAP:
        return IPv4Address(number & 0xFFFFFFFF)
    return None


def port_refusal(port: int, addresses: Iterable[Address] = ()) -> str | None:
    """Why this port may not be reached; None if it may. In networks that the operator opened, every port may."""
    there = list(addresses)
    if port in LOW_PORTS or (port >= 1024 and port not in CLOSED_PORTS) or (there and all(map(is_opened, there))):
        return None
    if port < 1024:
        return f"port {port} is closed: below 1024 only 22, 80 and 443 are open"
    return f"port {port} is closed: it belongs to databases, caches, queues or administration"


def _in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
