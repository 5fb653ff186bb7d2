"""The SSH client on its own: what it holds open, what it lets go of, and what it never says."""
from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

from checks.clients.errors import ClientError, Kind
from checks.clients.ssh import Ssh, place_of
from checks.clients.ssh_key import private_key, public_key
from checks.clients.ssh_script import Frame
from tests.installation import ROOT

pytestmark = pytest.mark.usefixtures("loopback")


def transports():
    return [thread for thread in threading.enumerate() if type(thread).__name__ == "Link"]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_run_that_stops_half_way_leaves_no_connection_and_no_thread(sshd, ssh_keys, steps):
    client = Ssh("127.0.0.1", sshd.port, sshd.user("plain"))
    client.greet()
    if steps > 1:
        assert client.host_key() == public_key(ssh_keys.public("host_ed25519"))
    if steps > 2:
        client.sign_in(private_key(ssh_keys.text("good")))
    del client
    gc.collect()
    for thread in transports():
        thread.join(60)
    assert transports() == []


def test_a_whole_conversation_ends_with_its_answers(sshd, ssh_keys):
    client = Ssh("127.0.0.1", sshd.port, sshd.user("plain"))
    assert client.greet().software.startswith("OpenSSH_")
    client.host_key("ssh-rsa")
    client.sign_in(private_key(ssh_keys.text("good")))
    assert client.start("say user \"$(id -un)\"").began
    answers = client.finish()
    assert (answers.get("user"), answers.ended) == (sshd.user("plain"), True)
    for thread in transports():
        thread.join(60)
    assert transports() == []


def test_no_word_of_paramiko_gets_into_the_log(sshd, ssh_keys, caplog):
    caplog.set_level("DEBUG")
    client = Ssh("127.0.0.1", sshd.port, "nobody-of-that-name")
    client.greet()
    client.host_key()
    with pytest.raises(Exception, match="key"):
        client.sign_in(private_key(ssh_keys.text("stranger")))
    assert not [record for record in caplog.records if record.name.startswith("paramiko")]


def test_a_packet_that_claims_to_be_huge_is_cut(port_of):
    port = port_of(b"SSH-2.0-x\r\n" + b"\x7f\xff\xff\xff" + b"\x00" * 6_000_000)
    client = Ssh("127.0.0.1", port, "root")
    client.greet()
    with pytest.raises(ClientError) as raised:
        client.host_key()
    assert raised.value.kind in (Kind.RESET, Kind.NOT_PROTOCOL)


def test_a_host_and_its_port_read_as_people_write_them():
    assert [place_of("a.example.com", 22), place_of("2001:db8::1", 2222), place_of("[2001:db8::1]", 22)] == [
        "a.example.com:22", "[2001:db8::1]:2222", "[2001:db8::1]:22"]


def test_answers_are_told_from_whatever_else_is_on_their_lines():
    frame = Frame()
    noise = f"hello {frame.mark} begin \n\n{frame.mark} user root\nuser forged\n{frame.second} user forged\n{frame.mark} user later\n"
    answers = frame.read(noise.encode() + b"\xff\xfe\x1b[2J\n")
    assert answers.values == {"begin": "", "user": "root"}
    assert (answers.began, answers.ended) == (True, False)
    assert answers.said.startswith("hello user forged")
    assert "\x1b" not in answers.said


def test_each_command_has_a_mark_of_its_own_that_its_text_does_not_hold():
    frames = [Frame() for _ in range(50)]
    assert len({frame.mark for frame in frames}) == 50
    assert all(frame.mark not in frame.script("say a b") for frame in frames)


def test_paramiko_is_imported_by_the_ssh_client_alone():
    used = [path.name for path in (ROOT / "checks").rglob("*.py") if "import paramiko" in path.read_text()]
    assert used == ["ssh_wire.py"]
    assert "ssh_wire" not in "".join(line for line in Path(ROOT / "checks/clients/ssh.py").read_text().splitlines()
                                     if line.startswith(("from", "import")))
