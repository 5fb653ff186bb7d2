"""Secrets that are known by what stands around them: name=value in every notation, headers, cookies, sentences."""
from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from checks.diagnosis.redact_names import Form, Promise, promise
from checks.diagnosis.redact_values import How, is_placeholder, is_secret, looks_drawn, looks_random

Found = tuple[str, int, int]  # kind, start, end

QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»", "„": "“"}

# A name, what closes its quotes, and a separator. The name is a whole run, taken once: no run is read twice.
_NAMED = re.compile(r"(?<![\w.$-])([\w.$-]++)([\"'`*\])”’»]{0,3})[ \t]{0,24}(={0,2}=>|->|:=|\?=|==?|::?|：|＝|\||│|,)(?!//)")
# Type names, constructors and opening brackets between the separator and the value.
_WRAPPING = re.compile(
    r"[ \t*]*+(?:(?:string|str|\(string\)|\(len=\d{1,6}\))[ \t]?(?:\(\d{1,6}\))?[ \t]?(?=[\"'(])|&?(?:Some|SecretStr"
    r"|Secret|String"
    r"|SensitiveString|Sensitive|Just|new \w{1,30})\(|!![a-z]{1,12}[ \t]|!binary[ \t]\|?)*+[(\[]{0,2}[ \t]*+"
    r"(?:<%=[ \t]?)?(?:[burfBURF@]{1,2}(?=[\"']))?")
_UNQUOTED = re.compile(
    r"(?:[^\s\"'`<>,;&|)}\]\\“”‘’»]|[,;&|)}\]](?![\s\"'`,;&|)}\]<>]|\Z|[\w.-]{1,40}[=:])|[\"'`](?=[\w!@#$%^*+~])"
    r"|\\(?![nrt\"'\\\s]|\Z))++")
_QUOTED = {closing: re.compile(r"(?:[^\\\n" + closing + r"]++|\\.)*+") for closing in QUOTES.values()}
_ENDS = re.compile(r"[ \t]*+(?:\Z|[\r\n,;)}\]|│&\"'`<#\\]|->|//|[\w.-]{1,60}[=:]|\*{2,3})")
_CHANGED = re.compile(r"[\"']?[ \t]{0,4}->[ \t]{0,4}")
_NEXT_LINE = re.compile(r"[ \t]*(?:[|>][+-]?\d?[ \t]*)?\r?\n[ \t]*([\"']?)([^\s\"'<>:]{8,})\1[ \t]*(?=[\r\n]|\Z)")
_WORDS_BEFORE = re.compile(r"(?:[A-Za-z]+[ \t_-]){0,3}\Z")
_NEEDS_WORDS = frozenset({"key", "keys", "id", "value", "code", "pass"})

_SCHEME = re.compile(r"(?i)(bearer|basic|token|bot|negotiate|ntlm|ssws|apikey|api-key|key|splunk|geniekey|sharedkey"
                     r"|sharedkeylite"
                     r"|aws|goog1|oauth|jwt|private-token|zoho-oauthtoken|[a-z][\w-]{2,30})[ \t=]{1,4}(?=[^\s=])")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KNOWN_SCHEMES = _words("""
bearer basic token bot negotiate ntlm ssws apikey api-key splunk geniekey sharedkey sharedkeylite aws goog1 jwt
private-token
""")
_CREDENTIAL = re.compile(r"[^\s\"'`,;)}\]<>\\]{1,16384}")
_SCHEMES_IN_LISTS = ("bearer ", "basic ", "token ")
_PARAMETERS = re.compile(r"(?i)(?:realm|error|scope|service|authorization_uri|charset|credential|signedheaders"
                         r"|username|algorithm"
                         r"|oauth_\w+|error_description)=")
_COOKIE = re.compile(r"([^\s=;,\"'{}:]{1,128})[=][\"]?([^\s;,\"'\\]{1,8192})")
_COOKIE_ATTRIBUTES = _words("path domain expires max-age samesite priority version comment")

_SPACED = re.compile(r"(password|passwd|passphrase|passcode|pwd|secret|token|key|pass|bearer|basic|credentials?|pat"
                     r"|pw|psk|auth"
                     r"|jwt|session|cookie|creds|passwort|пароль|密码)[\"'`*]{0,3}(?:[ \t]{0,8}[\\^`]\r?\n[ \t]{0,16}"
                     r"|[ \t]{1,40})(?=\S)")
_FILLER = re.compile(r"(?:(?:is|was|are|of|value|set|to|named|with|used|like|using|string)[ \t]+){0,3}[(\[<{]?")
# Eight characters, or what may come before them: anything shorter is no secret behind a mere blank.
_WORTH_READING = re.compile(r"[^\s]{8}|[(\[<{\"'`“‘«„]|(?:is|was|are|of|value|set|to|named|with|used|like|using|string)\b")
_LOGIN = re.compile(r"(?:(?:is|are|for)[ \t])?[\w.@+-]{1,64}[:/](?!/)([^\s:\"'<>]{8,200})")
_SLOT = re.compile(r"[ \t]*[\"']?[\[<({]{1,3}([A-Za-z][A-Za-z _.-]{0,40})[\])>}]")
_DEEPER = re.compile(r"\s{0,20}")
_KEY_FOLLOWS = re.compile(r"[\"'`]\s{0,4}:")
_ARGUMENT = re.compile(r"\s{0,24}[\"']")
_ANNOTATION = re.compile(r"[ \t]{0,4}[A-Za-z][\w.]{0,30}(?:\[[\w, |]{1,40}\])?\??[ \t]{1,4}=[ \t]{1,4}(?=[\"'])")
_OBJECT = re.compile(r"\s{0,8}\{")
_PROOF = re.compile(r"(?i)[ ,](?:response|mac)[ \t]{0,2}=[ \t]{0,2}\"?([A-Za-z0-9+/=_-]{16,128})")
_TRIPLE = ('"""', "'''")
_LONGEST_BLOCK = 4096


def value_at(text: str, at: int) -> tuple[int, int, bool]:
    """Where the value at `at` begins and ends, and whether it was quoted. Empty when there is none."""
    at = _WRAPPING.match(text, at).end()  # type: ignore[union-attr]  # every part of it is optional
    if text[at:at + 3] in _TRIPLE:
        begin = at + 3 + len(text[at + 3:at + 43]) - len(text[at + 3:at + 43].lstrip())
        end = text.find(text[at:at + 3], begin, begin + _LONGEST_BLOCK)
        if end >= 0:
            return begin, end, True
    closing = QUOTES.get(text[at:at + 1])
    if closing is not None:
        found = _QUOTED[closing].match(text, at + 1)
        assert found is not None
        return found.start(), found.end(), True
    unquoted = _UNQUOTED.match(text, at)
    if unquoted is None:
        return at, at, False
    end = unquoted.end()
    while end > at and text[end - 1] in ".:" and end - at > 1:
        end -= 1
    return at, end, False


def _credentials(kind: str, text: str, at: int) -> Iterator[Found]:
    """The value of an Authorization header: a scheme that stays, and what follows it."""
    start = value_at(text, at)[0]
    scheme = _SCHEME.match(text, start)
    if scheme is not None and scheme[1].lower() in ("digest", "hawk"):
        for proof in _PROOF.finditer(text, start, min(_line_end(text, start), start + _LONGEST_BLOCK)):
            yield kind, proof.start(1), proof.end(1)
        return
    begin = scheme.end() if scheme is not None else start
    found = _CREDENTIAL.match(text, begin)
    if found is None or _PARAMETERS.match(text, begin) or text[begin:begin + 6].lower() in ("aws4-h", "digest"):
        return
    if scheme is not None:
        how = How.ASSIGNED if scheme[1].lower() in _KNOWN_SCHEMES else How.PROSE
    else:
        how = How.STATED if _ENDS.match(text, found.end()) else How.PROSE
    if is_secret(found[0], how, strong=True):
        yield kind, found.start(), found.end()


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _cookies(kind: str, text: str, at: int) -> Iterator[Found]:
    for pair in _COOKIE.finditer(text, at, _line_end(text, at)):
        name, value = pair[1], pair[2]
        if name.lower() in _COOKIE_ATTRIBUTES or is_placeholder(value):
            continue
        if len(value) >= 8 or (promise(name) is not None and len(value) >= 4):
            yield kind, pair.start(2), pair.end(2)


def _how(text: str, separator: str, after: int, end: int, *, quoted: bool, wordy: bool) -> How:
    """How tightly `separator` ties the value that ends at `end`; `after`: where the separator ends."""
    if separator in ("|", "│", ",", "->"):
        return How.PROSE
    if quoted or separator not in (":", "::", "："):
        return How.ASSIGNED
    if not text[after:after + 1].isspace():
        return How.STATED if wordy or separator == "：" else How.PROSE  # libsecret-1:amd64
    return How.STATED if _ENDS.match(text, end) else How.PROSE


def _more_lines(promised: Promise, text: str, at: int) -> Iterator[Found]:
    """A value that stands on the next line, or in an indented block of YAML."""
    found = _NEXT_LINE.match(text, at)
    if found and is_secret(found[2], How.PROSE, strong=promised.strong):
        yield promised.kind, found.start(2), found.end(2)


def _named_values(promised: Promise, text: str, separator: str, at: int) -> Iterator[Found]:
    if separator.endswith("=>"):  # PHP prints the value on a line of its own
        at = _DEEPER.match(text, at).end()  # type: ignore[union-attr]  # it may be empty
    if separator == ":" and (annotation := _ANNOTATION.match(text, at)):  # val secret: String = "…"
        separator, at = "=", annotation.end()
    slot = _SLOT.match(text, at)
    if slot and not looks_random(slot[1]) and not slot[1].lower().startswith(_SCHEMES_IN_LISTS):
        return
    start, end, quoted = value_at(text, at)
    if quoted and _KEY_FOLLOWS.match(text, end):
        return  # a key of an object: its own value is looked at when its turn comes
    how = _how(text, separator, at, end, quoted=quoted, wordy=promised.wordy)
    if end > start and is_secret(text[start:end], how, strong=promised.strong, wordy=promised.wordy):
        yield promised.kind, start, end
        changed = _CHANGED.match(text, end)  # old -> new, as Terraform prints it
        if changed:
            start, end, _ = value_at(text, changed.end())
            if end > start and is_secret(text[start:end], How.ASSIGNED, strong=promised.strong):
                yield promised.kind, start, end
    elif separator in (":", "=", "：") and not quoted:
        yield from _more_lines(promised, text, at)


def _full_name(text: str, start: int, name: str) -> str:
    """The name with the words before it where it needs them: “Secret access key: …”."""
    if name.lower().lstrip("-") not in _NEEDS_WORDS or not start:
        return name
    before = _WORDS_BEFORE.search(text[max(0, start - 40):start])
    return (before[0] if before else "") + name


def named(text: str) -> Iterator[Found]:
    """name=value, name: value, "name": "value" and their kin."""
    at = 0
    while found := _NAMED.search(text, at):
        at = found.end()
        name, closing, separator = found[1], found[2], found[3]
        promised = promise(_full_name(text, found.start(), name))
        if promised is None:
            continue
        if separator == ",":
            if closing[:1] not in ("'", '"') or not _ARGUMENT.match(text, at):
                continue
            separator = "=" if name[0] == "-" else separator  # an option and its value, as a list
        if promised.form is Form.CREDENTIALS:
            results = _credentials(promised.kind, text, at)
        elif promised.form is Form.COOKIES and _OBJECT.match(text, at):
            continue  # of an object each member is looked at when its turn comes
        elif promised.form is Form.COOKIES:
            results = _cookies(promised.kind, text, at)
            at = _line_end(text, at)  # a line of cookies is read once
        else:
            results = _named_values(promised, text, separator, at)
        for kind, start, end in results:
            yield kind, start, end
            at = max(at, end)


def _run_start(text: str, at: int) -> int:
    """Where the name that goes on at `at` begins, at most 64 characters before."""
    lowest = max(0, at - 64)
    while at > lowest and (text[at - 1].isalnum() or text[at - 1] in "_.$-"):
        at -= 1
    return at


def _is_basic(value: str) -> bool:
    """user:password in base64."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def spaced(text: str, low: str) -> Iterator[Found]:
    """name value: flags, netrc, and sentences such as “token abc… expired”. low: the text in lower case."""
    for found in _SPACED.finditer(low):
        start = _run_start(text, found.start())
        flag = text[start] == "-"
        if not flag and not _WORTH_READING.match(text, found.end()):
            continue
        name = text[start:found.end(1)]
        promised = promise(_full_name(text, start, name))
        if promised is None:
            if name.lower() == "basic":
                yield from _prose("credentials", text, found.end(), basic=True)
        elif flag and promised.strong:
            begin, end, _ = value_at(text, found.end())
            value = text[begin:end]
            if value and (value[0] != "-" or looks_drawn(value)) and is_secret(value, How.ASSIGNED, strong=True):
                yield promised.kind, begin, end
        elif promised.kind == "credentials" and (pair := _LOGIN.match(text, found.end())) and looks_random(pair[1]):
            yield promised.kind, pair.start(1), pair.end(1)
        elif promised.strong:
            yield from _prose(promised.kind, text, found.end(), basic=False)


def _prose(kind: str, text: str, at: int, *, basic: bool) -> Iterator[Found]:
    start, end, _ = value_at(text, _FILLER.match(text, at).end())  # type: ignore[union-attr]  # it may be empty
    value = text[start:end]
    if len(value) >= 8 and not is_placeholder(value) and not _PARAMETERS.match(value) and (
            looks_random(value) or (basic and _is_basic(value))):
        yield kind, start, end
