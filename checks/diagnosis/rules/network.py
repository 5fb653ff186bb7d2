"""The way to the host: refused, silent, cut or blocked. No credential was judged."""
from __future__ import annotations

from checks.diagnosis.families import DATA, FOREIGN, GIT, HOOK, HUB, REGISTRY, SSH, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

NET = Layer.NETWORK
OPEN = ("Check from the machine that failed that the host's port answers (nc -vz HOST PORT): firewall, "
    "security group, proxy, or a host that is down. No credential was judged.")
DOWN = ("returned error: 413", "request entity too large", "connection died", "connection refused", "econnrefused",
    "connection timed out", "operation timed out", "i/o timeout", "no route to host",
    "network is unreachable", "connection reset", "econnreset", "etimedout", "ehostunreach", "enetunreach",
    "context deadline exceeded", "timed out waiting for", "connecttimeout", "connect timeout", "read timed out",
    "connection timeout", "tls handshake timeout", "unable to connect to port", "client.timeout exceeded",
    "net::ssh::connectiontimeout", "connecttimeouterror", "failed to connect to", "couldn't connect to server",
    "could not connect to server", "early eof", '/v2/": eof', "/v2/: eof", "unexpected eof", "remote end hung up unexpectedly",
    "rpc failed; curl", "unexpected disconnect", "proxyconnect", "407 from proxy", "407 proxy authentication required",
    "max retries exceeded", "newconnectionerror", "noroutetohost", "sockettimeoutexception", "connectexception",
    "broken pipe", "timed out after", "connection aborted", "remote end closed connection", "host is down",
    "host is unreachable", "socket hang up", "actively refused", "connection closed before",
    "request canceled while waiting for connection", "novalidconnectionserror", "curl: (7)", "curl: (28)", "curl: (56)",
    "port 22: operation", "operation too slow", "transfer closed with", "und_err_connect_timeout", "timed out$",
    "connection was reset", "handshake timeout", "timed out while waiting for handshake", "ssh timeout",
    "connection attempt failed", "did not properly respond after a period of time", "socket is not connected",
    "blocked by egress", "egress", "connection error", "timed out", "time-out", "dial tcp", "connection closed by",
    "empty reply from server", "proxy connect aborted", "recv failure", "send failure:", "connect aborted",
    "socket disconnected before", "was not closed cleanly", "connection terminated", "connection was closed",
    "closed unexpectedly", "could not connect to host", "can't connect to", "cannot connect to the", "failed to connect",
    "connection was refused", "econnaborted", "epipe", "und_err_", "other side closed", "error: fetch failed", "err_network",
    "tcp connect error", "socket timeout", "socketexception", "connecttimeoutexception", "no response from",
    "deadline exceeded", "timeout exceeded", "timeout awaiting", "operation timedout", "timeout was reached", "timeout expired",
    "request timeout", "requesttimeout", "curl: (52)", "curl: (55)", "curl: (92)", "curl: (18)",
    "tunneling socket could not be established", "os error 111", "os error 110", "os error 104", "errno 110", "errno 111",
    "errno 113", "error 111", "software caused connection abort", "connection could not be established", "unable to connect",
    "server disconnected", "connect tunnel failed", "hung up upon initial contact", "keepalive timeout",
    "read timeout on endpoint", "connect timeout on endpoint", "connectionclosederror", "proxyconnectionerror",
    "client_loop: send disconnect", "aka.ms/acr/firewall", "not allowed access. refer")

RULES = (
    Rule(
        "network-ssh", DOWN,
        NET, "The SSH port of the host did not answer: a firewall, another port, or a machine that is down.",
        OPEN,
        "OpenSSH sshconnect.c; paramiko; ssh2; Net::SSH",
        "ssh: connect to host 10.0.0.4 port 22: Connection refused",
        also=(Layer.SSH_HOST,), near=(SSH,), far=(FOREIGN, DATA, REGISTRY), weight=4),
    Rule(
        "network-git", DOWN,
        NET, "The Git host's port did not answer.",
        OPEN,
        "curl lib/connect.c; git remote-curl.c",
        "fatal: unable to access 'https://git.example.com/a/b.git/': Failed to connect to git.example.com port "
        "443 after 130 ms: Connection refused",
        also=(Layer.PROVIDER_OUTAGE,), near=(GIT, HUB), far=(FOREIGN, DATA, SSH), weight=3,
        unless=("connect to repository", "illegal format", "port number")),
    Rule(
        "network-registry", DOWN,
        NET, "The registry's port did not answer.",
        OPEN,
        "Go net; moby registry",
        'Get "https://registry.example.com/v2/": dial tcp 203.0.113.9:443: connect: connection refused',
        also=(Layer.REGISTRY_HOST,), near=(REGISTRY,), far=(FOREIGN, DATA), weight=2, unless=("docker.sock",)),
    Rule(
        "network-storage", DOWN,
        NET, "The storage's endpoint did not answer.",
        OPEN,
        "aws-sdk; rclone; restic",
        "caused by: Get http://172.21.0.9:9000/backups?list-type=2: dial tcp 172.21.0.9:9000: i/o timeout",
        also=(Layer.BACKUP_ENDPOINT_REGION,), near=(STORAGE,), far=(FOREIGN,), weight=2),
    Rule(
        "network-proxy", ("407 from proxy", "407 proxy authentication required", "proxyconnect tcp", "tunnel connection failed",
        "proxyerror", "unable to connect to proxy",
        "connect tunnel failed", "from proxy after connect", "proxyconnectionerror", "failed to connect to proxy"),
        NET, "A proxy on the way refused or did not answer.",
        "Correct the proxy's address and password (HTTPS_PROXY) on the machine that failed.",
        "curl lib/http_proxy.c",
        "Received HTTP code 407 from proxy after CONNECT",
        weight=8),
    Rule(
        "network-plain", ("dial tcp", "connection refused", "connect: connection timed out", "no route to host",
        "network is unreachable", "i/o timeout", "econnrefused", "etimedout", "econnreset", "ehostunreach",
        "failed to connect to", "connection reset by peer", "tls handshake timeout",
        "net/http: request canceled while waiting for connection", "the remote end hung up unexpectedly", "connection timed out",
        "rpc failed; curl", "fatal: early eof", "curl: (7)", "curl: (28)",
        "empty reply from server", "proxy connect aborted", "client network socket disconnected", "connect timeout error",
        "und_err_connect_timeout", "tcp connect error", "recv failure: ", "blocked by egress", "egress policy", "curl: (52)",
        "curl: (56)", "curl: (92)", "early eof", "could not connect to server", "host is unreachable", "os error 111",
        "os error 110",
        "timeout waiting for ssh", "could not reach",
        "client_loop: send disconnect", "connect tunnel failed", "hung up upon initial contact", "aka.ms/acr/firewall"),
        NET, "Something on the way did not answer.",
        OPEN,
        "errno ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH",
        "dial tcp 203.0.113.9:443: connect: no route to host",
        Confidence.POSSIBLE, far=(FOREIGN, DATA, HOOK), unless=("127.0.0.1", "localhost", "[::1]")),
)
