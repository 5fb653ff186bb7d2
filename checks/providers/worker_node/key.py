"""Keys as people paste them: what is mended, what is refused, and why.

https://man.openbsd.org/ssh-keygen.1 · https://tartarus.org/~simon/putty-snapshots/htmldoc/AppendixC.html (PuTTY's form)
"""
from __future__ import annotations

import re

from checks.clients.ssh_key import KINDS, PublicKey, UnreadableKey, Why, private_key, public_key

PEM = re.compile(r"-----BEGIN (?P<kind>[A-Z0-9 ]{3,40})-----(?P<body>.*?)-----END (?P=kind)-----", re.DOTALL)
BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{3,40})-----")
HEADERS = re.compile(r"Proc-Type:\s*4,\s*ENCRYPTED\s*DEK-Info:\s*([A-Z0-9-]+,(?:[0-9A-F]{32}|[0-9A-F]{16}))")
GOOD = ("OPENSSH PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
PUBLIC = ("This is the public half of a key, which belongs on the node. The private key is the file beside it without "
          ".pub at the end; it begins with -----BEGIN.")
DSA = "This is a DSA key, which OpenSSH no longer takes. Make a new one: ssh-keygen -t ed25519"
CERTIFICATE = ("This is a certificate: the public half of a key, signed. Paste the private key itself, the file without "
               "-cert.pub at the end.")
PUTTY = ("This is a key in PuTTY's own form. Convert it: in PuTTYgen, Conversions, Export OpenSSH key; or on a command "
         "line, puttygen KEY.ppk -O private-openssh -o KEY.")
CUT = "The key is cut: paste the whole file, from the line -----BEGIN to the line -----END, both included."
WRONG = {  # by what the first line says
    "PUBLIC KEY": PUBLIC, "RSA PUBLIC KEY": PUBLIC, "SSH2 PUBLIC KEY": PUBLIC, "CERTIFICATE": "This is a TLS certificate, "
    "not an SSH private key.", "DSA PRIVATE KEY": DSA, "SSH2 ENCRYPTED PRIVATE KEY": "This is a key of SSH.com's form. "
    "Convert it: ssh-keygen -i -f KEY > KEY.openssh",
    "PGP PRIVATE KEY BLOCK": "This is a PGP key; SSH needs a key of its own: ssh-keygen -t ed25519",
}
NO_PEM = (  # by the form of what is no PEM at all
    (re.compile(r"\S+-cert-v01@openssh\.com\s"), CERTIFICATE),
    (re.compile(r"ssh-dss\s"), "This is the public half of a DSA key. " + DSA.partition(". ")[2]),
    (re.compile(r"sk-(ssh|ecdsa)-"), "This is the public half of a key that lives on a security key: signing needs a touch, "
                                     "which nobody gives at a deploy. Make a key of its own: ssh-keygen -t ed25519"),
    (re.compile(r"(ssh-|ecdsa-sha2-)\S+\s+AAAA"), PUBLIC),
    (re.compile(r"---- BEGIN SSH2 PUBLIC KEY"), PUBLIC),
    (re.compile(r"PuTTY-User-Key-File"), PUTTY),
    (re.compile(r"(SHA256:[A-Za-z0-9+/]{43}|MD5:[0-9a-f:]{47})$"), "This is a key's fingerprint, not the key. The private key "
     "is the file that ssh-keygen wrote; it begins with -----BEGIN."),
    (re.compile(r"(gh[pousr]_|github_pat_|glpat-|AT[BC]T)"), "This is a Git token. The node is entered with an SSH key: a Git "
     "token does not open it."),
    (re.compile(r"[~/.][\w./~-]{1,200}$"), "This is the path of a file. Paste what the file holds: cat PATH"),
    (re.compile(r"b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{20}"), "The first and the last line are missing. " + CUT),
)


class KeyProblem(Exception):
    """Why a pasted text is not usable, as one or two plain sentences that never hold it. field: whose fault it is."""

    def __init__(self, sentence: str, field: str = "private_key") -> None:
        super().__init__(sentence)
        self.field = field


def normal_key(text: str) -> str:
    """A private key in its usual form, whatever copying did to its line breaks. Raises KeyProblem.

    Its inside becomes one line: a secret's lines are masked wherever they turn up, and some lines of a private key hold
    nothing but the public half, which a row has to be able to show.
    """
    plain = text.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").strip()
    begin = BEGIN.search(plain)
    if begin is None:
        why = next((why for form, why in NO_PEM if form.match(plain)), "")
        raise KeyProblem(why or (CUT if "-----END" in plain else
                                 "This is no SSH private key: it begins with -----BEGIN OPENSSH PRIVATE KEY-----."))
    if begin[1] not in GOOD:
        raise KeyProblem(WRONG.get(begin[1], "This is something else than an SSH private key."))
    whole = PEM.search(plain)
    if whole is None:
        raise KeyProblem(CUT)
    kind, body = whole["kind"], whole["body"]
    headers = HEADERS.search(body)  # only the old encrypted form has lines that are not base64
    top = f"Proc-Type: 4,ENCRYPTED\nDEK-Info: {headers[1]}\n\n" if headers else ""
    encoded = re.sub(r"[\s\\]+", "", body[headers.end():] if headers else body)
    return f"-----BEGIN {kind}-----\n{top}{encoded}\n-----END {kind}-----\n"


def examined(key: str, passphrase: str) -> bool:
    """Whether the key is encrypted, once it was seen to open. Raises KeyProblem for one that cannot be used."""
    try:
        private_key(key)
    except UnreadableKey as error:
        if error.why is not Why.NO_PASSPHRASE:
            raise _problem(error) from None
    else:
        return False
    try:
        private_key(key, passphrase)
    except UnreadableKey as error:
        raise _problem(error) from None
    return True


def _problem(error: UnreadableKey) -> KeyProblem:
    if error.why is Why.NO_PASSPHRASE:
        return KeyProblem("The private key is encrypted: enter its passphrase here, or paste a key without one "
                          "(ssh-keygen -p -f KEY takes it off a copy).", "passphrase")
    if error.why is Why.WRONG_PASSPHRASE:
        return KeyProblem("This passphrase does not open the private key. If you are sure of it, the key is damaged.",
                          "passphrase")
    if error.why is Why.KIND:
        what = {"DSA": DSA}.get(error.kind, f"This is a key of a kind that is not used here ({error.kind or 'unknown'}): "
                                "ed25519, ECDSA and RSA are. Make one: ssh-keygen -t ed25519")
        return KeyProblem(what)
    return KeyProblem("The key's inside is damaged: a part of it is missing or changed. Paste the file anew.")


def normal_host_key(text: str) -> str:
    """The public key line of a node, out of a line of authorized_keys or known_hosts. Raises KeyProblem."""
    words = text.split()
    if "PRIVATE KEY" in text:
        raise KeyProblem("This is a private key. It has its own field, where it is sealed; here goes the public key of the "
                         "node, or nothing.", "host_key")
    if re.match(r"(SHA256|MD5):", text.strip()):
        raise KeyProblem("This is a fingerprint. Leave the field blank: the checklist then shows the fingerprint of the "
                         "node's key, for you to compare and trust.", "host_key")
    at = next((at for at, word in enumerate(words) if word in KINDS), None)
    try:
        if at is None or at + 1 >= len(words):
            raise UnreadableKey(Why.NO_KEY)
        return public_key(" ".join(words[at:at + 2])).line
    except UnreadableKey:
        raise KeyProblem("This is no public key of a node. It is one line, as in /etc/ssh/ssh_host_ed25519_key.pub on the "
                         "node: ssh-ed25519 AAAA…", "host_key") from None


def pinned(line: str) -> PublicKey | None:
    """The key that was trusted, if there is one."""
    try:
        return public_key(line) if line.strip() else None
    except UnreadableKey:
        return None
