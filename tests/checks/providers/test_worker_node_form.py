"""What people paste into a node's form: what is mended, and what is refused with a reason, at its own field."""
from __future__ import annotations

import subprocess

import pytest

from checks.clients.ssh_key import UnreadableKey, Why, private_key, public_key
from checks.providers.worker_node import worker_node
from checks.providers.worker_node.key import normal_key
from tests.peers.sshd import PASSPHRASE

BASE = {"host": "node-1.example.com", "port": "22", "username": "deploy", "host_key": "", "passphrase": ""}


def form(stored=frozenset(), **typed):
    found = worker_node.form({**BASE, **typed}, stored=stored)
    found.is_valid()
    return found


def errors(**typed):
    return {field: " ".join(messages) for field, messages in form(**typed).errors.items()}


@pytest.mark.parametrize("key", ["good", "good_rsa", "good_ecdsa"])
@pytest.mark.parametrize("spoil", [
    lambda text: text, lambda text: text.replace("\n", "\r\n"), lambda text: text.replace("\n", " "),
    lambda text: text.replace("\n", "\\n"), lambda text: text.replace("\n", ""), lambda text: f'"{text.strip()}"',
    lambda text: f"\n\n  {text.strip()}  ", lambda text: "\n".join(f"    {line}" for line in text.splitlines()),
], ids=["as it is", "CRLF", "blanks", "literal \\n", "no breaks", "quoted", "padded", "indented"])
def test_a_key_whose_line_breaks_were_spoilt_is_mended(ssh_keys, key, spoil):
    found = form(private_key=spoil(ssh_keys.text(key)))
    assert found.errors == {}
    numbers = [private_key(text).private_numbers() if key != "good" else private_key(text).private_bytes_raw()
               for text in (found.cleaned_data["private_key"], ssh_keys.text(key))]
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize("command", ["ssh-keygen -q -p -N {} -m PEM -f {}", "ssh-keygen -q -p -N {} -m PKCS8 -f {}"])
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_pem_and_pkcs8_are_read_with_and_without_a_passphrase(ssh_keys, tmp_path, command, passphrase):
    path = tmp_path / "key"
    path.write_text(ssh_keys.text("good_rsa"))
    path.chmod(0o600)
    subprocess.run([word.format(passphrase) if at == 4 else word.format(path) for at, word in enumerate(command.split())],
                   check=True, stdout=subprocess.DEVNULL)
    for text in (path.read_text(), path.read_text().replace("\n", " "), path.read_text().replace("\n", "")):
        assert form(private_key=text, passphrase=passphrase).errors == {}
        if passphrase:
            assert "enter its passphrase" in errors(private_key=text)["passphrase"]


def test_an_encrypted_key_asks_for_its_passphrase_at_that_field(ssh_keys):
    text = ssh_keys.text("good_encrypted")
    assert errors(private_key=text) == {"passphrase": "The private key is encrypted: enter its passphrase here, or paste a key "
                                                      "without one (ssh-keygen -p -f KEY takes it off a copy)."}
    assert "does not open" in errors(private_key=text, passphrase="wrong")["passphrase"]
    assert form(private_key=text, passphrase=PASSPHRASE).errors == {}


def test_a_passphrase_that_is_not_needed_is_dropped_and_said(ssh_keys):
    found = form(private_key=ssh_keys.text("good"), passphrase="not needed")
    assert found.credential_values().keys() == {"private_key"}
    assert found.notes == ["The private key is not encrypted, so the passphrase was not kept."]


def test_a_passphrase_that_is_stored_may_open_a_new_key(ssh_keys):
    stored = frozenset({"private_key", "passphrase"})
    assert form(stored, private_key=ssh_keys.text("good_encrypted")).errors == {}
    assert form(stored).errors == {}  # both kept


PPK = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\n"  # https://tartarus.org/~simon/putty-snapshots/
DSA = """-----BEGIN DSA PRIVATE KEY-----\nMIIBugIBAAKBgQ==\n-----END DSA PRIVATE KEY-----"""


@pytest.mark.parametrize(("text", "why"), [
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDx a@b", "public half"),
    ("ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1l a@b", "certificate"),
    ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "public half"),
    ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "public half"),
    ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "TLS certificate"),
    ("sk-ssh-ed25519@openssh.com AAAAGnNr a@b", "security key"),
    ("ssh-dss AAAAB3NzaC1kc3M a@b", "DSA"),
    (PPK, "puttygen KEY.ppk -O private-openssh"),
    (DSA, "DSA"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r", "The key is cut"),
    ("b3BlbnNzaC1r\n-----END OPENSSH PRIVATE KEY-----", "The key is cut"),
    ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU=", "The first and the last line are missing"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END OPENSSH PRIVATE KEY-----", "damaged"),
    ("-----BEGIN RSA PRIVATE KEY-----\nnot base64 at all !\n-----END RSA PRIVATE KEY-----", "damaged"),
    ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----", "PGP"),
    ("SHA256:" + "A" * 43, "fingerprint"),
    ("~/.ssh/id_ed25519", "path of a file"),
    ("ghp_0123456789abcdef", "a Git token does not open it"),
    ("glpat-0123456789abcdef", "a Git token does not open it"),
    ("hunter2", "begins with -----BEGIN OPENSSH PRIVATE KEY-----"),
])
def test_what_is_no_usable_private_key_is_refused_with_its_reason(text, why):
    found = errors(private_key=text)
    assert found.keys() == {"private_key"}
    assert why in found["private_key"]
    for word in text.split():
        assert len(word) < 20 or word not in found["private_key"]


def test_a_dsa_key_in_openssh_form_and_a_curve_that_ssh_has_not_are_refused(tmp_path):
    subprocess.run(["openssl", "ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", str(tmp_path / "k1")], check=True)
    assert "secp256k1" in errors(private_key=(tmp_path / "k1").read_text())["private_key"]
    done = subprocess.run(["openssl", "genpkey", "-algorithm", "ed448"], check=True, capture_output=True, text=True)
    assert "ED448" in errors(private_key=done.stdout)["private_key"]


@pytest.mark.parametrize(("host", "why"), [
    ("ssh://node-1.example.com", "without ssh"), ("https://node-1.example.com", "without ssh"), ("root@node-1.example.com", "user name"),
    ("node-1.example.com:2222", "port has a field"), ("[2001:db8::1]:22", "port has a field"), ("node-1.example.com/x", "no path"),
    ("ssh node-1.example.com", "without ssh"),
])
def test_a_host_that_holds_more_than_a_host_is_refused(ssh_keys, host, why):
    assert why in errors(private_key=ssh_keys.text("good"), host=host)["host"]


@pytest.mark.parametrize("host", ["node-1.example.com", "203.0.113.7", "2001:db8::1"])
def test_names_and_addresses_are_hosts(ssh_keys, host):
    found = form(private_key=ssh_keys.text("good"), host=host)
    assert found.errors == {}
    assert worker_node.endpoint(found.settings_values()) == f"ssh://{f'[{host}]' if ':' in host else host}:22"


def test_a_port_left_blank_is_22_and_another_is_in_the_endpoint(ssh_keys):
    found = form(private_key=ssh_keys.text("good"), port="")
    assert found.settings_values() == {"host": "node-1.example.com", "port": 22, "username": "deploy", "host_key": ""}
    assert errors(private_key=ssh_keys.text("good"), port="70000").keys() == {"port"}
    assert worker_node.endpoint({**BASE, "port": 2222}) == "ssh://node-1.example.com:2222"
    assert worker_node.summary({**BASE, "port": 2222}) == "deploy@node-1.example.com:2222"
    assert worker_node.summary({**BASE, "port": 22}) == "deploy@node-1.example.com"
    assert worker_node.addresses({**BASE, "port": 22}) == {"host": "node-1.example.com:22"}


@pytest.mark.parametrize(("username", "why"), [("root@node-1.example.com", "host has a field"), ("two words", "no blanks"),
                                               ("-oProxyCommand=x", "no blanks"), ("a;b", "no blanks")])
def test_a_user_name_that_cannot_be_one_is_refused(ssh_keys, username, why):
    assert why in errors(private_key=ssh_keys.text("good"), username=username)["username"]


def test_a_host_key_is_taken_out_of_the_lines_that_people_have(ssh_keys):
    line = public_key(ssh_keys.public("host_ed25519")).line
    for typed in (line, f"{line} root@node", f"node-1.example.com,203.0.113.7 {line}", f"[node]:2222 {line} x", f"  {line}\n"):
        assert form(private_key=ssh_keys.text("good"), host_key=typed).cleaned_data["host_key"] == line


@pytest.mark.parametrize(("typed", "why"), [
    ("SHA256:" + "A" * 43, "This is a fingerprint"), ("MD5:00:11", "This is a fingerprint"), ("ssh-ed25519", "no public key"),
    ("ssh-ed25519 AAAA", "no public key"), ("ssh-dss AAAAB3NzaC1kc3M", "no public key"), ("hello", "no public key"),
    ("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAICmMVwC37NWEMMU6U5lZCwBnjc9xCmS7haE/SNEI1Oof", "no public key"),
])
def test_what_is_no_host_key_is_refused(ssh_keys, typed, why):
    assert why in errors(private_key=ssh_keys.text("good"), host_key=typed)["host_key"]


def test_a_private_key_in_the_host_keys_field_is_refused_and_not_repeated(ssh_keys):
    """Settings are not sealed: it must not get into them."""
    found = errors(private_key=ssh_keys.text("good"), host_key=ssh_keys.text("host_ed25519"))["host_key"]
    assert "has its own field" in found
    assert "b3BlbnNzaC1rZXktdjE" not in found


@pytest.mark.parametrize("name", ["good", "good_rsa", "good_ecdsa", "host_rsa"])
def test_fingerprints_are_those_of_ssh_keygen(ssh_keys, name):
    assert public_key(ssh_keys.public(name)).fingerprint == ssh_keys.fingerprint(name)


def test_an_unreadable_key_says_why_and_nothing_of_the_key(ssh_keys):
    cut = normal_key(ssh_keys.text("good"))[:200] + "\n-----END OPENSSH PRIVATE KEY-----\n"
    with pytest.raises(UnreadableKey) as raised:
        private_key(cut)
    assert raised.value.why is Why.DAMAGED
    assert str(raised.value) == "damaged"
