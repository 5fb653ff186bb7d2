"""Is this value a secret? Asked of what stands behind a name that says so, and of words that look drawn by lot."""
from __future__ import annotations

import re
from enum import Enum

ALWAYS_SECRET = 256  # characters: nobody writes a placeholder or a remark that long, and it bounds the work


class How(Enum):
    """How the text ties the value to its name; the looser the tie, the more the value must look like a secret."""

    ASSIGNED = "name=value, a flag, an element, a quoted value"
    STATED = "name: value, and nothing more on the line"
    PROSE = "name value, in a sentence"


# What a log says about a password, a token or a key instead of the thing itself.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STATES = _words("""
a about absent accepted access after all allowed already also an and any apply are array as ask at auth authenticated
authentication authorization await bad based basic be bearer because been before being blocked bool boolean but by
bytes can cannot changed char check checked clone computed configured could created credentials date default deleted
denied deprecated did digest disabled do does done either email empty enabled env environment eof error exception
exists expected expire expired expires external failed fails failure false field file for forbidden format found from
generate generated get given granted had has have header hidden if ignored in incorrect input insufficient int integer
internal invalid is isnt issued it its key keyring known length likely limit limited load loading login lookup
malformed manual masked may mismatch mismatched missing must n/a name needed never new nil no none not null number
object of off ok okay old omitted on only optional or our out parse passed password path permission permissions please
policy present private prompt provided public read redacted refresh refreshed refused rejected removed renewed
replaced repository requested required requires reset retry revoked rotated same saved secret see sensitive sent set
should signature skip skipped some stdin stored str string succeeded success such supplied text than that the their
then there they this timeout to token too true type unable unauthenticated unauthorized unchanged undefined unexpected
unknown unset until unused updated use used user username uses using valid validated validation value varchar variable
verified verify via was we were when where which while will with without write wrong yes you your
""")

_MASKED = re.compile(r"[*•●∙▪#?_.…\-]{1,}|[xX]{3,}|[xX](?:[xX-]{2,})|.{0,24}(?:\*{3,}|\.{3,}|…|•{2,}|[xX]{6,}).{0,24}")
_PLACEHOLDER = re.compile(
    r"\$\{[^}]{0,200}\}?|\$\([^)]{0,200}\)?|\$[A-Z_][A-Z0-9_]*|\$[a-z_]+(?:[A-Z][a-z]+)*|\$env:\w+|\$\d|%[A-Z_]+%"
    r"|%[sdrvq@]|%\(\w+\)s|%\{[^}]*\}|#\{[^}]*\}|@[a-z_.]+@|\{\{.{0,200}\}\}|\{[a-z_.\d]*\}|<[^<>]{1,80}>?"
    r"|\[[A-Za-z][A-Za-z0-9 _:.-]{0,60}\]|(?:enter|insert|put|add|replace)?[-_ ]?(?:your|my)[-_ ][A-Za-z_ -]{1,60}"
    r"|(?:redacted|masked|hidden|filtered|removed|secret)[-_ ]?(?:by|value)?[\w ]{0,20}"
    r"|ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|(?-i:PASSWORD|PASS|SECRET|TOKEN)"
    r"|(?:!vault|!reference|!ref|!sub|valuefrom|secretref|vault:|op://|ref\+|env\.|secrets?\.|var\.|vars\.|local\."
    r"|data\.|module\.|process\.env|os\.environ|settings\.|config\.|self\.|this\.|args\."
    r"|request\.).{0,200}", re.IGNORECASE)
_CODE = re.compile(r"(?:await |new |lambda )?[A-Za-z_][\w.]*(?:\(.{0,200}|\[[\w\"'.]{0,60}\]?.{0,80})"
                   r"|[a-z_]\w*(?:\.[a-z_]+){1,6}|(?:id|type|source|src|name|env|file)=.{0,200}")
_PATH = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\][\w.@+ \\/-]*|\w[\w.-]*/[\w.@/-]*")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORD = re.compile(r"[A-Za-z]?[a-z]{1,17}(?:[-_' ][a-z]{1,17})*[.!?,:;]?")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+[\w.+-]*")
# Words, numbers, dates, addresses, versions, hosts.
_ORDINARY = re.compile(rf"{_WORD.pattern}|[0-9.:,/+TZ_ -]+|{_VERSION.pattern}"
                       r"|(?:[A-Za-z0-9](?:[A-Za-z0-9-]*+)\.)++[A-Za-z]{2,12}(?::\d+)?")
# Humps of names: words, short words, and acronyms at the beginning, before a word, or at the end.
_CAMEL = re.compile(r"(?:[A-Z]{2,5}(?=[A-Z][a-z]{2}|$))?[A-Z]?[a-z]{2,}"
                    r"(?:[A-Z][a-z]{2,}|(?:Id|Is|To|Of|In|On|By|No|As|At|Or|If|Up|My)(?![a-z])|[A-Z]{2,5}(?=[A-Z][a-z]{2}|$))*")
_HUMP = re.compile(r"[A-Z]?[a-z]{2,}")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_ABBREVIATIONS = _words("ssl tls dns sql xml html http https ssh npm grpc cfg ctx tmp str pwd ftp smtp ldap mfa kms vpc")
_IDENTIFIER = re.compile(r"_?[A-Za-z]+(?:_[A-Za-z]+)+_?")
_NAMES_SECRET = re.compile("(?i)passw|pwd|secret|token|key|cred|auth")
_DIGEST = re.compile(r"sha\d+[=:]")
_SEGMENT = re.compile(r"[^\W_]+")
_TURNS = re.compile(r"\d+|\D+")


def is_placeholder(value: str) -> bool:
    """A mask, a variable, or a slot to fill in: no secret, whatever name stands before it."""
    return bool(_MASKED.fullmatch(value) or _PLACEHOLDER.fullmatch(value))


def is_code(value: str) -> bool:
    """An expression of a program, or a link: the secret is elsewhere."""
    return bool(_CODE.fullmatch(value) or "://" in value[:12])


def is_path(value: str) -> bool:
    """A file, an image or an object key, with no piece that looks drawn by lot."""
    if "+" in value or "=" in value or not _PATH.fullmatch(value):
        return False
    return not any(_random_segment(piece) for piece in _SEGMENT.findall(value) if len(piece) >= 10)


def is_uuid(value: str) -> bool:
    """An identifier where it stands alone; a secret only behind a name that says so."""
    return _UUID.fullmatch(value) is not None


def _is_name(letters: str) -> bool:
    """InvalidAccessKeyId: humps that can be spoken."""
    return bool(_CAMEL.fullmatch(letters)) and all(
        _VOWEL.search(hump) or hump.lower() in _ABBREVIATIONS for hump in _HUMP.findall(letters))


def _random_segment(piece: str) -> bool:
    """A run of letters and digits that no word, name or version explains."""
    size = len(piece)
    digits = sum(map(str.isdigit, piece))
    if digits == size:
        return size >= 24
    if digits:
        return len(_TURNS.findall(piece)) > 2 or size >= 20 or _mixed(piece) or (size >= 12 and _after_digits(piece))
    if piece.islower() or piece.isupper() or piece.istitle():
        return size >= 18
    return size >= 12 and not _is_name(piece)


def _after_digits(piece: str) -> bool:
    """Digits, then letters in both cases: no name is written like that."""
    letters = piece.lstrip("0123456789")
    return len(letters) < len(piece) and not (letters.islower() or letters.isupper() or letters.istitle())


def _mixed(piece: str) -> bool:
    letters = "".join(filter(str.isalpha, piece))
    if len(letters) < 8 or letters.islower() or letters.isupper() or letters.istitle():
        return False
    return not _is_name(letters)


def looks_random(value: str) -> bool:
    """At least eight characters that look drawn by lot. Numbers, dates, versions, hosts, paths and words do not."""
    if len(value) < 8 or _ORDINARY.fullmatch(value):
        return False
    if _UUID.fullmatch(value):
        return True
    pieces = _SEGMENT.findall(value)
    if any(len(piece) >= 8 and _random_segment(piece) for piece in pieces):
        return not is_path(value)
    joined = "".join(pieces)
    strange = len(value) - len(joined)
    classes = (any(map(str.islower, joined)) + any(map(str.isupper, joined)) + any(map(str.isdigit, joined)))
    return strange > 0 and classes == 3 and not is_path(value) and not _CODE.fullmatch(value) and "@" not in value


def looks_drawn(value: str) -> bool:
    """The strict form for names that often hold no secret (key, auth, signature): one run of at least 16 characters,
    no words in it, no identifier."""
    if len(value) < 16 or _UUID.fullmatch(value) or not looks_random(value):
        return False
    words = sum(len(piece) for piece in _SEGMENT.findall(value)
                if len(piece) >= 4 and piece.isalpha() and (piece.islower() or piece.istitle()))
    return words * 5 < len(value) and not _DIGEST.match(value)


def _remark(value: str) -> bool:
    """A sentence about the value: “This field is required.”"""
    words = value.lower().strip(".!? ").split()
    return len(words) > 1 and any(word in STATES for word in words) and all(
        re.fullmatch(r"[a-z'’()\"/.,:;-]+|\d{1,3}", word) for word in words)


def _is_reference(value: str) -> bool:
    """raw_password, AWS_SESSION_TOKEN: where the secret is, not what it is."""
    return bool(_IDENTIFIER.fullmatch(value) and _NAMES_SECRET.search(value)) and not looks_random(value)


def is_secret(value: str, how: How, *, strong: bool, wordy: bool = False) -> bool:
    """strong: the name says secret by itself; otherwise the value must look drawn by lot.
    wordy: a value that is a plain word is one too (passwords are)."""
    if len(value) > ALWAYS_SECRET:
        return strong or " " not in value
    if is_placeholder(value):
        return False
    if not strong:
        _, colon, second = value.rpartition(":")
        pair = bool(colon) and len(second) >= 10 and looks_random(second) and not is_path(second)
        return pair or looks_drawn(value)
    if how is How.PROSE:
        return looks_random(value)
    plain = value.lower().strip(".,!?;:()'\"`")
    if plain in STATES or (value.isdigit() and len(value) <= 3) or _remark(value) or not any(map(str.isalnum, value)):
        return False
    if _VERSION.fullmatch(value) or _is_reference(value):
        return False
    if " " in value and not wordy:
        return any(looks_random(word) for word in value.split())
    if is_code(value) or (is_path(value) and not looks_random(value)):
        return looks_random(value) and "(" not in value and "://" not in value
    return how is How.ASSIGNED or wordy or not _WORD.fullmatch(value)
