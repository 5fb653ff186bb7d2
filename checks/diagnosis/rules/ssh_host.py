"""The machine behind SSH: its host key, and what it can do once one is in."""
from __future__ import annotations

from checks.diagnosis.families import FOREIGN, REGISTRY, SSH
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

HOST = Layer.SSH_HOST
PIN = ("Ask whoever runs the server whether it was made anew; compare the fingerprint on its console, then "
    "trust the new host key on the integration.")
MEND = "Sign in to the node and mend what is named; then run the node's rows again. Tokens of Git hosts do not matter here."

RULES = (
    Rule(
        "host-key", ("remote host identification has changed", "host key verification failed", "host key for…has changed",
        "offending…key in", "key mismatch…host", "no ecdsa host key is known", "no ed25519 host key is known",
        "no rsa host key is known", "host key…is known for", "authenticity of host…can't be established",
        "not found in known_hosts", "knownhosts: key", "host key for server…does not match", "badhostkeyexception",
        "hostkeynotverifiable", "unknownhostkey", "unknown host key", "reject hostkey", "hostkeymismatch", "host key mismatch",
        "host denied (verification failed)", "invalid or unknown remote ssh hostkey", "remote host key has changed",
        "handshake failed: knownhosts", "host verification failed", "server host key is not cached",
        "potential security breach",
        "host key does not match the one cached", "host key…does not match the one", "net::ssh::hostkey",
        "host key is not trusted", "unknown server key", "host key fingerprint mismatch", "is doing something nasty",
        "this key is not known by any other names"),
        HOST, "The server's host key is not known here, or it changed.",
        PIN,
        "OpenSSH sshconnect.c; paramiko; x/crypto/ssh/knownhosts; Net::SSH",
        "Host key verification failed.",
        Confidence.CERTAIN),
    Rule(
        "host-algorithms", ("*no matching host key type found", "*no matching key exchange method", "no matching cipher found",
        "no matching mac found", "no common algorithm", "*no acceptable kex algorithm", "incompatible ssh peer",
        "algorithm negotiation fail", "*error reading ssh protocol banner", "*kex_exchange_identification",
        "*ssh_exchange_identification", "protocol banner", "banner exchange", "unable to exchange encryption keys",
        "invalid ssh identification string", "overflow reading version string", "remote side sent disconnect",
        "connection closed by remote host", "could not agree a", "couldn't agree a", "connection lost before handshake",
        "ssh: handshake failed: eof", "ssh: handshake failed: read tcp", "connection closed by…port",
        "message authentication code incorrect", "ssh_dispatch_run_fatal", "corrupted mac on input", "bad packet length",
        "protocol mismatch", "connection to…closed by remote",
        "kex error", "no match for method", "algorithm negotiation", "key exchange failed", "could not settle on",
        "no compatible key exchange", "unable to negotiate with", "net::ssh::disconnect", "closed stream",
        "expected key-exchange", "disconnected: no matching", "failed to negotiate", "keyexchange", "unsupported ssh protocol",
        "ssh protocol error",
        "key exchange negotiation failed", "key exchange",
        "administratively prohibited", "pty allocation request failed", "shell request failed", "subsystem request failed",
        "no hostkey alg", "channel closed"),
        HOST, "The SSH server was reached, and ended the conversation before any key was offered.",
        MEND,
        "OpenSSH kex.c; paramiko transport.py; ssh2",
        "kex_exchange_identification: Connection closed by remote host",
        also=(Layer.NETWORK, Layer.SSH_AUTH), near=(SSH,), weight=6),
    Rule(
        "host-docker", ("cannot connect to the docker daemon", "connect to the docker daemon socket",
        "connect to the docker daemon at", "connect to the docker api at", "is the docker daemon running",
        "docker: command not found", "docker: not found", "dial unix /var/run/docker.sock", "unix:///var/run/docker.sock",
        "docker.service: failed", "failed to start docker", "docker.sock: connect: permission denied", "docker is not installed",
        "docker.service failed", "connect enoent /var/run/docker.sock", "connect eacces /var/run/docker.sock",
        "/run/docker.sock: connect", "cgroup mountpoint does not exist", "dokku: command not found", "dokku: not found",
        "docker: unrecognized service", "error initializing network controller", "docker-compose: command not found",
        "docker-compose: not found", "is not a docker command", "docker is not running", "docker daemon is not running",
        "docker engine is not running", "unit docker.service not found", "docker.service not found",
        "failed to connect to the docker api", "this error may indicate that the docker daemon", "dokku is not installed",
        "docker command not found", "failed to start daemon",
        "docker…service is stopped", "docker service is not", "docker…is stopped", "docker is stopped", "docker…not running",
        "initializing graphdriver", "overlay2: the backing filesystem", "no package matching 'docker",
        "containerd is not running"),
        HOST, "Docker does not run on the machine, or this user may not use it.",
        "Install and start Docker on the node, and add the user to the docker group; then run “Docker runs” " "again.",
        "docker/cli; moby client",
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        weight=15),
    Rule(
        "host-sudo", ("sudo: a password is required", "sudo: a terminal is required", "sudo: no tty present",
        "is not in the sudoers file", "missing sudo password", "incorrect sudo password", "sudo: command not found",
        "may not run sudo", "sudo: sorry", "you must have a tty to run sudo", "account is currently not available",
        "user is not allowed to run sudo", "is not allowed to execute", "must be run as root", "password expired",
        "your password has expired", "system has not been booted with systemd", "unsupported operating system", "sudo…password",
        "systemd is required", "interactive authentication required", "not allowed to run sudo", "sudo: effective uid is not 0",
        "sudo: no valid sudoers", "passwordless sudo", "system has not been booted", "this script must be run as root",
        "please run as root", "operating system is not supported", "unsupported linux distribution",
        "su: authentication failure", "failed to connect to bus: no medium",
        "dokku…unsupported", "sudo wants a password", "unsupported architecture armv", "sudo needs a password",
        "waiting for privilege escalation", "no package matching 'docker", "system is booting up",
        "could not chdir to home directory", "password change required", "rather than the user", "ansible_become",
        "become password"),
        HOST, "The user of the node may not become root without a password, or has no usable shell.",
        "Add “USER ALL=(ALL) NOPASSWD:ALL” to a file in /etc/sudoers.d on the node, with visudo.",
        "sudo plugins/sudoers; nologin(8)",
        "sudo: a password is required",
        weight=4, unless=("postgres",)),
    Rule(
        "host-full", ("no space left on device", "cannot allocate memory", "oom-kill", "out of memory: kill",
        "disk quota exceeded", "not enough free space", "no space left", "you don't have enough free space", "exec format error",
        "could not get lock /var/lib/dpkg", "unable to acquire the dpkg", "read-only file system", "insufficient disk",
        "not enough disk", "disk is full", "not enough memory",
        "out of memory: killed", "fork: cannot allocate memory", "enospc: no space"),
        HOST, "The machine itself has no room (or cannot run this): disk, memory or architecture.",

        "Free or add disk and memory on the node; “There is room on the disk” and "
        "“There is enough memory” say how much there is.",
        "errno ENOSPC, ENOMEM, ENOEXEC, EROFS",
        "write /var/lib/docker/tmp/GetImageBlob1: no space left on device",
        weight=1, far=(FOREIGN,)),
    Rule(
        "host-platform", ("*no matching manifest for linux/", "does not match the detected host platform",
        "image's platform…does not match"),
        Layer.REGISTRY_NAMESPACE, "The image was not built for this machine's architecture.",
        "Push the image for the node's platform (docker buildx build --platform), or choose another node.",
        "moby distribution/pull_v2.go",
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        also=(HOST,), near=(REGISTRY,), weight=7),
)
