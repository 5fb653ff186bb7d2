"""SSH: the key that was offered. A token of a Git host changes nothing here."""
from __future__ import annotations

from checks.diagnosis.families import DATA, FOREIGN, SSH
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

AUTH = Layer.SSH_AUTH
TRUST = ("Put the public half of the integration's key into ~/.ssh/authorized_keys of the named user (folder "
    "700, file 600), check that the user may sign in, and run “The node accepts the key” of the node again. Tokens of "
    "Git hosts do not matter here.")
READ = ("Store the key again, whole: an OpenSSH or PEM private key with its line breaks, and its passphrase if "
    "it has one. Tokens of Git hosts do not matter here.")
DEPLOY = ("Use the repository's HTTPS clone URL with a connected Git host, or add this key as a deploy key "
    "there. SSH keys of the server are not the integration's.")

RULES = (
    Rule(
        "ssh-git-key", ("git@…permission denied (", "git@…: permission denied"),
        AUTH, "A Git host was asked over SSH and knows none of the keys that were offered.",
        DEPLOY,
        "OpenSSH sshconnect2.c",
        "git@git.example.com: Permission denied (publickey).",
        also=(Layer.CLONE_URL,), weight=12),
    Rule(
        "ssh-denied", ("permission denied (publickey", "permission denied (password", "permission denied (keyboard",
        "permission denied (gssapi", "all configured authentication methods failed", "*this key is not valid for this server",
        "*too many authentication failures", "*no supported authentication methods available",
        "*unable to authenticate, attempted methods", "no supported methods remain", "*userauth_pubkey", "*no mutual signature",
        "*server refused our key", "*bad authentication type; allowed types", "authenticationexception", "auth fail",
        "*not allowed because not listed in allowusers", "permissiondenied: permission denied",
        "*permission denied for user root on host", "*asyncssh.misc.permissiondenied", "user…not allowed because",
        "bad ownership or modes", "*agent refused operation", "no authentication methods available", "authentication failed.",
        "*net::ssh::authenticationfailed", "invalid/incorrect username/password", "failed to authenticate…ssh",
        "ssh authentication failed", "exhausted available authentication methods", "ssh…access denied",
        "*publickey authentication failed", "*username/publickey combination invalid", "callback returned error…ssh",
        "permission denied, please try again", "auth cancel for methods", "userauth fail", "userauthexception",
        "failed publickey for", "no more auth methods", "public key authentication failed",
        "*authentication failed for user root@", "authentication refused", "not in pubkeyaccepted", "no auth methods left",
        "no authentication methods left", "*no more authentication methods to try",
        "ssh: handshake failed: ssh: unable to authenticate", "maximum authentication attempts exceeded",
        "*authentication failed for user", "publickey denied", "key was rejected",
        "*is not in allowusers", "*not in allowusers", "refused the key", "renci.sshnet…permission denied",
        "packer experienced an authentication error",
        "*bad owner or permissions on", "no existing session", "*please login as the user", "*please login as the"),
        AUTH, "The server was reached and accepted none of the keys for this user.",
        TRUST,
        "OpenSSH sshconnect2.c; ssh2, paramiko, x/crypto/ssh",
        "root@203.0.113.7: Permission denied (publickey,password).",
        near=(SSH,), far=(FOREIGN, DATA), weight=5),
    Rule(
        "ssh-denied-plain", ("permission denied (publickey", "all configured authentication methods failed",
        "attempted methods [none publickey", "no supported authentication methods available (server sent",
        "*net::ssh::authenticationfailed"),
        AUTH, "The server was reached and accepted none of the keys for this user.",
        TRUST,
        "OpenSSH sshconnect2.c",
        "deploy@node1: Permission denied (publickey).",
        Confidence.CERTAIN, unless=("git@",)),
    Rule(
        "ssh-key-unreadable", ("error in libcrypto", "invalid format", "cannot parse privatekey",
        "*unprotected private key file", "*this private key will be ignored", "are too open", "*the agent has no identities",
        "*could not open a connection to your authentication agent", "bad permissions", "bad passphrase", "incorrect passphrase",
        "not a valid openssh private key", "*not a valid rsa private key", "*private key file is encrypted", "ssh: no key found",
        "*this private key is passphrase protected", "*encrypted openssh private key", "*unsupported key format",
        "*checkints do not match", "invalid privatekey", "is not a valid private key", "encountered rsa key, expected openssh",
        "passwordrequiredexception", "key is password-protected", "error decoding private key", "unable to load private key",
        "couldn't load private key", "private key…invalid", "cannot decode encrypted private keys",
        "unpack requires a buffer of", "bad decrypt", "ssh: cannot decode", "failed to parse private key", "error loading key",
        "unable to use key file", "identity file…not accessible", "no such identity", "unsupported private key",
        "failed to parse ssh", "unable to parse private key", "q must be exactly 160",
        "pkcs#8 unsupported", "expected an openssh private key", "error loading ssh key", "load key…permission denied",
        "load key…no such file", "load key…error", "load key…invalid", "load key…incorrect passphrase", "encrypted private key",
        "incorrect pass phrase", "not a private key", "unknown key type", "unsupported key type",
        "privatekey value does not contain",
        "load pubkey…invalid format", "can't connect without a private ssh key"),
        AUTH, "The private key itself cannot be read: damaged, encrypted without its passphrase, or of another format.",
        READ,
        "OpenSSH sshkey.c; ssh2 keyParser.js; paramiko pkey.py",
        'Load key "./id_rsa": error in libcrypto',
        near=(SSH,), far=("app",), weight=7),
    Rule(
        "ssh-key-unreadable-plain", ("cannot parse privatekey", "error in libcrypto", "*unprotected private key file",
        "*this private key will be ignored", "are too open", "*the agent has no identities",
        "*could not open a connection to your authentication agent", "not a valid openssh private key file",
        "openssh private key file checkints", "ssh: no key found", 'load key "…invalid format'),
        AUTH, "The private key itself cannot be read: damaged, encrypted without its passphrase, or of another format.",
        READ,
        "OpenSSH sshkey.c; ssh2 keyParser.js",
        "Cannot parse privateKey: Unsupported key format",
        Confidence.CERTAIN),
    Rule(
        "ssh-git-read", ("could not read from remote repository",),
        AUTH, "A Git host was asked over SSH, and the line that says why it refused is missing.",
        DEPLOY,
        "git connect.c",
        "fatal: Could not read from remote repository.",
        Confidence.POSSIBLE, also=(Layer.CLONE_URL, Layer.REPO_ALLOW_LIST), weight=-5),
)
