"""The name of an image, read by the grammar that every container engine uses.

The rules, their order and their error sentences are those of https://github.com/distribution/reference (reference.go,
normalize.go, regexp.go) and, for digests, of https://github.com/opencontainers/go-digest. Offline.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace

DEFAULT_DOMAIN = "docker.io"
LEGACY_DOMAIN = "index.docker.io"
OFFICIAL = "library/"
DEFAULT_TAG = "latest"
LONGEST_NAME = 255

# regexp.go. Go's \w and [:xdigit:] are ASCII, and its $ is the end of the text: hence re.ASCII and fullmatch().
ALPHANUMERIC = r"[a-z0-9]+"
SEPARATOR = r"(?:[._]|__|[-]+)"
COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
HOST = rf"(?:{COMPONENT}(?:\.{COMPONENT})*|\[(?:[a-fA-F0-9:]+)\])"
DOMAIN = rf"{HOST}(?::[0-9]+)?"
PATH_COMPONENT = rf"{ALPHANUMERIC}(?:{SEPARATOR}{ALPHANUMERIC})*"
REMOTE_NAME = rf"{PATH_COMPONENT}(?:/{PATH_COMPONENT})*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*[:][0-9A-Fa-f]{32,}"
IDENTIFIER = re.compile(r"[a-f0-9]{64}")
NAME = re.compile(rf"(?:({DOMAIN})/)?({REMOTE_NAME})")
REFERENCE = re.compile(rf"((?:{DOMAIN}/)?{REMOTE_NAME})(?::({TAG}))?(?:@({DIGEST}))?")
TAG_ALONE = re.compile(TAG)
DIGEST_ALONE = re.compile(DIGEST)
HEX_DIGITS = {"sha256": 64, "sha384": 96, "sha512": 128}  # go-digest's algorithms
LOWER_HEX = re.compile(r"[a-f0-9]+")


class InvalidReference(Exception):
    """The text names no image; str() is the sentence that Docker itself would say."""


@dataclass(frozen=True)
class Reference:
    """domain: docker.io where none was written. path: the repository below it, library/ included. tag, digest: "" where
    none was written; with both, the digest decides."""

    domain: str
    path: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        return f"{self.domain}/{self.path}"

    @property
    def identifier(self) -> str:
        """What a pull asks the registry for: the digest, else the tag, else latest."""
        return self.digest or self.tag or DEFAULT_TAG

    @property
    def full(self) -> str:
        """The whole reference, host included, with the tag that a pull would take where none was written."""
        tag = self.tag or ("" if self.digest else DEFAULT_TAG)
        return self.name + (f":{tag}" if tag else "") + (f"@{self.digest}" if self.digest else "")

    def at(self, domain: str, path: str = "") -> Reference:
        """The same tag and digest at another host."""
        return replace(self, domain=domain, path=path or self.path)

    def tagged(self, tag: str) -> Reference:
        return replace(self, tag=tag, digest="")


def split_docker_domain(name: str) -> tuple[str, str]:
    """The host of a name as typed, and the rest: normalize.go's splitDockerDomain."""
    first, slash, rest = name.partition("/")
    if not slash:
        return DEFAULT_DOMAIN, OFFICIAL + name
    if first == "localhost":
        domain, remainder = first, rest
    elif first == LEGACY_DOMAIN:
        domain, remainder = DEFAULT_DOMAIN, rest
    elif "." in first or ":" in first or first.lower() != first:
        domain, remainder = first, rest
    else:
        domain, remainder = DEFAULT_DOMAIN, name
    if domain == DEFAULT_DOMAIN and "/" not in remainder:
        remainder = OFFICIAL + remainder
    return domain, remainder


def parse_normalized(text: str) -> Reference:
    """normalize.go's ParseNormalizedNamed. Raises InvalidReference."""
    if IDENTIFIER.fullmatch(text):
        raise InvalidReference(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    domain, remainder = split_docker_domain(text)
    remote = remainder.partition(":")[0]
    if remote.lower() != remote:
        raise InvalidReference(f"invalid reference format: repository name ({remote}) must be lowercase")
    return parse(f"{domain}/{remainder}")


def parse(text: str) -> Reference:
    """reference.go's Parse, of a text that has a name. Raises InvalidReference."""
    if not text:
        raise InvalidReference("repository name must have at least one component")
    found = REFERENCE.fullmatch(text)
    if found is None:
        if text.lower() != text and REFERENCE.fullmatch(text.lower()):
            raise InvalidReference("repository name must be lowercase")
        raise InvalidReference("invalid reference format")
    parts = NAME.fullmatch(found[1])
    assert parts is not None  # the same expression stands in REFERENCE
    if len(parts[2]) > LONGEST_NAME:
        raise InvalidReference(f"repository name must not be more than {LONGEST_NAME} characters")
    if found[3]:
        check_digest(found[3])
    return Reference(parts[1] or "", parts[2], found[2] or "", found[3] or "")


def check_digest(text: str) -> None:
    """go-digest's Validate. Raises InvalidReference."""
    algorithm, _, encoded = text.partition(":")
    if algorithm not in HEX_DIGITS:
        raise InvalidReference("unsupported digest algorithm")
    if len(encoded) != HEX_DIGITS[algorithm]:
        raise InvalidReference("invalid checksum digest length")
    if not LOWER_HEX.fullmatch(encoded):
        raise InvalidReference("invalid checksum digest format")


def check_tag(text: str) -> str:
    """reference.go's WithTag. Raises InvalidReference."""
    if not TAG_ALONE.fullmatch(text):
        raise InvalidReference("invalid tag format")
    return text


def check_digest_form(text: str) -> str:
    """reference.go's WithDigest, which looks at the form alone. Raises InvalidReference."""
    if not DIGEST_ALONE.fullmatch(text):
        raise InvalidReference("invalid digest format")
    return text
