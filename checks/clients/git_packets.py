"""Git's pkt-lines and the lists of refs written in them. Pure: no network.

https://git-scm.com/docs/gitprotocol-common · https://git-scm.com/docs/protocol-v2 · https://git-scm.com/docs/gitprotocol-http
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from checks.clients.errors import ClientError, Kind

AGENT = "git/2.39.5"
FLUSH, DELIMITER, RESPONSE_END = "flush", "delimiter", "response-end"
MARKERS = {0: FLUSH, 1: DELIMITER, 2: RESPONSE_END}
NO_OBJECT = re.compile(r"0{40}(0{24})?")
OBJECT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")  # SHA-1, or SHA-256 in repositories of that object format


@dataclass(frozen=True)
class Refs:
    """What a clone URL answered.

    names: full ref name -> object id; with prefixes asked, what begins with one of them. default_branch: where HEAD
    points, "" when the host did not say. complete: False when the reading ended before the last ref.
    moved_to: the clone URL that a redirect of the same origin led to, "" without one.
    """

    names: Mapping[str, str]
    default_branch: str = ""
    protocol: int = 2
    complete: bool = True
    moved_to: str = ""

    def has(self, ref: str) -> bool:
        return ref in self.names

    @property
    def branches(self) -> list[str]:
        return [name.removeprefix("refs/heads/") for name in self.names if name.startswith("refs/heads/")]

    @property
    def tags(self) -> list[str]:
        return [name.removeprefix("refs/tags/") for name in self.names
                if name.startswith("refs/tags/") and not name.endswith("^{}")]


@dataclass(frozen=True)
class GitRefusal:
    """The host's definite no. message: its own first lines, "" when it sent a page. status 200: an ERR packet.

    location: where a redirect pointed that was not followed, because it leaves the integration's own address.
    """

    status: int
    message: str = ""
    is_page: bool = False
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def packets(body: bytes, *, where: str = "", cut: bool = False) -> Iterator[bytes | str]:
    """The pkt-lines of a body: payloads as bytes, the three special packets by their names.

    cut: we ended the reading ourselves, so a last packet that is not whole is no trouble.
    Raises ClientError: TRUNCATED for a packet that ends too soon, NOT_PROTOCOL for what is no pkt-line.
    """
    at = 0
    host = urlsplit(where).hostname or "The host"
    while at < len(body):
        head = body[at:at + 4]
        if len(head) == 4 and not re.fullmatch(rb"[0-9a-fA-F]{4}", head):
            raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered with what is not Git's protocol.", host=host)
        length = int(head, 16) if len(head) == 4 else 4
        if length == 3:
            raise ClientError(Kind.NOT_PROTOCOL, f"{host} answered with a packet of an impossible length.", host=host)
        if len(head) < 4 or at + length > len(body):
            if cut:
                return
            raise ClientError(Kind.TRUNCATED, f"{host} ended its list of refs in the middle of a line.", host=host)
        if length < 4:
            yield MARKERS[length]
            at += 4
        else:
            yield body[at + 4:at + length]
            at += length


def whole_lines(body: bytes, at: int) -> Iterator[tuple[bytes, int]]:
    """Payloads of the packets that have come whole, with where each ends; silent about everything else."""
    while at + 4 <= len(body):
        try:
            length = int(body[at:at + 4], 16)
        except ValueError:
            return
        end = at + max(length, 4)
        if end > len(body):
            return
        yield body[at + 4:end], end
        at = end


def name_of(line: bytes) -> str:
    """The ref that a line of an advertisement names; "" for a line that names none."""
    oid, _, name = line.partition(b"\0")[0].strip().partition(b" ")
    return name.decode("utf-8", "replace") if OBJECT.fullmatch(oid.decode("ascii", "replace")) else ""


def without_service(lines: Iterator[bytes | str]) -> Iterator[bytes | str]:
    """Skip `# service=…` and its flush: some hosts send them before version 2, some do not."""
    for at, line in enumerate(lines):
        if at == 0 and isinstance(line, bytes) and line.startswith(b"# service="):
            next(lines, None)
        else:
            yield line


def error_packet(line: bytes | str) -> GitRefusal | None:
    if isinstance(line, bytes) and line.startswith(b"ERR "):
        return GitRefusal(200, first_lines(line[4:].decode("utf-8", "replace")))
    return None


def ls_refs_request(capabilities: Sequence[str], prefixes: Sequence[str]) -> bytes:
    """The body of a version 2 ls-refs. Only what the host advertised is asked of it."""
    offered = dict(c.partition("=")[::2] for c in capabilities)
    parts = [_packet("command=ls-refs"), _packet(f"agent={AGENT}")]
    if "object-format" in offered:
        parts.append(_packet(f"object-format={offered['object-format'].split()[0]}"))
    parts += [b"0001", _packet("peel"), _packet("symrefs")]
    if "unborn" in offered.get("ls-refs", "").split():
        parts.append(_packet("unborn"))
    parts += [_packet(f"ref-prefix {prefix}") for prefix in ("HEAD", *prefixes)]
    return b"".join([*parts, b"0000"])


def _packet(text: str) -> bytes:
    payload = text.encode("utf-8", "replace") + b"\n"
    return f"{len(payload) + 4:04x}".encode() + payload


def listed(lines: Iterator[bytes | str], prefixes: Sequence[str]) -> Refs | GitRefusal:
    """A version 2 ls-refs answer: `oid name [symref-target:…] [peeled:…]` a line, `unborn HEAD …` in an empty one."""
    names: dict[str, str] = {}
    default = ""
    ended = False
    for line in lines:
        if not isinstance(line, bytes):
            ended = True
            break
        if (error := error_packet(line)) is not None:
            return error
        oid, name, *attributes = [*line.decode("utf-8", "replace").strip().split(" "), "", ""][:4]
        for attribute in attributes:
            if name == "HEAD" and attribute.startswith("symref-target:"):
                default = attribute.removeprefix("symref-target:")
        if oid != "unborn":
            _keep(names, oid, name, prefixes)
    if not ended:
        raise ClientError(Kind.TRUNCATED, "The host ended its list of refs before its end.")
    return Refs(names, default.removeprefix("refs/heads/"), 2)


def advertised(
    first: bytes | str, lines: Iterator[bytes | str], prefixes: Sequence[str], *, cut: bool, complete: bool,
) -> Refs:
    """A version 0 or 1 advertisement: the first line carries the capabilities behind a NUL."""
    protocol = 0
    if isinstance(first, bytes) and first.strip() == b"version 1":
        protocol, first = 1, next(lines, FLUSH)
    names: dict[str, str] = {}
    behind = first.partition(b"\0")[2] if isinstance(first, bytes) else b""
    line = first
    while isinstance(line, bytes):
        oid, _, name = line.partition(b"\0")[0].decode("utf-8", "replace").strip().partition(" ")
        _keep(names, oid, name, prefixes)
        line = next(lines, RESPONSE_END)
    if line != FLUSH and not cut:
        raise ClientError(Kind.TRUNCATED, "The host ended its list of refs before its end.")
    capabilities = behind.decode("utf-8", "replace").split()
    heads = [c.removeprefix("symref=HEAD:") for c in capabilities if c.startswith("symref=HEAD:")]
    return Refs(names, heads[0].removeprefix("refs/heads/") if heads else "", protocol, complete)


def _keep(names: dict[str, str], oid: str, name: str, prefixes: Sequence[str]) -> None:
    """ref-prefix is only a hint to the host, and version 0 has none: what was not asked for is dropped here."""
    if NO_OBJECT.fullmatch(oid) and name == "capabilities^{}":
        return  # how an empty repository advertises itself in version 0
    if oid == "shallow":
        return  # where a shallow repository's history ends
    if not OBJECT.fullmatch(oid) or not name:
        raise ClientError(Kind.NOT_PROTOCOL, "The host answered with a line that names no ref.")
    if name == "HEAD" or name.startswith(tuple(prefixes)):
        names[name] = oid


def message_of(text: str) -> str:
    """The sentence of a JSON refusal, or the text itself."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    return str(document.get("message") or document.get("error") or text) if isinstance(document, dict) else text


def first_lines(text: str) -> str:
    """At most 300 characters of what the host wrote, on one line."""
    return " ".join(text.split())[:300]
