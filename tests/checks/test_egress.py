"""The door: what is let out, by spelling, address, port and resolution, and what the connection is made to."""
from __future__ import annotations

import io
import json
import re
import socket
import ssl
import threading
from contextlib import closing
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from checks import egress
from checks.egress import address, names
from checks.management.commands.egress import read_lines, read_pairs

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "e": "\x1b", "\\": "\\"}
PUBLIC = "93.184.216.34"


def unescaped(text):
    return re.sub(r"\\([nrte\\])", lambda found: ESCAPES[found[1]], text)


def cases():
    lines = (Path(__file__).parents[1] / "data" / "egress_cases.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


CASES = cases()
PAIRS = [pair for case in CASES for pair in case[3].split()]
KNOWN = read_pairs(PAIRS)


def listed(host):
    return KNOWN.get(host, ())


def public(host):
    return [PUBLIC]


@pytest.fixture
def plain(settings):
    settings.EGRESS_ALLOW_PLAIN_HTTP = True


@pytest.fixture
def answers(monkeypatch):
    """Name servers that answer as the test says, one list of addresses a look-up, the last again; counts the look-ups."""
    asked = []
    real = socket.getaddrinfo

    def install(*turns):
        def getaddrinfo(name, port, *args, flags=0, **kwargs):
            if flags & socket.AI_NUMERICHOST:
                return real(name, port, *args, flags=flags, **kwargs)
            asked.append(name)
            turn = turns[min(len(asked), len(turns)) - 1]
            if isinstance(turn, Exception):
                raise turn
            return [info for text in turn for info in real(text, port, *args, flags=socket.AI_NUMERICHOST, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return install


@pytest.fixture
def canary():
    """A listener on loopback; .accepted counts the connections that reached it."""
    class Canary:
        accepted = 0

    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    ended = threading.Event()

    def accept():
        while not ended.is_set():
            try:
                listener.accept()[0].close()
                Canary.accepted += 1
            except TimeoutError:
                continue

    thread = threading.Thread(target=accept)
    thread.start()
    found = Canary()
    found.port = listener.getsockname()[1]
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        listener.close()


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


@st.composite
def blocked_v4(draw):
    network, _ = draw(st.sampled_from(address.BLOCKED_V4))
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


quick = hypothesis_settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


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


# --- Look-ups ---------------------------------------------------------------------------------------------------------
def test_one_refused_answer_refuses_them_all(answers):
    answers([PUBLIC, "2606:4700::1", "10.0.0.1"])
    judged = egress.judge("https://git.example.com/")
    assert (judged.allowed, judged.resolved, judged.reason) == (False, True, "git.example.com resolves to 10.0.0.1, a private address.")


def test_the_absolute_name_is_asked_so_that_no_search_domain_completes_it(answers):
    asked = answers([PUBLIC])
    assert egress.judge("https://git.example.com/").allowed
    assert asked == ["git.example.com."]


@pytest.mark.parametrize(("error", "exists", "looked_up", "words"), [
    (socket.gaierror(socket.EAI_NONAME, "x"), False, 2, "Two look-ups said that the name git.example.com does not exist."),
    (socket.gaierror(socket.EAI_AGAIN, "x"), None, 1, "the name servers gave no usable answer"),
    (socket.gaierror(socket.EAI_FAIL, "x"), None, 1, "the name servers gave no usable answer"),
    (socket.gaierror(socket.EAI_NODATA, "x"), True, 1, "exists but has no address"),
])
def test_name_trouble_says_whether_the_name_exists(answers, error, exists, looked_up, words):
    asked = answers(error)
    with pytest.raises(egress.NameTrouble) as raised:
        egress.resolve("git.example.com", 443)
    assert (raised.value.exists, len(asked)) == (exists, looked_up)
    assert words in raised.value.reason
    judged = egress.judge("https://git.example.com/")
    assert (judged.allowed, judged.resolved) == (False, False)


def test_a_name_that_the_second_look_up_finds_exists(answers):
    asked = answers(socket.gaierror(socket.EAI_NONAME, "x"), [PUBLIC])
    assert egress.judge("https://git.example.com/").allowed
    assert len(asked) == 2


def test_a_look_up_that_hangs_is_left_alone_and_too_many_are_refused(monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(names, "_places", threading.BoundedSemaphore(1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: release.wait(30) and [])
    try:
        with pytest.raises(egress.NameTrouble, match="was not answered by the name servers"):
            egress.resolve("slow.example.com", 443, timeout=0.1)
        with pytest.raises(egress.NameTrouble, match="too many look-ups"):
            egress.resolve("other.example.com", 443, timeout=0.1)
    finally:
        release.set()


def test_the_hosts_file_of_this_machine_is_honoured_and_judged(answers, monkeypatch, tmp_path, settings):
    asked = answers([PUBLIC])
    monkeypatch.setattr(names, "HOSTS_FILE", tmp_path / "hosts")
    (tmp_path / "hosts").write_text("127.0.0.1 localhost # Git.Example.com\n10.0.0.5\tforge Git.Example.com # ours\n")
    assert egress.judge("https://git.example.com/").reason == "git.example.com resolves to 10.0.0.5, a private address."
    settings.EGRESS_ALLOW_NETWORKS = ["10.0.0.5/32"]
    assert egress.judge("https://git.example.com/").allowed
    assert asked == []


# --- Connections ------------------------------------------------------------------------------------------------------
def test_a_connection_goes_to_the_judged_address(loopback, canary):
    with closing(egress.connect("127.0.0.1", canary.port, 2)) as opened:
        assert opened.getpeername() == ("127.0.0.1", canary.port)
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert 0 < opened.gettimeout() <= 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "2130706433", "127.1", "0x7f.1",
                                  "inner.example.com", "127.0.0.1\t", "a@127.0.0.1", "127.0.0.1%20"])
def test_nothing_reaches_a_listener_behind_a_refused_address(answers, canary, host):
    answers([PUBLIC, "127.0.0.1"])
    with pytest.raises(egress.Refused):
        egress.connect(host, canary.port, 2)
    assert canary.accepted == 0


def test_a_rebinding_name_is_looked_up_once_and_its_second_answer_never_used(answers, canary, settings):
    settings.EGRESS_ALLOW_NETWORKS = ["127.0.0.2/32"]  # stands for the public address: nobody listens on it
    asked = answers(["127.0.0.2"], ["127.0.0.1"], ["169.254.169.254"])
    with pytest.raises(ConnectionRefusedError):
        egress.connect("rebind.example.com", canary.port, 2)
    assert asked == ["rebind.example.com."]
    assert canary.accepted == 0


def test_a_connection_that_ends_elsewhere_is_closed(loopback, canary, monkeypatch):
    monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("127.0.0.9", canary.port))
    with pytest.raises(egress.Refused, match="ended at another address"):
        egress.connect("127.0.0.1", canary.port, 2)


def test_the_next_address_is_tried_when_one_does_not_answer(answers, loopback, canary):
    answers(["127.0.0.2", "127.0.0.1"])
    with closing(egress.connect("git.example.com", canary.port, 2)) as opened:
        assert opened.getpeername()[0] == "127.0.0.1"


def test_a_closed_port_and_a_spent_time_are_told_apart(loopback, canary):
    with pytest.raises(TimeoutError):
        egress.connect("127.0.0.1", canary.port, 0)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            egress.connect("127.0.0.1", closed.getsockname()[1], 2)


def test_the_ssl_context_is_one_a_process_and_checks_chain_and_name(settings, tmp_path):
    context = egress.ssl_context()
    assert context is egress.ssl_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    settings.EGRESS_CA_BUNDLE = str(tmp_path / "absent.pem")
    with pytest.raises(ImproperlyConfigured, match="EGRESS_CA_BUNDLE"):
        egress.ssl_context()


# --- The command ------------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(monkeypatch, capsys):
    def run(data, *words):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        call_command("egress", *words)
        return capsys.readouterr().out

    return run


def test_the_command_judges_every_shipped_case_on_a_line_of_its_own(plain, asked):
    inputs = [unescaped(case[1]) for case in CASES]
    words = [word for pair in PAIRS for word in ("--resolve", pair)]
    lines = asked("\n".join(inputs).encode(), *words).removesuffix("\n").split("\n")
    assert [line.split("\t")[0] for line in lines] == [case[2] for case in CASES]
    assert all(line.startswith(f"{case[2]}\t{text}\t") for line, case, text in zip(lines, CASES, inputs, strict=True))
    document = json.loads(asked("\n".join(inputs).encode(), "--json", *words))
    assert [(row["input"], row["verdict"]) for row in document["results"]] == [
        (text, case[2]) for text, case in zip(inputs, CASES, strict=True)]
    assert all(row["reason"] for row in document["results"])


def test_a_resolved_name_disregards_case_and_the_root_dot_and_takes_many_addresses(asked):
    out = asked(b"git.example.com\nother.example.com\n\nmixed.test.\n", "--resolve", f"GIT.example.com.={PUBLIC}",
                "mixed.test=93.184.216.34,[::1]")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["allowed", "blocked", "blocked", "blocked"]
    assert out.splitlines()[1].endswith("other.example.com does not resolve.")
    assert out.splitlines()[2] == "blocked\t\tThe address is empty."


@pytest.mark.parametrize(("data", "lines"), [
    (b"a\nb\n", ["a", "b"]), (b"a\nb", ["a", "b"]), (b"a\n\nb\n\n", ["a", "", "b", ""]), (b"", []), (b"\n", [""]),
    (b"a\r\nb\r\n", ["a", "b"]), (b"a\r\nb\n", ["a\r", "b"]), (b"\xef\xbb\xbfa\n", ["a"]), (b"a\x0bb\xe2\x80\xa8c\n", ["a\x0bb\u2028c"]),
    (b"\xff\n", ["\ufffd"]),
])
def test_a_line_is_what_ends_with_a_line_feed(data, lines):
    assert read_lines(data) == lines


def test_what_would_break_the_line_or_steer_a_terminal_is_shown_escaped(asked):
    out = asked("https://a.example.com\r/\x1b[31m\u2028\t\nx\n".encode())
    assert out.splitlines()[0].startswith("blocked\thttps://a.example.com\\r/\\x1b[31m\\u2028\t\tThe address holds")
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("pair", ["git.example.com", "=1.2.3.4", "git.example.com=", "git.example.com=1.2.3", "a=1.2.3.4,", "a=0x7f.1"])
def test_a_pair_that_cannot_be_read_ends_with_2_and_says_so(asked, capsys, pair):
    with pytest.raises(SystemExit) as ended:
        asked(b"git.example.com\n", "--resolve", pair)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.startswith("--resolve: ")
