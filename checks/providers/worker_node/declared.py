"""The form and the provider, as values."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.ssh import Ssh, place_of
from checks.clients.ssh_key import PublicKey
from checks.providers.base import Guide, JsonMap, Provider, ProviderForm, SecretField, Step
from checks.providers.guide import Rotation
from checks.providers.worker_node.key import KeyProblem, examined, normal_host_key, normal_key, pinned

USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,62}\$?")
SSH_PORT = 22
AUTHORIZED_KEYS = "https://man.openbsd.org/sshd.8#AUTHORIZED_KEYS_FILE_FORMAT"
PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


class WorkerNodeForm(ProviderForm):
    host = forms.CharField(label="Host", max_length=255, widget=forms.TextInput(attrs=PLAIN), help_text=(
        "The node's name or address alone: node-1.example.com or 203.0.113.7"))
    port = forms.IntegerField(label="Port", required=False, initial=SSH_PORT, min_value=1, max_value=65535,
                              help_text="Where SSH listens; 22 unless it was moved.")
    username = forms.CharField(label="User name", max_length=64, widget=forms.TextInput(attrs=PLAIN), help_text=(
        "The user on the node whose authorized_keys holds the public key, such as root or ubuntu."))
    host_key = forms.CharField(label="Host key", required=False, max_length=4096, widget=forms.TextInput(attrs=PLAIN),
                               help_text=(
        "The node's own public key line, if you have it from the node itself. Blank: the checklist shows the key that the "
        "node presents, and nobody signs in before somebody here trusts it."))
    private_key = SecretField(label="Private key", multiline=True, help_text=(
        "The whole file, from -----BEGIN to -----END. OpenSSH and PEM; ed25519, ECDSA or RSA."))
    passphrase = SecretField(label="Passphrase", required=False, strip=False, max_length=1024,
                             help_text="Only if the private key is encrypted with one.")

    def clean_host(self) -> str:
        typed: str = self.cleaned_data["host"].strip()
        bare = typed.partition("://")[2] or typed
        if bare != typed or bare.startswith("ssh "):
            raise ValidationError("Write the name or address alone, without ssh or ssh:// before it.")
        if "@" in bare:
            raise ValidationError("The user name has a field of its own: write what stands behind the @.")
        if "/" in bare:
            raise ValidationError("A host has no path: leave out the slash and what follows it.")
        if re.fullmatch(r"[^:\[\]]+:\d*|\[.*\]:\d*", bare):
            raise ValidationError("The port has a field of its own: leave out the colon and what follows it.")
        return bare

    def clean_port(self) -> int:
        return self.cleaned_data["port"] or SSH_PORT

    def clean_username(self) -> str:
        typed: str = self.cleaned_data["username"].strip()
        if typed.endswith(f"@{self.cleaned_data.get('host')}"):
            raise ValidationError("The host has a field of its own: leave out the @ and what follows it.")
        if not USER.fullmatch(typed):
            raise ValidationError("A user name has letters, digits, dots, hyphens and underscores, and no blanks.")
        return typed

    def clean_host_key(self) -> str:
        typed: str = self.cleaned_data["host_key"].strip()
        try:
            return normal_host_key(typed) if typed else ""
        except KeyProblem as problem:
            raise ValidationError(str(problem)) from None

    def clean_private_key(self) -> str:
        typed: str = self.cleaned_data["private_key"]
        try:
            return normal_key(typed) if typed else ""
        except KeyProblem as problem:
            raise ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        key, passphrase = cleaned.get("private_key"), cleaned.get("passphrase", "")
        if not key or (not passphrase and "passphrase" in self.stored):  # the stored one may open it: its row will tell
            return cleaned
        try:
            if not examined(key, passphrase) and passphrase:
                cleaned["passphrase"] = ""
                self.notes.append("The private key is not encrypted, so the passphrase was not kept.")
        except KeyProblem as problem:
            self.add_error(problem.field, str(problem))
        return cleaned


@dataclass(frozen=True)
class Node:
    """What `connect` makes. trusted: the pinned host key."""

    ssh: Ssh
    trusted: PublicKey | None
    private_key: str = field(repr=False)
    passphrase: str = field(repr=False, default="")

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.ssh.username}@{self.ssh.name if self.ssh.port != SSH_PORT else self.ssh.host}"


def connect(settings: JsonMap, credentials: JsonMap) -> Node:
    ssh = Ssh(str(settings["host"]), _port(settings), str(settings["username"]))
    return Node(ssh, pinned(str(settings.get("host_key") or "")), str(credentials["private_key"]),
                str(credentials.get("passphrase") or ""))


def _port(settings: JsonMap) -> int:
    return int(settings.get("port") or SSH_PORT)


def place(settings: JsonMap) -> str:
    return place_of(str(settings.get("host") or ""), _port(settings))


def _summary(settings: JsonMap) -> str:
    where = place(settings) if _port(settings) != SSH_PORT else settings.get("host")
    return f"{settings.get('username')}@{where}"


worker_node = Provider(
    token_kinds=("private-key",),
    slug="worker_node", name="Worker node", section="Worker nodes",
    form=WorkerNodeForm, connect=connect, is_node=True,
    # The pinned key is no part of it: trusting another one is a person's word about this same place.
    endpoint=lambda settings: f"ssh://{place(settings)}",
    addresses=lambda settings: {"host": place(settings)},
    summary=_summary, account=lambda settings: f"node {place(settings)}",
    links={"authorized_keys": AUTHORIZED_KEYS},
    guide=Guide(
        needs="A server with a public address or one in a network that this program may reach, a user on it that may use "
              "sudo without a password, and an SSH key for this program alone.", minutes=10,
        least_grant="one public key in the user's ~/.ssh/authorized_keys, and sudo without a password for that user",
        rotation=Rotation(
            Step("Make a new pair, and add its public half to ~/.ssh/authorized_keys as a line of its own, below the old one.",
                 AUTHORIZED_KEYS),
            Step("Take the line of the old key out of ~/.ssh/authorized_keys.", AUTHORIZED_KEYS),
            "Do not replace the line: between the two moments nobody could sign in. The host's own key stays as it is."),
        steps=(
            Step("Make a server: Ubuntu 22.04 or later, or Debian 11 or later, on AMD64 or ARM64, with 2 GB of memory and "
                 "30 GB of disk or more.", "https://dokku.com/docs/getting-started/installation/"),
            Step("Make a key for this program alone, on your own computer: ssh-keygen -t ed25519 -N '' -f dflow-node"),
            Step("Put the public half onto the node: ssh-copy-id -i dflow-node.pub USER@HOST", AUTHORIZED_KEYS),
            Step("Let the user run sudo without a password. On the node, with visudo -f /etc/sudoers.d/dflow: "
                 "USER ALL=(ALL) NOPASSWD:ALL", "https://www.sudo.ws/docs/man/sudoers.man/"),
            Step("Install Docker, if it is not there yet.", "https://docs.docker.com/engine/install/"),
            Step("Paste the private key, the file dflow-node, into this form. A firewall has to let this program reach the "
                 "port of SSH."),
            Step("When the checklist shows the node's host key, compare its fingerprint with what the node itself says, "
                 "and trust it: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
                 "https://man.openbsd.org/ssh-keygen.1#l"),
        )))
