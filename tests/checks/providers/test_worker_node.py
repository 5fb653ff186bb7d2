"""A worker node's rows against a real sshd with real accounts: what each way of being wrong looks like."""
from __future__ import annotations

import os
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from checks.clients import ssh
from checks.clients.ssh_key import public_key
from checks.egress import names
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.node_run import failing, look
from tests.peers.ports import anew, free_port, spawn, until_ready
from tests.peers.sshd import PASSPHRASE

pytestmark = pytest.mark.usefixtures("loopback")
AFTER_TRUST = ["key_accepted", "sudo_without_password", "system_supported", "docker_running", "disk_sufficient",
               "memory_sufficient", "clock_in_step", "reaches_host"]


@pytest.fixture
def at(sshd, ssh_keys):
    """at(kind of user, key="good", ...) -> one run against it, its host key trusted."""
    def run(kind, key="good", trusted="host_ed25519", **more):
        return look(sshd.port, sshd.user(kind), ssh_keys.text(key), host_key=ssh_keys.public(trusted) if trusted else "", **more)
    return run


def test_a_host_key_never_seen_before_waits_for_a_person_and_nobody_signs_in(at, sshd, ssh_keys):
    seen = at("ready", trusted="")
    verdict = seen["host_key_trusted"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.YOURS, Layer.SSH_HOST)
    assert ssh_keys.fingerprint("host_ed25519") in verdict.evidence
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in verdict.remedy
    assert verdict.facts["trust"] == {
        "fingerprint": ssh_keys.fingerprint("host_ed25519"), "key": public_key(ssh_keys.public("host_ed25519")).line,
        "kind": "ssh-ed25519", "file": "/etc/ssh/ssh_host_ed25519_key.pub", "trusted": ""}
    assert seen.skipped == ["reaches_host", *AFTER_TRUST[:-1]]
    assert seen.status is Status.UNKNOWN
    sshd.settled()
    assert (sshd.connections, sshd.attempts) == (1, [])


def test_a_changed_host_key_fails_with_both_fingerprints_and_nobody_signs_in(at, sshd, ssh_keys):
    sshd.start("host_other")
    verdict = failing(at("ready"), "host_key_trusted", Layer.SSH_HOST, ssh_keys.fingerprint("host_other"),
                      ssh_keys.fingerprint("host_ed25519"), "Find out why")
    assert verdict.facts["trust"]["trusted"] == ssh_keys.fingerprint("host_ed25519")
    assert verdict.facts["trust"]["fingerprint"] == ssh_keys.fingerprint("host_other")
    sshd.settled()
    assert (sshd.connections, sshd.attempts) == (1, [])


@pytest.mark.parametrize("kind", ["host_ed25519", "host_rsa", "host_ecdsa"])
def test_a_node_with_several_host_keys_is_asked_for_the_kind_that_is_trusted(at, sshd, kind):
    sshd.start("host_ed25519", "host_rsa", "host_ecdsa")
    assert at("ready", trusted=kind)["host_key_trusted"].status is Status.PASS


def test_the_trusted_kind_that_a_node_no_longer_has_is_a_changed_key(at, sshd, ssh_keys):
    sshd.start("host_ed25519")
    failing(at("ready", trusted="host_rsa"), "host_key_trusted", Layer.SSH_HOST, "changed", ssh_keys.fingerprint("host_rsa"))


def test_a_whole_run_makes_one_connection_and_leaves_none_open(at, sshd):
    seen = at("ready", upstream={"web": "http://127.0.0.1:1/", "shop": "http://127.0.0.1:1/x"})
    assert [slug for slug in AFTER_TRUST if slug in seen.skipped] == []
    assert seen["sudo_without_password"].status is Status.PASS
    assert [seen["reaches_host", name].status for name in ("web", "shop")] == [Status.UNKNOWN, Status.UNKNOWN]
    log = sshd.settled()
    assert sshd.connections == 1
    assert log.count("Starting session") == 1
    mine = subprocess.run(["ss", "-Htn", f"dport = :{sshd.port}"], capture_output=True, text=True, check=True)
    assert "ESTAB" not in mine.stdout


@pytest.mark.parametrize("key", ["good", "good_rsa", "good_ecdsa"])
def test_keys_of_each_kind_are_taken(at, ssh_keys, key):
    verdict = at("plain", key)["key_accepted"]
    assert verdict.status is Status.PASS
    assert verdict.facts == {"public_key": public_key(ssh_keys.public(key)).line, "fingerprint": ssh_keys.fingerprint(key)}


@pytest.mark.parametrize("form", ["-m PEM", "-m PKCS8"])
@pytest.mark.parametrize("kind", ["good_rsa", "good_ecdsa"])
def test_pem_and_pkcs8_forms_of_a_key_sign_in_too(at, sshd, ssh_keys, tmp_path, form, kind):
    path = tmp_path / "key"
    path.write_text(ssh_keys.text(kind))
    path.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "", *form.split(), "-f", str(path)], check=True, stdout=subprocess.DEVNULL)
    seen = look(sshd.port, sshd.user("plain"), path.read_text(), host_key=ssh_keys.public("host_ed25519"))
    assert seen["key_accepted"].status is Status.PASS


def test_an_encrypted_key_signs_in_with_its_passphrase_and_says_so_without(at):
    assert at("plain", "good_encrypted", passphrase=PASSPHRASE)["key_accepted"].status is Status.PASS
    failing(at("plain", "good_encrypted", passphrase="another"), "key_accepted", Layer.SSH_AUTH, "wrong-passphrase",
            "a Git token will not fix it")
    failing(at("plain", "good_encrypted"), "key_accepted", Layer.SSH_AUTH, "no-passphrase")


def test_a_key_that_the_node_does_not_know_comes_with_the_line_for_authorized_keys(at, ssh_keys):
    seen = at("plain", "stranger")
    verdict = failing(seen, "key_accepted", Layer.SSH_AUTH, "did not accept the key", public_key(ssh_keys.public("stranger")).line,
                      ssh_keys.fingerprint("stranger"), "This is the node's SSH key: a Git token will not fix it.")
    assert verdict.facts["fingerprint"] == ssh_keys.fingerprint("stranger")
    assert seen.status is Status.FAIL


def test_a_user_who_is_not_there_looks_like_a_key_that_is_not_known(sshd, ssh_keys):
    seen = look(sshd.port, "nobody-of-that-name", ssh_keys.text("good"), host_key=ssh_keys.public("host_ed25519"))
    failing(seen, "key_accepted", Layer.SSH_AUTH, "or there is no such user", "AllowUsers")


def test_one_try_is_all_that_a_strict_sshd_allows_and_it_still_says_no(sshd, ssh_keys, at):
    sshd.start("host_ed25519", extra="MaxAuthTries 1")
    failing(at("plain", "stranger"), "key_accepted", Layer.SSH_AUTH, "did not accept the key")


def test_a_server_that_takes_no_keys_is_told_from_one_that_does_not_know_this_one(at):
    failing(at("closed"), "key_accepted", Layer.SSH_AUTH, "took no key at all", "PubkeyAuthentication yes", "Git token")


def test_a_second_factor_is_named(at):
    failing(at("twice"), "key_accepted", Layer.SSH_AUTH, "asked", "password", "AuthenticationMethods publickey", "Git token")


def test_a_user_who_may_open_no_session_is_told(at):
    failing(at("sessionless"), "key_accepted", Layer.SSH_AUTH, "refused to run a command", "MaxSessions")


def test_an_account_without_a_shell_is_told_by_what_it_says(at):
    failing(at("nologin"), "key_accepted", Layer.SSH_HOST, "no usable shell", "This account is currently not available.", "chsh")


def test_a_forced_command_is_told_by_what_it_says(at):
    failing(at("forced"), "key_accepted", Layer.SSH_AUTH, "this key only does backups", "command=")


def test_a_forced_command_that_repeats_its_input_is_not_taken_for_a_shell(at):
    failing(at("echoing"), "key_accepted", Layer.SSH_AUTH, "what it was sent, repeated", "command=")


def test_a_profile_that_talks_spoils_no_answer(at):
    seen = at("noisy")
    assert seen["key_accepted"].status is Status.PASS
    assert seen["sudo_without_password"].status is Status.PASS
    assert seen["disk_sufficient"].facts["total"] > 0


def test_sudo_without_a_password_is_told_from_sudo_with_one_and_from_none(at):
    assert at("ready")["sudo_without_password"].status is Status.PASS
    for kind in ("asked", "plain"):
        failing(at(kind), "sudo_without_password", Layer.SSH_HOST, "a password is required", "NOPASSWD:ALL")


def test_what_a_node_says_of_itself_is_what_the_machine_says(at):
    seen = at("ready")
    system = seen["system_supported"].facts
    assert system["architecture"] in ("amd64", "arm64")
    release = dict(line.partition("=")[::2] for line in Path("/etc/os-release").read_text().splitlines())
    assert system["id"] == release["ID"].strip('"')
    stat = os.statvfs("/")
    assert seen["disk_sufficient"].facts["total"] == pytest.approx(stat.f_blocks * stat.f_frsize, rel=0.01)
    total = int(Path("/proc/meminfo").read_text().partition("MemTotal:")[2].split()[0]) * 1024
    assert seen["memory_sufficient"].facts["total"] == total
    assert abs(seen["clock_in_step"].facts["seconds"]) < 30


def test_nothing_is_written_to_the_node(at, sshd):
    homes = sshd.folder / "homes"
    before = {path: path.stat().st_mtime_ns for path in homes.rglob("*")}
    at("ready", upstream={"web": "http://127.0.0.1:1/"})
    assert {path: path.stat().st_mtime_ns for path in homes.rglob("*")} == before


def stand_in(folder, **programs):
    """Programs that the user finds before the machine's own. https://man7.org/linux/man-pages/man5/environ.5.html"""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


# What the docker client says, [T] of 2026-11-23 but for the group's refusal, whose beginning is [K].
NO_DAEMON = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
NO_GROUP = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock"


def test_docker_reached_by_the_user(at, sshd):
    sshd.start("host_ed25519", path=stand_in(sshd.folder / "bin1", docker="echo 28.2.2"))
    verdict = at("ready")["docker_running"]
    assert (verdict.status, verdict.facts) == (Status.PASS, {"version": "28.2.2", "through": "user"})


def test_docker_whose_daemon_does_not_run(at, sshd):
    sshd.start("host_ed25519", path=stand_in(sshd.folder / "bin2", docker=f"echo; echo '{NO_DAEMON}' >&2; exit 1"))
    failing(at("ready"), "docker_running", Layer.SSH_HOST, "its daemon did not run", "systemctl enable --now docker")


def test_docker_through_sudo_alone_is_enough(at, sshd):
    """sudo has a PATH of its own, so its stand-in says what the real one would let it say."""
    fake = stand_in(sshd.folder / "bin3", docker=f"echo '{NO_GROUP}' >&2; exit 1",
                    sudo='case "$*" in *docker*) echo 28.2.2;; esac')
    sshd.start("host_ed25519", path=fake)
    verdict = at("ready")["docker_running"]
    assert (verdict.status, verdict.facts["through"]) == (Status.PASS, "sudo")


def test_docker_that_the_user_may_not_use(at, sshd):
    fake = stand_in(sshd.folder / "bin4", docker=f"echo '{NO_GROUP}' >&2; exit 1", sudo="exit 1")
    sshd.start("host_ed25519", path=fake)
    failing(at("ready"), "docker_running", Layer.SSH_HOST, "not allowed to use it", f"usermod -aG docker {sshd.user('ready')}")


def test_a_port_where_nothing_listens_is_the_organisations_to_open(ssh_keys):
    port = free_port()
    seen = look(port, "root", ssh_keys.text("good"))
    failing(seen, "port_open", Layer.NETWORK, "refused the connection", "sshd", "Neither the node's SSH key nor a Git token")
    assert seen["name_resolves"].status is Status.PASS


@pytest.mark.parametrize(("answer", "service"), [
    (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html></html>", "HTTP"),
    (b"<!DOCTYPE HTML>\n<html lang=\"en\"><head><title>Error response</title>", "HTTP"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
    (b"220 (vsFTPd 3.0.5)\r\n", "an FTP server"),
    (b"220 mail.example.com ESMTP Postfix\r\n", "a mail server"),
    (b"SSH-1.5-OpenSSH_3.4\r\n", "SSH of version 1"),
    (b"\x00\x01\x02 who are you\n", "a service that is not SSH"),
])
def test_another_service_on_the_port_is_named(ssh_keys, port_of, answer, service):
    seen = look(port_of(answer), "root", ssh_keys.text("good"))
    failing(seen, "port_open", Layer.NETWORK, service, "sshd -T | grep ^port")
    assert "host_key_trusted" in seen.skipped


def test_a_real_tls_server_is_told_from_ssh(ssh_keys, tls_server):
    failing(look(tls_server, "root", ssh_keys.text("good")), "port_open", Layer.NETWORK, "TLS, as of an HTTPS server")


@pytest.fixture
def tls_server(tmp_path):
    """OpenSSL's own server, for what a TLS port says to a client that speaks no TLS."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    str(tmp_path / "k"), "-out", str(tmp_path / "c"), "-subj", "/CN=x", "-days", "1"], check=True, capture_output=True)

    def started():
        port, log = free_port(), tmp_path / "log"
        process = spawn(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-key", str(tmp_path / "k"), "-cert",
                         str(tmp_path / "c"), "-quiet"], log, stdin=subprocess.PIPE)  # it ends with its standard input
        until_ready(process, [port], log)
        return port, process
    port, process = anew(started)
    yield port
    process.kill()
    process.wait()


def test_an_open_port_that_says_nothing_could_not_be_judged(ssh_keys, port_of, monkeypatch):
    monkeypatch.setattr(ssh, "GREETING_SECONDS", 0.3)
    verdict = look(port_of(None, close=False), "root", ssh_keys.text("good"))["port_open"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert "said nothing" in verdict.evidence
    assert "firewall" in verdict.remedy


def test_a_port_that_hangs_up_at_once_could_not_be_judged(ssh_keys, port_of):
    """As sshd does beyond MaxStartups, and hosts.deny before it."""
    verdict = look(port_of(None), "root", ssh_keys.text("good"))["port_open"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.PROVIDER)
    assert "without a greeting" in verdict.evidence
    assert "MaxStartups" in verdict.remedy


def test_lines_before_the_greeting_are_read_over(sshd, ssh_keys):
    """RFC 4253, 4.2: a server may send other lines before its own."""
    def relay(listener):
        ours, _ = listener.accept()
        theirs = socket.create_connection(("127.0.0.1", sshd.port))
        ours.sendall(b"Welcome, all of you.\r\nBe kind.\r\n")
        def copy(source, target):
            with suppress(OSError):
                while data := source.recv(65536):
                    target.sendall(data)
            target.close()
        threading.Thread(target=copy, args=(theirs, ours), daemon=True).start()
        copy(ours, theirs)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=relay, args=(listener,), daemon=True).start()
        seen = look(listener.getsockname()[1], sshd.user("plain"), ssh_keys.text("good"), host_key=ssh_keys.public("host_ed25519"))
    assert seen["port_open"].status is Status.PASS
    assert seen["key_accepted"].status is Status.PASS


def test_a_name_that_does_not_resolve_fails_before_anything_is_sent(ssh_keys, monkeypatch):
    monkeypatch.setattr(names, "_system", lambda name, port: (_ for _ in ()).throw(socket.gaierror(socket.EAI_NONAME, "no")))
    seen = look(22, "root", ssh_keys.text("good"), host="node.example.com")
    failing(seen, "name_resolves", Layer.DNS, "does not exist")
    assert "port_open" in seen.skipped


def test_a_private_address_is_refused_unless_its_network_is_open(ssh_keys, sshd, settings):
    settings.EGRESS_ALLOW_NETWORKS = []
    failing(look(sshd.port, "root", ssh_keys.text("good")), "name_resolves", Layer.NETWORK, "EGRESS_ALLOW_NETWORKS")
    assert sshd.connections == 0


def test_a_server_without_any_common_algorithm_is_told(at, sshd):
    sshd.start("host_ed25519", extra="KexAlgorithms diffie-hellman-group14-sha1")
    failing(at("ready"), "host_key_trusted", Layer.SSH_HOST, "no acceptable kex algorithm", "Update OpenSSH")
    assert sshd.attempts == []


def test_weak_ciphers_are_not_agreed_on(at, sshd):
    sshd.start("host_ed25519", extra="Ciphers 3des-cbc")
    failing(at("ready"), "host_key_trusted", Layer.SSH_HOST, "Update OpenSSH")


def test_a_server_that_breaks_off_or_babbles_after_its_greeting_could_not_be_judged(ssh_keys, port_of):
    for answer in (b"SSH-2.0-x\r\n", b"SSH-2.0-x\r\n" + b"\xff" * 4000):
        verdict = look(port_of(answer), "root", ssh_keys.text("good"))["host_key_trusted"]
        assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.PROVIDER), verdict
