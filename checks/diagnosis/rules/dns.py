"""Names that do not resolve."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

CHECK = "Compare the host's spelling; then ask the machine that failed for it (getent hosts NAME), and mend its resolver."
SAYS = ("no such host", "temporary failure resolving", "could not resolve host", "couldn't resolve host",
    "temporary failure in name resolution", "name or service not known", "nodename nor servname", "enotfound ", "enotfound'",
    "enotfound)", "eai_again", "unknownhostexception", "name does not resolve", "failed to resolve '", "nxdomain",
    "server misbehaving", "no address associated with hostname", "getaddrinfo failed", "dns lookup failed",
    "could not resolve hostname", "failed to lookup address", "unable to resolve host", "dns resolution failed",
    "name resolution failure", "failed to resolve address", "nameresolutionerror", "unknown host", "no such host is known",
    "servfail", "failed to resolve host", "could not be resolved", "unresolvable host", "lookup…i/o timeout", "dns_probe",
    "the remote name could not be resolved", "non-existent domain", "can't resolve host", "dns: no answer", "curl: (6)",
    "curl error 6", "gai error", "dial tcp: lookup",
    "unresolvedaddressexception", "bad address '", "unable to resolve host address", "getaddrinfo enotfound",
    "no servers could be reached", "dns error: ", "failed to resolve name", "server can't find", "php_network_getaddresses",
    "eai_noname", "eai_nodata", "dns name does not exist", "wsahost_not_found", "querya enotfound", "queryaaaa",
    "getaddrinfo eai_", "could not resolve address", "cannot resolve host", "can't resolve hostname", "hostname lookup failed",
    "failed to resolve hostname", "hostname could not be resolved", "couldn't resolve hostname", "dns resolution of",
    "host not found:",
    "couldn't get address for", "eservfail", "erefused", "querya ", "esrvfail")

RULES = (
    Rule(
        "dns", SAYS,
        Layer.DNS, "The host's name did not resolve, so nothing was asked there: no credential is at fault.",
        CHECK,
        "getaddrinfo(3); Go net/dnsclient.go; curl; Node dns",
        "fatal: unable to access 'https://git.example.com/acme/shop.git/': Could not resolve host: git.example.com",
        weight=14, far=(DATA, FOREIGN), home=(GIT, HUB, REGISTRY, STORAGE, COMPUTE, SSH, HOOK), unless=("proxyconnect",)),
    Rule(
        "dns-storage", SAYS,
        Layer.DNS, "The storage's host name did not resolve: the resolver, or an endpoint that is spelt wrongly.",
        CHECK,
        "getaddrinfo(3); Go net/dnsclient.go",
        "dial tcp: lookup minio.backups.svc on 10.0.0.2:53: no such host",
        also=(Layer.BACKUP_ENDPOINT_REGION,), near=(STORAGE,), weight=15),
    Rule(
        "dns-proxy", ("could not resolve proxy", "proxyconnect tcp: dial tcp: lookup"),
        Layer.DNS, "The proxy's name did not resolve.",
        "Correct the proxy's address (HTTPS_PROXY) on the machine that failed.",
        "curl lib/hostip.c",
        "fatal: unable to access 'https://git.example.com/a.git/': Could not resolve proxy: proxy.lan",
        Confidence.LIKELY, also=(Layer.NETWORK,), weight=16),
)
