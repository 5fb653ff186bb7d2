"""Every verdict that a node's own answers can give, over real SSH, from a node that is what a test says."""
from __future__ import annotations

import re
import subprocess
import time

import pytest

from checks.clients import ssh
from checks.verdict import Cause, Layer, Status
from tests.checks.providers.node_run import failing, look
from tests.peers.ports import free_port

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def node(scripted_node, ssh_keys):
    """node(name=answer, ...) -> one run against a node that answers so, and as a good one otherwise."""
    def run(key="good", upstream=None, **values):
        scripted_node.script.values = values
        return look(scripted_node.port, "deploy", ssh_keys.text(key), host_key=scripted_node.line, upstream=upstream)
    return run


def test_ssh_itself_takes_the_scripted_node_for_an_ssh_server(scripted_node, ssh_keys, tmp_path):
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{scripted_node.port} {scripted_node.line}\n")
    done = subprocess.run(
        ["ssh", "-F", "none", "-p", str(scripted_node.port), "-i", str(ssh_keys.folder / "good"), "-o", f"UserKnownHostsFile={known}",
         "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "deploy@127.0.0.1", "/bin/sh"], input="a=one\nb=two\n",
        capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "onetwo sudo 0" in done.stdout
    assert scripted_node.users == ["deploy"] * len(scripted_node.users)


def test_a_node_that_has_everything_passes_every_row(node, scripted_node):
    seen = node()
    assert seen.bad == {}
    assert seen.skipped == ["reaches_host"]
    assert seen.status is Status.PASS
    assert seen["system_supported"].evidence == (f"deploy@127.0.0.1:{scripted_node.port} was Ubuntu 24.04.3 LTS on x86_64, with "
                                                 "systemd and control groups of version 2.")
    assert scripted_node.sessions == 1


def test_the_script_is_one_that_a_posix_shell_takes_and_that_holds_no_secret(node, scripted_node, ssh_keys):
    node(upstream={"web": "https://git.example.com/"})
    [script] = scripted_node.seen
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)
    assert "https://git.example.com/" in script
    assert not re.search(r"PRIVATE|passphrase|token", script)
    for word in (">/", ">>", "tee ", "mktemp", "touch "):
        assert word not in script.replace(">/dev/null", "").replace("2>&1", "")


def test_root_needs_no_sudo(node):
    seen = node(sudo="root", user="0")
    assert (seen["sudo_without_password"].status, "root" in seen["sudo_without_password"].evidence) == (Status.PASS, True)


@pytest.mark.parametrize(("answer", "said"), [
    ("missing", "found no sudo"),
    ("1 sudo: a password is required", "a password is required"),
    ("1 deploy is not in the sudoers file.", "not in the sudoers file"),
])
def test_no_sudo_without_a_password_fails(node, answer, said):
    failing(node(sudo=answer), "sudo_without_password", Layer.SSH_HOST, said, "deploy ALL=(ALL) NOPASSWD:ALL")


UBUNTU_22 = {"os_VERSION_ID": "22.04", "os_PRETTY_NAME": "Ubuntu 22.04.5 LTS"}
DEBIAN_13 = {"os_ID": "debian", "os_ID_LIKE": "", "os_VERSION_ID": "13", "os_PRETTY_NAME": "Debian GNU/Linux 13 (trixie)"}


@pytest.mark.parametrize("answers", [UBUNTU_22, DEBIAN_13, {**DEBIAN_13, "os_VERSION_ID": ""}, {"machine": "aarch64"},
                                     {"cgroup": ""}, {"listeners": 'LISTEN 0 511 0.0.0.0:80 users:(("nginx",pid=1,fd=6))'}])
def test_systems_that_deploys_run_on_pass(node, answers):
    assert node(**answers)["system_supported"].status is Status.PASS


@pytest.mark.parametrize(("answers", "said"), [
    ({"kernel": "FreeBSD"}, "that is not Linux"),
    ({"machine": "armv7l"}, "no images are built for that architecture"),
    ({"machine": "i686"}, "no images are built for that architecture"),
    ({"os_ID": "fedora", "os_ID_LIKE": "", "os_PRETTY_NAME": "Fedora Linux 43"}, "neither Ubuntu nor Debian"),
    ({"os_ID": "alpine", "os_ID_LIKE": ""}, "neither Ubuntu nor Debian"),
    ({"os_VERSION_ID": "20.04"}, "it is too old"),
    ({**DEBIAN_13, "os_VERSION_ID": "10"}, "it is too old"),
    ({"systemd": "no runit"}, "not started by systemd but by runit"),
])
def test_systems_that_deploys_do_not_run_on_fail(node, answers, said):
    failing(node(**answers), "system_supported", Layer.SSH_HOST, said, "dokku.com")


@pytest.mark.parametrize(("answers", "said", "remedy"), [
    ({"os_VERSION_ID": "25.10"}, "its version is not listed", "Prefer Ubuntu"),
    ({"os_ID": "linuxmint", "os_ID_LIKE": "ubuntu debian", "os_VERSION_ID": "22"}, "made from Ubuntu", "Prefer Ubuntu"),
    ({"cgroup": "tmpfs"}, "control groups of version 1 (tmpfs)", "systemd.unified_cgroup_hierarchy=1"),
    ({"listeners": 'LISTEN 0 511 *:80 *:* users:(("apache2",pid=9,fd=4)) LISTEN 0 511 *:443 *:* users:(("nginx",pid=1,fd=6))'},
     "apache2 already listened on port 80 or 443", "systemctl disable --now apache2"),
])
def test_systems_that_probably_work_warn(node, answers, said, remedy):
    seen = node(**answers)
    verdict = seen["system_supported"]
    assert (verdict.status, verdict.layer) == (Status.WARN, Layer.SSH_HOST)
    assert said in verdict.evidence
    assert remedy in verdict.remedy
    assert seen.status is Status.WARN


def test_the_architecture_is_told_as_images_call_it(node):
    assert node(machine="aarch64")["system_supported"].facts["architecture"] == "arm64"
    assert node(listening="80")["system_supported"].facts["listening"] == ["80"]


# What the docker client says: [T] of 2026-11-23, the group's refusal [K] reconstructed from its known beginning.
@pytest.mark.parametrize(("answers", "said", "remedy"), [
    ({"docker": "missing"}, "found no docker", "get.docker.com"),
    ({"docker": "1 Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"},
     "its daemon did not run", "systemctl enable --now docker"),
    ({"docker": "1 permission denied while trying to connect to the Docker daemon socket"}, "not allowed to use it",
     "usermod -aG docker deploy"),
    ({"docker": "1 permission denied while trying to connect to the Docker daemon socket",
      "docker_sudo": "1 Cannot connect to the Docker daemon at unix:///var/run/docker.sock."}, "its daemon did not run",
     "systemctl enable --now docker"),
    ({"docker": "127 docker: exec format error"}, "docker version failed", "Run `docker version`"),
])
def test_no_docker_fails_by_its_reason(node, answers, said, remedy):
    failing(node(**answers), "docker_running", Layer.SSH_HOST, said, remedy)


def test_docker_that_does_not_answer_could_not_be_judged(node):
    verdict = node(docker="124 ")["docker_running"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.PROVIDER)


@pytest.mark.parametrize(("answers", "status", "said"), [
    ({"disk": "/dev/sda1 81106868 77000000 4106868 95% /"}, Status.FAIL, "had 3.9 GB left on /, of 77.3 GB"),
    ({"docker_disk": "/dev/sdb1 81106868 80000000 1106868 99% /var/lib/docker"}, Status.FAIL, "1.1 GB left on /var/lib/docker"),
    ({"inodes": "/dev/sda1 10321920 10321920 0 100% /"}, Status.FAIL, "no inode left"),
    ({"disk": "/dev/sda1 20971520 5000000 15971520 24% /"}, Status.WARN, "had a disk of 20.0 GB"),
    ({"disk": "/dev/sda1 81106868 74000000 7106868 92% /"}, Status.WARN, "less than a tenth"),
    ({"disk": "overlay 264212064 182335568 81876496 70% /", "inodes": ""}, Status.PASS, "78.1 GB free"),
    ({"disk": "df: /: Permission denied"}, Status.UNKNOWN, "did not say how much room"),
])
def test_room_on_the_disk(node, answers, status, said):
    seen = node(**answers)
    assert (seen["disk_sufficient"].status, seen["disk_sufficient"].layer) == (status, Layer.SSH_HOST)
    assert said in seen["disk_sufficient"].evidence
    assert seen.status is (Status.WARN if status in (Status.FAIL, Status.WARN) else Status.PASS)  # not required
    assert bool(seen["disk_sufficient"].remedy) == (status is not Status.PASS)


@pytest.mark.parametrize(("answers", "status", "said"), [
    ({"MemTotal": "500000", "MemAvailable": "300000"}, Status.FAIL, "had 488 MB of memory and no swap"),
    ({"MemTotal": "500000", "MemAvailable": "300000", "SwapTotal": "1048576"}, Status.PASS, "1.0 GB swap"),
    ({"MemAvailable": "100000"}, Status.WARN, "97 MB of the memory available"),
    ({"MemTotal": ""}, Status.UNKNOWN, "did not say how much memory"),
])
def test_memory(node, answers, status, said):
    verdict = node(**answers)["memory_sufficient"]
    assert (verdict.status, verdict.layer) == (status, Layer.SSH_HOST)
    assert said in verdict.evidence


@pytest.mark.parametrize(("apart", "status", "said"), [
    (5, Status.PASS, "of ours"), (-60, Status.WARN, "behind ours"), (90, Status.WARN, "ahead of ours"),
    (-4000, Status.FAIL, "minutes behind ours"), (90000, Status.FAIL, "25 hours ahead of ours"),
])
def test_the_clock(node, apart, status, said):
    verdict = node(now=str(int(time.time()) + apart))["clock_in_step"]
    assert (verdict.status, verdict.layer) == (status, Layer.CLOCK)
    assert said in verdict.evidence
    if status is not Status.PASS:
        assert "timedatectl set-ntp true" in verdict.remedy


def test_a_node_in_step_with_ntp_shows_that_our_own_clock_is_wrong(node):
    verdict = node(now=str(int(time.time()) - 4000), synchronised="yes")["clock_in_step"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.OURS, Layer.CLOCK)


def test_a_node_that_stops_in_the_middle_leaves_the_rest_unknown_and_keeps_what_it_said(node, scripted_node, monkeypatch):
    monkeypatch.setattr(ssh, "COMMAND_SECONDS", 0.5)
    scripted_node.script.ends = False
    seen = node(docker=None, upstream={"web": "https://git.example.com/"})
    for row in ("docker_running", ("reaches_host", "web")):
        assert (seen[row].status, seen[row].cause) == (Status.UNKNOWN, Cause.PROVIDER)
        assert "within the time" in seen[row].evidence
    assert seen["sudo_without_password"].status is Status.PASS


def test_a_node_that_takes_the_key_and_runs_nothing_could_not_be_judged(node, scripted_node, monkeypatch):
    monkeypatch.setattr(ssh, "BEGIN_SECONDS", 0.5)
    scripted_node.script.hangs = True
    verdict = node()["key_accepted"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert "ran no command" in verdict.evidence


def test_a_node_that_hangs_up_while_the_key_is_shown_could_not_be_judged(node, scripted_node):
    scripted_node.script.hangs_up = True
    verdict = node()["key_accepted"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.PROVIDER)
    assert "cut the connection" in verdict.evidence


def test_a_node_that_never_stops_talking_is_cut(node, scripted_node):
    scripted_node.script.output = b"x" * 300_000
    verdict = node()["key_accepted"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.PROVIDER)
    assert "more than is read" in verdict.evidence


def test_a_shell_that_is_none_is_told_by_what_it_says(node, scripted_node):
    scripted_node.script.output = b"bad command name /bin/sh (line 1 column 1)\r\n"  # RouterOS, [K] reconstructed
    failing(node(), "key_accepted", Layer.SSH_AUTH, "bad command name", "no POSIX shell")


def test_terminal_escapes_of_a_node_are_taken_out_of_the_evidence(node, scripted_node):
    scripted_node.script.output = b"\x1b[31mgo away\x1b[0m\x07\n"
    assert "\x1b" not in node()["key_accepted"].evidence


def test_a_server_too_old_for_an_rsa_key_is_told(node, scripted_node):
    scripted_node.script.no_rsa = True
    failing(node("good_rsa"), "key_accepted", Layer.SSH_AUTH, "too old", "ssh-keygen -t ed25519", "Git token")


# --- From the node to the host of a service ---------------------------------------------------------------------------
def test_each_service_has_its_own_answer_and_the_same_host_is_asked_once(node, scripted_node, port_of):
    upstream = {"web": "https://a.example.com/", "site": "https://a.example.com/", "db": "https://s3.example.com/"}
    seen = node(upstream=upstream, reach0="curl 0 status=200 ip=203.0.113.7", reach1="curl 0 status=403 ip=203.0.113.8")
    assert [seen["reaches_host", name].status for name in upstream] == [Status.PASS] * 3
    assert "answered HTTP 403" in seen["reaches_host", "db"].evidence
    assert len(re.findall(r"^ask reach\d+ ", scripted_node.seen[0], re.MULTILINE)) == 2


@pytest.fixture
def reachable(port_of):
    return f"http://127.0.0.1:{port_of(b'HTTP/1.1 401 Unauthorized' + bytes([13, 10]) + b'Content-Length: 0' + bytes([13, 10]) * 2)}/"


# Exit statuses: https://everything.curl.dev/cmdline/exitcode.html, wget's manual; texts as the tools print them [T].
@pytest.mark.parametrize(("said", "layer", "evidence", "remedy"), [
    ("curl 6 curl: (6) Could not resolve host: 127.0.0.1 status=000 ip=", Layer.DNS, "could not resolve", "getent hosts 127.0.0.1`"),
    ("curl 7 curl: (7) Failed to connect to 127.0.0.1 port 1 status=000 ip=", Layer.NETWORK, "was refused", "firewall"),
    ("curl 28 curl: (28) Connection timed out after 5001 milliseconds status=000 ip=", Layer.NETWORK, "in time", "firewall"),
    ("curl 60 curl: (60) SSL certificate problem: unable to get local issuer status=000 ip=", Layer.TLS, "did not trust",
     "ca-certificates"),
    ("curl 56 curl: (56) Recv failure status=000 ip=", Layer.NETWORK, "did not reach", "firewall"),
    ("curl 0 status=407 ip=10.0.0.1", Layer.NETWORK, "stopped by its proxy", "https_proxy"),
    ("wget 4 wget: unable to resolve host address ‘127.0.0.1’", Layer.DNS, "could not resolve", "resolvectl"),
    ("wget 4 failed: Connection refused.", Layer.NETWORK, "was refused", "firewall"),
    ("wget 4 failed: Connection timed out.", Layer.NETWORK, "in time", "firewall"),
    ("wget 5 ERROR: cannot verify the certificate", Layer.TLS, "did not trust", "ca-certificates"),
])
def test_what_the_node_does_not_reach_and_this_program_does_is_the_nodes_to_mend(node, reachable, said, layer, evidence, remedy):
    verdict = failing(node(upstream={"web": reachable}, reach0=said), ("reaches_host", "web"), layer, evidence, remedy,
                      "this program reached it", "Neither the node's SSH key nor a Git token")
    assert verdict.facts["url"] == reachable


def test_what_nobody_reaches_is_no_fault_of_the_node(node):
    url = f"http://127.0.0.1:{free_port()}/"
    verdict = node(upstream={"web": url}, reach0="curl 7 curl: (7) Failed to connect status=000 ip=")["reaches_host", "web"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.PROVIDER, Layer.NETWORK)
    assert "neither did this program" in verdict.evidence


@pytest.mark.parametrize("said", ["curl 0 status=200 ip=203.0.113.7", "curl 22 status=503 ip=203.0.113.7",
                                  "wget 8   HTTP/1.1 401 Unauthorized", "wget 0   HTTP/1.1 200 OK"])
def test_any_answer_in_http_shows_that_the_way_is_open(node, said):
    assert node(upstream={"web": "https://git.example.com/"}, reach0=said)["reaches_host", "web"].status is Status.PASS


def test_a_node_without_curl_and_wget_is_told(node):
    verdict = node(upstream={"web": "https://git.example.com/"}, reach0="none")["reaches_host", "web"]
    assert (verdict.status, verdict.cause, verdict.layer) == (Status.UNKNOWN, Cause.YOURS, Layer.SSH_HOST)
    assert "apt-get install curl" in verdict.remedy


def test_a_service_whose_integration_is_gone_asks_nothing(scripted_node, ssh_keys):
    seen = look(scripted_node.port, "deploy", ssh_keys.text("good"), host_key=scripted_node.line, services=["web"])
    assert seen["reaches_host", "web"].status is Status.SKIPPED
    assert "ask reach0" not in scripted_node.seen[0]


@pytest.mark.parametrize("url", ["https://git.example.com/;reboot", "https://$(reboot)/", "https://u:p@git.example.com/",
                                 "file:///etc/passwd", "https://git.example.com/?a=b", "https://a b/", "https://x/'\n", "-o/x",
                                 "https://git.example.com/" + "a" * 600])
def test_what_is_no_plain_address_never_gets_into_the_shell(node, scripted_node, url):
    verdict = node(upstream={"web": url})["reaches_host", "web"]
    assert (verdict.status, verdict.cause) == (Status.UNKNOWN, Cause.OURS)
    assert "ask reach0" not in scripted_node.seen[0]
    assert url not in scripted_node.seen[0]
