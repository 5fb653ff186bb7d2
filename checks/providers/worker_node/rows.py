"""The way to the node: its name, its port, its host key, our key. Nobody signs in before the host key is a trusted one."""
from __future__ import annotations

from typing import Any

from checks.clients.errors import ClientError, Kind
from checks.clients.ssh import Greeting, SshRefusal, Why
from checks.clients.ssh_key import PublicKey, UnreadableKey, private_key, public_half
from checks.clients.ssh_script import Answers
from checks.providers.base import Context
from checks.providers.worker_node.declared import AUTHORIZED_KEYS, Node, worker_node
from checks.providers.worker_node.script import body
from checks.verdict import Cause, Layer, Verdict, fail, passed, unknown

NOT_GIT = "This is the node's SSH key: a Git token will not fix it."
NODE_NETWORK = "Neither the node's SSH key nor a Git token will mend this."
KEYGEN = "https://man.openbsd.org/ssh-keygen.1#l"
SSHD_CONFIG = "https://man.openbsd.org/sshd_config.5"
KEY_FILES = {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}  # the others are all ecdsa


def node_of(ctx: Context) -> Node:
    node: Node = ctx.client
    return node


@worker_node.check("The node's name resolves", layer=Layer.DNS)
def name_resolves(ctx: Context) -> Verdict:
    ssh = node_of(ctx).ssh
    found = ssh.addresses()
    if found == [ssh.host]:
        return passed(f"{ssh.host} was an address already: there was nothing to look up.", addresses=found)
    return passed(f"{ssh.host} resolved to {', '.join(found[:4])}.", addresses=found)


@worker_node.check("SSH answers on the port", layer=Layer.NETWORK, needs=["name_resolves"])
def port_open(ctx: Context) -> Verdict:
    ssh = node_of(ctx).ssh
    try:
        greeting: Greeting = ctx.once("greeting", ssh.greet)
    except ClientError as error:
        return _no_greeting(ctx, error)
    if greeting.other:
        said = f": “{greeting.said}”" if greeting.said else ""
        return fail(f"Not SSH but {greeting.other} answered on {ssh.name}{said}.", other=greeting.other,
                    remedy=f"Enter the port that sshd listens on (on the node: `sshd -T | grep ^port`). {NODE_NETWORK}",
                    link=f"{SSHD_CONFIG}#Port")
    return passed(f"{ssh.name} answered as {greeting.software}.", software=greeting.software)


def _no_greeting(ctx: Context, error: ClientError) -> Verdict:
    """Only a closed port is surely wrong: what is silent may be filtered, busy or away."""
    name = node_of(ctx).ssh.name
    if error.kind is Kind.REFUSED:
        return fail(error.detail, kind=error.kind.value, link=f"{SSHD_CONFIG}#Port",
                    remedy=f"Start sshd on the node (`sudo systemctl enable --now ssh`), or enter the port that it listens on. "
                           f"{NODE_NETWORK}")
    if error.kind is Kind.TIMEOUT:
        return unknown(error.detail, cause=Cause.PROVIDER, kind=error.kind.value,
                       remedy=f"See that the node is up, and that its firewall or security group lets this program reach "
                              f"{name}. {NODE_NETWORK}")
    if error.kind is Kind.RESET:
        return unknown(error.detail, cause=Cause.PROVIDER, kind=error.kind.value,
                       remedy="See in the node's log why sshd hangs up (`sudo journalctl -u ssh`): too many connections "
                              "(MaxStartups), fail2ban or hosts.deny against this program's address, or another service "
                              f"on that port. {NODE_NETWORK}")
    raise error


@worker_node.check("The node's host key is the one you trust", layer=Layer.SSH_HOST, needs=["port_open"])
def host_key_trusted(ctx: Context) -> Verdict:
    node = node_of(ctx)
    trusted = node.trusted
    try:
        seen: PublicKey = ctx.once("host key", lambda: node.ssh.host_key(trusted.kind if trusted else ""))
    except SshRefusal as refusal:
        return fail(f"{node.ssh.name} and this program shared no SSH algorithm ({refusal.said}).", why=refusal.why.value,
                    remedy="Update OpenSSH on the node: 7.4 and later have what is needed. A hardened sshd_config has to "
                           "leave one usual choice in each of KexAlgorithms, HostKeyAlgorithms, Ciphers and MACs.",
                    link=f"{SSHD_CONFIG}#KexAlgorithms")
    offer = {"fingerprint": seen.fingerprint, "key": seen.line, "kind": seen.kind, "file": _key_file(seen),
             "trusted": trusted.fingerprint if trusted else ""}
    if seen == trusted:
        return passed(f"{node.ssh.name} proved to have the trusted host key {seen.fingerprint}.", trust=offer)
    node.ssh.close()
    compare = f"Compare it on the node itself, at its provider's console: `ssh-keygen -lf {_key_file(seen)}`."
    if trusted is None:
        return unknown(f"{node.ssh.name} presented a host key that nobody here has trusted yet: {seen.kind} "
                       f"{seen.fingerprint}. Nobody signed in.", cause=Cause.YOURS, trust=offer, link=KEYGEN,
                       remedy=f"{compare} If the two are the same, trust it.")
    return fail(f"The host key of {node.ssh.name} changed: {seen.kind} {seen.fingerprint} was presented, "
                f"{trusted.kind} {trusted.fingerprint} was trusted. Nobody signed in.", trust=offer, link=KEYGEN,
                remedy=f"Find out why before anything else: the node was installed anew, its address went to another "
                       f"machine, or somebody stands in between. {compare} Trust the new key only if the two are the "
                       "same.")


def _key_file(key: PublicKey) -> str:
    return f"/etc/ssh/ssh_host_{KEY_FILES.get(key.kind, 'ecdsa')}_key.pub"


@worker_node.check("The node accepts the key", layer=Layer.SSH_AUTH, needs=["host_key_trusted"])
def key_accepted(ctx: Context) -> Verdict:
    """Signs in and runs the one command of this run: a key that opens no shell deploys nothing."""
    node = node_of(ctx)
    try:
        key = private_key(node.private_key, node.passphrase)
    except UnreadableKey as error:
        node.ssh.close()
        return fail(f"The stored private key could not be opened ({error.why.value}).", why=error.why.value,
                    remedy=f"Give the private key again, with its passphrase if it has one. {NOT_GIT}")
    public = public_half(key)
    facts: dict[str, Any] = {"public_key": public.line, "fingerprint": public.fingerprint}
    try:
        ctx.once("sign in", lambda: node.ssh.sign_in(key))
        answers: Answers = ctx.once("start", lambda: node.ssh.start(body(ctx.known.get("upstream") or {})))
    except SshRefusal as refusal:
        return _refused(node, refusal, public, facts)
    if not answers.began:
        return _no_shell(node, answers.said, facts)
    return passed(f"{node.name} accepted the key {public.fingerprint} and ran a command.", **facts)


def _refused(node: Node, refusal: SshRefusal, public: PublicKey, facts: dict[str, Any]) -> Verdict:
    where, user = node.ssh.name, node.ssh.username
    facts = {**facts, "why": refusal.why.value}
    if refusal.why is Why.NO_PUBLIC_KEYS:
        return fail(f"{where} took no key at all for {user}: it offered {refusal.said or 'nothing'}.", **facts,
                    remedy=f"Set `PubkeyAuthentication yes` for {user} in the node's sshd_config, and reload sshd. {NOT_GIT}",
                    link=f"{SSHD_CONFIG}#PubkeyAuthentication")
    if refusal.why is Why.SECOND_FACTOR:
        return fail(f"{where} took the key {public.fingerprint} and then asked {user} for more ({refusal.said}).", **facts,
                    remedy=f"Let {user} in with the key alone: `AuthenticationMethods publickey` in a Match User block of the "
                           f"node's sshd_config. {NOT_GIT}", link=f"{SSHD_CONFIG}#AuthenticationMethods")
    if refusal.why is Why.SIGNATURE:
        return fail(f"{where} was too old for the signatures of this RSA key (rsa-sha2-256 and rsa-sha2-512).", **facts,
                    remedy=f"Make an ed25519 key and give that (`ssh-keygen -t ed25519`), or update OpenSSH on the node. "
                           f"{NOT_GIT}", link="https://www.openssh.com/txt/release-8.8")
    if refusal.why is Why.NO_SESSION:
        return fail(f"{node.name} accepted the key {public.fingerprint}, and sshd refused to run a command.", **facts,
                    remedy=f"Allow sessions for {user}: MaxSessions above 0 in the node's sshd_config, and no restriction at "
                           f"the key in authorized_keys. {NOT_GIT}", link=f"{SSHD_CONFIG}#MaxSessions")
    return fail(f"{where} did not accept the key {public.fingerprint} for {user}: the key is not in that user's "
                f"authorized_keys, or there is no such user. SSH does not say which.", link=AUTHORIZED_KEYS, **facts,
                remedy=f"Put this line into ~{user}/.ssh/authorized_keys on the node: `{public.line}`. If it is there already "
                       f"(`ssh-keygen -lf ~{user}/.ssh/authorized_keys` shows {public.fingerprint}), see that the folder is of "
                       f"mode 700, the file of mode 600 and both {user}'s own, and that AllowUsers and PermitRootLogin in "
                       f"sshd_config let {user} in. {NOT_GIT}")


def _no_shell(node: Node, said: str, facts: dict[str, Any]) -> Verdict:
    """Signed in, and something else than a POSIX shell answered."""
    user = node.ssh.username
    answer = f"answered “{said}”" if said else "answered nothing"
    if "not available" in said.lower() or not said:
        return fail(f"{node.name} accepted the key, and the account had no usable shell: it {answer}.", **facts,
                    layer=Layer.SSH_HOST, link="https://man7.org/linux/man-pages/man8/nologin.8.html",
                    remedy=f"Give the user a shell (`sudo chsh -s /bin/bash {user}`), or enter a user that has one. {NOT_GIT}")
    return fail(f"{node.name} accepted the key, and something else than the command was run: it {answer}.", **facts,
                link=AUTHORIZED_KEYS,
                remedy=f"Take `command=\"…\"` from the front of this key's line in ~{user}/.ssh/authorized_keys and ForceCommand "
                       f"out of sshd_config for {user}; if it is not that, the user's shell is no POSIX shell. {NOT_GIT}")


def answers_of(ctx: Context) -> Answers:
    """What the node said of itself; the command is waited for once a run."""
    found: Answers = ctx.once("answers", node_of(ctx).ssh.finish)
    return found


def not_told(ctx: Context, what: str) -> Verdict:
    """An answer that did not come in time, or that the node has no means to give."""
    late = "" if answers_of(ctx).ended else " within the time that is given to a check"
    return unknown(f"{node_of(ctx).name} did not say {what}{late}.", cause=Cause.PROVIDER,
                   remedy="See whether the node is overloaded (`uptime`, `dmesg`), then check again.")
