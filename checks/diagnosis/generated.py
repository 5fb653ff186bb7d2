"""Values with {{ }} as dFlow's update of variables reads them (shared/facts/dflow.md, section 3).

A value is a function, {{ secret(64, "abc…") }}, a reference, {{ service.NAME }}, or text with several of either. What
fits none of that is set to an empty value there, without a word; so it is said here.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
LENGTH = 64
EXAMPLE = f'{{{{ secret({LENGTH}, "{CHARACTERS}") }}}}'
ENGINES = ("MONGO", "POSTGRES", "REDIS", "MARIADB", "MYSQL", "CLICKHOUSE")
_PRIVATE = ("URI", "NAME", "USERNAME", "PASSWORD", "HOST", "PORT")
_PUBLIC = ("PUBLIC_URI", "PUBLIC_HOST", "PUBLIC_PORT")
KNOWN = frozenset({"DFLOW_PUBLIC_DOMAIN", *(f"{engine}_{end}" for engine in ENGINES for end in (*_PRIVATE, *_PUBLIC))})
SHORT, LONG = 16, 4096  # random characters: fewer are guessed, more are a slip of the finger

_PIECE = re.compile(r"\{\{([^{}]{0,2000})\}\}")
_FUNCTION = re.compile(r"secret\(\s*(\d+),\s*['\"]([^'\"]+)['\"]\s*\)")
_REFERENCE = re.compile(r"([a-zA-Z_][\w-]*)\.([a-zA-Z_]\w*)", re.ASCII)
_CALL = re.compile(r"secret\s{0,8}\(")
_NUMBER = re.compile(r"\(\s{0,8}(\d{1,4})(?!\d)")


@dataclass(frozen=True)
class Template:
    """looks_like: generator, reference, combination, or wrong: dFlow would set it to nothing. problem: what is wrong or
    worth knowing, a key of variable_words.PROBLEMS. fix: the value to write instead, "" where none can be given."""

    looks_like: str
    problem: str = ""
    fix: str = ""


def template(value: str) -> Template | None:
    """What a value with {{ }} is to dFlow; None for one that is plain text."""
    value = value.strip()
    if "{{" not in value and "}}" not in value:
        return Template("wrong", "no-braces", _generator(value)) if _CALL.match(value) else None
    pieces = [piece.strip() for piece in _PIECE.findall(value)]
    if len(pieces) != value.count("{{") or len(pieces) != value.count("}}") or not pieces:
        return Template("wrong", "braces", _generator(value) if "secret" in value else "")
    if len(pieces) == 1 and _PIECE.fullmatch(value):
        return _piece(pieces[0])
    return _combination(pieces)


def _generator(said: str) -> str:
    """The function as it must be written, with the length that was meant."""
    found = _NUMBER.search(said)
    count = int(found[1]) if found else LENGTH
    return f'{{{{ secret({count if SHORT <= count <= LONG else LENGTH}, "{CHARACTERS}") }}}}'


def _piece(said: str) -> Template:
    function = _FUNCTION.fullmatch(said)
    if function is not None:
        weak = not SHORT <= int(function[1]) <= LONG if len(function[1]) < 10 else True
        few = len(set(function[2])) < 10
        return Template("generator", "weak" if weak or few else "", _generator(said) if weak or few else "")
    if said.startswith("secret"):
        return Template("wrong", _what_is_wrong(said), _generator(said))
    reference = _REFERENCE.fullmatch(said)
    return _reference(reference[1], reference[2]) if reference else Template("wrong", "unknown")


def _what_is_wrong(said: str) -> str:
    if not _CALL.match(said):
        return "unknown"
    inside = said.partition("(")[2].rstrip().removesuffix(")").strip()
    if not inside or inside.isdigit():
        return "one-argument"
    after = inside.partition(",")[2].strip()
    if len(after) > 2 and after[0] in "'\"" and set(after[1:-1]) & {"'", '"'}:
        return "quotes"
    return "arguments"


def _reference(service: str, name: str) -> Template:
    if name in KNOWN:
        return Template("reference")
    meant = re.sub(r"^MARIA_", "MARIADB_", name).replace("_PUBLIC_URL", "_PUBLIC_URI")
    if meant not in KNOWN and meant.endswith("_URL"):
        meant = f"{meant[:-4]}_URI"
    if meant in KNOWN:
        return Template("reference", "spelling", f"{{{{ {service}.{meant} }}}}")
    return Template("reference", "not-known")


def _combination(pieces: list[str]) -> Template:
    """Text with several. The first that is wrong is told of; the rest of the text is the person's, and not given again."""
    judged = [_piece(piece) for piece in pieces]
    wrong = next((one for one in judged if one.looks_like == "wrong"), None)
    if wrong is not None:
        return Template("wrong", wrong.problem)
    misspelt = next((one for one in judged if one.problem == "spelling"), None)
    if misspelt is not None:
        return Template("combination", "spelling", misspelt.fix)
    return Template("combination", next((one.problem for one in judged if one.problem), ""))
