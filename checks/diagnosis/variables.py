"""A service's variables as people paste them, and what each value looks like. No value leaves this module."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from checks.diagnosis.generated import template
from checks.diagnosis.redact import find, redact
from checks.diagnosis.redact_names import promise, words_of
from checks.diagnosis.redact_values import How, is_placeholder, is_secret, looks_drawn

MOST = 500  # variables of one service
NAME_SHOWN = 100
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_EXPORT = re.compile(r"\A(?:export|set|declare -x|ENV)[ \t]+(?=[^\s=]+[ \t]*=)")
_BEGIN, _END = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}-----"), "-----END "
_OWN_SECRETS = {"secret", "salt", "pepper", "jwt", "session", "cookie", "csrf", "encryption", "signing", "hash", "nonce",
                "payload", "app", "auth", "nextauth"}
_REGISTRIES = {"registry", "docker", "dockerhub", "harbor", "quay", "ghcr", "ecr", "acr", "gcr", "artifactory", "nexus"}
# Kinds that are no maker's: what stands around a value says them, and the name tells better what it is for.
_AWS_NAME = re.compile("(?i)aws|s3")
_GENERAL = frozenset({"token", "jwt", "encoded-credentials", "password-hash", "webhook", "api-key"})


@dataclass(frozen=True)
class Variable:
    """name, and what the value looks like: see told() in variable_words. bad_name: dFlow refuses the name; that one it takes."""

    name: str
    looks_like: str
    kind: str = ""
    problem: str = ""
    fix: str = ""
    bad_name: str = ""

    @property
    def stored(self) -> dict[str, str]:
        """As a row keeps it: only what there is."""
        said = {"kind": self.kind, "problem": self.problem, "fix": self.fix, "bad_name": self.bad_name}
        return {"name": self.name, "looks_like": self.looks_like, **{key: value for key, value in said.items() if value}}


class Unreadable(ValueError):
    """The paste is neither lines of NAME=value nor an object; its words are for the person, and quote nothing."""


def examine(text: str) -> list[Variable]:
    """Each variable of the paste, in its order; of a name that comes twice the last counts. Raises Unreadable."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        raise Unreadable("is not text: choose the .env file itself, as an editor shows it.")
    if not text.strip():
        return []
    pairs = dict(_object(text) if re.match(r"\s*(?:\{(?!\{)|\[)", text) else _lines(text))
    if not pairs:
        raise Unreadable("has no line of the form NAME=value.")
    if len(pairs) > MOST:
        raise Unreadable(f"holds {len(pairs)} variables; at most {MOST} are looked through at once.")
    return [judged(name, value) for name, value in pairs.items()]


def _object(text: str) -> Iterator[tuple[str, str]]:
    """A JSON object, or a list of {"name" or "key", "value"}."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        where = f"look at line {line}." if line else "it is nested too deep."
        raise Unreadable(f"begins as JSON and ends as none: {where}") from None
    if isinstance(found, list):
        found = {str(one.get("name", one.get("key", ""))): one.get("value", "") for one in found if isinstance(one, dict)}
    if not isinstance(found, dict):
        raise Unreadable("is JSON, but no object of names and values.")
    for name, value in found.items():
        if str(name).strip():
            yield str(name).strip(), value if isinstance(value, str) else json.dumps(value)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.split("\n"))
    for raw in lines:
        stripped = raw.strip()
        name, equals, value = _EXPORT.sub("", stripped, count=1).partition("=")
        if stripped.startswith("#") or not equals or not (name := name.strip().strip("\"'")):
            continue
        yield name, _value(value.strip(), lines)


def _value(value: str, rest: Iterator[str]) -> str:
    """Without its quotes and its remark; what is quoted, and a PEM block, may go on over the next lines."""
    quote = value[:1] if value[:1] in ("'", '"', "`") else ""
    if not quote:
        return _with_block(value, rest) if _BEGIN.match(value) else re.split(r"[ \t]#", value, maxsplit=1)[0].strip()
    pieces, value = [], value[1:]
    while (end := _closing(value, quote)) < 0:
        pieces.append(value)
        following = next(rest, None)
        if following is None:
            return "\n".join(pieces)
        value = following
    return "\n".join([*pieces, value[:end]])


def _closing(line: str, quote: str) -> int:
    """Where the quote ends: the first that no backslash stands before, and that nothing but a remark follows."""
    found = re.search(rf"(?<!\\){quote}(?=\s*(?:#|$))", line)
    return found.start() if found else -1


def _with_block(value: str, rest: Iterator[str]) -> str:
    while _END not in value and (following := next(rest, None)) is not None:
        value += f"\n{following}"
    return value


def judged(name: str, value: str) -> Variable:
    """What this value looks like behind this name. The value is read here and dropped."""
    shown = redact(name[:NAME_SHOWN]).text
    bad = "" if _NAME.fullmatch(name) else re.sub(r"\W", "_", shown, flags=re.ASCII)
    bad = f"_{bad}" if bad[:1].isdigit() else bad
    said = template(value)
    if said is not None and not _token(value):
        return Variable(shown, said.looks_like, problem=said.problem, fix=redact(said.fix).text, bad_name=bad)
    looks_like, kind = _literal(name, value)
    return Variable(shown, looks_like, kind, bad_name=bad)


def _token(value: str) -> str:
    """The kind of the maker's token that stands in the value, or ""."""
    return next((match.kind for match in find(value) if match.provider_token and match.kind not in _GENERAL), "")


def _literal(name: str, value: str) -> tuple[str, str]:
    """(looks_like, kind) of a value that is no template."""
    if kind := _token(value):
        return ("private-key" if kind == "private-key" else "token"), kind
    kinds = [match.kind for match in find(f"{name}={value}\n")]
    words = set(words_of(name))
    if "aws-secret-key" in kinds or (_AWS_NAME.search(name) and "secret-key" in kinds and re.fullmatch(r"[\w+/]{40}", value)):
        return "token", "aws-secret-key"
    if _password_in(value):
        return "url-password", urlsplit(value.strip()).scheme.partition("+")[0].lower()[:20]
    promised = promise(name)
    if promised is None or not promised.strong or is_placeholder(value) or not is_secret(
            value, How.ASSIGNED, strong=True, wordy=promised.wordy):
        return ("secret", "") if promised is not None and looks_drawn(value) else ("text", "")
    if words & _REGISTRIES:
        return "registry-password", promised.kind
    if promised.kind == "password":
        return "password", promised.kind
    return ("secret" if words & _OWN_SECRETS or promised.kind in ("secret", "secret-key") else "credential"), promised.kind


def _password_in(value: str) -> bool:
    if "://" not in value[:40] or "@" not in value:
        return False
    try:
        password = urlsplit(value.strip()).password
    except ValueError:
        return False
    return bool(password) and not is_placeholder(password or "")
