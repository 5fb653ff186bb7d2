"""Words of trouble of the machine behind SSH, and of the way to any host, beside the name of what they speak of."""
from __future__ import annotations

from checks.diagnosis.families import APP, COMPUTE, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.diagnosis.rules.clock import SET
from checks.diagnosis.rules.dns import CHECK
from checks.diagnosis.rules.fallback import TROUBLE
from checks.diagnosis.rules.network import OPEN
from checks.diagnosis.rules.outage import WAIT
from checks.diagnosis.rules.ssh import READ, TRUST
from checks.diagnosis.rules.ssh_host import MEND, PIN
from checks.diagnosis.rules.tls import CHAIN
from checks.verdict import Layer

ANY = (GIT, HUB, APP, REGISTRY, STORAGE, COMPUTE, SSH)
SOURCE = "words of SSH clients and servers, resolvers, TLS libraries and kernels, beside the host that they name"


def _rule(
    name: str, words: tuple[str, ...], layer: Layer, near: tuple[str, ...], why: str, remedy: str, example: str, weight: int,
    *also: Layer, far: tuple[str, ...] = (), unless: tuple[str, ...] = (),
) -> Rule:
    return Rule(f"words-{name}", words, layer, why, remedy, SOURCE, example, Confidence.LIKELY, also, near, (FOREIGN, DATA, *far),
        here=True,
                beside=(*TROUBLE, "timeout", "timed out", "closed", "reset", "expired", "mismatch", "wrong", "no "),
                    weight=weight - 16,
                unless=unless)


RULES = (
    _rule(
        "ssh-key", ("key format", "invalid key", "malformed", "passphrase", "pass phrase", "decrypt", "parse key",
        "parse private", "parsing private",
        "load private", "load key", "read private", "private key", "ppk", "identity", "key type", "key file", "pem", "pkcs"),
        Layer.SSH_AUTH, (SSH,), "The private key itself cannot be read.", READ, "error: ssh: key format is odd", 5, far=(APP,
            REGISTRY, STORAGE),
        unless=("host key", "hostkey", "known_hosts")),
    _rule(
        "ssh-denied", ("authentication", "auth ", "denied", "publickey", "public key", "authorized_keys", "not allowed",
        "rejected", "login",
        "password", "permission"),
        Layer.SSH_AUTH, (SSH,), "The server was reached and does not let this user in with these keys.", TRUST,
        "error: ssh: the login was denied to deploy", 3, Layer.SSH_HOST, far=(APP, REGISTRY, STORAGE),
        unless=("host key", "hostkey", "known_hosts", "sudo", "docker.sock", "timed out", "timeout")),
    _rule(
        "host-key", ("host key", "hostkey", "known_hosts", "known hosts", "fingerprint", "keyscan"),
        Layer.SSH_HOST, (SSH,), "The server's host key is not known here, or it changed.", PIN,
            "error: ssh: this fingerprint is odd", 8,
        far=(REGISTRY, STORAGE), unless=("permission denied (publickey", "offering public key")),
    _rule(
        "ssh-odd", ("kex", "key exchange", "negotiat", "protocol", "banner", "cipher", "algorithm", "disconnect",
        "closed by remote",
        "handshake"),
        Layer.SSH_HOST, (SSH,), "The SSH server was reached, and the conversation ended before any key was offered.", MEND,
        "error: ssh: banner is odd", 2, Layer.NETWORK, far=(REGISTRY, STORAGE),
        unless=("unable to authenticate", "timed out", "timeout", "attempted methods", "refused")),
    _rule(
        "machine", ("sudo", "no space", "out of memory", "not enough memory", "disk is full", "not installed",
        "command not found",
        "not supported", "systemd", "architecture", "read-only file system", "cgroup", "kernel"),
        Layer.SSH_HOST, (SSH,), "The machine behind SSH is not as a deploy needs it.", MEND, "error: ssh: the kernel is odd", 6,
        far=(REGISTRY, STORAGE), unless=("key type", "algorithm", "key exchange")),
    _rule(
        "certificate", ("certificate", "x509", "cafile", "ca bundle", "ca-bundle", "tls ", "tls:", "ssl ", "ssl:", "ssl_"),
        Layer.TLS, ANY, "The host's certificate or its TLS was not accepted, so no credential was sent.", CHAIN,
        "error: gitlab: this certificate is odd", 6, Layer.NETWORK, far=(HOOK,),
        unless=("not yet valid", "certificate is valid for s3", "ssl mode", "ssl_mode", "certificate renewed",
            "handshake timeout",
        "http response to https")),
    _rule(
        "name", ("dns", "resolve host", "resolve the host", "resolve name", "resolve address", "resolve domain", "hostname",
        "name resolution", "nameserver",
        "getaddrinfo", "lookup "),
        Layer.DNS, ANY, "The host's name did not resolve.", CHECK, "error: gitlab: nameserver is odd", 5, Layer.NETWORK,
            far=(HOOK,),
        unless=("user lookup", "altname", "certificate", "hostname mismatch", "connection refused", "permission denied",
            "host key", "known_hosts",
        "port 22: ")),
    _rule(
        "way", ("connection", "connect ", "timeout", "timed out", "unreachable", "firewall", "proxy", "network", "socket",
        "tunnel", "port "),
        Layer.NETWORK, ANY, "The way to the host is blocked, or it did not answer.", OPEN, "error: gitlab: this socket is odd",
            -2,
        Layer.PROVIDER_OUTAGE, far=(HOOK,),
        unless=("authentication", "permission denied", "vpc", "subnet", "security group", "network interface",
            "connection string",
        "connection test", "networks", "network_", "port 22: permission", "signature", "invalidaccesskey", "denied", "forbidden",
        "unauthorized", "certificate", "x509")),
    _rule(
        "time", ("clock", "ntp", "system time", "in the future", "skew", "too old", "time drift", "chrony", "timesync", "iat",
        "not yet valid"),
        Layer.CLOCK, ANY, "A time in the request was not accepted: the clock of the machine that asked is wrong.", SET,
        "error: gitlab: this ntp is odd", 8, far=(HOOK,), unless=("initiat", "negotiat", "associat", "immediat", "variat",
        "ntpass", "appropriat",
        "git version", "client is too old", "is too old for", "version…too old", "version")),
    _rule(
        "outage", ("outage", "not responding", "isn't responding", "maintenance", "overloaded", "degraded", "incident", "is down",
        "status page", "try again later", "temporarily",
        "internal error", "internal server", "unavailable", "over capacity"),
        Layer.PROVIDER_OUTAGE, (GIT, HUB, APP, REGISTRY, STORAGE, COMPUTE), "The provider itself has trouble.", WAIT,
        "error: gitlab: this incident is odd", 4, Layer.NETWORK, far=(HOOK,),
        unless=("temporarily unavailable resource", "name resolution", "resolving", "instance type", "capacity",
            "authentication")),
)
