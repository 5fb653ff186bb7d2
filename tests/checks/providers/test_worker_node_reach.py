"""What a real node says of real hosts: its own curl or wget, asked over a real sshd."""
from __future__ import annotations

import http.server
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from checks.verdict import Cause, Layer, Status
from tests.checks.providers.node_run import look
from tests.peers.plugin import missing
from tests.peers.ports import free_port

pytestmark = pytest.mark.usefixtures("loopback")
TOOLS = ("sh", "id", "date", "sed", "head", "tail", "tr", "cut", "cat", "uname", "stat", "df", "sort", "grep", "timeout", "wget", "sudo")


@pytest.fixture
def reach(sshd, ssh_keys):
    """reach(url) -> the row of a service whose host that is."""
    def ask(url):
        seen = look(sshd.port, sshd.user("ready"), ssh_keys.text("good"), host_key=ssh_keys.public("host_ed25519"),
                    upstream={"web": url})
        return seen["reaches_host", "web"]
    return ask


@pytest.fixture
def without_curl(sshd):
    """Nothing but these tools is on the user's PATH."""
    folder = Path(sshd.folder / "few")
    folder.mkdir(exist_ok=True)
    for tool in TOOLS:
        if shutil.which(tool) and not (folder / tool).exists():
            (folder / tool).symlink_to(shutil.which(tool))
    sshd.start("host_ed25519", path=str(folder))


def test_a_git_host_that_the_node_reaches(reach, git_host):
    verdict = reach(f"{git_host.url}/")
    assert verdict.status is Status.PASS
    assert "No credential was sent." in verdict.evidence
    assert [(one.method, one.path, "Authorization" in one.headers) for one in git_host.seen] == [("GET", "/", False)]


def test_wget_does_where_there_is_no_curl(reach, git_host, without_curl):
    if shutil.which("wget") is None:
        missing("wget", "apt-get install wget")
    verdict = reach(f"{git_host.url}/")
    assert (verdict.status, verdict.facts["how"]) == (Status.PASS, "reached")


def test_a_host_that_nobody_reaches_is_not_held_against_the_node(reach):
    verdict = reach(f"http://127.0.0.1:{free_port()}/")
    assert (verdict.status, verdict.cause, verdict.facts["how"]) == (Status.UNKNOWN, Cause.PROVIDER, "refused")


def test_a_name_that_the_node_cannot_resolve(reach):
    verdict = reach("https://no-such-host.invalid/")
    assert (verdict.status, verdict.layer, verdict.facts["how"]) == (Status.UNKNOWN, Layer.DNS, "dns")


def test_a_certificate_that_the_node_does_not_trust_and_this_program_does(reach, trusted_here):
    verdict = reach(trusted_here)
    assert (verdict.status, verdict.layer, verdict.facts["how"]) == (Status.FAIL, Layer.TLS, "tls")
    assert "update-ca-certificates" in verdict.remedy


@pytest.fixture
def trusted_here(settings, tmp_path):
    """An HTTPS server whose authority is in EGRESS_CA_BUNDLE and not on the node."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                    "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"), "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    settings.EGRESS_CA_BUNDLE = str(tmp_path / "cert")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *told: None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()

