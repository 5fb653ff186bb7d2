"""Behind the door: one look-up, every answer judged, and a connection to nothing but a judged address."""
from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing

import pytest
from django.core.exceptions import ImproperlyConfigured

from checks import egress
from checks.egress import names
from tests.egress_cases import PUBLIC


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
