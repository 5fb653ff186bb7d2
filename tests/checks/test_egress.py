"""What is let out of the door and what is not: by spelling, address, port, and what an operator opens."""
from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from checks import egress
from tests.egress_cases import CASES, PUBLIC, listed, public, unescaped


@pytest.fixture
def plain(settings):
    settings.EGRESS_ALLOW_PLAIN_HTTP = True


# --- The shipped cases ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("kind", "text", "verdict", "pairs", "comment"), CASES, ids=[case[1][:40] for case in CASES])
def test_a_shipped_case_is_judged_as_it_says(plain, kind, text, verdict, pairs, comment):
    judged = egress.judge(unescaped(text), listed)
    assert ("allowed" if judged.allowed else "blocked") == verdict, judged.reason
    assert judged.reason.endswith(".")


@pytest.mark.parametrize("text", [unescaped(c[1]) for c in CASES if c[1].startswith("http://") and c[2] == "blocked"])
def test_a_blocked_http_case_is_blocked_over_https_too(text):
    assert not egress.judge(text.replace("http://", "https://", 1), listed).allowed
    assert not egress.judge(text, listed).allowed


# --- Spellings --------------------------------------------------------------------------------------------------------
def numbers(value):
    return [str(value), hex(value), hex(value).upper().replace("X", "x"), "0" + oct(value)[2:], "0x" + "0" * 5 + hex(value)[2:],
            "000" + oct(value)[2:]]


# Written out again, so that a line lost from the product's own table is seen here.
SHUT_V4 = [ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")]


@pytest.mark.parametrize("network", SHUT_V4, ids=str)
def test_a_blocked_network_is_blocked_from_its_first_address_to_its_last(network):
    for ip in {network[0], network[network.num_addresses // 2], network[-1]}:
        assert not egress.judge(f"https://{ip}/").allowed
    for ip in (int(network[0]) - 1, int(network[-1]) + 1):
        if 0 < ip < 2**32 and not any(IPv4Address(ip) in other for other in SHUT_V4):
            assert egress.judge(f"https://{IPv4Address(ip)}/").allowed


@st.composite
def blocked_v4(draw):
    network = draw(st.sampled_from(SHUT_V4))
    return IPv4Address(draw(st.integers(int(network[0]), int(network[-1]))))


@st.composite
def spelling_of_v4(draw):
    """An address by any inet_aton spelling: 1 to 4 parts, each decimal, octal or hexadecimal, padded or overflown."""
    ip = draw(blocked_v4())
    octets = list(ip.packed)
    count = draw(st.integers(1, 4))
    parts = [*octets[:count - 1], int.from_bytes(bytes(octets[count - 1:]), "big")]
    if count == 1 and draw(st.booleans()):
        parts[0] += 2**32
    texts = [draw(st.sampled_from(numbers(part))) for part in parts]
    return ".".join(texts) + draw(st.sampled_from(["", "."]))


@st.composite
def spelling_of_v6(draw):
    """A blocked IPv4 address inside IPv6, by every way to carry one, compressed, written out, upper case or dotted."""
    ip = int(draw(blocked_v4()))
    number = draw(st.sampled_from([
        ip, 0xFFFF << 32 | ip, 0xFFFF << 48 | ip, (0x64FF9B << 96) | ip, (0x64FF9B0001 << 80) | ip,
        0x2002 << 112 | ip << 80 | 1, 0x20010000 << 96 | (~ip & 0xFFFFFFFF), 0x2A00 << 112 | 0x5EFE << 32 | ip,
    ]))
    if number == 0x2A00 << 112 | 0x5EFE << 32 | ip:
        number |= draw(st.sampled_from([0, 0x0200 << 48]))
    found = IPv6Address(number)
    high = ":".join(found.exploded.split(":")[:6])
    return draw(st.sampled_from([found.compressed, found.exploded, found.exploded.upper(), f"{high}:{IPv4Address(number & 0xFFFFFFFF)}"]))


quick = hypothesis_settings(max_examples=400, deadline=None)


@quick
@given(spelling=spelling_of_v4(), port=st.sampled_from(["", ":443", ":8443"]), tail=st.sampled_from(["/", "", "/a/b.git"]))
def test_no_spelling_of_a_blocked_ipv4_address_gets_out(spelling, port, tail):
    for text in (f"https://{spelling}{port}{tail}", f"{spelling}{port}"):
        judged = egress.judge(text, public)
        assert not judged.allowed, text
        assert judged.resolved, text


@quick
@given(spelling=spelling_of_v6(), port=st.sampled_from(["", ":443"]))
def test_no_ipv6_spelling_of_a_blocked_ipv4_address_gets_out(spelling, port):
    for text in (f"https://[{spelling}]{port}/", f"[{spelling}]{port}", spelling, f"https://{spelling}/"):
        assert not egress.judge(text, public).allowed, text


@quick
@given(number=st.integers(0, 2**128 - 1))
def test_only_the_public_part_of_ipv6_gets_out(number):
    found = IPv6Address(number)
    shut = not 0x2000 << 112 <= number < 0x4000 << 112 or any(found in ip_network(n) for n in (
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
    assert egress.judge(f"https://[{found}]/").allowed is not (shut or number >> 32 & 0xFDFFFFFF == 0x5EFE)


@quick
@given(text=st.text(max_size=60) | st.text("https:/[].@\\?#%0x1279aﬀ。\t\r\n ", max_size=40).map(lambda tail: "https://" + tail))
def test_any_text_is_judged_and_nothing_but_a_plain_address_is_allowed(text):
    judged = egress.judge(text, public)
    assert judged.reason
    if judged.allowed:
        assert re.fullmatch(r"(https://)?(\[[0-9a-fA-F:.]+\]|[0-9a-fA-F:.]+|[A-Za-z0-9._-]+)(:[0-9]+)?(/.*)?", text)


@pytest.mark.parametrize(("text", "why"), [
    ("", "empty"), ("https://", "no host"), ("https:///etc", "no host"), ("https://:443/", "empty part"),
    (" https://git.example.com", "invisible"), ("https://git.example.com ", "invisible"), ("git.example.com\r", "invisible"),
    ("https://git.example.com\x00.evil.test", "invisible"), ("https://git\u200b.example.com", "invisible"),
    ("https://git.example.com\u202e/", "invisible"), ("https://git.example.com\u00a0/", "invisible"),
    ("https://git.example.com\\.evil.test/", "backslash"), ("https://git.example.com/a\\b", "backslash"),
    ("https://a@git.example.com/", "user"), ("git@github.com:acme/web.git", "no path"), ("https://:@git.example.com", "user"),
    ("https://git.example.com%00.evil.test/", "percent"), ("https://%67it.example.com/", "percent"),
    ("https://git.example.com/?x=1", "neither"), ("https://git.example.com/#x", "neither"), ("git.example.com?x", "neither"),
    ("ssh://git.example.com/x.git", "scheme ssh"), ("file:///etc/passwd", "scheme file"), ("//git.example.com/", "its scheme"),
    ("ftp://git.example.com", "scheme ftp"), ("://git.example.com", "its scheme"), ("https:git.example.com", "port"),
    ("javascript:alert(1)", "port"), ("git.example.com/acme", "no path"), ("https://git.example.com:/", "port"),
    ("https://git.example.com:443:443/", "colon"), ("https://git.example.com:0443/", "port"), ("git.example.com:４４３", "port"),
    ("https://git.example.com:+443/", "port"), ("https://git.example.com:65536/", "port"), ("git.example.com:-1", "port"),
    ("https://[::1", "brackets"), ("https://[::1]x/", "brackets"), ("https://[::1]:x/", "port"), ("https://[]/", "IPv6"),
    ("https://[127.0.0.1]/", "IPv6"), ("https://[v1.fe80]/", "IPv6"), ("https://[[::1]]/", "IPv6"), ("https://::1/", "colon"),
    ("https://1.2.3/", "unusual"), ("https://256.1.1.1/", "unusual"), ("https://1.2.3.4.5/", "unusual"),
    ("https://01.2.3.4/", "unusual"), ("https://1.2.3.0x4/", "unusual"), ("https://example.0x/", "unusual"),
    ("https://example.com.1/", "unusual"), ("https://٣.1.1.1/", "ASCII"), ("https://git..example.com/", "empty part"),
    ("https://.example.com/", "empty part"), ("https://git.example.com../", "empty part"), ("https://-x.example.com/", "hyphens"),
    ("https://x-.example.com/", "hyphens"), ("https://git,example.com/", "hyphens"), ("https://git.example.com*/", "hyphens"),
    ("https://" + "a" * 64 + ".com/", "63"), ("https://" + "a." * 130 + "com/", "253"), ("https://git.example.com/" + "a" * 2048, "2048"),
    ("https://git.example.com/a/../b", "as a part"), ("https://git.example.com/%2e%2E/b", "as a part"),
    ("https://git.example.com/a%2f..%5cb", "as a part"), ("https://git.example.com/%0d%0aX: 1".replace(" ", ""), "control"),
    ("https://metadata.google.internal/", "metadata"), ("metadata", "metadata"), ("https://instance-data/", "metadata"),
    ("https://localhost/", "this machine"), ("https://a.b.localhost/", "this machine"), ("localhost.localdomain", "this machine"),
])
def test_a_spelling_is_refused_with_its_reason(text, why):
    judged = egress.judge(text, public)
    assert not judged.allowed
    assert judged.resolved
    assert why in judged.reason


@pytest.mark.parametrize(("text", "offered"), [
    ("https://bücher.example/", "xn--bcher-kva.example"), ("https://gіthub.com/", "xn--gthub-n2e.com"), ("münchen.example", "xn--mnchen-3ya.example"),
])
def test_a_host_that_is_not_ascii_is_offered_in_punycode(text, offered):
    judged = egress.judge(text, public)
    assert (judged.allowed, judged.reason) == (False, f"The host is not written in ASCII: if you are sure of the name, write {offered}.")
    assert egress.judge(f"https://{offered}/", public).allowed


@pytest.mark.parametrize("text", [
    "https://github.com", "https://github.com/", "HTTPS://GitHub.com/acme", "https://git.example.com:3000/gitea/", "ghcr.io:443",
    "https://1e100.net/", "https://0xdead.example.com/", "https://127.0.0.1.example.com/", "https://my_host.example.com/",
    "https://a-b--c.example.com/", "https://git.example.com/my%20team/caf%C3%A9/café", "2606:4700:4700::1111", "[2606:4700:4700::1111]:22",
    "https://[2606:4700:4700:0:0:0:0:1111]/", "93.184.216.34:22", "https://11.0.0.0/", "https://9.255.255.255/", "https://100.63.255.255/",
    "https://128.0.0.1/", "https://172.32.0.0/", "https://191.255.255.255/", "https://192.167.255.255/", "https://192.169.0.0/",
    "https://198.17.255.255/", "https://203.0.112.255/", "https://203.0.114.0/", "https://1.0.0.0/", "https://192.88.98.255/",
    "https://168.63.129.15/", "https://[2001:200::]/", "https://[2003::1]/", "https://[2001:db7:ffff::1]/", "https://[3ffe:ffff::1]/",
])
def test_a_plain_public_address_is_allowed(text):
    assert egress.judge(text, public).allowed


# --- Parts ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "url", "origin"), [
    ("https://GIT.Example.com.:443", egress.Url("https", "git.example.com", 443, ""), "https://git.example.com"),
    ("https://git.example.com:8443/Gitea/", egress.Url("https", "git.example.com", 8443, "/Gitea/"), "https://git.example.com:8443"),
    ("https://[2606:4700::0:1]:8443/", egress.Url("https", "2606:4700::1", 8443, "/"), "https://[2606:4700::1]:8443"),
])
def test_a_url_comes_apart_in_its_one_spelling(text, url, origin):
    assert egress.parse_url(text) == url
    assert url.origin == origin


def test_a_host_comes_apart_with_or_without_its_port():
    assert egress.parse_host("VPS-1.example.com") == ("vps-1.example.com", None)
    assert egress.parse_host("vps-1.example.com.:2222") == ("vps-1.example.com", 2222)
    assert egress.parse_host("[2606:4700::0001]:22") == ("2606:4700::1", 22)


def test_plain_http_is_refused_until_the_operator_allows_it(settings):
    assert "Plain http" in egress.judge("http://93.184.216.34/").reason
    settings.EGRESS_ALLOW_PLAIN_HTTP = True
    assert egress.judge("http://93.184.216.34/").allowed


# --- Ports ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("port", [22, 80, 443, 1024, 2222, 3000, 5000, 5001, 7990, 8000, 8080, 8443, 9000, 9443, 65535])
def test_a_port_where_providers_live_is_open(port):
    assert egress.judge(f"git.example.com:{port}", public).allowed
    assert egress.judge(f"https://{PUBLIC}:{port}/").allowed


@pytest.mark.parametrize("port", [1, 21, 23, 25, 53, 111, 389, 445, 465, 873, 1023, *sorted(egress.CLOSED_PORTS)])
def test_a_port_of_something_else_is_closed(port):
    for text in (f"git.example.com:{port}", f"https://{PUBLIC}:{port}/"):
        judged = egress.judge(text, public)
        assert (judged.allowed, judged.resolved) == (False, True)
        assert f"port {port} is closed" in judged.reason


# --- What an operator opens -------------------------------------------------------------------------------------------
def test_an_opened_network_is_reached_on_every_port(settings):
    settings.EGRESS_ALLOW_NETWORKS = ["10.1.0.0/16", "fd12::/16"]
    for text in ("https://10.1.2.3/", "10.1.2.3:5432", "https://[fd12::1]:25/"):
        assert egress.judge(text).allowed, text
    assert not egress.judge("https://10.2.0.1/").allowed
    for name in ("gitea", "git.corp.internal", "git.example.com"):
        assert egress.judge(f"https://{name}:5432/", lambda host: ["10.1.0.9"]).allowed, name
    assert not egress.judge("https://git.example.com/", lambda host: ["10.1.0.9", "10.2.0.9"]).allowed
    assert not egress.judge("https://git.example.com:5432/", lambda host: ["10.1.0.9", PUBLIC]).allowed


@pytest.mark.parametrize("ip", [
    "169.254.169.254", "169.254.169.253", "169.254.170.2", "169.254.170.23", "169.254.42.42", "169.254.0.23", "100.100.100.200",
    "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "fe80::a9fe:a9fe",
    "::ffff:169.254.169.254", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:6464:64c8", "64:ff9b::a83f:8110",
])
def test_cloud_metadata_stays_shut_whatever_an_operator_opens(settings, ip):
    settings.EGRESS_ALLOW_NETWORKS = ["0.0.0.0/0", "::/0", f"{ip}/{ip_address(ip).max_prefixlen}"]
    host = f"[{ip}]" if ":" in ip else ip
    for text in (f"https://{host}/", f"https://{host}:8080/"):
        assert not egress.judge(text).allowed
    assert not egress.judge("https://git.example.com/", lambda name: [ip]).allowed
    assert not egress.judge("https://metadata.google.internal/", lambda name: ["10.0.0.1"]).allowed
    with pytest.raises(egress.Refused):
        egress.connect(ip, 80, 1)


def test_nat64_that_an_operator_opens_carries_only_what_ipv4_may_reach(settings):
    settings.EGRESS_ALLOW_NETWORKS = ["64:ff9b::/96"]
    assert egress.judge("https://git.example.com/", lambda host: ["64:ff9b::5db8:d822"]).allowed
    assert not egress.judge("https://git.example.com/", lambda host: ["64:ff9b::a00:1"]).allowed


def test_localhost_is_reached_only_when_loopback_is_open(settings, loopback):
    assert egress.judge("http://localhost:8080/").allowed
    assert egress.judge("http://a.localhost:8080/").allowed
    settings.EGRESS_ALLOW_NETWORKS = ["10.0.0.0/8"]
    assert "this machine" in egress.judge("http://localhost:8080/", lambda host: ["10.0.0.1"]).reason


@pytest.mark.parametrize("name", ["intranet", "git.local", "git.lan", "git.internal", "git.corp", "git.home.arpa", "git.svc.cluster.local"])
def test_an_inner_name_leads_only_into_an_opened_network(settings, name):
    assert "inner network" in egress.judge(f"https://{name}/", public).reason
    settings.EGRESS_ALLOW_NETWORKS = ["10.0.0.0/8"]
    assert egress.judge(f"https://{name}/", lambda host: ["10.0.0.1"]).allowed


def test_a_network_that_cannot_be_read_is_named(settings):
    settings.EGRESS_ALLOW_NETWORKS = ["10.0.0.0/8", "my-network"]
    with pytest.raises(ImproperlyConfigured, match="EGRESS_ALLOW_NETWORKS: “my-network”"):
        egress.judge("https://93.184.216.34/")
